//! One attempt of a keyed request: claim, run, settle. Runs in a task of its own, from before the claim until after its end.
//!
//! Independent of the client's connection: the attempt completes after a disconnect.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use tonic::body::Body;
use tower::Service;

use super::reply;
use super::reply::Verdict;
use super::settings::Settings;
use super::tier::{Claimed, Owner, Slot, Unavailable};
use crate::domain::{Claim, Disposition};
use crate::error::Error;

/// Renewals of a claim per lease.
const RENEWALS_PER_LEASE: u32 = 3;
/// Assumed clock skew for a row's age.
const AGE_MARGIN: Duration = Duration::from_secs(60);

/// Runs the request unless its key is taken. If dropped, the claim lasts until its lease ends, and no reply is stored.
pub(super) async fn run<S>(
    settings: Arc<Settings>,
    claim: Claim,
    ready: S,
    mut request: Request<Body>,
) -> Result<Response<Body>, S::Error>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    let attempt = Attempt {
        slot: Slot::of(&claim.scope),
        owner: Owner::random(),
        begun: Instant::now(),
        settings,
    };
    let refusal = match attempt.claim(&claim).await {
        Ok(Claimed::New) | Err(Unavailable) => None,
        // A claim outlives a killed process by its lease. What the process began is found in the database.
        Ok(Claimed::Busy { .. }) if attempt.has_settled(&claim).await => None,
        Ok(Claimed::Busy { retry_after }) => Some(Error::KeyInUse { retry_after }),
        Ok(Claimed::Other) => Some(Error::KeyReused),
        Ok(Claimed::Done(sealed)) => match attempt.unseal(&sealed) {
            Some(message) => return Ok(reply::replay(&message)),
            // The `DATA_KEY` that sealed the reply was rotated out; fall back to the database row.
            None => None,
        },
    };
    if let Some(error) = refusal {
        return Ok((attempt.settings.to_status)(error).into_http());
    }
    request.extensions_mut().insert(claim);
    let (response, verdict) = attempt.fenced(handle(ready, request)).await?;
    attempt.settle(verdict).await;
    Ok(response)
}

struct Attempt {
    slot: Slot,
    owner: Owner,
    begun: Instant,
    settings: Arc<Settings>,
}

impl Attempt {
    async fn claim(&self, claim: &Claim) -> Result<Claimed, Unavailable> {
        let mut fingerprints = vec![claim.fingerprint];
        fingerprints.extend(&claim.other_fingerprints);
        let Settings { tier, lease, .. } = &*self.settings;
        tier.claim(self.slot, &fingerprints, self.owner, *lease)
            .await
    }

    async fn has_settled(&self, claim: &Claim) -> bool {
        self.settings.directory.has_settled(&claim.scope).await
    }

    fn unseal(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.settings.vault.open_reply(self.slot.as_bytes(), sealed)
    }

    /// Runs the work and renews the claim meanwhile.
    async fn fenced<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            done = work => done,
            never = self.renew() => match never {},
        }
    }

    /// A lost claim is not taken again: from then on only the database separates repeats.
    async fn renew(&self) -> Infallible {
        let Settings { tier, lease, .. } = &*self.settings;
        loop {
            tokio::time::sleep(*lease / RENEWALS_PER_LEASE).await;
            if tier.renew(self.slot, self.owner, *lease).await == Ok(false) {
                std::future::pending::<()>().await;
            }
        }
    }

    /// A claim that cannot be settled ends with its lease; its repeats are answered from the database.
    async fn settle(&self, verdict: Verdict) {
        let tier = &self.settings.tier;
        let kept = match verdict {
            Verdict::Keep => return,
            Verdict::Release => None,
            Verdict::Store(message, disposition) => self
                .time_to_live(disposition)
                .map(|ttl| (self.seal(&message), ttl)),
        };
        let settled = match kept {
            Some((reply, ttl)) => tier.complete(self.slot, self.owner, &reply, ttl).await,
            None => tier.release(self.slot, self.owner).await,
        };
        if settled != Ok(true) {
            tracing::debug!("the claim was gone before its request was done");
        }
    }

    fn seal(&self, message: &[u8]) -> Vec<u8> {
        self.settings
            .vault
            .seal_reply(self.slot.as_bytes(), message)
    }

    /// How long a reply may be stored so that the key's row outlives it. The row is younger than its attempt.
    fn time_to_live(&self, disposition: Disposition) -> Option<Duration> {
        let margin = match disposition.replayed {
            true => AGE_MARGIN,
            false => Duration::ZERO,
        };
        self.settings
            .ttl
            .checked_sub(self.begun.elapsed())?
            .checked_sub(disposition.age)?
            .checked_sub(margin)
            .filter(|left| !left.is_zero())
    }
}

async fn handle<S>(
    mut ready: S,
    request: Request<Body>,
) -> Result<(Response<Body>, Verdict), S::Error>
where
    S: Service<Request<Body>, Response = Response<Body>>,
{
    Ok(reply::read(ready.call(request).await?).await)
}
