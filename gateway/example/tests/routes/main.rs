//! The zoo's routes over HTTP: what they bind, and what they return.

mod stack;

use order_gateway::transcode;
use order_gateway_example::TABLES;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stack::Stack;

/// The wire bytes of a zoo message, from its JSON.
fn wire(message: &str, json: &Value) -> Vec<u8> {
    let message = TABLES.message(message).expect("it has a table");
    transcode::to_wire(&TABLES, message, json.to_string().as_bytes()).expect("it is its JSON")
}

/// The JSON of a zoo message, from its wire bytes.
fn json_of(message: &str, wire: &[u8]) -> Value {
    let message = TABLES.message(message).expect("it has a table");
    let json = transcode::to_json(&TABLES, message, wire).expect("it has JSON");
    serde_json::from_slice(&json).expect("it is JSON")
}

#[tokio::test]
async fn a_path_binds_nested_fields_and_the_body_one_field() {
    let stack = Stack::start(wire("zoo.v1.Animal", &json!({"name": "n"}))).await;
    let answer = stack
        .send(
            Method::PATCH,
            "/v1/zoos/east%20side/animals/a%2Fb?updateMask=kind,eating",
            r#"{"name": "another", "kind": "KIND_CAT", "children": [{"name": "c"}]}"#,
        )
        .await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (200, r#"{"name":"n"}"#)
    );
    let (path, request) = stack.recorded();
    assert_eq!(path, "/zoo.v1.Zoo/UpdateAnimal");
    assert_eq!(
        json_of("zoo.v1.UpdateAnimalRequest", &request),
        json!({
            "animal": {
                "name": "zoos/east side/animals/a%2Fb",
                "kind": "KIND_CAT",
                "children": [{"name": "c"}],
            },
            "updateMask": "kind,eating",
        })
    );
}

