//! `Content-Encoding` both ways: gzip and zstd, of whole bodies. Streams stay as they are, since each message is to
//! arrive as it comes. Knows no formats.

use std::io::{self, Read, Write as _};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};

use crate::body::Content;
use crate::limits::{CODED_ASIDE_BYTES_MIN, CODED_BYTES_MIN};

/// What RFC 9659 lets a decoder be asked to remember: 8 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Fast, and most of what a slow one saves.
const ZSTD_LEVEL: i32 = 3;

/// A coding of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Zstd,
}

/// A body that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undecodable {
    /// It is not what it says.
    Broken,
    /// It is larger than it may be.
    TooLarge,
}

impl Coding {
    /// How a request's body is coded: none when it is not; an error when it is in a way that is not known.
    pub(crate) fn of_request(headers: &HeaderMap) -> Result<Option<Self>, ()> {
        let mut coding = None;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.to_str().map_err(|_| ())?.split(',').map(str::trim) {
                if name.is_empty() || name.eq_ignore_ascii_case("identity") {
                    continue;
                }
                let named = Self::named(name).ok_or(())?;
                // One coding over another only hides what is inside.
                if coding.replace(named).is_some() {
                    return Err(());
                }
            }
        }
        Ok(coding)
    }

    fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            Some(Self::Gzip)
        } else if name.eq_ignore_ascii_case("zstd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What the caller likes best of what is spoken here; zstd where it does not matter.
    fn wanted(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
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
                } else if let Some(coding) = Self::named(name) {
                    named.push((weight, coding));
                }
            }
        }
        for coding in [Self::Zstd, Self::Gzip] {
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

    /// The body as it was before it was coded, of at most that many bytes.
    pub(crate) fn decode(self, body: &[u8], bytes_max: usize) -> Result<Bytes, Undecodable> {
        let bounded = bytes_max as u64 + 1;
        let mut out = Vec::with_capacity((body.len() * 4).min(bytes_max));
        match self {
            Self::Gzip => MultiGzDecoder::new(body)
                .take(bounded)
                .read_to_end(&mut out),
            Self::Zstd => zstd::Decoder::new(body).and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                decoder.take(bounded).read_to_end(&mut out)
            }),
        }
        .map_err(|_| Undecodable::Broken)?;
        if out.len() > bytes_max {
            return Err(Undecodable::TooLarge);
        }
        Ok(Bytes::from(out))
    }

    fn encode(self, body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()
            }
            Self::Zstd => zstd::encode_all(body, ZSTD_LEVEL),
        }
    }
}

/// Codes a whole answer that is worth it as its caller likes best.
pub(crate) async fn encode(asked: &HeaderMap, response: &mut Response<Content>) {
    let Content::Whole(bytes) = response.body() else {
        return;
    };
    if bytes.len() < CODED_BYTES_MIN || !shrinks(response.headers()) {
        return;
    }
    let bytes = bytes.clone();
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    let Some(coding) = Coding::wanted(asked) else {
        return;
    };
    let encoded = if bytes.len() < CODED_ASIDE_BYTES_MIN {
        coding.encode(&bytes)
    } else {
        // Long enough to keep others waiting on this thread.
        match tokio::task::spawn_blocking(move || coding.encode(&bytes)).await {
            Ok(encoded) => encoded,
            Err(_) => return,
        }
    };
    // Who cannot have it coded has it as it is.
    if let Ok(encoded) = encoded {
        let coding = HeaderValue::from_static(coding.name());
        headers.insert(CONTENT_ENCODING, coding);
        *response.body_mut() = Content::from(Bytes::from(encoded));
    }
}

/// Whether a body of that type becomes smaller; pictures and archives do not.
fn shrinks(headers: &HeaderMap) -> bool {
    let name = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = name.split(';').next().unwrap_or_default().trim();
    let text = name.starts_with("text/") || name.ends_with("json") || name.ends_with("xml");
    text && !headers.contains_key(CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(&name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn what_was_coded_is_decoded_up_to_its_bound() {
        let body = b"a seat, ".repeat(1000);
        for coding in [Coding::Gzip, Coding::Zstd] {
            let coded = coding.encode(&body).expect("it is written to memory");
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
    fn a_frame_that_asks_for_too_much_memory_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("it is there");
        encoder.window_log(24).expect("it may be that large");
        encoder
            .write_all(&[0; 1000])
            .expect("it is written to memory");
        let coded = encoder.finish().expect("it is written to memory");
        assert_eq!(Coding::Zstd.decode(&coded, 8000), Err(Undecodable::Broken));
    }

    #[test]
    fn a_coding_of_a_request_is_one_that_is_known() {
        let read = |values| Coding::of_request(&headers(CONTENT_ENCODING, values));
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["identity"]), Ok(None));
        assert_eq!(read(&["GZIP"]), Ok(Some(Coding::Gzip)));
        assert_eq!(read(&["identity, zstd"]), Ok(Some(Coding::Zstd)));
        for values in [
            &["br"][..],
            &["gzip, zstd"],
            &["gzip", "gzip"],
            &["deflate"],
        ] {
            assert_eq!(read(values), Err(()), "{values:?}");
        }
    }

    #[test]
    fn the_caller_chooses_among_what_is_spoken() {
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
            let headers = headers(ACCEPT_ENCODING, &[accept]);
            assert_eq!(Coding::wanted(&headers), wanted, "{accept}");
        }
    }
}
