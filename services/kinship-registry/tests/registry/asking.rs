//! Questions that change nothing, and the certificate that anybody verifies without asking.

use std::{fs, path::PathBuf};

use bond::{BondState as Noted, Certificate};
use chassis::{
    status,
    token::{Algorithm, PublicKey, Ring, Use},
};
use proto::{
    common::{Programme, Side, Verdict, VerdictResult},
    identity::{EnrolmentStatus, Scheme, Sex},
    kinship::{
        CheckEligibilityResponse, DissolvedBy, FamilyFactKind as Kind, GetCertificateKeysRequest,
        IssueCertificateResponse, Relation,
    },
};
use tempfile::TempDir;
use time::Duration;
use tonic::{Code, Status};

use crate::{
    harness::{AUDITOR, CHENGDU, NANJING, NOW, Stack, citizen, id, refused, state},
    requests::{certificate, dissolution, fact, into_programme, question},
    sql,
    town::Town,
};

async fn ask(
    stack: &Stack,
    token: &str,
    request: proto::kinship::CheckEligibilityRequest,
) -> Result<CheckEligibilityResponse, Status> {
    Ok(stack.client(token).check_eligibility(request).await?.into_inner())
}

fn verdicts(answer: &CheckEligibilityResponse) -> &[Verdict] {
    &answer.decision.as_ref().unwrap().verdicts
}

fn failed(answer: &CheckEligibilityResponse) -> Vec<(&str, &str)> {
    let refusing = verdicts(answer).iter().filter(|verdict| !verdict.reason.is_empty());
    refusing.map(|verdict| (verdict.rule.as_str(), verdict.reason.as_str())).collect()
}

#[tokio::test]
async fn r_015_a_dry_run_returns_every_rule_and_only_own_facts() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "510100");
    let asked = question(&sharer, &mother);
    let allowed = ask(&stack, &citizen(&sharer), asked.clone()).await.unwrap();
    assert!(allowed.decision.as_ref().unwrap().allowed && allowed.contradiction.is_none());
    for rule in ["R-040", "R-053", "R-020", "R-023", "R-006", "R-045", "R-151", "R-029", "R-030"] {
        let found = verdicts(&allowed).iter().any(|verdict| verdict.rule == rule);
        assert!(found, "{rule} in {allowed:?}");
    }
    // What is wrong with the mother is told to her, and to nobody who asks for the sharer.
    town.is_enrolled_as(&mother, EnrolmentStatus::InArrears);
    town.is_suspended(&sharer, "");
    for token in [citizen(&sharer), NANJING.to_owned()] {
        let seen = ask(&stack, &token, asked.clone()).await.unwrap();
        assert_eq!(failed(&seen), [("R-151", "SETTLEMENT_SUSPENDED")], "{token}");
        let about_her = verdicts(&seen).iter().filter(|verdict| verdict.side() == Side::Beneficiary);
        assert!(about_her.clone().all(|verdict| verdict.actual.is_empty()), "{seen:?}");
    }
    for token in [citizen(&mother), CHENGDU.to_owned()] {
        let seen = ask(&stack, &token, asked.clone()).await.unwrap();
        assert_eq!(failed(&seen), [("R-023", "ENROLMENT_NOT_NORMAL")], "{token}");
        let of_sharer = verdicts(&seen).iter().filter(|one| one.rule == "R-020" || one.rule == "R-151");
        let of_sharer = of_sharer.filter(|one| one.side() == Side::Sharer);
        assert!(of_sharer.clone().all(|one| one.result() == VerdictResult::NotApplicable), "{seen:?}");
    }
    let all = ask(&stack, AUDITOR, asked.clone()).await.unwrap();
    assert_eq!(failed(&all).len(), 2);
    for (token, reason) in [
        (citizen(&town.lives(Scheme::Employee, "320100")), "OUT_OF_SCOPE"),
        ("dev:operator:630100:ma".to_owned(), "OUT_OF_SCOPE"),
        ("dev:agency:32".to_owned(), "CALLER_NOT_ALLOWED"),
    ] {
        let status = ask(&stack, &token, asked.clone()).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, reason.to_owned()));
    }
    assert_eq!(sql::records(&stack.url).await, 0);
}

