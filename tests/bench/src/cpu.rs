//! Who used the processors: the services, PostgreSQL, this program, or somebody else. Read from `/proc`.
//!
//! Times are ticks of 10 ms, which is what Linux shows on every machine; phases last seconds.

use std::fs;

use anyhow::{Context, Result};

/// A tick in microseconds.
const TICK: u64 = 10_000;

/// Processor time used so far, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) services: u64,
    pub(crate) postgres: u64,
    /// This program and the pgbench runs that ended.
    pub(crate) callers: u64,
    /// By everybody, with what the hypervisor kept.
    busy: u64,
    /// That all processors together had to give.
    all: u64,
}

impl Usage {
    /// Up to now.
    pub(crate) fn now(services: &[u32], postmaster: u32) -> Result<Self> {
        let mut usage = Self::machine()?;
        for entry in fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // A process may end between the two looks; its parent then has its time.
            let Some((parent, used)) = process(pid) else { continue };
            if services.contains(&pid) {
                usage.services += used;
            } else if pid == postmaster || parent == postmaster {
                usage.postgres += used;
            } else if pid == std::process::id() {
                usage.callers += used;
            }
        }
        Ok(usage)
    }

    fn machine() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().context("/proc/stat begins with all processors")?;
        // user nice system idle iowait irq softirq steal; what follows is counted in user already.
        let ticks = line.split_whitespace().skip(1).take(8).map(str::parse::<u64>);
        let ticks = ticks.collect::<Result<Vec<u64>, _>>()?;
        let all: u64 = ticks.iter().sum();
        let idle: u64 = ticks.iter().skip(3).take(2).sum();
        Ok(Self { busy: (all - idle) * TICK, all: all * TICK, ..Self::default() })
    }

    /// What was used since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            services: self.services.saturating_sub(before.services),
            postgres: self.postgres.saturating_sub(before.postgres),
            callers: self.callers.saturating_sub(before.callers),
            busy: self.busy.saturating_sub(before.busy),
            all: self.all.saturating_sub(before.all),
        }
    }

    /// How much of the machine went to others, in thousandths.
    pub(crate) fn others_permille(&self) -> u64 {
        let ours = self.services + self.postgres + self.callers;
        self.busy.saturating_sub(ours) * 1_000 / self.all.max(1)
    }
}

/// The parent of a process and the time it and its ended children used.
fn process(pid: u32) -> Option<(u32, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold blanks.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum::<u64>();
    Some((fields.get(1)?.parse().ok()?, ticks * TICK))
}

/// The most memory a process ever held, in KiB.
pub(crate) fn peak_kib(pid: u32) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_work_is_not_somebody_elses() {
        let before = Usage::now(&[], 0).unwrap();
        let mut sum = 0_u64;
        while Usage::now(&[], 0).unwrap().since(before).callers < 10 * TICK {
            sum = (0..100_000_u64).fold(sum, |sum, n| sum.wrapping_add(n * n));
        }
        assert_ne!(sum, 0);
        let used = Usage::now(&[std::process::id()], 0).unwrap();
        assert!(used.services >= 10 * TICK && used.callers == 0, "{used:?}");
    }

    #[test]
    fn others_are_what_is_busy_beyond_us() {
        let used = Usage { services: 300, postgres: 200, callers: 100, busy: 800, all: 1_000 };
        assert_eq!(used.others_permille(), 200);
    }
}
