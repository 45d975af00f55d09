//! Tables: who sends a request to which listener, and whether it is refused.

use std::net::Ipv4Addr;

use super::*;

/// A listener on a loopback address, or open to other machines.
fn policy(is_loopback: bool, origins: Option<&str>) -> Policy {
    let address = if is_loopback {
        Ipv4Addr::LOCALHOST
    } else {
        Ipv4Addr::UNSPECIFIED
    };
    let origins = origins.map(|text| text.parse().expect("origins"));
    let hosts = "proxy.example".parse().expect("host names");
    Policy::of_listener(address.into(), origins, hosts)
}

fn request(method: &str, host: &str, origin: Option<&str>, site: Option<&str>) -> Request<()> {
    let mut request = Request::builder()
        .method(method)
        .uri("/v1")
        .header("host", host);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    request.body(()).expect("a request")
}

const EVIL: Option<&str> = Some("https://evil.example");

#[test]
fn a_foreign_page_may_not_change_anything() {
    let local = policy(true, None);
    let forbidden = Err(Forbidden::Origin);
    for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE"] {
        assert_eq!(
            local.check(&request(method, "localhost:1", EVIL, None)),
            forbidden,
            "{method}"
        );
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(
            local.check(&request(method, "localhost:1", EVIL, None)),
            Ok(()),
            "{method}"
        );
    }
    for (origin, site, expected) in [
        (None, None, Ok(())),
        (None, Some("cross-site"), forbidden),
        (None, Some("same-site"), forbidden),
        (None, Some("same-origin"), Ok(())),
        (None, Some("none"), Ok(())),
        (Some("null"), None, forbidden),
        (Some("null"), Some("cross-site"), forbidden),
        (EVIL, Some("cross-site"), forbidden),
        (Some("http://localhost:3000"), Some("same-site"), Ok(())),
        (Some("http://127.0.0.1:5173"), None, Ok(())),
    ] {
        let asked = request("POST", "localhost:1", origin, site);
        assert_eq!(local.check(&asked), expected, "{origin:?} {site:?}");
    }
}

#[test]
fn the_listeners_own_pages_are_never_foreign() {
    let open = policy(false, Some("none"));
    for (host, origin, expected) in [
        ("shop.example", "https://shop.example", Ok(())),
        ("shop.example:8084", "http://SHOP.example:8084", Ok(())),
        (
            "shop.example:8084",
            "http://shop.example",
            Err(Forbidden::Origin),
        ),
        (
            "shop.example",
            "https://evil.example",
            Err(Forbidden::Origin),
        ),
    ] {
        assert_eq!(
            open.check(&request("POST", host, Some(origin), None)),
            expected,
            "{origin}"
        );
    }
}

#[test]
fn the_listed_origins_may_change_things_and_any_is_any() {
    let listed = policy(false, Some("https://shop.example"));
    let from = |origin| request("POST", "api.example", Some(origin), Some("cross-site"));
    assert_eq!(listed.check(&from("https://shop.example")), Ok(()));
    assert_eq!(
        listed.check(&from("http://shop.example")),
        Err(Forbidden::Origin)
    );
    let any = policy(false, Some("*"));
    assert_eq!(any.check(&from("https://evil.example")), Ok(()));
    assert_eq!(
        any.check(&request("POST", "a", None, Some("cross-site"))),
        Ok(())
    );
}

#[test]
fn a_name_that_was_rebound_to_this_machine_is_refused() {
    let local = policy(true, Some("*"));
    let rebound = |host| local.check(&request("GET", host, None, Some("same-origin")));
    assert_eq!(rebound("evil.example:8084"), Err(Forbidden::Host));
    assert_eq!(rebound("proxy.example"), Ok(()));
    assert_eq!(rebound("localhost:8084"), Ok(()));
    let open = policy(false, None);
    assert_eq!(
        open.check(&request("GET", "any.example", None, None)),
        Ok(())
    );
}

#[test]
fn a_page_may_send_metadata_of_its_own_and_nothing_else() {
    let local = policy(true, None);
    let mut asked = request("OPTIONS", "localhost", Some("http://localhost:3000"), None);
    let headers = asked.headers_mut();
    headers.insert(
        "access-control-request-method",
        HeaderValue::from_static("POST"),
    );
    let names = "x-tenant.a, grpc-timeout,idempotency-key,a!b,,x_trace-bin";
    headers.insert(
        "access-control-request-headers",
        HeaderValue::from_static(names),
    );
    let mut answer = HeaderMap::new();
    answer.insert(ALLOW, HeaderValue::from_static("POST"));
    local.add_headers(asked.headers(), &mut answer);
    assert_eq!(
        answer[ACCESS_CONTROL_ALLOW_HEADERS],
        "x-tenant.a,grpc-timeout,idempotency-key,x_trace-bin"
    );
    assert_eq!(answer[ACCESS_CONTROL_ALLOW_METHODS], "POST");
    let mut answer = HeaderMap::new();
    local.add_headers(
        request("POST", "localhost", EVIL, None).headers(),
        &mut answer,
    );
    assert_eq!(answer.len(), 1);
    assert_eq!(answer[VARY], "origin");
}
