//! Care elsewhere (R-127 to R-129), the purchase switch (R-130) and linked codes (R-031, R-122).

use proto::{
    common,
    identity::{
        AssignPlaceOfUseRequest, FileRemoteCareRequest, LinkCodeProxyRequest, ListCodeProxiesRequest,
        ListRemoteCareRequest, RecordEnrolmentRequest, RegisterPersonRequest, RemoteCareKind,
    },
};
use standards::CitizenId;
use time::macros::date;
use tonic::Code;

use crate::{
    harness::{
        AUDITOR, JIANGSU, NANJING, SICHUAN, Stack, WALLET_32, assignment, enrolment, id, refused,
        registration,
    },
    requests::{citizen, document, filing, link, sanction, switch, unlinking, withdrawal},
    verification::bench::operation,
};

/// Rules of a place that lets people choose one institution.
const ONE: &str = r#"
    [[version]]
    id = "TEST-NANJING-CARE"
    programme = "WALLET"
    region = "320100"
    topic = "SAMPLE"
    valid_from = "2025-01-01"
    recorded_at = "2025-01-01T00:00:00+08:00"
    source = "测试:备案选择1家定点医疗机构"
    confidence = "SAMPLE"
    last_verified_day = "2025-01-01"

    [version.parameters]
    filing_institutions = 1
    place_of_use_scope = "INSURED_POOL"
"#;

#[tokio::test]
async fn r_129_how_many_institutions_are_chosen_is_a_rule_of_the_place_of_insurance() {
    let rules = tempfile::tempdir().unwrap();
    std::fs::write(rules.path().join("nanjing.toml"), ONE).unwrap();
    let stack = Stack::start_with(&["--rules", rules.path().to_str().unwrap()]).await;
    let person = stack.employed().await;
    let mut own = stack.client(&citizen(&person));
    let status = own.file_remote_care(filing(&person)).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "FILING_NOT_ALLOWED");
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!((refusal.rule.as_str(), refusal.policy_version.as_str()), ("R-129", "TEST-NANJING-CARE"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("1", "2"));
    let one = FileRemoteCareRequest { institution_codes: vec!["H51010400001".to_owned()], ..filing(&person) };
    own.file_remote_care(one).await.unwrap();
    // Somebody of Suzhou, where nothing is said of it.
    let other = stack.person().await.person_id;
    let suzhou = RecordEnrolmentRequest { pooling_area: "320500".to_owned(), ..enrolment(&other) };
    stack.enrol(JIANGSU, suzhou).await.unwrap();
    stack.client(&citizen(&other)).file_remote_care(filing(&other)).await.unwrap();

    // The same rules keep a wallet where its person is insured.
    let mut wallets = stack.client(WALLET_32);
    let near = AssignPlaceOfUseRequest { place_of_use: "320100".to_owned(), ..assignment(&other) };
    let status = wallets.assign_place_of_use(near).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "PLACE_OF_USE_NOT_ALLOWED");
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!((refusal.rule.as_str(), refusal.policy_version.as_str()), ("R-092", "TEST-NANJING-CARE"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("320500", "320100"));
    wallets.assign_place_of_use(assignment(&person)).await.unwrap();
}

fn is(status: &tonic::Status, code: Code, reason: &str) {
    assert_eq!(refused(status), (code, reason.to_owned()), "{status:?}");
}

