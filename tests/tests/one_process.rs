//! The main job in one process: all services on one runtime and one clock, over the same contracts.

use anyhow::Result;
use e2e::{OneProcess, pool, time_of, until};
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::TransferState,
    wallet::{Category, LegKind, RefundDestination},
};
use standards::Pool;
use testkit::{
    desk::{Bill, Party},
    people::{id, newcomer, power_of_two},
};

const HOSPITAL: &str = "H51010400123";

/// Somebody registered, enrolled, with an open wallet.
async fn person(country: &OneProcess, scheme: Scheme, pool: Pool) -> Result<Party> {
    let desk = &country.desk;
    let newcomer = newcomer(pool, 1970, 0)?;
    // The services are still starting when the first call comes.
    let person = until("registering", || desk.register(&newcomer, pool)).await?;
    until("enrolling", || desk.enrol(&person, scheme, pool, "2020-01-01")).await?;
    let open = async || {
        let party = Party { person: person.clone(), pool, wallet: id() };
        desk.open_wallet(&party, &newcomer.mobile, false).await.map(|_| party)
    };
    until("opening a wallet", open).await
}

/// Sharer, beneficiary and their bond.
async fn family(country: &OneProcess, balance: &str) -> Result<(Party, Party, String)> {
    let desk = &country.desk;
    let sharer = person(country, Scheme::Employee, pool(320_100)).await?;
    let beneficiary = person(country, Scheme::Resident, pool(510_100)).await?;
    until("crediting", || desk.credit(&sharer, balance, "2026-03")).await?;
    let propose = async || {
        let bond = id();
        desk.propose(&bond, &sharer, &beneficiary, Relation::Sibling).await.map(|_| bond)
    };
    let bond = until("proposing", propose).await?;
    until("accepting", || desk.accept(&bond, &beneficiary)).await?;
    Ok((sharer, beneficiary, bond))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_claimed_spent_and_refunded_in_one_process() -> Result<()> {
    let country = OneProcess::start(time_of("2026-03-10", 10, 0, 0), &[32, 51]).await?;
    let desk = &country.desk;
    // In fen each is a power of two of its own: a wrong balance says which of them is missing.
    let [sent, paid, refunded] = [power_of_two(14), power_of_two(12), power_of_two(9)];
    let balance = power_of_two(17);
    until("an institution", || desk.put_institution(HOSPITAL, "第一医院", pool(510_100))).await?;
    let (sharer, beneficiary, bond) = family(&country, &balance.to_string()).await?;

    let (transfer, claim) = (id(), id());
    let amount = sent.to_string();
    let send = || desk.send(&transfer, &bond, &sharer, &beneficiary, &amount);
    assert_eq!(until("sending", send).await?.state(), TransferState::PendingClaim);
    let claimed = until("claiming", || desk.claim(&claim, &transfer, &beneficiary)).await?;
    assert_eq!(claimed.state(), TransferState::Claimed);

    let at = country.clock.now() - time::Duration::seconds(2);
    let bill = Bill {
        institution: HOSPITAL.to_owned(),
        amount: paid.to_string(),
        category: Category::Outpatient,
        at,
    };
    let payment = desk.pay_when_known(&beneficiary, &bill).await?;
    let legs: Vec<_> = payment.legs.iter().map(|leg| (leg.kind(), leg.amount.clone())).collect();
    assert_eq!(legs, [(LegKind::Lot, paid.to_string())]);
    let refund = desk.refund(&payment, &refunded.to_string(), &beneficiary).await?;
    assert_eq!(refund.legs[0].destination(), RefundDestination::Lot);

    // Quiet: every book and settlement have heard of all of it.
    country.verdict().await?.assert_clean();
    let spent = paid.minus(refunded)?;
    let seen = desk.transfer(&transfer, &sharer).await?;
    let left = sent.minus(spent)?.to_string();
    assert_eq!((seen.spent_amount, &seen.remaining_amount), (spent.to_string(), &left));
    let account = desk.wallet_of(&sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available, account.earmarked), (balance.minus(sent)?.to_string(), left));
    country.stop().await
}
