//! The single entry point to the sandbox's state: one lock, delayed requests, reset and shutdown. Knows no rule of any one
//! rpc; the checks and the commit of one request are in `gate::state`.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tonic::{Request, Response, Status};

use crate::error::Error;
use crate::rpc::Rpc;
use crate::value::refusal::Refusal;
use crate::world::{Change, World};

mod requirements;
mod state;
mod state_file;

use state::State;

/// The state that all five services share.
#[derive(Debug)]
pub(crate) struct Gate(Mutex<State>);

impl Gate {
    /// Opens with the state that the file holds, or with an empty one.
    pub(crate) fn open(state_file: Option<&Path>) -> Result<Self, Error> {
        State::open(state_file).map(|state| Self(Mutex::new(state)))
    }

    /// Handles one request to a participant. A delayed command acts even when its caller is gone by then, as a slow
    /// participant would.
    pub(crate) async fn handle<R: Rpc>(
        self: &Arc<Self>,
        request: Request<R>,
    ) -> Result<Response<R::Answer>, Status> {
        let (metadata, _, message) = request.into_parts();
        let (message, admitted) = {
            let mut state = self.lock();
            let admitted = state.admit(&metadata, &message)?;
            if admitted.delay.is_zero() {
                return state.act(message, &admitted).map(Response::new);
            }
            (message, admitted)
        };
        let gate = Arc::clone(self);
        let delayed = tokio::spawn(async move {
            tokio::time::sleep(admitted.delay).await;
            gate.lock().act(message, &admitted)
        });
        match delayed.await {
            Ok(answer) => answer.map(Response::new),
            Err(_) => Err(state::stopped()),
        }
    }

    /// Reads the state without a journal entry.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&World) -> T) -> Result<T, Status> {
        self.lock().read(read)
    }

    /// Changes the state from outside the participants: as the buyer, the payment provider or a test.
    pub(crate) fn control<T>(
        &self,
        decide: impl FnOnce(&World) -> Result<(Vec<Change>, T), Refusal>,
    ) -> Result<T, Status> {
        self.lock().control(decide)
    }

    /// Deletes all state, the state file's included.
    pub(crate) fn reset(&self) -> Result<(), Status> {
        self.lock().reset()
    }

    /// Refuses every request from now on, delayed ones included.
    pub(crate) fn close(&self) {
        self.lock().close();
    }

    /// Changes are applied whole or not at all, so a panicked holder of the lock leaves a consistent state.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
