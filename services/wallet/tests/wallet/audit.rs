//! Audits: nothing is found after a random history, and one altered fen is.

use proto::{identity::Scheme, wallet as wire};
use testkit::people::id;

use crate::bench::{Bench, bill, claim, draw_down, earmark, give_back, grant, revoke, under};

/// A small generator: the same history for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// A history of one person: credits, transfers in and out, payments, refunds, in any order.
async fn history(bench: &Bench, person: &str, steps: u32) {
    let mut dice = Dice(7);
    let (mut lots, mut earmarks, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    let pick = |dice: &mut Dice, list: &[String]| {
        let most = u64::try_from(list.len().max(1)).expect("a short list");
        list.get(usize::try_from(dice.below(most)).expect("small")).cloned().unwrap_or_else(id)
    };
    for step in 0..steps {
        let amount = format!("{}.{:02}", dice.below(200), 1 + dice.below(99));
        match dice.below(10) {
            0 => {
                bench.credit(person, &amount).await;
            }
            1 | 2 => {
                let transfer = id();
                bench.apply([grant(&transfer, person, &amount), claim(&transfer)]).await;
                lots.push(transfer);
            }
            3 => {
                bench.apply([give_back(&pick(&mut dice, &lots)), revoke(&pick(&mut dice, &lots))]).await;
            }
            4 => {
                let transfer = id();
                bench.apply([earmark(&transfer, person, &amount)]).await;
                earmarks.push(transfer);
            }
            5 => {
                let (transfer, closed) = (pick(&mut dice, &earmarks), dice.below(2) == 0);
                let state = if closed { wire::HopState::Closed } else { wire::HopState::Open };
                bench.apply([draw_down(&transfer, i64::from(step) + 1, &amount, state)]).await;
            }
            6 | 7 => {
                if let Ok(paid) = bench.pay(bill(person, &amount)).await {
                    payments.push(paid.payment_id);
                }
            }
            // More than is left is refused, and that is a record too.
            _ => drop(bench.refund(&pick(&mut dice, &payments), &amount).await),
        }
    }
}

#[tokio::test]
async fn a_random_history_leaves_a_clean_book() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Employee).await;
    bench.credit(&person, "500").await;
    history(&bench, &person, 60).await;
    bench.clock.shift_to(bench.clock.now() + time::Duration::days(320)).expect("into the next year");
    history(&bench, &person, 60).await;
    let (through, findings) = bench.audit().await;
    assert_eq!(findings, []);
    assert!(through > 100);
    let only_some = wire::AuditRequest { from_sequence: 20, to_sequence: 40 };
    let mut replies =
        bench.books().audit(under("agency:32", only_some)).await.expect("an audit").into_inner();
    let mut reached = 0;
    while let Some(reply) = replies.message().await.expect("it goes on") {
        assert_eq!(reply.findings, []);
        reached = reply.checked_through;
    }
    assert!((40..through).contains(&reached), "a range is checked to the end of its batches: {reached}");
}

#[tokio::test]
async fn one_altered_fen_is_found_wherever_it_is() {
    let alterations = [
        ("UPDATE account SET balance = balance + 1 WHERE key LIKE 'institution/%'", "B8"),
        ("UPDATE lot SET consumed = consumed - 1 WHERE consumed > 0", "B4"),
        ("UPDATE leg SET amount = amount - 1 WHERE kind = 'LOT'", "B6"),
        ("UPDATE posting SET amount = amount + 1 WHERE seq = 3", "B8"),
        ("UPDATE record SET body = replace(body, '100', '101') WHERE label = 'pay'", "B8"),
        ("UPDATE batch SET hash = decode(repeat('ab', 32), 'hex') WHERE last_seq = 2", "B8"),
        ("UPDATE head SET hash = decode(repeat('ab', 32), 'hex')", "B8"),
        ("DELETE FROM record WHERE seq = 2", "B8"),
    ];
    for (alteration, invariant) in alterations {
        let bench = Bench::start().await;
        let person = bench.owner(Scheme::Employee).await;
        bench.credit(&person, "50").await;
        bench.lot(&person, "100").await;
        bench.pay(bill(&person, "100")).await.expect("it is paid");
        assert_eq!(bench.audit().await.1, []);
        sqlx::raw_sql(alteration).execute(&mut bench.conn().await).await.expect("it is altered");
        let found = bench.audit().await.1;
        assert!(found.iter().any(|finding| finding.invariant == invariant), "{alteration}: {found:?}");
    }
}
