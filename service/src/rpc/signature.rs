//! Verifies webhooks by Standard Webhooks: a signature over id, time and the exact body.
//!
//! Holds the secrets and never prints them. Does not read the body.

use std::sync::Arc;

use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook,
};
use tonic::metadata::MetadataMap;

use crate::domain::Secret;
use crate::error::Error;

/// Largest difference between a signature's time and now, in either direction.
const TOLERANCE_SECS: u64 = 5 * 60;
/// Longest id of a webhook, in characters.
const ID_CHARS_MAX: usize = 255;

/// The secrets; a webhook verifies if any of them signed it. Without secrets none verifies.
#[derive(Clone)]
pub struct Signatures(Arc<[Webhook]>);

impl std::fmt::Debug for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signatures")
            .field("secrets", &self.0.len())
            .finish()
    }
}

impl Signatures {
    /// From `whsec_…`, or several of them separated by commas. A malformed one verifies nothing.
    pub fn new(secrets: Option<&Secret>) -> Self {
        let secrets = secrets.map_or("", Secret::reveal).split(',');
        let named = secrets.map(str::trim).filter(|secret| !secret.is_empty());
        Self(
            named
                .filter_map(|secret| Webhook::new(secret).ok())
                .collect(),
        )
    }

    /// The webhook's id, if one of the secrets signed id, time and body within the tolerance. Error: WebhookSignature; the
    /// sender does not learn why, the log does.
    pub(super) fn verify(
        &self,
        metadata: &MetadataMap,
        body: &[u8],
        now_secs: i64,
    ) -> Result<String, Error> {
        self.signed(metadata, body, now_secs).map_err(|why| {
            tracing::warn!(why, "a payment webhook was refused");
            Error::WebhookSignature
        })
    }

    /// The webhook's id, or why it is refused.
    fn signed(
        &self,
        metadata: &MetadataMap,
        body: &[u8],
        now_secs: i64,
    ) -> Result<String, &'static str> {
        if self.0.is_empty() {
            return Err("WEBHOOK_SECRET is not set");
        }
        let webhook_id = only(metadata, HEADER_WEBHOOK_ID).ok_or("not exactly one webhook-id")?;
        let signatures =
            only(metadata, HEADER_WEBHOOK_SIGNATURE).ok_or("not exactly one webhook-signature")?;
        let time = only(metadata, HEADER_WEBHOOK_TIMESTAMP)
            .and_then(|time| time.parse::<i64>().ok())
            .ok_or("not exactly one webhook-timestamp in seconds")?;
        let visible = webhook_id.bytes().all(|byte| byte.is_ascii_graphic());
        if !visible || !(1..=ID_CHARS_MAX).contains(&webhook_id.len()) {
            return Err("the webhook-id is not 1 to 255 visible ASCII characters");
        }
        if now_secs.abs_diff(time) > TOLERANCE_SECS {
            return Err("the webhook-timestamp is more than 5 minutes from now");
        }
        let signed_by = |key: &Webhook| {
            key.sign(webhook_id, time, body)
                .is_ok_and(|good| signatures.split(' ').any(|given| is_same(given, &good)))
        };
        if self.0.iter().any(signed_by) {
            Ok(webhook_id.to_owned())
        } else {
            Err("no secret of WEBHOOK_SECRET made the signature")
        }
    }
}

/// The value of a header that occurs once. Of two values it is unknown which was signed.
fn only<'a>(metadata: &'a MetadataMap, name: &str) -> Option<&'a str> {
    let mut values = metadata.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Compares in constant time.
fn is_same(given: &str, good: &str) -> bool {
    let differences = given.bytes().zip(good.bytes());
    given.len() == good.len() && differences.fold(0, |found, (a, b)| found | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    // Signed independently: HMAC-SHA-256 of `id.time.body` in Python.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_c2FuZGJveCB3ZWJob29rIHNlY3JldA==";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn signatures(secrets: &str) -> Signatures {
        Signatures::new(Some(&Secret::new(secrets.into())))
    }

    fn headers(id: &str, time: &str, signature: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert(HEADER_WEBHOOK_ID, id.parse().expect("ASCII"));
        metadata.insert(HEADER_WEBHOOK_TIMESTAMP, time.parse().expect("ASCII"));
        metadata.insert(HEADER_WEBHOOK_SIGNATURE, signature.parse().expect("ASCII"));
        metadata
    }

    fn good() -> MetadataMap {
        headers(ID, &TIME.to_string(), SIGNATURE)
    }

    #[test]
    fn a_good_signature_names_its_webhook_under_any_of_the_secrets() {
        for secrets in [
            SECRET.to_owned(),
            format!("{OTHER},{SECRET}"),
            format!("{SECRET}, {OTHER}"),
        ] {
            let verified = signatures(&secrets).verify(&good(), BODY, TIME);
            assert_eq!(verified.expect("it is good"), ID);
        }
        let among = format!("v1a,x v1,AAAA {SIGNATURE}");
        let among = headers(ID, &TIME.to_string(), &among);
        signatures(SECRET)
            .verify(&among, BODY, TIME)
            .expect("one of them is good");
    }

    #[test]
    fn five_minutes_are_tolerated_and_no_second_more() {
        let key = signatures(SECRET);
        for now in [TIME - 300, TIME, TIME + 300] {
            assert!(key.verify(&good(), BODY, now).is_ok(), "{}", now - TIME);
        }
        for now in [TIME - 301, TIME + 301, 0, i64::MIN, i64::MAX] {
            assert!(key.verify(&good(), BODY, now).is_err(), "{now}");
        }
    }

    #[test]
    fn what_is_forged_or_missing_or_said_twice_is_refused() {
        let key = signatures(SECRET);
        let time = TIME.to_string();
        let mut changed = SIGNATURE.to_owned();
        changed.replace_range(3..4, "h");
        let mut twice = good();
        twice.append(HEADER_WEBHOOK_ID, ID.parse().expect("ASCII"));
        let mut missing = good();
        missing.remove(HEADER_WEBHOOK_TIMESTAMP);
        for metadata in [
            MetadataMap::new(),
            missing,
            twice,
            headers("", &time, SIGNATURE),
            headers("msg_other", &time, SIGNATURE),
            headers(ID, "soon", SIGNATURE),
            headers(ID, &(TIME + 1).to_string(), SIGNATURE),
            headers(ID, &time, ""),
            headers(ID, &time, "v1,"),
            headers(ID, &time, &SIGNATURE[3..]),
            headers(ID, &time, &SIGNATURE.replace("v1", "v2")),
            headers(ID, &time, &changed),
        ] {
            let refused = key.verify(&metadata, BODY, TIME);
            assert!(
                matches!(refused, Err(Error::WebhookSignature)),
                "{metadata:?}"
            );
        }
        assert!(
            key.verify(&good(), br#"{"test": 2432232315}"#, TIME)
                .is_err()
        );
        assert!(signatures(OTHER).verify(&good(), BODY, TIME).is_err());
    }

    #[test]
    fn without_a_secret_the_door_is_closed_and_none_is_shown() {
        for closed in [
            Signatures::new(None),
            signatures(""),
            signatures("not base64!"),
        ] {
            assert!(closed.verify(&good(), BODY, TIME).is_err(), "{closed:?}");
        }
        assert!(!format!("{:?}", signatures(SECRET)).contains("Mf"));
    }
}
