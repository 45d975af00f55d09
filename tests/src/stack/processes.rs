//! Starts the processes of a stack, and waits until each is ready.
//!
//! Knows the command line and the settings of each binary. Does not decide the order in which they start.

use super::{FAILPOINT, Stack, serving};
use crate::binary;
use crate::process::Process;
use crate::settings::{Settings, set};
use crate::wait::{SOON, until};

impl Stack {
    pub(super) fn spawn_sandbox(&mut self) {
        let state = self.folder.path().join("sandbox.state");
        let args = [
            "sandbox".to_owned(),
            "--port".to_owned(),
            self.sandbox_port.number().to_string(),
            "--state-file".to_owned(),
            state.display().to_string(),
            "--webhook-url".to_owned(),
            format!("{}/v1/webhooks/payment", self.gateway_port.url()),
        ];
        let secret = self
            .settings
            .iter()
            .filter(|(name, _)| ["WEBHOOK_SECRET", "RUST_LOG"].contains(&name.as_str()));
        let secret: Settings = secret.cloned().collect();
        let program = binary::path(binary::SERVICE);
        self.sandbox_process = Some(Process::start(
            "sandbox",
            &program,
            &args,
            &secret,
            self.folder.path(),
        ));
    }

    pub(super) fn spawn_replica(&mut self, replica: usize) {
        let mut settings = self.settings.clone();
        set(
            &mut settings,
            "GRPC_PORT",
            self.replicas[replica].port.number(),
        );
        let is_held = settings.iter().any(|(name, _)| name == FAILPOINT);
        let program = binary::path(if is_held {
            binary::SERVICE_WITH_FAILPOINTS
        } else {
            binary::SERVICE
        });
        let name = format!("service-{replica}");
        let args = ["serve".to_owned()];
        self.replicas[replica].process = Some(Process::start(
            &name,
            &program,
            &args,
            &settings,
            self.folder.path(),
        ));
    }

    pub(super) fn spawn_gateway(&mut self) {
        let mut settings = Settings::new();
        set(&mut settings, "HTTP_PORT", self.gateway_port.number());
        set(
            &mut settings,
            "ORDER_SERVICE_URL",
            self.replicas[0].port.url(),
        );
        set(&mut settings, "RUST_LOG", "info");
        let shared = self
            .settings
            .iter()
            .filter(|(name, _)| name.starts_with("OTEL_"));
        settings.extend(shared.cloned());
        let program = binary::path(binary::GATEWAY);
        self.gateway = Some(Process::start(
            "gateway",
            &program,
            &[],
            &settings,
            self.folder.path(),
        ));
    }

    pub(super) async fn sandbox_ready(&mut self) {
        let process = self
            .sandbox_process
            .as_mut()
            .expect("the sandbox was started");
        let sandbox = self.sandbox.clone();
        until("the sandbox to answer", SOON, async || {
            process.expect_running();
            sandbox.answers().await.then_some(())
        })
        .await;
    }

    pub(super) async fn replica_ready(&mut self, replica: usize) {
        let channel = self.channel(replica);
        let process = self.replicas[replica]
            .process
            .as_mut()
            .expect("the replica was started");
        until("the service to be SERVING", SOON, async || {
            process.expect_running();
            serving(channel.clone()).await.then_some(())
        })
        .await;
    }

    pub(super) async fn gateway_ready(&mut self) {
        let api = self.api();
        let gateway = self.gateway.as_mut().expect("the gateway was started");
        until("the gateway to be ready", SOON, async || {
            gateway.expect_running();
            api.answers("/readyz", 200).await.then_some(())
        })
        .await;
    }
}
