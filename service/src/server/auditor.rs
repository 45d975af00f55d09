//! Builds an audit: the database and the participants. Starts no engine, opens no port, needs no secret.

use std::time::Duration;

use super::parts::addresses;
use super::{Error, open_store};
use crate::audit::{Audit, Options};
use crate::config::{Database, Participants};
use crate::participant::Look;

/// The store requires a lease; an audit claims nothing.
const LEASE: Duration = Duration::from_secs(1);
/// How long one answer of a participant may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// An audit of this database against these participants; if they are a sandbox, its totals are compared too. Refuses an old schema.
pub async fn auditor(
    database: &Database,
    participants: &Participants,
    options: Options,
) -> Result<Audit, Error> {
    let addresses = addresses(participants);
    let look = Look::at(&addresses, ANSWER_WITHIN).map_err(Error::Participant)?;
    let store = open_store(database, LEASE).await?;
    let setting = database.setting();
    let checked = store.check_schema().await;
    checked.map_err(|source| Error::Store { setting, source })?;
    let audit = Audit::new(store, look, options).await;
    audit.map_err(Error::Audit)
}
