//! Known failures and excluded cases of a backend, with reasons: its `conformance.toml`.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf, absolute},
};

use scheduler_core::text::visible;
use serde::Deserialize;

use crate::{CASES, Case, Filter, SPECIFICATION, Status, unknown_rule};

/// The known failures and the excluded cases of a backend.
///
/// ```toml
/// [[xfail]]                        # still run; that it passes all of a sudden is a failure
/// case = "LC-012"                  # a rule, the beginning of one, or a case; `*` is anything
/// reason = "a job that waits for its scheduler is not noticed yet"
/// issue = "https://example.org/issues/7"    # may be left out
/// until = "0.3"                    # excused by no later version of the rules; may be left out
/// backend = "tiny"                 # only this one of several; may be left out
///
/// [[skip]]                         # not run at all; its rule is not proved
/// case = "an_idle_process_uses_no_processor"
/// reason = "the machine has no clock for that"
/// ```
///
/// ```
/// use conformance_tests::Expectations;
///
/// let known = "[[xfail]]\ncase = 'LC-012'\nreason = 'not yet'";
/// assert!(Expectations::parse(known).is_ok());
/// let misspelt = "[[xfail]]\ncase = 'LX-012'\nreason = 'not yet'";
/// assert!(Expectations::parse(misspelt).unwrap_err().to_string().contains("LX-012"));
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expectations {
    xfail: Vec<Entry>,
    skip: Vec<Entry>,
    #[serde(skip)]
    origin: Origin,
}

/// The source of a set of expectations, for reports.
#[derive(Debug, Clone, Default)]
enum Origin {
    #[default]
    Text,
    File(PathBuf),
    /// The file does not exist.
    NoFile(PathBuf),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    case: String,
    reason: String,
    issue: Option<String>,
    until: Option<String>,
    backend: Option<String>,
}

/// An error in a `conformance.toml`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExpectationError {
    /// The file cannot be read.
    #[error("conformance.toml cannot be read: {0}")]
    Io(io::Error),
    /// The file has a syntax error or an unknown field; the text names the position.
    #[error("conformance.toml is invalid: {0}")]
    Toml(toml::de::Error),
    /// An entry names an unknown rule or case.
    #[error("conformance.toml: {}", unknown_rule(.0))]
    Unmatched(String),
    /// An entry selects no case: its rule has no case, or its exclusions cancel its selections.
    #[error("conformance.toml: {0:?} selects no case: name a rule that has one")]
    Empty(String),
    /// The `until` field of an entry is not a version.
    #[error(
        "conformance.toml: {case:?} is excused until {until:?}, which is not a version: write one such as 0.3"
    )]
    NoVersion {
        /// The `case` field of the entry.
        case: String,
        /// The invalid `until` value.
        until: String,
    },
    /// An entry gives no reason.
    #[error("conformance.toml: {0:?} is excused without a reason: give it a `reason`")]
    NoReason(String),
    /// The specification has reached the version at which an entry expires.
    #[error(
        "conformance.toml: {case:?} was excused until {until}, and the rules are at {now}: mend it, or excuse it for longer"
    )]
    Expired {
        /// The `case` field of the entry.
        case: String,
        /// The version at which the entry expires.
        until: String,
        /// The current version of the specification.
        now: &'static str,
    },
}

/// The message already contains the text of the I/O error, so the error is not exposed as a
/// `source` too.
impl From<io::Error> for ExpectationError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<toml::de::Error> for ExpectationError {
    fn from(error: toml::de::Error) -> Self {
        Self::Toml(error)
    }
}

impl Expectations {
    /// Parses the text of a `conformance.toml`.
    ///
    /// # Errors
    ///
    /// [`ExpectationError`] if the text is invalid, or if an entry has no reason, has expired or
    /// selects no case.
    pub fn parse(text: &str) -> Result<Self, ExpectationError> {
        let read: Self = toml::from_str(text)?;
        read.xfail
            .iter()
            .chain(&read.skip)
            .try_for_each(Entry::validate)?;
        Ok(read)
    }

