//! Opening a wallet: identity is asked about the person and assigns the place of use, then the book opens the wallet.
//!
//! Both happen on one task of the service's own, so that a caller who gives up cannot stop it between the two. What
//! a crash leaves half done is completed under the wallet id that has the place, and under no other; therefore a
//! refusal of exactly that id is told and not remembered. Nothing is rendered here: the caller's language is not
//! known on this task.

use std::sync::Arc;

use chassis::{access::Caller, batch::Lane, crash_point, status::Refusal};
use ledger::command::OpenWallet;
use policy::Programme;
use standards::{Province, civil};
use tracing::Instrument as _;

use crate::{
    command::{Command, Open},
    facts::KnownPerson,
    outcome::{Outcome, Refused, Stands},
    peer::identity::Assigned,
    shared::Shared,
};

/// How often identity is asked when the person's place changes while it is looked at.
const LOOKS: u8 = 2;

/// What identity said to an opening.
enum Said {
    /// The wallet has its place.
    Assigned,
    /// No; the id is burnt with it.
    No(Refused),
    /// No, but the place is kept for this very id, which must stay usable.
    NotNow(Refused),
}

/// Has a wallet opened. Identity is not asked about an id whose answer is remembered: it would keep the place for a
/// wallet that this book has refused for ever.
pub(crate) async fn open(shared: &Arc<Shared>, open: Open) -> Result<Outcome, Refusal> {
    let place = open.wallet.place_of_use;
    if place.province() != shared.book.province() {
        // Not remembered: a slip must not cost an id under which an opening here may wait to be completed.
        return Ok(Outcome::Refused(Refused::WrongBook { kept_in: Some(place) }));
    }
    let probe = Open { probe: true, ..open.clone() };
    let remembered = shared.decide(Lane::Interactive, Command::Open(probe)).await?.outcome;
    if remembered != Outcome::Unheard {
        return Ok(remembered);
    }
    // From here it goes on when the caller gives up.
    let task = assign_and_open(Arc::clone(shared), open).in_current_span();
    shared.tasks.spawn(task).await.unwrap_or_else(|error| {
        tracing::error!(%error, "an opening ended without an answer");
        Err(Refusal::internal())
    })
}

async fn assign_and_open(shared: Arc<Shared>, mut open: Open) -> Result<Outcome, Refusal> {
    crash_point!("opening.before_assign");
    match assign(&shared, &open.wallet).await? {
        Said::Assigned => {}
        Said::No(refused) => open.refused = Some(refused),
        Said::NotNow(refused) => return Ok(Outcome::Refused(refused)),
    }
    crash_point!("opening.after_assign");
    Ok(shared.decide(Lane::Interactive, Command::Open(open)).await?.outcome)
}

async fn assign(shared: &Shared, wallet: &OpenWallet) -> Result<Said, Refusal> {
    let Some(identity) = &shared.identity else { return Err(Refusal::unavailable()) };
    let today = civil::day(shared.clock.now());
    for _ in 0..LOOKS {
        let Some(person) = identity.person(wallet.person, today).await? else {
            return Ok(Said::No(Refused::PersonUnknown));
        };
        let judged = person
            .may_have_wallet(today)
            .and_then(|()| is_open_there(shared, wallet))
            .and_then(|()| is_free(&person, wallet, shared.book.province()));
        match judged {
            Err(refused) if person.wallet == Some(wallet.wallet) => return Ok(Said::NotNow(refused)),
            Err(refused) => return Ok(Said::No(refused)),
            Ok(()) => {}
        }
        match identity.assign(wallet).await? {
            Assigned::Yes => return Ok(Said::Assigned),
            Assigned::No(refused) => return Ok(Said::No(refused)),
            Assigned::Taken => {}
        }
    }
    Err(Refusal::unavailable())
}

/// Whether the programme is open at the place.
fn is_open_there(shared: &Shared, wallet: &OpenWallet) -> Result<(), Refused> {
    let place = wallet.place_of_use;
    let availability = shared.rules.availability(place, Programme::Wallet, shared.clock.now());
    if availability.open {
        return Ok(());
    }
    Err(Refused::RegionNotOpen { pool: place, source: availability.source })
}

/// Whether the person's place of use is free, or kept for exactly this wallet at exactly this place.
fn is_free(person: &KnownPerson, wallet: &OpenWallet, here: Province) -> Result<(), Refused> {
    match (person.wallet, person.place_of_use) {
        (Some(held), Some(place)) if (held, place) != (wallet.wallet, wallet.place_of_use) => {
            let stands = if place.province() == here { Stands::Unfinished } else { Stands::Elsewhere };
            Err(Refused::WalletHeld { wallet: held, place, stands })
        }
        _ => Ok(()),
    }
}

/// The outcome as a caller may hear of it: the id that has the place is told to whoever may open it there.
pub(crate) fn told_to(caller: &Caller, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Refused(Refused::WalletHeld { place, .. }) if caller.in_pool(place).is_err() => {
            Outcome::Refused(Refused::WalletAlreadyOpen)
        }
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use standards::{PersonId, WalletId};
    use uuid::Uuid;

    use super::*;

    fn held(place: &str) -> Outcome {
        let place = place.parse().expect("a pool");
        let wallet = WalletId::new(Uuid::from_u128(7));
        Outcome::Refused(Refused::WalletHeld { wallet, place, stands: Stands::Elsewhere })
    }

    #[test]
    fn the_held_wallet_is_named_only_to_who_may_open_it() {
        let person = PersonId::new(Uuid::from_u128(1));
        let caller = |token: &str| Caller::parse(token).expect("a caller");
        let citizen = caller(&format!("dev:citizen:{person}"));
        let operator = caller("dev:operator:320100");
        assert_eq!(told_to(&citizen, held("510100")), held("510100"));
        assert_eq!(told_to(&operator, held("320100")), held("320100"));
        let silent = Outcome::Refused(Refused::WalletAlreadyOpen);
        for elsewhere in ["510100", "320200"] {
            assert_eq!(told_to(&operator, held(elsewhere)), silent);
        }
    }
}
