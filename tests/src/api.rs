//! The gateway as a client sees it: requests in JSON, and answers taken apart.
//!
//! Knows HTTP and the shape of errors, and nothing of orders.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// Longer than any `wait` that a test asks for.
const PATIENCE: Duration = Duration::from_secs(90);

/// A client of one gateway.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    http: Client,
}

impl Api {
    /// A client of the gateway at this address.
    ///
    /// # Panics
    /// When no client can be made.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let http = Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .expect("a client without TLS needs nothing");
        Self {
            base: base.to_owned(),
            http,
        }
    }

    /// Its address: `http://host:port`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.http.get(self.url(path))).await
    }

    /// `POST` of a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// `POST /v1/orders` under an idempotency key.
    pub async fn create(&self, key: &str, body: &Value) -> Reply {
        let request = self.http.post(self.url("/v1/orders")).json(body);
        self.send(request.header("Idempotency-Key", key)).await
    }

    /// Any request that is not one of these.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a test names a method of HTTP");
        self.http.request(method, self.url(path))
    }

    /// Sends it.
    ///
    /// # Panics
    /// When there is no answer at all.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let answer = request.send().await.expect("the gateway answers");
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.expect("an answer has an end"),
        }
    }

    /// Whether the path is answered with this status now; false also when nobody answers.
    pub async fn answers(&self, path: &str, status: u16) -> bool {
        let answer = self.http.get(self.url(path)).send().await;
        answer.is_ok_and(|answer| answer.status().as_u16() == status)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// An answer of the gateway.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's exact bytes.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body of a success.
    ///
    /// # Panics
    /// When it is not 200.
    #[must_use]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, when it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `ErrorInfo.reason`, with its domain checked; empty when there is none.
    #[must_use]
    pub fn reason(&self) -> String {
        let info = self.detail("google.rpc.ErrorInfo");
        if info.is_null() {
            return String::new();
        }
        assert_eq!(info["domain"], "order.v1", "{}", self.text());
        info["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// The JSON paths of the fields that `BadRequest` names.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let violations = self.detail("google.rpc.BadRequest");
        let violations = violations["fieldViolations"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        violations
            .iter()
            .filter_map(|violation| violation["field"].as_str())
            .map(str::to_owned)
            .collect()
    }

    fn detail(&self, kind: &str) -> Value {
        let body = self.json();
        let details = body["details"].as_array().cloned().unwrap_or_default();
        let named = |detail: &&Value| {
            detail["@type"]
                .as_str()
                .is_some_and(|name| name.ends_with(kind))
        };
        details.iter().find(named).cloned().unwrap_or_default()
    }
}
