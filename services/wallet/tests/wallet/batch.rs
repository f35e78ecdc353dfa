//! Many payments in one call: each is answered exactly as Pay would have answered it, in the order sent.
//!
//! `GONGJI_TEST_SEED` repeats a list that was made up.

use std::collections::BTreeSet;

use border::wire::refusal;
use chassis::status;
use proto::{
    identity::Scheme,
    wallet::{self as wire, payment_result::Result as Became},
};
use testkit::people::id;
use tonic::Status;

use crate::bench::{Bench, HOSPITAL, OUTSIDE, PHARMACY, bill, under};

/// A connector of two institutions, one of them outside the province.
fn tills() -> String {
    format!("institution:{PHARMACY},{OUTSIDE}")
}

pub(crate) async fn together(
    bench: &Bench,
    requests: Vec<wire::PayRequest>,
) -> Result<Vec<wire::PaymentResult>, Status> {
    let request = wire::BatchPayRequest { requests };
    Ok(bench.payments().batch_pay(under(&tills(), request)).await?.into_inner().results)
}

/// What Pay answers, as a batch would say it.
async fn alone(bench: &Bench, request: wire::PayRequest) -> wire::PaymentResult {
    let result = match bench.payments().pay(under(&tills(), request)).await {
        Ok(reply) => Became::Payment(reply.into_inner().payment.expect("a payment")),
        Err(status) => Became::Refusal(refusal(&status::read(&status).expect("a status of ours").refusal)),
    };
    wire::PaymentResult { result: Some(result) }
}

/// The payment, or the reason why not.
pub(crate) fn told(result: &wire::PaymentResult) -> Result<&wire::Payment, &str> {
    match &result.result {
        Some(Became::Payment(payment)) => Ok(payment),
        Some(Became::Refusal(refusal)) => Err(&refusal.reason),
        None => Err("unknown"),
    }
}

fn draft(request: &mut wire::PayRequest) -> &mut wire::PaymentDraft {
    request.draft.as_mut().expect("a draft")
}

fn cost(request: &mut wire::PayRequest) -> &mut wire::Cost {
    draft(request).cost.as_mut().expect("a cost")
}

/// One item of a list that was made up.
#[derive(Clone, Copy, Debug)]
struct Item {
    kind: u64,
    patient: usize,
    fen: u64,
    /// An item before it, where there is one.
    earlier: Option<usize>,
}

const KINDS: u64 = 16;
/// What a list of all kinds is refused with in any case.
const REASONS: [&str; 7] = [
    "AMOUNTS_DO_NOT_ADD_UP",
    "CATEGORY_NOT_ALLOWED",
    "OUTSIDE_PLACE_OF_USE",
    "OUT_OF_SCOPE",
    "PERSON_UNKNOWN",
    "REQUEST_ID_TOO_OLD",
    "SPLIT_CHANGED",
];

/// Every kind once and as many more, in any order.
fn made_up(mut seed: u64) -> Vec<Item> {
    let mut below = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut kinds: Vec<u64> = (0..KINDS).collect();
    kinds.extend((0..KINDS).map(|_| below(KINDS)));
    for at in (1..kinds.len()).rev() {
        kinds.swap(at, usize::try_from(below(at as u64 + 1)).expect("small"));
    }
    let mut small = |most: usize| usize::try_from(below(most as u64)).expect("small");
    kinds
        .into_iter()
        .enumerate()
        .map(|(at, kind)| Item {
            kind,
            patient: small(3),
            fen: 100 + small(4_000) as u64,
            earlier: (at > 0).then(|| small(at.max(1))),
        })
        .collect()
}

/// Three patients with the same money as those of the other side, and the ids of their payments.
struct Side {
    patients: Vec<String>,
    stranger: String,
    lots: Vec<String>,
    payments: Vec<String>,
}

impl Side {
    async fn of(bench: &Bench, items: usize) -> Self {
        let (mut patients, mut lots) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let patient = bench.owner(Scheme::Employee).await;
            bench.credit(&patient, "64").await;
            lots.extend([bench.lot(&patient, "32").await, bench.lot(&patient, "48").await]);
            patients.push(patient);
        }
        Self { patients, stranger: id(), lots, payments: (0..items).map(|_| id()).collect() }
    }

    fn request(&self, items: &[Item], at: usize) -> wire::PayRequest {
        let Item { kind, patient, fen, earlier } = items[at];
        let amount = format!("{}.{:02}", fen / 100, fen % 100);
        let mut request = bill(&self.patients[patient], &amount);
        request.payment_id.clone_from(&self.payments[at]);
        draft(&mut request).institution_serial = format!("S-{}", self.payments[at]);
        let before = || earlier.map(|earlier| self.request(items, earlier));
        match kind {
            0 => draft(&mut request).shared_wanted = wire::SharedWanted::None.into(),
            1 => {
                cost(&mut request).eligible_amount = "0.01".to_owned();
                request.max_cash_amount = "0".to_owned();
            }
            2 => return before().unwrap_or(request),
            3 => {
                request = before().unwrap_or(request);
                draft(&mut request).med_type = "99".to_owned();
            }
            4 => {
                if let Some(mut before) = before() {
                    draft(&mut request).institution_serial = draft(&mut before).institution_serial.clone();
                }
            }
            5 => draft(&mut request).patient_person_id.clone_from(&self.stranger),
            6 => draft(&mut request).institution_code = OUTSIDE.to_owned(),
            7 => draft(&mut request).institution_code = HOSPITAL.to_owned(),
            8 => cost(&mut request).fund_amount = "1".to_owned(),
            9 => draft(&mut request).category = wire::Category::LtcPremium.into(),
            10 => request.payment_id = format!("0168e2d5-6d5a-7b3c-8d1e-{:012x}", at),
            _ => {}
        }
        request
    }

    fn requests(&self, items: &[Item]) -> Vec<wire::PayRequest> {
        (0..items.len()).map(|at| self.request(items, at)).collect()
    }

    /// What was answered, without what tells this side from the other.
    fn told(&self, results: &[wire::PaymentResult]) -> Vec<String> {
        let names = [("patient", &self.patients), ("lot", &self.lots), ("payment", &self.payments)];
        let plain = |result: &wire::PaymentResult| {
            let mut result = result.clone();
            if let Some(Became::Payment(payment)) = &mut result.result {
                (payment.sequence, payment.pay_time) = (0, None);
            }
            let mut text = format!("{result:?}");
            for (name, ids) in names {
                for (at, id) in ids.iter().enumerate() {
                    text = text.replace(id, &format!("{name} {at}"));
                }
            }
            text
        };
        results.iter().map(plain).collect()
    }
}