    /// Reads the file. A missing file means that there are no expectations; reports name the path
    /// and say so. Pass an absolute path, such as one made with `env!("CARGO_MANIFEST_DIR")`: a
    /// relative path depends on the current directory.
    ///
    /// # Errors
    ///
    /// The errors of [`parse`](Self::parse), and [`ExpectationError::Io`].
    pub fn read(path: &Path) -> Result<Self, ExpectationError> {
        let file = absolute(path).unwrap_or_else(|_| path.to_owned());
        let (read, origin) = match fs::read_to_string(path) {
            Ok(text) => (Self::parse(&text)?, Origin::File(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (Self::default(), Origin::NoFile(file))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { origin, ..read })
    }

    /// Runs the case unless it is excluded, and returns its status adjusted by the expectations for
    /// `backend`.
    pub(crate) fn judge(&self, case: Case, backend: &str, run: impl FnOnce() -> Status) -> Status {
        if let Some(entry) = find(&self.skip, case, backend) {
            return Status::Excluded(entry.remark());
        }
        match (find(&self.xfail, case, backend), run()) {
            (None, status) => status,
            (Some(entry), Status::Pass) => {
                Status::XPass(format!("it was expected to fail: {}", entry.remark()))
            }
            (Some(entry), Status::Vacuous(_)) => Status::XFail(entry.remark()),
            (Some(entry), status) if status.is_failure() => Status::XFail(entry.remark()),
            (Some(_), status) => status,
        }
    }
}

/// Writes the number of exceptions and their source on one line, for reports.
impl fmt::Display for Expectations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = |path: &Path| visible(&path.to_string_lossy()).to_string();
        match (&self.origin, self.xfail.len() + self.skip.len()) {
            (Origin::NoFile(path), _) => {
                write!(f, "no exceptions, because there is no {}", file(path))
            }
            (Origin::File(path), 0) => write!(f, "no exceptions in {}", file(path)),
            (Origin::File(path), 1) => write!(f, "1 exception in {}", file(path)),
            (Origin::File(path), many) => write!(f, "{many} exceptions in {}", file(path)),
            (Origin::Text, 0) => write!(f, "no exceptions"),
            (Origin::Text, 1) => write!(f, "1 exception of the program"),
            (Origin::Text, many) => write!(f, "{many} exceptions of the program"),
        }
    }
}

fn find<'a>(entries: &'a [Entry], case: Case, backend: &str) -> Option<&'a Entry> {
    let about = |entry: &&Entry| {
        let backend_matches = entry.backend.as_ref().is_none_or(|name| name == backend);
        backend_matches && Filter::parse(&entry.case).selects(&case)
    };
    entries.iter().find(about)
}

impl Entry {
    fn validate(&self) -> Result<(), ExpectationError> {
        let unmatched = Filter::parse(&self.case).unmatched();
        if let Some(part) = unmatched.into_iter().next() {
            return Err(ExpectationError::Unmatched(part));
        }
        if self.case.trim().is_empty() {
            return Err(ExpectationError::Unmatched(self.case.clone()));
        }
        let filter = Filter::parse(&self.case);
        if !CASES.iter().any(|case| filter.selects(case)) {
            return Err(ExpectationError::Empty(self.case.clone()));
        }
        if self.reason.trim().is_empty() {
            return Err(ExpectationError::NoReason(self.case.clone()));
        }
        self.until.iter().try_for_each(|until| self.holds(until))
    }

    /// Returns an error if the entry has expired at version `until`.
    fn holds(&self, until: &str) -> Result<(), ExpectationError> {
        let (case, until) = (self.case.clone(), until.to_owned());
        match version(&until) {
            None => Err(ExpectationError::NoVersion { case, until }),
            end if end <= version(SPECIFICATION) => Err(ExpectationError::Expired {
                case,
                until,
                now: SPECIFICATION,
            }),
            _ => Ok(()),
        }
    }

