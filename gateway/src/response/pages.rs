//! What the gateway serves of its own beside the routes: the OpenAPI document and a page that shows it. Everything comes
//! from here: a browser asks nobody else. Knows no routes.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::response::body::Content;
use crate::table::Tables;

/// Scripts and styles are ours alone, and a page in another's frame is none.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Path, type, bytes.
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

/// One of them.
#[derive(Debug)]
pub(crate) struct Page {
    path: &'static str,
    content_type: HeaderValue,
    bytes: Bytes,
    etag: HeaderValue,
}

/// All of them.
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
    /// The page, or 304 for whoever has it already.
    pub(crate) fn response(&self, asked: &HeaderMap) -> Response<Content> {
        let known = asked
            .get_all(IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag.as_bytes() == self.etag.as_bytes());
        let mut response = Response::new(Content::from(Bytes::new()));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *response.body_mut() = Content::from(self.bytes.clone());
        }
        let headers = response.headers_mut();
        headers.insert(ETAG, self.etag.clone());
        // Kept, and asked for again: it changes with the next release.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// The same for the same bytes, in every process and release: FNV-1a.
fn etag(bytes: &[u8]) -> HeaderValue {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    HeaderValue::try_from(format!("\"{hash:016x}\"")).expect("hexadecimal digits are ASCII")
}
