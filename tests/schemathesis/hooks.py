"""What schemathesis is taught beside the document: a check of refusals, and how streams are read."""

import json

import schemathesis

# Rules that hold across fields or elements, or that no keyword of JSON Schema says; the protos' comments do.
UNSAYABLE = (
    "must not name a seat",  # that another ticket names
    "must be more than zero",  # units and nanos together
    "must not contain the character NUL",
)
# A refund needs a key in its header or an etag in its body.
UNSAYABLE_REASONS = ("IDEMPOTENCY_KEY_REQUIRED",)


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
    violations = [
        violation["description"]
        for detail in refusal["details"]
        for violation in detail.get("fieldViolations", [])
    ]
    said = [any(violation.startswith(rule) for rule in UNSAYABLE) for violation in violations]
    assert said and all(said), refusal


@schemathesis.deserializer("application/x-ndjson")
def lines(ctx, response):
    """One JSON value a line."""
    return [json.loads(line) for line in response.text.splitlines() if line]
