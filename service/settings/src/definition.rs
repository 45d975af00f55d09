//! What a clap structure says about each of its settings.

use clap::builder::Resettable;
use clap::{Arg, Args, Command};

/// One setting as its field defines it.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// The option by which clap knows it. Only [`read`](crate::read) passes it.
    pub(crate) option: String,
    /// The heading of its section.
    pub(crate) section: String,
    /// What it is for.
    pub(crate) meaning: String,
    /// As in `Must be a port, 0 to 65535`.
    pub(crate) rule: String,
    /// A value, or how other settings decide it; empty when there is none.
    pub(crate) default: Default,
    /// Never printed, and readable from a file.
    pub(crate) secret: bool,
}

/// What holds when the variable is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Default {
    None,
    Value(String),
    /// Depends on other settings, as this text says.
    Depends(String),
}

impl Setting {
    fn of(arg: &Arg) -> Option<Self> {
        let text = arg.get_long_help().or(arg.get_help());
        let text = text.map(ToString::to_string).unwrap_or_default();
        let mut paragraphs = text.split("\n\n").map(|part| part.trim_end_matches('.'));
        let meaning = paragraphs.next().unwrap_or_default().to_owned();
        let (mut rule, mut depends) = (String::new(), None);
        for paragraph in paragraphs {
            match paragraph.strip_prefix("Default: ") {
                Some(text) => depends = Some(text.to_owned()),
                None => paragraph.clone_into(&mut rule),
            }
        }
        let value = arg.get_default_values().first();
        let value = value.map(|value| value.to_string_lossy().into_owned());
        Some(Self {
            name: arg.get_env()?.to_str()?.to_owned(),
            option: arg.get_long()?.to_owned(),
            section: arg.get_help_heading().unwrap_or_default().to_owned(),
            meaning,
            rule,
            default: match (depends, value) {
                (Some(text), _) => Default::Depends(text),
                (None, Some(value)) => Default::Value(value),
                (None, None) => Default::None,
            },
            secret: arg.is_hide_env_values_set(),
        })
    }
}

/// The structure's settings in the order of its fields, and the command that parses them. The command reads no variable
/// by itself: values reach it as options.
pub(crate) fn definition<S: Args>() -> (Vec<Setting>, Command) {
    let command = Command::new("settings")
        .no_binary_name(true)
        .disable_help_flag(true);
    let command = S::augment_args(command);
    let settings = command.get_arguments().filter_map(Setting::of).collect();
    (settings, command.mut_args(|arg| arg.env(Resettable::Reset)))
}
