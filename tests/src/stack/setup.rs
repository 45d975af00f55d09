//! The configuration of a stack, and its start.
//!
//! Knows the order in which the processes start, and which start in parallel.

use tempfile::TempDir;

use super::{Replica, Stack};
use crate::Backend;
use crate::port::Port;
use crate::sandbox::Sandbox;
use crate::settings::{self, Settings, set};

/// The configuration of a stack that is not started yet.
#[derive(Debug)]
pub struct Setup {
    backend: Backend,
    replicas: usize,
    participants: bool,
    changes: Settings,
}

impl Setup {
    /// One replica on this backend.
    #[must_use]
    pub fn on(backend: Backend) -> Self {
        Self {
            backend,
            replicas: 1,
            participants: true,
            changes: Settings::new(),
        }
    }

    /// Sets the number of replicas; the gateway connects to the first.
    #[must_use]
    pub fn replicas(mut self, count: usize) -> Self {
        self.replicas = count;
        self
    }

    /// Sets a setting of the service.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        set(&mut self.changes, name, value);
        self
    }

    /// Leaves the participants stopped until [`Stack::start_sandbox`].
    #[must_use]
    pub fn without_participants(mut self) -> Self {
        self.participants = false;
        self
    }

    /// Starts all processes and waits until they are ready.
    ///
    /// # Panics
    /// When they are not ready within [`crate::wait::SOON`].
    pub async fn start(self) -> Stack {
        let folder = TempDir::new().expect("a temporary folder can be created");
        let mut settings = self.backend.fresh(folder.path()).await;
        set(&mut settings, "DATA_KEY", settings::data_key());
        set(&mut settings, "WEBHOOK_SECRET", settings::webhook_secret());
        set(&mut settings, "RUST_LOG", "info");
        let sandbox_port = Port::free();
        settings.extend(settings::participants_at(&sandbox_port.url()));
        for (name, value) in self.changes {
            set(&mut settings, &name, value);
        }
        let mut stack = Stack {
            sandbox: Sandbox::at(&sandbox_port.url()),
            sandbox_port,
            sandbox_process: None,
            replicas: (0..self.replicas)
                .map(|_| Replica {
                    port: Port::free(),
                    process: None,
                })
                .collect(),
            gateway_port: Port::free(),
            gateway: None,
            settings,
            folder,
        };
        if self.participants {
            stack.spawn_sandbox();
        }
        for replica in 0..self.replicas {
            stack.spawn_replica(replica);
        }
        stack.spawn_gateway();
        if self.participants {
            stack.sandbox_ready().await;
        }
        for replica in 0..self.replicas {
            stack.replica_ready(replica).await;
        }
        stack.gateway_ready().await;
        stack
    }
}
