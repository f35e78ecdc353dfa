//! 加强核验: what a person agrees to, and the assertion that proves it to the service that carries it out.
//!
//! An assertion is bound to an [`Operation`]: to the RPC, its id, the persons, the amount, the place and the civil day.
//! It is good once because the id is good once; nothing here remembers assertions, and none enters a content hash.
//! READ assertions open a person's own reads for half an hour and no write.

mod refusals;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use self::refusals::{Unfit, expired, mismatch, required};
use crate::{
    access::{Caller, Role},
    status::Refusal,
    token::{Ring, Signer, TokenError, Use},
};

/// The kind of operation of a READ assertion.
pub const READ: &str = "READ";
/// How long an assertion for a write is good.
pub const WRITE_FOR: Duration = Duration::seconds(120);
/// How long a READ assertion is good.
pub const READ_FOR: Duration = Duration::minutes(30);
/// By how much the clocks of two services may differ.
const SKEW: Duration = Duration::seconds(5);

/// What somebody agrees to. A service derives it from its own request, never from the assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The RPC's name, such as `CreateTransfer`, or [`READ`].
    pub kind: String,
    /// Its resource or request id; empty for READ.
    pub id: String,
    /// Who acts.
    pub actor: Uuid,
    /// The other person, where there is one.
    pub counterparty: Option<Uuid>,
    /// Yuan with two decimals, where money moves.
    pub amount: Option<String>,
    /// Pooling area or institution, where the RPC names one.
    pub place: Option<String>,
}

impl Operation {
    /// An operation of one person, about nothing but its id.
    pub fn of(kind: &str, id: impl ToString, actor: Uuid) -> Self {
        let (kind, id) = (kind.to_owned(), id.to_string());
        Self { kind, id, actor, counterparty: None, amount: None, place: None }
    }

    /// Reading what belongs to oneself.
    pub fn read(actor: Uuid) -> Self {
        Self::of(READ, "", actor)
    }

    /// With the other person.
    pub fn with(mut self, counterparty: Uuid) -> Self {
        self.counterparty = Some(counterparty);
        self
    }

    /// About an amount.
    pub fn about(mut self, amount: impl ToString) -> Self {
        self.amount = Some(amount.to_string());
        self
    }

    /// At a pooling area or an institution.
    pub fn at(mut self, place: impl ToString) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// The lines that are hashed: `gongji-operation-1`, then `name=value` for each field, each ended by LF. Anybody
    /// can repeat the digest with `printf` and `sha256sum`.
    pub fn lines(&self, day: Date) -> String {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        format!(
            "gongji-operation-1\nkind={}\noperation_id={}\nactor_person_id={}\ncounterparty_person_id={}\n\
             amount={}\nplace={}\ncivil_day={}-{:02}-{:02}\n",
            self.kind,
            self.id,
            self.actor,
            or_empty(self.counterparty.map(|person| person.to_string())),
            or_empty(self.amount.clone()),
            or_empty(self.place.clone()),
            day.year(),
            u8::from(day.month()),
            day.day(),
        )
    }

    /// The SHA-256 of the lines, lower-case hex.
    pub fn digest(&self, day: Date) -> String {
        hex::encode(Sha256::digest(self.lines(day)))
    }
}

/// By what somebody was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    /// 人脸识别.
    Face,
    /// 医保码密码.
    Password,
    /// 窗口核验: an operator saw documents.
    Counter,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Face, Self::Password, Self::Counter];

    /// The name in tokens and databases.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Face => "FACE",
            Self::Password => "PASSWORD",
            Self::Counter => "COUNTER",
        }
    }

    /// Reads [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What an assertion says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Whose agreement it is.
    pub person: Uuid,
    /// The digest of what was agreed to.
    pub digest: String,
    /// By what the person was recognised.
    pub method: Method,
    /// Role and scope of whoever verified the person: nobody else may show the assertion.
    pub by: String,
    /// Seconds since 1970 at which it was given.
    pub issued: i64,
    /// Seconds since 1970 from which on it is worth nothing.
    pub expires: i64,
}

impl Claims {
    /// What is signed for `by` when the actor agrees to an operation at `now` on civil day `day`.
    pub fn for_operation(
        operation: &Operation,
        day: Date,
        method: Method,
        by: &str,
        now: OffsetDateTime,
    ) -> Self {
        let good_for = if operation.kind == READ { READ_FOR } else { WRITE_FOR };
        Self {
            person: operation.actor,
            digest: operation.digest(day),
            method,
            by: by.to_owned(),
            issued: now.unix_timestamp(),
            expires: (now + good_for).unix_timestamp(),
        }
    }