fn seed() -> u64 {
    let given = std::env::var("GONGJI_TEST_SEED").ok().map(|seed| seed.parse().expect("a number"));
    given.unwrap_or_else(|| u64::from_str_radix(&id()[26..], 16).expect("the end of an id is chance"))
}

#[tokio::test]
async fn a_batch_answers_what_as_many_payments_one_after_the_other_answer() {
    let bench = Bench::start().await;
    let mut reasons = BTreeSet::new();
    let (seed, mut paid) = (seed(), 0);
    for seed in seed..seed + 2 {
        eprintln!("GONGJI_TEST_SEED={seed}");
        let items = made_up(seed);
        let (one, other) = (Side::of(&bench, items.len()).await, Side::of(&bench, items.len()).await);
        let mut singles = Vec::new();
        for request in one.requests(&items) {
            singles.push(alone(&bench, request).await);
        }
        let requests = other.requests(&items);
        let batch = together(&bench, requests.clone()).await.expect("taken");
        let (expected, found) = (one.told(&singles), other.told(&batch));
        for (at, (expected, found)) in expected.iter().zip(&found).enumerate() {
            assert_eq!(found, expected, "seed {seed}, item {at}: {:?}", items[at]);
        }
        assert_eq!(found.len(), items.len());
        assert_eq!(together(&bench, requests.clone()).await.expect("taken"), batch, "a repeat");
        for (request, result) in requests.into_iter().zip(&batch) {
            assert_eq!(alone(&bench, request).await, *result, "the same id by Pay");
        }
        paid += batch.iter().filter(|result| told(result).is_ok()).count();
        reasons.extend(batch.iter().filter_map(|result| told(result).err().map(str::to_owned)));
    }
    assert!(paid >= 20, "{paid} paid");
    let missing: Vec<_> = REASONS.iter().filter(|reason| !reasons.contains(**reason)).collect();
    assert!(missing.is_empty(), "{missing:?} not among {reasons:?}");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn what_stands_twice_in_a_batch_is_paid_once_and_refusals_leave_the_others_alone() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let first = bill(&patient, "100");
    let mut other_content = first.clone();
    draft(&mut other_content).med_type = "11".to_owned();
    let same_serial = wire::PayRequest { payment_id: id(), ..first.clone() };
    let mut not_theirs = bill(&patient, "1");
    draft(&mut not_theirs).institution_code = HOSPITAL.to_owned();
    let last = bill(&patient, "20");
    let list = vec![
        first.clone(),
        first.clone(),
        other_content,
        same_serial,
        not_theirs.clone(),
        last.clone(),
        last,
    ];
    let results = together(&bench, list).await.expect("taken");
    let paid = results[0].clone();
    assert_eq!(told(&paid).map(|payment| payment.legs.len()), Ok(1));
    assert_eq!(results[1], paid);
    assert_eq!(told(&results[2]), Err("REQUEST_ID_REUSED"));
    assert_eq!(told(&results[3]), Err("SERIAL_REUSED"));
    assert_eq!(told(&results[4]), Err("OUT_OF_SCOPE"));
    assert_eq!(told(&results[5]).map(|payment| payment.state()), Ok(wire::PaymentState::Paid));
    assert_eq!(results[6], results[5]);
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "8.00");
    // What another institution's code was refused for has burnt nothing.
    draft(&mut not_theirs).institution_code = PHARMACY.to_owned();
    let results = together(&bench, vec![not_theirs]).await.expect("taken");
    assert_eq!(told(&results[0]).map(|payment| payment.legs.len()), Ok(1));
    bench.refund(&first.payment_id, "40").await.expect("a refund");
    let results = together(&bench, vec![first]).await.expect("taken");
    let now = told(&results[0]).expect("it was paid");
    assert_eq!((now.refunded_amount.as_str(), now.revision), ("40.00", 2), "a payment as it is now");
    assert_eq!(bench.audit().await.1, []);
}
