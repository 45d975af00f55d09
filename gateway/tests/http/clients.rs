//! Clients that do not do their part: they never take their answer, or send on after they were refused.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::backend::HUGE_BYTES;
use crate::stack::Stack;

/// The longest wait of these tests.
const WAIT_MAX: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_connection_whose_client_never_takes_its_answer_is_closed() {
    let stack = Stack::start().await;
    let mut client = TcpStream::connect(stack.gateway.address)
        .await
        .expect("it listens");
    let request = b"GET /v1/orders/huge HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write_all(request).await.expect("it reads");
    // The gateway reads no second request while it sends; these bytes fail once it has closed the connection.
    let closed = async {
        while client.write_all(&[b'x'; 4096]).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WAIT_MAX, closed)
        .await
        .expect("the connection is closed");
}

/// One frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short frame");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// The client answers pings: only its closed window shows that it reads nothing.
#[tokio::test]
async fn a_client_that_never_opens_its_window_is_disconnected() {
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const ACK: u8 = 1;
    let stack = Stack::start().await;
    let mut client = TcpStream::connect(stack.gateway.address)
        .await
        .expect("it listens");
    client
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .expect("it reads");
    // SETTINGS_INITIAL_WINDOW_SIZE is 0.
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    client.write_all(&settings).await.expect("it reads");
    // `GET`, `http`, and literals for path and authority; END_STREAM and END_HEADERS.
    let mut head = vec![0x82, 0x86, 0x04, 15];
    head.extend(b"/v1/orders/huge");
    head.extend([0x01, 9]);
    head.extend(b"localhost");
    client
        .write_all(&frame(1, 5, 1, &head))
        .await
        .expect("it reads");
    let served = async {
        let mut is_answered = false;
        let mut start = [0; 9];
        while client.read_exact(&mut start).await.is_ok() {
            let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
            let mut payload = vec![0; length as usize];
            if client.read_exact(&mut payload).await.is_err() {
                break;
            }
            is_answered |= start[3] == 1;
            let reply = match (start[3], start[4] & ACK) {
                (SETTINGS, 0) => frame(SETTINGS, ACK, 0, &[]),
                (PING, 0) => frame(PING, ACK, 0, &payload),
                _ => continue,
            };
            if client.write_all(&reply).await.is_err() {
                break;
            }
        }
        is_answered
    };
    let is_answered = tokio::time::timeout(WAIT_MAX, served).await;
    assert!(
        is_answered.expect("the connection is closed"),
        "there is no answer"
    );
}

#[tokio::test]
async fn a_client_that_takes_its_answer_slowly_gets_all_of_it() {
    let stack = Stack::start().await;
    let mut response = stack
        .request("GET", "/v1/orders/huge")
        .send()
        .await
        .expect("an answer");
    let mut bytes = 0;
    while let Some(chunk) = response.chunk().await.expect("no break") {
        bytes += chunk.len();
        tokio::task::yield_now().await;
    }
    assert!(bytes > HUGE_BYTES);
}

#[tokio::test]
async fn an_upload_that_is_refused_still_gets_its_answer() {
    const CHUNK: &[u8] = &[b' '; 64 * 1024];
    let stack = Stack::start().await;
    for attempt in 0..15 {
        let mut client = TcpStream::connect(stack.gateway.address)
            .await
            .expect("it listens");
        let head =
            b"POST /v1/orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: 16777216\r\n\r\n";
        client.write_all(head).await.expect("it reads");
        // Sends everything before it reads, as simple clients do.
        for _ in 0..16 * 1024 * 1024 / CHUNK.len() {
            client
                .write_all(CHUNK)
                .await
                .unwrap_or_else(|error| panic!("{attempt}: {error}"));
        }
        let mut answer = String::new();
        let reading = tokio::time::timeout(WAIT_MAX, client.read_to_string(&mut answer));
        let read = reading.await.expect("the connection is closed");
        read.unwrap_or_else(|error| panic!("{attempt}: {error}"));
        assert!(answer.starts_with("HTTP/1.1 413"), "{attempt}: {answer}");
    }
}
