//! Fuzzes the router: the template tree finds the same route as a linear search over all templates. Knows no template
//! text.

use std::sync::LazyLock;

use order_gateway::route::{Found, Router, decode};
use order_gateway::table::{Body, Message, Route, Segment, Shape};

static EMPTY: Message = Message {
    name: "fuzz.Empty",
    shape: Shape::Plain,
    fields: &[],
    keys: &[],
    etag: None,
};

/// The number of bytes that select routes, one route each; the next byte selects the method.
const CHOICES: usize = 6;
const METHODS: [&str; 3] = ["GET", "POST", "*"];
const VERBS: [&str; 3] = ["", "v", "w"];
const PARTS: [Segment; 4] = [
    Segment::Literal("a"),
    Segment::Literal("b"),
    Segment::One,
    Segment::Rest,
];

/// Every path of up to three segments with every verb; a byte of the input is an index into this list.
static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let mut paths: Vec<Vec<Segment>> = vec![Vec::new()];
    let mut longest = paths.clone();
    for _ in 0..3 {
        longest = longest
            .iter()
            .filter(|path| path.last() != Some(&Segment::Rest))
            .flat_map(|path| PARTS.map(|part| [path.as_slice(), &[part]].concat()))
            .collect();
        paths.extend(longest.clone());
    }
    let mut routes = Vec::new();
    for path in paths {
        let segments: &'static [Segment] = path.leak();
        for (method, verb) in METHODS.into_iter().flat_map(|m| VERBS.map(|v| (m, v))) {
            routes.push(Route {
                method,
                template: "",
                verb,
                segments,
                variables: &[],
                body: Body::None,
                response_body: None,
                grpc: "/fuzz.Service/Method",
                input: &EMPTY,
                output: &EMPTY,
                client_streaming: false,
                server_streaming: false,
            });
        }
    }
    routes
});

/// Reads `data` as a set of routes, a method and a path.
pub fn run(data: &[u8]) {
    let Some((choices, rest)) = data.split_at_checked(2 * CHOICES) else {
        return;
    };
    let Some((method, path)) = rest.split_first() else {
        return;
    };
    let Ok(path) = std::str::from_utf8(path) else {
        return;
    };
    let method = METHODS[usize::from(*method) % 2];
    let mut chosen: Vec<&'static Route> = Vec::new();
    for choice in choices.chunks(2) {
        let choice = usize::from(choice[0]) << 8 | usize::from(choice[1]);
        let route = &ROUTES[choice % ROUTES.len()];
        // The generator rejects two routes with the same pattern.
        if !chosen.iter().any(|other| std::ptr::eq(*other, route)) {
            chosen.push(route);
        }
    }
    let expected = one_by_one(&chosen, method, path);
    let found = Router::of(chosen.iter().copied()).find(method, path);
    match (found, expected) {
        (Found::Route(found), Expected::Route(route)) => {
            assert!(std::ptr::eq(found.route, route), "{chosen:?} {path}");
        }
        (Found::OtherMethods(found), Expected::OtherMethods(methods)) => {
            assert_eq!(found, methods, "{chosen:?} {path}");
        }
        (Found::Nothing, Expected::Nothing) | (Found::Malformed, Expected::Malformed) => {}
        (found, expected) => panic!("{found:?}, not {expected:?}: {chosen:?} {path}"),
    }
}

#[derive(Debug)]
enum Expected {
    Route(&'static Route),
    OtherMethods(Vec<&'static str>),
    Nothing,
    Malformed,
}

/// The rules of `google.api.http` without a tree: a route with the path's verb before one without, then the most
/// specific, compared segment by segment from the left.
fn one_by_one(routes: &[&'static Route], method: &str, path: &str) -> Expected {
    let path = path.strip_prefix('/').unwrap_or(path);
    let parts: Vec<&str> = if path.is_empty() {
        Vec::new()
    } else {
        path.split('/').collect()
    };
    let Some(decoded) = decoded(&parts) else {
        return Expected::Malformed;
    };
    if let Some((last, before)) = parts.split_last()
        && let Some((value, verb)) = last.rsplit_once(':')
        && !verb.is_empty()
        && let Some(value) = decode::segment(value)
    {
        let mut shorter = decoded.clone();
        shorter.truncate(before.len());
        shorter.push(value.into_owned());
        let found = among(routes, method, &shorter, verb);
        if !matches!(found, Expected::Nothing) {
            return found;
        }
    }
    among(routes, method, &decoded, "")
}

fn decoded(parts: &[&str]) -> Option<Vec<String>> {
    let decode = |part: &&str| decode::segment(part).map(std::borrow::Cow::into_owned);
    parts.iter().map(decode).collect()
}

fn among(routes: &[&'static Route], method: &str, parts: &[String], verb: &str) -> Expected {
    let matching = || {
        let of_verb = routes.iter().filter(|route| route.verb == verb);
        of_verb.filter(|route| takes(route.segments, parts))
    };
    let best = matching()
        .filter(|route| route.method == method || route.method == "*")
        .min_by_key(|route| (rank(route.segments), route.method == "*"));
    if let Some(route) = best {
        return Expected::Route(route);
    }
    let mut methods: Vec<&'static str> = matching().map(|route| route.method).collect();
    methods.sort_unstable();
    methods.dedup();
    if methods.is_empty() {
        Expected::Nothing
    } else {
        Expected::OtherMethods(methods)
    }
}

fn takes(segments: &[Segment], parts: &[String]) -> bool {
    match (segments.split_first(), parts.split_first()) {
        (None, None) => true,
        (Some((Segment::Rest, _)), _) => true,
        (Some((Segment::One, segments)), Some((part, parts))) => {
            !part.is_empty() && takes(segments, parts)
        }
        (Some((Segment::Literal(text), segments)), Some((part, parts))) => {
            text == part && takes(segments, parts)
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A smaller value is more specific; a template that ends before another continues with `**` is more specific.
fn rank(segments: &[Segment]) -> Vec<u8> {
    let of = |segment: &Segment| match segment {
        Segment::Literal(_) => 0,
        Segment::One => 1,
        Segment::Rest => 2,
    };
    segments.iter().map(of).collect()
}
