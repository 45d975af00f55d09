//! A client of the gateway: JSON requests, and replies with their error details.
//!
//! Knows HTTP and the format of errors; knows no message of the order service.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// The timeout of one request; longer than the `wait` of any test.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(90);

/// A client of one gateway.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    http: Client,
}

impl Api {
    /// A client of the gateway at `base`, such as `http://127.0.0.1:8080`.
    ///
    /// # Panics
    /// When the HTTP client cannot be built.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let http = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .no_proxy()
            .build()
            .expect("a client without TLS can be built");
        Self {
            base: base.to_owned(),
            http,
        }
    }

    /// The gateway's base URL, `http://host:port`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends `GET path`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.http.get(self.url(path))).await
    }

    /// Sends `POST path` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// Sends `POST /v1/orders` with the idempotency key `key`.
    pub async fn create(&self, key: &str, body: &Value) -> Reply {
        let request = self.http.post(self.url("/v1/orders")).json(body);
        self.send(request.header("Idempotency-Key", key)).await
    }

    /// A request with any method, to be completed by the test and sent with [`Api::send`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("an HTTP method");
        self.http.request(method, self.url(path))
    }

    /// Sends the request and reads the whole reply.
    ///
    /// # Panics
    /// When the gateway does not reply.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let answer = request.send().await.expect("the gateway replies");
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.expect("the reply is complete"),
        }
    }

    /// Whether `GET path` is answered with `status` now; false also when the connection fails.
    pub async fn answers(&self, path: &str, status: u16) -> bool {
        let answer = self.http.get(self.url(path)).send().await;
        answer.is_ok_and(|answer| answer.status().as_u16() == status)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// A reply of the gateway.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The HTTP headers.
    pub headers: HeaderMap,
    /// The exact bytes of the body.
    pub body: Bytes,
}

impl Reply {
    /// The body parsed as JSON.
    ///
    /// # Panics
    /// When the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The JSON body of a reply with status 200.
    ///
    /// # Panics
    /// When the status is not 200.
    #[must_use]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The body as text; invalid UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of the header `name`; `None` when it is absent or not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The `reason` of the reply's `ErrorInfo`; empty when there is none.
    ///
    /// # Panics
    /// When the domain of the `ErrorInfo` is not `order.v1`.
    #[must_use]
    pub fn reason(&self) -> String {
        let info = self.detail("google.rpc.ErrorInfo");
        if info.is_null() {
            return String::new();
        }
        assert_eq!(info["domain"], "order.v1", "{}", self.text());
        info["reason"].as_str().unwrap_or_default().to_owned()
    }

    /// The JSON paths of the fields in the reply's `BadRequest`.
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
