"""Extensions of schemathesis beyond the OpenAPI document: ids that exist, a check of refusals, and a reader of streams."""

import itertools
import json
import os
import re
from urllib.request import Request, urlopen

import schemathesis

GATEWAY = os.environ["ORDER_GATEWAY"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# A refund requires a key in the header or an etag in the body.
REASONS_OUTSIDE_SCHEMA = ("IDEMPOTENCY_KEY_REQUIRED",)
# The parts of a violation's path, as in `tickets[1].seatId` and `metadata["a b"]`.
STEP = re.compile(r'([A-Za-z]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def named(body, field):
    """The value in the body at the path of a violation; None when there is none."""
    value = body
    for name, index, key in STEP.findall(field):
        step = int(index) if index else json.loads(key) if key else name
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def breaks_rule_outside_schema(body, field):
    """Whether the value breaks a rule across fields or elements, or another rule that JSON Schema cannot express. The
    comments of the protos describe these rules."""
    value = named(body, field)
    if "\\u0000" in json.dumps(value):
        return True
    if isinstance(value, dict) and value.keys() <= {"currencyCode", "units", "nanos"}:  # the sum must be more than zero
        return int(value.get("units") or 0) * 10**9 + int(value.get("nanos") or 0) <= 0
    seats = [named(body, f"tickets[{at}].seatId") for at in range(50)] + (named(body, "seatIds") or [])
    return value is not None and seats.count(value) > 1


def asked(path, body=None):
    """The JSON answer of the gateway."""
    head = {"Content-Type": "application/json"}
    request = Request(GATEWAY + path, body and json.dumps(body).encode(), head)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def existing_ids():
    """Ids of orders in several states, of their sagas and of their deliveries."""
    orders = [
        asked(
            "/v1/orders",
            {
                "organizationId": "schemathesis",
                "userId": "u",
                "eventId": "ga-schemathesis",
                "tickets": [{"seatId": f"{token}-{seat}"} for seat in range(3)],
                "paymentMethod": {"type": "card", "token": token},
                "contact": {"email": "a@b.example"},
            },
        )
        for token in ("tok_ok", "tok_requires_action", "tok_declined")
    ]
    deliveries = asked("/v1/deliveries?organizationId=schemathesis")["deliveries"]
    return {
        "order_id": [order["orderId"] for order in orders],
        "saga_id": [order["sagaId"] for order in orders],
        "delivery_id": [delivery["deliveryId"] for delivery in deliveries],
    }


KNOWN = {name: itertools.cycle(ids) for name, ids in existing_ids().items()}


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Replaces every other well-formed id by one that exists, so that the rest of the request is processed."""
    for name, known in KNOWN.items():
        drawn = (path_parameters or {}).get(name)
        if isinstance(drawn, str) and UUID.fullmatch(drawn) and int(drawn[-1], 16) % 2:
            path_parameters[name] = next(known)
    return path_parameters


@schemathesis.check
def refuses_what_is_well_formed_only_for_its_state(ctx, response, case):
    """A request that is valid according to the document can be refused for the current state (a failed order cannot be
    cancelled): FAILED_PRECONDITION, which HTTP maps to 400 too. INVALID_ARGUMENT would mean that a rule is missing in the
    document."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 400:
        return
    failed_precondition = 9
    refusal = response.json()
    if refusal["code"] == failed_precondition:
        return
    reasons = [detail["reason"] for detail in refusal["details"] if "reason" in detail]
    if any(reason in REASONS_OUTSIDE_SCHEMA for reason in reasons):
        return
    fields = [
        violation["field"]
        for detail in refusal["details"]
        for violation in detail.get("fieldViolations", [])
    ]
    assert fields and all(breaks_rule_outside_schema(case.body, field) for field in fields), refusal


@schemathesis.deserializer("application/x-ndjson")
def lines(ctx, response):
    """Parses one JSON value per line. Splits at \\n only, because texts may contain other Unicode line separators."""
    return [json.loads(line) for line in response.text.split("\n") if line]
