//! Reads and checks all routes of a descriptor set: templates parse, fields exist, no two routes match one request.
//! Knows no Rust text.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, MethodDescriptor};

use crate::binding;
use crate::error::{Clash, Error};
use crate::rule::{self, Rule};
use crate::template::{self, Segment, Template};

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
            let file = service.parent_file().name().to_owned();
            let rpc = method.full_name().to_owned();
            let refused = |reason| Error::Route {
                file: file.clone(),
                rpc: rpc.clone(),
                reason,
            };
            for rule in rule::read(&method).map_err(refused)? {
                let route = route(&method, rule).map_err(refused)?;
                if let Some((other_file, other_rpc)) =
                    claimed.insert(Claim::of(&route), (file.clone(), rpc.clone()))
                {
                    return Err(Error::Clash(Box::new(Clash {
                        file,
                        rpc,
                        method: route.method,
                        template: route.text,
                        other_file,
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

fn route(method: &MethodDescriptor, rule: Rule) -> Result<Route, String> {
    let template = template::parse(&rule.path)?;
    let input = method.input();
    let output = method.output();
    let variables = template
        .variables
        .iter()
        .map(|variable| binding::variable(&input, &variable.path))
        .collect::<Result<_, _>>()?;
    let body = match rule.body.as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        name => Body::Field(binding::top_level(&input, name)?),
    };
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
