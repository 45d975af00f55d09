//! The paths, operations and references of whole documents.

use order_gateway_codegen::{Error, Generator};
use serde_json::{Value, json};

use crate::protos;

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("it has paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().expect("it has methods");
            item.iter()
                .map(move |(method, operation)| (path.clone(), method.clone(), operation))
        })
        .collect()
}

/// Collects every `$ref` of the document.
fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let (true, Some(target)) = (key == "$ref", value.as_str()) {
                    found.push(target);
                }
                references(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_resolves_and_every_schema_is_referenced() {
    for descriptors in [protos::contract(), protos::zoo()] {
        let document = protos::document(&descriptors);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for target in &found {
            let pointer = target.strip_prefix('#').expect("all of them stay inside");
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        for name in document["components"]["schemas"]
            .as_object()
            .expect("some")
            .keys()
        {
            let target = format!("#/components/schemas/{name}");
            assert!(found.contains(&target.as_str()), "{name} is never used");
        }
    }
}

#[test]
fn every_route_is_an_operation_with_a_unique_id() {
    for (descriptors, count) in [(protos::contract(), 17), (protos::zoo(), 8)] {
        let document = protos::document(&descriptors);
        let operations = operations(&document);
        assert_eq!(operations.len(), count);
        let mut ids: Vec<_> = operations
            .iter()
            .map(|(_, _, operation)| operation["operationId"].as_str().expect("it has one"))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for (path, method, operation) in &operations {
            let summary = operation["summary"].as_str().expect("it has one");
            assert!(
                !summary.contains('\n') && !summary.ends_with('.'),
                "{summary}"
            );
            // The path parameters are exactly the names in braces.
            let empty = Vec::new();
            let names: Vec<_> = operation["parameters"]
                .as_array()
                .unwrap_or(&empty)
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().expect("it has one"))
                .collect();
            let braces: Vec<_> = path
                .split('{')
                .skip(1)
                .filter_map(|part| part.split('}').next())
                .collect();
            assert_eq!(names, braces, "{method} {path}");
        }
    }
}

#[test]
fn an_operation_documents_its_parameters_body_and_failures() {
    let descriptors = protos::contract();
    let generator = Generator::new(&descriptors)
        .idempotency_keys("order.v1")
        .only_known_failures();
    let document = protos::read(&generator);
    let create = &document["paths"]["/v1/orders"]["post"];
    assert_eq!(create["requestBody"]["required"], true);
    assert_eq!(
        create["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/CreateOrderRequest"
    );
    assert_eq!(
        create["parameters"],
        json!([{"$ref": "#/components/parameters/Idempotency-Key"}])
    );
    let codes: Vec<_> = create["responses"]
        .as_object()
        .expect("some")
        .keys()
        .collect();
    assert_eq!(
        codes,
        [
            "200", "400", "403", "406", "408", "409", "413", "414", "415", "422", "429", "431",
            "500", "501", "503", "504"
        ]
    );
    assert!(create["responses"]["200"]["headers"]["Idempotent-Replayed"].is_object());
    assert!(create["responses"]["200"]["headers"]["ETag"].is_object());
    let overloaded = &document["components"]["responses"]["Overloaded"];
    assert!(overloaded["headers"]["Retry-After"].is_object());
    assert!(overloaded["content"]["application/problem+json"].is_object());

    // The path sets the id, so the body has none.
    let cancel = &document["paths"]["/v1/orders/{order_id}:cancel"]["post"];
    let body = &cancel["requestBody"];
    assert_eq!(body["required"], Value::Null);
    let properties = &body["content"]["application/json"]["schema"]["properties"];
    assert!(properties["reason"].is_object() && properties["orderId"].is_null());
    assert_eq!(cancel["parameters"][0]["schema"]["format"], "uuid");

    let list = &document["paths"]["/v1/orders"]["get"];
    let named = |name: &str| {
        list["parameters"]
            .as_array()
            .expect("some")
            .iter()
            .find(|parameter| parameter["name"] == name)
            .unwrap_or_else(|| panic!("no parameter {name}"))
    };
    assert_eq!(named("organizationId")["required"], true);
    assert_eq!(named("pageSize")["schema"]["minimum"], 0);
    assert_eq!(named("states")["schema"]["maxItems"], 16);
    assert!(list["responses"]["422"].is_null() && list["responses"]["409"].is_null());

    let watch = &document["paths"]["/v1/orders/{order_id}:watch"]["get"]["responses"]["200"];
    let content = watch["content"].as_object().expect("some");
    assert_eq!(
        content.keys().collect::<Vec<_>>(),
        ["application/x-ndjson", "text/event-stream"]
    );
    // Only rpcs of the declared packages take keys.
    let webhook = &document["paths"]["/v1/webhooks/payment"]["post"];
    assert!(
        webhook["parameters"].is_null() && webhook["requestBody"]["content"]["*/*"].is_object()
    );
}

#[test]
fn a_variable_of_several_segments_has_a_parameter_for_each() {
    let descriptors = protos::zoo();
    let document = protos::document(&descriptors);
    let get = &document["paths"]["/v1/zoos/{zoo}/animals/{animal}"]["get"];
    assert_eq!(get["operationId"], "Zoo_GetAnimal");
    assert_eq!(get["parameters"][0]["description"], "A segment of `name`.");
    // A path of the same shape with another variable name is the same path.
    assert!(document["paths"]["/v1/zoos/{zoo}/animals/{animal}"]["patch"].is_object());
    assert_eq!(
        document["paths"]["/v1/animals/{name}"]["get"]["operationId"],
        "Zoo_GetAnimal_2"
    );
    assert_eq!(
        get["responses"]["default"]["$ref"],
        "#/components/responses/Failure"
    );
    let names = &document["paths"]["/v1/names"]["get"];
    assert_eq!(
        names["responses"]["200"]["content"]["application/json"]["schema"]["type"],
        "array"
    );
}

#[test]
fn methods_that_openapi_cannot_hold_are_additional_operations() {
    let descriptors = protos::of(
        "custom",
        r#"message Thing { string name = 1; }
        service Shop {
          rpc Link(Thing) returns (Thing) {
            option (google.api.http) = {custom {kind: "LINK" path: "/v1/{name=things/**}"}};
          }
          rpc Feed(stream Thing) returns (Thing) { option (google.api.http) = {post: "/v1/feed" body: "*"}; }
        }"#,
    );
    let document = protos::document(&descriptors);
    let link = &document["paths"]["/v1/things/{thing}"]["x-additionalOperations"]["LINK"];
    let description = link["parameters"][0]["description"]
        .as_str()
        .expect("it has one");
    assert!(
        description.ends_with("Any number of segments, with their slashes."),
        "{description}"
    );
    assert!(
        document["paths"]["/v1/feed"].is_null(),
        "streams of requests are not served"
    );
}

#[test]
fn an_overlay_extends_operations_and_schemas_and_adds_none() {
    let descriptors = protos::zoo();
    let over = |overlay: &'static str| Generator::new(&descriptors).overlay(overlay).openapi();
    let document = over(
        r#"{"info": {"title": "The zoo"}, "paths": {"/v1/names": {"get": {"summary": "Names", "description": null}}}}"#,
    )
    .expect("it fits");
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    assert_eq!(
        document["info"],
        json!({"title": "The zoo", "version": "0.0.0"})
    );
    let names = &document["paths"]["/v1/names"]["get"];
    assert_eq!(
        (&names["summary"], &names["description"]),
        (&json!("Names"), &Value::Null)
    );
    for (overlay, fault) in [
        ("[]", "not a JSON object"),
        ("{", "EOF"),
        (
            r#"{"paths": {"/v1/name": {"get": {}}}}"#,
            "`get /v1/name`, which no rpc has",
        ),
        (
            r#"{"components": {"schemas": {"Ghost": {}}}}"#,
            "`Ghost`, which does not exist",
        ),
    ] {
        let error = over(overlay).expect_err(overlay);
        assert!(matches!(error, Error::Overlay { .. }));
        assert!(error.to_string().contains(fault), "{error}");
    }
}

#[test]
fn a_set_without_comments_has_a_document() {
    let descriptors = protos::of(
        "silent",
        r#"message Thing { string name = 1; }
        service Shop { rpc Get(Thing) returns (Thing) { option (google.api.http) = {get: "/"}; } }"#,
    );
    let document = protos::document(&descriptors);
    let get = &document["paths"]["/"]["get"];
    assert_eq!(get["summary"], Value::Null);
    assert_eq!(document["info"]["title"], "shop.v1");
}

#[test]
fn the_default_error_domain_is_the_package_of_the_first_route() {
    let zoo = protos::zoo();
    let domain = |generator: Generator<'_>| {
        let mut document = protos::read(&generator);
        let example = "/components/responses/Overloaded/content/application~1json/example";
        let example = document.pointer_mut(example).expect("it has one").take();
        example["details"][0]["domain"].clone()
    };
    assert_eq!(domain(Generator::new(&zoo)), "zoo.v1");
    assert_eq!(
        domain(Generator::new(&zoo).error_domain("zoo.example")),
        "zoo.example"
    );
    assert_eq!(domain(Generator::new(&zoo).error_domain("")), Value::Null);
}
