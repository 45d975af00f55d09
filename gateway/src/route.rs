//! Finds the route of a request: the most specific one, verbs first. Owns the tree of path templates and the decoding
//! of paths; knows no fields' values.

pub mod decode;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::table::{Route, Segment, Tables, Variable};

/// All routes, by path.
#[derive(Debug, Default)]
pub struct Router {
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    one: Option<Box<Node>>,
    /// Routes whose template ends here.
    ends: Vec<&'static Route>,
    /// Routes that end here with `**`.
    rest: Vec<&'static Route>,
}

/// What a request's path and method lead to.
#[derive(Debug)]
pub enum Found<'p> {
    /// A route.
    Route(Match<'p>),
    /// The path is known, with other methods: these, sorted.
    OtherMethods(Vec<&'static str>),
    /// The path is not known.
    Nothing,
    /// The path's percent signs make no text.
    Malformed,
}

/// A route with the path it matched.
#[derive(Debug)]
pub struct Match<'p> {
    /// The route.
    pub route: &'static Route,
    /// The path's parts as they were sent, without the verb.
    segments: Vec<&'p str>,
}

impl Router {
    /// All routes of generated tables.
    #[must_use]
    pub fn new(tables: &'static Tables) -> Self {
        Self::of(tables.routes)
    }

    /// Those routes.
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

    /// The route of `method` and `path` (which starts with `/`, without the query).
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
        // A verb is only split off where a route has it, whatever its method: `a:b` may as well be an id.
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
    /// Those of routes that match but for the method.
    methods: &'s mut Vec<&'static str>,
}

impl Search<'_> {
    /// Literals before `*` before `**`, at each part from the left.
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
    /// The decoded text of a variable of this route. `%2F` stays as it is where the variable spans several parts,
    /// so that it can be told from the slashes between them.
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
