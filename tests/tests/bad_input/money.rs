//! Bad input about money: contributions, transfers, institutions, payments and what undoes them.

use anyhow::Result;
use e2e::{Family, Scene, pool};
use proto::{
    common::{Channel, Programme},
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, InstitutionKind,
        PutInstitutionRequest, Source, create_transfer_request::Target,
        institution_service_client::InstitutionServiceClient, transfer_service_client::TransferServiceClient,
    },
    wallet::{
        BatchPayRequest, Category, Cost, Credential, CredentialType, CreditKind,
        CreditPersonalAccountRequest, PayRequest, Payment, PaymentChannel, PaymentDraft, RefundKind,
        RefundPaymentRequest, ReversePaymentRequest, payment_service_client::PaymentServiceClient,
        wallet_service_client::WalletServiceClient,
    },
};
use testkit::{
    desk::{
        agency, citizen, institution,
        requests::{card, code},
        under,
    },
    people::id,
};

use super::{
    HOSPITAL,
    table::{AMOUNTS, IDS, POOLS, fault, kinds, refuses, texts, too_long},
};

const INSTITUTIONS: [&str; 5] = ["", "H5101040012", "X51010400123", "H99010400123", "Ｈ51010400123"];

pub(crate) async fn credit_personal_account(scene: &Scene, family: &Family) -> Result<()> {
    type R = CreditPersonalAccountRequest;
    let good = R {
        credit_id: id(),
        person_id: family.sharer.person.clone(),
        pooling_area: "320100".to_owned(),
        month: "2026-03".to_owned(),
        amount: "1.00".to_owned(),
        kind: CreditKind::Contribution.into(),
        reference: String::new(),
    };
    let faults = [
        texts("credit_id", |r: &mut R, value| r.credit_id = value, &IDS),
        texts("person_id", |r, value| r.person_id = value, &IDS),
        texts("pooling_area", |r, value| r.pooling_area = value, &POOLS),
        texts("month", |r, value| r.month = value, &["", "2026-13", "2026", "202603", "2026-03-01"]),
        texts("amount", |r, value| r.amount = value, &AMOUNTS),
        kinds("kind", |r, kind| r.kind = kind),
        too_long("reference", |r, value| r.reference = value, 65),
    ];
    let ask = async |request| {
        let mut wallet = WalletServiceClient::new(scene.channel("wallet-32"));
        wallet.credit_personal_account(under(&agency(pool(320_100).province()), request)).await
    };
    refuses("CreditPersonalAccount", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn create_transfer(scene: &Scene, family: &Family) -> Result<()> {
    type R = CreateTransferRequest;
    fn target(request: &mut R, person: String) {
        request.target = Some(Target::BeneficiaryPersonId(person));
    }
    let good = R {
        transfer_id: id(),
        programme: Programme::Wallet.into(),
        bond_id: family.bond.clone(),
        amount: "1.00".to_owned(),
        source: Source::PersonalAccount.into(),
        channel: Channel::NationalApp.into(),
        assertion: String::new(),
        target: Some(Target::BeneficiaryPersonId(family.beneficiary.person.clone())),
    };
    let faults = [
        texts("transfer_id", |r: &mut R, value| r.transfer_id = value, &IDS),
        texts("bond_id", |r, value| r.bond_id = value, &IDS),
        texts("amount", |r, value| r.amount = value, &AMOUNTS),
        kinds("programme", |r, kind| r.programme = kind),
        kinds("source", |r, kind| r.source = kind),
        kinds("channel", |r, kind| r.channel = kind),
        texts("beneficiary_person_id", target, &IDS),
    ];
    let ask = async |request| {
        let mut transfers = TransferServiceClient::new(scene.channel("settlement"));
        transfers.create_transfer(under(&citizen(&family.sharer.person), request)).await
    };
    refuses("CreateTransfer", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    let none = fault("beneficiary_person_id", |r: &mut R| r.target = None);
    refuses("CreateTransfer", &good, &none, ask).await
}

pub(crate) async fn answer_transfer(scene: &Scene, family: &Family, transfer: &str) -> Result<()> {
    type C = ClaimTransferRequest;
    type D = DeclineTransferRequest;
    let by = citizen(&family.beneficiary.person);
    let claim = C { request_id: id(), transfer_id: transfer.to_owned(), ..Default::default() };
    let faults = [
        texts("request_id", |r: &mut C, value| r.request_id = value, &IDS),
        texts("transfer_id", |r, value| r.transfer_id = value, &IDS),
    ];
    let ask = async |request| {
        TransferServiceClient::new(scene.channel("settlement")).claim_transfer(under(&by, request)).await
    };
    refuses("ClaimTransfer", &claim, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await?;
    let decline = D { request_id: id(), transfer_id: transfer.to_owned(), ..Default::default() };
    let faults = [
        texts("request_id", |r: &mut D, value| r.request_id = value, &IDS),
        texts("transfer_id", |r, value| r.transfer_id = value, &IDS),
    ];
    let ask = async |request| {
        TransferServiceClient::new(scene.channel("settlement")).decline_transfer(under(&by, request)).await
    };
    refuses("DeclineTransfer", &decline, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn put_institution(scene: &Scene) -> Result<()> {
    type R = PutInstitutionRequest;
    let good = R {
        request_id: id(),
        institution_code: "H51010400124".to_owned(),
        name: "第二医院".to_owned(),
        pooling_area: "510100".to_owned(),
        kind: InstitutionKind::Hospital.into(),
        wallet_supported: true,
        designated_from: "2020-01-01".to_owned(),
        ..Default::default()
    };
    let faults = [
        texts("request_id", |r: &mut R, value| r.request_id = value, &IDS),
        texts("institution_code", |r, value| r.institution_code = value, &INSTITUTIONS),
        texts("name", |r, value| r.name = value, &[""]),
        too_long("name", |r, value| r.name = value, 65),
        texts("pooling_area", |r, value| r.pooling_area = value, &POOLS),
        kinds("kind", |r, kind| r.kind = kind),
        fault("kind", |r| r.kind = InstitutionKind::Pharmacy.into()),
        texts("uscc", |r, value| r.uscc = value, &["1", "91320100MA1XXXXXX"]),
        texts("designated_from", |r, value| r.designated_from = value, &["", "2020-13-01", "2020/01/01"]),
        texts("designated_to", |r, value| r.designated_to = value, &["2020-02-30", "2019-12-31"]),
    ];
    let ask = async |request| {
        let mut directory = InstitutionServiceClient::new(scene.channel("settlement"));
        directory.put_institution(under(&agency(pool(510_100).province()), request)).await
    };
    // A kind that fits no code is only said of a code that can be read.
    let faults: Vec<_> = faults.into_iter().flatten().collect();
    refuses("PutInstitution", &good, &faults, ask).await
}

fn draft(scene: &Scene, family: &Family) -> PaymentDraft {
    let amounts = ["12.80", "0", "0", "12.80", "12.80"].map(str::to_owned);
    let [total_amount, fund_amount, institution_amount, personal_amount, eligible_amount] = amounts;
    let at = scene.cluster.civil_now().unix_timestamp() - 2;
    PaymentDraft {
        patient_person_id: family.beneficiary.person.clone(),
        credential: Some(card()),
        institution_code: HOSPITAL.to_owned(),
        visit_id: "visit-1".to_owned(),
        institution_serial: "serial-1".to_owned(),
        med_type: "11".to_owned(),
        category: Category::Outpatient.into(),
        channel: PaymentChannel::Counter.into(),
        service_time: Some(prost_types::Timestamp { seconds: at, nanos: 0 }),
        insured_pooling_area: "510100".to_owned(),
        cost: Some(Cost { total_amount, fund_amount, institution_amount, personal_amount, eligible_amount }),
        ..Default::default()
    }
}

pub(crate) async fn pay(scene: &Scene, family: &Family) -> Result<()> {
    type R = PayRequest;
    fn of(request: &mut R) -> &mut PaymentDraft {
        request.draft.get_or_insert_default()
    }
    fn cost(request: &mut R) -> &mut Cost {
        of(request).cost.get_or_insert_default()
    }
    fn shown(request: &mut R) -> &mut Credential {
        of(request).credential.get_or_insert_default()
    }
    let zero_is_fine: Vec<&str> = AMOUNTS.into_iter().filter(|text| !text.starts_with('0')).collect();
    let good = R { payment_id: id(), draft: Some(draft(scene, family)), max_cash_amount: String::new() };
    let faults = [
        texts("payment_id", |r: &mut R, value| r.payment_id = value, &IDS),
        texts("draft.patient_person_id", |r, value| of(r).patient_person_id = value, &IDS),
        texts("draft.institution_code", |r, value| of(r).institution_code = value, &INSTITUTIONS),
        texts("draft.visit_id", |r, value| of(r).visit_id = value, &[""]),
        too_long("draft.visit_id", |r, value| of(r).visit_id = value, 65),
        texts("draft.institution_serial", |r, value| of(r).institution_serial = value, &[""]),
        too_long("draft.institution_serial", |r, value| of(r).institution_serial = value, 65),
        texts("draft.med_type", |r, value| of(r).med_type = value, &["", "123456789"]),
        kinds("draft.category", |r, kind| of(r).category = kind),
        kinds("draft.channel", |r, kind| of(r).channel = kind),
        fault("draft.service_time", |r| of(r).service_time = None),
        fault("draft.service_time", |r| {
            of(r).service_time = Some(prost_types::Timestamp { seconds: 9_999_999_999, nanos: 0 });
        }),
        texts("draft.insured_pooling_area", |r, value| of(r).insured_pooling_area = value, &POOLS),
        texts("draft.cost.total_amount", |r, value| cost(r).total_amount = value, &AMOUNTS),
        texts("draft.cost.personal_amount", |r, value| cost(r).personal_amount = value, &zero_is_fine),
        texts("draft.cost.eligible_amount", |r, value| cost(r).eligible_amount = value, &zero_is_fine),
        texts("max_cash_amount", |r, value| r.max_cash_amount = value, &zero_is_fine[1..]),
        kinds("draft.credential.type", |r, kind| shown(r).r#type = kind),
    ];
    let ask = async |request| {
        let mut payments = PaymentServiceClient::new(scene.channel("wallet-51"));
        payments.pay(under(&institution(HOSPITAL), request)).await
    };
    refuses("Pay", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    let cards = [
        texts("draft.credential.token", |r: &mut R, value| shown(r).token = value, &["a.b.c"]),
        texts("draft.credential.card_reference", |r, value| shown(r).card_reference = value, &["", " 1"]),
        too_long("draft.credential.card_reference", |r, value| shown(r).card_reference = value, 65),
    ];
    refuses("Pay", &good, &cards.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    // A code or a face is a token, and one that identity signed.
    let tokens = [
        texts(
            "draft.credential.token",
            |r: &mut R, value| *shown(r) = code(&value),
            &["", "development", "a.b.c"],
        ),
        fault("draft.credential.token", |r| *shown(r) = code(&"x".repeat(4_097))),
        fault("draft.credential.token", |r| shown(r).r#type = CredentialType::Face.into()),
    ];
    refuses("Pay", &good, &tokens.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    refuses("Pay", &good, &fault("draft", |r: &mut R| r.draft = None), &ask).await?;
    refuses("Pay", &good, &fault("draft.cost", |r: &mut R| of(r).cost = None), &ask).await?;
    refuses("Pay", &good, &fault("draft.credential", |r: &mut R| of(r).credential = None), ask).await
}

/// Each fault of one item, and of the list; the items around it are good and are not paid.
pub(crate) async fn batch_pay(scene: &Scene, family: &Family) -> Result<()> {
    type R = BatchPayRequest;
    fn item(request: &mut R) -> &mut PayRequest {
        &mut request.requests[1]
    }
    fn of(request: &mut R) -> &mut PaymentDraft {
        item(request).draft.get_or_insert_default()
    }
    fn cost(request: &mut R) -> &mut Cost {
        of(request).cost.get_or_insert_default()
    }
    let one =
        || PayRequest { payment_id: id(), draft: Some(draft(scene, family)), max_cash_amount: String::new() };
    let good = R { requests: vec![one(), one(), one()] };
    let faults = [
        texts("requests[1].payment_id", |r: &mut R, value| item(r).payment_id = value, &IDS),
        texts("requests[1].draft.patient_person_id", |r, value| of(r).patient_person_id = value, &IDS),
        texts("requests[1].draft.institution_code", |r, value| of(r).institution_code = value, &INSTITUTIONS),
        too_long("requests[1].draft.visit_id", |r, value| of(r).visit_id = value, 65),
        kinds("requests[1].draft.category", |r, kind| of(r).category = kind),
        fault("requests[1].draft.service_time", |r| of(r).service_time = None),
        texts(
            "requests[1].draft.insured_pooling_area",
            |r, value| of(r).insured_pooling_area = value,
            &POOLS,
        ),
        texts("requests[1].draft.cost.total_amount", |r, value| cost(r).total_amount = value, &AMOUNTS),
        texts("requests[2].payment_id", |r, value| r.requests[2].payment_id = value, &IDS),
        fault("requests[2].draft", |r| r.requests[2].draft = None),
    ];
    let ask = async |request| {
        let mut payments = PaymentServiceClient::new(scene.channel("wallet-51"));
        payments.batch_pay(under(&institution(HOSPITAL), request)).await
    };
    refuses("BatchPay", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    refuses("BatchPay", &good, &fault("requests[1].draft", |r: &mut R| item(r).draft = None), &ask).await?;
    let lists = [
        fault("requests", |r: &mut R| r.requests.clear()),
        fault("requests", |r| r.requests = vec![r.requests[0].clone(); 513]),
    ];
    refuses("BatchPay", &good, &lists.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn refund_and_reverse(scene: &Scene, family: &Family, paid: &Payment) -> Result<()> {
    type R = RefundPaymentRequest;
    type V = ReversePaymentRequest;
    let payments = || PaymentServiceClient::new(scene.channel("wallet-51"));
    let by = institution(HOSPITAL);
    let good = R {
        refund_id: id(),
        payment_id: paid.payment_id.clone(),
        institution_code: HOSPITAL.to_owned(),
        kind: RefundKind::GoodsReturned.into(),
        personal_amount: "0.01".to_owned(),
        ..Default::default()
    };
    let faults = [
        texts("refund_id", |r: &mut R, value| r.refund_id = value, &IDS),
        texts("payment_id", |r, value| r.payment_id = value, &IDS),
        texts("institution_code", |r, value| r.institution_code = value, &INSTITUTIONS),
        kinds("kind", |r, kind| r.kind = kind),
        texts("personal_amount", |r, value| r.personal_amount = value, &AMOUNTS),
    ];
    let ask = async |request| payments().refund_payment(under(&by, request)).await;
    refuses("RefundPayment", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await?;
    let good = V {
        request_id: id(),
        payment_id: paid.payment_id.clone(),
        institution_code: HOSPITAL.to_owned(),
        institution_serial: paid.institution_serial.clone(),
    };
    let faults = [
        texts("request_id", |r: &mut V, value| r.request_id = value, &IDS),
        texts("payment_id", |r, value| r.payment_id = value, &IDS),
        texts("institution_code", |r, value| r.institution_code = value, &INSTITUTIONS),
        texts("institution_serial", |r, value| r.institution_serial = value, &[""]),
        too_long("institution_serial", |r, value| r.institution_serial = value, 65),
    ];
    let ask = async |request| payments().reverse_payment(under(&by, request)).await;
    refuses("ReversePayment", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await?;
    assert_eq!(scene.desk.lots_of(&family.beneficiary).await?.len(), 1, "nothing came of any of it");
    Ok(())
}