#[tokio::test]
async fn a_patch_without_a_mask_updates_the_fields_of_its_body() {
    let stack = Stack::start(Vec::new()).await;
    for (query, body, mask) in [
        (
            "",
            r#"{"kind": null, "children": [], "playingWith": {"kind": 0, "playing_with": {}}}"#,
            json!("kind,children,playingWith.kind,playingWith.playingWith"),
        ),
        ("", r#"{"name": "another", "eating": ""}"#, json!("eating")),
        ("?updateMask=kind", r#"{"eating": "hay"}"#, json!("kind")),
        ("?updateMask=", r#"{"eating": "hay"}"#, json!("")),
        ("", "{}", Value::Null),
        ("", "", Value::Null),
    ] {
        let url = format!("/v1/zoos/1/animals/2{query}");
        let answer = stack.send(Method::PATCH, &url, body).await;
        assert_eq!(answer.status, 200, "{body}: {}", answer.text);
        let (_, request) = stack.recorded();
        let request = json_of("zoo.v1.UpdateAnimalRequest", &request);
        assert_eq!(request["updateMask"], mask, "{body}");
        assert_eq!(request["animal"]["name"], "zoos/1/animals/2");
    }
}

#[tokio::test]
async fn both_bindings_of_an_rpc_reach_it() {
    let stack = Stack::start(Vec::new()).await;
    for (url, name) in [
        ("/v1/zoos/1/animals/2", "zoos/1/animals/2"),
        ("/v1/animals/2", "2"),
    ] {
        let answer = stack.send(Method::GET, url, "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "{}"));
        let (_, request) = stack.recorded();
        assert_eq!(
            json_of("zoo.v1.GetAnimalRequest", &request),
            json!({"name": name})
        );
    }
    assert_eq!(
        stack
            .send(Method::GET, "/v1/zoos/1/animals", "")
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_stream_is_lines_of_json() {
    let stack = Stack::start(wire("zoo.v1.Animal", &json!({"name": "n"}))).await;
    let answer = stack.send(Method::GET, "/v1/animals:watch", "").await;
    assert_eq!(
        (
            answer.status,
            answer.content_type.as_str(),
            answer.text.as_str()
        ),
        (200, "application/x-ndjson", "{\"name\":\"n\"}\n")
    );
    let (path, _) = stack.recorded();
    assert_eq!(path, "/zoo.v1.Zoo/Watch");
}

#[tokio::test]
async fn a_raw_stream_is_concatenated_and_cut_off_when_it_fails() {
    let reel = |data: &str| {
        let body = json!({"contentType": "video/mp4", "data": data});
        wire("google.api.HttpBody", &body)
    };
    let reels = [reel("AAEC"), reel("e30="), reel("/w==")];
    let stack = Stack::streaming(&reels, "0").await;
    let answer = stack.send(Method::GET, "/v1/films:watch", "").await;
    assert_eq!(answer.content_type, "video/mp4");
    assert_eq!(answer.bytes.as_ref(), b"\x00\x01\x02{}\xff");
    assert!(!stack.is_cut("/v1/films:watch").await);
    let stack = Stack::streaming(&reels, "13").await;
    assert!(stack.is_cut("/v1/films:watch").await);
    // A failure before the first message is answered with a status.
    let stack = Stack::streaming(&[], "5").await;
    let answer = stack.send(Method::GET, "/v1/films:watch", "").await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (404, "application/json")
    );
}

#[tokio::test]
async fn the_generated_document_is_served() {
    let descriptors = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let generator = order_gateway_codegen::Generator::new(descriptors);
    let stack = Stack::start(Vec::new()).await;
    let served = stack.send(Method::GET, "/openapi.json", "").await;
    assert_eq!(served.text, generator.openapi().expect("it is described"));
    let document: Value = serde_json::from_str(&served.text).expect("it is JSON");
    assert_eq!(document["info"]["title"], "zoo.v1");
}

#[tokio::test]
async fn a_response_body_field_is_returned_alone() {
    let names = wire("zoo.v1.Names", &json!({"names": ["a", "b"]}));
    let stack = Stack::start(names).await;
    assert_eq!(
        stack.send(Method::GET, "/v1/names", "").await.text,
        r#"["a","b"]"#
    );
    let stack = Stack::start(Vec::new()).await;
    assert_eq!(stack.send(Method::GET, "/v1/names", "").await.text, "[]");
}

#[tokio::test]
async fn a_query_binds_every_type_with_a_text_form() {
    let stack = Stack::start(Vec::new()).await;
    let query = "aDouble=NaN&a_float=1.5&anInt64=-9223372036854775808&aBool=true&aString=a%26b\
        &someBytes=_-8&aKind=KIND_FELINE&maybeInt32=0&int32s=1&int32s=2&kinds=1&kinds=KIND_NEGATIVE\
        &aTimestamp=2024-02-29T12:00:00Z&aDuration=1.5s&aMask=fooBar&boxedInt64=0&boxedStrings=x\
        &anAnimal.name=Leo&anAnimal.playingWith.name=Mia&anAnimal.playing_with.kind=1&chosenString=";
    let answer = stack
        .send(Method::GET, &format!("/v1/names?{query}"), "")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (_, request) = stack.recorded();
    assert_eq!(
        json_of("zoo.v1.Everything", &request),
        json!({
            "aDouble": "NaN",
            "aFloat": 1.5,
            "anInt64": "-9223372036854775808",
            "aBool": true,
            "aString": "a&b",
            "someBytes": "/+8=",
            "aKind": "KIND_CAT",
            "maybeInt32": 0,
            "int32s": [1, 2],
            "kinds": ["KIND_CAT", "KIND_NEGATIVE"],
            "aTimestamp": "2024-02-29T12:00:00Z",
            "aDuration": "1.500s",
            "aMask": "fooBar",
            "boxedInt64": "0",
            "boxedStrings": ["x"],
            "anAnimal": {"name": "Leo", "playingWith": {"name": "Mia", "kind": "KIND_CAT"}},
            "chosenString": "",
        })
    );
}

#[tokio::test]
async fn a_query_names_the_field_that_it_cannot_bind() {
    let stack = Stack::start(Vec::new()).await;
    for (query, field) in [
        ("chosenString=a&chosenInt32=1", "chosenInt32"),
        (
            "anAnimal.eating=a&anAnimal.playingWith.name=b",
            "anAnimal.playingWith.name",
        ),
        ("byString.a=b", "byString.a"),
        ("aStruct=1", "aStruct"),
        ("aStruct.fields=1", "aStruct.fields"),
        ("anAnimal=x", "anAnimal"),
        ("animals.name=x", "animals.name"),
        ("boxedInt64.value=1", "boxedInt64.value"),
        ("aBool=1", "aBool"),
        ("aBool=", "aBool"),
    ] {
        let answer = stack
            .send(Method::GET, &format!("/v1/names?{query}"), "")
            .await;
        assert_eq!(answer.status, 400, "{query}");
        let json: Value = serde_json::from_str(&answer.text).expect("it is JSON");
        assert_eq!(json["details"][0]["domain"], "zoo.v1", "{json}");
        assert_eq!(
            json["details"][1]["fieldViolations"][0]["field"], field,
            "{json}"
        );
    }
}

#[tokio::test]
async fn raw_bodies_pass_in_both_directions_with_their_type() {
    let developed = wire(
        "google.api.HttpBody",
        &json!({"contentType": "image/png", "data": "iVBORw=="}),
    );
    let stack = Stack::start(developed).await;
    let answer = stack
        .send(Method::POST, "/v1/photographs:develop", "not { JSON")
        .await;
    assert_eq!(answer.content_type, "image/png");
    assert_eq!(answer.bytes.as_ref(), b"\x89PNG");
    let (_, request) = stack.recorded();
    assert_eq!(
        json_of("google.api.HttpBody", &request)["data"],
        json!("bm90IHsgSlNPTg==")
    );
}

#[tokio::test]
async fn an_answer_without_json_is_an_internal_error() {
    // Field 14, a string, that is not UTF-8.
    let stack = Stack::start(vec![0x72, 1, 0xff]).await;
    let answer = stack.send(Method::POST, "/v1/echo", "{}").await;
    assert_eq!(answer.status, 500);
    let json: Value = serde_json::from_str(&answer.text).expect("it is JSON");
    assert_eq!(json["code"], 13);
}

#[tokio::test]
async fn an_answer_that_is_not_grpc_gets_the_gateways_own_message() {
    /// A frame whose length is 64 MiB and one byte.
    const TOO_LARGE: &[u8] = &[0, 4, 0, 0, 1];
    for (http, body, status, reason) in [
        (431, &b""[..], 431, "HEADERS_TOO_LARGE"),
        (502, b"<html>", 503, "BACKEND_UNAVAILABLE"),
        (503, b"", 503, "BACKEND_UNAVAILABLE"),
        (404, b"<html>", 500, "INTERNAL"),
        (200, b"", 503, "BACKEND_UNAVAILABLE"),
        (200, TOO_LARGE, 500, "INTERNAL"),
    ] {
        let http = StatusCode::from_u16(http).expect("a valid status");
        let stack = Stack::without_grpc(http, body).await;
        for url in ["/v1/animals/1", "/v1/animals:watch"] {
            let answer = stack.send(Method::GET, url, "").await;
            assert_eq!(answer.status, status, "{http} {url}: {}", answer.text);
            let json: Value = serde_json::from_str(&answer.text).expect("it is JSON");
            assert_eq!(json["details"][0]["reason"], reason, "{http} {url}");
            assert_eq!(json["details"][0]["domain"], "zoo.v1");
            for word in ["grpc-status", "mapped", "decode", "limit is", "proxy"] {
                assert!(!answer.text.contains(word), "{http}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn a_raw_stream_without_a_message_ends_at_its_deadline() {
    let stack = Stack::silent().await;
    let answer = stack.get_within(200, "/v1/films:watch").await;
    assert_eq!(answer.status, 504, "{}", answer.text);
}
