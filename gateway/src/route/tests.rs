//! The router on small route tables.

use super::*;
use crate::table::{Body, Message, Shape};

static EMPTY: Message = Message {
    name: "test.Empty",
    shape: Shape::Plain,
    fields: &[],
    keys: &[],
    etag: None,
};

const L: fn(&'static str) -> Segment = Segment::Literal;

fn route(
    method: &'static str,
    template: &'static str,
    segments: &[Segment],
    verb: &'static str,
    variables: Vec<Variable>,
) -> Route {
    Route {
        method,
        template,
        verb,
        segments: segments.to_vec().leak(),
        variables: variables.leak(),
        body: Body::None,
        response_body: None,
        grpc: "/test.Service/Method",
        input: &EMPTY,
        output: &EMPTY,
        client_streaming: false,
        server_streaming: false,
    }
}

fn variable(first: usize, count: usize) -> Variable {
    Variable {
        name: "id",
        first,
        count,
        path: &[],
    }
}

fn router() -> Router {
    use Segment::{One, Rest};
    let routes = vec![
        route("GET", "/o", &[L("o")], "", vec![]),
        route("POST", "/o", &[L("o")], "", vec![]),
        route("GET", "/o:watch", &[L("o")], "watch", vec![]),
        route("GET", "/o/{id}", &[L("o"), One], "", vec![variable(1, 1)]),
        route(
            "GET",
            "/o/{id}:watch",
            &[L("o"), One],
            "watch",
            vec![variable(1, 1)],
        ),
        route(
            "POST",
            "/o/{id}:cancel",
            &[L("o"), One],
            "cancel",
            vec![variable(1, 1)],
        ),
        route("GET", "/o/last", &[L("o"), L("last")], "", vec![]),
        route(
            "GET",
            "/f/{id=a/*}",
            &[L("f"), L("a"), One],
            "",
            vec![variable(1, 2)],
        ),
        route(
            "GET",
            "/f/{id=**}",
            &[L("f"), Rest],
            "",
            vec![variable(1, 1)],
        ),
        route("PUT", "/f/a/b", &[L("f"), L("a"), L("b")], "", vec![]),
        route("*", "/any", &[L("any")], "", vec![]),
    ];
    let tables = Box::leak(Box::new(Tables {
        json: crate::table::Json::default(),
        messages: &[],
        routes: routes.leak(),
        domain: "",
        openapi: "",
    }));
    Router::new(tables)
}

/// The template that is found, and the text of its variable.
fn found(method: &str, path: &str) -> (String, String) {
    match router().find(method, path) {
        Found::Route(matched) => {
            let text = matched
                .route
                .variables
                .first()
                .map(|variable| matched.text(variable).expect("decodes"))
                .unwrap_or_default();
            (matched.route.template.to_owned(), text)
        }
        Found::OtherMethods(methods) => ("405".to_owned(), methods.join(",")),
        Found::Nothing => ("404".to_owned(), String::new()),
        Found::Malformed => ("400".to_owned(), String::new()),
    }
}

#[track_caller]
fn finds(method: &str, path: &str, template: &str, text: &str) {
    assert_eq!(found(method, path), (template.to_owned(), text.to_owned()));
}

#[test]
fn a_literal_beats_a_variable_and_a_variable_beats_the_rest() {
    finds("GET", "/o/last", "/o/last", "");
    finds("GET", "/o/7", "/o/{id}", "7");
    finds("GET", "/f/a/b", "/f/{id=a/*}", "a/b");
    finds("GET", "/f/a/b/c", "/f/{id=**}", "a/b/c");
    finds("GET", "/f", "/f/{id=**}", "");
}

#[test]
fn a_verb_is_split_off_only_where_a_route_has_it() {
    finds("GET", "/o:watch", "/o:watch", "");
    finds("GET", "/o/7:watch", "/o/{id}:watch", "7");
    finds("GET", "/o/a:b:watch", "/o/{id}:watch", "a:b");
    finds("GET", "/o/a:b", "/o/{id}", "a:b");
    finds("GET", "/o/7%3Awatch", "/o/{id}", "7:watch");
    finds("GET", "/o/a%3Ab:watch", "/o/{id}:watch", "a:b");
    finds("GET", "/f/x:watch", "/f/{id=**}", "x:watch");
}

#[test]
fn an_encoded_slash_differs_from_a_slash_between_segments() {
    finds("GET", "/o/a%2Fb", "/o/{id}", "a/b");
    finds("GET", "/f/x%2Fy/z%20", "/f/{id=**}", "x%2Fy/z ");
}

#[test]
fn a_known_path_with_another_method_lists_the_allowed_methods() {
    finds("DELETE", "/o", "405", "GET,POST");
    finds("GET", "/o/7:cancel", "405", "POST");
    finds("GET", "/o/7%3Acancel", "/o/{id}", "7:cancel");
    finds("PUT", "/f/a/b", "/f/a/b", "");
    finds("BREW", "/any", "/any", "");
}

#[test]
fn an_unknown_or_empty_segment_matches_no_route() {
    finds("GET", "/", "404", "");
    finds("GET", "/o/", "404", "");
    finds("GET", "/o//x", "404", "");
    finds("GET", "/nowhere", "404", "");
    finds("GET", "/o/:watch", "/o/{id}", ":watch");
    finds("GET", "/o/%ff", "400", "");
    finds("GET", "/o/%4", "400", "");
}
