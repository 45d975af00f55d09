//! Reads from the sandbox how often one order was paid for, independently of what the service answered.

use anyhow::Context as _;
use order_proto::sandbox::v1::GetTotalsRequest;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;

/// Counts of the sandbox for one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Totals {
    /// Orders for which the payment participant has payments.
    pub(super) orders: usize,
    /// Captures that took effect.
    pub(super) captures: i32,
}

impl Totals {
    /// Reads the totals of this order, or of all orders when the id is empty.
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
