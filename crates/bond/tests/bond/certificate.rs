//! The text of a certificate: one spelling, read back exactly, and nothing of a person but masks.

use bond::{
    BondState, Certificate, DissolveReason, Event, MaskedPerson, NoCertificate, Particulars, Programme,
    Relation, Side, SuspendReason, Suspension,
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::maker::{START, accepted, active, after, proposed};

const ISSUED: OffsetDateTime = datetime!(2026-03-01 01:02:03.456789 UTC);

fn masked(name: &str, id_number: &str) -> MaskedPerson {
    MaskedPerson { name: name.to_owned(), id_number: id_number.to_owned() }
}

fn particulars() -> Particulars {
    Particulars {
        sharer: masked("王*国", "3201**********1234"),
        beneficiary: masked("张*芳", "1101**********002X"),
        rules: "NAT-WALLET-2026-1".to_owned(),
        issued_at: ISSUED,
        expires_at: ISSUED + Duration::days(30),
    }
}

fn certificate() -> Certificate {
    Certificate::of(&active(Programme::Wallet, Relation::Parent), particulars()).unwrap()
}

const TEXT: &str = "gongji-bond-certificate-1
bond_id=00000000-0000-0000-0000-000000000009
programme=WALLET
sharer_name=王*国
sharer_id_number=3201**********1234
beneficiary_name=张*芳
beneficiary_id_number=1101**********002X
relation=PARENT
state=ACTIVE
active_since=2026-01-15T11:00:00+08:00
issued_at=2026-03-01T09:02:03+08:00
expires_at=2026-03-31T09:02:03+08:00
rules=NAT-WALLET-2026-1
";

/// The same with an id that a client could have chosen.
fn text() -> String {
    TEXT.replace("00000000-0000-0000-0000-000000000009", "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e")
}

#[test]
fn r_124_a_certificate_has_one_text() {
    assert_eq!(certificate().text(), TEXT);
    let read = Certificate::parse(&text()).unwrap();
    assert_eq!(read.text(), text());
    assert_eq!(Certificate { bond: certificate().bond, ..read }, certificate());
}

#[test]
fn r_124_it_counts_from_its_issue_until_it_expires() {
    let certificate = certificate();
    let (from, until) = (certificate.issued_at, certificate.expires_at);
    let instant = Duration::microseconds(1);
    assert_eq!(certificate.counts_at(from - instant), Err(NoCertificate::NotYet));
    assert_eq!(certificate.counts_at(from), Ok(()));
    assert_eq!(certificate.counts_at(until - instant), Ok(()));
    assert_eq!(certificate.counts_at(until), Err(NoCertificate::Expired));
}

#[test]
fn r_124_only_a_bond_that_was_made_and_stands_is_certified() {
    let sanction = Suspension { side: Side::Sharer, why: SuspendReason::Sanction };
    let suspended = after(accepted(), Event::Suspend(sanction), 2);
    assert_eq!(Certificate::of(&suspended, particulars()).unwrap().state, BondState::Suspended);
    for bond in [
        proposed(),
        after(proposed(), Event::Reject, 1),
        after(accepted(), Event::Dissolve(DissolveReason::Divorce), 2),
    ] {
        assert_eq!(Certificate::of(&bond, particulars()), Err(NoCertificate::NotMade(bond.state)));
    }
}

#[test]
fn r_124_nothing_but_masks_and_single_lines_enter_a_certificate() {
    let refused = |particulars: Particulars| Certificate::of(&accepted(), particulars).unwrap_err();
    let good = particulars;
    for (wrong, field) in [
        (Particulars { sharer: masked("王建国", "3201**********1234"), ..good() }, "sharer_name"),
        (Particulars { sharer: masked("", "3201**********1234"), ..good() }, "sharer_name"),
        (Particulars { sharer: masked("王*\nstate=ACTIVE", "3201**********1234"), ..good() }, "sharer_name"),
        (Particulars { sharer: masked("王*国", "320102198002031234"), ..good() }, "sharer_id_number"),
        (Particulars { sharer: masked("王*国", "32010*********1234"), ..good() }, "sharer_id_number"),
        (Particulars { beneficiary: masked("张桂芳", "1101**********002X"), ..good() }, "beneficiary_name"),
        (
            Particulars { beneficiary: masked("张*芳", "1101**********00XX"), ..good() },
            "beneficiary_id_number",
        ),
        (
            Particulars { beneficiary: masked("张*芳", "1101*********002X"), ..good() },
            "beneficiary_id_number",
        ),
        (Particulars { rules: String::new(), ..good() }, "rules"),
        (Particulars { rules: "A\nB".to_owned(), ..good() }, "rules"),
        (Particulars { rules: " A".to_owned(), ..good() }, "rules"),
        (Particulars { expires_at: ISSUED, ..good() }, "expires_at"),
        (Particulars { issued_at: START, ..good() }, "expires_at"),
    ] {
        assert_eq!(refused(wrong), NoCertificate::Malformed(field));
    }
}

#[test]
fn r_124_any_other_spelling_is_no_certificate() {
    let good = text();
    let swapped = good.replace("relation=PARENT\nstate=ACTIVE\n", "state=ACTIVE\nrelation=PARENT\n");
    for (wrong, field) in [
        (String::new(), "form"),
        (good.replace("certificate-1", "certificate-2"), "form"),
        (good.replace('\n', "\r\n"), "form"),
        (format!("\u{feff}{good}"), "form"),
        (format!("{good}\n"), "spelling"),
        (format!("{good}note=x\n"), "spelling"),
        (good.trim_end().to_owned(), "spelling"),
        (good.replace("+08:00", "+07:00"), "spelling"),
        (good.replace("09:02:03+08:00", "01:02:03Z"), "spelling"),
        (good.replace("09:02:03+", "09:02:03.5+"), "spelling"),
        (good.replace("01937c3e", "01937C3E"), "bond_id"),
        (good.replace("WALLET\n", "wallet\n"), "programme"),
        (good.replace("PARENT", "PARENT_IN_LAW"), "relation"),
        (good.replace("ACTIVE", "DISSOLVED"), "state"),
        (good.replace("2026-01-15T", "2026-02-30T"), "active_since"),
        (good.replace("rules=", "rule="), "rules"),
        (good.replace("bond_id=", "bond_id ="), "bond_id"),
        (swapped, "relation"),
    ] {
        assert_eq!(Certificate::parse(&wrong), Err(NoCertificate::Malformed(field)), "{wrong}");
    }
}

proptest! {
    #[test]
    fn no_text_is_read_as_anything_but_itself(at in any::<prop::sample::Index>(), sign in any::<char>(), cut in any::<bool>()) {
        let mut signs: Vec<char> = text().chars().collect();
        let at = at.index(signs.len());
        if cut { signs.remove(at); } else { signs[at] = sign; }
        let wrong: String = signs.into_iter().collect();
        if let Ok(read) = Certificate::parse(&wrong) {
            prop_assert_eq!(read.text(), wrong);
        }
    }
}
