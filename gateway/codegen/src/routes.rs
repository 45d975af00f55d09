//! Reads and checks all routes of a descriptor set: templates parse, fields exist, no two routes match one request.
//! Knows no Rust text.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, MethodDescriptor};

use crate::binding;
use crate::error::{Clash, Error};
use crate::rule::{self, Rule};
use crate::template::{self, Segment, Template};

/// The paths that the gateway answers before it looks for a route.
const BUILT_IN: [&str; 2] = ["healthz", "readyz"];
/// The descriptor path of `option (google.api.http)` within an rpc.
const HTTP_OPTION: [i32; 2] = [4, 72_295_728];

/// One HTTP route of one rpc.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    /// The path template in the annotation.
    pub(crate) text: String,
    pub(crate) template: Template,
    /// The fields of each variable of `template`, from the request inwards.
    pub(crate) variables: Vec<Vec<FieldDescriptor>>,
    pub(crate) body: Body,
    pub(crate) response_body: Option<FieldDescriptor>,
    pub(crate) rpc: MethodDescriptor,
    /// `/package.Service/Method`.
    pub(crate) grpc: String,
    pub(crate) input: MessageDescriptor,
    pub(crate) output: MessageDescriptor,
    pub(crate) client_streaming: bool,
    pub(crate) server_streaming: bool,
}

/// What a request's body holds.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    Whole,
    Field(FieldDescriptor),
}

/// Reads the routes of every annotated rpc of `pool`.
pub(crate) fn read(pool: &DescriptorPool) -> Result<Vec<Route>, Error> {
    let mut routes = Vec::new();
    let mut claimed: HashMap<Claim, (String, String)> = HashMap::new();
    for service in pool.services() {
        for method in service.methods() {
            let place = place(&method);
            let rpc = method.full_name().to_owned();
            let refused = |reason| Error::Route {
                place: place.clone(),
                rpc: rpc.clone(),
                reason,
            };
            for rule in rule::read(&method).map_err(refused)? {
                let route = route(&method, rule).map_err(refused)?;
                if let Some((other_place, other_rpc)) =
                    claimed.insert(Claim::of(&route), (place.clone(), rpc.clone()))
                {
                    return Err(Error::Clash(Box::new(Clash {
                        place,
                        rpc,
                        method: route.method,
                        template: route.text,
                        other_place,
                        other_rpc,
                    })));
                }
                routes.push(route);
            }
        }
    }
    Ok(routes)
}

/// The part of a route that must be unique.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Claim {
    method: String,
    segments: Vec<Segment>,
    verb: String,
}

impl Claim {
    fn of(route: &Route) -> Self {
        Self {
            method: route.method.clone(),
            segments: route.template.segments.clone(),
            verb: route.template.verb.clone(),
        }
    }
}

/// Refuses a path that the gateway answers itself, so that no request would reach the route.
fn hidden(template: &Template) -> Result<(), String> {
    let [Segment::Literal(only)] = template.segments.as_slice() else {
        return Ok(());
    };
    if template.verb.is_empty() && BUILT_IN.contains(&only.as_str()) {
        return Err(format!("the gateway itself answers the path `/{only}`"));
    }
    Ok(())
}

/// The file of an rpc and the line of its annotation, or of the rpc, as `file:line`; the file where the set has no source
/// info.
fn place(method: &MethodDescriptor) -> String {
    let file = method.parent_file();
    let described = file.file_descriptor_proto();
    let locations = described
        .source_code_info
        .iter()
        .flat_map(|info| &info.location);
    let line = locations
        .filter(|location| location.path.starts_with(method.path()))
        .filter(|location| {
            let rest = &location.path[method.path().len()..];
            rest.is_empty() || rest.starts_with(&HTTP_OPTION)
        })
        .max_by_key(|location| {
            location
                .path
                .len()
                .min(method.path().len() + HTTP_OPTION.len())
        })
        .and_then(|location| location.span.first());
    match line {
        Some(line) => format!("{}:{}", file.name(), line + 1),
        None => file.name().to_owned(),
    }
}

fn route(method: &MethodDescriptor, rule: Rule) -> Result<Route, String> {
    let template = template::parse(&rule.path)?;
    hidden(&template)?;
    let input = method.input();
    let output = method.output();
    let variables = template
        .variables
        .iter()
        .map(|variable| binding::variable(&input, &variable.path))
        .collect::<Result<Vec<_>, _>>()?;
    binding::exclusive(&variables)?;
    let body = match rule.body.as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => Body::Field(binding::top_level(&input, name)?),
    };
    if let Body::Field(field) = &body
        && variables.iter().any(|path| path[..] == [field.clone()])
    {
        return Err(format!(
            "`{}` is both in the path and the body",
            field.name()
        ));
    }
    let response_body = match rule.response_body.as_str() {
        "" => None,
        name => Some(binding::top_level(&output, name)?),
    };
    Ok(Route {
        method: rule.method,
        text: rule.path,
        template,
        variables,
        body,
        response_body,
        rpc: method.clone(),
        grpc: format!("/{}/{}", method.parent_service().full_name(), method.name()),
        input,
        output,
        client_streaming: method.is_client_streaming(),
        server_streaming: method.is_server_streaming(),
    })
}
