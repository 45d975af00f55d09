//! Applies commits: the group committer, the decision about one commit, and how each database writes a batch.

pub(crate) mod committer;
mod decision;
mod postgres;
mod sqlite;
mod state;
mod writer;

#[cfg(test)]
pub(crate) use postgres::COMMIT;
pub(crate) use state::has_history_of;
