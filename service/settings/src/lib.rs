//! Settings are environment variables, and a clap structure is their only definition: name, default, rule, meaning.
//!
//! Owns reading such a structure with every fault at once, secrets that come from files, and the listings for `--help`,
//! `--print-config` and `docs/settings.md`. Does not know what the settings of a binary are for.
//!
//! How a field of a structure is read:
//!
//! - `env` is the variable's name. Command-line options are not read: a secret must not show in a process list.
//! - The doc comment has up to three paragraphs: what the setting is for; its rule, which begins with `Must`; and, where
//!   the default depends on other settings, a paragraph that begins with `Default:`.
//! - `hide_env_values = true` marks a secret: it is never printed, and `<NAME>_FILE` may name a file that holds it.
//! - Every field is optional or has a default.

mod definition;
mod fault;
mod listen;
mod listing;
mod read;
mod source;
pub mod value;

pub use fault::{Fault, Faults};
pub use listen::{Host, Http};
pub use listing::{effective, help, markdown, names};
pub use read::{read, refused};
pub use source::Source;
