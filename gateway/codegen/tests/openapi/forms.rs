//! The document follows the form of JSON.

use order_gateway_codegen::{Generator, JsonForm};
use serde_json::json;

use crate::protos;

#[test]
fn names_enums_and_unknown_fields_are_described_as_they_are_read_and_written() {
    let set = protos::of(
        "forms",
        r#"
        enum Genre { GENRE_UNSPECIFIED = 0; GENRE_POEM = 3; }
        message Book { string full_title = 1 [(google.api.field_behavior) = REQUIRED]; Genre genre = 2; }
        service Shop {
          rpc Put(Book) returns (Book) { option (google.api.http) = { put: "/v1/books" body: "*" }; }
        }"#,
    );
    let form = JsonForm {
        ignores_unknown: true,
        emits_proto_names: true,
        emits_enum_numbers: true,
        ..JsonForm::default()
    };
    let document = protos::read(&Generator::new(&set).json(form));
    let schemas = &document["components"]["schemas"];
    for name in ["Book", "Book-Input"] {
        assert!(
            schemas[name]["properties"]["full_title"].is_object(),
            "{schemas}"
        );
        assert!(
            schemas[name].get("additionalProperties").is_none(),
            "{schemas}"
        );
    }
    assert_eq!(schemas["Book-Input"]["required"], json!(["full_title"]));
    assert_eq!(schemas["Genre"]["type"], "integer");
    assert_eq!(schemas["Genre"]["enum"], json!([0, 3]));
}
