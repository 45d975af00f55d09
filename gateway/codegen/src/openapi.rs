//! An OpenAPI 3.1 document of the routes of a descriptor set. Owns its outline; its parts lie below.

mod comments;
mod digits;
mod direction;
mod known;
mod names;
mod operations;
mod parameters;
mod responses;
mod rules;
mod schemas;

use std::collections::{BTreeSet, HashMap};

use prost_reflect::DescriptorPool;

use crate::json::{Json, Object, object};
use crate::routes::Route;
use comments::Comments;
use names::Names;
use operations::Customs;
use parameters::Path;
use schemas::Schemas;

/// What the protos do not say.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Packages whose rpcs take an `Idempotency-Key`.
    pub(crate) keyed_packages: Vec<String>,
    /// Whether rpcs fail in no other ways than the gateway itself knows.
    pub(crate) only_known_failures: bool,
    /// Whose errors the gateway's own are; empty when nobody is said.
    pub(crate) error_domain: String,
    /// Laid over the document, as RFC 7396 says.
    pub(crate) overlay: Object,
}

/// Methods that OpenAPI has a place for.
const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The document as text; an error names what of the overlay lies over nothing.
pub(crate) fn document(
    pool: &DescriptorPool,
    routes: &[Route],
    words: Words,
) -> Result<String, String> {
    let comments = Comments::of(pool);
    let mut schemas = Schemas::new(&comments, Names::of(routes));
    let customs = Customs {
        keyed_packages: &words.keyed_packages,
        only_known_failures: words.only_known_failures,
    };
    let mut paths = Object::default();
    // Two templates that differ in names alone are one path: the first one's names stay.
    let mut known: HashMap<String, Path> = HashMap::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for route in routes.iter().filter(|route| !route.client_streaming) {
        let number = numbers.entry(&route.grpc).or_default();
        *number += 1;
        let mut path = Path::of(route);
        match known.get(&path.shape) {
            Some(first) => path.take_names(first),
            None => {
                known.insert(path.shape.clone(), Path::of(route));
            }
        }
        let operation =
            operations::operation(route, &path, *number, customs, &comments, &mut schemas);
        let method = route.method.to_ascii_lowercase();
        let item = paths.under(&path.text);
        if METHODS.contains(&method.as_str()) {
            item.set(&method, operation);
        } else {
            // As OpenAPI 3.2 will have it.
            item.under("x-additionalOperations")
                .set(&route.method, operation);
        }
    }
    let mut components = schemas.components();
    for (name, schema) in responses::schemas() {
        components.set(&name, schema);
    }
    let mut shared =
        object! {"schemas": components, "responses": responses::components(&words.error_domain)};
    if !words.keyed_packages.is_empty() {
        let key = parameters::idempotency_key();
        shared.set("parameters", Object::default().with("Idempotency-Key", key));
    }
    let mut document = object! {
        "openapi": "3.1.0",
        "info": object! {"title": title(routes), "version": "0.0.0"},
        "tags": tags(routes, &comments),
        "paths": paths,
        "components": shared,
    };
    lies_over_something(&document, &words.overlay)?;
    document.merge(words.overlay);
    Ok(format!("{}\n", Json::from(document)))
}

/// The packages that have routes.
fn title(routes: &[Route]) -> String {
    let packages: BTreeSet<String> = routes
        .iter()
        .map(|route| route.rpc.parent_file().package_name().to_owned())
        .collect();
    packages.into_iter().collect::<Vec<_>>().join(", ")
}

/// One tag per service.
fn tags(routes: &[Route], comments: &Comments) -> Vec<Object> {
    let mut seen = BTreeSet::new();
    let mut tags = Vec::new();
    for route in routes {
        let service = route.rpc.parent_service();
        if seen.insert(service.full_name().to_owned()) {
            let mut tag = object! {"name": service.name()};
            let comment = comments.on(service);
            if !comment.is_empty() {
                tag.set("description", comment);
            }
            tags.push(tag);
        }
    }
    tags
}

/// An overlay may add to operations and schemas, but makes none: a route that was renamed would leave a ghost.
fn lies_over_something(document: &Object, overlay: &Object) -> Result<(), String> {
    let inside = |object: &Object, key: &str| match object.get(key) {
        Some(Json::Object(inner)) => inner.clone(),
        Some(_) | None => Object::default(),
    };
    let (paths, over) = (inside(document, "paths"), inside(overlay, "paths"));
    for (path, _) in over.iter() {
        for (method, _) in inside(&over, path).iter() {
            if inside(&paths, path).get(method).is_none() {
                return Err(format!(
                    "the overlay lies over `{method} {path}`, which no rpc has"
                ));
            }
        }
    }
    let schemas = |object: &Object| inside(&inside(object, "components"), "schemas");
    let known = schemas(document);
    match schemas(overlay)
        .iter()
        .find(|(name, _)| known.get(name).is_none())
    {
        Some((name, _)) => Err(format!(
            "the overlay lies over the schema `{name}`, which is not there"
        )),
        None => Ok(()),
    }
}
