//! The access table: role × method, as data. What has no row, or no mark in its row, is refused.
//!
//! A new RPC without a row fails the test that walks the descriptor set. Scopes (own person, own pooling
//! area) are the handlers' part.

use mistakes::{Mistake, made};

use super::caller::Role;
use crate::config::Profile;

const C: Role = Role::Citizen;
const O: Role = Role::Operator;
const I: Role = Role::Institution;
const P: Role = Role::Agency;
const S: Role = Role::Centre;
const A: Role = Role::Auditor;
const ID: Role = Role::Identity;
const KIN: Role = Role::Kinship;
const WAL: Role = Role::Wallet;
const SET: Role = Role::Settlement;
const ALL: &[Role] = &Role::ALL;

/// Full method path and the roles that may call it.
type Row = (&'static str, &'static [Role]);

const ROWS: &[Row] = &[
    ("/gongji.identity.v1.IdentityService/RegisterPerson", &[C, O, P]),
    ("/gongji.identity.v1.IdentityService/GetPerson", &[C, O, P, A, KIN, WAL, SET]),
    ("/gongji.identity.v1.IdentityService/RecordEnrolment", &[P]),
    ("/gongji.identity.v1.IdentityService/AssignPlaceOfUse", &[WAL]),
    ("/gongji.identity.v1.IdentityService/BatchGetStanding", &[KIN, WAL, SET]),
    ("/gongji.identity.v1.IdentityService/StreamEvents", &[A, KIN, WAL, SET]),
    ("/gongji.identity.v1.IdentityService/ActivateMedicalCode", &[C, O, P]),
    ("/gongji.identity.v1.IdentityService/ResolvePerson", &[C, O, I]),
    ("/gongji.identity.v1.IdentityService/FindPerson", &[P, A]),
    ("/gongji.identity.v1.IdentityService/ListEnrolments", &[C, O, P, A]),
    ("/gongji.identity.v1.IdentityService/RecordBenefit", &[P]),
    ("/gongji.identity.v1.IdentityService/ReportDeath", &[P]),
    ("/gongji.identity.v1.IdentityService/UpdateContact", &[C, O]),
    ("/gongji.identity.v1.IdentityService/ConfirmContact", &[C, O]),
    ("/gongji.identity.v1.IdentityService/ImposeSanction", &[P]),
    ("/gongji.identity.v1.IdentityService/LiftSanction", &[P]),
    ("/gongji.identity.v1.IdentityService/FileRemoteCare", &[C, O, P]),
    ("/gongji.identity.v1.IdentityService/WithdrawRemoteCare", &[C, O, P]),
    ("/gongji.identity.v1.IdentityService/ListRemoteCare", &[C, O, P, A]),
    ("/gongji.identity.v1.IdentityService/SetPurchaseSwitch", &[C, O]),
    ("/gongji.identity.v1.IdentityService/LinkCodeProxy", &[C, O]),
    ("/gongji.identity.v1.IdentityService/UnlinkCodeProxy", &[C, O]),
    ("/gongji.identity.v1.IdentityService/ListCodeProxies", &[C, O, P, A]),
    ("/gongji.identity.v1.VerificationService/SetPassword", &[C, O]),
    ("/gongji.identity.v1.VerificationService/BeginVerification", &[C, O, I]),
    ("/gongji.identity.v1.VerificationService/CompleteVerification", &[C, O, I]),
    ("/gongji.identity.v1.VerificationService/IssueMedicalCode", &[C]),
    ("/gongji.identity.v1.VerificationService/InspectMedicalCode", &[I, WAL]),
    ("/gongji.identity.v1.VerificationService/GetKeys", ALL),
    // A port: whoever compares faces serves it.
    ("/gongji.identity.v1.FaceMatcherService/Match", &[C, I]),
    ("/gongji.kinship.v1.KinshipService/ProposeBond", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/AcceptBond", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/RejectBond", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/WithdrawBond", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/RegisterBondAtCounter", &[O]),
    ("/gongji.kinship.v1.KinshipService/SetSharing", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/DissolveBond", &[C, O]),
    ("/gongji.kinship.v1.KinshipService/RecordFamilyFact", &[O, P]),
    ("/gongji.kinship.v1.KinshipService/CheckEligibility", &[C, O, A]),
    ("/gongji.kinship.v1.KinshipService/IssueCertificate", &[C, O, P, A]),
    ("/gongji.kinship.v1.KinshipService/GetCertificateKeys", ALL),
    ("/gongji.kinship.v1.KinshipService/GetBond", &[C, O, P, A]),
    ("/gongji.kinship.v1.KinshipService/ListBonds", &[C, O, P, A]),
    ("/gongji.kinship.v1.KinshipService/BatchCheckBonds", &[WAL, SET]),
    ("/gongji.kinship.v1.KinshipService/StreamEvents", &[A, WAL, SET]),
    ("/gongji.wallet.v1.WalletService/OpenWallet", &[C, O]),
    ("/gongji.wallet.v1.WalletService/GetWallet", &[C, O, P, A]),
    ("/gongji.wallet.v1.WalletService/CanReceive", &[C, O, SET]),
    ("/gongji.wallet.v1.WalletService/FreezeWallet", &[C, P]),
    ("/gongji.wallet.v1.WalletService/UnfreezeWallet", &[P]),
    ("/gongji.wallet.v1.WalletService/CreditPersonalAccount", &[P]),
    ("/gongji.wallet.v1.WalletService/ListLots", &[C, O, P, A]),
    ("/gongji.wallet.v1.WalletService/ListEntries", &[C, O, P, A]),
    ("/gongji.wallet.v1.WalletService/StreamEvents", &[A, ID, KIN, SET]),
    ("/gongji.wallet.v1.PaymentService/Pay", &[I]),
    ("/gongji.wallet.v1.PaymentService/BatchPay", &[I]),
    ("/gongji.wallet.v1.PaymentService/RefundPayment", &[O, I]),
    ("/gongji.wallet.v1.PaymentService/ReversePayment", &[I]),
    ("/gongji.wallet.v1.PaymentService/GetPayment", &[C, O, I, P, A, SET]),
    ("/gongji.wallet.v1.PaymentService/ListPayments", &[C, O, I, P, A, SET]),
    ("/gongji.wallet.v1.BookService/Apply", &[SET]),
    ("/gongji.wallet.v1.BookService/StreamEntries", &[SET]),
    ("/gongji.wallet.v1.BookService/GetChainHead", &[C, P, S, A, SET]),
    ("/gongji.wallet.v1.BookService/Audit", &[P, A, SET]),
    ("/gongji.settlement.v1.TransferService/QuoteTransfer", &[C, O]),
    ("/gongji.settlement.v1.TransferService/CreateTransfer", &[C, O]),
    ("/gongji.settlement.v1.TransferService/ClaimTransfer", &[C, O]),
    ("/gongji.settlement.v1.TransferService/DeclineTransfer", &[C, O]),
    ("/gongji.settlement.v1.TransferService/GetTransfer", &[C, O, P, S, A]),
    ("/gongji.settlement.v1.TransferService/ListTransfers", &[C, O, P, S, A]),
    ("/gongji.settlement.v1.TransferService/WatchTransfer", &[C, O, P, S, A]),
    ("/gongji.settlement.v1.InstitutionService/PutInstitution", &[P]),
    ("/gongji.settlement.v1.InstitutionService/GetInstitution", ALL),
    ("/gongji.settlement.v1.InstitutionService/ListInstitutions", ALL),
    ("/gongji.settlement.v1.InstitutionService/StreamEvents", &[A, KIN, WAL]),
    ("/gongji.settlement.v1.ClearingService/GetPeriod", &[P, S, A]),
    ("/gongji.settlement.v1.ClearingService/ListPositions", &[P, S, A]),
    ("/gongji.settlement.v1.OperationsService/ListParked", &[S, A]),
    ("/gongji.policy.v1.PolicyService/GetPolicy", ALL),
    ("/gongji.policy.v1.PolicyService/CheckAvailability", ALL),
    // Only local mode registers these services at all.
    ("/gongji.dev.v1.ClockService/GetClock", ALL),
    ("/gongji.dev.v1.ClockService/SetClock", ALL),
    ("/gongji.dev.v1.FaceLabService/EnrolFace", ALL),
    ("/gongji.dev.v1.FaceLabService/SetMood", ALL),
];

/// Services that need no caller at all.
const HEALTH: &str = "/grpc.health.v1.Health/";
const REFLECTION: &[&str] =
    &["/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];

/// The roles that may call a method; none if it has no row.
pub fn roles(path: &str) -> Option<&'static [Role]> {
    let roles = ROWS.iter().find(|(method, _)| *method == path).map(|(_, roles)| *roles);
    if path.ends_with("/Apply") && made(Mistake::MethodForAll) { Some(ALL) } else { roles }
}

/// The table's own copy of a path, for labels that callers must not invent; `other` without a row.
pub fn label(path: &str) -> &'static str {
    methods().find(|method| *method == path).unwrap_or("other")
}

/// Every method that has a row.
pub fn methods() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|(method, _)| *method)
}

/// True for health, and in local mode for reflection.
pub fn is_public(profile: Profile, path: &str) -> bool {
    let reflection = match profile {
        Profile::Local => REFLECTION.iter().any(|service| path.starts_with(service)),
    };
    reflection || path.starts_with(HEALTH)
}
