//! Payments and what undoes them, in the orders in which they may meet a lot, an account and a new year.

use anyhow::{Context, Result, ensure};
use e2e::{Family, Scene, assert_refused, pool, time_of};
use proto::{
    settlement::TransferState,
    wallet::{
        ApplyRequest, BookCommand, DrawDownCommand, HopState, LegKind, Payment, PaymentState,
        RefundDestination, RefundKind, RefundPaymentRequest, RevokeCause, RevokeCommand,
        book_command::Command, book_outcome::Outcome, book_service_client::BookServiceClient,
        payment_service_client::PaymentServiceClient,
    },
};
use testkit::{
    desk::{institution, under},
    people::id,
};

use super::{HOSPITAL, NANJING, SUZHOU};

/// A family with a claimed transfer.
async fn shared(scene: &Scene, balance: &str, amount: &str) -> Result<(Family, String)> {
    let family = scene.family(320_100, balance, 510_100, false).await?;
    let (transfer, claim) = (id(), id());
    scene.send(&transfer, &family, amount).await?;
    scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
    Ok((family, transfer))
}

fn legs(payment: &Payment) -> Vec<(LegKind, &str)> {
    payment.legs.iter().map(|leg| (leg.kind(), leg.amount.as_str())).collect()
}

pub(crate) async fn own_money_pays_before_lots_and_cash_pays_the_rest(scene: &mut Scene) -> Result<()> {
    let sharer = scene.employee(pool(320_100), "100.00").await?;
    let beneficiary = scene.employee(pool(510_100), "10.00").await?;
    let bond = scene.bond(&sharer, &beneficiary, proto::kinship::Relation::Sibling).await?;
    let family = Family { sharer, beneficiary, bond };
    let (transfer, claim) = (id(), id());
    scene.send(&transfer, &family, "20.00").await?;
    scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
    let payment = scene.pay(&family.beneficiary, HOSPITAL, "33.00").await?;
    let expected = [(LegKind::OwnCurrentYear, "10.00"), (LegKind::Lot, "20.00"), (LegKind::Cash, "3.00")];
    assert_eq!(legs(&payment), expected);
    // Back in the reverse order: cash, then the lot, then the own account.
    let refund = scene.desk.refund(&payment, "25.00", &family.beneficiary).await?;
    let back: Vec<_> = refund.legs.iter().map(|leg| (leg.destination(), leg.amount.as_str())).collect();
    let expected = [
        (RefundDestination::Cash, "3.00"),
        (RefundDestination::Lot, "20.00"),
        (RefundDestination::OwnAccount, "2.00"),
    ];
    assert_eq!(back, expected);
    assert_refused(scene.desk.refund(&payment, "8.01", &family.beneficiary).await, "REFUND_EXCEEDS_PAYMENT");
    Ok(())
}

pub(crate) async fn a_payment_in_another_pool_of_the_province_is_owed(scene: &mut Scene) -> Result<()> {
    let patient = scene.employee(pool(320_100), "50.00").await?;
    let payment = scene.pay(&patient, SUZHOU, "12.80").await?;
    let [leg] = &payment.legs[..] else { panic!("one leg, found {:?}", payment.legs) };
    assert_eq!((leg.debtor_pooling_area.as_str(), leg.creditor_pooling_area.as_str()), ("320100", "320500"));
    scene.desk.refund(&payment, "2.80", &patient).await?;
    let away = scene.desk.pay(&id(), &patient, &scene.bill(HOSPITAL, "1.00")).await;
    assert_refused(away, "OUTSIDE_PLACE_OF_USE");
    Ok(())
}

