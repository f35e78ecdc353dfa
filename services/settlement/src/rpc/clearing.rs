//! `ClearingService`.

use std::collections::BTreeMap;

use chassis::{
    access::{self, Caller, Scope},
    clock::Clock,
    db::Database,
    failure,
    feed::Freshness,
    serve,
    status::Refusal,
};
use clearing::Period;
use proto::settlement::{
    GetPeriodRequest, GetPeriodResponse, ListPositionsRequest, ListPositionsResponse, PeriodState,
    clearing_service_server::{ClearingService, ClearingServiceServer},
};
use standards::{BookId, civil};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, Line, PositionsAsked},
    error, page, sql,
};

/// Answers for what pools owe each other.
#[derive(Clone)]
pub(crate) struct Clearing {
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    /// How far each book was read.
    pub(crate) books: BTreeMap<BookId, (String, Freshness)>,
}

impl Clearing {
    /// The service, ready to be added to an API.
    pub(crate) fn server(self) -> ClearingServiceServer<Self> {
        ClearingServiceServer::new(self).max_decoding_message_size(serve::MAX_MESSAGE)
    }

    /// The period that was asked for and its state. The open one is that of this month until something is owed.
    async fn period(&self, asked: Option<Period>) -> Result<(Period, PeriodState), Refusal> {
        let text = asked.map(|period| period.to_string());
        let read = self.database.read(move |mut conn| async move {
            match text {
                Some(text) => Ok((None, sql::clearing::period_state(&mut conn, &text).await?)),
                None => Ok((sql::clearing::open_period(&mut conn).await?, None)),
            }
        });
        let (open, state) = read.await.map_err(failure::database)?;
        match (asked, open, state) {
            (Some(period), _, Some(state)) => Ok((period, convert::period(&state))),
            (Some(_), _, None) => Err(error::period_unknown()),
            (None, Some(open), _) => {
                let period = open.parse().map_err(|_| failure::broken("period"))?;
                Ok((period, PeriodState::Open))
            }
            (None, None, _) => {
                let period =
                    Period::of(civil::day(self.clock.now())).map_err(|_| failure::broken("clock"))?;
                Ok((period, PeriodState::Open))
            }
        }
    }

    async fn lines(
        &self,
        caller: &Caller,
        period: Period,
        asked: &PositionsAsked,
    ) -> Result<Vec<Line>, Refusal> {
        let id = period.to_string();
        let read =
            self.database.read(move |mut conn| async move { sql::clearing::positions(&mut conn, &id).await });
        let rows = read.await.map_err(failure::database)?;
        // A province sees its own side only.
        let own = match &caller.scope {
            Scope::Province(own) => own.as_str(),
            _ => "",
        };
        convert::positions(&rows, asked, |party| party.starts_with(own))
    }

    async fn progress(&self) -> Result<Vec<(BookId, i64, OffsetDateTime)>, Refusal> {
        let mut progress = Vec::new();
        for (book, (feed, freshness)) in &self.books {
            let through = freshness.through();
            let feed = feed.clone();
            let read = self
                .database
                .read(move |mut conn| async move { chassis::feed::cursor(&mut conn, &feed).await });
            let cursor = read.await.map_err(failure::database)?;
            progress.push((*book, cursor.sequence, through));
        }
        Ok(progress)
    }
}

#[tonic::async_trait]
impl ClearingService for Clearing {
    async fn get_period(
        &self,
        request: Request<GetPeriodRequest>,
    ) -> Result<Response<GetPeriodResponse>, Status> {
        let caller = access::caller(&request)?;
        let asked = convert::parse_period(&request.get_ref().period_id)?;
        let (period, state) = self.period(asked).await?;
        let all = PositionsAsked { period: Some(period), by_province: false, party: String::new() };
        let books = self.progress().await?;
        let lines = self.lines(&caller, period, &all).await?;
        let period = convert::render_period(period.to_string(), state, &lines, books)?;
        Ok(Response::new(GetPeriodResponse { period: Some(period) }))
    }

    async fn list_positions(
        &self,
        request: Request<ListPositionsRequest>,
    ) -> Result<Response<ListPositionsResponse>, Status> {
        let caller = access::caller(&request)?;
        let request = request.get_ref();
        let asked = convert::parse_positions(request)?;
        let (period, _) = self.period(asked.period).await?;
        let mark = page::mark("settlement.positions.1", &(&asked, period));
        let after = page::key(&mark, &request.page_token)?.unwrap_or_default();
        let size = usize::try_from(page::size(request.page_size)).unwrap_or(1);
        let key = |line: &Line| format!("{}-{}", line.debtor, line.creditor);
        let mut lines = self.lines(&caller, period, &asked).await?;
        lines.retain(|line| key(line).as_str() > after);
        let has_more = lines.len() > size;
        lines.truncate(size);
        let next = lines.last().filter(|_| has_more);
        let next_page_token = next.map(|last| page::token(&mark, &key(last))).unwrap_or_default();
        let positions = lines.into_iter().map(convert::render_position).collect::<Result<_, _>>()?;
        let period_id = period.to_string();
        Ok(Response::new(ListPositionsResponse { period_id, positions, next_page_token }))
    }
}
