//! The access table against a second, separately written copy, walked role × method over the gate; and the
//! scopes of each role.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{
    access::{Caller, Role, Scope, table},
    serve::Gate,
    status,
};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body, codegen::Service as _};
use uuid::Uuid;

use crate::support::OPTIONS;

/// The columns are C O I P S A identity kinship wallet settlement.
const EXPECTED: &str = "
identity.v1.IdentityService/RegisterPerson          xx.x......
identity.v1.IdentityService/GetPerson               xx.x.x.xxx
identity.v1.IdentityService/RecordEnrolment         ...x......
identity.v1.IdentityService/AssignPlaceOfUse        ........x.
identity.v1.IdentityService/BatchGetStanding        .......xxx
identity.v1.IdentityService/StreamEvents            .....x.xxx
identity.v1.IdentityService/ActivateMedicalCode     xx.x......
identity.v1.IdentityService/ResolvePerson           xxx.......
identity.v1.IdentityService/FindPerson              ...x.x....
identity.v1.IdentityService/ListEnrolments          xx.x.x....
identity.v1.IdentityService/RecordBenefit           ...x......
identity.v1.IdentityService/ReportDeath             ...x......
identity.v1.IdentityService/UpdateContact           xx........
identity.v1.IdentityService/ConfirmContact          xx........
identity.v1.IdentityService/ImposeSanction          ...x......
identity.v1.IdentityService/LiftSanction            ...x......
identity.v1.IdentityService/FileRemoteCare          xx.x......
identity.v1.IdentityService/WithdrawRemoteCare      xx.x......
identity.v1.IdentityService/ListRemoteCare          xx.x.x....
identity.v1.IdentityService/SetPurchaseSwitch       xx........
identity.v1.IdentityService/LinkCodeProxy           xx........
identity.v1.IdentityService/UnlinkCodeProxy         xx........
identity.v1.IdentityService/ListCodeProxies         xx.x.x....
identity.v1.VerificationService/SetPassword         xx........
identity.v1.VerificationService/BeginVerification   xxx.......
identity.v1.VerificationService/CompleteVerification xxx.......
identity.v1.VerificationService/IssueMedicalCode    x.........
identity.v1.VerificationService/InspectMedicalCode  ..x.....x.
identity.v1.VerificationService/GetKeys             xxxxxxxxxx
identity.v1.FaceMatcherService/Match                x.x.......
kinship.v1.KinshipService/ProposeBond               xx........
kinship.v1.KinshipService/AcceptBond                xx........
kinship.v1.KinshipService/RejectBond                xx........
kinship.v1.KinshipService/WithdrawBond              xx........
kinship.v1.KinshipService/RegisterBondAtCounter     .x........
kinship.v1.KinshipService/SetSharing                xx........
kinship.v1.KinshipService/DissolveBond              xx........
kinship.v1.KinshipService/RecordFamilyFact          .x.x......
kinship.v1.KinshipService/CheckEligibility          xx...x....
kinship.v1.KinshipService/IssueCertificate          xx.x.x....
kinship.v1.KinshipService/GetCertificateKeys        xxxxxxxxxx
kinship.v1.KinshipService/GetBond                   xx.x.x....
kinship.v1.KinshipService/ListBonds                 xx.x.x....
kinship.v1.KinshipService/BatchCheckBonds           ........xx
kinship.v1.KinshipService/StreamEvents              .....x..xx
wallet.v1.WalletService/OpenWallet                  xx........
wallet.v1.WalletService/GetWallet                   xx.x.x....
wallet.v1.WalletService/CanReceive                  xx.......x
wallet.v1.WalletService/FreezeWallet                x..x......
wallet.v1.WalletService/UnfreezeWallet              ...x......
wallet.v1.WalletService/CreditPersonalAccount       ...x......
wallet.v1.WalletService/ListLots                    xx.x.x....
wallet.v1.WalletService/ListEntries                 xx.x.x....
wallet.v1.WalletService/StreamEvents                .....xxx.x
wallet.v1.PaymentService/Pay                        ..x.......
wallet.v1.PaymentService/BatchPay                   ..x.......
wallet.v1.PaymentService/RefundPayment              .xx.......
wallet.v1.PaymentService/ReversePayment             ..x.......
wallet.v1.PaymentService/GetPayment                 xxxx.x...x
wallet.v1.PaymentService/ListPayments               xxxx.x...x
wallet.v1.BookService/Apply                         .........x
wallet.v1.BookService/StreamEntries                 .........x
wallet.v1.BookService/GetChainHead                  x..xxx...x
wallet.v1.BookService/Audit                         ...x.x...x
settlement.v1.TransferService/QuoteTransfer         xx........
settlement.v1.TransferService/CreateTransfer        xx........
settlement.v1.TransferService/ClaimTransfer         xx........
settlement.v1.TransferService/DeclineTransfer       xx........
settlement.v1.TransferService/GetTransfer           xx.xxx....
settlement.v1.TransferService/ListTransfers         xx.xxx....
settlement.v1.TransferService/WatchTransfer         xx.xxx....
settlement.v1.InstitutionService/PutInstitution     ...x......
settlement.v1.InstitutionService/GetInstitution     xxxxxxxxxx
settlement.v1.InstitutionService/ListInstitutions   xxxxxxxxxx
settlement.v1.InstitutionService/StreamEvents       .....x.xx.
settlement.v1.ClearingService/GetPeriod             ...xxx....
settlement.v1.ClearingService/ListPositions         ...xxx....
settlement.v1.OperationsService/ListParked          ....xx....
policy.v1.PolicyService/GetPolicy                   xxxxxxxxxx
policy.v1.PolicyService/CheckAvailability           xxxxxxxxxx
dev.v1.ClockService/GetClock                        xxxxxxxxxx
dev.v1.ClockService/SetClock                        xxxxxxxxxx
dev.v1.FaceLabService/EnrolFace                     xxxxxxxxxx
dev.v1.FaceLabService/SetMood                       xxxxxxxxxx
";

