//! Generates an OpenAPI 3.1 document of the routes. Owns its outline; the files below own its parts.

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

use crate::form::JsonForm;
use crate::json::{Json, Object, object};
use crate::routes::Route;
use comments::Comments;
use names::Names;
use operations::Conventions;
use parameters::Path;
use schemas::Schemas;

/// The options of a document that protos cannot express.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Packages whose rpcs take an `Idempotency-Key`.
    pub(crate) keyed_packages: Vec<String>,
    /// Whether operations have no `default` response.
    pub(crate) only_known_failures: bool,
    /// `ErrorInfo.domain` of the gateway's own errors; may be empty.
    pub(crate) error_domain: String,
    pub(crate) form: JsonForm,
    /// A merge patch (RFC 7396) for the document.
    pub(crate) overlay: Object,
}

/// The methods that a path item of OpenAPI 3.1 can hold.
const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The document as JSON text.
///
/// # Errors
/// The overlay extends an operation or a schema that does not exist.
pub(crate) fn document(
    pool: &DescriptorPool,
    routes: &[Route],
    options: Options,
) -> Result<String, String> {
    let comments = Comments::of(pool);
    let mut schemas = Schemas::new(&comments, Names::of(routes), options.form);
    let conventions = Conventions {
        keyed_packages: &options.keyed_packages,
        only_known_failures: options.only_known_failures,
    };
    let mut paths = Object::default();
    // Templates that differ only in variable names are one path of the document, with the names of the first.
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
            operations::operation(route, &path, *number, conventions, &comments, &mut schemas);
        let method = route.method.to_ascii_lowercase();
        let item = paths.under(&path.text);
        if METHODS.contains(&method.as_str()) {
            item.set(&method, operation);
        } else {
            // OpenAPI 3.2 has `additionalOperations` for them.
            item.under("x-additionalOperations")
                .set(&route.method, operation);
        }
    }
    let mut components = schemas.components();
    for (name, schema) in responses::schemas() {
        components.set(&name, schema);
    }
    let mut shared = object! {"schemas": components, "responses": responses::components(&options.error_domain, !options.keyed_packages.is_empty())};
    if !options.keyed_packages.is_empty() {
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
    check_overlay(&document, &options.overlay)?;
    document.merge(options.overlay);
    Ok(format!("{}\n", Json::from(document)))
}

/// The default title: the packages that have routes.
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

/// Refuses an overlay that adds operations or schemas: it would document routes that were renamed or removed.
fn check_overlay(document: &Object, overlay: &Object) -> Result<(), String> {
    let inside = |object: &Object, key: &str| match object.get(key) {
        Some(Json::Object(inner)) => inner.clone(),
        Some(_) | None => Object::default(),
    };
    let (paths, over) = (inside(document, "paths"), inside(overlay, "paths"));
    for (path, _) in over.iter() {
        for (method, _) in inside(&over, path).iter() {
            if inside(&paths, path).get(method).is_none() {
                return Err(format!(
                    "the overlay extends `{method} {path}`, which no rpc has"
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
            "the overlay extends the schema `{name}`, which does not exist"
        )),
        None => Ok(()),
    }
}
