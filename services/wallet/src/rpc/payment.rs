//! PaymentService: payments, refunds and reversals at institutions.

mod credential;
mod paying;

use std::sync::Arc;

use chassis::{
    access::{self, Caller, Role},
    batch::Lane,
    failure, serve,
    status::Refusal,
};
use ledger::{
    Command as BookCommand, Outcome as BookOutcome,
    codes::{LegKind, RefundKind},
    outcome::Done,
};
use proto::{
    common::View,
    wallet::{self as wire, payment_service_server::PaymentService},
};
use standards::{PaymentId, PersonId};
use tonic::{Request, Response, Status};

use super::{agreed_to_read, answered, may_read, read};
use crate::{
    command::Command,
    convert::{
        self,
        fields::Fields,
        receipt::{self, PaymentNow, Shown},
    },
    error,
    page::Asked,
    reading,
    shared::Shared,
    sql::{self, read::PaymentsOf},
};

/// The service over one book.
pub(crate) struct Payments(pub(crate) Arc<Shared>);

impl Payments {
    /// Payments as they are now; those that never came are left out.
    async fn payments(&self, payments: &[PaymentId]) -> Result<Vec<PaymentNow>, Status> {
        let ids: Vec<_> = payments.iter().map(|payment| payment.uuid()).collect();
        read(&self.0, move |mut conn| async move {
            let rows = sql::load::payments(&mut conn, &ids, &[]).await?;
            reading::payments(&mut conn, rows).await
        })
        .await
    }

    /// A payment as it is now; none if it never came.
    async fn payment(&self, payment: PaymentId) -> Result<Option<PaymentNow>, Status> {
        Ok(self.payments(&[payment]).await?.pop())
    }

    async fn reply_of(&self, payment: PaymentId, shown: Shown) -> Result<Option<wire::Payment>, Status> {
        let now = self.payment(payment).await?;
        Ok(now.map(|now| receipt::payment(self.0.book, &now, shown)))
    }

    /// When a record was decided.
    async fn time_of(&self, sequence: Option<i64>) -> Result<time::OffsetDateTime, Status> {
        let sequence = sequence.ok_or_else(|| error::broken("an answer has no record"))?;
        let times =
            read(&self.0, move |mut conn| async move { Ok(reading::times(&mut conn, &[sequence]).await?) });
        times.await?.get(&sequence).copied().ok_or_else(|| error::broken("a record is not there"))
    }
}

/// What is wrong with the only payment of a call has a field's name.
fn said_of_one(refusal: &Refusal) -> Option<Status> {
    let (english, chinese) = (&refusal.message_en, &refusal.message_zh);
    (refusal.reason == "FIELD_INVALID")
        .then(|| error::field("draft.credential.token", "NOT_GENUINE", english, chinese))
}

/// Who may see a payment, and how much of it.
fn shown_to(caller: &Caller, now: &PaymentNow, view: View) -> Result<Shown, Status> {
    let full = if view == View::Full { Shown::Full } else { Shown::Basic };
    let patient = now.pay.patient.uuid();
    if let Some(person) = caller.person() {
        let sharer = now.legs.iter().any(|leg| leg.kind == LegKind::Lot && leg.owner.uuid() == person);
        if person != patient && sharer {
            return Ok(Shown::Sharer(PersonId::new(person)));
        }
        caller.acts_for(patient)?;
    }
    caller.holds_institution(now.pay.institution)?;
    if let Some(pool) = now.institution_pool {
        caller.in_one_of_pools([pool, now.pay.insured_pool])?;
    }
    Ok(full)
}

#[tonic::async_trait]
impl PaymentService for Payments {
    async fn pay(&self, request: Request<wire::PayRequest>) -> Result<Response<wire::PayResponse>, Status> {
        let call = (self.0.clock.now(), serve::deadline(&request));
        let caller = access::caller(&request)?;
        let pay = convert::payment::pay(request.into_inner(), self.0.known(call.0, None), call.0)?;
        let mut paid = self.pay_all(&caller, Lane::Interactive, call, vec![pay]).await?;
        let paid = paid.pop().ok_or_else(|| error::broken("a payment was not answered"))?;
        let payment = paid.map_err(|refusal| said_of_one(&refusal).unwrap_or_else(|| refusal.into()))?;
        Ok(Response::new(wire::PayResponse { payment: Some(payment) }))
    }