    fn remark(&self) -> String {
        match &self.issue {
            Some(issue) => format!("{} ({issue})", self.reason),
            None => self.reason.clone(),
        }
    }
}

/// Returns the numbers of a version, which compare in order.
fn version(text: &str) -> Option<Vec<u32>> {
    let numbers = text.trim().split('.').map(|part| part.parse().ok());
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        Expectations::parse(text)
            .expect_err("it is wrong")
            .to_string()
    }

    #[test]
    fn entries_need_a_reason_and_a_case_and_have_not_expired() {
        assert!(problem("[[skip]]\ncase = 'LC-001'\nreason = ' '").contains("without a reason"));
        assert!(problem("[[skip]]\ncase = ''\nreason = 'r'").contains("unknown rule or case"));
        assert!(problem("[[skip]]\ncase = 'LC-001'\nreson = 'r'").contains("reson"));
        let expired = "[[xfail]]\ncase = 'LC-001'\nreason = 'r'\nuntil = '0.1'";
        assert!(problem(expired).contains("until 0.1"));
        let later = expired.replace("'0.1'", "'0.10'");
        assert!(Expectations::parse(&later).is_ok());
        let never = expired.replace("'0.1'", "'soon'");
        assert!(problem(&never).contains("\"soon\", which is not a version"));
        for nothing in ["LC-001,!LC-001", "R13", "!LC,!*"] {
            let about = expired.replace("LC-001", nothing);
            assert!(problem(&about).contains("selects no case"), "{nothing}");
        }
    }

    #[test]
    fn an_expected_failure_that_passes_is_a_failure() {
        let known = "[[xfail]]\ncase = 'LC-002'\nreason = 'r'\nbackend = 'b'";
        let known = Expectations::parse(known).expect("it is right");
        let case = *CASES
            .iter()
            .find(|case| case.rule == "LC-002")
            .expect("one");
        let other = *CASES
            .iter()
            .find(|case| case.rule == "LC-003")
            .expect("one");
        let passes = |case, backend| known.judge(case, backend, || Status::Pass);
        assert_eq!(
            passes(case, "b"),
            Status::XPass("it was expected to fail: r".into())
        );
        assert_eq!(passes(case, "another"), Status::Pass);
        assert_eq!(passes(other, "b"), Status::Pass);
        let fails = known.judge(case, "b", || Status::Hang);
        assert_eq!(fails, Status::XFail("r".into()));
        let is_vacuous = known.judge(case, "b", || Status::Vacuous("nothing came".into()));
        assert_eq!(is_vacuous, Status::XFail("r".into()));
    }

    #[test]
    fn an_excluded_case_is_not_run() {
        let known = "[[skip]]\ncase = 'LC-*,!LC-003'\nreason = 'r'";
        let known = Expectations::parse(known).expect("it is right");
        let case = *CASES
            .iter()
            .find(|case| case.rule == "LC-002")
            .expect("one");
        let status = known.judge(case, "b", || panic!("it was run"));
        assert_eq!(status, Status::Excluded("r".into()));
    }

    #[test]
    fn the_file_that_was_read_is_named() {
        assert_eq!(Expectations::default().to_string(), "no exceptions");
        let absent = Expectations::read(Path::new("no/conformance.toml")).expect("none is needed");
        let named = absent.to_string();
        assert!(
            named.starts_with("no exceptions, because there is no /"),
            "{named}"
        );
        assert!(named.ends_with("/no/conformance.toml"), "{named}");
        let odd = Expectations {
            origin: Origin::File("a\u{1b}[2J".into()),
            ..Expectations::default()
        };
        assert_eq!(odd.to_string(), r"no exceptions in a\u{1b}[2J");
    }
}
