//! A client of gRPC-web, which sends frames over HTTP/1.1 as a browser does.
//!
//! Knows the framing, and nothing of the messages.

use bytes::{Buf as _, Bytes};
use prost::Message;

use crate::Api;

/// An answer: its messages, and the trailers of its last frame.
#[derive(Debug)]
pub struct Answer<M> {
    /// Whether the HTTP header `idempotent-replayed` is `true`.
    pub replayed: bool,
    /// The decoded messages, in the order of arrival.
    pub messages: Vec<M>,
    /// The lines of the trailers, such as `grpc-status:0`.
    pub trailers: String,
}

/// Calls a unary rpc at the address `host:port` of the service.
///
/// # Panics
/// When the answer is not gRPC-web.
pub async fn call<M: Message + Default>(
    address: &str,
    path: &str,
    key: Option<&str>,
    request: &impl Message,
) -> Answer<M> {
    let api = Api::new(&format!("http://{address}"));
    let message = request.encode_to_vec();
    let mut body = vec![0];
    body.extend(
        u32::try_from(message.len())
            .expect("a message of less than 4 GiB")
            .to_be_bytes(),
    );
    body.extend(message);
    let mut sent = api
        .request("POST", path)
        .header("content-type", "application/grpc-web+proto")
        .header("accept", "application/grpc-web+proto")
        .header("x-grpc-web", "1")
        .body(body);
    if let Some(key) = key {
        sent = sent.header("idempotency-key", key);
    }
    let reply = api.send(sent).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let kind = reply.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/grpc-web"), "{reply:?}");
    let replayed = reply.header("idempotent-replayed") == Some("true");
    let mut answer = Answer {
        replayed,
        messages: Vec::new(),
        trailers: String::new(),
    };
    if let Some(status) = reply.header("grpc-status") {
        answer.trailers = format!("grpc-status:{status}"); // an error without a message has no frames
    }
    read(reply.body, &mut answer);
    answer
}

fn read<M: Message + Default>(mut body: Bytes, answer: &mut Answer<M>) {
    while body.has_remaining() {
        let flags = body.get_u8();
        let length = usize::try_from(body.get_u32()).expect("a frame fits in memory");
        let frame = body.split_to(length);
        if flags & 0x80 == 0 {
            answer
                .messages
                .push(M::decode(frame).expect("a message of the rpc's response type"));
        } else {
            answer.trailers = String::from_utf8_lossy(&frame).into_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_trailers_are_separated() {
        let message = prost_types::Duration {
            seconds: 7,
            nanos: 0,
        };
        let encoded = message.encode_to_vec();
        let mut body = vec![0, 0, 0, 0, 2];
        body.extend(&encoded);
        body.extend([0x80, 0, 0, 0, 13]);
        body.extend(b"grpc-status:0");
        let mut answer = Answer::<prost_types::Duration> {
            replayed: false,
            messages: Vec::new(),
            trailers: String::new(),
        };
        read(Bytes::from(body), &mut answer);
        assert_eq!(answer.messages, [message]);
        assert_eq!(answer.trailers, "grpc-status:0");
    }
}