    /// As an assertion.
    pub fn sign(&self, signer: &Signer) -> String {
        signer.sign(self)
    }
}

/// Proves that the operation's actor agreed to it; `operations` are the ways in which one request may be put, at least
/// one, all of one actor. `day` is the civil day of the request; an assertion that was given
/// just before midnight is good after it.
///
/// # Errors
/// STEP_UP_REQUIRED without an assertion, ASSERTION_EXPIRED, or ASSERTION_MISMATCH for one that is forged, of another
/// person, or for something else. None of them burns an id.
pub fn check(
    ring: &Ring,
    assertion: &str,
    operations: &[Operation],
    day: Date,
    now: OffsetDateTime,
) -> Result<Claims, Refusal> {
    if assertion.is_empty() {
        return Err(missing(operations));
    }
    judge(ring.open(Use::Assertion, assertion, now), operations, day, now)
}

/// What is said where no assertion came; `operations` as for [`check`].
pub fn missing(operations: &[Operation]) -> Refusal {
    operations.first().map_or_else(|| mismatch(Unfit::Operation), required)
}

fn judge(
    opened: Result<Claims, TokenError>,
    operations: &[Operation],
    day: Date,
    now: OffsetDateTime,
) -> Result<Claims, Refusal> {
    let Some(operation) = operations.first() else { return Err(mismatch(Unfit::Operation)) };
    let claims = opened.map_err(|error| mismatch(error.into()))?;
    let yesterday = day.previous_day().unwrap_or(day);
    let fits = |operation: &Operation| {
        [day, yesterday].into_iter().any(|day| claims.digest == operation.digest(day))
    };
    if claims.person != operation.actor {
        return Err(mismatch(Unfit::Person));
    }
    if !operations.iter().any(fits) {
        return Err(mismatch(Unfit::Operation));
    }
    let moment = now.unix_timestamp();
    if moment >= claims.expires {
        return Err(expired(&claims, moment));
    }
    if claims.issued > (now + SKEW).unix_timestamp() {
        return Err(mismatch(Unfit::Early));
    }
    Ok(claims)
}

/// As [`check`], for a call of `caller`: an assertion is good for the party that verified the person, and a counter
/// verifies by documents.
///
/// # Errors
/// Those of [`check`]; ASSERTION_MISMATCH for an assertion that another party got.
pub fn require(
    ring: &Ring,
    caller: &Caller,
    assertion: &str,
    operations: &[Operation],
    (day, now): (Date, OffsetDateTime),
) -> Result<Claims, Refusal> {
    shown_by(caller, check(ring, assertion, operations, day, now)?)
}

/// As [`require`], for an assertion that is there and was opened already; see [`crate::token::Together`].
///
/// # Errors
/// Those of [`require`] for an assertion that is not empty.
pub fn require_opened(
    opened: Result<Claims, TokenError>,
    caller: &Caller,
    operations: &[Operation],
    (day, now): (Date, OffsetDateTime),
) -> Result<Claims, Refusal> {
    shown_by(caller, judge(opened, operations, day, now)?)
}

