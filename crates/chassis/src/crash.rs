//! Named points at which a test kills the process as hard as a power cut would.
//!
//! `GONGJI_CRASH_AT=place` aborts at the first hit of that place, `place@label` at the first that concerns the label
//! (a command of the batch, a step, a feed), `place@label:3` at the third; several are separated by commas. What
//! fires says so on stderr before it does. Builds without debug assertions contain none of it.

/// Aborts here if the environment asks for this place, or for it and one of the labels. Does nothing in a release
/// build, which does not even evaluate the labels.
#[macro_export]
macro_rules! crash_point {
    ($place:expr) => {
        $crate::crash_point!($place, ::std::iter::empty::<&str>());
    };
    ($place:expr, $labels:expr) => {
        #[cfg(debug_assertions)]
        $crate::crash::hit($place, $labels);
    };
}

#[cfg(debug_assertions)]
pub use self::armed::hit;

#[cfg(debug_assertions)]
mod armed {
    use std::{
        io::Write as _,
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering},
        },
    };

    /// The variable that arms points.
    const VARIABLE: &str = "GONGJI_CRASH_AT";

    struct Point {
        /// As it was asked for.
        asked: String,
        place: String,
        /// Only hits that concern this count.
        label: Option<String>,
        /// Hits left until the abort.
        left: AtomicU64,
    }

    static POINTS: LazyLock<Vec<Point>> =
        LazyLock::new(|| parse(&std::env::var(VARIABLE).unwrap_or_default()));

    fn parse(text: &str) -> Vec<Point> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items
            .map(|item| {
                let (name, count) = item.split_once(':').unwrap_or((item, "1"));
                let (place, label) =
                    name.split_once('@').map_or((name, None), |(place, label)| (place, Some(label)));
                Point {
                    asked: item.to_owned(),
                    place: place.to_owned(),
                    label: label.map(str::to_owned),
                    left: AtomicU64::new(count.parse::<u64>().unwrap_or(1).max(1)),
                }
            })
            .collect()
    }

    impl Point {
        fn is_hit(&self, place: &str, labels: &[impl AsRef<str>]) -> bool {
            let concerns = |wanted: &String| labels.iter().any(|label| label.as_ref() == wanted.as_str());
            self.place == place && self.label.as_ref().is_none_or(concerns)
        }

        /// Counts a hit; true if it is the one that was asked for.
        fn count(&self) -> bool {
            self.left.fetch_sub(1, Ordering::SeqCst) == 1
        }
    }

    /// Counts a hit of a place that concerns these labels, and aborts the process if it is one that was asked for.
    pub fn hit<L: AsRef<str>>(place: &str, labels: impl IntoIterator<Item = L>) {
        if POINTS.iter().all(|point| point.place != place) {
            return;
        }
        let labels: Vec<L> = labels.into_iter().collect();
        for point in POINTS.iter().filter(|point| point.is_hit(place, &labels)) {
            if point.count() {
                // Whoever armed it reads here which one it was. Nobody is left to hear that this failed.
                let _ = writeln!(std::io::stderr(), "{VARIABLE} {} aborts", point.asked);
                std::process::abort();
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_list_of_points_names_which_hit_of_what_kills() {
            let points = parse("a, b:3 ,,c:x,d@grant,e@grant:2");
            let read: Vec<_> = points
                .iter()
                .map(|point| {
                    (point.place.as_str(), point.label.as_deref(), point.left.load(Ordering::SeqCst))
                })
                .collect();
            let expected = [
                ("a", None, 1),
                ("b", None, 3),
                ("c", None, 1),
                ("d", Some("grant"), 1),
                ("e", Some("grant"), 2),
            ];
            assert_eq!(read, expected);
        }

        #[test]
        fn only_what_concerns_the_label_counts_and_a_batch_counts_once() {
            let points = parse("batch.after_commit@grant:2,batch.after_commit");
            let (grants, any) = (&points[0], &points[1]);
            assert!(!grants.is_hit("batch.after_commit", &["pay", "refund"]));
            assert!(!grants.is_hit("batch.before_commit", &["grant"]));
            assert!(any.is_hit("batch.after_commit", &[] as &[&str]));
            assert!(grants.is_hit("batch.after_commit", &["grant", "grant"]) && !grants.count());
            assert!(grants.is_hit("batch.after_commit", &["pay", "grant"]) && grants.count());
            assert!(!grants.count(), "once is enough");
        }
    }
}
