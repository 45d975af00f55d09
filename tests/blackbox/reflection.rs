//! The reflection services v1 and v1alpha, and grpcurl as their client.

use std::time::Duration;

use order_tests::binary::finish;
use order_tests::{Backend, Booking, Stack};
use tokio::process::Command;
use tonic_reflection::pb::{v1, v1alpha};

const SERVICES: [&str; 6] = [
    "grpc.health.v1.Health",
    "order.v1.DeliveryService",
    "order.v1.LedgerService",
    "order.v1.OrderService",
    "order.v1.PaymentWebhookService",
    "order.v1.SagaService",
];

/// Removes the reflection services; whether they list themselves is not specified.
fn listed(mut names: Vec<String>) -> Vec<String> {
    names.retain(|name| !name.starts_with("grpc.reflection."));
    names.sort();
    names
}

#[tokio::test]
async fn reflection_v1_names_the_services() {
    use v1::server_reflection_request::MessageRequest;
    use v1::server_reflection_response::MessageResponse;
    let stack = Stack::on(Backend::Embedded).await;
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(stack.channel(0));
    let ask = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = client
        .server_reflection_info(tokio_stream(ask))
        .await
        .expect("the service answers")
        .into_inner();
    let answer = answers
        .message()
        .await
        .expect("a stream")
        .expect("one answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list: {answer:?}");
    };
    assert_eq!(
        listed(
            list.service
                .into_iter()
                .map(|service| service.name)
                .collect()
        ),
        SERVICES
    );
}

#[tokio::test]
async fn reflection_v1alpha_names_the_services() {
    use v1alpha::server_reflection_request::MessageRequest;
    use v1alpha::server_reflection_response::MessageResponse;
    let stack = Stack::on(Backend::Embedded).await;
    let mut client =
        v1alpha::server_reflection_client::ServerReflectionClient::new(stack.channel(0));
    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = client
        .server_reflection_info(tokio_stream(ask))
        .await
        .expect("the service answers")
        .into_inner();
    let answer = answers
        .message()
        .await
        .expect("a stream")
        .expect("one answer");
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list: {answer:?}");
    };
    assert_eq!(
        listed(
            list.service
                .into_iter()
                .map(|service| service.name)
                .collect()
        ),
        SERVICES
    );
}

fn tokio_stream<M: Send + 'static>(message: M) -> impl futures::Stream<Item = M> + Send + 'static {
    futures::stream::once(async { message })
}

/// The standard output of a successful run of grpcurl.
async fn grpcurl(args: &[&str]) -> String {
    let mut command = Command::new("grpcurl");
    command.arg("-plaintext").args(args);
    let done = finish(command, Duration::from_secs(60)).await;
    assert!(
        done.status.success(),
        "{args:?}: {}{}",
        done.stdout,
        done.stderr
    );
    done.stdout
}

#[tokio::test]
async fn grpcurl_lists_and_describes_without_a_proto_file() {
    let stack = Stack::on(Backend::Embedded).await;
    let address = stack.address(0);
    let names = grpcurl(&[&address, "list"]).await;
    assert_eq!(listed(names.lines().map(str::to_owned).collect()), SERVICES);
    let described = grpcurl(&[&address, "describe", "order.v1.OrderService.CreateOrder"]).await;
    assert!(
        described.contains("/v1/orders"),
        "the annotations are there too: {described}"
    );
    let message = grpcurl(&[&address, "describe", "order.v1.CreateOrderRequest"]).await;
    assert!(message.contains("payment_method"), "{message}");
}

#[tokio::test]
async fn grpcurl_books_a_ticket() {
    let stack = Stack::on(Backend::Embedded).await;
    let body = Booking::new().json().to_string();
    let address = stack.address(0);
    let method = "order.v1.OrderService/CreateOrder";
    let key = format!("idempotency-key: {}", order_tests::booking::key());
    let first = grpcurl(&["-H", &key, "-d", &body, &address, method]).await;
    assert!(first.contains("ORDER_STATE_CONFIRMED"), "{first}");
    let again = grpcurl(&["-v", "-H", &key, "-d", &body, &address, method]).await;
    assert!(again.contains("idempotent-replayed: true"), "{again}");
}