    async fn batch_pay(
        &self,
        request: Request<wire::BatchPayRequest>,
    ) -> Result<Response<wire::BatchPayResponse>, Status> {
        let call = (self.0.clock.now(), serve::deadline(&request));
        let caller = access::caller(&request)?;
        let pays = convert::payment::pays(request.into_inner(), self.0.known(call.0, None), call.0)?;
        // Nobody at a counter waits behind a list.
        let paid = self.pay_all(&caller, Lane::Bulk, call, pays).await?;
        Ok(Response::new(wire::BatchPayResponse { results: receipt::results(paid) }))
    }

    async fn refund_payment(
        &self,
        request: Request<wire::RefundPaymentRequest>,
    ) -> Result<Response<wire::RefundPaymentResponse>, Status> {
        let caller = access::caller(&request)?;
        let refund = convert::payment::refund(request.into_inner())?;
        caller.holds_institution(refund.refund.institution)?;
        if caller.role == Role::Operator {
            if refund.refund.kind != RefundKind::ManualReimbursement {
                let english = "a counter refunds after manual reimbursement only";
                return Err(error::field("kind", "NOT_ALLOWED", english, "经办窗口仅可办理手工报销后退回"));
            }
            if let Some(now) = self.payment(refund.refund.payment).await? {
                shown_to(&caller, &now, View::Basic)?;
            }
        }
        let decided = self.0.decide(Lane::Interactive, Command::Refund(refund.clone())).await?;
        let BookOutcome::Done(Done::Refund(moved)) = answered(decided.outcome)? else {
            return Err(error::broken("a refund was answered with something else"));
        };
        let at = match decided.now {
            Some(now) => now,
            None => self.time_of(decided.sequence).await?,
        };
        Ok(Response::new(wire::RefundPaymentResponse { refund: Some(receipt::refund(&refund, &moved, at)) }))
    }

    async fn reverse_payment(
        &self,
        request: Request<wire::ReversePaymentRequest>,
    ) -> Result<Response<wire::ReversePaymentResponse>, Status> {
        let caller = access::caller(&request)?;
        let reverse = convert::payment::reverse(request.into_inner())?;
        caller.holds_institution(reverse.institution)?;
        let payment = reverse.payment;
        let command = Command::Book(BookCommand::ReversePayment(reverse));
        answered(self.0.decide(Lane::Interactive, command).await?.outcome)?;
        let payment = self.reply_of(payment, Shown::Basic).await?;
        Ok(Response::new(wire::ReversePaymentResponse { payment }))
    }

    async fn get_payment(
        &self,
        request: Request<wire::GetPaymentRequest>,
    ) -> Result<Response<wire::GetPaymentResponse>, Status> {
        let caller = access::caller(&request)?;
        let (metadata, _, request) = request.into_parts();
        let mut fields = Fields::new();
        let payment = fields.id("payment_id", &request.payment_id, PaymentId::parse);
        let view = fields.choice("view", request.view, |view: View| Some(view));
        let (payment, view) = fields.finish(payment.zip(view))?;
        agreed_to_read(&self.0, &caller, &metadata).await?;
        let now = self.payment(payment).await?;
        let now = now.ok_or_else(|| error::book_refusal(&ledger::Refusal::PaymentUnknown))?;
        let shown = shown_to(&caller, &now, view)?;
        Ok(Response::new(wire::GetPaymentResponse {
            payment: Some(receipt::payment(self.0.book, &now, shown)),
        }))
    }