pub(crate) async fn paid_refunded_and_paid_again(scene: &mut Scene) -> Result<()> {
    let (family, transfer) = shared(scene, "100.00", "64.00").await?;
    let patient = &family.beneficiary;
    for _ in 0..3 {
        let payment = scene.pay(patient, HOSPITAL, "64.00").await?;
        assert_eq!(legs(&payment), [(LegKind::Lot, "64.00")]);
        let refund = scene.desk.refund(&payment, "64.00", patient).await?;
        assert_eq!(refund.payment_state(), PaymentState::Refunded);
    }
    scene.pay(patient, HOSPITAL, "63.99").await?;
    let drawn = async || {
        let seen = scene.desk.transfer(&transfer, &family.sharer).await?;
        let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
        Ok((seen.spent_amount == "63.99" && account.earmarked == "0.01").then_some(()))
    };
    scene.eventually("the sharer's book follows", drawn).await
}

pub(crate) async fn a_payment_and_a_refund_are_repeated(scene: &mut Scene) -> Result<()> {
    let (family, _) = shared(scene, "100.00", "64.00").await?;
    let patient = &family.beneficiary;
    let (payment, bill) = (id(), scene.bill(HOSPITAL, "32.00"));
    let first = scene.desk.pay(&payment, patient, &bill).await?;
    let other = scene.bill(HOSPITAL, "32.01");
    assert_refused(scene.desk.pay(&payment, patient, &other).await, "REQUEST_ID_REUSED");
    let refund_id = id();
    let mut payments = PaymentServiceClient::new(scene.desk.wallet(patient.pool)?);
    let mut refund = async |amount: &str| {
        let request = RefundPaymentRequest {
            refund_id: refund_id.clone(),
            payment_id: first.payment_id.clone(),
            institution_code: HOSPITAL.to_owned(),
            kind: RefundKind::GoodsReturned.into(),
            personal_amount: amount.to_owned(),
            ..Default::default()
        };
        payments.refund_payment(under(&institution(HOSPITAL), request)).await
    };
    let once = refund("1.00").await?.into_inner().refund.context("a refund")?;
    let twice = refund("1.00").await?.into_inner().refund.context("a refund")?;
    assert_eq!((&once.refund_time, &once.legs), (&twice.refund_time, &twice.legs));
    assert_refused(refund("2.00").await, "REQUEST_ID_REUSED");
    let lots = scene.desk.lots_of(patient).await?;
    assert_eq!(lots[0].remaining, "33.00", "one payment and one refund");
    Ok(())
}

pub(crate) async fn a_reversal_takes_everything_back_once(scene: &mut Scene) -> Result<()> {
    let (family, _) = shared(scene, "100.00", "64.00").await?;
    let patient = &family.beneficiary;
    let paid = scene.pay(patient, HOSPITAL, "48.00").await?;
    scene.desk.refund(&paid, "8.00", patient).await?;
    for _ in 0..2 {
        let pool = patient.pool;
        let reversed = scene.desk.reverse(&paid.payment_id, &paid.institution_serial, HOSPITAL, pool).await?;
        assert_eq!(reversed.map(|payment| payment.state()), Some(PaymentState::Reversed));
    }
    assert_eq!(scene.desk.lots_of(patient).await?[0].remaining, "64.00");
    Ok(())
}

pub(crate) async fn a_reversal_that_comes_first_stops_the_late_payment(scene: &mut Scene) -> Result<()> {
    let (family, _) = shared(scene, "100.00", "64.00").await?;
    let patient = &family.beneficiary;
    let payment = id();
    for _ in 0..2 {
        let unknown = scene.desk.reverse(&payment, "serial-1", HOSPITAL, patient.pool).await?;
        assert_eq!(unknown, None);
    }
    let late = scene.desk.pay(&payment, patient, &scene.bill(HOSPITAL, "1.00")).await;
    assert_refused(late, "UNDONE_BEFORE");
    assert_eq!(scene.desk.lots_of(patient).await?[0].remaining, "64.00");
    Ok(())
}

