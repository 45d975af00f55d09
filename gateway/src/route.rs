//! Finds the route of a request: the most specific template, verbs first. Owns the tree of path templates and the
//! decoding of paths; knows no field values.

pub mod decode;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::table::{Route, Segment, Tables, Variable};

/// All routes, as a tree of path segments.
#[derive(Debug, Default)]
pub struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    one: Option<Box<Node>>,
    /// Routes whose template ends at this node.
    ends: Vec<&'static Route>,
    /// Routes whose template ends at this node with `**`.
    rest: Vec<&'static Route>,
}

/// The result of a look-up by path and method.
#[derive(Debug)]
pub enum Found<'p> {
    /// The route, with the path that it matched.
    Route(Match<'p>),
    /// The path has routes, but not for the method: their methods, sorted and without duplicates.
    OtherMethods(Vec<&'static str>),
    /// No route has the path.
    Nothing,
    /// The path is not percent-encoded UTF-8.
    Malformed,
}

/// A route and the path that it matched.
#[derive(Debug)]
pub struct Match<'p> {
    /// The most specific route of the path and method.
    pub route: &'static Route,
    /// The segments of the path, still percent-encoded, without the verb.
    segments: Vec<&'p str>,
}

impl Router {
    /// A router for all routes of generated tables.
    #[must_use]
    pub fn new(tables: &'static Tables) -> Self {
        Self::of(tables.routes)
    }

    /// A router for the given routes.
    pub fn of(routes: impl IntoIterator<Item = &'static Route>) -> Self {
        let mut router = Self::default();
        for route in routes {
            router.add(route);
        }
        router
    }

    fn add(&mut self, route: &'static Route) {
        let mut node = &mut self.root;
        for segment in route.segments {
            match segment {
                Segment::Literal(text) => node = node.literals.entry(text).or_default(),
                Segment::One => node = node.one.get_or_insert_default(),
                Segment::Rest => {
                    node.rest.push(route);
                    return;
                }
            }
        }
        node.ends.push(route);
    }

    /// Looks up `method` and `path`. The path starts with `/` and has no query.
    #[must_use]
    pub fn find<'p>(&self, method: &str, path: &'p str) -> Found<'p> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut segments: Vec<&str> = if path.is_empty() {
            Vec::new()
        } else {
            path.split('/').collect()
        };
        let Some(mut decoded) = segments
            .iter()
            .map(|segment| decode::segment(segment))
            .collect::<Option<Vec<Cow<'_, str>>>>()
        else {
            return Found::Malformed;
        };
        let mut methods = Vec::new();
        // The text after `:` is a verb only where some route has that verb, with any method; otherwise `a:b` is a
        // value.
        if let Some((whole, (before, verb))) = segments
            .last()
            .copied()
            .and_then(|last| Some((last, last.rsplit_once(':')?)))
            .filter(|(_, (_, verb))| !verb.is_empty())
            && let Some(before_decoded) = decode::segment(before)
        {
            let at = segments.len() - 1;
            let whole_decoded = std::mem::replace(&mut decoded[at], before_decoded);
            segments[at] = before;
            let mut search = Search {
                method,
                verb,
                methods: &mut methods,
            };
            if let Some(route) = search.within(&self.root, &decoded) {
                return Found::Route(Match { route, segments });
            }
            if !methods.is_empty() {
                return other_methods(methods);
            }
            segments[at] = whole;
            decoded[at] = whole_decoded;
        }
        let mut search = Search {
            method,
            verb: "",
            methods: &mut methods,
        };
        if let Some(route) = search.within(&self.root, &decoded) {
            return Found::Route(Match { route, segments });
        }
        if methods.is_empty() {
            Found::Nothing
        } else {
            other_methods(methods)
        }
    }
}

fn other_methods<'p>(mut methods: Vec<&'static str>) -> Found<'p> {
    methods.sort_unstable();
    methods.dedup();
    Found::OtherMethods(methods)
}

struct Search<'s> {
    method: &'s str,
    verb: &'s str,
    /// The methods of routes that match the path and the verb, but not the method.
    methods: &'s mut Vec<&'static str>,
}

impl Search<'_> {
    /// Prefers literals over `*` over `**`, at each segment from the left.
    fn within(&mut self, node: &Node, segments: &[Cow<'_, str>]) -> Option<&'static Route> {
        let Some((segment, others)) = segments.split_first() else {
            return self.among(&node.ends).or_else(|| self.among(&node.rest));
        };
        if let Some(next) = node.literals.get(&**segment)
            && let Some(route) = self.within(next, others)
        {
            return Some(route);
        }
        if let Some(next) = &node.one
            && !segment.is_empty()
            && let Some(route) = self.within(next, others)
        {
            return Some(route);
        }
        self.among(&node.rest)
    }

    fn among(&mut self, routes: &[&'static Route]) -> Option<&'static Route> {
        let candidates = routes.iter().filter(|route| route.verb == self.verb);
        let mut any = None;
        for route in candidates {
            if route.method == self.method {
                return Some(route);
            }
            if route.method == "*" {
                any = Some(*route);
            } else {
                self.methods.push(route.method);
            }
        }
        any
    }
}

impl Match<'_> {
    /// The decoded text of a variable of this route; none when it is not UTF-8. In a variable of several segments `%2F`
    /// is not decoded, so that it differs from the slashes between the segments.
    #[must_use]
    pub fn text(&self, variable: &Variable) -> Option<String> {
        let template = &self.route.segments[variable.first..variable.first + variable.count];
        let open = template.last() == Some(&Segment::Rest);
        let end = if open {
            self.segments.len()
        } else {
            variable.first + variable.count
        };
        let covered = &self.segments[variable.first.min(end)..end];
        if !open && variable.count == 1 {
            return decode::segment(covered[0]).map(Cow::into_owned);
        }
        let parts: Option<Vec<_>> = covered.iter().map(|part| decode::reserved(part)).collect();
        parts.map(|parts| parts.join("/"))
    }
}

#[cfg(test)]
mod tests;
