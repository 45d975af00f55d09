//! What `dev` prints when it is ready: where each part listens, and two commands that book a ticket when pasted.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::stack::Stack;

/// Addresses, a curl line and a grpcurl line. Each line books another seat.
pub(super) fn of(stack: &Stack) -> String {
    let mut text = format!("gRPC      {}\n", stack.grpc);
    if let Some(sandbox) = stack.sandbox {
        let _ = writeln!(text, "sandbox   {sandbox}");
    }
    if let Some(http) = stack.http {
        let _ = writeln!(text, "HTTP      http://{http}");
        let _ = write!(text, "\nBook a ticket over HTTP:\n\n{}\n", curl(http));
    }
    let _ = write!(
        text,
        "\nBook a ticket over gRPC:\n\n{}\n",
        grpcurl(stack.grpc)
    );
    text
}

fn curl(http: SocketAddr) -> String {
    format!(
        "curl -sS http://{http}/v1/orders -H 'Content-Type: application/json' -H 'Idempotency-Key: {}' -d '{}'",
        random_suffix(),
        booking()
    )
}

fn grpcurl(grpc: SocketAddr) -> String {
    format!(
        "grpcurl -plaintext -H 'Idempotency-Key: {}' -d '{}' {grpc} order.v1.OrderService/CreateOrder",
        random_suffix(),
        booking()
    )
}

/// A request as canonical JSON: an event of the sandbox that sells any seat, and a random seat.
fn booking() -> String {
    serde_json::json!({
        "organizationId": "acme",
        "userId": "ann",
        "eventId": "ga-opera",
        "tickets": [{"seatId": format!("seat-{}", random_suffix()), "holderName": "Ann"}],
        "paymentMethod": {"type": "card", "token": "tok_ok"},
        "contact": {"email": "ann@example.com"},
    })
    .to_string()
}

fn random_suffix() -> String {
    format!("{:08x}", rand::random::<u32>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn commands_are_one_line_each_and_book_different_seats() {
        let (one, other) = (curl(addr("127.0.0.1:8084")), curl(addr("[::1]:8084")));
        assert!(one.starts_with("curl ") && !one.contains('\n'));
        assert!(one.contains("http://127.0.0.1:8084/v1/orders"), "{one}");
        assert!(other.contains("http://[::1]:8084/v1/orders"), "{other}");
        let seat = |line: &str| line.split("seat-").nth(1).map(str::to_owned);
        assert_ne!(seat(&one), seat(&other));
        let line = grpcurl(addr("127.0.0.1:9084"));
        assert!(line.starts_with("grpcurl -plaintext "), "{line}");
        assert!(
            line.ends_with(" 127.0.0.1:9084 order.v1.OrderService/CreateOrder"),
            "{line}"
        );
        assert!(
            line.matches('\'').count().is_multiple_of(2),
            "quotes are closed"
        );
    }
}
