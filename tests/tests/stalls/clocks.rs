//! Clocks that differ: settlement and the books by a second, by minutes, by an hour, in either direction, over 22:00,
//! 06:00 and the end of the year; one that is set back in the middle of a transfer; processes under other time zones.
//! Settlement's clock alone says when a transfer may begin and when it ends; nothing ends early by another's.

use anyhow::{Context, Result, ensure};
use e2e::{assert_refused, detail, reason};
use proto::{
    dev::{SetClockRequest, clock_service_client::ClockServiceClient},
    settlement::{ReturnCause, TransferState},
};
use standards::civil;
use testkit::{desk::under, faults::Side, people::id};
use time::{Date, Duration, OffsetDateTime};

use crate::stage::{HOSPITAL, Sent, Stage, at};

const SETTLEMENT: &str = "settlement";
const BOOKS: [&str; 3] = ["wallet-32", "wallet-51", "wallet-63"];
const SKEWS: [Duration; 3] = [Duration::seconds(1), Duration::minutes(5), Duration::hours(1)];
/// The zone of each process: only their own calendar counts.
const ZONES: [(&str, &str); 3] =
    [(SETTLEMENT, "America/New_York"), ("wallet-32", "UTC"), ("wallet-51", "Asia/Shanghai")];

impl Stage {
    /// Moves the clocks of some services on, past the others'.
    async fn ahead(&self, services: &[&str], by: Duration) -> Result<()> {
        for service in services {
            let to = self.scene.cluster.civil_now() + by;
            let nanos = i32::try_from(to.nanosecond())?;
            let civil_time = Some(prost_types::Timestamp { seconds: to.unix_timestamp(), nanos });
            let mut clock = ClockServiceClient::new(self.scene.channel(service));
            clock.set_clock(under("centre", SetClockRequest { civil_time })).await?;
        }
        Ok(())
    }

    async fn claim(&self, sent: &Sent) -> Result<()> {
        let (claim, by) = (id(), &sent.family.beneficiary);
        self.scene.certain(|| self.scene.desk.claim(&claim, &sent.transfer, by)).await?;
        self.ends(&sent.transfer, &sent.family, TransferState::Claimed).await
    }

    async fn returned(&self, sent: &Sent, cause: ReturnCause) -> Result<()> {
        self.ends(&sent.transfer, &sent.family, TransferState::Returned).await?;
        let shown = self.scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
        ensure!(shown.return_cause() == cause, "{shown:?}");
        Ok(())
    }
}

/// Until when what was sent on a day can be claimed: early enough that it is back by 06:00.
fn claims_end(day: Date) -> OffsetDateTime {
    at(day + Duration::DAY, 5, 30, 0)
}

/// From here on every process runs in a zone of its own.
pub(crate) async fn processes_run_under_other_time_zones(stage: &mut Stage) -> Result<()> {
    stage.morning().await?;
    for (service, zone) in ZONES {
        stage.scene.cluster.restart(service, &[("TZ", zone)]).await?;
        let pid = stage.scene.cluster.process(service)?.pid();
        let environment = std::fs::read(format!("/proc/{pid}/environ"))?;
        let wanted = format!("TZ={zone}");
        let is_there = environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes());
        ensure!(is_there, "{service} does not run under {zone}");
    }
    let sent = stage.send(&stage.families[..1], "1.00").await?;
    let shown = stage.scene.desk.transfer(&sent[0].transfer, &sent[0].family.sharer).await?;
    let next = civil::day(stage.scene.cluster.civil_now()) + Duration::DAY;
    let next = civil::day_text(next);
    ensure!(shown.return_by_local == format!("{next}T06:00:00+08:00"), "{shown:?}");
    ensure!(shown.claim_until_local == format!("{next}T05:30:00+08:00"), "{shown:?}");
    stage.claim(&sent[0]).await
}

/// It was accepted a moment before 22:00, and its books hear of it afterwards.
pub(crate) async fn what_was_accepted_before_22_00_goes_on_after_it(stage: &mut Stage) -> Result<()> {
    for _ in 0..8 {
        let day = stage.morning().await?;
        let last = at(day, 21, 59, 59) + Duration::milliseconds(900);
        stage.way("wallet-51")?.partition(Side::Requests);
        stage.scene.cluster.set_clock(last).await?;
        let begun = stage.begin(&stage.families[..2], "1.00");
        let over = async || Ok((stage.scene.cluster.civil_now() >= at(day, 22, 0, 0)).then_some(()));
        stage.scene.eventually("22:00", over).await?;
        let (begin, end) = (last.unix_timestamp(), last.nanosecond());
        let accepted = format!(
            "SELECT count(*) FROM transfer JOIN progress ON progress.transfer = id
            WHERE due AND accepted_at >= to_timestamp({begin}.{end:09})"
        );
        let late = assert_refused(
            stage.scene.send(&id(), &stage.families[2], "1.00").await,
            "OUTSIDE_TRANSFER_WINDOW",
        );
        for name in ["rule", "limit", "actual", "what_to_do_en", "what_to_do_zh"] {
            ensure!(!detail(&late, name).is_empty(), "no {name} in {late:?}");
        }
        ensure!(detail(&late, "rule") == "R-079", "{late:?}");
        let found = stage.number(SETTLEMENT, &accepted).await?;
        stage.way("wallet-51")?.heal();
        if found < 2 {
            eprintln!("{found} of 2 were accepted in the last tenth of a second: another evening");
            continue;
        }
        for begun in &begun {
            stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
        }
        stage.claim(&Sent { family: begun[0].family.clone(), transfer: begun[0].transfer.clone() }).await?;
        stage.scene.verdict().await?.assert_clean();
        return Ok(());
    }
    anyhow::bail!("nothing was accepted in the last tenth of a second of eight days")
}