#[tokio::test]
async fn a_dry_run_knows_the_family_record_the_other_bonds_and_the_instant() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (husband, wife) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let her_mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "320100");
    stack.record(fact(Kind::Marriage, &husband, &wife)).await.unwrap();
    stack.record(fact(Kind::ParentChild, &her_mother, &wife)).await.unwrap();
    let seen = ask(&stack, &citizen(&husband), question(&husband, &her_mother)).await.unwrap();
    assert_eq!(seen.contradiction.unwrap().reason, "IN_LAW_EXCLUDED");
    stack.bound(into_programme(Programme::Wallet, &wife, &her_mother, Relation::Parent)).await;
    let seen = ask(&stack, &citizen(&wife), question(&wife, &her_mother)).await.unwrap();
    assert_eq!(failed(&seen), [("R-045", "ALREADY_BOUND")]);
    // That the wife is married is the wife's to know.
    let other = town.lives(Scheme::Employee, "320100");
    let spouse = |sharer: &str, beneficiary: &str| {
        let mut asked = question(sharer, beneficiary);
        asked.relation = Relation::Spouse.into();
        asked
    };
    for (asked, asker, told) in [
        (spouse(&wife, &other), &wife, true),
        (spouse(&wife, &other), &other, false),
        (spouse(&other, &wife), &wife, true),
        (spouse(&other, &wife), &other, false),
    ] {
        let seen = ask(&stack, &citizen(asker), asked).await.unwrap();
        assert_eq!(seen.contradiction.is_some(), told, "{seen:?}");
    }
    let mut local = question(&wife, &her_mother);
    (local.programme, local.relation) = (Programme::LocalRealtime.into(), Relation::Sibling.into());
    local.at_time =
        Some(prost_types::Timestamp { seconds: (NOW - Duration::days(900)).unix_timestamp(), nanos: 0 });
    let before = ask(&stack, &citizen(&wife), local).await.unwrap();
    assert!(failed(&before).contains(&("R-040", "RELATION_NOT_IN_SCOPE")), "{before:?}");
    let unknown = ask(&stack, AUDITOR, question(&wife, &id())).await.unwrap_err();
    assert_eq!(refused(&unknown), (Code::NotFound, "PERSON_UNKNOWN".to_owned()));
}

fn key_file() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("certificate.seed");
    fs::write(&path, "07".repeat(32)).unwrap();
    (directory, path)
}

/// What somebody with nothing but the published keys makes of a certificate.
async fn keys(stack: &Stack, token: &str) -> Ring {
    let reply = stack.client(token).get_certificate_keys(GetCertificateKeysRequest {}).await.unwrap();
    let keys = reply.into_inner().keys.into_iter().map(|key| {
        assert_eq!(key.algorithm, "Ed25519");
        let body: String = key.public_key_pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = base64(&body);
        let bytes = der[der.len() - 32..].try_into().unwrap();
        let valid_from = NOW - Duration::DAY;
        let (id, algorithm, purpose) = (key.kid, Algorithm::Ed25519, Use::Certificate);
        PublicKey { id, algorithm, bytes, purpose, valid_from, valid_to: None }
    });
    Ring::of(keys)
}

