//! Sends one booking over one connection and returns the reply. Does not retry.

use std::time::Duration;

use anyhow::Context as _;
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::{CreateOrderRequest, Order};
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::booking;

/// Timeout of one booking.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Timeout of connecting.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A connection to one target.
#[derive(Debug, Clone)]
pub(super) enum Client {
    /// gRPC, to a service.
    Grpc(OrderServiceClient<Channel>),
    /// JSON, to a gateway.
    Http {
        /// Pools one connection.
        client: reqwest::Client,
        /// The URL of `POST /v1/orders`.
        url: String,
    },
}

/// The reply to one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// The order that this request or an earlier one with its key made.
    Order {
        order_id: String,
        /// The name of the state, such as `ORDER_STATE_CONFIRMED`.
        state: String,
        /// Whether an earlier request with the same key made the order.
        replayed: bool,
    },
    /// A request with the same key is being processed.
    Conflict,
    /// `ErrorInfo.reason`, the code of a status without one, or the cause of a missing answer.
    Refused(String),
}

impl Client {
    pub(super) async fn grpc(url: &str) -> anyhow::Result<Self> {
        let endpoint = Endpoint::from_shared(url.to_owned())
            .with_context(|| format!("--grpc {url}"))?
            .connect_timeout(CONNECT_WITHIN)
            .tcp_nodelay(true);
        let channel = endpoint.connect().await;
        let channel = channel.with_context(|| format!("--grpc {url} does not answer"))?;
        Ok(Self::Grpc(OrderServiceClient::new(channel)))
    }

    pub(super) fn http(url: &str) -> anyhow::Result<Self> {
        let base = reqwest::Url::parse(url).with_context(|| format!("--http {url}"))?;
        let url = base
            .join("/v1/orders")
            .with_context(|| format!("--http {url}"))?;
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .build()?;
        Ok(Self::Http {
            client,
            url: url.into(),
        })
    }

    /// Sends the booking with the key once.
    pub(super) async fn book(&self, booking: CreateOrderRequest, key: &str) -> Reply {
        match self {
            Self::Grpc(client) => over_grpc(client.clone(), booking, key).await,
            Self::Http { client, url } => {
                let sent = client
                    .post(url)
                    .header("idempotency-key", key)
                    .json(&booking::json(&booking))
                    .send();
                match sent.await {
                    Ok(response) => read_http(response).await,
                    Err(error) => Reply::Refused(no_answer(&error)),
                }
            }
        }
    }
}

async fn over_grpc(
    mut client: OrderServiceClient<Channel>,
    booking: CreateOrderRequest,
    key: &str,
) -> Reply {
    let mut request = Request::new(booking);
    request.set_timeout(ANSWER_WITHIN);
    let key: AsciiMetadataValue = key.parse().expect("our keys are ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    match client.create_order(request).await {
        Ok(response) => {
            let replayed = response.metadata().get("idempotent-replayed");
            let replayed = replayed.is_some_and(|value| value == "true");
            order(response.into_inner(), replayed)
        }
        Err(status) if status.code() == Code::Aborted => Reply::Conflict,
        Err(status) => Reply::Refused(reason(&status)),
    }
}

fn order(order: Order, replayed: bool) -> Reply {
    Reply::Order {
        state: order.state().as_str_name().to_owned(),
        order_id: order.order_id,
        replayed,
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    match details.error_info() {
        Some(info) => info.reason.clone(),
        None => format!("{:?}", status.code()),
    }
}

async fn read_http(response: reqwest::Response) -> Reply {
    let status = response.status();
    let replayed = response.headers().get("idempotent-replayed");
    let replayed = replayed.is_some_and(|value| value == "true");
    if status == reqwest::StatusCode::CONFLICT {
        return Reply::Conflict;
    }
    let body: serde_json::Value = match response.json().await {
        Ok(body) => body,
        Err(error) => return Reply::Refused(no_answer(&error)),
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    if status.is_success() {
        return Reply::Order {
            order_id: text(&body["orderId"]),
            state: text(&body["state"]),
            replayed,
        };
    }
    Reply::Refused(http_reason(&body).unwrap_or_else(|| format!("HTTP {status}")))
}

/// The reason in the details of a status.
fn http_reason(body: &serde_json::Value) -> Option<String> {
    let details = body["details"].as_array()?.iter();
    let mut reasons = details.filter_map(|detail| detail["reason"].as_str());
    reasons.next().map(str::to_owned)
}

fn no_answer(error: &reqwest::Error) -> String {
    let why = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        "broken answer"
    };
    why.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_in_any_detail() {
        let body = serde_json::json!({"code": 14, "details": [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"},
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "STORE_UNAVAILABLE"},
        ]});
        assert_eq!(http_reason(&body).as_deref(), Some("STORE_UNAVAILABLE"));
        assert_eq!(http_reason(&serde_json::json!({})), None);
    }

    #[test]
    fn a_target_that_is_no_url_is_refused_by_its_option() {
        let refused = Client::http("no url").expect_err("it is none");
        assert!(
            format!("{refused:#}").starts_with("--http no url"),
            "{refused:#}"
        );
    }
}
