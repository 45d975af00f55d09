"""What schemathesis is taught beside the document: ids of things that are there, a check of refusals, and how streams are
read."""

import itertools
import json
import os
import re
from urllib.request import Request, urlopen

import schemathesis

GATEWAY = os.environ["ORDER_GATEWAY"]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# A refund needs a key in its header or an etag in its body.
UNSAYABLE_REASONS = ("IDEMPOTENCY_KEY_REQUIRED",)
# The parts of a violation's path, as in `tickets[1].seatId` and `metadata["a b"]`.
STEP = re.compile(r'([A-Za-z]\w*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def named(body, field):
    """What of the body a violation's path names; None where it names nothing."""
    value = body
    for name, index, key in STEP.findall(field):
        step = int(index) if index else json.loads(key) if key else name
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def breaks_what_no_schema_says(body, field):
    """Whether what stands there breaks a rule across fields or elements, or one that no keyword of JSON Schema says; the
    protos' comments do."""
    value = named(body, field)
    if "\\u0000" in json.dumps(value):
        return True
    if isinstance(value, dict) and value.keys() <= {"currencyCode", "units", "nanos"}:  # more than zero, all told
        return int(value.get("units") or 0) * 10**9 + int(value.get("nanos") or 0) <= 0
    seats = [named(body, f"tickets[{at}].seatId") for at in range(50)] + (named(body, "seatIds") or [])
    return value is not None and seats.count(value) > 1


def asked(path, body=None):
    """What the gateway answers."""
    head = {"Content-Type": "application/json"}
    request = Request(GATEWAY + path, body and json.dumps(body).encode(), head)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def things():
    """Ids of orders in several states, of their sagas, and of what is on its way out for them."""
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


KNOWN = {name: itertools.cycle(ids) for name, ids in things().items()}


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Every other well-formed id is one of something that is there: the rest of the request is looked at then."""
    for name, known in KNOWN.items():
        drawn = (path_parameters or {}).get(name)
        if isinstance(drawn, str) and UUID.fullmatch(drawn) and int(drawn[-1], 16) % 2:
            path_parameters[name] = next(known)
    return path_parameters


@schemathesis.check
def refuses_what_is_well_formed_only_for_its_state(ctx, response, case):
    """A request that keeps the document's rules may come too late (an order that has failed is not cancelled): that is
    FAILED_PRECONDITION, which HTTP has as 400 too. INVALID_ARGUMENT would say that a rule is missing in the document."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 400:
        return
    failed_precondition = 9
    refusal = response.json()
    if refusal["code"] == failed_precondition:
        return
    reasons = [detail["reason"] for detail in refusal["details"] if "reason" in detail]
    if any(reason in UNSAYABLE_REASONS for reason in reasons):
        return
    fields = [
        violation["field"]
        for detail in refusal["details"]
        for violation in detail.get("fieldViolations", [])
    ]
    assert fields and all(breaks_what_no_schema_says(case.body, field) for field in fields), refusal


@schemathesis.deserializer("application/x-ndjson")
def lines(ctx, response):
    """One JSON value a line. Texts may hold what Unicode calls an end of line."""
    return [json.loads(line) for line in response.text.split("\n") if line]
