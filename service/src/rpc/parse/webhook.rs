//! Parses the body of a webhook whose signature is valid.

use serde::Deserialize;
use serde_json::Value;

use super::broken::Broken;
use crate::domain::{About, Currency, Money, OrderId, RefundId, Webhook, WebhookContent};
use crate::error::{Error, Violation};

/// Longest event type and longest payment id, in characters.
const CHARS_MAX: usize = 128;

/// Unknown fields are ignored: the sender may add fields.
#[derive(Deserialize)]
struct Body {
    r#type: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Data {
    payment_id: String,
    order_id: String,
    #[serde(default)]
    refund_id: Option<String>,
    amount: i64,
    currency: String,
}

/// The subject of an event; `None` for an unknown type.
#[derive(Clone, Copy)]
enum Subject {
    Payment,
    Refund,
}

fn subject(event: &str) -> Option<Subject> {
    match event {
        "payment.authorized" | "payment.captured" | "payment.failed" => Some(Subject::Payment),
        "refund.succeeded" | "refund.failed" => Some(Subject::Refund),
        _ => None,
    }
}

/// Error: Invalid, naming the field by its path in the body.
pub(in crate::rpc) fn webhook(webhook_id: String, body: &[u8]) -> Result<Webhook, Error> {
    let Body { r#type, data } = serde_json::from_slice(body)
        .map_err(|_| invalid("", "must be JSON with `type` and `data`"))?;
    if !is_short(&r#type) {
        return Err(invalid("type", "must be 1 to 128 visible ASCII characters"));
    }
    let Some(subject) = subject(&r#type) else {
        let order_id = data.get("order_id").and_then(Value::as_str);
        return Ok(Webhook {
            webhook_id,
            event: r#type,
            order_id: order_id.and_then(|text| text.parse().ok()),
            content: None,
        });
    };
    let data: Data = serde_json::from_value(data).map_err(|_| {
        let rule = "must have `payment_id`, `order_id`, `amount` in minor units and `currency`";
        invalid("data", rule)
    })?;
    let (order_id, content) = content(subject, data)?;
    Ok(Webhook {
        webhook_id,
        event: r#type,
        order_id: Some(order_id),
        content: Some(content),
    })
}

fn content(subject: Subject, data: Data) -> Result<(OrderId, WebhookContent), Error> {
    let mut broken = Broken::default();
    let order_id: Option<OrderId> = broken.keep("data.order_id", data.order_id.parse());
    let currency: Option<Currency> = broken.keep("data.currency", data.currency.parse());
    let refund_id = data
        .refund_id
        .filter(|_| matches!(subject, Subject::Refund));
    let refund_id = refund_id.map(|text| broken.keep("data.refund_id", text.parse::<RefundId>()));
    let (Some(order_id), Some(currency)) = (order_id, currency) else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    if !is_short(&data.payment_id) {
        return Err(invalid(
            "data.payment_id",
            "must be 1 to 128 visible ASCII characters",
        ));
    }
    if data.amount < 0 {
        return Err(invalid("data.amount", "must not be negative"));
    }
    let about = match subject {
        Subject::Payment => About::Payment,
        Subject::Refund => About::Refund(refund_id.flatten()),
    };
    let content = WebhookContent {
        payment_id: data.payment_id,
        about,
        amount: Money::new(data.amount, currency),
    };
    Ok((order_id, content))
}

fn is_short(text: &str) -> bool {
    (1..=CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn invalid(field: &str, description: &str) -> Error {
    Error::Invalid(vec![Violation {
        field: field.into(),
        description: description.into(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "0190a5d6-7c2b-7000-8000-0123456789ab";

    fn body(event: &str, amount: &str) -> String {
        format!(
            r#"{{"type":"{event}","later":1,"data":{{"payment_id":"p","order_id":"{ORDER}","amount":{amount},"currency":"USD"}}}}"#
        )
    }

    fn parsed(body: &str) -> Result<Webhook, Error> {
        webhook("w".into(), body.as_bytes())
    }

    #[test]
    fn an_event_is_about_a_payment_or_a_refund() {
        let captured = parsed(&body("payment.captured", "5000")).expect("the event is valid");
        let content = captured.content.expect("the type is known");
        assert_eq!(content.about, About::Payment);
        assert_eq!(
            content.amount,
            Money::new(5000, "USD".parse().expect("known"))
        );
        assert_eq!(
            captured.order_id.map(|id| id.to_string()).as_deref(),
            Some(ORDER)
        );
        let refunded = parsed(&body("refund.failed", "1")).expect("the event is valid");
        assert_eq!(
            refunded.content.expect("the type is known").about,
            About::Refund(None)
        );
    }

    #[test]
    fn an_unknown_event_type_has_no_content_and_may_name_an_order() {
        let unknown = parsed(&body("payment.blessed", "true")).expect("the event is accepted");
        assert_eq!((unknown.content, unknown.order_id.is_some()), (None, true));
        let bare = parsed(r#"{"type":"ping"}"#).expect("the event is accepted");
        assert_eq!((bare.content, bare.order_id), (None, None));
    }

    #[test]
    fn an_invalid_event_is_refused_with_its_field() {
        for (text, field) in [
            ("", ""),
            ("[]", ""),
            (r#"{"data":{}}"#, ""),
            (r#"{"type":"a b"}"#, "type"),
            (r#"{"type":"payment.failed"}"#, "data"),
            (&body("payment.failed", "1.5"), "data"),
            (&body("payment.failed", r#""1""#), "data"),
            (&body("payment.failed", "-1"), "data.amount"),
            (
                &body("payment.failed", "1").replace(ORDER, "x"),
                "data.order_id",
            ),
            (
                &body("payment.failed", "1").replace("USD", "usd"),
                "data.currency",
            ),
        ] {
            let Err(Error::Invalid(violations)) = parsed(text) else {
                panic!("{text} is accepted");
            };
            assert_eq!(violations[0].field, field, "{text}");
        }
    }
}
