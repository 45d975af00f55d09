//! What a call carries besides its message: caller, idempotency key and deadline.

use std::time::Duration;

use tonic::Request;
use tonic::metadata::MetadataMap;

use super::parse::Waiting;
use crate::domain::{CancelOrder, Claim, CreateOrder, RefundOrder};
use crate::error::Error;

/// Least time subtracted from the caller's deadline, so that the reply still arrives.
const DEADLINE_MARGIN_MIN: Duration = Duration::from_millis(250);
/// Most time subtracted; between the two it is a tenth of the deadline.
const DEADLINE_MARGIN_MAX: Duration = Duration::from_secs(1);
/// How long a call waits for its order by default.
const WAIT_DEFAULT: Duration = Duration::from_secs(10);
/// Longest name of a caller, in characters.
const ACTOR_CHARS_MAX: usize = 128;

/// The caller: with authentication off, the name in the metadata `x-actor`, else `anonymous`.
pub(super) fn actor<T>(request: &Request<T>) -> String {
    request
        .metadata()
        .get("x-actor")
        .and_then(|actor| actor.to_str().ok())
        .map(str::trim)
        .filter(|actor| !actor.is_empty() && actor.len() <= ACTOR_CHARS_MAX)
        .unwrap_or("anonymous")
        .to_owned()
}

/// The idempotency key that a layer claimed for this call.
pub(super) fn claim<T>(request: &Request<T>) -> Option<Claim> {
    request.extensions().get().cloned()
}

/// A command that carries its caller and its idempotency key.
pub(super) trait Attributed {
    fn attribute(&mut self, claim: Option<Claim>, actor: String);
}

macro_rules! attributed {
    ($($command:ty),+) => {
        $(impl Attributed for $command {
            fn attribute(&mut self, claim: Option<Claim>, actor: String) {
                self.claim = claim;
                self.actor = actor;
            }
        })+
    };
}

attributed!(CreateOrder, CancelOrder, RefundOrder);

/// Parses the command of an rpc that waits for its order; returns it with the time to wait.
pub(super) fn command<M, C: Attributed>(
    request: Request<M>,
    parse: fn(M) -> Result<Waiting<C>, Error>,
) -> Result<(C, Duration), Error> {
    let (claim, actor) = (claim(&request), actor(&request));
    let (metadata, _, message) = request.into_parts();
    let Waiting { mut command, wait } = parse(message)?;
    command.attribute(claim, actor);
    Ok((command, self::wait(&metadata, wait)))
}

/// How long the call waits: as requested, limited to the caller's deadline less a margin.
fn wait(metadata: &MetadataMap, asked: Option<Duration>) -> Duration {
    let wait = asked.unwrap_or(WAIT_DEFAULT);
    match timeout(metadata) {
        Some(timeout) => {
            let margin = (timeout / 10).clamp(DEADLINE_MARGIN_MIN, DEADLINE_MARGIN_MAX);
            wait.min(timeout.saturating_sub(margin))
        }
        None => wait,
    }
}

/// The caller's `grpc-timeout`: at most 8 digits and a unit. A malformed one was refused by a layer before.
fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
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

    fn wait_with(timeout: &str, asked: Option<u64>) -> Duration {
        let mut metadata = MetadataMap::new();
        metadata.insert("grpc-timeout", timeout.parse().expect("it is ASCII"));
        wait(&metadata, asked.map(Duration::from_secs))
    }

    #[test]
    fn a_wait_is_cut_to_the_deadline_less_a_margin() {
        assert_eq!(wait_with("2S", None), Duration::from_millis(1750));
        assert_eq!(wait_with("4S", None), Duration::from_millis(3600));
        assert_eq!(wait_with("8S", None), Duration::from_millis(7200));
        assert_eq!(wait_with("100m", Some(5)), Duration::ZERO);
        assert_eq!(wait_with("1H", Some(5)), Duration::from_secs(5));
        assert_eq!(wait_with("99999999H", None), WAIT_DEFAULT);
    }

    #[test]
    fn a_malformed_deadline_is_none() {
        for text in ["", "S", "1", "1x", "-1S", "123456789S"] {
            assert_eq!(wait_with(text, None), WAIT_DEFAULT, "{text}");
        }
        assert_eq!(wait(&MetadataMap::new(), None), WAIT_DEFAULT);
    }

    #[test]
    fn the_caller_is_named_by_metadata_or_anonymous() {
        let mut request = Request::new(());
        assert_eq!(actor(&request), "anonymous");
        request
            .metadata_mut()
            .insert("x-actor", "ann".parse().expect("it is ASCII"));
        assert_eq!(actor(&request), "ann");
        let long = "x".repeat(ACTOR_CHARS_MAX + 1);
        request
            .metadata_mut()
            .insert("x-actor", long.parse().expect("it is ASCII"));
        assert_eq!(actor(&request), "anonymous");
    }
}
