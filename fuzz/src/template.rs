//! Fuzzes the template parser: an accepted template gives the positions of its variables, and parses to the same
//! template when it is written from its parts.

use order_gateway_codegen::template::{Segment, Template, parse};

/// Reads `data` as a path template.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(template) = parse(text) else {
        return;
    };
    let mut free = 0;
    for variable in &template.variables {
        assert!(
            variable.count > 0 && variable.first >= free,
            "{text}: {template:?}"
        );
        free = variable.first + variable.count;
    }
    assert!(free <= template.segments.len(), "{text}: {template:?}");
    assert_eq!(parse(&written(&template)), Ok(template), "{text}");
}

/// The template as text, with the full pattern of each variable.
fn written(template: &Template) -> String {
    let mut out = String::new();
    for (at, segment) in template.segments.iter().enumerate() {
        out.push('/');
        if let Some(variable) = template
            .variables
            .iter()
            .find(|variable| variable.first == at)
        {
            out.push('{');
            out.push_str(&variable.path.join("."));
            out.push('=');
        }
        out.push_str(match segment {
            Segment::Literal(text) => text,
            Segment::One => "*",
            Segment::Rest => "**",
        });
        let closes = |variable: &order_gateway_codegen::template::Variable| {
            variable.first + variable.count == at + 1
        };
        if template.variables.iter().any(closes) {
            out.push('}');
        }
    }
    if out.is_empty() {
        out.push('/');
    }
    if !template.verb.is_empty() {
        out.push(':');
        out.push_str(&template.verb);
    }
    out
}
