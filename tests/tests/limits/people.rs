//! How the two stand with the authority: a suspension and overdue contact data stop what is new, until another person
//! lifts the one and the person confirms the other.

use anyhow::{Context, Result};
use e2e::{Scene, assert_refused, detail};
use proto::identity::{
    ConfirmContactRequest, ImposeSanctionRequest, LiftSanctionRequest, SanctionKind, UpdateContactRequest,
    identity_service_client::IdentityServiceClient,
};
use testkit::{
    desk::{agency, citizen, second_agent, under},
    people::id,
};

pub(crate) async fn r_151_whoever_is_suspended_neither_sends_nor_receives(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, true).await?;
    scene.send(&id(), &family, "1.00").await?;
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    for (party, side) in [(&family.beneficiary, "BENEFICIARY"), (&family.sharer, "SHARER")] {
        let province = party.pool.province();
        let sanction = ImposeSanctionRequest {
            sanction_id: id(),
            person_id: party.person.clone(),
            kind: SanctionKind::SettlementSuspended.into(),
            case_reference: "CASE-7".to_owned(),
            from_day: "2026-03-01".to_owned(),
            to_day: String::new(),
        };
        let sanction_id = sanction.sanction_id.clone();
        identity.impose_sanction(under(&agency(province), sanction)).await?;
        let status = assert_refused(scene.send(&id(), &family, "1.00").await, "SETTLEMENT_SUSPENDED");
        assert_eq!((detail(&status, "side"), detail(&status, "rule")), (side.into(), "R-151".into()));
        let lift = LiftSanctionRequest { request_id: id(), sanction_id, reason: "closed".to_owned() };
        let alone = identity.lift_sanction(under(&agency(province), lift.clone())).await;
        assert_refused(alone, "SECOND_PERSON_REQUIRED");
        identity.lift_sanction(under(&second_agent(province), lift)).await?;
    }
    scene.send(&id(), &family, "1.00").await.context("nothing is suspended any more")?;
    Ok(())
}

pub(crate) async fn r_029_with_overdue_contact_data_nothing_new_is_sent_until_they_are_confirmed(
    scene: &mut Scene,
) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, true).await?;
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    let own = citizen(&family.sharer.person);
    let changed = UpdateContactRequest {
        request_id: id(),
        person_id: family.sharer.person.clone(),
        mobile: "13912345678".to_owned(),
        changed_day: "2026-01-31".to_owned(),
        ..Default::default()
    };
    let reply = identity.update_contact(under(&own, changed)).await?.into_inner();
    assert!(reply.overdue, "{reply:?}");
    let status = assert_refused(scene.send(&id(), &family, "1.00").await, "CONTACT_UPDATE_OVERDUE");
    assert_eq!(detail(&status, "rule"), "R-029");
    let confirm = ConfirmContactRequest {
        request_id: id(),
        person_id: family.sharer.person.clone(),
        ..Default::default()
    };
    identity.confirm_contact(under(&own, confirm)).await?;
    scene.send(&id(), &family, "1.00").await.context("the data are confirmed")?;
    Ok(())
}
