//! How the two stand with the authority decides too: activated codes, contact data, suspensions.

use policy::{Benefit, BenefitKind, PersonFacts, PersonStanding};
use settlement::command::{Accept, Command, Outcome};
use time::macros::date;

use crate::bench::{Bench, accept, bench, pair};

/// Somebody with whom everything is in order.
fn in_order() -> PersonStanding {
    PersonStanding {
        birth_day: Some(date!(1980 - 02 - 03)),
        benefits: Some(Vec::new()),
        settlement_suspended: Some(false),
        contact_overdue: Some(false),
        medical_code_activated: Some(true),
    }
}

/// Both in order but for what is spoilt.
fn asked(spoil: impl FnOnce(&mut PersonFacts, &mut PersonFacts)) -> Accept {
    let mut asked = accept(pair());
    let facts = asked.facts.as_mut().expect("facts that allow it");
    for person in [&mut facts.sharer, &mut facts.beneficiary] {
        person.standing = Some(in_order());
    }
    spoil(&mut facts.sharer, &mut facts.beneficiary);
    asked
}

fn standing(person: &mut PersonFacts) -> &mut PersonStanding {
    person.standing.as_mut().expect("it was given")
}

/// The reason and the side of a refusal.
async fn refused(bench: &Bench, asked: Accept) -> (String, String) {
    match bench.outcome(Command::Accept(Box::new(asked))).await {
        Outcome::Refused { refusal, .. } => (refusal.reason.clone(), refusal.side.clone()),
        other => panic!("{other:?}"),
    }
}

async fn accepted(bench: &Bench, asked: Accept) {
    let outcome = bench.outcome(Command::Accept(Box::new(asked))).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn r_030_online_the_sharers_code_is_active_and_at_a_counter_need_not_be() {
    let bench = bench().await;
    accepted(&bench, asked(|_, _| {})).await;
    let inactive = || asked(|sharer, _| standing(sharer).medical_code_activated = Some(false));
    assert_eq!(
        refused(&bench, inactive()).await,
        ("MEDICAL_CODE_NOT_ACTIVATED".to_owned(), "SHARER".to_owned())
    );
    accepted(&bench, Accept { online: false, ..inactive() }).await;
    // Who only receives has shown nothing yet.
    accepted(&bench, asked(|_, beneficiary| standing(beneficiary).medical_code_activated = Some(false)))
        .await;
}

#[tokio::test]
async fn r_029_with_overdue_contact_data_nothing_new_is_sent() {
    let bench = bench().await;
    let overdue = "CONTACT_UPDATE_OVERDUE".to_owned();
    let sharers = asked(|sharer, _| standing(sharer).contact_overdue = Some(true));
    assert_eq!(refused(&bench, sharers).await, (overdue.clone(), "SHARER".to_owned()));
    let beneficiarys = asked(|_, beneficiary| standing(beneficiary).contact_overdue = Some(true));
    assert_eq!(refused(&bench, beneficiarys).await, (overdue, "BENEFICIARY".to_owned()));
}

#[tokio::test]
async fn r_151_whoever_is_suspended_neither_sends_nor_receives() {
    let bench = bench().await;
    let suspended = "SETTLEMENT_SUSPENDED".to_owned();
    let sharers = asked(|sharer, _| standing(sharer).settlement_suspended = Some(true));
    assert_eq!(refused(&bench, sharers).await, (suspended.clone(), "SHARER".to_owned()));
    let beneficiarys = asked(|_, beneficiary| standing(beneficiary).settlement_suspended = Some(true));
    assert_eq!(refused(&bench, beneficiarys).await, (suspended, "BENEFICIARY".to_owned()));
    let entitled = |sharer: &mut PersonFacts, _: &mut PersonFacts| {
        let kind = BenefitKind::MedicalAssistance;
        let benefit = Benefit { kind, valid_from: date!(2025 - 01 - 01), valid_to: None };
        standing(sharer).benefits = Some(vec![benefit]);
    };
    accepted(&bench, asked(entitled)).await;
}
