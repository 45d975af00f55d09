//! A bounded set of connections to the service, with a bounded number of calls on each. Knows no messages.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::transport::Endpoint;

use super::origin::{self, Channel};
use crate::limits::CALLS_PER_CONNECTION;

/// Connections with a fixed number of places each, so that no call waits for the end of another. A connection is
/// dialled when all before it are full.
#[derive(Debug)]
pub(super) struct Connections(Vec<(Channel, Arc<Semaphore>)>);

/// A place on a connection; the connection has it back when `permit` is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) channel: Channel,
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn new(endpoint: &Endpoint, connections_max: usize) -> Self {
        let connections = (0..connections_max).map(|_| {
            let places = Arc::new(Semaphore::new(CALLS_PER_CONNECTION));
            (origin::channel(endpoint.connect_lazy()), places)
        });
        Self(connections.collect())
    }

    /// A free place; none when all are taken.
    pub(super) fn place(&self) -> Option<Place> {
        self.0.iter().find_map(|(channel, places)| {
            let permit = Arc::clone(places).try_acquire_owned().ok()?;
            Some(Place {
                channel: channel.clone(),
                permit,
            })
        })
    }
}
