//! Tests of the services over fake use cases.

mod operators;
pub(crate) mod samples;

use order_proto::order::v1::order_service_server::OrderService as _;
use order_proto::order::v1::saga_service_server::SagaService as _;
use order_proto::order::v1::{
    CancelOrderRequest, Contact, CreateOrderRequest, GetOrderRequest, GetSagaRequest,
    ListOrdersRequest, PaymentMethod, TicketRequest,
};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::*;
use crate::domain::{Claim, Disposition, OrderState, Refund, RefundId, RefundState, Scope};
use samples::FakeUseCases;

fn orders(fake: &FakeUseCases) -> order_service::Orders<FakeUseCases> {
    order_service::Orders::new(fake.clone(), samples::pages(), CancellationToken::new())
}

fn booking() -> CreateOrderRequest {
    CreateOrderRequest {
        organization_id: "org-1".into(),
        user_id: "ann".into(),
        event_id: "ga-opera".into(),
        tickets: vec![TicketRequest {
            seat_id: "A1".into(),
            holder_name: String::new(),
        }],
        payment_method: Some(PaymentMethod {
            r#type: "card".into(),
            token: "tok_ok".into(),
        }),
        contact: Some(Contact {
            email: "ann@example.com".into(),
            phone: String::new(),
        }),
        ..Default::default()
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details
        .error_info()
        .expect("every error has one")
        .reason
        .clone()
}

#[tokio::test]
async fn a_booking_is_placed_with_its_key_caller_and_wait() {
    let fake = FakeUseCases::default();
    let mut request = Request::new(booking());
    let claim = Claim {
        scope: Scope {
            organization: "org-1".into(),
            caller: "ann".into(),
            method: "/order.v1.OrderService/CreateOrder".into(),
            key: "k".into(),
        },
        fingerprint: [7; 32],
        other_fingerprints: Vec::new(),
    };
    request.extensions_mut().insert(claim.clone());
    let metadata = request.metadata_mut();
    metadata.insert("x-actor", "front-desk".parse().expect("ASCII"));
    metadata.insert("grpc-timeout", "2S".parse().expect("ASCII"));
    let response = orders(&fake)
        .create_order(request)
        .await
        .expect("it is placed");
    let (command, wait) = fake.created();
    assert_eq!(command.claim, Some(claim));
    assert_eq!(command.actor, "front-desk");
    assert_eq!(wait, std::time::Duration::from_millis(1750));
    let disposition = response.extensions().get::<Disposition>();
    assert_eq!(
        disposition,
        Some(&Disposition {
            replayed: false,
            storable: true,
            age: std::time::Duration::ZERO,
        })
    );
}

#[tokio::test]
async fn an_answer_that_still_moves_is_not_stored() {
    let mut refunding = samples::order();
    refunding.refunds.push(Refund {
        refund_id: RefundId::generate(),
        amount: refunding.charges.expect("it is priced").total,
        state: RefundState::Pending,
        reason: String::new(),
        create_time: refunding.create_time,
        saga_id: None,
        seat_ids: Vec::new(),
        seats_due: None,
        shares: None,
        is_posted_back: false,
    });
    for state in OrderState::ALL {
        let at_rest = !matches!(
            state,
            OrderState::Pending | OrderState::AwaitingPayment | OrderState::Cancelling
        );
        let mut order = samples::order();
        order.state = *state;
        assert_eq!(storable(order).await, at_rest, "{state:?}");
    }
    assert!(!storable(refunding).await);
}

async fn storable(order: crate::domain::Order) -> bool {
    let fake = FakeUseCases::default().with(order);
    let response = orders(&fake).create_order(Request::new(booking())).await;
    let response = response.expect("it is placed");
    response
        .extensions()
        .get::<Disposition>()
        .expect("the response has a disposition")
        .storable
}

#[tokio::test]
async fn a_wrong_request_never_reaches_the_use_cases() {
    let fake = FakeUseCases::default();
    let empty = Request::new(CreateOrderRequest::default());
    let status = orders(&fake)
        .create_order(empty)
        .await
        .expect_err("refused");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "VALIDATION_FAILED")
    );
    assert!(!fake.has_created());
}

