//! The data that a plan keeps with its saga, decoded at most once.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

/// The data that a plan keeps with its saga from its beginning on, as JSON. Its type is the plan's.
///
/// Clones share the decoded form: a saga that is read once and driven through many steps decodes its payload once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SagaPayload(Arc<Inner>);

struct Inner {
    json: String,
    decoded: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl SagaPayload {
    /// Encodes the data of a plan. Error: the data has no JSON form.
    pub fn encode(data: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(data).map(Self::from)
    }

    /// The payload as it is stored: JSON.
    pub fn as_str(&self) -> &str {
        &self.0.json
    }

    /// The data of the plan. Error: the JSON is not of this type, or was decoded as another type before.
    pub fn decode<T>(&self) -> Result<&T, serde_json::Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
    {
        let Inner { json, decoded } = &*self.0;
        let decoded = match decoded.get() {
            Some(decoded) => decoded,
            None => {
                let data: T = serde_json::from_str(json)?;
                decoded.get_or_init(|| Box::new(data))
            }
        };
        let other = || serde_json::Error::custom("it belongs to another plan");
        decoded.downcast_ref().ok_or_else(other)
    }
}

/// The payload of a plan that keeps nothing: an empty object.
impl Default for SagaPayload {
    fn default() -> Self {
        "{}".to_owned().into()
    }
}

impl From<String> for SagaPayload {
    fn from(json: String) -> Self {
        let decoded = OnceLock::new();
        Self(Arc::new(Inner { json, decoded }))
    }
}

impl From<SagaPayload> for String {
    fn from(payload: SagaPayload) -> Self {
        Arc::try_unwrap(payload.0).map_or_else(|shared| shared.json.clone(), |owned| owned.json)
    }
}

impl PartialEq for SagaPayload {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for SagaPayload {}

impl fmt::Debug for SagaPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde::Deserializer;

    use super::*;

    static DECODED: AtomicUsize = AtomicUsize::new(0);

    #[derive(Debug, PartialEq)]
    struct Counted(u8);

    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            DECODED.fetch_add(1, Ordering::Relaxed);
            u8::deserialize(from).map(Self)
        }
    }

    #[test]
    fn clones_share_the_decoded_form() {
        let payload = SagaPayload::encode(&7).expect("a number has a JSON form");
        let clone = payload.clone();
        for payload in [&payload, &clone, &payload] {
            assert_eq!(payload.decode::<Counted>().expect("a number"), &Counted(7));
        }
        assert_eq!(DECODED.load(Ordering::Relaxed), 1);
        assert!(clone.decode::<u8>().is_err(), "decoded as another type");
        assert_eq!(String::from(clone), "7");
    }

    #[test]
    fn an_error_is_not_kept() {
        let payload = SagaPayload::default();
        assert!(payload.decode::<u8>().is_err());
        assert!(payload.decode::<serde_json::Value>().is_ok());
        assert_eq!(payload, SagaPayload::from("{}".to_owned()));
    }
}
