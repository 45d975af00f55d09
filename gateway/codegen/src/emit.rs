//! The generated Rust file: its outline, and the text of the routes. Everything is checked before it gets here.

use std::fmt::Write as _;

use prost_reflect::FieldDescriptor;

use crate::catalog::Catalog;
use crate::form::JsonForm;
use crate::messages;
use crate::routes::{Body, Route};
use crate::template::Segment;

/// The Rust source of all tables. `domain` is `ErrorInfo.domain` of the gateway's own errors, `openapi` the document.
pub(crate) fn tables(
    catalog: &Catalog,
    routes: &[Route],
    domain: &str,
    openapi: &str,
    form: JsonForm,
) -> String {
    let mut rust =
        String::from("// Generated from the descriptor set.\nuse ::order_gateway::table as t;\n\n");
    for described in &catalog.enums {
        messages::enumeration(&mut rust, catalog, described);
    }
    for message in &catalog.messages {
        messages::message(&mut rust, catalog, message, form);
    }
    rust.push_str("static MESSAGES: &[&t::Message] = &[");
    for number in 0..catalog.messages.len() {
        push(&mut rust, format_args!("&M{number}, "));
    }
    rust.push_str("];\nstatic ROUTES: &[t::Route] = &[\n");
    for each in routes {
        route(&mut rust, catalog, each);
    }
    push(
        &mut rust,
        format_args!(
            "];\nstatic DOMAIN: &str = {domain:?};\nstatic OPENAPI: &str = {openapi:?};\n\
             static JSON: t::Json = t::Json {{ ignores_unknown: {}, emits_defaults: {}, emits_enum_numbers: {} }};\n",
            form.ignores_unknown, form.emits_defaults, form.emits_enum_numbers,
        ),
    );
    rust.push_str(
        "\n/// The routes and messages of the descriptor set.\npub static TABLES: t::Tables = t::Tables { messages: MESSAGES, routes: ROUTES, domain: DOMAIN, openapi: OPENAPI, json: JSON };\n",
    );
    rust
}

fn route(rust: &mut String, catalog: &Catalog, route: &Route) {
    push(
        rust,
        format_args!(
            "    t::Route {{ method: {:?}, template: {:?}, verb: {:?}, segments: &[",
            route.method, route.text, route.template.verb
        ),
    );
    for segment in &route.template.segments {
        match segment {
            Segment::Literal(text) => push(rust, format_args!("t::Segment::Literal({text:?}), ")),
            Segment::One => rust.push_str("t::Segment::One, "),
            Segment::Rest => rust.push_str("t::Segment::Rest, "),
        }
    }
    rust.push_str("], variables: &[");
    for (variable, fields) in route.template.variables.iter().zip(&route.variables) {
        push(
            rust,
            format_args!(
                "t::Variable {{ name: {:?}, first: {}, count: {}, path: &[",
                variable.path.join("."),
                variable.first,
                variable.count
            ),
        );
        for field in fields {
            push(rust, format_args!("{}, ", reference(catalog, field)));
        }
        rust.push_str("] }, ");
    }
    let body = match &route.body {
        Body::None => "None".to_owned(),
        Body::Whole => "Whole".to_owned(),
        Body::Field(field) => format!("Field({})", reference(catalog, field)),
    };
    let response_body = route.response_body.as_ref().map_or_else(
        || "None".to_owned(),
        |field| format!("Some({})", reference(catalog, field)),
    );
    push(
        rust,
        format_args!(
            "], body: t::Body::{body}, response_body: {response_body}, grpc: {:?}, input: &M{}, output: &M{}, client_streaming: {}, server_streaming: {} }},\n",
            route.grpc,
            catalog.message(&route.input),
            catalog.message(&route.output),
            route.client_streaming,
            route.server_streaming,
        ),
    );
}

/// The expression that refers to a field in its message's table.
fn reference(catalog: &Catalog, field: &FieldDescriptor) -> String {
    let message = field.parent_message();
    let place = message
        .fields()
        .filter(|other| other.number() < field.number())
        .count();
    format!("&F{}[{place}]", catalog.message(message))
}

fn push(rust: &mut String, text: std::fmt::Arguments<'_>) {
    rust.write_fmt(text)
        .expect("writing to a String cannot fail");
}