fn expected() -> BTreeMap<String, BTreeSet<Role>> {
    let row = |line: &str| {
        let (method, marks) = line.split_once(' ').unwrap();
        let marks = marks.trim();
        assert_eq!(marks.len(), Role::ALL.len(), "{line}");
        let roles = Role::ALL.iter().zip(marks.bytes()).filter(|(_, mark)| *mark == b'x');
        (format!("/gongji.{method}"), roles.map(|(role, _)| *role).collect())
    };
    EXPECTED.lines().filter(|line| !line.is_empty()).map(row).collect()
}

/// Every method of our packages in the descriptor set that is served by reflection.
fn described() -> BTreeSet<String> {
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let ours = set.file.iter().filter(|file| file.package().starts_with("gongji."));
    ours.flat_map(|file| {
        file.service.iter().flat_map(move |service| {
            let path = format!("/{}.{}/", file.package(), service.name());
            service.method.iter().map(move |method| format!("{path}{}", method.name()))
        })
    })
    .collect()
}

fn caller(role: Role) -> Caller {
    let scope = match role {
        Role::Citizen => Scope::Person(Uuid::from_u128(7)),
        Role::Operator => Scope::Pool("320100".into()),
        Role::Institution => Scope::Institutions(vec!["H32010000001".into()]),
        Role::Agency => Scope::Province("32".into()),
        Role::Wallet => Scope::Book("32-01".into()),
        Role::Centre | Role::Auditor | Role::Identity | Role::Kinship | Role::Settlement => Scope::Country,
    };
    Caller::new(role, scope)
}

