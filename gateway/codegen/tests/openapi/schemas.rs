//! The JSON Schema of messages, fields, rules and behavior.

use serde_json::{Value, json};

use crate::protos;

/// The request schema and the response schema of a message with the given fields.
fn thing(name: &str, fields: &str) -> (Value, Value) {
    let descriptors = protos::of(
        name,
        &format!(
            r#"
            // A thing.
            message Thing {{ {fields} }}
            // A mood.
            enum Mood {{
              // Not given.
              MOOD_UNSPECIFIED = 0;
              // Good.
              MOOD_GOOD = 1;
              MOOD_BAD = 2;
            }}
            service Shop {{
              rpc Put(Thing) returns (Thing) {{
                option (google.api.http) = {{ post: "/v1/things" body: "*" }};
              }}
            }}"#
        ),
    );
    let document = protos::document(&descriptors);
    let schemas = &document["components"]["schemas"];
    (schemas["Thing-Input"].clone(), schemas["Thing"].clone())
}

#[test]
fn rules_of_strings_and_numbers_become_keywords_of_requests_only() {
    let (request, response) = thing(
        "rules",
        r#"
        string name = 1 [(buf.validate.field).string = {min_len: 2 max_len: 9 pattern: "^a"}];
        string id = 2 [(buf.validate.field).string.uuid = true];
        string maybe = 3 [
          (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE,
          (buf.validate.field).string = {min_len: 2 pattern: "^b"}
        ];
        int32 count = 4 [(buf.validate.field).int32 = {gte: 1 lt: 10}];
        double share = 5 [(buf.validate.field).double.lte = 0.5];
        string path = 6 [(buf.validate.field).string.prefix = "a.b"];
        string word = 7 [(buf.validate.field).string = {in: ["x", "y"]}];
        bytes code = 8 [(buf.validate.field).bytes = {min_len: 1 max_len: 4}];
        string any_id = 10 [
          (buf.validate.field).ignore = IGNORE_IF_ZERO_VALUE,
          (buf.validate.field).string.uuid = true
        ];
        optional string note = 11 [(buf.validate.field).string.min_len = 1];
        google.protobuf.Duration wait = 9 [(buf.validate.field).duration = {gte: {} lte: {seconds: 300}}];
        "#,
    );
    let fields = &request["properties"];
    assert_eq!(
        fields["name"],
        json!({"type": "string", "minLength": 2, "maxLength": 9, "pattern": "^a"})
    );
    assert_eq!(fields["id"], json!({"type": "string", "format": "uuid"}));
    assert_eq!(
        fields["maybe"],
        json!({"type": ["string", "null"], "pattern": "^$|^b"})
    );
    let any_id =
        json!({"type": ["string", "null"], "anyOf": [{"maxLength": 0}, {"format": "uuid"}]});
    assert_eq!(fields["anyId"], any_id);
    assert_eq!(
        fields["note"],
        json!({"type": ["string", "null"], "minLength": 1})
    );
    assert_eq!(fields["count"]["minimum"], 1);
    assert_eq!(fields["count"]["exclusiveMaximum"], 10);
    assert_eq!(fields["share"]["anyOf"][0]["maximum"], 0.5);
    assert_eq!(fields["path"]["pattern"], r"^a\.b");
    assert_eq!(fields["word"]["anyOf"][0]["enum"], json!(["x", "y"]));
    assert_eq!(
        (&fields["code"]["minLength"], &fields["code"]["maxLength"]),
        (&json!(2), &json!(8))
    );
    let wait = fields["wait"]["pattern"].as_str().expect("it has one");
    let wait = regex::Regex::new(wait).expect("it is one");
    for (text, good) in [
        ("0s", true),
        ("299.5s", true),
        ("300s", true),
        ("300.1s", false),
        ("-1s", false),
        ("301s", false),
    ] {
        assert_eq!(wait.is_match(text), good, "{text}");
    }
    assert_eq!(request["required"], json!(["name", "id", "code"]));
    assert_eq!(request["additionalProperties"], false);
    assert_eq!(response["properties"]["name"], json!({"type": "string"}));
    assert_eq!(
        (&response["required"], &response["additionalProperties"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn rules_of_lists_maps_and_enums_become_keywords() {
    let (request, response) = thing(
        "lists",
        r#"
        repeated string tags = 1 [(buf.validate.field).repeated = {
          min_items: 1 max_items: 3 unique: true items: {string: {max_len: 5}}
        }];
        map<string, string> labels = 2 [(buf.validate.field).map = {
          max_pairs: 4 keys: {string: {max_len: 6}} values: {string: {max_len: 7}}
        }];
        map<int32, Mood> moods = 3;
        Mood mood = 4 [(buf.validate.field).enum = {not_in: [0]}];
        Mood any_mood = 5;
        map<bool, bytes> flags = 6;
        "#,
    );
    let fields = &request["properties"];
    assert_eq!(
        fields["tags"],
        json!({
            "type": "array", "items": {"type": "string", "maxLength": 5},
            "minItems": 1, "maxItems": 3, "uniqueItems": true,
        })
    );
    assert_eq!(
        fields["labels"],
        json!({
            "type": ["object", "null"], "additionalProperties": {"type": "string", "maxLength": 7},
            "propertyNames": {"maxLength": 6}, "maxProperties": 4,
        })
    );
    assert_eq!(fields["moods"]["propertyNames"]["pattern"], "^-?[0-9]+$");
    assert_eq!(
        fields["flags"]["propertyNames"]["enum"],
        json!(["true", "false"])
    );
    assert_eq!(
        fields["mood"]["anyOf"][0]["enum"],
        json!(["MOOD_GOOD", "MOOD_BAD"])
    );
    assert_eq!(
        fields["anyMood"]["anyOf"][0]["$ref"],
        "#/components/schemas/Mood"
    );
    assert_eq!(
        response["properties"]["anyMood"],
        json!({"$ref": "#/components/schemas/Mood"})
    );
}

#[test]
fn field_behavior_becomes_required_read_only_and_write_only() {
    let (request, response) = thing(
        "behaviour",
        r#"
        // Its name.
        string name = 1 [(google.api.field_behavior) = REQUIRED];
        string etag = 2 [(google.api.field_behavior) = OUTPUT_ONLY];
        string secret = 3 [(google.api.field_behavior) = INPUT_ONLY, (google.api.field_behavior) = REQUIRED];
        string old = 4 [deprecated = true];
        "#,
    );
    assert_eq!(request["required"], json!(["name", "secret"]));
    assert_eq!(request["description"], "A thing.");
    assert_eq!(request["properties"]["name"]["description"], "Its name.");
    assert_eq!(request["properties"]["secret"]["writeOnly"], true);
    assert_eq!(response["properties"]["etag"]["readOnly"], true);
    assert_eq!(response["properties"]["old"]["deprecated"], true);
}

#[test]
fn a_oneof_has_one_member_and_64_bit_numbers_are_strings() {
    let (request, response) = thing(
        "oneof",
        r#"
        oneof how { option (buf.validate.oneof).required = true; string a = 1; int64 b = 2; Thing c = 3; }
        uint64 long = 4;
        "#,
    );
    let pairs =
        json!([{"required": ["a", "b"]}, {"required": ["a", "c"]}, {"required": ["b", "c"]}]);
    assert_eq!(request["not"]["anyOf"], pairs);
    assert_eq!(request["allOf"][0]["anyOf"][2], json!({"required": ["c"]}));
    // The presence of a member chooses it, so members are not nullable.
    assert_eq!(request["properties"]["a"]["type"], "string");
    assert_eq!(
        request["properties"]["c"]["$ref"],
        "#/components/schemas/Thing-Input"
    );
    assert_eq!(
        response["properties"]["long"],
        json!({"type": "string", "format": "uint64"})
    );
    assert_eq!(
        request["properties"]["long"]["type"],
        json!(["string", "integer", "null"])
    );
}

#[test]
fn an_enum_lists_its_values_with_their_comments() {
    let descriptors = protos::zoo();
    let document = protos::document(&descriptors);
    let kind = &document["components"]["schemas"]["Kind"];
    assert_eq!(
        kind["enum"],
        json!([
            "KIND_UNSPECIFIED",
            "KIND_CAT",
            "KIND_FELINE",
            "KIND_NEGATIVE"
        ])
    );
    let text = kind["description"].as_str().expect("it has one");
    assert!(
        text.starts_with(
            "The kind of an animal. Some kinds have two names.\n\n* `KIND_UNSPECIFIED`: The kind is unknown."
        ),
        "{text}"
    );
}
