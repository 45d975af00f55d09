//! What `dev` prints when it is ready: where each part listens, and two commands that book a ticket when pasted.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::stack::Stack;

/// Where the product keeps its data.
#[derive(Debug)]
pub(super) struct State {
    pub(super) data_dir: PathBuf,
    pub(super) on_postgres: bool,
}

/// Addresses, a curl line and a grpcurl line. Each line books another seat.
pub(super) fn of(stack: &Stack, state: &State) -> String {
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
    let _ = write!(text, "\n{}\n", start_over(state));
    text
}

/// How to get back to an empty product.
fn start_over(state: &State) -> String {
    let folder = state.data_dir.display();
    let folder = shell_quoted(&folder.to_string());
    match state.on_postgres {
        false => format!("To start over, stop this process and delete its data:\n\nrm -r {folder}"),
        true => format!(
            "To start over, stop this process, drop the database that POSTGRES_URL names and create it again, and delete \
             the rest of the data:\n\nrm -r {folder}"
        ),
    }
}

/// The text as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
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
    fn starting_over_deletes_the_folder_of_the_data() {
        let state = |data_dir: &str, on_postgres| State {
            data_dir: data_dir.into(),
            on_postgres,
        };
        let line = |state: &State| start_over(state).lines().last().map(str::to_owned);
        assert_eq!(
            line(&state("./data", false)).as_deref(),
            Some("rm -r ./data")
        );
        let spaced = state("/tmp/it's here", true);
        assert_eq!(line(&spaced).as_deref(), Some(r"rm -r '/tmp/it'\''s here'"));
        assert!(start_over(&spaced).contains("POSTGRES_URL"));
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
