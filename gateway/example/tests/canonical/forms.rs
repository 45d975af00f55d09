//! JSON in another form than the canonical one: unknown things ignored, defaults written, names of the proto, enums as
//! numbers.

use order_gateway::transcode::{to_json, to_wire};
use order_gateway_example::relaxed;
use serde_json::{Value, json};

/// The JSON that the message of `json` becomes.
fn through(name: &str, json: &str) -> Result<Value, String> {
    let message = relaxed::TABLES.message(name).expect("it has a table");
    let wire = to_wire(&relaxed::TABLES, message, json.as_bytes());
    let wire = wire.map_err(|fault| fault.to_string())?;
    let json = to_json(&relaxed::TABLES, message, &wire).expect("it has JSON");
    Ok(serde_json::from_slice(&json).expect("it is JSON"))
}

fn everything(json: &str) -> Value {
    through("zoo.v1.Everything", json).unwrap_or_else(|fault| panic!("{json}: {fault}"))
}

#[test]
fn unknown_fields_are_ignored_wherever_they_are() {
    let plain = everything("{}");
    for json in [
        r#"{"nothing": 1}"#,
        r#"{"nothing": {"a": [1, {"b": null}]}, "more": "x"}"#,
        r#"{"anAny": {"@type": "x/zoo.v1.Animal", "nothing": 1}, "anAny2": 1}"#,
    ] {
        let mut found = everything(json);
        let members = found.as_object_mut().expect("an object");
        members.remove("an_any");
        assert_eq!(found, plain, "{json}");
    }
    let boxed =
        r#"{"anAny": {"@type": "x/google.protobuf.Duration", "nothing": [1], "value": "3s"}}"#;
    assert_eq!(everything(boxed)["an_any"]["value"], "3s");
    assert!(
        through("zoo.v1.Everything", "{nothing}").is_err(),
        "it is still JSON"
    );
}

#[test]
fn unknown_names_of_enum_values_are_ignored_with_their_field_element_or_entry() {
    assert_eq!(everything(r#"{"aKind": "NO_KIND"}"#), everything("{}"));
    let listed = everything(r#"{"kinds": ["KIND_CAT", "NO_KIND", "KIND_CAT"]}"#);
    assert_eq!(
        listed["kinds"].as_array().map(Vec::len),
        Some(2),
        "{listed}"
    );
    let mapped = everything(r#"{"byInt32": {"1": "NO_KIND", "2": "KIND_CAT"}}"#);
    let keys: Vec<_> = mapped["by_int32"]
        .as_object()
        .expect("a map")
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["2"]);
}

#[test]
fn fields_without_presence_are_written_with_their_defaults() {
    let plain = everything("{}");
    for (field, default) in [
        ("an_int32", json!(0)),
        ("an_int64", json!("0")),
        ("a_string", json!("")),
        ("a_bool", json!(false)),
        ("a_kind", json!(0)),
        ("int32s", json!([])),
        ("by_string", json!({})),
    ] {
        assert_eq!(plain[field], default, "{field}: {plain}");
    }
    for absent in ["an_any", "a_timestamp", "chosen_int32", "a_struct"] {
        assert!(plain.get(absent).is_none(), "{absent}: {plain}");
    }
    assert_eq!(everything(r#"{"aStruct": {}}"#)["a_struct"], json!({}));
}

#[test]
fn names_and_enums_are_written_as_in_the_proto() {
    let found = everything(r#"{"anInt32": 7, "aKind": "KIND_CAT"}"#);
    assert_eq!(found["an_int32"], 7);
    assert!(found.get("anInt32").is_none());
    assert!(
        found["a_kind"].as_i64().is_some_and(|number| number > 0),
        "{found}"
    );
}
