//! Parses the path templates of `google.api.http` into segments and variables. Knows no messages and no rpcs.

/// A parsed path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The segments of the path, with the patterns of variables expanded.
    pub segments: Vec<Segment>,
    /// The variables, in the order of the template.
    pub variables: Vec<Variable>,
    /// The custom verb after the last segment; empty when there is none.
    pub verb: String,
}

/// One segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    Literal(String),
    /// `*`: any one segment.
    One,
    /// `**`: all remaining segments, or none.
    Rest,
}

/// A path variable and the field that it sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The field path, in proto names.
    pub path: Vec<String>,
    /// The index of the first segment that it covers.
    pub first: usize,
    /// The number of segments that it covers.
    pub count: usize,
}

/// Parses a path template.
///
/// # Errors
/// The fault, as a sentence that quotes `text`.
pub fn parse(text: &str) -> Result<Template, String> {
    let rest = text
        .strip_prefix('/')
        .ok_or_else(|| format!("the path `{text}` does not start with `/`"))?;
    let (path, verb) = split_verb(rest);
    let mut template = Template {
        segments: Vec::new(),
        variables: Vec::new(),
        verb: String::new(),
    };
    if let Some(verb) = verb {
        template.verb = literal(verb)
            .map_err(|fault| format!("the path `{text}` has a malformed verb: {fault}"))?;
    }
    if !path.is_empty() {
        segments(path, &mut template).map_err(|fault| format!("the path `{text}`: {fault}"))?;
    }
    match template.segments.iter().position(|s| *s == Segment::Rest) {
        Some(at) if at + 1 < template.segments.len() => {
            Err(format!("the path `{text}` has `**` before its end"))
        }
        Some(_) | None => Ok(template),
    }
}

/// Splits off the verb, which follows a `:` outside braces in the last segment.
fn split_verb(text: &str) -> (&str, Option<&str>) {
    let tail = text
        .rfind('}')
        .map_or(0, |at| at + 1)
        .max(text.rfind('/').map_or(0, |at| at + 1));
    match text[tail..].find(':') {
        Some(at) => (&text[..tail + at], Some(&text[tail + at + 1..])),
        None => (text, None),
    }
}

fn segments(mut text: &str, template: &mut Template) -> Result<(), String> {
    loop {
        if let Some(variable_text) = text.strip_prefix('{') {
            let (inside, after) = variable_text
                .split_once('}')
                .ok_or("a `{` is never closed")?;
            variable(inside, template)?;
            if after.is_empty() {
                return Ok(());
            }
            text = after
                .strip_prefix('/')
                .ok_or("only `/` or a verb may follow a `}`")?;
        } else {
            let (segment_text, after) = match text.split_once('/') {
                Some((segment_text, after)) => (segment_text, Some(after)),
                None => (text, None),
            };
            template.segments.push(segment(segment_text)?);
            match after {
                Some(after) => text = after,
                None => return Ok(()),
            }
        }
    }
}

fn variable(text: &str, template: &mut Template) -> Result<(), String> {
    let (path, pattern) = text.split_once('=').unwrap_or((text, "*"));
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    if names.iter().any(|name| !is_identifier(name)) {
        return Err(format!("`{path}` is not a field path"));
    }
    if template.variables.iter().any(|known| known.path == names) {
        return Err(format!("`{path}` is bound twice"));
    }
    let first = template.segments.len();
    for part in pattern.split('/') {
        template.segments.push(segment(part)?);
    }
    template.variables.push(Variable {
        path: names,
        first,
        count: template.segments.len() - first,
    });
    Ok(())
}

fn segment(text: &str) -> Result<Segment, String> {
    match text {
        "*" => Ok(Segment::One),
        "**" => Ok(Segment::Rest),
        _ => literal(text).map(Segment::Literal),
    }
}

fn literal(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("a segment is empty".to_owned());
    }
    match text
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"-._~!$&'()+,;=@".contains(*c))
    {
        Some(bad) => Err(format!("`{bad}` is not allowed in the literal `{text}`")),
        None => Ok(text.to_owned()),
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal_of(text: &str) -> Segment {
        Segment::Literal(text.to_owned())
    }

    fn variable_of(path: &[&str], first: usize, count: usize) -> Variable {
        Variable {
            path: path.iter().map(|name| (*name).to_owned()).collect(),
            first,
            count,
        }
    }

    #[test]
    fn a_variable_with_a_verb_is_one_segment_and_a_verb() {
        let template = parse("/v1/orders/{order_id}:cancel").expect("well formed");
        assert_eq!(
            template.segments,
            [literal_of("v1"), literal_of("orders"), Segment::One]
        );
        assert_eq!(template.variables, [variable_of(&["order_id"], 2, 1)]);
        assert_eq!(template.verb, "cancel");
    }

    #[test]
    fn a_verb_may_follow_a_literal() {
        let template = parse("/v1/sagas:watch").expect("well formed");
        assert_eq!(template.segments, [literal_of("v1"), literal_of("sagas")]);
        assert_eq!(template.verb, "watch");
    }

    #[test]
    fn a_nested_variable_covers_its_whole_pattern() {
        let template = parse("/v1/{book.name=shelves/*/books/**}").expect("well formed");
        assert_eq!(template.variables, [variable_of(&["book", "name"], 1, 4)]);
        assert_eq!(template.segments[4], Segment::Rest);
    }

    #[test]
    fn the_root_has_no_segments() {
        assert!(parse("/").expect("well formed").segments.is_empty());
    }

    #[test]
    fn malformed_templates_are_refused() {
        for (text, fault) in [
            ("v1/orders", "does not start"),
            ("/v1//orders", "empty"),
            ("/v1/orders/", "empty"),
            ("/v1/{order_id", "never closed"),
            ("/v1/{a}b", "may follow"),
            ("/v1/{}", "not a field path"),
            ("/v1/{a..b}", "not a field path"),
            ("/v1/{a={b}}", "is not allowed"),
            ("/v1/{a=**}/b", "before its end"),
            ("/v1/**/b", "before its end"),
            ("/v1/{a}/{a}", "bound twice"),
            ("/v1/a*b", "is not allowed"),
            ("/v1/a b", "is not allowed"),
            ("/v1/a:", "empty"),
            ("/v1/a:b:c", "is not allowed"),
            ("/v1/a?b", "is not allowed"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(fault), "{text}: {error}");
        }
    }
}
