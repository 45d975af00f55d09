//! Which requests are guarded, and within what a key is one key.

use http_body_util::Full;
use prost::Message as _;
use tonic::body::Body;

use super::bench::*;

#[tokio::test]
async fn the_handler_gets_the_request_whole_and_its_claim() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    assert_eq!(client.book("\"k-1\"").await, Seen::answer(1));
    let given = handler.given().await;
    let claim = given[0].claim.as_ref().expect("a claim");
    assert_eq!(given[0].body, frame(&booking("ann").encode_to_vec()));
    assert_eq!(claim.scope.organization, "org-1");
    assert_eq!(claim.scope.caller, "ann");
    assert_eq!(claim.scope.method, CREATE);
    assert_eq!(claim.scope.key, "k-1");
}

#[tokio::test]
async fn without_a_key_there_is_no_claim() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    for call in 1..=2 {
        let seen = client.send(post(CREATE, &booking("ann"), &[])).await;
        assert_eq!(seen, Seen::answer(call));
    }
    let claims = handler.given().await;
    assert!(claims.iter().all(|given| given.claim.is_none()));
}

#[tokio::test]
async fn where_a_key_is_required_a_guarded_rpc_needs_one() {
    let handler = Handler::counting();
    let mut settings = embedded();
    settings.required = true;
    let client = handler.behind(&settings);
    let seen = client.send(post(CREATE, &booking("ann"), &[])).await;
    assert_eq!(seen, Seen::refused("KeyRequired"));
    assert_eq!(handler.calls(), 0);
    let seen = client.send(post(GET, &booking("ann"), &[])).await;
    assert_eq!(seen, Seen::answer(1));
    assert_eq!(client.book("k").await, Seen::answer(2));
}

#[tokio::test]
async fn two_headers_or_a_malformed_key_are_refused_and_nothing_is_stored() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    let long = "k".repeat(256);
    for keys in [&["k", "k"][..], &[""], &["a b"], &["\"k"], &[&long]] {
        let seen = client.send(post(CREATE, &booking("ann"), keys)).await;
        assert_eq!(seen, Seen::refused("KeyInvalid"), "{keys:?}");
    }
    assert_eq!(handler.calls(), 0);
    assert_eq!(client.book("k").await, Seen::answer(1));
}

#[tokio::test]
async fn on_other_rpcs_the_header_is_not_even_read() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    for (call, keys) in [(1, &["k"][..]), (2, &["k"]), (3, &["k", "k"]), (4, &[""])] {
        let seen = client.send(post(GET, &booking("ann"), keys)).await;
        assert_eq!(seen, Seen::answer(call));
    }
    let claims = handler.given().await;
    assert!(claims.iter().all(|given| given.claim.is_none()));
}

#[tokio::test]
async fn one_key_is_another_key_for_another_tenant_caller_or_rpc() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    let mut elsewhere = booking("ann");
    elsewhere.organization_id = "org-2".into();
    let requests = || {
        [
            post(CREATE, &booking("ann"), &["k"]),
            post(CREATE, &booking("bob"), &["k"]),
            post(CREATE, &elsewhere, &["k"]),
            post(CANCEL, &cancelling(KNOWN_ORDER), &["k"]),
        ]
    };
    for (call, request) in (1..).zip(requests()) {
        assert_eq!(client.send(request).await, Seen::answer(call));
    }
    for (call, request) in (1..).zip(requests()) {
        assert_eq!(client.send(request).await, Seen::replay(call));
    }
}

#[tokio::test]
async fn a_request_without_a_tenant_is_its_orders() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    let request = post(CANCEL, &cancelling(KNOWN_ORDER), &["k"]);
    assert_eq!(client.send(request).await, Seen::answer(1));
    let claim = handler.given().await[0].claim.clone().expect("a claim");
    assert_eq!(claim.scope.organization, "org-1");
    assert_eq!(claim.scope.caller, "");
}

#[tokio::test]
async fn an_order_that_is_not_there_is_not_found_and_nothing_is_called() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    for _ in 0..2 {
        let request = post(CANCEL, &cancelling(UNKNOWN_ORDER), &["k"]);
        assert_eq!(client.send(request).await, Seen::refused("NotFound"));
    }
    assert_eq!(handler.calls(), 0);
}

#[tokio::test]
async fn what_cannot_be_read_is_left_to_the_handler() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    let encoded = booking("ann").encode_to_vec();
    let mut compressed = frame(&encoded).to_vec();
    compressed[0] = 1;
    let cut = frame(&encoded)[..20].to_vec();
    let nonsense = frame(b"\xff\xff\xff").to_vec();
    let huge = frame(&vec![0; 1024 * 1024 + 1]).to_vec();
    for (call, body) in (1..).zip([compressed, cut, nonsense, huge, Vec::new()]) {
        let whole = body.clone();
        let body = Body::new(Full::new(body.into()));
        let seen = client.send(post_body(CREATE, body, &["k"])).await;
        assert_eq!(seen, Seen::answer(call));
        let given = handler.given().await.pop().expect("a call");
        assert!(given.claim.is_none());
        assert_eq!(given.body, whole);
    }
    let malformed = [booking(""), booking("a b")];
    for (call, request) in (6..).zip(malformed) {
        let seen = client.send(post(CREATE, &request, &["k"])).await;
        assert_eq!(seen, Seen::answer(call));
    }
    let seen = client.send(post(CANCEL, &cancelling("x"), &["k"])).await;
    assert_eq!(seen, Seen::answer(8));
}

#[tokio::test]
async fn a_guarded_rpc_is_guarded_whatever_its_method_and_content_type() {
    let handler = Handler::counting();
    let client = handler.behind(&embedded());
    for (method, content_type) in [
        ("POST", "application/grpc"),
        ("POST", "Application/gRPC"),
        ("POST", "text/plain"),
        ("PUT", "application/grpc"),
        ("GET", "application/octet-stream"),
    ] {
        let mut request = post(CREATE, &booking("ann"), &["k"]);
        *request.method_mut() = method.parse().expect("a method");
        let content_type = content_type.parse().expect("ASCII");
        request.headers_mut().insert("content-type", content_type);
        client.send(request).await;
    }
    assert_eq!(handler.calls(), 1);
}
