//! Usage and notifications: counted once per key or id.

use order_proto::notification::v1::notification_service_client::NotificationServiceClient;
use order_proto::notification::v1::{Contact, SendNotificationRequest};
use order_proto::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use order_proto::subscription::v1::{RecordUsageRequest, RecordUsageResponse};
use tonic::Status;

use super::harness::{Server, acting, refusal};

async fn record(server: &Server, key: &str, units: i64) -> Result<RecordUsageResponse, Status> {
    let request = RecordUsageRequest {
        organization_id: "org".into(),
        event_type: "ticket_sale".into(),
        units,
        idempotency_key: key.to_owned(),
        occur_time: None,
    };
    let mut client = SubscriptionServiceClient::new(server.channel.clone());
    let answer = client.record_usage(acting(key, request)).await;
    answer.map(tonic::Response::into_inner)
}

fn notification(template: &str) -> SendNotificationRequest {
    SendNotificationRequest {
        notification_id: "saga/booking_confirmed".into(),
        organization_id: "org".into(),
        template: template.into(),
        contact: Some(Contact {
            email: "ann@example.com".into(),
            phone: String::new(),
        }),
        data: [("order_id".to_owned(), "o".to_owned())].into(),
    }
}

async fn send(server: &Server, request: SendNotificationRequest) -> Result<bool, Status> {
    let mut client = NotificationServiceClient::new(server.channel.clone());
    let key = request.notification_id.clone();
    let answer = client.send_notification(acting(&key, request)).await;
    answer.map(|answer| answer.into_inner().duplicate)
}

#[tokio::test]
async fn usage_is_recorded_once_per_key_and_a_reversal_subtracts_it() {
    let server = Server::start().await;
    let first = record(&server, "o/ticket_sale", 3)
        .await
        .expect("it is new");
    assert!(!first.duplicate);
    let again = record(&server, "o/ticket_sale", 3)
        .await
        .expect("it is repeated");
    assert!(again.duplicate);
    assert_eq!(again.usage_id, first.usage_id);
    let reversal = record(&server, "saga/ticket_sale_reversal", -1).await;
    assert_ne!(reversal.expect("it is new").usage_id, first.usage_id);
    let usage = server.totals("").await.usage;
    assert_eq!(
        (usage[0].organization_id.as_str(), usage[0].units),
        ("org", 2)
    );
    assert_eq!(server.journal("o").await.len(), 2);
}

#[tokio::test]
async fn a_usage_key_that_was_used_for_other_units_is_refused() {
    let server = Server::start().await;
    record(&server, "o/ticket_sale", 3)
        .await
        .expect("it is new");
    let reason = refusal(record(&server, "o/ticket_sale", 4).await);
    assert_eq!(reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn an_orders_totals_show_its_organizations_usage() {
    let server = Server::start().await;
    record(&server, "o/ticket_sale", 3)
        .await
        .expect("it is new");
    assert!(server.totals("o").await.usage.is_empty());
    server.order("o").pay().await;
    assert_eq!(server.totals("o").await.usage[0].units, 3);
}

#[tokio::test]
async fn a_notification_is_sent_once_and_every_delivery_is_counted() {
    let server = Server::start().await;
    for duplicate in [false, true, true] {
        let sent = send(&server, notification("booking_confirmed")).await;
        assert_eq!(sent.expect("it is taken"), duplicate);
    }
    for order_id in ["", "o"] {
        let totals = server.totals(order_id).await.notifications;
        assert_eq!(totals.len(), 1);
        assert_eq!(totals[0].notification_id, "saga/booking_confirmed");
        assert_eq!(totals[0].template, "booking_confirmed");
        assert_eq!(
            (totals[0].order_id.as_str(), totals[0].deliveries),
            ("o", 3)
        );
    }
    assert!(server.totals("other").await.notifications.is_empty());
}

#[tokio::test]
async fn a_notification_id_that_was_used_for_another_template_is_refused() {
    let server = Server::start().await;
    send(&server, notification("booking_confirmed"))
        .await
        .expect("it is new");
    let reason = refusal(send(&server, notification("order_cancelled")).await);
    assert_eq!(reason, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_notification_without_a_contact_is_refused() {
    let server = Server::start().await;
    let mut request = notification("booking_confirmed");
    request.contact = None;
    assert_eq!(refusal(send(&server, request).await), "REQUEST_INVALID");
}
