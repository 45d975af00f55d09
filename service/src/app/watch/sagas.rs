//! Watches sagas: those that match a filter now, then each change, made by any replica.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use futures::Stream;
use futures::stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::poll::STORE_PATIENCE;
use crate::app::{App, store_error};
use crate::domain::{Cursor, PageRequest, Saga, SagaFilter, SagaId, Timestamp};
use crate::error::Error;
use crate::store;
use crate::store::SagaVersion;

/// Pause between two reads of the database.
const LOOK: Duration = Duration::from_millis(500);
/// Longest time between the create time of a saga and the visibility of its first commit.
const BEGIN_MARGIN: Duration = Duration::from_secs(5);
/// Sagas that one watcher follows at once. A filter that matches more is too wide.
const FOLLOWED_MAX: usize = 20_000;
/// Page size of the initial read.
const PAGE: usize = 200;

impl App {
    /// The sagas that match, newest first, and then each that changes, without history. A saga that no longer matches is
    /// reported once more. Errors: Overloaded (too many watchers, or too many sagas match), StoreUnavailable.
    ///
    /// A dropped stream releases its permit.
    pub async fn watch_sagas(
        &self,
        filter: SagaFilter,
    ) -> Result<impl Stream<Item = Result<Saga, Error>> + Send + 'static + use<>, Error> {
        let mut watch = Watch {
            _place: self.0.watchers.of_sagas()?,
            app: self.clone(),
            filter,
            pages: Pages::From(None),
            since: self.0.engine.now(),
            followed: HashMap::new(),
            queue: VecDeque::new(),
        };
        // Read before the first page, so that a saga that ends in between is not missed.
        for saga in watch.saga_versions().await.map_err(store_error)? {
            watch.followed.insert(saga.saga_id, Followed::unseen(saga));
        }
        Ok(stream::try_unfold(watch, |mut watch| async move {
            let saga = watch.next().await?;
            Ok(Some((saga, watch)))
        }))
    }
}

/// Progress of reporting the sagas that matched at the start.
enum Pages {
    From(Option<Cursor>),
    Done,
}

/// The last known version of a saga that may still change.
struct Followed {
    version: i64,
    /// Whether it was reported as matching.
    shown: bool,
    ended: bool,
}

impl Followed {
    fn unseen(saga: SagaVersion) -> Self {
        Self {
            version: saga.version,
            shown: false,
            ended: saga.state.is_some_and(crate::domain::SagaState::has_ended),
        }
    }
}

struct Watch {
    app: App,
    filter: SagaFilter,
    pages: Pages,
    since: Timestamp,
    followed: HashMap<SagaId, Followed>,
    queue: VecDeque<Saga>,
    _place: OwnedSemaphorePermit,
}

impl Watch {
    async fn next(&mut self) -> Result<Saga, Error> {
        let mut away_since = None;
        loop {
            if let Some(saga) = self.queue.pop_front() {
                return Ok(saga);
            }
            let looked = match self.pages {
                Pages::From(after) => self.turn_page(after).await,
                Pages::Done => {
                    tokio::time::sleep(LOOK).await;
                    self.look().await
                }
            };
            match looked {
                Ok(()) => away_since = None,
                Err(error) => {
                    let since = *away_since.get_or_insert_with(Instant::now);
                    if !error.is_unavailable() || since.elapsed() >= STORE_PATIENCE {
                        return Err(store_error(error));
                    }
                    tokio::time::sleep(LOOK).await;
                }
            }
            if self.followed.len() > FOLLOWED_MAX {
                return Err(Error::Overloaded);
            }
        }
    }

    async fn turn_page(&mut self, after: Option<Cursor>) -> Result<(), store::Error> {
        let page = PageRequest { after, size: PAGE };
        let page = self.app.0.store.sagas(&self.filter, page).await?;
        for saga in &page.items {
            if saga.state.has_ended() && saga.create_time < self.since.minus(BEGIN_MARGIN) {
                continue; // An ended saga does not change; it is not read again.
            }
            let followed = Followed {
                version: saga.version,
                shown: true,
                ended: saga.state.has_ended(),
            };
            self.followed.insert(saga.saga_id, followed);
        }
        self.queue.extend(page.items);
        self.pages = page
            .next
            .map_or(Pages::Done, |next| Pages::From(Some(next)));
        Ok(())
    }

    async fn saga_versions(&mut self) -> Result<Vec<SagaVersion>, store::Error> {
        let (now, store) = (self.app.0.engine.now(), &self.app.0.store);
        let since = self.since.minus(BEGIN_MARGIN);
        let seen = store
            .saga_versions(&self.filter, since, FOLLOWED_MAX)
            .await?;
        self.since = now;
        Ok(seen)
    }

    /// Reads once, and queues the sagas that changed since the last read.
    async fn look(&mut self) -> Result<(), store::Error> {
        let seen = self.saga_versions().await?;
        let here: HashSet<SagaId> = seen.iter().map(|saga| saga.saga_id).collect();
        let mut changed = Vec::new();
        for saga in seen {
            let known = self.followed.get(&saga.saga_id);
            if known.is_none_or(|known| known.version != saga.version) {
                changed.push(saga.saga_id);
                let followed = self.followed.entry(saga.saga_id);
                // Reported below, once it is read.
                followed.or_insert(Followed {
                    version: 0,
                    ..Followed::unseen(saga)
                });
            }
        }
        // Ended, or no longer stuck. A saga that had ended before has not changed: it only left the time window.
        let gone = self.followed.iter();
        let gone = gone.filter(|(id, known)| !here.contains(id) && !known.ended);
        changed.extend(gone.map(|(id, _)| *id));
        let mut missing: HashSet<SagaId> = changed.iter().copied().collect();
        for saga in self.app.0.store.sagas_by_id(&changed).await? {
            missing.remove(&saga.saga_id);
            self.queue_change(saga, &here);
        }
        self.followed.retain(|id, known| {
            let may_change = !known.ended && !self.filter.stuck_only && !missing.contains(id);
            here.contains(id) || may_change
        });
        Ok(())
    }

    /// Queues the saga if it changed and it matches, or was reported as matching.
    fn queue_change(&mut self, saga: Saga, here: &HashSet<SagaId>) {
        let fits = if self.filter.stuck_only {
            here.contains(&saga.saga_id)
        } else {
            self.filter.states.is_empty() || self.filter.states.contains(&saga.state)
        };
        let Some(known) = self.followed.get_mut(&saga.saga_id) else {
            return;
        };
        let is_changed = known.version != saga.version || known.shown != fits;
        let concerns = fits || known.shown;
        *known = Followed {
            version: saga.version,
            shown: fits,
            ended: saga.state.has_ended(),
        };
        if is_changed && concerns {
            self.queue.push_back(saga);
        }
    }
}