    async fn list_payments(
        &self,
        request: Request<wire::ListPaymentsRequest>,
    ) -> Result<Response<wire::ListPaymentsResponse>, Status> {
        let caller = access::caller(&request)?;
        let (metadata, _, request) = request.into_parts();
        let mut fields = Fields::new();
        let party = party(&mut fields, request.party.as_ref());
        let span = fields.span(&request.from_day, &request.to_day);
        fields.page_size(request.page_size);
        let ((party, shown), span) = fields.finish(party.zip(span))?;
        allowed(&caller, &party, &self.0).await?;
        agreed_to_read(&self.0, &caller, &metadata).await?;
        let name = format!("{:?}", request.party);
        let filter: [&(dyn std::fmt::Display + Sync); 4] =
            [&"payments", &name, &request.from_day, &request.to_day];
        let asked =
            Asked::parse(request.page_size, &request.page_token, &filter).ok_or_else(failure::page_token)?;
        let (before, limit) = (asked.before(), i64::try_from(asked.size + 1).unwrap_or(i64::MAX));
        let size = asked.size;
        let listed = read(&self.0, move |mut conn| async move {
            let mut rows = sql::read::payments_of(&mut conn, &party, span, before, limit).await?;
            let more = rows.len() > size;
            rows.truncate(size);
            let last = rows.last().filter(|_| more).map(|row| row.sequence);
            Ok((reading::payments(&mut conn, rows).await?, last))
        });
        let (payments, last) = listed.await?;
        let render = |now: &PaymentNow| receipt::payment(self.0.book, now, shown);
        Ok(Response::new(wire::ListPaymentsResponse {
            payments: payments.iter().map(render).collect(),
            next_page_token: last.map(|last| asked.next(&[last])).unwrap_or_default(),
        }))
    }
}

/// Whose payments, and how much of them is shown.
fn party(
    fields: &mut Fields,
    party: Option<&wire::list_payments_request::Party>,
) -> Option<(PaymentsOf, Shown)> {
    use wire::list_payments_request::Party;
    match party {
        None => {
            let english = "exactly one of patient_person_id, sharer_person_id and institution_code";
            fields.refuse("party", "MISSING", english, "请填写就医人、共济人或机构之一");
            None
        }
        Some(Party::PatientPersonId(text)) => {
            let person = fields.id("patient_person_id", text, PersonId::parse)?;
            Some((PaymentsOf::Patient(person.uuid()), Shown::Basic))
        }
        Some(Party::SharerPersonId(text)) => {
            let person = fields.id("sharer_person_id", text, PersonId::parse)?;
            Some((PaymentsOf::Sharer(person.uuid()), Shown::Sharer(person)))
        }
        Some(Party::InstitutionCode(text)) => {
            let code = fields.institution("institution_code", text)?;
            Some((PaymentsOf::Institution(code.to_string()), Shown::Basic))
        }
    }
}

/// A citizen lists the own payments, an institution its own, an office those of its people and institutions.
async fn allowed(caller: &Caller, party: &PaymentsOf, shared: &Shared) -> Result<(), Status> {
    match party {
        PaymentsOf::Patient(person) | PaymentsOf::Sharer(person) => {
            if caller.role == Role::Institution {
                let english = "an institution lists its own payments by its code";
                return Err(error::field("party", "NOT_ALLOWED", english, "机构仅可按本机构编码查询"));
            }
            may_read(shared, caller, PersonId::new(*person)).await
        }
        PaymentsOf::Institution(code) => {
            caller.holds_institution(code)?;
            match caller.role {
                Role::Citizen => {
                    let english = "a citizen lists the own payments by person";
                    Err(error::field("party", "NOT_ALLOWED", english, "个人仅可查询本人的结算"))
                }
                Role::Operator | Role::Agency => {
                    let codes = [code.clone()];
                    let known = read(shared, move |mut conn| async move {
                        Ok(sql::follow::institutions(&mut conn, &codes).await?)
                    });
                    let pools = known.await?.into_iter().map(|institution| institution.pool);
                    Ok(caller.in_one_of_pools(pools)?)
                }
                _ => Ok(()),
            }
        }
    }
}
