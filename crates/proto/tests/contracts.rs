//! What the descriptor set must hold: every service and method, each documented.
//!
//! Style is `buf lint`'s business; this proves what reflection and stock clients will see.

use std::collections::BTreeMap;

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

/// Services with their methods, in the order of the files.
const SERVICES: &[(&str, &str)] = &[
    ("gongji.dev.v1.ClockService", "GetClock SetClock"),
    ("gongji.dev.v1.FaceLabService", "EnrolFace SetMood"),
    ("gongji.identity.v1.FaceMatcherService", "Match"),
    (
        "gongji.identity.v1.IdentityService",
        "RegisterPerson GetPerson RecordEnrolment AssignPlaceOfUse BatchGetStanding StreamEvents ActivateMedicalCode \
         ResolvePerson FindPerson ListEnrolments RecordBenefit ReportDeath UpdateContact ConfirmContact \
         ImposeSanction LiftSanction FileRemoteCare WithdrawRemoteCare ListRemoteCare SetPurchaseSwitch \
         LinkCodeProxy UnlinkCodeProxy ListCodeProxies",
    ),
    (
        "gongji.identity.v1.VerificationService",
        "SetPassword BeginVerification CompleteVerification IssueMedicalCode InspectMedicalCode GetKeys",
    ),
    (
        "gongji.kinship.v1.KinshipService",
        "ProposeBond AcceptBond RejectBond WithdrawBond RegisterBondAtCounter SetSharing DissolveBond \
         RecordFamilyFact GetBond ListBonds CheckEligibility IssueCertificate GetCertificateKeys BatchCheckBonds \
         StreamEvents",
    ),
    ("gongji.policy.v1.PolicyService", "GetPolicy CheckAvailability"),
    ("gongji.settlement.v1.ClearingService", "GetPeriod ListPositions"),
    (
        "gongji.settlement.v1.InstitutionService",
        "PutInstitution GetInstitution ListInstitutions StreamEvents",
    ),
    ("gongji.settlement.v1.OperationsService", "ListParked"),
    (
        "gongji.settlement.v1.TransferService",
        "QuoteTransfer CreateTransfer ClaimTransfer DeclineTransfer GetTransfer ListTransfers WatchTransfer",
    ),
    ("gongji.wallet.v1.BookService", "Apply StreamEntries GetChainHead Audit"),
    ("gongji.wallet.v1.PaymentService", "Pay BatchPay RefundPayment ReversePayment GetPayment ListPayments"),
    (
        "gongji.wallet.v1.WalletService",
        "OpenWallet GetWallet CanReceive FreezeWallet UnfreezeWallet CreditPersonalAccount ListLots ListEntries \
         StreamEvents",
    ),
];

fn own_files() -> Vec<FileDescriptorProto> {
    let set =
        FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).expect("the build wrote a descriptor set");
    set.file.into_iter().filter(|file| file.package().starts_with("gongji.")).collect()
}

#[test]
fn the_descriptor_set_lists_every_service_and_method() {
    let mut found = BTreeMap::new();
    for file in own_files() {
        for service in &file.service {
            let methods: Vec<_> = service.method.iter().map(|method| method.name().to_owned()).collect();
            found.insert(format!("{}.{}", file.package(), service.name()), methods.join(" "));
        }
    }
    let wanted = SERVICES.iter().map(|(name, methods)| ((*name).to_owned(), (*methods).to_owned())).collect();
    assert_eq!(found, wanted);
}

#[test]
fn every_method_says_what_it_does_and_begins_in_chinese() {
    for file in own_files() {
        let comments: BTreeMap<Vec<i32>, String> = file
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .map(|location| (location.path.clone(), location.leading_comments().trim().to_owned()))
            .collect();
        for (s, service) in (0_i32..).zip(&file.service) {
            for (m, method) in (0_i32..).zip(&service.method) {
                // 6: services of a file, 2: methods of a service.
                let comment = comments.get(&vec![6, s, 2, m]).map_or("", String::as_str);
                let chinese = comment.chars().next().is_some_and(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(chinese, "{}.{}: {comment:?}", service.name(), method.name());
            }
        }
    }
}

#[test]
fn the_set_carries_what_its_files_import() {
    let set =
        FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).expect("the build wrote a descriptor set");
    let names: Vec<_> = set.file.iter().map(FileDescriptorProto::name).collect();
    for import in set.file.iter().flat_map(|file| &file.dependency) {
        assert!(names.contains(&import.as_str()), "{import} is missing");
    }
}

#[test]
fn reasons_are_upper_case_and_their_hundreds_are_their_class() {
    use proto::common::Reason;

    assert_eq!(Reason::DailyTransferCount.as_str_name(), "REASON_DAILY_TRANSFER_COUNT");
    assert_eq!(Reason::FieldInvalid as i32 / 100, 0);
    assert_eq!(Reason::DailyTransferCount as i32 / 100, Reason::WalletFrozen as i32 / 100);
    assert_ne!(Reason::DailyTransferCount as i32 / 100, Reason::QueueFull as i32 / 100);
}

/// Every field of every message, as `package.Message.field`.
fn fields() -> Vec<String> {
    let of = |file: &FileDescriptorProto| {
        let messages = file.message_type.iter();
        let named =
            messages.flat_map(|message| message.field.iter().map(|field| (message.name(), field.name())));
        named.map(|(message, field)| format!("{}.{message}.{field}", file.package())).collect::<Vec<_>>()
    };
    own_files().iter().flat_map(of).collect()
}

#[test]
fn r_150_neither_a_bond_nor_a_transfer_carries_a_credential() {
    let of_a_card = ["credential", "token", "card", "medical_code", "password"];
    let fields = fields();
    assert!(fields.iter().any(|field| field.contains("PaymentDraft.credential")), "a payment does");
    let shared = |field: &&String| {
        field.starts_with("gongji.kinship.")
            || field.starts_with("gongji.settlement.v1.") && field.contains("Transfer")
    };
    let of_one =
        |field: &&String| of_a_card.iter().any(|word| field.contains(word)) && !field.ends_with("page_token");
    let found: Vec<_> = fields.iter().filter(shared).filter(of_one).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn r_153_no_message_names_an_account_outside_to_pay_to() {
    let outside = ["bank", "payee", "iban", "account_number", "account_no", "pay_to", "withdraw_to"];
    let fields = fields();
    let found: Vec<_> =
        fields.iter().filter(|field| outside.iter().any(|word| field.contains(word))).collect();
    assert!(found.is_empty(), "{found:?}");
}
