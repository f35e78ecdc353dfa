//! The bond: proposed by the daughter, accepted by the mother.

use anyhow::{Context, Result};
use proto::kinship::{BondState, Relation};
use testkit::people::id;
use time::macros::time;

use super::{
    Stage,
    cast::{Cast, DAUGHTER, MOTHER, instant},
    reads::patiently,
};
use crate::timeline::Event;

/// Both sides agree; the bond's id goes into the cast.
pub(super) async fn propose_and_accept(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<()> {
    stage.chapter(0, time!(9:30), "共济关系 · the bond").await?;
    let bond = id();
    let call = async || stage.desk.propose(&bond, &cast.daughter, &cast.mother, Relation::Parent).await;
    patiently("proposing the bond", call).await?;
    let found = stage.reads.bond(&bond, &cast.daughter).await?;
    let at = instant(found.create_time.as_ref()).context("a bond has a time of proposal")?;
    let event = Event::new(at, DAUGHTER, "申请共济关系 proposes the bond to her mother")
        .state(BondState::PendingConsent.as_str_name(), found.state().as_str_name())
        .fact("亲属关系 relation", Relation::Parent.as_str_name(), found.relation().as_str_name());
    stage.tell(&event);

    let call = async || stage.desk.accept(&bond, &cast.mother).await;
    patiently("accepting the bond", call).await?;
    let found = stage.reads.bond(&bond, &cast.mother).await?;
    let at = instant(found.active_time.as_ref()).context("an active bond has a time of acceptance")?;
    let event = Event::new(at, MOTHER, "确认 accepts the bond")
        .state(BondState::Active.as_str_name(), found.state().as_str_name())
        .fact("共济人 sharer", &cast.daughter.person, found.sharer_person_id)
        .fact("被共济人 beneficiary", &cast.mother.person, found.beneficiary_person_id);
    stage.tell(&event);
    cast.bond = bond;
    Ok(())
}