/// The books believe that it is later than it is, by settlement's clock.
pub(crate) async fn books_that_are_ahead_end_nothing(stage: &mut Stage) -> Result<()> {
    for skew in SKEWS {
        let near = skew.min(Duration::seconds(30));
        let day = stage.morning().await?;
        let ten = at(day, 22, 0, 0);
        stage.scene.cluster.set_clock(ten - near - Duration::milliseconds(500)).await?;
        stage.ahead(&BOOKS, skew).await?;
        let sent = stage.send(&stage.families[..3], "2.00").await.context("before 22:00 by settlement")?;

        let end = claims_end(day);
        stage.scene.cluster.set_clock(end - near - Duration::seconds(2)).await?;
        stage.ahead(&BOOKS, skew).await?;
        stage.claim(&sent[0]).await?;
        stage.scene.desk.decline(&sent[1].transfer, &sent[1].family.beneficiary).await?;
        let over = async || Ok((stage.scene.cluster.civil_now() + skew > end).then_some(()));
        stage.scene.eventually("the end of the claims by the books", over).await?;
        let shown = stage.scene.desk.transfer(&sent[2].transfer, &sent[2].family.sharer).await?;
        let is_early = stage.scene.cluster.civil_now() < end;
        ensure!(!is_early || shown.state() == TransferState::PendingClaim, "ended early: {shown:?}");
        ensure!(is_early || skew < Duration::minutes(1), "it was over before anybody looked");
        stage.returned(&sent[1], ReturnCause::Declined).await?;
        pays_with(stage, &sent[0], skew).await?;
        stage.ahead(&[SETTLEMENT], Duration::seconds(60)).await?;
        stage.returned(&sent[2], ReturnCause::Unclaimed).await?;
    }
    stage.morning().await?;
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// A book that is far ahead of identity takes what it knows of the patient for old, and says so.
async fn pays_with(stage: &Stage, sent: &Sent, skew: Duration) -> Result<()> {
    let (payment, bill) = (id(), stage.scene.bill(HOSPITAL, "1.00"));
    let pay = || stage.scene.desk.pay(&payment, &sent.family.beneficiary, &bill);
    if skew < Duration::hours(1) {
        let paid = stage.scene.certain(pay).await?;
        ensure!(paid.split.unwrap_or_default().shared_amount == "1.00", "paid in another way");
    } else {
        let status = pay().await.err().context("what is known is an hour old")?;
        ensure!(reason(&status) == "FEED_BEHIND", "{status:?}");
    }
    Ok(())
}

/// Settlement believes that it is later than the books do: that is what counts.
pub(crate) async fn settlement_ahead_of_the_books_is_what_counts(stage: &mut Stage) -> Result<()> {
    for skew in SKEWS {
        let day = stage.morning().await?;
        let sent = stage.send(&stage.families[..2], "4.00").await?;
        stage.scene.cluster.set_clock(at(day, 22, 0, 0) - skew).await?;
        stage.ahead(&[SETTLEMENT], skew).await?;
        let late = stage.scene.send(&id(), &stage.families[2], "1.00").await;
        assert_refused(late, "OUTSIDE_TRANSFER_WINDOW");
        stage.scene.cluster.set_clock(claims_end(day) - Duration::seconds(30) - skew).await?;
        stage.ahead(&[SETTLEMENT], skew).await?;
        stage.claim(&sent[0]).await?;
        stage.ahead(&[SETTLEMENT], skew + Duration::seconds(60)).await?;
        stage.returned(&sent[1], ReturnCause::Unclaimed).await?;
        let late = stage.scene.desk.claim(&id(), &sent[1].transfer, &sent[1].family.beneficiary).await;
        assert_refused(late, "TRANSFER_NOT_PENDING");
    }
    stage.morning().await?;
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// Set back while a transfer is between its books, and set back over 22:00: recorded time stands still until the
/// clock has caught up.
pub(crate) async fn a_clock_that_is_set_back_changes_no_end(stage: &mut Stage) -> Result<()> {
    let day = stage.morning().await?;
    stage.scene.cluster.set_clock(at(day, 12, 0, 0)).await?;
    stage.way("wallet-51")?.partition(Side::Requests);
    let begun = stage.begin(&stage.families[..2], "1.00");
    stage.until_number(SETTLEMENT, "SELECT count(*) FROM progress WHERE due", 2).await?;
    set_back(stage, Duration::minutes(10)).await?;
    stage.way("wallet-51")?.heal();
    for begun in &begun {
        stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
    }
    let first = Sent { family: begun[0].family.clone(), transfer: begun[0].transfer.clone() };
    stage.claim(&first).await?;
    let later = stage.send(&stage.families[2..3], "1.00").await?;
    let [first, later] = [created(stage, &first).await?, created(stage, &later[0]).await?];
    ensure!(later >= first, "a later transfer was accepted at {later}, before {first}");
    ensure!(later >= at(day, 12, 0, 0), "recorded time went back to {later}");

    stage.scene.cluster.set_clock(at(day, 22, 0, 5)).await?;
    let late = stage.scene.send(&id(), &stage.families[3], "1.00").await;
    assert_refused(late, "OUTSIDE_TRANSFER_WINDOW");
    set_back(stage, Duration::minutes(10)).await?;
    let late = stage.scene.send(&id(), &stage.families[3], "1.00").await;
    assert_refused(late, "OUTSIDE_TRANSFER_WINDOW");
    stage.morning().await?;
    stage.send(&stage.families[3..4], "1.00").await?;
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// Settlement starts again with an earlier clock; everybody else's goes on.
async fn set_back(stage: &mut Stage, by: Duration) -> Result<()> {
    let cluster = &mut stage.scene.cluster;
    cluster.process_mut(SETTLEMENT)?.kill()?;
    cluster.pass_to(cluster.civil_now() - by);
    cluster.restart(SETTLEMENT, &[]).await?;
    cluster.pass_to(cluster.civil_now() + by);
    Ok(())
}

async fn created(stage: &Stage, sent: &Sent) -> Result<OffsetDateTime> {
    let shown = stage.scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
    let at = shown.create_time.context("a transfer was created at some time")?;
    Ok(OffsetDateTime::from_unix_timestamp(at.seconds)?)
}

/// Sent in the old year; claimed, declined and left over around midnight, by books for which the new one began.
pub(crate) async fn the_year_ends_between_transfer_and_return(stage: &mut Stage) -> Result<()> {
    let this = civil::day(stage.scene.cluster.civil_now()).year();
    let eve = Date::from_calendar_date(this, time::Month::December, 31)?;
    stage.scene.cluster.set_clock(at(eve, 21, 0, 0)).await?;
    checker::settled(&stage.scene.sources()?, crate::stage::REST).await?;
    for family in &stage.families[4..9] {
        stage.scene.credit(&family.sharer, "16.00").await?;
    }
    let sent = stage.send(&stage.families[4..9], "8.00").await?;
    let before = pots(stage, &sent[1]).await?;
    stage.scene.cluster.set_clock(at(eve, 23, 30, 0)).await?;
    stage.ahead(&BOOKS, Duration::hours(1)).await?;
    stage.claim(&sent[0]).await?;
    stage.scene.desk.decline(&sent[1].transfer, &sent[1].family.beneficiary).await?;
    stage.returned(&sent[1], ReturnCause::Declined).await?;
    let after = pots(stage, &sent[1]).await?;
    // What comes back belongs to the year that is over, as does all that was saved in it.
    ensure!(after.1 == "0.00" && before.1 != "0.00", "{before:?} became {after:?}");
    stage.scene.cluster.set_clock(at(eve + Duration::DAY, 0, 45, 0)).await?;
    stage.claim(&sent[2]).await?;
    stage.scene.pay(&sent[2].family.beneficiary, HOSPITAL, "1.00").await?;
    stage.morning_of(eve + Duration::DAY).await?;
    for sent in &sent[3..] {
        stage.returned(sent, ReturnCause::Unclaimed).await?;
        ensure!(pots(stage, sent).await?.1 == "0.00", "a return fell into the new year");
    }
    stage.send(&stage.families[4..7], "1.00").await.context("the new year's first transfers")?;
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

impl Stage {
    async fn morning_of(&mut self, day: Date) -> Result<()> {
        self.scene.cluster.set_clock(at(day, 8, 0, 0)).await
    }
}

/// What a sharer has saved in earlier years and in this one.
async fn pots(stage: &Stage, sent: &Sent) -> Result<(String, String)> {
    let account = stage.scene.desk.wallet_of(&sent.family.sharer).await?.account.unwrap_or_default();
    Ok((account.prior_year, account.current_year))
}
