//! Named points at which a test kills the process as hard as a power cut would.
//!
//! `GONGJI_CRASH_AT=name` aborts at the first hit of that name, `name:3` at the third; several are separated
//! by commas. Builds without debug assertions contain none of it.

/// Aborts here if the environment asks for this point. Does nothing in a release build.
#[macro_export]
macro_rules! crash_point {
    ($name:expr) => {
        #[cfg(debug_assertions)]
        $crate::crash::hit($name);
    };
}

#[cfg(debug_assertions)]
pub use self::armed::hit;

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };

    /// The variable that arms points.
    const VARIABLE: &str = "GONGJI_CRASH_AT";

    struct Point {
        name: String,
        /// Hits left until the abort.
        left: AtomicU64,
    }

    static POINTS: LazyLock<Vec<Point>> =
        LazyLock::new(|| parse(&std::env::var(VARIABLE).unwrap_or_default()));

    fn parse(text: &str) -> Vec<Point> {
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                let (name, count) = item.split_once(':').unwrap_or((item, "1"));
                let count = count.parse::<u64>().unwrap_or(1).max(1);
                Point { name: name.to_owned(), left: AtomicU64::new(count) }
            })
            .collect()
    }

    /// Counts a hit, and aborts the process if it is the one that was asked for.
    pub fn hit(name: &str) {
        if let Some(point) = POINTS.iter().find(|point| point.name == name)
            && point.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            tracing::error!(point = name, "crash point: aborting");
            std::process::abort();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_list_of_points_names_which_hit_kills() {
            let points = parse("a, b:3 ,,c:x");
            let read: Vec<_> =
                points.iter().map(|point| (point.name.as_str(), point.left.load(Ordering::SeqCst))).collect();
            assert_eq!(read, [("a", 1), ("b", 3), ("c", 1)]);
        }
    }
}
