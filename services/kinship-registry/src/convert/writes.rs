//! Requests that change a bond that exists, register one at the counter, record a fact, or ask what would be.

use bond::{By, Channel, DissolveReason, Fact, SharingMode, check_reason};
use border::fields::Fields;
use chassis::access::{Caller, Role};
use money::Yuan;
use proto::kinship as wire;
use standards::{BondId, DocumentReference, FactId, PersonId, RequestId, civil};
use time::OffsetDateTime;
use tonic::Status;

use super::{
    fields,
    request::{guardian, operator},
};
use crate::{
    answer::Withdraw,
    certify::Certify,
    change::{Dissolve, SetSharing},
    counter::Register,
    eligibility::Question,
    persons::Pair,
    propose::Wish,
};

/// The most characters of the name of an authority.
const MAX_AUTHORITY: usize = 64;

/// What both bring to the counter, before identity was asked about them.
pub(crate) struct Registration {
    wish: Wish,
    consent: Option<bond::Commitment>,
    form: DocumentReference,
    guardian: Option<PersonId>,
}

impl Registration {
    /// 共济人, 被共济人.
    pub(crate) const fn persons(&self) -> (PersonId, PersonId) {
        (self.wish.sharer, self.wish.beneficiary)
    }

    /// Chosen by the caller.
    pub(crate) const fn bond_id(&self) -> BondId {
        self.wish.bond_id
    }

    /// With what identity says about the two.
    pub(crate) fn of(self, pair: Pair) -> Register {
        let Self { wish, consent, form, guardian } = self;
        Register { wish, consent, form, guardian, pair }
    }
}

/// 撤回; whether there is such a bond is found out later.
///
/// # Errors
/// All violations together.
pub(crate) fn withdrawal(request: &wire::WithdrawBondRequest, caller: &Caller) -> Result<Withdraw, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let operator = operator(caller);
    let whole = request_id.zip(bond_id);
    fields.finish(whole.map(|(request_id, bond_id)| Withdraw { request_id, bond_id, operator, found: false }))
}

/// 窗口登记; `now` bounds the times of the texts.
///
/// # Errors
/// All violations together.
pub(crate) fn registration(
    request: wire::RegisterBondAtCounterRequest,
    caller: &Caller,
    now: OffsetDateTime,
) -> Result<Registration, Status> {
    let mut fields = Fields::new();
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let programme = fields.programme("programme", request.programme);
    let sharer = fields.take("sharer_person_id", PersonId::parse(&request.sharer_person_id));
    let beneficiary = fields.take("beneficiary_person_id", PersonId::parse(&request.beneficiary_person_id));
    let relation = fields::relation(&mut fields, "relation", request.relation);
    let commitment = fields::commitment(&mut fields, "commitment", request.commitment, now);
    let consent =
        fields::commitment(&mut fields, "beneficiary_commitment", request.beneficiary_commitment, now);
    let evidence = fields::evidence(&mut fields, request.evidence);
    let form = fields.take("form_reference", request.form_reference.parse());
    if !request.both_present {
        let english = "a bond is made at once only when both stand at the counter";
        fields.refuse("both_present", "MUST_BE_TRUE", english, "双方到场方可当场办理");
    }
    let guardian = guardian(&mut fields, &request.acting_guardian_person_id, caller);
    let registration = (|| {
        let wish = Wish {
            bond_id: bond_id?,
            programme: programme?,
            sharer: sharer?,
            beneficiary: beneficiary?,
            relation: relation?,
            commitment: commitment?,
            evidence: evidence?,
            channel: Channel::Counter,
            operator: operator(caller),
        };
        Some(Registration { wish, consent: consent?, form: form?, guardian })
    })();
    fields.finish(registration)
}

/// 设置额度; whether there is such a bond is found out later.
///
/// # Errors
/// All violations together.
pub(crate) fn sharing(request: &wire::SetSharingRequest, caller: &Caller) -> Result<SetSharing, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let mode = fields.choice("mode", request.mode, |mode| match mode {
        wire::SharingMode::Unspecified => None,
        mode => Some(mode),
    });
    let sharing = match mode {
        Some(wire::SharingMode::Fixed) => {
            fields.take("amount", Yuan::parse_positive(&request.amount)).map(SharingMode::Fixed)
        }
        Some(_) if !request.amount.is_empty() => {
            let english = "with ALL there is no amount";
            fields.refuse("amount", "NOT_EMPTY", english, "共享全部时不填写金额");
            None
        }
        Some(_) => Some(SharingMode::All),
        None => None,
    };
    if request.expected_revision < 0 {
        let english = "a revision is 0 (any) or more";
        fields.refuse("expected_revision", "NEGATIVE", english, "版本号不能为负数");
    }
    let whole = (|| {
        Some(SetSharing {
            request_id: request_id?,
            bond_id: bond_id?,
            sharing: sharing?,
            expected_revision: request.expected_revision,
            operator: operator(caller),
            found: false,
        })
    })();
    fields.finish(whole)
}

