//! A gateway before a gRPC server that records the last request and always returns the same bytes. Knows no messages.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use order_gateway::Config;
use tokio::net::TcpListener;

type Last = Arc<Mutex<(String, Vec<u8>)>>;

#[derive(Debug)]
pub(crate) struct Stack {
    gateway: SocketAddr,
    client: reqwest::Client,
    last: Last,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
    pub(crate) text: String,
}

impl Stack {
    pub(crate) async fn start(answer: Vec<u8>) -> Self {
        Self::streaming(&[answer], "0").await
    }

    /// The server returns the messages and then the gRPC status.
    pub(crate) async fn streaming(answers: &[Vec<u8>], status: &'static str) -> Self {
        Self::scripted(Script {
            http: StatusCode::OK,
            frames: answers.iter().flat_map(|answer| frame(answer)).collect(),
            status: Some(status),
            ends: true,
        })
        .await
    }

    /// The server sends a response head and nothing else.
    pub(crate) async fn silent() -> Self {
        Self::scripted(Script {
            http: StatusCode::OK,
            frames: Bytes::new(),
            status: None,
            ends: false,
        })
        .await
    }

    /// The server returns an HTTP response that is not gRPC.
    pub(crate) async fn without_grpc(http: StatusCode, body: &'static [u8]) -> Self {
        Self::scripted(Script {
            http,
            frames: Bytes::from_static(body),
            status: None,
            ends: true,
        })
        .await
    }

    async fn scripted(script: Script) -> Self {
        let last = Last::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let service = listener.local_addr().expect("it is bound");
        tokio::spawn(serve(listener, script, Arc::clone(&last)));
        let config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            service_url: format!("http://{service}"),
        };
        let gateway = order_gateway::bind_tables(config, &order_gateway_example::TABLES)
            .expect("a free port");
        let address = gateway.local_addr();
        tokio::spawn(gateway.serve(std::future::pending()));
        Self {
            gateway: address,
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            last,
        }
    }

    pub(crate) async fn send(&self, method: reqwest::Method, url: &str, body: &str) -> Answer {
        let request = self
            .client
            .request(method, format!("http://{}{url}", self.gateway))
            .body(body.to_owned());
        Self::answer(request).await
    }

    /// GET with a deadline in milliseconds.
    pub(crate) async fn get_within(&self, millis: u32, url: &str) -> Answer {
        let request = self
            .client
            .get(format!("http://{}{url}", self.gateway))
            .header("Grpc-Timeout", format!("{millis}m"));
        Self::answer(request).await
    }

    async fn answer(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let content_type = response.headers()["content-type"]
            .to_str()
            .expect("it is ASCII")
            .to_owned();
        let bytes = response.bytes().await.expect("a whole body");
        Answer {
            status,
            content_type,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    /// Whether the response is cut off.
    pub(crate) async fn is_cut(&self, url: &str) -> bool {
        let url = format!("http://{}{url}", self.gateway);
        match self.client.get(url).send().await {
            Ok(response) => response.bytes().await.is_err(),
            // The connection was closed before the head.
            Err(_) => true,
        }
    }

    /// The path and the message of the last request.
    pub(crate) fn recorded(&self) -> (String, Vec<u8>) {
        self.last.lock().expect("no test panics in it").clone()
    }
}

/// The response of the server to every request.
#[derive(Debug, Clone)]
struct Script {
    http: StatusCode,
    frames: Bytes,
    /// The gRPC status in the trailers; without it there are no trailers.
    status: Option<&'static str>,
    ends: bool,
}

/// A gRPC frame: a flag byte, a length of four bytes, and the message.
fn frame(message: &[u8]) -> BytesMut {
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).expect("it is small"));
    framed.put(message);
    framed
}

async fn serve(listener: TcpListener, script: Script, last: Last) {
    loop {
        let (socket, _) = listener.accept().await.expect("it accepts");
        let (script, last) = (script.clone(), Arc::clone(&last));
        let service = service_fn(move |request| reply(request, script.clone(), Arc::clone(&last)));
        tokio::spawn(async move {
            // The connection fails when the gateway stops.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

async fn reply(
    request: Request<Incoming>,
    script: Script,
    last: Last,
) -> Result<Response<http_body_util::combinators::BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path().to_owned();
    let frame = request
        .into_body()
        .collect()
        .await
        .expect("the call arrives")
        .to_bytes();
    *last.lock().expect("no test panics in it") = (path, frame[5..].to_vec());
    let body = Full::new(script.frames).with_trailers(async move {
        if !script.ends {
            std::future::pending::<()>().await;
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static(script.status?));
        trailers.insert("x-shard", HeaderValue::from_static("7"));
        Some(Ok(trailers))
    });
    let mut response = Response::new(body.boxed());
    *response.status_mut() = script.http;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}