/// Ends on 2 January: it moves the clock over the year.
pub(crate) async fn after_1_january_what_was_taken_before_comes_back_as_prior_year(
    scene: &mut Scene,
) -> Result<()> {
    scene.cluster.set_clock(time_of("2026-12-31", 12, 0, 0)).await?;
    let patient = scene.employee(pool(320_100), "100.00").await?;
    let payment = scene.pay(&patient, NANJING, "40.00").await?;
    assert_eq!(legs(&payment), [(LegKind::OwnCurrentYear, "40.00")]);
    let (family, _) = shared(scene, "100.00", "50.00").await?;
    let spent = scene.pay(&family.beneficiary, HOSPITAL, "30.00").await?;
    let unclaimed = scene.family(320_100, "100.00", 510_100, false).await?;
    let transfer = id();
    scene.send(&transfer, &unclaimed, "70.00").await?;

    scene.cluster.set_clock(time_of("2027-01-01", 5, 30, 0)).await?;
    scene.desk.until_state(&transfer, &unclaimed.sharer, TransferState::Returned).await?;
    let account = scene.desk.wallet_of(&unclaimed.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.prior_year.as_str(), account.current_year.as_str()), ("100.00", "0.00"));

    scene.cluster.set_clock(time_of("2027-01-02", 12, 0, 0)).await?;
    scene.desk.refund(&payment, "40.00", &patient).await?;
    let account = scene.desk.wallet_of(&patient).await?.account.unwrap_or_default();
    assert_eq!((account.prior_year.as_str(), account.current_year.as_str()), ("100.00", "0.00"));
    scene.credit(&patient, "5.00").await?;
    let next = scene.pay(&patient, NANJING, "101.00").await?;
    assert_eq!(legs(&next), [(LegKind::OwnPriorYear, "100.00"), (LegKind::OwnCurrentYear, "1.00")]);
    // A lot knows no years: what is refunded to it can be spent again.
    let refund = scene.desk.refund(&spent, "30.00", &family.beneficiary).await?;
    assert_eq!(refund.legs[0].destination(), RefundDestination::Lot);
    Ok(())
}

/// Tells a book something that settlement might have told it.
async fn tell(scene: &Scene, at: standards::Pool, command: Command) -> Result<Outcome> {
    let command = BookCommand { command_id: id(), command: Some(command) };
    let request = ApplyRequest { batch_id: id(), commands: vec![command] };
    let mut book = BookServiceClient::new(scene.desk.wallet(at)?);
    let reply = book.apply(under("service:settlement", request)).await?.into_inner();
    let outcome = reply.outcomes.into_iter().next().and_then(|answer| answer.outcome);
    outcome.context("a book answers each command")
}

/// What the beneficiary's book says about a lot as of one of its records.
fn draw_down(transfer: &str, at_sequence: i64, consumed: &str, state: HopState) -> Command {
    Command::DrawDown(DrawDownCommand {
        transfer_id: transfer.to_owned(),
        hop: 0,
        at_sequence,
        consumed: consumed.to_owned(),
        state: state.into(),
    })
}

/// Reports about a lot that come late, twice, or cannot be true, after a payment and its refund were followed.
pub(crate) async fn draw_downs_in_the_wrong_order_change_nothing(scene: &mut Scene) -> Result<()> {
    let (family, transfer) = shared(scene, "100.00", "64.00").await?;
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "48.00").await?;
    scene.desk.refund(&paid, "8.00", &family.beneficiary).await?;
    let earmarked = async || {
        let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
        Ok((account.earmarked == "24.00").then_some(()))
    };
    scene.eventually("the earmark follows payment and refund", earmarked).await?;
    let report = |at, consumed: &str, state| draw_down(&transfer, at, consumed, state);
    // The payment's report overtaken by the refund's.
    let late = tell(scene, family.sharer.pool, report(1, "48.00", HopState::Open)).await?;
    ensure!(matches!(late, Outcome::Done(_)), "{late:?}");
    // A lot that closed before it was last seen open, and more than was granted: neither can be true.
    for (at, consumed, state) in [(1, "0.00", HopState::Closed), (1_000_000, "64.01", HopState::Open)] {
        let untrue = tell(scene, family.sharer.pool, report(at, consumed, state)).await?;
        let Outcome::Refused(refusal) = untrue else { anyhow::bail!("{untrue:?}") };
        assert_eq!(refusal.reason, "BOOK_DISAGREES");
    }
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("36.00", "24.00"));
    Ok(())
}

