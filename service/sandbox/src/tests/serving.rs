//! The server: its port, health, reflection and shutdown.

use order_proto::inventory::v1::GetSeatMapRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use tokio::sync::oneshot;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::harness::{PATIENCE, Server, config};
use crate::{Config, Error, bind};

const SERVICES: [&str; 5] = [
    "inventory.v1.InventoryService",
    "notification.v1.NotificationService",
    "payment.v1.PaymentService",
    "sandbox.v1.SandboxService",
    "subscription.v1.SubscriptionService",
];

#[tokio::test]
async fn a_port_in_use_is_an_error_with_the_address() {
    let server = Server::start().await;
    let config = Config {
        listen: server.address,
        ..config()
    };
    let error = bind(config).await.expect_err("the port is taken");
    assert!(matches!(error, Error::Listen { .. }), "{error:?}");
    assert!(error.to_string().contains(&server.address.to_string()));
}

#[tokio::test]
async fn health_is_serving() {
    let server = Server::start().await;
    let mut client = HealthClient::new(server.channel.clone());
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let answer = client.check(request).await.expect("it is answered");
    assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    let unknown = HealthCheckRequest {
        service: "payment.v1.NoSuchService".to_owned(),
    };
    let answer = client.check(unknown).await.expect_err("it is unknown");
    assert_eq!(answer.code(), tonic::Code::NotFound);
}

/// The services that one version of reflection names.
macro_rules! named_by {
    ($version:ident, $channel:expr) => {{
        use tonic_reflection::pb::$version::ServerReflectionRequest;
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
        let request = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut client = ServerReflectionClient::new($channel);
        let asked = client
            .server_reflection_info(tokio_stream::once(request))
            .await;
        let mut answers = asked.expect("it is answered").into_inner();
        let answer = answers.message().await.expect("it is answered");
        match answer.and_then(|answer| answer.message_response) {
            Some(MessageResponse::ListServicesResponse(list)) => {
                let names = list.service.into_iter().map(|service| service.name);
                names.collect::<Vec<String>>()
            }
            other => panic!("{other:?}"),
        }
    }};
}

#[tokio::test]
async fn reflection_names_the_five_services() {
    let server = Server::start().await;
    let mut v1 = named_by!(v1, server.channel.clone());
    let mut v1alpha = named_by!(v1alpha, server.channel.clone());
    v1.sort();
    v1alpha.sort();
    assert_eq!(v1, SERVICES);
    assert_eq!(v1alpha, SERVICES);
}

#[tokio::test]
async fn shutdown_ends_although_a_client_stays_connected() {
    let bound = bind(config()).await.expect("a port is free");
    let url = format!("http://{}", bound.local_addr());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(bound.serve(async { drop(stopped.await) }));
    let channel = Channel::from_shared(url).expect("it is a URL");
    let mut client = InventoryServiceClient::new(channel.connect_lazy());
    let request = GetSeatMapRequest {
        event_id: "opera".into(),
    };
    client.get_seat_map(request).await.expect("it serves");
    stop.send(()).expect("it serves");
    let ended = tokio::time::timeout(PATIENCE, serving).await;
    let ended = ended.expect("it stops in time").expect("it does not panic");
    ended.expect("it stops cleanly");
}
