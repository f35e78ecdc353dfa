//! Everything that a person does, and what others do to one: registered, verified, bound, paid, sanctioned, dead.

use anyhow::{Context as _, Result, ensure};
use e2e::{Family, Scene, pool, until};
use proto::{
    common::{Channel, Operation},
    identity::{
        BeginVerificationRequest, CompleteVerificationRequest, ConfirmContactRequest, Document,
        FileRemoteCareRequest, FindPersonRequest, ImposeSanctionRequest, InspectMedicalCodeRequest,
        IssueMedicalCodeRequest, LiftSanctionRequest, LinkCodeProxyRequest, RegisterPersonRequest,
        RemoteCareKind, ReportDeathRequest, ResolvePersonRequest, ResolvePurpose, SanctionKind, Scheme,
        SetPasswordRequest, SetPurchaseSwitchRequest, UpdateContactRequest, VerificationMethod,
        complete_verification_request::Proof, identity_service_client::IdentityServiceClient,
        verification_service_client::VerificationServiceClient,
    },
    kinship::{
        Commitment, Evidence, FamilyFactKind, IssueCertificateRequest, RecordFamilyFactRequest,
        RegisterBondAtCounterRequest, Relation, kinship_service_client::KinshipServiceClient,
    },
    settlement::TransferState,
};
use testkit::{
    agree::{self, Lines},
    desk::{self, Party, requests, under},
    people::{Newcomer, id},
};

use crate::{ADDRESS, HOSPITAL, MOBILE, NAME, PASSWORD, PSN_NO};

/// Lives a whole life; the person's id.
pub(crate) async fn live(scene: &Scene, canary: &Newcomer) -> Result<String> {
    let beneficiary = begin(scene, canary).await?;
    let sharer = scene.employee(pool(320_100), "500.00").await?;
    be_looked_up(scene, canary, &sharer, &beneficiary).await?;
    be_verified(scene, &beneficiary).await?;
    let bond = scene.bond(&sharer, &beneficiary, Relation::Parent).await?;
    let certificate = IssueCertificateRequest { request_id: id(), bond_id: bond.clone() };
    let mut kinship = KinshipServiceClient::new(scene.channel("kinship-registry"));
    kinship.issue_certificate(under(&desk::citizen(&beneficiary.person), certificate)).await?;
    be_of_a_family(scene, &beneficiary).await?;
    let family = Family { sharer, beneficiary, bond };
    let transfer = id();
    let sent = scene.send(&transfer, &family, "64.00").await?;
    ensure!(sent.state() == TransferState::PendingClaim, "{sent:?}");
    scene.desk.claim(&id(), &transfer, &family.beneficiary).await?;
    scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "4.00").await?;
    scene.desk.refund(&paid, "1.00", &family.beneficiary).await?;
    scene.desk.freeze(&family.beneficiary).await?;
    scene.desk.unfreeze(&family.beneficiary).await?;
    fall_into_disgrace_and_die(scene, &family.beneficiary).await?;
    Ok(family.beneficiary.person)
}

/// Registered twice, activated, enrolled, with a wallet.
async fn begin(scene: &Scene, canary: &Newcomer) -> Result<Party> {
    let place = pool(510_100);
    scene.institution(HOSPITAL, place).await?;
    let request = RegisterPersonRequest {
        address: ADDRESS.to_owned(),
        psn_no: PSN_NO.to_owned(),
        ..requests::registration(&id(), canary)
    };
    let register = || {
        let mut identity = IdentityServiceClient::new(scene.channel("identity"));
        let request = under(&desk::operator(place), request.clone());
        async move { identity.register_person(request).await }
    };
    let person = until("registering", register).await?.into_inner().person.unwrap_or_default().person_id;
    let again = RegisterPersonRequest { request_id: id(), ..request };
    IdentityServiceClient::new(scene.channel("identity"))
        .register_person(under(&desk::operator(place), again))
        .await?;
    let activate = || scene.desk.activate(&person, place);
    until("activating", activate).await?;
    until("enrolling", || scene.desk.enrol(&person, Scheme::Resident, place, "2020-01-01")).await?;
    let opening = async || {
        let party = Party { person: person.clone(), pool: place, wallet: id() };
        scene.desk.open_wallet(&party, &canary.mobile, false).await.map(|_| party)
    };
    until("opening a wallet", opening).await
}