/// Revokes a lot as settlement would after a dissolution, without asking settlement.
///
/// Gives the sequence of the record, and what is consumed at it.
async fn revoke(scene: &Scene, family: &Family, transfer: &str) -> Result<(i64, String)> {
    let command =
        RevokeCommand { transfer_id: transfer.to_owned(), hop: 0, cause: RevokeCause::BondDissolved.into() };
    let done = tell(scene, family.beneficiary.pool, Command::Revoke(command)).await?;
    let Outcome::Done(done) = done else { anyhow::bail!("{done:?}") };
    Ok((done.sequence, done.consumed))
}

pub(crate) async fn a_refund_after_revocation_goes_to_the_sharers_account(scene: &mut Scene) -> Result<()> {
    let (family, transfer) = shared(scene, "100.00", "64.00").await?;
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "48.00").await?;
    revoke(scene, &family, &transfer).await?;
    let holds = async |available: &'static str| {
        let look = async || {
            let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
            Ok((account.available == available && account.earmarked == "0.00").then_some(()))
        };
        scene.eventually("the sharer's account", look).await
    };
    // 100.00 - 48.00 that was spent.
    holds("52.00").await?;
    let refund = scene.desk.refund(&paid, "8.00", &family.beneficiary).await?;
    assert_eq!(refund.legs[0].destination(), RefundDestination::SharerAccount);
    holds("60.00").await?;
    // And once more after it, release and refund the other way round in the book's record.
    let refund = scene.desk.refund(&paid, "40.00", &family.beneficiary).await?;
    assert_eq!(refund.payment_state(), PaymentState::Refunded);
    holds("100.00").await
}

/// The lot's end reaches the sharer's book before the refund that preceded it, and again after the one that
/// followed it.
pub(crate) async fn a_release_that_overtakes_a_refund_stands(scene: &mut Scene) -> Result<()> {
    let (family, transfer) = shared(scene, "100.00", "64.00").await?;
    let account_is = async |available: &str| {
        let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
        anyhow::Ok(account.available == available && account.earmarked == "0.00")
    };
    let report = async |at, consumed: &str, state| {
        let told = tell(scene, family.sharer.pool, draw_down(&transfer, at, consumed, state)).await?;
        ensure!(matches!(told, Outcome::Done(_)), "{told:?}");
        Ok(())
    };
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "48.00").await?;
    let refund = scene.desk.refund(&paid, "8.00", &family.beneficiary).await?;
    assert_eq!(refund.legs[0].destination(), RefundDestination::Lot);
    let (end, consumed) = revoke(scene, &family, &transfer).await?;
    assert_eq!(consumed, "40.00");
    report(end, &consumed, HopState::Closed).await?;
    ensure!(account_is("60.00").await?, "24.00 of 64.00 were left and are back");
    // The refund into the lot, and the payment before it: both were true before the end.
    report(end - 1, "40.00", HopState::Open).await?;
    report(end - 2, "48.00", HopState::Open).await?;
    ensure!(account_is("60.00").await?, "what was overtaken changes nothing");
    let refund = scene.desk.refund(&paid, "8.00", &family.beneficiary).await?;
    assert_eq!(refund.legs[0].destination(), RefundDestination::SharerAccount);
    let followed = async || Ok(account_is("68.00").await?.then_some(()));
    scene.eventually("the refund after the end reaches the sharer's account", followed).await?;
    report(end, &consumed, HopState::Closed).await?;
    ensure!(account_is("68.00").await?, "the end once more takes nothing back");
    Ok(())
}
