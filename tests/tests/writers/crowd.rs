//! Many calls at one book at once: its head is held until all of them wait, so that batches are full by
//! construction and not by luck.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use e2e::Scene;
use futures::{
    FutureExt as _,
    future::{Either, join, join_all, select},
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
use tokio::sync::Notify;
use tonic::{Code, Status};

/// Where so many commands may wait for the writer, the rest of a crowd is turned away.
pub(crate) const ADMITTED: usize = 280;
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
    /// Somebody was turned away: as many as are admitted wait for the book.
    is_full: Notify,
}

impl<'a> Crowd<'a> {
    /// A crowd before a book in which [`ADMITTED`] may wait, with connections that are open.
    pub(crate) async fn before(scene: &'a Scene, book: &'static str, someone: &Party) -> Result<Self> {
        let doors = vec![Desk::of(&scene.cluster)?, Desk::of(&scene.cluster)?];
        for door in &doors {
            scene.certain(|| door.wallet_of(someone)).await?;
        }
        Ok(Self { scene, book, doors, is_full: Notify::new() })
    }

    /// Comes again as long as there is no room.
    pub(crate) async fn admitted<T, Answer>(&self, mut ask: impl FnMut() -> Answer) -> Result<T, Status>
    where
        Answer: Future<Output = Result<T, Status>>,
    {
        let deadline = Instant::now() + REST;
        loop {
            match ask().await {
                Err(status) if status.code() == Code::ResourceExhausted && Instant::now() < deadline => {
                    self.is_full.notify_one();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => return answer,
            }
        }
    }

    /// Asks `many` times at once, and calls `meanwhile` when as many as are admitted wait for the book. Gives the
    /// answers, and how many records each batch holds that it became; the first of them holds one.
    pub(crate) async fn ask<T>(
        &self,
        many: usize,
        ask: impl AsyncFn(usize, &Desk) -> T,
        meanwhile: impl FnOnce(),
    ) -> Result<(Vec<T>, Vec<i64>)> {
        ensure!(many > ADMITTED, "{many} calls do not fill the service");
        ensure!(many <= 150 * self.doors.len(), "{many} calls do not fit on the connections");
        // Whoever was turned away from an earlier crowd tells nothing of this one.
        let _ = self.is_full.notified().now_or_never();
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
        let others = pin!(join_all((1..many).map(|at| ask(at, &self.doors[at % self.doors.len()]))));
        let full = pin!(self.is_full.notified());
        let others = match select(others, full).await {
            Either::Left(_) => bail!("the book answered before it was let go"),
            Either::Right(((), others)) => others,
        };
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
