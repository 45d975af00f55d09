//! Which browsers' pages may use a listener: by the origin of the page, and by the host name that the request used. One
//! policy serves every listener of a process. Knows no routes and no rpcs.

mod hosts;
mod origins;

use std::net::IpAddr;

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN, VARY,
};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

pub use hosts::{Hosts, InvalidHost};
pub use origins::{InvalidOrigin, Origins};

/// How long a browser may cache the answer to a preflight request, in seconds.
const MAX_AGE_SECS: u64 = 7200;
/// Who caused a request, as browsers send it; no page can set it.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The pages that may use a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    origins: Origins,
    /// None: any host name. The listener is not on a loopback address, so a name that leads to it shows nothing.
    hosts: Option<Hosts>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// `Host` is missing, repeated or malformed.
    #[error("a request has exactly one valid Host")]
    MalformedHost,
    /// A listener on a loopback address was addressed by a name that is not its own. A page could have rebound that name
    /// to this machine, and would then be of the same origin.
    #[error("the host name of the request is not allowed")]
    Host,
    /// A page of another origin sent a request that may change something.
    #[error("pages of this origin may not send requests that change something")]
    Origin,
}

impl Policy {
    /// The policy of a listener on this address. By default, the pages of this machine may use a loopback address, and no
    /// page of another origin may use another address. `hosts` matter on a loopback address only.
    pub fn of_listener(address: IpAddr, origins: Option<Origins>, hosts: Hosts) -> Self {
        let is_loopback = address.is_loopback();
        let default = if is_loopback {
            Origins::Loopback
        } else {
            Origins::None
        };
        Self {
            origins: origins.unwrap_or(default),
            hosts: is_loopback.then_some(hosts),
        }
    }

    /// Refuses a request of a page that may not send it, whatever its content type and body: browsers send simple
    /// requests without asking first.
    ///
    /// # Errors
    /// The host name is not allowed, or the method may change something and the page's origin is not allowed.
    pub fn check<B>(&self, request: &Request<B>) -> Result<(), Forbidden> {
        let headers = request.headers();
        let authority = hosts::authority(request.version(), request.uri(), headers)
            .map_err(|hosts::Malformed| Forbidden::MalformedHost)?;
        if let (Some(hosts), Some(authority)) = (&self.hosts, &authority)
            && !hosts.allow(authority.host())
        {
            return Err(Forbidden::Host);
        }
        let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
        if is_safe || self.is_own_or_allowed(headers, authority.as_ref()) {
            Ok(())
        } else {
            Err(Forbidden::Origin)
        }
    }

    /// Whether a request comes from no page, from a page of the listener itself, or from a page of an allowed origin.
    fn is_own_or_allowed(&self, headers: &HeaderMap, authority: Option<&Authority>) -> bool {
        let site = headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        if let Some(b"same-origin" | b"none") = site {
            return true;
        }
        match headers.get(ORIGIN) {
            Some(origin) if self.origins.allow(origin) => true,
            // A browser without `Sec-Fetch-Site`; the scheme is not compared, because a proxy may end TLS.
            Some(origin) => site.is_none() && is_of_host(origin, authority),
            None => site.is_none() || self.origins == Origins::Any,
        }
    }

    /// Adds the CORS headers of an answer. `requested` are the headers of the request; `Allow` of the answer lists the
    /// methods for a preflight request.
    pub fn add_headers(&self, requested: &HeaderMap, answer: &mut HeaderMap) {
        answer.append(VARY, HeaderValue::from_static("origin"));
        let Some(origin) = requested
            .get(ORIGIN)
            .filter(|origin| self.origins.allow(origin))
        else {
            return;
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        if !requested.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return;
        }
        if let Some(methods) = answer.get(ALLOW).cloned() {
            answer.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
        }
        if let Some(names) = metadata_names(requested) {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(MAX_AGE_SECS));
    }
}

/// Whether the origin's host and port are those that the request used.
fn is_of_host(origin: &HeaderValue, authority: Option<&Authority>) -> bool {
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://"));
    match (origin, authority) {
        (Some((_, host)), Some(authority)) => host.eq_ignore_ascii_case(authority.as_str()),
        _ => false,
    }
}

/// The header fields that a preflight request asks for, as far as they can be metadata of gRPC: a page may send metadata
/// of its own.
fn metadata_names(requested: &HeaderMap) -> Option<HeaderValue> {
    let asked = requested
        .get(ACCESS_CONTROL_REQUEST_HEADERS)?
        .to_str()
        .ok()?;
    let is_metadata = |name: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !name.is_empty() && name.bytes().all(allowed)
    };
    let names: Vec<&str> = asked
        .split(',')
        .map(str::trim)
        .filter(is_metadata)
        .collect();
    HeaderValue::try_from(names.join(",")).ok()
}

#[cfg(test)]
mod tests;
