//! `Content-Encoding` of requests: which codings are known, and decoding within bounds. Encodes nothing.

use std::io::Read as _;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue};

/// The largest zstd window that RFC 9659 allows: 2^23 bytes, 8 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// A coding of bodies, or of gRPC messages, that the gateway supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    Zstd,
}

/// A body that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecodable {
    /// The bytes are not of that coding.
    Broken,
    /// The decoded body exceeds its bound.
    TooLarge,
}

impl Coding {
    /// The coding of a request's body; none when it is not encoded.
    ///
    /// # Errors
    /// The coding is not supported, or there is more than one.
    pub(crate) fn of_request(headers: &HeaderMap) -> Result<Option<Self>, ()> {
        let mut coding = None;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.to_str().map_err(|_| ())?.split(',').map(str::trim) {
                if name.is_empty() || name.eq_ignore_ascii_case("identity") {
                    continue;
                }
                let named = Self::named(name).ok_or(())?;
                // Nested codings only obscure the size of the content.
                if coding.replace(named).is_some() {
                    return Err(());
                }
            }
        }
        Ok(coding)
    }

    /// The coding of this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            Some(Self::Gzip)
        } else if name.eq_ignore_ascii_case("zstd") {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The entity tag of a representation in this coding: another strong tag, because the bytes are others. None for a
    /// weak tag, which holds for every coding.
    pub(crate) fn tag(self, etag: &HeaderValue) -> Option<HeaderValue> {
        let etag = etag.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?;
        HeaderValue::try_from(format!("\"{etag}-{}\"", self.name())).ok()
    }

    /// The text of an entity tag, without quotes, as it is of the representation without a coding.
    pub(crate) fn untagged(etag: &str) -> &str {
        let tagged = [Self::Gzip, Self::Zstd].into_iter();
        let mut plain =
            tagged.filter_map(|coding| etag.strip_suffix(coding.name())?.strip_suffix('-'));
        plain.next().unwrap_or(etag)
    }

    /// Decodes `body` to at most `bytes_max` bytes. Blocks for the time of the decoding.
    ///
    /// # Errors
    /// The bytes are not of this coding, or the decoded ones are more than `bytes_max`.
    pub fn decode(self, body: &[u8], bytes_max: usize) -> Result<Bytes, Undecodable> {
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
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_zstd_frame_with_too_large_a_window_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("it is there");
        encoder.window_log(24).expect("it may be that large");
        encoder
            .write_all(&[0; 1000])
            .expect("it is written to memory");
        let coded = encoder.finish().expect("it is written to memory");
        assert_eq!(Coding::Zstd.decode(&coded, 8000), Err(Undecodable::Broken));
    }

    #[test]
    fn a_request_with_an_unsupported_or_nested_coding_is_refused() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            Coding::of_request(&headers)
        };
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
}
