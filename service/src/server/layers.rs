//! The one place that stacks the layers, outermost first.

use std::convert::Infallible;

use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_web::GrpcWebLayer;
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceBuilder};

use crate::domain::InDoubt;
use crate::middleware::{admission, body_limit, doubt, gate, library_error, trace, web};
use crate::rpc;

/// Every rpc behind one door: what the idempotency layer wraps.
pub type Rpcs = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// A layer that guards rpcs by their idempotency keys.
pub trait KeyLayer: Layer<Rpcs, Service: Door> + Send + 'static {}

impl<K: Layer<Rpcs, Service: Door> + Send + 'static> KeyLayer for K {}

/// A service that answers every request, with a status if need be.
pub trait Door:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Door for S where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The rpcs with health and reflection beside them.
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

/// Describes the contract, and names only what is served here: the participants are described, not served.
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

/// The whole stack. The order matters; each line says why it stands where it stands.
pub(super) fn stack<K: KeyLayer>(routes: Routes, keys: K, closing: CancellationToken) -> impl Door {
    let rpcs: Rpcs = BoxCloneSyncService::new(
        ServiceBuilder::new()
            // Innermost: the key layer reads the mark from the rpc's own answer.
            .layer(doubt::layer(InDoubt))
            .service(routes),
    );
    ServiceBuilder::new()
        // Outermost, so that a refusal by any layer is seen, and in the caller's trace.
        .layer(trace::Layer::new(&rpc::SERVICES))
        // Before gRPC-web: a preflight is no gRPC.
        .layer(web::cors())
        // Before everything that speaks gRPC: behind it a browser's call is a call like any other.
        .layer(GrpcWebLayer::new())
        // Inside gRPC-web, which moves a status into the body; outside all that may answer a bare one.
        .layer(library_error::layer(rpc::refuse))
        // A closed gate takes no room; a full house reads no body.
        .layer(gate::Layer::new(closing, rpc::refuse))
        .layer(admission::Layer::new(admission::REQUESTS_MAX, rpc::refuse))
        // The key layer reads the body first, so it must be bounded before.
        .layer(body_limit::layer(rpc::REQUEST_BYTES_MAX, rpc::status))
        .layer(keys)
        .service(rpcs)
}
