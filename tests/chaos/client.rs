//! A client that books for one buyer after another: it repeats requests, pays or not, cancels, asks for refunds, and
//! retries until it has an answer.
//!
//! Knows the public contract, and nothing of the disturbances.

mod standing_in;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use order_proto::google::r#type::Money;
use order_proto::order::v1::order_service_client::OrderServiceClient;
use order_proto::order::v1::{
    CancelOrderRequest, GetOrderRequest, Order, OrderState, RefundOrderRequest,
};
use order_tests::Booking;
use order_tests::booking::key;
use order_tests::wait::pace;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

use super::dice::Dice;
use super::tally::Tally;

/// The timeout of one attempt; a paused replica does not answer.
const TRY_WITHIN: Duration = Duration::from_secs(4);
/// How long a request is retried when no disturbance is left.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The `wait` of a request in seconds.
const WAIT_SECS: u32 = 2;
/// Reasons of errors after which the same request may be repeated.
const AGAIN: [&str; 6] = [
    "BACKEND_UNAVAILABLE",
    "STORE_UNAVAILABLE",
    "SHUTTING_DOWN",
    "OVERLOADED",
    "IDEMPOTENCY_KEY_IN_USE",
    "DEADLINE_EXCEEDED",
];
/// Payment tokens and the percentage of buyers that use each.
const TOKENS: [(&str, u64); 9] = [
    ("tok_ok", 52),
    ("tok_refund_pending", 10),
    ("tok_lost_reply", 8),
    ("tok_unavailable_2", 6),
    ("tok_slow_300", 6),
    ("tok_declined", 5),
    ("tok_capture_declined", 4),
    ("tok_capture_pending", 4),
    ("tok_requires_action", 5),
];

/// The state that all clients share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// One connection per replica.
    pub(crate) replicas: Vec<Channel>,
    pub(crate) sandbox: Channel,
    pub(crate) tally: Tally,
    /// Whether clients start no further bookings.
    pub(crate) closing: AtomicBool,
}

/// One client with its own random generator.
#[derive(Debug)]
pub(crate) struct Client {
    shared: Arc<Shared>,
    dice: Dice,
    retries_until: Option<Instant>,
}

impl Client {
    pub(crate) fn new(shared: &Arc<Shared>, dice: Dice) -> Self {
        Self {
            shared: Arc::clone(shared),
            dice,
            retries_until: None,
        }
    }

    /// Books for one buyer after another until `closing` is set.
    pub(crate) async fn run(mut self) {
        while !self.shared.closing.load(Ordering::Relaxed) {
            let Some((booking, key, order)) = self.book().await else {
                continue;
            };
            if self.dice.percent(3) {
                self.reuse(&booking, &key).await;
            }
            let order = self.pay(&booking, order).await;
            match order.state() {
                OrderState::Confirmed if self.dice.percent(20) => self.cancel(&order).await,
                OrderState::Confirmed if self.dice.percent(20) => self.refund(&order).await,
                OrderState::Confirmed if self.dice.percent(5) => {
                    let mut other = Self::new(&self.shared, self.dice.nth(1));
                    tokio::join!(self.cancel(&order), other.refund(&order));
                }
                OrderState::Pending | OrderState::AwaitingPayment if self.dice.percent(30) => {
                    self.cancel(&order).await;
                }
                OrderState::Unspecified
                | OrderState::Pending
                | OrderState::AwaitingPayment
                | OrderState::Confirmed
                | OrderState::Failed
                | OrderState::Expired
                | OrderState::Cancelling
                | OrderState::Cancelled => {}
            }
            if booking.token == "tok_refund_pending" {
                self.bank(&order.order_id).await;
            }
        }
    }

    /// Books under one key, sometimes with several concurrent requests. `None` when no request was answered, which
    /// counts as a breach.
    async fn book(&mut self) -> Option<(Booking, String, Order)> {
        let (booking, key) = (self.booking(), key());
        let copies = if self.dice.percent(30) {
            2 + self.dice.below(3)
        } else {
            1
        };
        self.shared.tally.lock().duplicates += copies - 1;
        let sent = (0..copies).map(|copy| {
            let mut other = Self::new(&self.shared, self.dice.nth(copy));
            let (booking, key) = (booking.clone(), key.clone());
            async move { other.create(&booking, &key).await }
        });
        let sent = join_all(sent).await;
        self.dice.roll();
        let mut answers = Vec::new();
        for answer in sent {
            match answer {
                Ok(order) => answers.push(order),
                Err(status) => {
                    let what = format!("a booking under key {key} ended in an error: {status:?}");
                    self.shared.tally.breach(what);
                }
            }
        }
        // Concurrent answers arrive in any order; sort them by the order's own progress.
        answers.sort_by_key(|order| {
            let time = order.update_time.unwrap_or_default();
            (time.seconds, time.nanos)
        });
        for order in &answers {
            self.shared.tally.record_answer(order);
            let (one, other) = (&answers[0].order_id, &order.order_id);
            if one != other {
                let what = format!("key {key} made two orders: {one} and {other}");
                self.shared.tally.breach(what);
            }
        }
        answers.pop().map(|order| (booking, key, order))
    }

    fn booking(&mut self) -> Booking {
        let mut booking = Booking::new().for_organization(&format!("org-{}", self.dice.below(8)));
        booking.event_id = "ga-chaos".to_owned();
        let count = 1 + self.dice.below(3);
        booking.seat_ids = if self.dice.percent(15) {
            // Seats for which other clients compete.
            vec![format!("hot-{}", self.dice.below(40))]
        } else {
            let row = format!("{:016x}", self.dice.roll());
            (0..count).map(|seat| format!("{row}-{seat}")).collect()
        };
        let mut at = self.dice.below(100);
        for (token, often) in TOKENS {
            if at < often {
                token.clone_into(&mut booking.token);
                break;
            }
            at -= often;
        }
        booking.wait_secs = Some(WAIT_SECS);
        booking
    }

