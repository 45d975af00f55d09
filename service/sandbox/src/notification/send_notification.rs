//! `SendNotification`: counts every delivery of a notification; its id is its key.

use order_proto::notification::v1::{SendNotificationRequest, SendNotificationResponse};

use super::Notification;
use crate::rpc::{Attempt, Decision, Kind, Rpc};
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

/// The field of `data` that names the order.
const ORDER_ID: &str = "order_id";

impl Rpc for SendNotificationRequest {
    type Answer = SendNotificationResponse;
    const METHOD: Method = Method::SendNotification;

    fn kind(&self) -> Kind<'_> {
        Kind::Command {
            key: &self.notification_id,
        }
    }

    fn order_id(&self) -> &str {
        self.data.get(ORDER_ID).map_or("", String::as_str)
    }

    fn decide(&self, world: &World, attempt: Attempt) -> Decision<SendNotificationResponse> {
        let known = world.notifications.of_id(&self.notification_id);
        if known.is_none() && !is_complete(self) {
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
            duplicate: attempt.repeated,
        };
        let mut decision = if attempt.repeated {
            Decision::repeated(answer)
        } else {
            Decision::done(Vec::new(), answer)
        };
        let change = world::Change::Notification(notification);
        decision.changes.push(change);
        decision
    }
}

/// Whether the request has all that a real provider needs.
fn is_complete(request: &SendNotificationRequest) -> bool {
    let reachable = request
        .contact
        .as_ref()
        .is_some_and(|contact| !contact.email.is_empty() || !contact.phone.is_empty());
    reachable && !request.organization_id.is_empty() && !request.template.is_empty()
}
