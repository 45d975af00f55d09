//! The stand-in for `notification.v1`: counts what it is asked to send, and sends nothing. Keeps no contact and no text.

use std::collections::HashMap;
use std::sync::Arc;

use order_proto::notification::v1::notification_service_server::NotificationService;
use order_proto::notification::v1::{SendNotificationRequest, SendNotificationResponse};
use order_proto::sandbox::v1::NotificationTotals;
use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status};

use crate::gate::Gate;
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

/// The field of `data` that names the order.
const ORDER_ID: &str = "order_id";

/// One notification: sent on once, received `deliveries` times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Notification {
    notification_id: String,
    order_id: String,
    template: String,
    deliveries: i32,
}

/// A notification as it stands from now on.
pub(crate) type Change = Notification;

impl Notification {
    fn totals(&self) -> NotificationTotals {
        NotificationTotals {
            notification_id: self.notification_id.clone(),
            order_id: self.order_id.clone(),
            template: self.template.clone(),
            deliveries: self.deliveries,
        }
    }
}

/// Every notification, by its id and by its order.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    by_id: HashMap<String, Notification>,
    by_order: HashMap<String, Vec<String>>,
}

impl Notifications {
    pub(crate) fn apply(&mut self, change: Change) {
        let id = change.notification_id.clone();
        let order_id = change.order_id.clone();
        if self.by_id.insert(id.clone(), change).is_none() {
            self.by_order.entry(order_id).or_default().push(id);
        }
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        self.by_id.values().cloned()
    }

    pub(crate) fn totals(&self) -> Vec<NotificationTotals> {
        self.by_id.values().map(Notification::totals).collect()
    }

    pub(crate) fn totals_of(&self, order_id: &str) -> Vec<NotificationTotals> {
        let ids = self.by_order.get(order_id);
        ids.into_iter()
            .flatten()
            .filter_map(|id| self.by_id.get(id))
            .map(Notification::totals)
            .collect()
    }
}

impl Rpc for SendNotificationRequest {
    type Answer = SendNotificationResponse;
    const METHOD: Method = Method::SendNotification;

    fn call(&self) -> Call<'_> {
        Call::ActsForNoOrder {
            key: &self.notification_id,
        }
    }

    fn order_id(&self) -> &str {
        self.data.get(ORDER_ID).map_or("", String::as_str)
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<SendNotificationResponse> {
        let known = world.notifications.by_id.get(&self.notification_id);
        if known.is_none() && !can_be_sent(self) {
            let message = "a notification names its organization, its template and a contact";
            return Decision::refused(Refusal::incomplete(message));
        }
        let mut notification = known.cloned().unwrap_or_else(|| Notification {
            notification_id: self.notification_id.clone(),
            order_id: Rpc::order_id(self).to_owned(),
            template: self.template.clone(),
            deliveries: 0,
        });
        notification.deliveries = notification.deliveries.saturating_add(1);
        let answer = SendNotificationResponse {
            duplicate: asked.repeated,
        };
        let mut decision = if asked.repeated {
            Decision::stands(answer)
        } else {
            Decision::done(Vec::new(), answer)
        };
        decision
            .changes
            .push(world::Change::Notification(notification));
        decision
    }
}

/// Whether there is enough to send.
fn can_be_sent(request: &SendNotificationRequest) -> bool {
    let reachable = request
        .contact
        .as_ref()
        .is_some_and(|contact| !contact.email.is_empty() || !contact.phone.is_empty());
    reachable && !request.organization_id.is_empty() && !request.template.is_empty()
}

/// The service.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl NotificationService for Service {
    async fn send_notification(
        &self,
        request: Request<SendNotificationRequest>,
    ) -> Result<Response<SendNotificationResponse>, Status> {
        self.0.pass(request).await
    }
}
