//! Clearing: questions, periods and positions.

use border::{fields::Fields, wire::timestamp};
use std::collections::BTreeMap;

use chassis::{failure, status::Refusal};
use clearing::Period;
use money::Yuan;
use proto::settlement::{
    BookProgress, ListPositionsRequest, Period as WirePeriod, PeriodState, Position as Wire, PositionLevel,
};
use standards::{BookId, Pool, Province};
use time::OffsetDateTime;
use tonic::Status;

use super::fields;
use crate::sql::clearing::PositionRow;

/// What a list of positions asks for.
#[derive(Clone, Debug)]
pub(crate) struct PositionsAsked {
    pub(crate) period: Option<Period>,
    pub(crate) by_province: bool,
    /// A pooling area or a province that must be a side; empty for any.
    pub(crate) party: String,
}

/// One line of a list: debtor, creditor, and the sums in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) debtor: String,
    pub(crate) creditor: String,
    pub(crate) gross: Yuan,
    pub(crate) refunded: Yuan,
    pub(crate) leg_count: i64,
}

/// A month, or none for the open one.
pub(crate) fn parse_period(text: &str) -> Result<Option<Period>, Status> {
    let mut fields = Fields::new();
    let period = read_period(&mut fields, text);
    fields.finish(period)
}

fn read_period(fields: &mut Fields, text: &str) -> Option<Option<Period>> {
    if text.is_empty() {
        return Some(None);
    }
    let period = text.parse().ok();
    if period.is_none() {
        fields.refuse(
            "period_id",
            "MALFORMED",
            "a period is a month such as 2026-01",
            "清算期为月份，如 2026-01",
        );
    }
    period.map(Some)
}

/// 列出清算头寸.
pub(crate) fn parse_positions(request: &ListPositionsRequest) -> Result<PositionsAsked, Status> {
    let mut fields = Fields::new();
    let period = read_period(&mut fields, &request.period_id);
    let by_province =
        fields.choice("level", request.level, |level: PositionLevel| Some(level == PositionLevel::Province));
    match (request.party.len(), by_province) {
        (0, _) | (_, None) => {}
        (2, _) => {
            fields.take("party", request.party.parse::<Province>());
        }
        (_, Some(false)) => {
            fields.take("party", request.party.parse::<Pool>());
        }
        (_, Some(true)) => {
            fields.refuse(
                "party",
                "MALFORMED",
                "at level PROVINCE a party is two digits",
                "省级头寸的一方为两位省码",
            );
        }
    }
    fields::count(&mut fields, "page_size", request.page_size.into());
    let party = request.party.clone();
    let whole = || Some(PositionsAsked { period: period?, by_province: by_province?, party });
    let whole = whole();
    fields.finish(whole)
}

/// The lines of a list, by debtor and creditor, of those that `sees` lets through.
pub(crate) fn positions(
    rows: &[PositionRow],
    asked: &PositionsAsked,
    sees: impl Fn(&str) -> bool,
) -> Result<Vec<Line>, Refusal> {
    let mut lines: BTreeMap<(String, String), Line> = BTreeMap::new();
    for row in rows {
        let [debtor, creditor] = [row.debtor, row.creditor].map(|code| {
            let code = format!("{code:06}");
            if asked.by_province { code[..2].to_owned() } else { code }
        });
        let concerns = |party: &str| debtor.starts_with(party) || creditor.starts_with(party);
        if debtor == creditor || !concerns(&asked.party) || !(sees(&debtor) || sees(&creditor)) {
            continue;
        }
        let line = lines.entry((debtor.clone(), creditor.clone())).or_insert_with(|| Line {
            debtor,
            creditor,
            gross: Yuan::ZERO,
            refunded: Yuan::ZERO,
            leg_count: 0,
        });
        let sums = line.gross.plus(Yuan::from_fen(row.gross)).ok();
        let sums = sums.zip(line.refunded.plus(Yuan::from_fen(row.refunded)).ok());
        (line.gross, line.refunded) = sums.ok_or_else(|| failure::broken("positions"))?;
        line.leg_count += row.leg_count;
    }
    Ok(lines.into_values().collect())
}

/// A position.
pub(crate) fn render_position(line: Line) -> Result<Wire, Refusal> {
    let net = line.gross.minus(line.refunded).map_err(|_| failure::broken("positions"))?;
    Ok(Wire {
        debtor: line.debtor,
        creditor: line.creditor,
        gross_amount: line.gross.to_string(),
        refunded_amount: line.refunded.to_string(),
        net_amount: net.to_string(),
        leg_count: line.leg_count,
    })
}

/// The state of a period by its stored name.
pub(crate) fn period(state: &str) -> PeriodState {
    PeriodState::from_str_name(&format!("PERIOD_STATE_{state}")).unwrap_or(PeriodState::Unspecified)
}

/// A period with the sums of its lines, and how far each book was read.
pub(crate) fn render_period(
    id: String,
    state: PeriodState,
    lines: &[Line],
    books: Vec<(BookId, i64, OffsetDateTime)>,
) -> Result<WirePeriod, Refusal> {
    let broken = |_| failure::broken("positions");
    let gross = Yuan::total(lines.iter().map(|line| line.gross)).map_err(broken)?;
    let refunded = Yuan::total(lines.iter().map(|line| line.refunded)).map_err(broken)?;
    let book = |(book, position, through): (BookId, i64, OffsetDateTime)| BookProgress {
        book_id: book.to_string(),
        position,
        complete_through: (through > OffsetDateTime::UNIX_EPOCH).then(|| timestamp(through)),
    };
    Ok(WirePeriod {
        period_id: id,
        state: state.into(),
        gross_amount: gross.to_string(),
        refunded_amount: refunded.to_string(),
        leg_count: lines.iter().map(|line| line.leg_count).sum(),
        books: books.into_iter().map(book).collect(),
    })
}
