//! `Accept-Encoding`: compresses whole responses with gzip or zstd. Streams stay uncompressed, so that each message is
//! sent as it arrives. Knows no body formats.

use std::io::{self, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderValue, Response};

use super::body::Content;
use crate::limits::{COMPRESSED_BLOCKING_BYTES_MIN, COMPRESSED_BYTES_MIN};
use crate::request::coding::Coding;

/// zstd's default level: fast, with most of the savings of slower levels.
const ZSTD_LEVEL: i32 = 3;

/// Compresses a whole body that is large enough and of a compressible type, with the coding that the caller prefers.
/// Dropping the future leaves the response unchanged.
pub(crate) async fn encode(requested: &HeaderMap, response: &mut Response<Content>) {
    let Content::Whole(bytes) = response.body() else {
        return;
    };
    if bytes.len() < COMPRESSED_BYTES_MIN || !is_compressible(response.headers()) {
        return;
    }
    let bytes = bytes.clone();
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    let Some(coding) = preferred(requested) else {
        return;
    };
    let encoded = if bytes.len() < COMPRESSED_BLOCKING_BYTES_MIN {
        compressed(coding, &bytes)
    } else {
        // Long enough to delay other requests on this thread.
        match tokio::task::spawn_blocking(move || compressed(coding, &bytes)).await {
            Ok(encoded) => encoded,
            Err(_) => return,
        }
    };
    // When the encoder fails, the response is sent uncompressed.
    if let Ok(encoded) = encoded {
        if let Some(tag) = headers.get(ETAG).and_then(|etag| coding.tag(etag)) {
            headers.insert(ETAG, tag);
        }
        let coding = HeaderValue::from_static(coding.name());
        headers.insert(CONTENT_ENCODING, coding);
        *response.body_mut() = Content::from(Bytes::from(encoded));
    }
}

/// Whether the body's type is compressible. Images and archives are not.
fn is_compressible(headers: &HeaderMap) -> bool {
    let name = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = name.split(';').next().unwrap_or_default().trim();
    let text = name.starts_with("text/") || name.ends_with("json") || name.ends_with("xml");
    text && !headers.contains_key(CONTENT_ENCODING)
}

/// The supported coding with the highest weight in `Accept-Encoding`; zstd on a tie, none when no coding is accepted.
fn preferred(headers: &HeaderMap) -> Option<Coding> {
    let mut best: Option<(f32, Coding)> = None;
    let mut others = 0.0;
    let mut named = Vec::new();
    for value in headers.get_all(ACCEPT_ENCODING) {
        for part in value.to_str().unwrap_or_default().split(',') {
            let mut pieces = part.split(';').map(str::trim);
            let name = pieces.next().unwrap_or_default();
            let weight = pieces
                .find_map(|piece| {
                    piece
                        .strip_prefix("q=")
                        .or_else(|| piece.strip_prefix("Q="))
                })
                .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if name == "*" {
                others = weight;
            } else if let Some(coding) = Coding::named(name) {
                named.push((weight, coding));
            }
        }
    }
    for coding in [Coding::Zstd, Coding::Gzip] {
        let weight = named
            .iter()
            .find(|(_, known)| *known == coding)
            .map_or(others, |(weight, _)| *weight);
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, coding));
        }
    }
    best.map(|(_, coding)| coding)
}

fn compressed(coding: Coding, body: &[u8]) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(body)?;
            encoder.finish()
        }
        Coding::Zstd => zstd::encode_all(body, ZSTD_LEVEL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::coding::Undecodable;

    #[test]
    fn an_encoded_body_is_decoded_up_to_its_bound() {
        let body = b"a seat, ".repeat(1000);
        for coding in [Coding::Gzip, Coding::Zstd] {
            let coded = compressed(coding, &body).expect("it is written to memory");
            assert!(coded.len() < 200);
            assert_eq!(coding.decode(&coded, 8000), Ok(Bytes::from(body.clone())));
            assert_eq!(coding.decode(&coded, 7999), Err(Undecodable::TooLarge));
            assert_eq!(
                coding.decode(&coded[..coded.len() - 9], 8000),
                Err(Undecodable::Broken)
            );
            assert_eq!(coding.decode(b"plain", 8000), Err(Undecodable::Broken));
        }
    }

    #[test]
    fn the_supported_coding_with_the_highest_weight_is_chosen() {
        for (accept, wanted) in [
            ("", None),
            ("br", None),
            ("gzip", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip;q=1.0, zstd;q=0.5", Some(Coding::Gzip)),
            ("zstd;q=0, *", Some(Coding::Gzip)),
            ("*;q=0.1", Some(Coding::Zstd)),
            ("gzip;q=0", None),
        ] {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]);
            assert_eq!(preferred(&headers), wanted, "{accept}");
        }
    }
}
