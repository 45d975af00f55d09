//! What the sandbox saw of one order: evidence that no caller can fake.

use anyhow::Context as _;
use order_proto::sandbox::v1::GetTotalsRequest;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;

/// How often one order was paid for, as the sandbox has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Totals {
    /// Orders that payment knows.
    pub(super) orders: usize,
    /// Captures that took money.
    pub(super) captures: i32,
}

impl Totals {
    /// Asks the sandbox about all that `order_id` names; everything when it is empty.
    pub(super) async fn ask(sandbox: &str, order_id: &str) -> anyhow::Result<Self> {
        let missing = || format!("the sandbox at {sandbox} does not answer");
        let mut client = SandboxServiceClient::connect(sandbox.to_owned())
            .await
            .with_context(missing)?;
        let asked = GetTotalsRequest {
            order_id: order_id.to_owned(),
        };
        let totals = client.get_totals(asked).await.with_context(missing)?;
        let orders = totals.into_inner().orders;
        Ok(Self {
            orders: orders.len(),
            captures: orders.iter().map(|order| order.effective_captures).sum(),
        })
    }
}
