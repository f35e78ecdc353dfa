//! A careful client of services that die: every request is made once and sent again, to the letter, until its answer
//! is certain. What moves money is written down for the checker.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use checker::history::Reply;
use e2e::{
    Order, Scene, Witness,
    careful::{Careful, IMPATIENCE},
    is_uncertain, reason,
};
use testkit::desk::is_news;

/// How long all repeats of a request may take together.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(20);

/// A client of every service.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) witness: Witness,
    pub(crate) careful: Careful,
}

impl Client {
    /// Writes down what it is told with this witness.
    pub(crate) fn of(scene: &Scene, witness: Witness) -> Self {
        Self { witness, careful: Careful { desk: scene.desk.clone(), patience: PATIENCE } }
    }

    /// Asks until the answer is certain and says this state, if one is named. Gives the order that was answered.
    pub(crate) async fn done(&self, make: impl Fn() -> Order, state: &str) -> Result<(Order, Reply)> {
        let deadline = Instant::now() + PATIENCE;
        let mut order = make();
        loop {
            match self.witness.ask_within(&order, IMPATIENCE).await {
                Ok(reply) if state.is_empty() || reply.state == state => return Ok((order, reply)),
                Ok(reply) if Instant::now() >= deadline => bail!("{order:?}: still {reply:?}"),
                Err(status) if Instant::now() >= deadline => bail!("{order:?}: still {status:?}"),
                Ok(_) => {}
                Err(status) if is_uncertain(&status) => {}
                Err(status) if is_news(&status) => order = make(),
                Err(status) => bail!("{order:?}: {status:?}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks until it is refused for this reason.
    pub(crate) async fn refused(&self, make: impl Fn() -> Order, wanted: &str) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut order = make();
        loop {
            let answer = self.witness.ask_within(&order, IMPATIENCE).await;
            match answer {
                Err(status) if reason(&status) == wanted => return Ok(()),
                Err(status) if is_news(&status) => order = make(),
                Err(status) if !is_uncertain(&status) => {
                    bail!("{order:?}: not refused for {wanted}: {status:?}")
                }
                answer if Instant::now() >= deadline => {
                    bail!("{order:?}: not refused for {wanted}: {answer:?}")
                }
                _ => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks again what was answered in the end with this state.
    pub(crate) async fn becomes(&self, order: &Order, state: &str) -> Result<()> {
        self.done(|| order.clone(), state).await.map(|_| ()).with_context(|| format!("waiting for {state}"))
    }
}
