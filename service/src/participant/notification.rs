//! Notification over gRPC.

use order_proto::notification::v1 as wire;
use order_proto::notification::v1::notification_service_client::NotificationServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::wire::{Envelope, misrouted};
use crate::domain::{Answer, Call};

/// Makes Notification's call.
pub(super) async fn send(
    mut client: NotificationServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    let Call::SendNotification {
        notification_id,
        organization_id,
        template,
        contact,
        data,
    } = call
    else {
        return Err(misrouted(&call));
    };
    let message = wire::SendNotificationRequest {
        notification_id,
        organization_id: organization_id.to_string(),
        template,
        contact: Some(wire::Contact {
            email: contact.email,
            phone: contact.phone,
        }),
        data,
    };
    let sent = client.send_notification(envelope.around(message)).await;
    sent.map(|_| Answer::Taken)
}