#[tokio::test]
async fn r_127_r_128_r_129_a_filing_names_place_time_and_institutions_until_it_is_withdrawn() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut own = stack.client(&citizen(&person));
    let request = filing(&person);
    let filed = own.file_remote_care(request.clone()).await.unwrap().into_inner().filing.unwrap();
    assert_eq!((filed.kind(), filed.treatment_pooling_area.as_str()), (RemoteCareKind::LongTerm, "510100"));
    assert_eq!(filed.institution_codes, ["H51010400001", "H51010400002"]);
    assert_eq!(stack.standing(&person).await.remote_care_filings, std::slice::from_ref(&filed));
    // Another channel is no other content, nor is another agreement.
    let agreed_to = common::Operation {
        place: request.treatment_pooling_area.clone(),
        ..operation("FileRemoteCare", &request.filing_id, &person)
    };
    let assertion = stack.by_face(agreed_to).await;
    let again = FileRemoteCareRequest { channel: 1, assertion, ..request };
    assert_eq!(own.file_remote_care(again).await.unwrap().into_inner().filing.unwrap(), filed);
    let anywhere = FileRemoteCareRequest {
        institution_codes: vec![],
        valid_from: "2027-01-01".into(),
        valid_to: String::new(),
        ..filing(&person)
    };
    stack.client(NANJING).file_remote_care(anywhere).await.unwrap();

    let end = withdrawal(&filed.filing_id);
    let withdrawn = own.withdraw_remote_care(end.clone()).await.unwrap().into_inner().filing.unwrap();
    assert!(withdrawn.withdrawn && stack.standing(&person).await.remote_care_filings.is_empty());
    assert_eq!(own.withdraw_remote_care(end).await.unwrap().into_inner().filing.unwrap(), withdrawn);
    own.withdraw_remote_care(withdrawal(&filed.filing_id)).await.unwrap();
    let list = ListRemoteCareRequest { person_id: person.clone(), ..Default::default() };
    let listed = stack.client(AUDITOR).list_remote_care(list).await.unwrap().into_inner().filings;
    assert_eq!((listed.len(), listed[0].withdrawn, &listed[1]), (2, false, &withdrawn));

    let mut stranger = stack.client(&citizen(&id()));
    is(
        &stranger.file_remote_care(filing(&person)).await.unwrap_err(),
        Code::PermissionDenied,
        "OUT_OF_SCOPE",
    );
    let status = stranger.withdraw_remote_care(withdrawal(&listed[0].filing_id)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    let status = stack.client(SICHUAN).file_remote_care(filing(&person)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    let status = own.withdraw_remote_care(withdrawal(&id())).await.unwrap_err();
    is(&status, Code::NotFound, "FILING_UNKNOWN");
}

#[tokio::test]
async fn r_130_the_purchase_switch_is_off_until_the_person_sets_it() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut own = stack.client(&citizen(&person));
    assert!(!stack.standing(&person).await.out_of_province_purchase);
    let set = switch(&person, true);
    assert!(own.set_purchase_switch(set.clone()).await.unwrap().into_inner().out_of_province);
    assert!(stack.standing(&person).await.out_of_province_purchase);
    let position = stack.standing(&person).await.as_of_position;
    own.set_purchase_switch(switch(&person, true)).await.unwrap();
    stack.client(NANJING).set_purchase_switch(switch(&person, false)).await.unwrap();
    // A repeat of the first says how it is now.
    assert!(!own.set_purchase_switch(set).await.unwrap().into_inner().out_of_province);
    assert_eq!(stack.standing(&person).await.as_of_position, position + 2);
    let status =
        stack.client("dev:operator:510100").set_purchase_switch(switch(&person, true)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
}

/// Somebody born on a day, enrolled nowhere.
async fn born(stack: &Stack, day: time::Date, order: u16) -> String {
    let number = CitizenId::compose(320_102, day, order).unwrap();
    let request = RegisterPersonRequest { id_number: number.number().to_owned(), ..registration() };
    stack.register(NANJING, request).await.unwrap().person.unwrap().person_id
}

#[tokio::test]
async fn r_031_an_adult_agrees_in_person_and_a_minor_has_documents() {
    let stack = Stack::start().await;
    let daughter = stack.employed().await;
    let mother = born(&stack, date!(1957 - 05 - 06), 2).await;
    let child = born(&stack, date!(2016 - 05 - 06), 4).await;
    let (mut hers, mut mothers) = (stack.client(&citizen(&daughter)), stack.client(&citizen(&mother)));

    let asked = link(&daughter, &mother);
    for _ in 0..2 {
        is(&hers.link_code_proxy(asked.clone()).await.unwrap_err(), Code::PermissionDenied, "AUTH_FAILED");
    }
    let agreed = stack.faced(link(&daughter, &mother)).await;
    let linked = mothers.link_code_proxy(agreed).await.unwrap().into_inner();
    let linked = linked.code_proxy.unwrap();
    assert_eq!((&linked.shower_person_id, &linked.owner_person_id), (&daughter, &mother));
    assert_eq!(stack.standing(&mother).await.code_proxy_person_ids, std::slice::from_ref(&daughter));
    assert!(stack.standing(&daughter).await.code_proxy_person_ids.is_empty());
    let status = mothers.link_code_proxy(link(&daughter, &mother)).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CODE_PROXY_NOT_ALLOWED");
    let words = chassis::status::read(&status).unwrap().refusal;
    assert!(words.what_to_do_zh.contains("家庭共济"), "it says which function shares money");

    let bare = link(&daughter, &child);
    for _ in 0..2 {
        let status = hers.link_code_proxy(bare.clone()).await.unwrap_err();
        is(&status, Code::FailedPrecondition, "KINSHIP_NOT_PROVEN");
    }
    let proven = LinkCodeProxyRequest {
        documents: vec![document("birth_certificate", "J320102-2016-001234")],
        ..link(&daughter, &child)
    };
    hers.link_code_proxy(proven).await.unwrap();
    let list = ListCodeProxiesRequest { person_id: daughter.clone(), ..Default::default() };
    let shown = hers.list_code_proxies(list).await.unwrap().into_inner().code_proxies;
    let owners: Vec<&String> = shown.iter().map(|one| &one.owner_person_id).collect();
    assert_eq!(owners, [&child, &mother]);
    is(
        &hers.link_code_proxy(link(&daughter, &daughter)).await.unwrap_err(),
        Code::FailedPrecondition,
        "SELF_BOND",
    );

    let end = unlinking(&linked.code_proxy_id);
    let status = stack.client(&citizen(&child)).unlink_code_proxy(end.clone()).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    // Either of the two may end it.
    let ended = hers.unlink_code_proxy(end.clone()).await.unwrap().into_inner().code_proxy.unwrap();
    assert!(ended.unlinked && stack.standing(&mother).await.code_proxy_person_ids.is_empty());
    assert_eq!(hers.unlink_code_proxy(end).await.unwrap().into_inner().code_proxy.unwrap(), ended);
    mothers.unlink_code_proxy(unlinking(&linked.code_proxy_id)).await.unwrap();
    is(&hers.unlink_code_proxy(unlinking(&id())).await.unwrap_err(), Code::NotFound, "CODE_PROXY_UNKNOWN");
    mothers.link_code_proxy(stack.faced(link(&daughter, &mother)).await).await.unwrap();
}

#[tokio::test]
async fn r_122_five_relatives_may_be_shown_and_at_once_not_a_sixth() {
    let stack = Stack::start().await;
    let shower = stack.employed().await;
    let mut owners = Vec::new();
    for _ in 0..8 {
        owners.push(stack.person().await.person_id);
    }
    let links = futures::future::join_all(owners.iter().map(|owner| {
        let mut theirs = stack.client(&citizen(owner));
        let agreed = stack.faced(link(&shower, owner));
        async move { theirs.link_code_proxy(agreed.await).await }
    }));
    let (linked, refused): (Vec<_>, Vec<_>) = links.await.into_iter().partition(Result::is_ok);
    assert_eq!((linked.len(), refused.len()), (5, 3));
    refused.iter().for_each(|answer| {
        is(answer.as_ref().unwrap_err(), Code::FailedPrecondition, "MEMBER_CAP_REACHED");
    });
    let first = linked.into_iter().next().unwrap().unwrap().into_inner().code_proxy.unwrap();
    stack.client(&citizen(&shower)).unlink_code_proxy(unlinking(&first.code_proxy_id)).await.unwrap();
    let again = stack.faced(link(&shower, &first.owner_person_id)).await;
    stack.client(&citizen(&first.owner_person_id)).link_code_proxy(again).await.unwrap();
}

#[tokio::test]
async fn r_151_whoever_is_suspended_shows_no_relatives_code() {
    let stack = Stack::start().await;
    let (shower, owner) = (stack.employed().await, stack.employed().await);
    stack.client(JIANGSU).impose_sanction(sanction(&shower)).await.unwrap();
    let mut theirs = stack.client(&citizen(&owner));
    let status = theirs.link_code_proxy(link(&shower, &owner)).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "SETTLEMENT_SUSPENDED");
    // At a counter the id card of the owner stands for the face.
    let other = stack.employed().await;
    let seen =
        LinkCodeProxyRequest { documents: vec![document("id_card", "证件 7")], ..link(&other, &owner) };
    stack.client(NANJING).link_code_proxy(seen).await.unwrap();
    let unseen = LinkCodeProxyRequest {
        documents: vec![document("household_register", "户 7")],
        ..link(&owner, &other)
    };
    let status = stack.client(NANJING).link_code_proxy(unseen).await.unwrap_err();
    is(&status, Code::PermissionDenied, "AUTH_FAILED");
    let status = stack.client("dev:operator:510100").link_code_proxy(link(&owner, &other)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
}
