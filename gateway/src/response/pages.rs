//! The gateway's own pages: the OpenAPI document and Swagger UI, which renders it. All files are embedded, so a browser
//! requests nothing from other hosts. Knows no routes.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::request::coding::Coding;
use crate::response::body::Content;
use crate::table::Tables;

/// The policy of every page: only embedded scripts and styles are allowed, and no page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Path, content type, content.
type File = (&'static str, &'static str, &'static [u8]);

const FILES: &[File] = &[
    (
        "/docs",
        "text/html; charset=utf-8",
        include_bytes!("pages/docs.html"),
    ),
    (
        "/docs/start.js",
        "text/javascript; charset=utf-8",
        include_bytes!("pages/start.js"),
    ),
    (
        "/docs/swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../vendor/swagger-ui/swagger-ui-bundle.js"),
    ),
    (
        "/docs/swagger-ui.css",
        "text/css; charset=utf-8",
        include_bytes!("../../vendor/swagger-ui/swagger-ui.css"),
    ),
    (
        "/docs/favicon-32x32.png",
        "image/png",
        include_bytes!("../../vendor/swagger-ui/favicon-32x32.png"),
    ),
];

#[derive(Debug)]
pub(crate) struct Page {
    path: &'static str,
    content_type: HeaderValue,
    bytes: Bytes,
    etag: HeaderValue,
}

/// All embedded files, and the OpenAPI document.
#[derive(Debug)]
pub(crate) struct Pages(Vec<Page>);

impl Pages {
    pub(crate) fn new(tables: &'static Tables) -> Self {
        let document: File = (
            "/openapi.json",
            "application/json",
            tables.openapi.as_bytes(),
        );
        let pages = std::iter::once(&document).chain(FILES);
        Self(
            pages
                .map(|(path, content_type, bytes)| Page {
                    path,
                    content_type: HeaderValue::from_static(content_type),
                    bytes: Bytes::from_static(bytes),
                    etag: etag(bytes),
                })
                .collect(),
        )
    }

    pub(crate) fn find(&self, path: &str) -> Option<&Page> {
        self.0.iter().find(|page| page.path == path)
    }
}

impl Page {
    /// The page, or 304 when `If-None-Match` has its ETag.
    pub(crate) fn response(&self, requested: &HeaderMap) -> Response<Content> {
        let known = requested
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .find(|tag| *tag == "*" || self.is_tag(tag));
        let mut response = Response::new(Content::from(Bytes::new()));
        let mut etag = self.etag.clone();
        if let Some(tag) = known {
            // The tag of the representation that the browser has.
            if let Ok(tag) = HeaderValue::from_str(tag)
                && tag != "*"
            {
                etag = tag;
            }
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Content::from(self.bytes.clone());
        }
        let headers = response.headers_mut();
        headers.insert(ETAG, etag);
        // Browsers may store the page but must revalidate it, because it changes with a release.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

impl Page {
    /// Whether a tag of `If-None-Match` is of this page, in whatever coding.
    fn is_tag(&self, tag: &str) -> bool {
        let text = tag.strip_prefix("W/").unwrap_or(tag);
        let text = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        let plain = text.map(|text| format!("\"{}\"", Coding::untagged(text)));
        plain.is_some_and(|plain| plain.as_bytes() == self.etag.as_bytes())
    }
}

/// The response that leads a browser to the documentation.
pub(crate) fn moved() -> Response<Content> {
    let mut response = Response::new(Content::from(Bytes::new()));
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let docs = HeaderValue::from_static("/docs");
    response.headers_mut().insert(LOCATION, docs);
    response
}

/// A hash (FNV-1a) of the content: equal in every process and release.
fn etag(bytes: &[u8]) -> HeaderValue {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    HeaderValue::try_from(format!("\"{hash:016x}\"")).expect("hexadecimal digits are ASCII")
}
