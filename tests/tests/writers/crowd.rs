//! Many calls at one book at once: its head is held until all of them wait, so that batches are full by
//! construction and not by luck.

use std::{pin::pin, time::Duration};

use anyhow::{Result, ensure};
use e2e::Scene;
use futures::{
    future::{join, join_all},
    poll,
};
use proto::wallet::{
    Payment, Refund, RefundKind, RefundPaymentRequest, payment_service_client::PaymentServiceClient,
};
use sqlx::{Connection, PgConnection};
use testkit::{
    desk::{Bill, Desk, Party, institution, under},
    people::id,
};
use tonic::Status;

/// How long the whole country may take to come to rest.
const REST: Duration = Duration::from_secs(40);

/// A payment that can be asked for again.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) payment: String,
    pub(crate) patient: Party,
    bill: Bill,
}

impl Order {
    /// A bill of this moment, under a new id.
    pub(crate) fn new(scene: &Scene, patient: &Party, at: &str, amount: &str) -> Self {
        Self { payment: id(), patient: patient.clone(), bill: scene.bill(at, amount) }
    }

    /// Asks once.
    pub(crate) async fn pay(&self, desk: &Desk) -> Result<Payment, Status> {
        desk.pay(&self.payment, &self.patient, &self.bill).await
    }

    /// Asks once for a part of it back.
    pub(crate) async fn refund(&self, desk: &Desk, refund: &str, amount: &str) -> Result<Refund, Status> {
        let request = RefundPaymentRequest {
            refund_id: refund.to_owned(),
            payment_id: self.payment.clone(),
            institution_code: self.bill.institution.clone(),
            kind: RefundKind::GoodsReturned.into(),
            personal_amount: amount.to_owned(),
            ..Default::default()
        };
        let channel = desk.wallet(self.patient.pool).map_err(|error| Status::not_found(error.to_string()))?;
        let request = under(&institution(&self.bill.institution), request);
        let reply = PaymentServiceClient::new(channel).refund_payment(request).await?.into_inner();
        reply.refund.ok_or_else(|| Status::internal("no refund in the reply"))
    }
}

/// Those who come to one book at the same time, through connections that carry at most 200 calls each.
pub(crate) struct Crowd<'a> {
    scene: &'a Scene,
    book: &'static str,
    doors: Vec<Desk>,
    /// Whose wallet is looked at, to see that a connection has been read that far.
    someone: Party,
}

impl<'a> Crowd<'a> {
    /// A crowd before the book of `someone`, with connections that are open.
    pub(crate) async fn before(scene: &'a Scene, book: &'static str, someone: &Party) -> Result<Self> {
        let doors = vec![Desk::of(&scene.cluster)?, Desk::of(&scene.cluster)?];
        let crowd = Self { scene, book, doors, someone: someone.clone() };
        crowd.is_read().await?;
        Ok(crowd)
    }

    /// The reply to a call tells that the calls before it on the same connection have been taken in.
    async fn is_read(&self) -> Result<()> {
        for door in &self.doors {
            self.scene.certain(|| door.wallet_of(&self.someone)).await?;
        }
        Ok(())
    }

    /// Asks `many` times at once, and calls `meanwhile` when all of it waits for the book. Gives the answers, and
    /// how many records each batch holds that it became; the first of them holds one.
    pub(crate) async fn ask<T>(
        &self,
        many: usize,
        ask: impl AsyncFn(usize, &Desk) -> T,
        meanwhile: impl FnOnce(),
    ) -> Result<(Vec<T>, Vec<i64>)> {
        ensure!(many <= 150 * self.doors.len(), "{many} calls do not fit on the connections");
        // Nothing but the crowd has something to store.
        checker::settled(&self.scene.sources()?, REST).await?;
        let url = self.scene.cluster.database(self.book)?;
        let mut holder = PgConnection::connect(url).await?;
        sqlx::query("BEGIN").execute(&mut holder).await?;
        let lock = sqlx::query_scalar::<_, i64>("SELECT seq FROM head FOR UPDATE");
        let before = lock.fetch_one(&mut holder).await?;

        let mut first = pin!(ask(0, &self.doors[0]));
        ensure!(poll!(&mut first).is_pending(), "an answer came before the book was let go");
        self.until_the_writer_waits(&mut PgConnection::connect(url).await?).await?;
        let mut others = pin!(join_all((1..many).map(|at| ask(at, &self.doors[at % self.doors.len()]))));
        ensure!(poll!(&mut others).is_pending(), "an answer came before the book was let go");
        self.is_read().await?;
        meanwhile();
        sqlx::query("ROLLBACK").execute(&mut holder).await?;

        let (first, others) = join(first, others).await;
        let sizes = "SELECT last_seq - first_seq + 1 FROM batch WHERE first_seq > $1 ORDER BY first_seq";
        let sizes = sqlx::query_scalar::<_, i64>(sizes).bind(before).fetch_all(&mut holder).await?;
        let answers = std::iter::once(first).chain(others).collect();
        Ok((answers, sizes))
    }

    async fn until_the_writer_waits(&self, conn: &mut PgConnection) -> Result<()> {
        let conn = tokio::sync::Mutex::new(conn);
        let waiting = async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let mut conn = conn.lock().await;
            let waiting = sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut **conn).await?;
            Ok((waiting > 0).then_some(()))
        };
        self.scene.eventually("the writer waits for the head", waiting).await
    }
}