#[tokio::test]
async fn missing_objects_and_malformed_ids_are_refused_differently() {
    let missing = "0190a5d6-7c2b-7000-8000-000000000000";
    let asked = Request::new(GetOrderRequest {
        order_id: missing.into(),
    });
    let status = orders(&FakeUseCases::default())
        .get_order(asked)
        .await
        .expect_err("none");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "ORDER_NOT_FOUND")
    );
    let sagas = saga_service::Sagas::new(
        FakeUseCases::default(),
        samples::pages(),
        CancellationToken::new(),
    );
    let asked = Request::new(GetSagaRequest {
        saga_id: missing.into(),
    });
    let status = sagas.get_saga(asked).await.expect_err("none");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "SAGA_NOT_FOUND")
    );
    let asked = Request::new(GetSagaRequest {
        saga_id: "x".into(),
    });
    let status = sagas.get_saga(asked).await.expect_err("malformed");
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_page_leads_to_the_next_and_only_in_its_own_list() {
    let service = orders(&FakeUseCases::default());
    let mut asked = ListOrdersRequest {
        organization_id: "org-1".into(),
        page_size: 1,
        ..Default::default()
    };
    let first = service.list_orders(Request::new(asked.clone())).await;
    let first = first.expect("the first page").into_inner();
    assert_eq!(first.orders.len(), 1);
    asked.page_token = first.next_page_token;
    let second = service.list_orders(Request::new(asked.clone())).await;
    let second = second.expect("the second page").into_inner();
    assert_eq!(
        (second.orders.len(), second.next_page_token.as_str()),
        (0, "")
    );
    asked.organization_id = "org-2".into();
    let status = service.list_orders(Request::new(asked)).await;
    let status = status.expect_err("another tenant's token");
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
}

#[tokio::test]
async fn a_refund_needs_a_key_or_an_etag() {
    let service = orders(&FakeUseCases::default());
    let mut asked = order_proto::order::v1::RefundOrderRequest {
        order_id: samples::order().order_id.to_string(),
        ..Default::default()
    };
    let status = service.refund_order(Request::new(asked.clone())).await;
    let status = status.expect_err("it has neither");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::InvalidArgument, "IDEMPOTENCY_KEY_REQUIRED")
    );
    asked.etag = samples::order().etag();
    let answer = service.refund_order(Request::new(asked)).await;
    answer.expect("an etag replaces the key");
}

#[tokio::test]
async fn only_a_signed_webhook_reaches_the_use_cases() {
    use order_proto::order::v1::payment_webhook_service_server::PaymentWebhookService as _;

    let secret = "whsec_c2FuZGJveCB3ZWJob29rIHNlY3JldA==";
    let signatures = Signatures::new(Some(&crate::domain::Secret::new(secret.into())));
    let fake = FakeUseCases::default();
    let service = payment_webhook_service::PaymentWebhooks::new(fake.clone(), signatures);
    let request = || {
        Request::new(order_proto::google::api::HttpBody {
            data: br#"{"type": "ping"}"#.to_vec(),
            ..Default::default()
        })
    };
    let unsigned = service.receive_payment_webhook(request()).await;
    let status = unsigned.expect_err("refused");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "WEBHOOK_SIGNATURE_INVALID")
    );
    assert_eq!(fake.received(), []);

    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.expect("after 1970").as_secs()).expect("it fits");
    let key = standardwebhooks::Webhook::new(secret).expect("a secret");
    let mut signed = request();
    let signature = key.sign("w-1", now, &signed.get_ref().data);
    let signature = signature.expect("it signs");
    let headers = signed.metadata_mut();
    headers.insert("webhook-id", "w-1".parse().expect("ASCII"));
    headers.insert("webhook-timestamp", now.into());
    headers.insert("webhook-signature", signature.parse().expect("ASCII"));
    let received = service.receive_payment_webhook(signed).await;
    received.expect("it is taken");
    assert_eq!(fake.received()[0].webhook_id, "w-1");
}

#[tokio::test]
async fn a_cancel_answers_the_order_or_why_not() {
    let service = orders(&FakeUseCases::default());
    let order = samples::order();
    let right = CancelOrderRequest {
        order_id: order.order_id.to_string(),
        etag: order.etag(),
        ..Default::default()
    };
    let response = service.cancel_order(Request::new(right.clone())).await;
    let response = response.expect("it is cancelled");
    assert!(response.extensions().get::<Disposition>().is_some());
    assert_eq!(response.get_ref().order_id, right.order_id);
    let mut stale = right.clone();
    stale.etag = "v0".into();
    let status = service.cancel_order(Request::new(stale)).await;
    let status = status.expect_err("the order is another");
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    for wrong in [
        CancelOrderRequest::default(),
        CancelOrderRequest {
            reason: "\0".into(),
            ..right.clone()
        },
        CancelOrderRequest {
            reason: "x".repeat(501),
            ..right
        },
    ] {
        let status = service.cancel_order(Request::new(wrong)).await;
        let status = status.expect_err("it breaks a rule");
        assert_eq!(reason(&status), "VALIDATION_FAILED");
    }
}
