//! What deduplicates requests: idempotency keys and the ids of processed webhooks.

mod expire;
pub(crate) mod lookup;
mod webhooks;

use super::connection::bounded_query;
use super::{Error, Store};
use crate::domain::{KeyRow, Scope};

impl Store {
    /// The row of a key. A row past its expiry whose saga has ended counts as absent (RULE 22).
    pub async fn key(&self, scope: &Scope) -> Result<Option<KeyRow>, Error> {
        let found = bounded_query("read a key", lookup::find(&self.pools.reads, scope)).await?;
        Ok(found.filter(|key| !key.is_expired).map(|key| key.row))
    }
}