fn shown_by(caller: &Caller, claims: Claims) -> Result<Claims, Refusal> {
    if claims.by != caller.party() {
        return Err(mismatch(Unfit::Caller));
    }
    if (caller.role == Role::Operator) != (claims.method == Method::Counter) {
        return Err(mismatch(Unfit::Method));
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);
    const TODAY: Date = date!(2026 - 01 - 15);

    fn signer() -> Signer {
        Signer::from_seed(&[7; 32], Use::Assertion)
    }

    fn ring() -> Ring {
        Ring::of([signer().public(NOW - Duration::DAY, None)])
    }

    fn transfer() -> Operation {
        Operation::of("CreateTransfer", Uuid::from_u128(1), Uuid::from_u128(2))
            .with(Uuid::from_u128(3))
            .about("1200.50")
    }

    const BY: &str = "citizen:00000000-0000-0000-0000-000000000002";

    fn agreed(operation: &Operation, method: Method) -> String {
        Claims::for_operation(operation, TODAY, method, BY, NOW).sign(&signer())
    }

    fn reason(result: Result<Claims, Refusal>) -> String {
        result.err().map_or_else(|| "NONE".to_owned(), |refusal| refusal.reason.clone())
    }

    #[test]
    fn the_lines_are_those_of_the_contract() {
        let lines = "gongji-operation-1\nkind=CreateTransfer\n\
                     operation_id=00000000-0000-0000-0000-000000000001\n\
                     actor_person_id=00000000-0000-0000-0000-000000000002\n\
                     counterparty_person_id=00000000-0000-0000-0000-000000000003\n\
                     amount=1200.50\nplace=\ncivil_day=2026-01-15\n";
        assert_eq!(transfer().lines(TODAY), lines);
        assert_eq!(transfer().digest(TODAY), hex::encode(Sha256::digest(lines)));
    }

    #[test]
    fn r_033_an_assertion_is_good_for_its_operation_only() {
        let assertion = agreed(&transfer(), Method::Password);
        assert!(check(&ring(), &assertion, &[transfer()], TODAY, NOW).is_ok());
        let others = [
            Operation { kind: "ClaimTransfer".to_owned(), ..transfer() },
            Operation { id: Uuid::from_u128(9).to_string(), ..transfer() },
            transfer().with(Uuid::from_u128(9)),
            transfer().about("1200.51"),
            transfer().at("510100"),
        ];
        for other in others {
            let checked = check(&ring(), &assertion, std::slice::from_ref(&other), TODAY, NOW);
            assert_eq!(reason(checked), "ASSERTION_MISMATCH", "{other:?}");
        }
        let stranger = Operation { actor: Uuid::from_u128(9), ..transfer() };
        assert_eq!(reason(check(&ring(), &assertion, &[stranger], TODAY, NOW)), "ASSERTION_MISMATCH");
        assert_eq!(reason(check(&ring(), "", &[transfer()], TODAY, NOW)), "STEP_UP_REQUIRED");
        assert_eq!(reason(check(&ring(), "a.b.c", &[transfer()], TODAY, NOW)), "ASSERTION_MISMATCH");
    }

    #[test]
    fn an_assertion_ends_after_two_minutes_and_a_read_after_thirty() {
        let write = agreed(&transfer(), Method::Face);
        let own = Operation::read(Uuid::from_u128(2));
        let read = agreed(&own, Method::Face);
        let late = |assertion: &str, operation: &Operation, after: Duration| {
            reason(check(&ring(), assertion, std::slice::from_ref(operation), TODAY, NOW + after))
        };
        assert_eq!(late(&write, &transfer(), Duration::seconds(119)), "NONE");
        assert_eq!(late(&write, &transfer(), Duration::seconds(120)), "ASSERTION_EXPIRED");
        assert_eq!(late(&read, &own, Duration::minutes(29)), "NONE");
        assert_eq!(late(&read, &own, Duration::minutes(30)), "ASSERTION_EXPIRED");
        assert_eq!(late(&read, &transfer(), Duration::ZERO), "ASSERTION_MISMATCH");
        assert_eq!(late(&write, &transfer(), Duration::seconds(-6)), "ASSERTION_MISMATCH");
    }

    #[test]
    fn what_was_agreed_to_before_midnight_is_good_after_it() {
        let assertion = agreed(&transfer(), Method::Counter);
        let tomorrow = date!(2026 - 01 - 16);
        assert!(check(&ring(), &assertion, &[transfer()], tomorrow, NOW).is_ok());
        let later = date!(2026 - 01 - 17);
        assert_eq!(reason(check(&ring(), &assertion, &[transfer()], later, NOW)), "ASSERTION_MISMATCH");
    }

    #[test]
    fn r_033_an_assertion_is_good_for_the_party_that_got_it_only() {
        let required = |token: &str, by: &str, method| {
            let caller = Caller::parse(token).expect("a caller");
            let claims = Claims::for_operation(&transfer(), TODAY, method, by, NOW).sign(&signer());
            reason(require(&ring(), &caller, &claims, &[transfer()], (TODAY, NOW)))
        };
        let own = format!("dev:{BY}");
        assert_eq!(required(&own, BY, Method::Face), "NONE");
        assert_eq!(required(&own, BY, Method::Counter), "ASSERTION_MISMATCH");
        assert_eq!(required("dev:operator:320100:window-3", "operator:320100", Method::Counter), "NONE");
        assert_eq!(required("dev:operator:320100", "operator:320100", Method::Face), "ASSERTION_MISMATCH");
        assert_eq!(required("dev:operator:320200", "operator:320100", Method::Counter), "ASSERTION_MISMATCH");
        assert_eq!(required("dev:operator:320100", BY, Method::Counter), "ASSERTION_MISMATCH");
    }
}
