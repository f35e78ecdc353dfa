//! A scene whose callers are written down, and what its run has to show in the end.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, ensure};
use checker::{Hits, Plan, Run, Verdict, history, history::Recorder};
use e2e::{Dice, Scene, Witness, pool, seed};
use sqlx::{Connection, PgConnection};
use testkit::{desk::Desk, postgres::PrivatePostgres};

use crate::{AT_HOME, HOSPITAL, caller::Caller};

/// The whole of a run.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    /// The server under it, if it is this run's own.
    pub(crate) postgres: Option<PrivatePostgres>,
    pub(crate) dice: Dice,
    /// What was found while it ran.
    pub(crate) verdict: Verdict,
    seed: u64,
    faults: BTreeMap<String, Hits>,
    callers: u32,
    recorder: Recorder,
    file: PathBuf,
    _home: tempfile::TempDir,
}

impl Stage {
    pub(crate) async fn of(scene: Scene, postgres: Option<PrivatePostgres>) -> Result<Self> {
        let seed = seed()?;
        eprintln!("GONGJI_TEST_SEED={seed}");
        scene.institution(HOSPITAL, pool(510_100)).await?;
        scene.institution(AT_HOME, pool(320_100)).await?;
        let home = tempfile::tempdir()?;
        let file = home.path().join("history.jsonl");
        Ok(Self {
            scene,
            postgres,
            dice: Dice::new(seed),
            verdict: Verdict::default(),
            seed,
            faults: BTreeMap::new(),
            callers: 0,
            recorder: Recorder::create(&file)?,
            file,
            _home: home,
        })
    }

    /// Somebody who calls over connections of his own.
    pub(crate) fn witness(&mut self) -> Result<(Witness, Desk)> {
        self.callers += 1;
        let desk = Desk::of(&self.scene.cluster)?;
        let process = self.recorder.process(self.callers);
        Ok((Witness::new(process, self.scene.channel("settlement"), desk.clone()), desk))
    }

    /// Callers for as many new families, in both of whose books everybody is known.
    pub(crate) async fn callers(&mut self, families: usize) -> Result<Vec<Caller>> {
        let scene = &self.scene;
        let families = (0..families).map(async |_| {
            let family = scene.family(320_100, "1000.00", 510_100, false).await?;
            scene.pay(&family.beneficiary, HOSPITAL, "0.01").await?;
            scene.pay(&family.sharer, AT_HOME, "0.01").await?;
            anyhow::Ok(family)
        });
        let mut callers = Vec::new();
        for family in futures::future::try_join_all(families).await? {
            let (witness, desk) = self.witness()?;
            let dice = Dice::of(self.dice.draw(), u64::from(self.callers));
            let bills = [self.scene.bill(HOSPITAL, "1.00"), self.scene.bill(AT_HOME, "1.00")];
            callers.push(Caller::new(witness, desk, family, bills, dice));
        }
        Ok(callers)
    }

    /// A fault that was to happen so often, and did.
    pub(crate) fn fired(&mut self, fault: &str, planned: u64, fired: u64) {
        eprintln!("{fault}: {fired}");
        self.faults.insert(fault.to_owned(), Hits { planned, fired });
    }

    /// Every call so far.
    pub(crate) fn calls(&self) -> Result<Vec<history::Call>> {
        self.recorder.flush()?;
        history::read(&self.file)
    }

    /// The names of all databases.
    pub(crate) fn databases(&self) -> Result<Vec<String>> {
        let names = self.scene.cluster.names().map(|name| {
            let url = self.scene.cluster.database(name)?;
            Ok(url.rsplit_once('/').context("a database address names a database")?.1.to_owned())
        });
        names.collect()
    }

    /// A session of the server that is in none of our databases.
    pub(crate) async fn server(&self) -> Result<PgConnection> {
        let url = self.scene.cluster.database("settlement")?;
        let (server, _) = url.rsplit_once('/').context("a database address names a database")?;
        Ok(PgConnection::connect(&format!("{server}/postgres")).await?)
    }

    /// What all services have logged so far with these words in it.
    pub(crate) fn logged(&self, words: &str) -> Result<usize> {
        let mut found = 0;
        for entry in std::fs::read_dir(self.scene.cluster.logs())? {
            let log = std::fs::read_to_string(entry?.path())?;
            found += log.lines().filter(|line| line.contains(words)).count();
        }
        Ok(found)
    }

    /// Quiet, judged, and not void.
    pub(crate) async fn finish(mut self, plan: Plan) -> Result<()> {
        self.verdict.add(self.scene.verdict().await?);
        let calls = self.calls()?;
        self.verdict.add(checker::check_with(&self.scene.sources()?, &calls).await?);
        let unanswered = history::open(&calls).len();
        let deadlocks = self.logged("deadlock detected")?;
        let (databases, mut server) = (self.databases()?, self.server().await?);
        let Self { scene, postgres, verdict, seed, faults, .. } = self;
        scene.close()?;
        let run = Run::of(verdict, &calls, faults, &plan).about("seed", seed);
        for (operation, tally) in &run.traffic {
            eprintln!("{operation:?}: {tally:?}");
        }
        run.assert_passed();
        ensure!(unanswered == 0, "{unanswered} calls were never asked again, seed {seed}");
        let counted = "SELECT sum(deadlocks)::bigint, sum(xact_commit)::bigint FROM pg_stat_database
            WHERE datname = ANY($1)";
        // Their sessions have ended with the services, and said what they had counted.
        let (counted, commits): (i64, i64) =
            sqlx::query_as(counted).bind(databases).fetch_one(&mut server).await?;
        server.close().await?;
        ensure!(
            (counted, deadlocks) == (0, 0),
            "{counted} deadlocks, {deadlocks} of them logged, seed {seed}"
        );
        ensure!(commits > 0, "the server counted no commit at all");
        drop(postgres);
        Ok(())
    }
}