/// Calls through the gate; the inner service answers with the role it was told of.
async fn call(path: &str, token: Option<&str>) -> Result<String, Status> {
    let inner = tower::service_fn(|request: http::Request<Body>| async move {
        let role = request.extensions().get::<Caller>().map_or("nobody", |caller| caller.role.name());
        Ok(http::Response::builder().header("told", role).body(Body::empty()).expect("a plain header"))
    });
    let mut request = http::Request::post(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut gate = Gate::new(inner, OPTIONS, CancellationToken::new());
    let response = gate.call(request.body(Body::empty()).unwrap()).await.unwrap();
    match Status::from_header_map(response.headers()) {
        Some(status) => Err(status),
        None => Ok(response.headers()["told"].to_str().unwrap().to_owned()),
    }
}

#[test]
fn the_table_the_contracts_and_the_second_copy_name_the_same_methods() {
    let rows: BTreeSet<String> = table::methods().map(str::to_owned).collect();
    assert_eq!(rows.len(), table::methods().count(), "a method has two rows");
    assert_eq!(rows, described());
    assert_eq!(rows, expected().into_keys().collect());
}

#[tokio::test]
async fn every_role_on_every_method_is_let_in_or_refused_as_written() {
    for (method, roles) in expected() {
        for role in Role::ALL {
            let answer = call(&method, Some(&caller(role).token())).await;
            match (roles.contains(&role), answer) {
                (true, Ok(told)) => assert_eq!(told, role.name(), "{method}"),
                (false, Err(status)) => {
                    let reason = status::reason(&status);
                    let seen = (status.code(), reason.as_deref());
                    assert_eq!(
                        seen,
                        (Code::PermissionDenied, Some("CALLER_NOT_ALLOWED")),
                        "{method} {role:?}"
                    );
                }
                (_, other) => panic!("{method} {role:?}: {other:?}"),
            }
        }
        let nobody = call(&method, None).await.unwrap_err();
        assert_eq!(nobody.code(), Code::Unauthenticated, "{method}");
    }
}

#[tokio::test]
async fn health_and_reflection_are_for_all_and_an_unknown_method_for_nobody() {
    for path in [
        "/grpc.health.v1.Health/Check",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ] {
        assert_eq!(call(path, None).await.unwrap(), "nobody");
    }
    for path in ["/gongji.wallet.v1.BookService/Nothing", "/", "/grpc.health.v1.Healthy/Check"] {
        for role in Role::ALL {
            let refused = call(path, Some(&caller(role).token())).await.unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied, "{path} {role:?}");
        }
    }
}

#[test]
fn tokens_read_back_and_nonsense_is_nobody() {
    for role in Role::ALL {
        let mut caller = caller(role);
        assert_eq!(Caller::parse(&caller.token()), Some(caller.clone()));
        caller.name = Some("window-3".into());
        assert_eq!(Caller::parse(&caller.token()), Some(caller));
    }
    let wrong = [
        "",
        "dev:",
        "dev:citizen",
        "dev:citizen:7",
        "dev:citizen:00000000000000000000000000000007",
        "dev:citizen:A0000000-0000-0000-0000-000000000007",
        "dev:operator:32010",
        "dev:operator:32010x",
        "dev:institution:",
        "dev:institution:H32010000001,",
        "dev:institution:320100000011",
        "dev:agency:320",
        "dev:centre:32",
        "dev:service",
        "dev:service:treasury",
        "dev:service:wallet",
        "dev:service:wallet-32",
        "dev:operator:320100:",
        "dev:operator:320100:A B",
        "prod:auditor:",
    ];
    for token in wrong {
        assert_eq!(Caller::parse(token), None, "{token}");
    }
}

#[test]
fn a_scope_binds_the_roles_that_have_it_and_no_other() {
    let own = Uuid::from_u128(7);
    let other = Uuid::from_u128(8);
    for role in Role::ALL {
        let caller = caller(role);
        let table = [
            (caller.acts_for(own), caller.acts_for(other), role == Role::Citizen),
            (caller.acts_for_one_of(&[other, own]), caller.acts_for_one_of(&[]), role == Role::Citizen),
            (
                caller.in_pool("320100"),
                caller.in_pool("510100"),
                matches!(role, Role::Operator | Role::Agency),
            ),
            (
                caller.in_one_of_pools(["510100", "320100"]),
                caller.in_one_of_pools(["510100", "639900"]),
                matches!(role, Role::Operator | Role::Agency),
            ),
            (caller.in_province(32), caller.in_province("51"), matches!(role, Role::Operator | Role::Agency)),
            (
                caller.holds_institution("H32010000001"),
                caller.holds_institution("H32010000002"),
                role == Role::Institution,
            ),
            (caller.keeps_book("32-01"), caller.keeps_book("51-01"), role == Role::Wallet),
        ];
        for (within, beyond, binds) in table {
            assert_eq!(within, Ok(()), "{role:?}");
            assert_eq!(beyond.is_err(), binds, "{role:?}");
            if let Err(refusal) = beyond {
                assert_eq!((refusal.code, refusal.reason.as_str()), (Code::PermissionDenied, "OUT_OF_SCOPE"));
            }
        }
    }
    assert!(caller(Role::Operator).in_pool("320200").is_err());
    assert!(caller(Role::Agency).in_pool("320200").is_ok());
}
