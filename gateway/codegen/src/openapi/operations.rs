//! The operation of a route: its parameters, request body, responses and failures. Knows no paths of other routes.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value};

use super::comments::{self, Comments};
use super::direction::Direction;
use super::names::STATUS;
use super::parameters::{self, Path};
use super::responses;
use super::schemas::{Schemas, is_deprecated, is_required};
use crate::json::{Object, object};
use crate::routes::{Body, Route};

/// The conventions that apply to all operations of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conventions<'a> {
    pub(super) keyed_packages: &'a [String],
    pub(super) only_known_failures: bool,
}

/// The operation of `route`. `number` counts the bindings of the rpc from 1, so that operation ids are unique.
pub(super) fn operation(
    route: &Route,
    path: &Path,
    number: usize,
    conventions: Conventions<'_>,
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> Object {
    let rpc = &route.rpc;
    let keyed = takes_key(rpc, conventions.keyed_packages);
    let comment = comments.on(rpc);
    let mut id = format!("{}_{}", rpc.parent_service().name(), rpc.name());
    if number > 1 {
        id.push_str(&format!("_{number}"));
    }
    let mut operation = object! {"tags": vec![rpc.parent_service().name()], "operationId": id};
    if !comment.is_empty() {
        operation.set("summary", comments::summary(comment));
        operation.set("description", comment);
    }
    if is_deprecated(&rpc.options()) {
        operation.set("deprecated", true);
    }
    let mut all: Vec<Object> = path
        .parameters
        .iter()
        .map(|one| one.json(schemas))
        .collect();
    all.extend(parameters::query(route, schemas));
    if keyed {
        all.push(object! {"$ref": "#/components/parameters/Idempotency-Key"});
    }
    if !all.is_empty() {
        operation.set("parameters", all);
    }
    if let Some(body) = request_body(route, schemas) {
        operation.set("requestBody", body);
    }
    let mut responses = object! {"200": success(route, keyed, schemas)};
    for http in failures(route, keyed) {
        responses.set(&http.to_string(), responses::reference(http));
    }
    if !conventions.only_known_failures {
        responses.set("default", responses::reference(0));
    }
    operation.with("responses", responses)
}

/// Whether the rpc takes an idempotency key: it is unary, in one of the packages, and not declared idempotent.
fn takes_key(rpc: &MethodDescriptor, packages: &[String]) -> bool {
    let level = rpc.options();
    let level = level.get_field_by_name("idempotency_level");
    let is_idempotent = level.is_some_and(|level| matches!(&*level, Value::EnumNumber(1 | 2)));
    let package = rpc.parent_file().package_name().to_owned();
    packages.contains(&package)
        && !is_idempotent
        && !rpc.is_client_streaming()
        && !rpc.is_server_streaming()
}

fn failures(route: &Route, keyed: bool) -> Vec<u64> {
    let mut failures = vec![400, 413, 414, 429, 431, 500, 501, 503, 504];
    if !shows_raw(route) {
        failures.push(406);
    }
    if !route.variables.is_empty() {
        failures.push(404);
    }
    if route.method != "GET" {
        failures.extend([403, 409]);
    }
    if route.input.get_field_by_name("etag").is_some() {
        failures.push(412);
    }
    if keyed {
        failures.push(422);
    }
    if !matches!(route.body, Body::None) {
        failures.extend([408, 415]);
    }
    failures.sort_unstable();
    failures
}

fn request_body(route: &Route, schemas: &mut Schemas<'_>) -> Option<Object> {
    let (schema, raw) = match &route.body {
        Body::None => return None,
        Body::Whole if is_raw(&route.input) => (Object::default(), true),
        Body::Whole => (whole(route, schemas), false),
        Body::Field(field) => {
            let raw = matches!(field.kind(), Kind::Message(message) if is_raw(&message));
            let schema = if raw {
                Object::default()
            } else {
                schemas.field(field, Direction::Request)
            };
            (schema, raw)
        }
    };
    let media = if raw { "*/*" } else { "application/json" };
    let content = Object::default().with(media, object! {"schema": schema});
    let mut body = object! {"content": content};
    if !raw && needs_body(route) {
        body.set("required", true);
    }
    Some(body)
}

/// Whether a request without a body would lack a required field.
fn needs_body(route: &Route) -> bool {
    match &route.body {
        Body::None => false,
        Body::Field(field) => is_required(field),
        Body::Whole => route.input.fields().any(|field| {
            is_required(&field)
                && !route
                    .variables
                    .iter()
                    .any(|path| path[..] == [field.clone()])
        }),
    }
}

/// The schema of the request message without the fields that the path sets.
fn whole(route: &Route, schemas: &mut Schemas<'_>) -> Object {
    let elsewhere: Vec<FieldDescriptor> = route
        .variables
        .iter()
        .filter_map(|path| match path.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        })
        .collect();
    if elsewhere.is_empty() {
        schemas.of_message(&route.input, Direction::Request)
    } else {
        schemas.message(&route.input, Direction::Request, &elsewhere)
    }
}

fn success(route: &Route, keyed: bool, schemas: &mut Schemas<'_>) -> Object {
    let shown = match &route.response_body {
        None => schemas.of_message(&route.output, Direction::Response),
        Some(field) => schemas.field(field, Direction::Response),
    };
    let content = if shows_raw(route) {
        Object::default().with("*/*", object! {})
    } else if route.server_streaming {
        let status = object! {"$ref": format!("#/components/schemas/{STATUS}")};
        let last = object! {
            "type": "object",
            "description": "The failure of the stream. Always the last line.",
            "required": vec!["error"],
            "properties": object! {"error": status},
        };
        let lines = object! {
            "type": "array",
            "description": "One message per line.",
            "items": object! {"anyOf": vec![shown, last]},
        };
        let events = object! {
            "type": "string",
            "description": "Server-sent events: one message per event, with its number as `id`; comments while the stream is idle; at the end `event: end`, or `event: error` with the status.",
        };
        object! {
            "application/x-ndjson": object! {"schema": lines},
            "text/event-stream": object! {"schema": events},
        }
    } else {
        object! {"application/json": object! {"schema": shown}}
    };
    let mut headers = Object::default();
    if keyed {
        headers.set("Idempotent-Replayed", object! {
            "description": "`true` when this is the stored response to an earlier request with the same key.",
            "schema": object! {"type": "string", "enum": vec!["true"]},
        });
    }
    let tagged = route.output.get_field_by_name("etag").is_some();
    if tagged && !route.server_streaming && route.response_body.is_none() {
        headers.set("ETag", object! {
            "description": "The `etag` of the response in quotes, for `If-Match` of requests that have an `etag`.",
            "schema": object! {"type": "string"},
        });
    }
    let mut response = object! {"description": "Success."};
    if !headers.is_empty() {
        response.set("headers", headers);
    }
    response.with("content", content)
}

fn shows_raw(route: &Route) -> bool {
    match &route.response_body {
        None => is_raw(&route.output),
        Some(field) => matches!(field.kind(), Kind::Message(message) if is_raw(&message)),
    }
}

/// Whether the body is raw bytes instead of JSON.
fn is_raw(message: &MessageDescriptor) -> bool {
    message.full_name() == "google.api.HttpBody"
}
