//! Collects the rules that a request breaks, each with its field's JSON path.

use order_proto::Validate;
use order_proto::enums::Enums;
use order_proto::lists::Lists;

use crate::error::{Error, Violation};

/// The violations found so far.
#[derive(Debug, Default)]
pub(super) struct Broken(Vec<Violation>);

impl Broken {
    /// Starts with the violations of the protos' own rules.
    ///
    /// # Errors
    /// A list is longer than its rule allows: the violations of the request without those of that list's elements, which
    /// are not looked at. No further rule needs to be checked, so refusing a long list costs no more than reading it.
    pub(super) fn of<M: Validate + Lists + Enums + Clone>(message: &M) -> Result<Self, Error> {
        let overlong = message.overlong();
        if overlong.is_empty() {
            return Ok(Self::rules(message));
        }
        let mut message = message.clone();
        message.shorten();
        let mut broken = Self::rules(&message);
        broken.0.retain(|violation| {
            let in_list = |list: &&str| {
                let rest = violation.field.strip_prefix(&json_path(list));
                rest.is_some_and(|rest| rest.starts_with('['))
            };
            !overlong.iter().any(in_list)
        });
        Err(broken.into_error())
    }

    fn rules<M: Validate + Enums>(message: &M) -> Self {
        let Err(error) = message.validate() else {
            return Self::default();
        };
        let mut broken = Self::default();
        for violation in error.into_violations() {
            let path = violation.field_path();
            let field = path.split('[').next().unwrap_or_default();
            let (rule, message) = (violation.rule_id(), violation.message());
            let description =
                of_enum(rule, message, M::values(field)).unwrap_or_else(|| describe(rule, message));
            broken.add(json_path(&path), description);
        }
        broken
    }

    /// Adds a violation; a field is reported at most once per rule.
    pub(super) fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        let violation = Violation {
            field: field.into(),
            description: description.into(),
        };
        if !self.0.contains(&violation) {
            self.0.push(violation);
        }
    }

    /// Whether a rule of this field is broken already.
    pub(super) fn names(&self, field: &str) -> bool {
        self.0.iter().any(|violation| violation.field == field)
    }

    /// The parsed value; otherwise adds a violation of its field, unless the field has one already.
    pub(super) fn keep<T>(
        &mut self,
        field: &str,
        parsed: Result<T, impl std::fmt::Display>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                if !self.names(field) {
                    self.add(field, error.to_string());
                }
                None
            }
        }
    }

    /// The error with all violations, if there is one.
    pub(super) fn into_result(self) -> Result<(), Error> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }

    /// The error, for a value that could not be parsed: there is at least one violation.
    pub(super) fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}

/// The description of a rule of an enum, which names the values. The library's own has their numbers.
fn of_enum(rule_id: &str, message: &str, values: &[(i32, &str)]) -> Option<String> {
    let is_listed = |number: i32| {
        let mut numbers = message.split(|c: char| !c.is_ascii_digit());
        rule_id != "enum.in" || numbers.any(|listed| listed.parse() == Ok(number))
    };
    let names = values.iter().filter(|(number, _)| is_listed(*number));
    let names: Vec<&str> = names.map(|(_, name)| *name).collect();
    let is_enum = rule_id.starts_with("enum.") && !names.is_empty();
    is_enum.then(|| format!("must be one of {}", names.join(", ")))
}

/// Descriptions of rules; the library's own where they are clear.
fn describe(rule_id: &str, message: &str) -> String {
    match rule_id {
        "required" => "is required".into(),
        "string.uuid" | "string.uuid_empty" => "must be a UUID".into(),
        "string.pattern" if message.contains("`^[!-~]*$`") => {
            "must be visible ASCII characters, without spaces".into()
        }
        "string.pattern" => "does not have the form that the field's comment describes".into(),
        _ if message.is_empty() => format!("breaks the rule `{rule_id}`"),
        _ => message.into(),
    }
}

/// A proto field path as its JSON path: `tickets[1].seat_id` is `tickets[1].seatId`. Map keys stay as they are.
pub(super) fn json_path(path: &str) -> String {
    let mut json = String::with_capacity(path.len());
    let (mut in_key, mut escaped, mut upper) = (false, false, false);
    for c in path.chars() {
        if in_key {
            json.push(c);
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_key = false,
                _ => {}
            }
        } else if c == '_' {
            upper = true;
        } else {
            in_key = c == '"';
            json.push(if upper { c.to_ascii_uppercase() } else { c });
            upper = false;
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_an_enum_names_its_values() {
        use order_proto::order::v1::{ListSagasRequest, ResolveSagaRequest};
        let broken = Broken::of(&ResolveSagaRequest {
            order_state: 1,
            ..Default::default()
        });
        let broken = broken.expect("no list is too long").0;
        let of_state = broken
            .iter()
            .find(|violation| violation.field == "orderState");
        assert_eq!(
            of_state.expect("it is broken").description,
            "must be one of ORDER_STATE_CONFIRMED, ORDER_STATE_FAILED, ORDER_STATE_CANCELLED"
        );
        let broken = Broken::of(&ListSagasRequest {
            states: vec![0, 99],
            ..Default::default()
        });
        let broken = broken.expect("no list is too long").0;
        assert_eq!(broken[0].field, "states[0]");
        let named = "must be one of SAGA_STATE_RUNNING, SAGA_STATE_WAITING, ";
        for violation in &broken {
            assert!(violation.description.starts_with(named), "{violation:?}");
        }
    }

    #[test]
    fn paths_are_written_as_json_names_them() {
        for (proto, json) in [
            ("organization_id", "organizationId"),
            ("tickets[1].seat_id", "tickets[1].seatId"),
            ("payment_method.token", "paymentMethod.token"),
            (
                r#"metadata["a_b\"_c"].some_field"#,
                r#"metadata["a_b\"_c"].someField"#,
            ),
            ("wait", "wait"),
        ] {
            assert_eq!(json_path(proto), json);
        }
    }
}
