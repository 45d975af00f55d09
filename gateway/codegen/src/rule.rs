//! Reads one rpc's `google.api.http` annotation into plain rules. Knows no template grammar and no fields.

use prost_reflect::{DynamicMessage, MethodDescriptor, ReflectMessage as _, Value};

/// The registered methods of HTTP, in their only spelling, without CONNECT, which has no path.
const METHODS: [&str; 38] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

/// One binding of an rpc, unchecked.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The HTTP method; `*` matches any.
    pub(crate) method: String,
    pub(crate) path: String,
    /// Empty for no body, `*` for the whole message, otherwise a field name.
    pub(crate) body: String,
    /// Empty for the whole message, otherwise a field name.
    pub(crate) response_body: String,
}

/// All bindings of `method`; empty when it has no annotation.
pub(crate) fn read(method: &MethodDescriptor) -> Result<Vec<Rule>, String> {
    let options = method.options();
    let Some(extension) = method
        .parent_pool()
        .get_extension_by_name("google.api.http")
    else {
        return Ok(Vec::new());
    };
    if !options.has_extension(&extension) {
        return Ok(Vec::new());
    }
    let value = options.get_extension(&extension);
    let rule = value
        .as_message()
        .ok_or("its google.api.http is not a message")?;
    let mut rules = vec![one(rule)?];
    for additional in list(rule, "additional_bindings") {
        let Some(additional) = additional.as_message() else {
            continue;
        };
        if !list(additional, "additional_bindings").is_empty() {
            return Err("an additional binding has additional bindings".to_owned());
        }
        rules.push(one(additional)?);
    }
    Ok(rules)
}

fn one(rule: &DynamicMessage) -> Result<Rule, String> {
    let pattern = ["get", "put", "post", "delete", "patch"]
        .into_iter()
        .find(|name| has(rule, name))
        .map(|name| (name.to_ascii_uppercase(), text(rule, name)));
    let custom = rule
        .get_field_by_name("custom")
        .filter(|_| has(rule, "custom"))
        .and_then(|value| value.as_message().cloned())
        .map(|custom| (text(&custom, "kind"), text(&custom, "path")));
    let (method, path) = pattern
        .or(custom)
        .ok_or("its google.api.http names no method and path")?;
    if method != "*" && !METHODS.contains(&method.as_str()) {
        return Err(format!("`{method}` is not a registered HTTP method or `*`"));
    }
    Ok(Rule {
        method,
        path,
        body: text(rule, "body"),
        response_body: text(rule, "response_body"),
    })
}

fn has(message: &DynamicMessage, name: &str) -> bool {
    message
        .descriptor()
        .get_field_by_name(name)
        .is_some_and(|field| message.has_field(&field))
}

fn text(message: &DynamicMessage, name: &str) -> String {
    message
        .get_field_by_name(name)
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn list(message: &DynamicMessage, name: &str) -> Vec<Value> {
    message
        .get_field_by_name(name)
        .and_then(|value| value.as_list().map(<[Value]>::to_vec))
        .unwrap_or_default()
}
