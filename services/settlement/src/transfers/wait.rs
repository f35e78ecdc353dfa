//! Waiting for a transfer: told by the hub, and reading again now and then because another process may have moved
//! it.

use std::{sync::Arc, time::Duration};

use chassis::status::Refusal;
use futures::{Stream, stream};
use saga::TransferState;
use standards::{BondId, PersonId, TransferId};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::Transfers;
use crate::{error, hub::Watch, read, transfer::Shown};

/// How long nobody reads without being told.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long a bond that the registry has just made may take to get here.
const BOND_PATIENCE: Duration = Duration::from_millis(1_500);
const BOND_PAUSE: Duration = Duration::from_millis(20);
/// A stream that was read up to less than this ago has told of every bond that is not brand-new.
const BOND_STALENESS: time::Duration = time::Duration::seconds(60);

/// Waits for the next change, or a while; false once `until` has passed.
pub(super) async fn change(watch: &mut Watch, until: Instant) -> bool {
    let look_again = Instant::now() + LOOK_AGAIN;
    // Whether it was told or time passed: the caller reads again.
    let _ = timeout_at(until.min(look_again), watch.changed()).await;
    Instant::now() < until
}

/// Whether the books have spoken, or a person must.
fn rests(shown: &Shown) -> bool {
    let state = &shown.transfer.state;
    !matches!(state.view(), TransferState::Accepted | TransferState::Closing) || state.under_review()
}

impl Transfers {
    /// The transfer once the books have spoken, or as it is at `until`.
    pub(super) async fn settled(
        &self,
        id: TransferId,
        watch: &mut Watch,
        is_new: bool,
        until: Instant,
    ) -> Result<Shown, Refusal> {
        if is_new {
            let told = async {
                loop {
                    match watch.changed().await {
                        Some(shown) if rests(&shown) => return Some(shown),
                        Some(_) => {}
                        None => return None,
                    }
                }
            };
            // Not told: somebody else moved it, or time is up, and reading says which.
            if let Ok(Some(shown)) = timeout_at(until.min(Instant::now() + LOOK_AGAIN), told).await {
                return Ok(Arc::unwrap_or_clone(shown));
            }
        }
        loop {
            let shown = read::transfer(&self.database, id).await?.ok_or_else(error::transfer_unknown)?;
            if rests(&shown) || !change(watch, until).await {
                return Ok(shown);
            }
        }
    }

    /// Both sides of a bond. A bond that was made just now is waited for.
    pub(super) async fn sides(&self, bond: BondId) -> Result<(PersonId, PersonId), Refusal> {
        let asked = self.clock.now();
        let patience = Instant::now() + BOND_PATIENCE;
        loop {
            // Read before the rows: what the stream has told by then is in them.
            let through = self.bonds.through();
            if let Some(sides) = self.known_sides(bond).await? {
                return Ok(sides);
            }
            if through >= asked {
                return Err(error::bond_unknown());
            }
            if Instant::now() >= patience {
                let is_fresh = through >= asked - BOND_STALENESS;
                return Err(if is_fresh { error::bond_unknown() } else { Refusal::feed_behind("kinship") });
            }
            sleep(BOND_PAUSE).await;
        }
    }

    /// The transfer after `revision`, then each change that is seen; ends after an end state.
    pub fn watch(
        &self,
        id: TransferId,
        revision: i64,
    ) -> impl Stream<Item = Result<Shown, Refusal>> + Send + 'static {
        let watching = (self.clone(), self.hub.watch(id), revision);
        stream::unfold(Some(watching), move |watching| async move {
            let (transfers, mut watch, seen) = watching?;
            loop {
                let shown = match read::transfer(&transfers.database, id).await {
                    Ok(Some(shown)) => shown,
                    Ok(None) => return Some((Err(error::transfer_unknown()), None)),
                    Err(refusal) => return Some((Err(refusal), None)),
                };
                let has_ended = shown.transfer.state.is_end();
                if shown.revision > seen {
                    let revision = shown.revision;
                    let next = (!has_ended).then_some((transfers, watch, revision));
                    return Some((Ok(shown), next));
                }
                if has_ended {
                    return None;
                }
                // Told or not: the row says whether there is anything new.
                let _ = timeout(LOOK_AGAIN, watch.changed()).await;
            }
        })
    }
}
