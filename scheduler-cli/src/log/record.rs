//! [`Record`]: an event of a run, as text and as data.

use serde::Serialize;

use super::Stream;
use scheduler_core::text::visible;

/// An event, with the id of its entry. Its fields are those of the JSON format.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Record<'a> {
    Note {
        message: String,
    },
    /// The first instant of an entry at the start.
    Next {
        entry: &'a str,
        at: Option<String>,
    },
    Start {
        entry: &'a str,
        nominal: &'a str,
    },
    Output {
        entry: &'a str,
        stream: Stream,
        line: &'a str,
    },
    End(End<'a>),
    /// The command could not be started.
    Failed {
        entry: &'a str,
        nominal: &'a str,
        attempt: u32,
        error: String,
    },
    /// The command receives SIGTERM, because its job was cancelled.
    Terminate {
        entry: &'a str,
    },
    Skipped {
        entry: &'a str,
        nominal: String,
        count: String,
        reason: String,
    },
}

/// The end of a run, or of one of its attempts.
#[derive(Debug, Serialize)]
pub(crate) struct End<'a> {
    pub(crate) entry: &'a str,
    pub(crate) nominal: &'a str,
    pub(crate) attempt: u32,
    /// Time from the nominal time to the start.
    pub(crate) late_seconds: f64,
    pub(crate) seconds: f64,
    /// The exit status in words.
    pub(crate) status: String,
    pub(crate) exit_code: Option<i32>,
    pub(crate) signal: Option<i32>,
}

impl Record<'_> {
    /// Formats the record as a line of text. For a terminal, control characters of commands are escaped: a
    /// command could otherwise overwrite lines and forge others.
    pub(super) fn text(&self, is_for_terminal: bool) -> String {
        match self {
            Self::Note { message } => message.clone(),
            Self::Next {
                entry,
                at: Some(at),
            } => format!("[{entry}] next at {at}"),
            Self::Next { entry, at: None } => format!("[{entry}] next never"),
            Self::Start { entry, nominal } => format!("[{entry}] start for {nominal}"),
            Self::Output { entry, line, .. } if is_for_terminal => {
                // A tab does no harm.
                let parts = line.split('\t').map(|part| visible(part).to_string());
                format!("[{entry}] {}", parts.collect::<Vec<_>>().join("\t"))
            }
            Self::Output { entry, line, .. } => format!("[{entry}] {line}"),
            Self::End(end) => end.text(),
            Self::Failed { entry, error, .. } => format!("[{entry}] failed: {error}"),
            Self::Terminate { entry } => format!("[{entry}] receives SIGTERM"),
            Self::Skipped {
                entry,
                nominal,
                count,
                reason,
            } => {
                let more = match &**count {
                    "1" => String::new(),
                    count => format!(", {count} in all"),
                };
                format!("[{entry}] skipped for {nominal}{more}: {reason}")
            }
        }
    }

    /// Returns the colour of records that need attention, as a parameter of an escape sequence.
    pub(super) fn colour(&self) -> Option<&'static str> {
        match self {
            Self::Failed { .. } => Some(RED),
            Self::End(end) if end.exit_code != Some(0) => Some(RED),
            Self::Skipped { .. } | Self::Terminate { .. } => Some(YELLOW),
            _ => None,
        }
    }
}

const RED: &str = "31";
const YELLOW: &str = "33";

impl End<'_> {
    fn text(&self) -> String {
        let Self {
            entry,
            attempt,
            late_seconds,
            seconds,
            status,
            ..
        } = self;
        format!(
            "[{entry}] end: {status} after {seconds:.3} s, {late_seconds:.3} s late, attempt {attempt}"
        )
    }
}
