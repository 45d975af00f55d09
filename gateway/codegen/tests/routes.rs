//! Protos with faulty routes fail the build with the file and the rpc; others become tables.

use std::path::{Path, PathBuf};

/// The tables, or the error, of a proto file whose service has the given `rpcs`.
fn generate(name: &str, rpcs: &str) -> Result<String, String> {
    let text = format!(
        r#"syntax = "proto3";
        package shop.v1;
        import "google/api/annotations.proto";
        import "google/protobuf/timestamp.proto";
        message Book {{
          string name = 1;
          repeated string tags = 2;
          Book sequel = 3;
          google.protobuf.Timestamp time = 4;
          map<string, string> labels = 5;
          oneof isbn {{ string short = 6; string long = 7; }}
        }}
        service Shop {{ {rpcs} }}"#
    );
    generate_from(name, &text)
}

fn generate_from(name: &str, text: &str) -> Result<String, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let file = format!("{name}.proto");
    std::fs::write(folder.join(&file), text).expect("a file of our own");
    let protos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
    let mut compiler = protox::Compiler::new([folder, protos]).expect("the folders are there");
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file(&file).expect("the proto compiles");
    order_gateway_codegen::generate(&compiler.encode_file_descriptor_set())
        .map_err(|error| error.to_string())
}

fn rpc(name: &str, http: &str) -> String {
    format!("rpc {name}(Book) returns (Book) {{ option (google.api.http) = {{ {http} }}; }}")
}

#[test]
fn a_malformed_template_is_refused_with_file_and_rpc() {
    let error = generate("malformed", &rpc("Get", r#"get: "/v1/{name""#)).expect_err("it is open");
    assert_eq!(
        error,
        "malformed.proto:13: shop.v1.Shop.Get: the path `/v1/{name`: a `{` is never closed"
    );
}

#[test]
fn fields_that_cannot_be_bound_are_refused() {
    for (at, (http, fault)) in [
        (r#"get: "/v1/{title}""#, "has no field `title`"),
        (r#"get: "/v1/{tags}""#, "is repeated"),
        (r#"get: "/v1/{labels}""#, "is repeated"),
        (r#"get: "/v1/{sequel}""#, "cannot be in a path"),
        (r#"get: "/v1/{name.first}""#, "has no fields"),
        (r#"post: "/v1/books" body: "title""#, "has no field `title`"),
        (
            r#"get: "/v1/books" response_body: "title""#,
            "has no field `title`",
        ),
        (r#"get: "/v1/{short}/{long}""#, "are members of one oneof"),
        (r#"get: "/v1/{sequel.long}/{sequel.short}""#, "are members of one oneof"),
        (r#"put: "/v1/{name}" body: "name""#, "is both in the path and the body"),
        (r#"get: "/healthz""#, "the gateway itself answers"),
        (r#"post: "/readyz" body: "*""#, "the gateway itself answers"),
        (r#"custom { kind: "PSOT" path: "/v1" }"#, "is not a registered HTTP method"),
        (r#"custom { kind: "get" path: "/v1" }"#, "is not a registered HTTP method"),
        (r#"custom { kind: "CONNECT" path: "/v1" }"#, "is not a registered HTTP method"),
        (r#"body: "*""#, "names no method and path"),
        (
            r#"get: "/v1/a" additional_bindings { get: "/v1/b" additional_bindings { get: "/v1/c" } }"#,
            "has additional bindings",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("unbound{at}");
        let error = generate(&name, &rpc("Get", http)).expect_err(http);
        assert!(
            error.starts_with(&format!("{name}.proto:13: shop.v1.Shop.Get: ")),
            "{error}"
        );
        assert!(error.contains(fault), "{http}: {error}");
    }
}

#[test]
fn a_field_of_a_group_cannot_be_bound() {
    let text = r#"syntax = "proto2";
        package shop.v1;
        import "google/api/annotations.proto";
        message Book { optional group Cover = 1 { optional string colour = 1; } }
        service Shop {
          rpc Get(Book) returns (Book) { option (google.api.http) = { get: "/v1/{cover.colour}" }; }
        }"#;
    let error = generate_from("group", text).expect_err("a path cannot bind a field of a group");
    assert!(error.contains("`cover` is a group"), "{error}");
}

#[test]
fn routes_that_match_the_same_requests_clash() {
    let rpcs = [
        rpc("Get", r#"get: "/v1/books/{name}""#),
        rpc(
            "Find",
            r#"get: "/v1/shelves/{name}" additional_bindings { get: "/v1/books/{sequel.name=*}" }"#,
        ),
    ];
    let error = generate("clash", &rpcs.concat()).expect_err("they clash");
    assert_eq!(
        error,
        "clash.proto:13: shop.v1.Shop.Find: `GET /v1/books/{sequel.name=*}` clashes with shop.v1.Shop.Get in clash.proto:13"
    );
}

#[test]
fn routes_that_differ_in_method_verb_or_literal_do_not_clash() {
    let rpcs = [
        rpc("Get", r#"get: "/v1/books/{name}""#),
        rpc("Delete", r#"delete: "/v1/books/{name}""#),
        rpc("Burn", r#"get: "/v1/books/{name}:burn""#),
        rpc("Best", r#"get: "/v1/books/best""#),
        rpc("At", r#"get: "/v1/times/{time}""#),
        rpc(
            "Link",
            r#"custom { kind: "LINK" path: "/v1/books/{name}" }"#,
        ),
        rpc("Any", r#"custom { kind: "*" path: "/v1/{name=books/**}" }"#),
        rpc(
            "Sequel",
            r#"patch: "/v1/{sequel.sequel.name=books/*/sequels/*}" body: "sequel" response_body: "tags""#,
        ),
    ];
    let tables = generate("together", &rpcs.concat()).expect("all differ");
    assert_eq!(tables.matches("t::Route {").count(), 8);
    assert!(tables.contains(r#"grpc: "/shop.v1.Shop/Burn""#));
}

#[test]
fn a_malformed_descriptor_set_is_refused() {
    let error = order_gateway_codegen::generate(&[0xff]).expect_err("no descriptor set");
    assert!(
        error
            .to_string()
            .starts_with("the descriptor set cannot be read"),
        "{error}"
    );
}

#[test]
fn what_looks_like_a_hidden_or_exclusive_binding_and_is_none_is_accepted() {
    let rpcs = [
        rpc("A", r#"get: "/v1/healthz""#),
        rpc("B", r#"get: "/healthz:deep""#),
        rpc("C", r#"get: "/v1/c/{short}/{sequel.long}""#),
        rpc("D", r#"patch: "/v1/d/{sequel.name}" body: "sequel""#),
    ];
    generate("near", &rpcs.concat()).expect("all can work");
}