/// Base64 with the plain alphabet, as it stands in PEM.
fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let signs = text.bytes().filter(|sign| *sign != b'=');
    let (mut bits, mut held, mut bytes) = (0_u32, 0_u32, Vec::new());
    for sign in signs {
        let value = ALPHABET.iter().position(|one| *one == sign).unwrap();
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

async fn issue(
    stack: &Stack,
    token: &str,
    request: proto::kinship::IssueCertificateRequest,
) -> Result<IssueCertificateResponse, Status> {
    Ok(stack.client(token).issue_certificate(request).await?.into_inner())
}

#[tokio::test]
async fn r_124_a_certificate_verifies_offline_with_the_published_key() {
    let (_kept, key) = key_file();
    let stack = Stack::with(&["--certificate-key-file", key.to_str().unwrap()]).await;
    let bond = stack.active().await;
    let ring = keys(&stack, &citizen(&bond.sharer_person_id)).await;
    let request = certificate(&bond.bond_id);
    let issued = issue(&stack, &citizen(&bond.beneficiary_person_id), request.clone()).await.unwrap();
    let text: String = ring.open(Use::Certificate, &issued.verify_url_payload, NOW).unwrap();
    assert_eq!(text, issued.certificate);
    let read = Certificate::parse(&text).unwrap();
    assert_eq!((read.bond.to_string(), read.state), (bond.bond_id.clone(), Noted::Active));
    assert_eq!(read.sharer.name, "张*芳");
    assert!(
        read.counts_at(NOW + Duration::days(29)).is_ok() && read.counts_at(NOW + Duration::days(31)).is_err()
    );
    assert_eq!(read.rules, "NAT-WALLET-2026-1");
    assert!(!text.contains("张桂芳"));
    // One sign changed, and it proves nothing.
    let forged = issued.verify_url_payload.replacen('.', ".A", 1);
    assert!(ring.open::<String>(Use::Certificate, &forged, NOW).is_err());
    // The same request is the same certificate; a restart changes neither key nor text.
    let stack = stack.restart().await;
    assert_eq!(issue(&stack, AUDITOR, request).await.unwrap(), issued);
    let everything = sql::everything(&stack.url).await;
    assert!(!everything.contains("张*芳"), "masks are asked for, not kept");
}

#[tokio::test]
async fn r_124_only_a_bond_in_force_is_certified_and_only_for_those_concerned() {
    let (_kept, key) = key_file();
    let town = Town::start().await;
    let stack = Stack::beside(&town, &["--certificate-key-file", key.to_str().unwrap()]).await;
    let (sharer, other) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let wish = into_programme(Programme::Wallet, &sharer, &other, Relation::Sibling);
    let invited = stack.propose(wish).await.unwrap();
    let own = citizen(&sharer);
    let early = issue(&stack, &own, certificate(&invited.bond_id)).await.unwrap_err();
    assert_eq!(refused(&early), state("BOND_NOT_ACTIVE"));
    let bond = stack.accept(&other, crate::harness::acceptance(&invited.bond_id)).await.unwrap();
    for token in [own.as_str(), NANJING, AUDITOR, "dev:agency:32"] {
        issue(&stack, token, certificate(&bond.bond_id)).await.unwrap();
    }
    for token in [CHENGDU, &citizen(&town.lives(Scheme::Employee, "320100"))] {
        let status = issue(&stack, token, certificate(&bond.bond_id)).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    }
    town.is_suspended(&other, "");
    stack.becomes(&bond.bond_id, proto::kinship::BondState::Suspended).await;
    let held = issue(&stack, &own, certificate(&bond.bond_id)).await.unwrap();
    assert!(held.certificate.contains("\nstate=SUSPENDED\n"));
    stack.dissolve(&sharer, dissolution(&bond.bond_id, DissolvedBy::Sharer)).await.unwrap();
    let late = issue(&stack, &own, certificate(&bond.bond_id)).await.unwrap_err();
    assert_eq!(refused(&late), state("BOND_NOT_ACTIVE"));
    let unknown = issue(&stack, &own, certificate(&id())).await.unwrap_err();
    assert_eq!(refused(&unknown), (Code::NotFound, "BOND_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn without_a_key_there_are_no_certificates() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let status = issue(&stack, AUDITOR, certificate(&bond.bond_id)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::Unavailable, "UNAVAILABLE".to_owned()));
    assert!(status::read(&status).is_some());
    let reply = stack.client(AUDITOR).get_certificate_keys(GetCertificateKeysRequest {}).await.unwrap();
    assert!(reply.into_inner().keys.is_empty());
}
