//! The deadline of a call: what the caller asked for in `grpc-timeout`, at most what the server allows.

use std::time::Duration;

use tokio::time::Instant;
use tonic::Request;

/// When a call must be answered; the server puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The instant.
    pub at: Instant,
    /// How long the call had from its start.
    pub limit: Duration,
}

impl Deadline {
    /// From the request's headers; a header that cannot be read counts as absent.
    pub(super) fn of(headers: &http::HeaderMap, most: Duration) -> Self {
        let asked = headers.get("grpc-timeout").and_then(|value| parse(value.to_str().ok()?));
        let limit = asked.map_or(most, |asked| asked.min(most));
        Self { at: Instant::now() + limit, limit }
    }

    /// What is left; zero if it has passed.
    pub fn remaining(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}

/// The deadline of a request; ten seconds from now for one that did not come through the gate.
pub fn deadline<T>(request: &Request<T>) -> Deadline {
    let limit = Duration::from_secs(10);
    let found = request.extensions().get::<Deadline>().copied();
    found.unwrap_or_else(|| Deadline { at: Instant::now() + limit, limit })
}

/// One to eight digits and a unit, after the gRPC protocol.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let shaped = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = shaped.then(|| digits.parse().ok())??;
    match unit {
        "H" => Some(Duration::from_secs(number * 3_600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read_in_every_unit_and_nonsense_is_ignored() {
        let table = [
            ("1H", Some(Duration::from_secs(3_600))),
            ("2M", Some(Duration::from_secs(120))),
            ("3S", Some(Duration::from_secs(3))),
            ("300m", Some(Duration::from_millis(300))),
            ("99999999u", Some(Duration::from_micros(99_999_999))),
            ("5n", Some(Duration::from_nanos(5))),
            ("", None),
            ("S", None),
            ("123456789S", None),
            ("+1S", None),
            ("1x", None),
            ("1é", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn the_shorter_of_caller_and_server_counts() {
        let most = Duration::from_secs(10);
        let limit = |text: &'static str| {
            let headers = http::HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-timeout"),
                http::HeaderValue::from_static(text),
            )]);
            Deadline::of(&headers, most).limit
        };
        assert_eq!(limit("50m"), Duration::from_millis(50));
        assert_eq!(limit("1H"), most);
        assert_eq!(limit("soon"), most);
        assert_eq!(Deadline::of(&http::HeaderMap::new(), most).limit, most);
    }
}
