//! The OpenAPI document of the order service matches the gateway: its examples survive a round trip.

use order_gateway::table::{Message, Route};
use order_gateway::{TABLES, transcode};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(TABLES.openapi).expect("it is JSON")
}

fn route(method: &str, path: &str) -> &'static Route {
    let found = TABLES
        .routes
        .iter()
        .find(|route| route.template == path && route.method.eq_ignore_ascii_case(method));
    found.unwrap_or_else(|| panic!("{method} {path} is no route"))
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("it has paths");
    paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("it has methods");
        item.iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn assert_round_trip(message: &'static Message, example: &Value) {
    let read = transcode::to_wire(&TABLES, message, example.to_string().as_bytes());
    let wire = read.unwrap_or_else(|error| panic!("{}: {error}: {example}", message.name));
    let back = transcode::to_json(&TABLES, message, &wire).expect("it was just read");
    let back: Value = serde_json::from_slice(&back).expect("it is JSON");
    assert_eq!(&back, example, "an example is canonical JSON");
}

#[test]
fn every_example_survives_a_round_trip() {
    let document = document();
    let (mut requests, mut responses) = (0, 0);
    for (path, method, operation) in operations(&document) {
        let route = route(method, path);
        let request = &operation["requestBody"]["content"]["application/json"]["example"];
        // The webhook's body is defined by the payment provider and is no message of the contract.
        if !request.is_null() && route.input.name != "google.api.HttpBody" {
            assert_round_trip(route.input, request);
            requests += 1;
        }
        let response = &operation["responses"]["200"]["content"]["application/json"]["example"];
        if !response.is_null() {
            assert_round_trip(route.output, response);
            responses += 1;
        }
    }
    assert_eq!((requests, responses), (7, 14));
}

#[test]
fn every_route_of_the_gateway_is_documented() {
    let document = document();
    assert_eq!(operations(&document).count(), TABLES.routes.len());
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Order Service");
    let create = &document["paths"]["/v1/orders"]["post"];
    let token = &create["requestBody"]["content"]["application/json"]["example"]["paymentMethod"];
    assert_eq!(token["token"], "tok_ok");
    assert_eq!(
        create["parameters"][0]["$ref"],
        "#/components/parameters/Idempotency-Key"
    );
    let webhook = &document["paths"]["/v1/webhooks/payment"]["post"];
    assert_eq!(webhook["security"][0]["webhook"], serde_json::json!([]));
}
