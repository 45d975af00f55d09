//! Stacks the layers, outermost first.

use std::convert::Infallible;

use http::{Request, Response};
use order_gateway::browser::Policy;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_web::GrpcWebLayer;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceBuilder};

use crate::domain::InDoubt;
use crate::middleware::{
    admission, body_limit, doubt, gate, grpc, library_error, message, misnamed_key, timeout, trace,
    web,
};
use crate::rpc;

/// All rpcs as one service, which the idempotency layer wraps.
pub type Rpcs = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// A layer that guards rpcs by their idempotency keys.
pub trait KeyLayer: Layer<Rpcs, Service: ReplyService> + Send + 'static {}

impl<K: Layer<Rpcs, Service: ReplyService> + Send + 'static> KeyLayer for K {}

/// A service that never fails: errors become a status.
pub trait ReplyService:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> ReplyService for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The rpcs, health and reflection.
pub(super) fn routes(
    rpcs: Routes,
) -> Result<(Routes, HealthReporter), tonic_reflection::server::Error> {
    let reporter = HealthReporter::new();
    let health = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
    let routes = rpcs
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .add_service(health);
    Ok((routes.prepare(), reporter))
}

/// Reflection: describes the whole contract, and lists only the services that are served here.
fn reflection() -> tonic_reflection::server::Builder<'static> {
    let mut builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(order_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name(tonic_health::pb::health_server::SERVICE_NAME);
    for service in rpc::SERVICES {
        builder = builder.with_service_name(service);
    }
    builder
}

/// The whole stack. The order matters; the comment of each layer gives the reason for its place.
pub(super) fn stack<K: KeyLayer>(
    routes: Routes,
    keys: K,
    browsers: Policy,
    closing: CancellationToken,
) -> impl ReplyService {
    let rpcs: Rpcs = BoxCloneSyncService::new(
        ServiceBuilder::new()
            // Innermost: the idempotency layer reads the mark from the rpc's own response.
            .layer(doubt::layer(InDoubt))
            .service(routes),
    );
    ServiceBuilder::new()
        // Outermost, so that a refusal by any layer has a span in the caller's trace.
        .layer(trace::Layer::new(&rpc::SERVICES))
        // Outside gRPC-web: a preflight request is not gRPC, and a page may send anything.
        .layer(web::Layer::new(browsers, rpc::refuse))
        // Outside gRPC-web, which compares content types exactly and answers others without a status.
        .layer(grpc::Layer::new(rpc::refuse))
        // Outside every gRPC layer: inside it, a browser's call is an ordinary gRPC call.
        .layer(GrpcWebLayer::new())
        // Inside gRPC-web, which exposes the headers of a gRPC response; outside every layer that may refuse.
        .layer(misnamed_key::Layer)
        // Inside gRPC-web, which moves trailers into the body; outside everything that takes time.
        .layer(timeout::Layer::new(rpc::refuse))
        // Inside gRPC-web, which moves a status into the body; outside every layer that may return a status without details.
        .layer(library_error::layer(rpc::refuse))
        // The gate is outside admission, so that refused requests take no permit; both refuse before a body is read.
        .layer(gate::Layer::new(closing, rpc::refuse))
        .layer(admission::Layer::new(admission::REQUESTS_MAX, rpc::refuse))
        // Outside every layer that reads the body.
        .layer(body_limit::layer(rpc::REQUEST_BYTES_MAX, rpc::status))
        // Outside the idempotency layer, which compares plain messages.
        .layer(message::Layer::new(rpc::REQUEST_BYTES_MAX, rpc::refuse))
        .layer(keys)
        .service(rpcs)
}
