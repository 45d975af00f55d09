//! Channels to participants: one per participant, opened on first use and reopened when the connection breaks.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often an idle connection is pinged.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The largest header list that a participant may answer with, in bytes: a refusal is read whatever its length (rule 34).
/// It is the default of gRPC for Go.
const ANSWER_HEADER_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Where the participants are: `http://host:port` or `https://host:port`.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// `INVENTORY_URL`.
    pub inventory: String,
    /// `PAYMENT_URL`.
    pub payment: String,
    /// `NOTIFICATION_URL`.
    pub notification: String,
    /// `SUBSCRIPTION_URL`.
    pub subscription: String,
}

/// The address of a participant is malformed.
#[derive(Debug, thiserror::Error)]
#[error("the address of {participant} must be http://host:port or https://host:port")]
pub struct InvalidAddress {
    /// The participant, such as `inventory`.
    pub participant: &'static str,
}

/// Prepares a channel without connecting.
pub(super) fn channel(participant: &'static str, address: &str) -> Result<Channel, InvalidAddress> {
    let known_scheme = address.starts_with("http://") || address.starts_with("https://");
    let endpoint = Endpoint::from_shared(address.to_owned())
        .ok()
        .filter(|_| known_scheme)
        .ok_or(InvalidAddress { participant })?;
    let endpoint = if address.starts_with("https://") {
        let tls = tonic::transport::ClientTlsConfig::new().with_native_roots();
        endpoint
            .tls_config(tls)
            .map_err(|_| InvalidAddress { participant })?
    } else {
        endpoint
    };
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_max_header_list_size(ANSWER_HEADER_BYTES_MAX)
        .tcp_nodelay(true)
        .connect_lazy())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use order_proto::payment::v1::GetPaymentRequest;
    use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
    use tokio_stream::wrappers::TcpListenerStream;
    use tonic::Status;
    use tonic::body::Body;
    use tonic::service::Routes;
    use tower::layer::layer_fn;
    use tower::service_fn;

    use super::super::wire;
    use super::*;
    use crate::domain::CallError;

    #[tokio::test]
    async fn a_refusal_arrives_whatever_its_length() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let refusing = layer_fn(|_: Routes| {
            service_fn(|_: http::Request<Body>| async {
                let message = "no ".repeat(100_000);
                Ok::<_, Infallible>(Status::failed_precondition(message).into_http::<Body>())
            })
        });
        let server = tonic::transport::Server::builder()
            .layer(refusing)
            .add_routes(Routes::default())
            .serve_with_incoming(TcpListenerStream::new(listener));
        let serving = tokio::spawn(server);
        let channel = channel("payment", &format!("http://{address}")).expect("an address");
        let mut payments = PaymentServiceClient::new(channel);
        let asked = payments.get_payment(GetPaymentRequest::default()).await;
        let refused = wire::error(asked.expect_err("it is refused"));
        let CallError::Refused { message, .. } = refused else {
            panic!("the code is lost: {refused:?}");
        };
        assert_eq!(message.chars().count(), 300);
        serving.abort();
    }
}
