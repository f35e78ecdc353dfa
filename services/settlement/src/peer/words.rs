//! Reads the words of other services.

use std::str::FromStr;

use chassis::feed::{Cursor, Watermark};
use money::Yuan;
use prost_types::Timestamp;
use saga::{DrawDue, LotState, ReturnCause};
use time::OffsetDateTime;
use tonic::Status;

use super::malformed;

/// A value that a peer sent and that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is unreadable")]
pub(super) struct Unreadable(pub(super) &'static str);

/// Parses a text, or names the field.
pub(super) fn read<T: FromStr>(field: &'static str, text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|_| Unreadable(field))
}

/// The variant's name without the name of its enum: `SCHEME_EMPLOYEE` is `EMPLOYEE`.
pub(super) fn bare<'a>(name: &'a str, prefix: &str) -> &'a str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// An instant of the wire; none if it is absent or out of range.
pub(super) fn instant(time: Option<&Timestamp>) -> Option<OffsetDateTime> {
    time.copied().and_then(border::wire::instant)
}

/// Where a page ends.
pub(super) fn watermark(position: i64, hash: &str, through: Option<&Timestamp>) -> Result<Watermark, Status> {
    // A source without any record stands at the start, whatever hash it names.
    let cursor = if position == 0 { Some(Cursor::START) } else { Cursor::parse(position, hash) };
    let cursor = cursor.ok_or_else(|| malformed("position"))?;
    Ok(Watermark { cursor, through: instant(through).unwrap_or(OffsetDateTime::UNIX_EPOCH) })
}

/// A lot as a record of its book shows it. `None` while it is pending: nobody is told about that.
pub(super) fn lot(
    position: &proto::wallet::LotPosition,
    at_sequence: i64,
) -> Result<Option<DrawDue>, Unreadable> {
    let lot = match position.state() {
        proto::wallet::HopState::Pending => return Ok(None),
        proto::wallet::HopState::Open => LotState::Open,
        proto::wallet::HopState::Closed => LotState::Closed,
        proto::wallet::HopState::Unspecified => return Err(Unreadable("state")),
    };
    let hop = u16::try_from(position.hop).map_err(|_| Unreadable("hop"))?;
    let consumed = Yuan::parse(&position.consumed).map_err(|_| Unreadable("consumed"))?;
    Ok(Some(DrawDue { hop, at_sequence, consumed, lot }))
}

/// Why a lot goes back when its bond has ended.
pub(super) const fn cause(reason: proto::kinship::DissolveReason) -> ReturnCause {
    use proto::kinship::DissolveReason as R;
    match reason {
        R::EnrolmentEnded | R::PoolTransfer => ReturnCause::EnrolmentChanged,
        R::DeathSharer | R::DeathBeneficiary => ReturnCause::Death,
        R::Fraud => ReturnCause::Sanction,
        R::Unspecified
        | R::VoluntarySharer
        | R::VoluntaryBeneficiary
        | R::ChronicEntitlement
        | R::RetiredCadre
        | R::DisabledSoldier16
        | R::Divorce
        | R::PolicyEnd
        | R::ProofRevoked => ReturnCause::BondDissolved,
    }
}
