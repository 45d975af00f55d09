//! Marks responses that leave open whether something was started.

use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::util::MapResponseLayer;

/// Adds `mark` to the extensions of every response whose code leaves its effect unknown.
pub fn layer<M: Clone + Send + Sync + 'static>(
    mark: M,
) -> MapResponseLayer<impl FnMut(Response<Body>) -> Response<Body> + Clone> {
    MapResponseLayer::new(move |mut response: Response<Body>| {
        let code = Status::from_header_map(response.headers()).map(|status| status.code());
        // Every other error means that nothing was started (rule 14).
        if matches!(code, Some(Code::Unavailable | Code::DeadlineExceeded)) {
            response.extensions_mut().insert(mark.clone());
        }
        response
    })
}

#[cfg(test)]
mod tests {
    use super::super::echo;
    use super::*;
    use tower::Layer as _;

    #[derive(Clone)]
    struct Mark;

    async fn is_marked(make: fn() -> Response<Body>) -> bool {
        let service = layer(Mark).layer(echo::answering(make));
        let response = echo::call(service, echo::request("/")).await;
        response.extensions().get::<Mark>().is_some()
    }

    #[tokio::test]
    async fn only_answers_that_may_hide_an_effect_are_marked() {
        assert!(is_marked(|| Status::unavailable("").into_http()).await);
        assert!(is_marked(|| Status::deadline_exceeded("").into_http()).await);
        assert!(!is_marked(|| Status::internal("").into_http()).await);
        assert!(!is_marked(|| Status::invalid_argument("").into_http()).await);
        assert!(!is_marked(echo::fine).await);
    }
}
