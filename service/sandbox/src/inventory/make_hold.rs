//! `MakeHold`: the hold that a buyer has before there is an order, made in one call.

use order_proto::inventory::v1::{HoldSeatsRequest, HoldSeatsResponse};
use order_proto::sandbox::v1::MakeHoldRequest;
use prost::Message as _;
use uuid::Uuid;

use super::hold_seats;
use crate::rpc::Attempt;
use crate::value::digest::Digest;
use crate::value::moment::Moment;
use crate::value::refusal::Refusal;
use crate::world::{Change, World};

/// How long seats are held unless the request says otherwise.
const HELD_SECS: i64 = 15 * 60;

/// Holds the seats under a random name in place of an order's id.
pub(crate) fn make_hold(
    world: &World,
    request: MakeHoldRequest,
) -> Result<(Vec<Change>, HoldSeatsResponse), Refusal> {
    let fifteen_minutes = prost_types::Duration {
        seconds: HELD_SECS,
        nanos: 0,
    };
    let request = HoldSeatsRequest {
        organization_id: request.organization_id,
        event_id: request.event_id,
        user_id: request.user_id,
        order_id: format!("buyer_{}", Uuid::now_v7()),
        seat_ids: request.seat_ids,
        hold_duration: request.hold_duration.or(Some(fifteen_minutes)),
        ..HoldSeatsRequest::default()
    };
    let attempt = Attempt {
        now: Moment::now(),
        content: Digest::of("MakeHold", &request.encode_to_vec()),
        repeated: false,
    };
    hold_seats::without_order(&request, &world.inventory, attempt)
}