/// A relative asks by number and name, the agency by number; the telephone changes at the counter.
async fn be_looked_up(scene: &Scene, canary: &Newcomer, sharer: &Party, found: &Party) -> Result<()> {
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    let by_relative = ResolvePersonRequest {
        id_number: canary.id_number.clone(),
        name: canary.name.clone(),
        purpose: ResolvePurpose::Relative.into(),
    };
    let reply =
        identity.resolve_person(under(&desk::citizen(&sharer.person), by_relative)).await?.into_inner();
    ensure!(reply.person_id == found.person && !reply.masked_name.contains(NAME), "{reply:?}");
    let by_agency = FindPersonRequest {
        id_number: canary.id_number.clone(),
        purpose_text: "死亡登记核对".to_owned(),
    };
    identity.find_person(under(&desk::agency(found.pool.province()), by_agency)).await?;
    let contact = UpdateContactRequest {
        request_id: id(),
        person_id: found.person.clone(),
        mobile: MOBILE.to_owned(),
        address: ADDRESS.to_owned(),
        changed_day: "2026-03-09".to_owned(),
        assertion: String::new(),
    };
    let counter = desk::operator(found.pool);
    identity.update_contact(under(&counter, contact)).await?;
    let confirm =
        ConfirmContactRequest { request_id: id(), person_id: found.person.clone(), assertion: String::new() };
    identity.confirm_contact(under(&counter, confirm)).await?;
    let filing = FileRemoteCareRequest {
        filing_id: id(),
        person_id: found.person.clone(),
        kind: RemoteCareKind::Temporary.into(),
        treatment_pooling_area: "320100".to_owned(),
        valid_from: "2026-03-01".to_owned(),
        channel: Channel::Counter.into(),
        ..Default::default()
    };
    identity.file_remote_care(under(&counter, filing)).await?;
    let switch = SetPurchaseSwitchRequest {
        request_id: id(),
        person_id: found.person.clone(),
        out_of_province: true,
        assertion: String::new(),
    };
    identity.set_purchase_switch(under(&desk::citizen(&found.person), switch)).await?;
    Ok(())
}

/// A password is chosen at the counter and typed; a relative shows the code, and a hospital looks at it.
async fn be_verified(scene: &Scene, canary: &Party) -> Result<()> {
    let mut verification = VerificationServiceClient::new(scene.channel("identity"));
    let (app, person) = (desk::citizen(&canary.person), canary.person.clone());
    let operation = |kind: &str, id: &str| Operation {
        kind: kind.to_owned(),
        operation_id: id.to_owned(),
        actor_person_id: person.clone(),
        ..Default::default()
    };
    let (request_id, counter) = (id(), desk::operator(canary.pool));
    let assertion = scene.desk.agree_at_counter(&counter, operation("SetPassword", &request_id)).await?;
    let (person_id, password) = (person.clone(), PASSWORD.to_owned());
    let set = SetPasswordRequest { request_id, person_id, password, assertion };
    verification.set_password(under(&counter, set)).await?;
    let verification_id = id();
    let begin = BeginVerificationRequest {
        verification_id: verification_id.clone(),
        subject_person_id: person.clone(),
        operation: Some(operation("READ", "")),
        method: VerificationMethod::Password.into(),
    };
    verification.begin_verification(under(&app, begin)).await?;
    let proof = Some(Proof::Password(PASSWORD.to_owned()));
    verification
        .complete_verification(under(&app, CompleteVerificationRequest { verification_id, proof }))
        .await?;

    let relative = scene.person(Scheme::Resident, canary.pool, false).await?;
    let link = LinkCodeProxyRequest {
        code_proxy_id: id(),
        shower_person_id: relative.person.clone(),
        owner_person_id: person.clone(),
        documents: vec![Document { kind: "household_register".to_owned(), reference: "册1".to_owned() }],
        assertion: String::new(),
    };
    IdentityServiceClient::new(scene.channel("identity")).link_code_proxy(under(&app, link)).await?;
    let (request_id, by) = (id(), desk::citizen(&relative.person));
    let lines = Lines {
        kind: "IssueMedicalCode",
        id: request_id.clone(),
        actor: relative.person.clone(),
        counterparty: person.clone(),
        ..Lines::default()
    };
    let assertion = agree::assertion(&by, &lines).context("the cluster has a key")?;
    let (person_id, shown_by_person_id) = (person.clone(), relative.person);
    let issue = IssueMedicalCodeRequest { request_id, person_id, shown_by_person_id, assertion };
    let token = verification.issue_medical_code(under(&by, issue)).await?.into_inner().token;
    let look = InspectMedicalCodeRequest { token };
    let seen = verification.inspect_medical_code(under(&desk::institution(HOSPITAL), look)).await?;
    ensure!(seen.into_inner().person_id == person, "another person's code");
    Ok(())
}

