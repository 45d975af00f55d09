//! A gateway and a backend on free ports, and a client. Asserts nothing about answers.

use std::net::SocketAddr;
use std::time::Duration;

use order_gateway::limits::Waits;
use order_gateway::{Config, Gateway};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::backend::Backend;

#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) backend: Backend,
    pub(crate) gateway: Running,
}

#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) task: JoinHandle<Result<(), order_gateway::Error>>,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Self::with(|gateway| gateway).await
    }

    /// A stack whose gateway has the changes of `configure`.
    pub(crate) async fn with(configure: impl FnOnce(Gateway) -> Gateway) -> Self {
        let backend = Backend::start().await;
        let gateway = Running::with(backend.address, configure);
        Self { backend, gateway }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.gateway.request(method, path)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        Answer::of(self.request("POST", path).body(body.to_owned())).await
    }
}

impl Running {
    /// A gateway before `service`, with waits short enough for tests.
    pub(crate) fn before(service: SocketAddr) -> Self {
        Self::with(service, |gateway| gateway)
    }

    /// The same, with the changes of `configure`.
    pub(crate) fn with(service: SocketAddr, configure: impl FnOnce(Gateway) -> Gateway) -> Self {
        let gateway = order_gateway::bind(Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            service_url: format!("http://{service}"),
        })
        .expect("a free port")
        .with_waits(Waits {
            header: Duration::from_millis(500),
            body: Duration::from_millis(500),
            answer: Duration::from_millis(500),
            call: Duration::from_secs(2),
            keep_alive: Duration::from_millis(20),
        });
        let gateway = configure(gateway);
        let address = gateway.local_addr();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(gateway.serve(async move {
            // The gateway also stops when the test drops the sender.
            let _ = stopped.await;
        }));
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            address,
            client,
            stop,
            task,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.expect("an answer")).await
    }

    async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.expect("a whole body");
        Self {
            status,
            headers,
            json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }

    /// `ErrorInfo.reason`; empty when there is none.
    pub(crate) fn reason(&self) -> &str {
        self.detail("google.rpc.ErrorInfo")["reason"]
            .as_str()
            .unwrap_or_default()
    }

    /// The field of the first violation in `BadRequest`; empty when there is none.
    pub(crate) fn field(&self) -> &str {
        self.detail("google.rpc.BadRequest")["fieldViolations"][0]["field"]
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn detail(&self, name: &str) -> &Value {
        self.json["details"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|detail| {
                detail["@type"]
                    .as_str()
                    .is_some_and(|url| url.ends_with(name))
            })
            .unwrap_or(&Value::Null)
    }

    #[track_caller]
    pub(crate) fn is_refusal(&self, status: u16, reason: &str) {
        assert_eq!((self.status, self.reason()), (status, reason), "{self:?}");
        assert_eq!(
            self.detail("google.rpc.ErrorInfo")["domain"],
            "order.v1",
            "{self:?}"
        );
    }
}
