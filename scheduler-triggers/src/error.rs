//! Why a trigger cannot be built.

use super::{CronError, OnCalendarError, ZoneError};
use crate::suggest;

/// Why a trigger cannot be built: nothing was built, correct the input.
///
/// ```
/// use std::time::Duration;
///
/// use scheduler_triggers::{Interval, TriggerError};
///
/// assert_eq!(Interval::every(Duration::ZERO), Err(TriggerError::ZeroInterval));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TriggerError {
    /// Something is wrong in a part of the data; the error says what, the path where.
    #[error("{path}: {error}")]
    At {
        /// The way to the part: `triggers[1].expr`.
        path: String,
        /// What is wrong there.
        error: Box<Self>,
    },

    /// A date, a time of day or the name of a day could not be read.
    #[error("{found:?} is not {what}, expected {expected}")]
    Calendar {
        /// What it should be.
        what: &'static str,
        /// What was found.
        found: String,
        /// The form there is.
        expected: &'static str,
    },

    /// The cron expression is wrong; the source says where.
    #[error(transparent)]
    Cron(#[from] CronError),

    /// A cron rule as data is either an expression or fields.
    #[error("a cron trigger has either \"expr\" or \"fields\"")]
    CronSource,

    /// A length of time could not be read.
    #[error("{found:?} is not a length of time: {problem}")]
    Duration {
        /// What was found.
        found: String,
        /// What is wrong with it.
        problem: String,
    },

    /// The last date comes before the first one.
    #[error("the end {end} is before the start {start}")]
    EndBeforeStart {
        /// The start.
        start: String,
        /// The end.
        end: String,
    },

    /// The text is not JSON.
    #[error("not JSON: {problem}")]
    Json {
        /// What is wrong with it, and where.
        problem: String,
    },

    /// Data of a trigger is of another kind than the one asked for; a `cron` with a start or an end is
    /// a `Bounded` one.
    #[error("expected a trigger of the kind {expected}, found another one: {found}")]
    Kind {
        /// The kind asked for.
        expected: &'static str,
        /// The rule that was found.
        found: String,
    },

    /// A field that has to be there is not, or it is null.
    #[error("the field {field:?} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },

    /// A rule made of other rules was given none.
    #[error("a combined trigger needs at least one member")]
    NoMembers,

    /// A rule cannot be written as data: it, or one inside it, is of a kind of its own.
    #[error("{rule} cannot be written as data")]
    NotData {
        /// The rule.
        rule: String,
    },

    /// A number of seconds was NaN or infinite.
    #[error("a length of time must be a finite number of seconds")]
    NotFinite,

    /// A number in data is smaller or larger than it can be.
    #[error("{found} is out of range, expected a whole number from 0 to {highest}")]
    Number {
        /// What was found.
        found: String,
        /// The largest that there can be.
        highest: u32,
    },

    /// The calendar event is wrong; the source says where.
    #[error(transparent)]
    OnCalendar(#[from] OnCalendarError),

    /// A rule that is due once, as data, has either an instant or a delay.
    #[error("a once trigger has either \"at\" or \"after\"")]
    OnceSource,

    /// A length of time was negative, or longer than a `Duration` can be; or a limit makes no sense.
    #[error("{what} is out of range: {found}")]
    OutOfRange {
        /// What was out of range.
        what: &'static str,
        /// What was found.
        found: String,
    },

    /// A point in time could not be read.
    #[error("{found:?} is not a point in time: {problem}")]
    Time {
        /// What was found.
        found: String,
        /// What is wrong with it.
        problem: String,
    },

    /// Rules are nested too deeply.
    #[error("triggers are nested more than {deepest} deep")]
    TooDeep {
        /// How deep they may be.
        deepest: usize,
    },

    /// A combined rule has too many members or exclusions: each of them is asked at every question.
    #[error("{found} are too many, expected at most {most}: combine fewer rules")]
    TooManyMembers {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },

    /// The instants of a limit cannot be counted with a reasonable number of questions to the rule
    /// inside.
    #[error("counting its instants: {problem}")]
    TooMuchWork {
        /// Why not.
        problem: String,
    },

    /// An object has a field twice.
    #[error("the field {field:?} is there twice")]
    Twice {
        /// Its name.
        field: String,
    },

    /// Data of another kind than the one that is expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },

    /// A field that there is not.
    #[error(
        "unknown field {field:?}, expected {}{}",
        listed(known),
        suggest::question(nearest)
    )]
    UnknownField {
        /// Its name.
        field: String,
        /// The nearest names there are.
        nearest: Vec<String>,
        /// All that there are.
        known: &'static [&'static str],
    },

    /// A `type` that there is not.
    #[error(
        "unknown type of {what} {found:?}, expected {}{}",
        listed(known),
        suggest::question(nearest)
    )]
    UnknownType {
        /// Of what it is the type.
        what: &'static str,
        /// What was found.
        found: String,
        /// The nearest names there are.
        nearest: Vec<String>,
        /// All that there are.
        known: &'static [&'static str],
    },

    /// An interval of no length would be due all the time.
    #[error("an interval must be longer than zero")]
    ZeroInterval,

    /// The time zone is wrong.
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

impl TriggerError {
    /// What is wrong, in one word that does not change:
    ///
    /// | kind | what is wrong |
    /// |---|---|
    /// | `calendar` | a calendar event of systemd |
    /// | `cron` | a cron expression or field, or the name of a dialect or of a policy |
    /// | `duration` | a length of time, such as `every` or `threshold` |
    /// | `json` | the text is not JSON |
    /// | `nesting` | there are rules within rules within rules without end |
    /// | `time` | a point in time, a date or a time of day, such as `at`, `start` or `end` |
    /// | `zone` | the name of a time zone |
    /// | `trigger` | all else: a field or a `type` that there is not, data of another kind |
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// # use scheduler_triggers::TriggerError;
    /// let error = TriggerError::from(Cron::parse("60 * * * *").unwrap_err());
    /// assert_eq!(error.kind(), "cron");
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.reason() {
            Self::Cron(CronError::Zone { .. })
            | Self::OnCalendar(OnCalendarError::Zone { .. })
            | Self::Zone(_) => "zone",
            Self::OnCalendar(_) => "calendar",
            Self::Cron(_) | Self::CronSource => "cron",
            Self::Duration { .. } | Self::NotFinite | Self::ZeroInterval => "duration",
            Self::Json { .. } => "json",
            Self::Calendar { .. } | Self::EndBeforeStart { .. } | Self::Time { .. } => "time",
            Self::TooDeep { .. } => "nesting",
            _ => "trigger",
        }
    }

    /// Where in the data it is: `triggers[1].expr`. Empty if it is the whole, or no data at all.
    ///
    /// ```
    /// # use scheduler_triggers::TriggerSpec;
    /// let json = r#"{"type":"any_of","triggers":[{"type":"cron","expr":"61 * * * *"}]}"#;
    /// let error = json.parse::<TriggerSpec>()?.build().unwrap_err();
    /// assert_eq!(error.path(), "triggers[0].expr");
    /// assert!(error.reason().to_string().starts_with("minute: \"61\" at column 1"));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::At { path, .. } => path,
            _ => "",
        }
    }

    /// What is wrong, without the place.
    #[must_use]
    pub const fn reason(&self) -> &Self {
        let mut reason = self;
        while let Self::At { error, .. } = reason {
            reason = error;
        }
        reason
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "none".into(),
        [only] => format!("only {only:?}"),
        [names @ .., last] => {
            let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("{} or {last:?}", quoted.join(", "))
        }
    }
}