/// An authority records a child, and both register a bond at the counter.
async fn be_of_a_family(scene: &Scene, canary: &Party) -> Result<()> {
    let child = scene.employee(pool(320_100), "10.00").await?;
    let mut kinship = KinshipServiceClient::new(scene.channel("kinship-registry"));
    let fact = RecordFamilyFactRequest {
        fact_id: id(),
        kind: FamilyFactKind::ParentChild.into(),
        person_a: canary.person.clone(),
        person_b: child.person.clone(),
        on_day: "2025-06-01".to_owned(),
        authority: "南京市民政局".to_owned(),
        reference: "档案 2025/1".to_owned(),
    };
    let agency = desk::agency(child.pool.province());
    kinship.record_family_fact(under(&agency, fact)).await?;
    let signed = Commitment {
        text_version: "2026-01".to_owned(),
        text_sha256: "ab".repeat(32),
        accept_time: Some(desk::long_ago()),
    };
    let form = RegisterBondAtCounterRequest {
        bond_id: id(),
        programme: proto::common::Programme::Wallet.into(),
        sharer_person_id: child.person.clone(),
        beneficiary_person_id: canary.person.clone(),
        relation: Relation::Parent.into(),
        commitment: Some(signed.clone()),
        beneficiary_commitment: Some(signed),
        evidence: vec![Evidence { kind: "household_register".to_owned(), reference: "册1".to_owned() }],
        form_reference: "登记表 2026/17".to_owned(),
        both_present: true,
        ..Default::default()
    };
    kinship.register_bond_at_counter(under(&desk::operator(child.pool), form)).await?;
    Ok(())
}

/// 暂停联网结算, lifted by somebody else, and death.
async fn fall_into_disgrace_and_die(scene: &Scene, canary: &Party) -> Result<()> {
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    let sanction_id = id();
    let impose = ImposeSanctionRequest {
        sanction_id: sanction_id.clone(),
        person_id: canary.person.clone(),
        kind: SanctionKind::SettlementSuspended.into(),
        case_reference: "川医保罚 2026/3".to_owned(),
        from_day: "2026-03-10".to_owned(),
        to_day: String::new(),
    };
    let province = canary.pool.province();
    identity.impose_sanction(under(&desk::agency(province), impose)).await?;
    let lift = LiftSanctionRequest { request_id: id(), sanction_id, reason: "查无此事".to_owned() };
    identity.lift_sanction(under(&desk::second_agent(province), lift)).await?;
    let death = ReportDeathRequest {
        request_id: id(),
        person_id: canary.person.clone(),
        death_day: "2026-03-10".to_owned(),
        reference: "死亡证明 2026/8".to_owned(),
    };
    identity.report_death(under(&desk::agency(province), death)).await?;
    Ok(())
}
