//! The parameters of a route: path, query, and the header `Idempotency-Key`. Knows no bodies.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::direction::Direction;
use super::known;
use super::schemas::{Behavior, Schemas, in_order, is_required};
use crate::json::{Json, Object, object};
use crate::routes::{Body, Route};
use crate::template::Segment;

/// A path as OpenAPI writes it, and the parameters in its braces.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// `/v1/orders/{order_id}:cancel`.
    pub(super) text: String,
    /// The text without names: OpenAPI treats paths of equal shape as one path.
    pub(super) shape: String,
    /// In the order of the braces.
    pub(super) parameters: Vec<Parameter>,
}

/// The parameter of one pair of braces.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// The field, when the parameter holds its whole value.
    whole: Option<FieldDescriptor>,
    description: String,
}

impl Path {
    pub(super) fn of(route: &Route) -> Self {
        let template = &route.template;
        let mut path = Self::default();
        for (at, segment) in template.segments.iter().enumerate() {
            path.text.push('/');
            path.shape.push('/');
            if let Segment::Literal(text) = segment {
                path.text.push_str(text);
                path.shape.push_str(text);
                continue;
            }
            let parameter = path.parameter(route, at);
            path.text.push_str(&format!("{{{}}}", parameter.name));
            path.shape.push_str("{}");
            path.parameters.push(parameter);
        }
        if template.segments.is_empty() {
            path.text.push('/');
            path.shape.push('/');
        }
        if !template.verb.is_empty() {
            let verb = format!(":{}", template.verb);
            path.text.push_str(&verb);
            path.shape.push_str(&verb);
        }
        path
    }

    fn parameter(&self, route: &Route, at: usize) -> Parameter {
        let template = &route.template;
        let bound = template
            .variables
            .iter()
            .zip(&route.variables)
            .find(|(variable, _)| (variable.first..variable.first + variable.count).contains(&at));
        let many = if template.segments[at] == Segment::Rest {
            " Any number of segments, with their slashes."
        } else {
            ""
        };
        match bound {
            Some((variable, fields)) if variable.count == 1 && many.is_empty() => Parameter {
                name: self.free(variable.path.join(".")),
                whole: fields.last().cloned(),
                description: String::new(),
            },
            Some((variable, _)) => {
                let field = variable.path.join(".");
                let before = at.checked_sub(1).map(|before| &template.segments[before]);
                // `zoos/*` becomes `zoo`. Only the final `s` is removed, so irregular plurals become odd names.
                let name = match before {
                    Some(Segment::Literal(text)) if !text.is_empty() => {
                        text.strip_suffix('s').unwrap_or(text).to_owned()
                    }
                    Some(_) | None => field.clone(),
                };
                Parameter {
                    name: self.free(name),
                    whole: None,
                    description: format!("A segment of `{field}`.{many}"),
                }
            }
            None => Parameter {
                name: self.free("part".to_owned()),
                whole: None,
                description: format!("Any segment.{many}"),
            },
        }
    }

    /// Takes over the names of another path of the same shape.
    pub(super) fn take_names(&mut self, first: &Self) {
        self.text.clone_from(&first.text);
        for (own, other) in self.parameters.iter_mut().zip(&first.parameters) {
            own.name.clone_from(&other.name);
        }
    }

    /// `name`, with a number appended when it is taken.
    fn free(&self, name: String) -> String {
        let taken = |name: &str| self.parameters.iter().any(|known| known.name == name);
        if !taken(&name) {
            return name;
        }
        (2..)
            .map(|number| format!("{name}_{number}"))
            .find(|name| !taken(name))
            .expect("the range is unbounded")
    }
}

impl Parameter {
    pub(super) fn json(&self, schemas: &mut Schemas<'_>) -> Object {
        let mut schema = match &self.whole {
            Some(field) => schemas.field(field, Direction::Request),
            None => object! {"type": "string"},
        };
        let description = schema.remove("description");
        let text = object! {"type": "string"};
        let is_text = schema.get("type") == text.get("type");
        if is_text && schema.get("minLength").is_none() && schema.get("format").is_none() {
            schema.set("minLength", 1_u64);
        }
        let mut json = object! {"name": self.name.as_str(), "in": "path", "required": true};
        match description {
            Some(description) => json.set("description", description),
            None if self.description.is_empty() => {}
            None => json.set("description", self.description.as_str()),
        }
        json.with("schema", schema)
    }
}

/// The query parameters: every field that neither the path nor the body sets.
pub(super) fn query(route: &Route, schemas: &mut Schemas<'_>) -> Vec<Object> {
    let mut found = Vec::new();
    let body = match &route.body {
        Body::Whole => return found,
        Body::None => None,
        Body::Field(field) => Some(field),
    };
    for field in in_order(&route.input) {
        if Some(&field) != body {
            nested(route, schemas, &mut vec![field], &mut found);
        }
    }
    found
}

fn nested(
    route: &Route,
    schemas: &mut Schemas<'_>,
    path: &mut Vec<FieldDescriptor>,
    found: &mut Vec<Object>,
) {
    let field = path.last().expect("a path has a field").clone();
    if field.is_map() || field.is_group() || route.variables.contains(path) {
        return;
    }
    if let Kind::Message(message) = field.kind() {
        if !known::is_known(&message) {
            let circular = path[..path.len() - 1]
                .iter()
                .any(|outer| outer.kind() == field.kind())
                || message == route.input;
            if !field.is_list() && !circular {
                for inner in in_order(&message) {
                    path.push(inner);
                    nested(route, schemas, path, found);
                    path.pop();
                }
            }
            return;
        }
        if !has_text(&message) {
            return;
        }
    }
    let mut schema = schemas.field(&field, Direction::Request);
    let name: Vec<&str> = path.iter().map(FieldDescriptor::json_name).collect();
    let mut json = object! {"name": name.join("."), "in": "query"};
    if path.iter().all(is_required) && !Behavior::of(&field).output_only {
        json.set("required", true);
    }
    for keyword in ["description", "deprecated"] {
        if let Some(value) = schema.remove(keyword) {
            json.set(keyword, value);
        }
    }
    found.push(json.with("schema", schema));
}

/// Whether a well-known message has a text form in a query.
fn has_text(message: &MessageDescriptor) -> bool {
    let name = message.full_name();
    matches!(
        name,
        "google.protobuf.Timestamp" | "google.protobuf.Duration" | "google.protobuf.FieldMask"
    ) || (name.ends_with("Value")
        && !matches!(name, "google.protobuf.Value" | "google.protobuf.ListValue"))
}

/// The parameter `Idempotency-Key`.
pub(super) fn idempotency_key() -> Json {
    object! {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes retries safe: requests with the same key and the same content have one effect and the same response.",
        "schema": object! {
            "type": "string",
            "minLength": 1_u64,
            "maxLength": 255_u64,
            "pattern": "^[!#-~][!-~]*$",
        },
        "example": "my-first-booking",
    }
    .into()
}