/// 解除; whose bond it is is found out later.
///
/// # Errors
/// All violations together.
pub(crate) fn dissolution(request: &wire::DissolveBondRequest, caller: &Caller) -> Result<Dissolve, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let by = fields::by(&mut fields, "by", request.by);
    if by == Some(By::Operator) && caller.role != Role::Operator {
        let english = "OPERATOR is for an operator";
        fields.refuse("by", "NOT_THIS_CALLER", english, "该选项仅限经办人员使用");
    }
    let stated = fields::dissolve_reason(&mut fields, "reason", request.reason);
    let reason = match (by, stated) {
        (Some(By::Sharer), Some(None)) => Some(DissolveReason::VoluntarySharer),
        (Some(By::Beneficiary), Some(None)) => Some(DissolveReason::VoluntaryBeneficiary),
        (Some(By::Operator), Some(None)) => {
            fields.refuse("reason", "MISSING", "an operator states the reason", "请填写解除原因");
            None
        }
        (Some(by), Some(Some(reason))) if check_reason(by, reason).is_err() => {
            let english = "each of the two states only the own wish";
            fields.refuse("reason", "NOT_THEIRS", english, "本人只能以本人意愿解除");
            None
        }
        (_, stated) => stated.flatten(),
    };
    let whole = (|| {
        Some(Dissolve {
            request_id: request_id?,
            bond_id: bond_id?,
            by: by?,
            reason: reason?,
            operator: operator(caller),
            sharer: None,
        })
    })();
    fields.finish(whole)
}

/// 亲属事实; `now` bounds its day.
///
/// # Errors
/// All violations together.
pub(crate) fn fact(request: wire::RecordFamilyFactRequest, now: OffsetDateTime) -> Result<Fact, Status> {
    let mut fields = Fields::new();
    let id = fields.take("fact_id", FactId::parse(&request.fact_id));
    let kind = fields::fact_kind(&mut fields, "kind", request.kind);
    let a = fields.take("person_a", PersonId::parse(&request.person_a));
    let b = fields.take("person_b", PersonId::parse(&request.person_b));
    if a.is_some() && a == b {
        fields.refuse("person_b", "SAME_PERSON", "a fact is about two persons", "亲属事实须涉及两个人");
    }
    let on_day = fields::day(&mut fields, "on_day", &request.on_day, civil::day(now));
    let authority = fields.text("authority", request.authority, MAX_AUTHORITY);
    let reference = fields.take("reference", request.reference.parse());
    let fact = (|| {
        Some(Fact {
            id: id?,
            kind: kind?,
            a: a?,
            b: b?,
            on_day: on_day?,
            authority: authority?,
            reference: reference?,
        })
    })();
    fields.finish(fact)
}

/// 开具凭证; whether there is such a bond is found out later.
///
/// # Errors
/// All violations together.
pub(crate) fn certify(request: &wire::IssueCertificateRequest) -> Result<Certify, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let whole = request_id.zip(bond_id);
    fields.finish(whole.map(|(request_id, bond_id)| Certify { request_id, bond_id, found: false }))
}

/// A question about a bond that is not there.
///
/// # Errors
/// All violations together.
pub(crate) fn question(
    request: &wire::CheckEligibilityRequest,
    now: OffsetDateTime,
) -> Result<Question, Status> {
    let mut fields = Fields::new();
    let sharer = fields.take("sharer_person_id", PersonId::parse(&request.sharer_person_id));
    let beneficiary = fields.take("beneficiary_person_id", PersonId::parse(&request.beneficiary_person_id));
    let relation = fields::relation(&mut fields, "relation", request.relation);
    let programme = fields.programme("programme", request.programme);
    let at = match request.at_time {
        Some(time) => fields.instant("at_time", time),
        None => Some(now),
    };
    let question = (|| {
        Some(Question {
            sharer: sharer?,
            beneficiary: beneficiary?,
            relation: relation?,
            programme: programme?,
            at: at?,
        })
    })();
    fields.finish(question)
}