    async fn create(&mut self, booking: &Booking, key: &str) -> Result<Order, Status> {
        let message = booking.proto();
        self.retry(|channel| {
            let request = keyed(message.clone(), key);
            async move { OrderServiceClient::new(channel).create_order(request).await }
        })
        .await
    }

    /// A different request under a used key must be refused, whatever is disturbed.
    async fn reuse(&mut self, booking: &Booking, key: &str) {
        let mut other = booking.clone();
        other.seat_ids = vec![format!("{:016x}", self.dice.roll())];
        self.shared.tally.lock().keys_reused += 1;
        match self.create(&other, key).await {
            Err(status) if reason(&status).as_deref() == Some("IDEMPOTENCY_KEY_REUSED") => {}
            answer => {
                let what = format!("key {key} was taken for another request: {answer:?}");
                self.shared.tally.breach(what);
            }
        }
    }

    /// The current state of the order. `None` when no request was answered, which counts as a breach.
    pub(crate) async fn look(&mut self, order_id: &str) -> Option<Order> {
        let message = GetOrderRequest {
            order_id: order_id.to_owned(),
        };
        let answer = self
            .retry(|channel| {
                let message = message.clone();
                async move { OrderServiceClient::new(channel).get_order(message).await }
            })
            .await;
        match answer {
            Ok(order) => {
                self.shared.tally.record_answer(&order);
                Some(order)
            }
            Err(status) => {
                let what = format!("order {order_id} cannot be read: {status:?}");
                self.shared.tally.breach(what);
                None
            }
        }
    }

    async fn cancel(&mut self, order: &Order) {
        self.shared.tally.cancelling(&order.order_id);
        let message = CancelOrderRequest {
            order_id: order.order_id.clone(),
            reason: "chaos".to_owned(),
            wait: Some(wait()),
            ..Default::default()
        };
        let key = key();
        let answer = self
            .retry(|channel| {
                let request = keyed(message.clone(), &key);
                async move { OrderServiceClient::new(channel).cancel_order(request).await }
            })
            .await;
        self.shared.tally.lock().cancels += 1;
        self.note("cancel", order, answer);
    }

    async fn refund(&mut self, order: &Order) {
        self.shared.tally.cancelling(&order.order_id);
        let mut message = RefundOrderRequest {
            order_id: order.order_id.clone(),
            reason: "chaos".to_owned(),
            wait: Some(wait()),
            ..Default::default()
        };
        match self.dice.below(3) {
            0 => {
                message.amount = Some(Money {
                    currency_code: "USD".to_owned(),
                    units: 1 + i64::try_from(self.dice.below(60)).expect("the value fits"),
                    nanos: 0,
                });
            }
            1 => {
                let ticket = self.dice.one_of(&order.tickets);
                message.seat_ids = vec![ticket.seat_id.clone()];
            }
            _ => {}
        }
        let key = key();
        let answer = self
            .retry(|channel| {
                let request = keyed(message.clone(), &key);
                async move { OrderServiceClient::new(channel).refund_order(request).await }
            })
            .await;
        self.shared.tally.lock().refunds += 1;
        self.note("refund", order, answer);
    }

    fn note(&self, what: &str, order: &Order, answer: Result<Order, Status>) {
        match answer {
            Ok(order) => self.shared.tally.record_answer(&order),
            Err(status) => {
                // The last reason is that of a seat which a cancel released first.
                let no = [
                    "ORDER_STATE_INVALID",
                    "REFUND_TOO_LARGE",
                    "VALIDATION_FAILED",
                ];
                if !reason(&status).is_some_and(|reason| no.contains(&reason.as_str())) {
                    let order_id = &order.order_id;
                    let what = format!("a {what} of {order_id} ended in an error: {status:?}");
                    self.shared.tally.breach(what);
                }
            }
        }
    }

    /// Retries a request on either replica until one of them gives a final answer.
    async fn retry<T, F, A>(&mut self, send: F) -> Result<T, Status>
    where
        F: Fn(Channel) -> A,
        A: Future<Output = Result<Response<T>, Status>>,
    {
        loop {
            self.shared.tally.lock().requests += 1;
            let channel = self.dice.one_of(&self.shared.replicas).clone();
            let answer = tokio::time::timeout(TRY_WITHIN, send(channel)).await;
            let status = match answer {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(status)) if !may_be_repeated(&status) => return Err(status),
                Ok(Err(status)) => status,
                Err(_) => Status::deadline_exceeded("the replica did not answer"),
            };
            self.shared.tally.lock().retries += 1;
            if self.shared.closing.load(Ordering::Relaxed) {
                let until = self
                    .retries_until
                    .get_or_insert(Instant::now() + REQUEST_TIMEOUT);
                if Instant::now() >= *until {
                    return Err(status);
                }
            }
            pace(self.dice.millis(50, 400)).await;
        }
    }
}

fn wait() -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::from(WAIT_SECS),
        nanos: 0,
    }
}

fn keyed<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request
}

fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// Whether the service reports a transient error, or the connection broke, which gives no reason.
fn may_be_repeated(status: &Status) -> bool {
    match reason(status) {
        Some(reason) => AGAIN.contains(&reason.as_str()),
        None => status.code() != Code::Unimplemented,
    }
}
