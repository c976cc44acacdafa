//! The differences between two reports.

use std::fmt;

use scheduler_core::text::visible;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Report, json::SCHEMA};
use crate::replay::unquoted;

/// A report read from JSON.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saved {
    /// The schema is checked while the report is read. Older reports without a schema are accepted
    /// if their fields fit.
    #[serde(default, deserialize_with = "known_schema")]
    schema: (),
    backends: Vec<SavedBackend>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct SavedBackend {
    name: String,
    verdict: String,
    cases: Vec<SavedCase>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct SavedCase {
    rule: String,
    case: String,
    status: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    replay: Option<String>,
}

fn known_schema<'de, D: Deserializer<'de>>(schema: D) -> Result<(), D::Error> {
    match String::deserialize(schema)? {
        known if known == SCHEMA => Ok(()),
        other => Err(D::Error::custom(format!(
            "its schema is {other:?}, and this program reads {SCHEMA:?}"
        ))),
    }
}

/// An error for a text that is not a report.
#[derive(Debug, thiserror::Error)]
#[error("the text is not a JSON report of this suite: {0}")]
pub struct ReadError(serde_json::Error);

/// The message already contains the text of the JSON error, so the error is not exposed as a
/// `source` too.
impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        Self(error)
    }
}

/// A difference between two reports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The name of the backend.
    pub backend: String,
    /// The name of the difference: `LC-002/the_case`, `verdict` or `backend`.
    pub what: String,
    /// The old value; `-` if there was none.
    pub before: String,
    /// The new value; `-` if there is none.
    pub after: String,
    /// The message of the case, from the report in which it did not pass.
    pub seen: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            backend,
            what,
            before,
            after,
            seen,
        } = self;
        let [backend, what, before, after] = [backend, what, before, after].map(|it| visible(it));
        write!(f, "{backend}: {what}: {before} → {after}")?;
        for line in seen.iter().flat_map(|seen| seen.lines()).take(SEEN) {
            write!(f, "\n    {}", visible(line))?;
        }
        Ok(())
    }
}

/// The maximum number of lines of a message that are printed.
const SEEN: usize = 12;

impl Saved {
    /// Parses the output of [`Report::json`].
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the text is not a report.
    pub fn parse(text: &str) -> Result<Self, ReadError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Converts the report of a run, as if it had been written and parsed.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn of(report: &Report) -> Result<Self, ReadError> {
        Ok(serde_json::from_value(report.json())?)
    }

    /// Returns the replay lines of the failed cases, for [`Replay`](crate::Replay).
    #[must_use]
    pub fn failed(&self) -> Vec<String> {
        let failed = |case: &&SavedCase| {
            matches!(
                &*case.status,
                "FAIL" | "HANG" | "CRASH" | "XPASS" | "UNKNOWN"
            )
        };
        let cases = self.backends.iter().flat_map(|backend| &backend.cases);
        let lines = cases.filter(failed).filter_map(|case| {
            let (_, line) = case.replay.as_deref()?.split_once("--replay ")?;
            Some(unquoted(line))
        });
        lines.collect()
    }
}

/// Returns the differences. Backends are matched by name. If either report has only one backend,
/// that one is matched with each backend of the other.
///
/// ```
/// use conformance_tests::{Saved, compare};
///
/// let report = |status| {
///     let case = format!(r#"{{"rule": "R1", "case": "c", "status": "{status}"}}"#);
///     let text = format!(r#"{{"backends": [{{"name": "b", "verdict": "partial", "cases": [{case}]}}]}}"#);
///     Saved::parse(&text)
/// };
/// let (old, new) = (report("pass")?, report("FAIL")?);
/// assert!(compare(&old, &old).is_empty());
/// assert_eq!(compare(&old, &new)[0].to_string(), "b: R1/c: pass → FAIL");
/// # Ok::<(), conformance_tests::ReadError>(())
/// ```
#[must_use]
pub fn compare(before: &Saved, after: &Saved) -> Vec<Change> {
    if let ([one], [other]) = (&before.backends[..], &after.backends[..]) {
        return changes(one, other);
    }
    let both = before.backends.iter().map(|one| {
        let other = after.backends.iter().find(|other| other.name == one.name);
        other.map_or_else(
            || vec![whole(&one.name, "there", "-")],
            |other| changes(one, other),
        )
    });
    let is_new = |other: &&SavedBackend| !before.backends.iter().any(|one| one.name == other.name);
    let new = after.backends.iter().filter(is_new);
    let new = new.map(|other| vec![whole(&other.name, "-", "there")]);
    both.chain(new).flatten().collect()
}

fn whole(backend: &str, before: &str, after: &str) -> Change {
    Change {
        backend: backend.to_owned(),
        what: "backend".into(),
        before: before.into(),
        after: after.into(),
        seen: None,
    }
}

fn changes(one: &SavedBackend, other: &SavedBackend) -> Vec<Change> {
    let name = if one.name == other.name {
        one.name.clone()
    } else {
        format!("{} → {}", one.name, other.name)
    };
    let cases = one.cases.iter().map(|case| (Some(case), find(other, case)));
    let new = other.cases.iter().filter(|case| find(one, case).is_none());
    let cases = cases.chain(new.map(|case| (None, Some(case))));
    let mut changes: Vec<_> = cases
        .filter_map(|(one, two)| change(&name, one, two))
        .collect();
    if one.verdict != other.verdict {
        changes.push(Change {
            backend: name,
            what: "verdict".into(),
            before: one.verdict.clone(),
            after: other.verdict.clone(),
            seen: None,
        });
    }
    changes
}

fn find<'a>(backend: &'a SavedBackend, case: &SavedCase) -> Option<&'a SavedCase> {
    backend
        .cases
        .iter()
        .find(|other| other.case == case.case && other.rule == case.rule)
}

fn change(backend: &str, one: Option<&SavedCase>, other: Option<&SavedCase>) -> Option<Change> {
    let status =
        |case: Option<&SavedCase>| case.map_or_else(|| "-".to_owned(), |case| case.status.clone());
    let (before, after) = (status(one), status(other));
    let case = other.or(one)?;
    let seen = other.and_then(|case| case.message.clone());
    (before != after).then(|| Change {
        backend: backend.to_owned(),
        what: format!("{}/{}", case.rule, case.case),
        before,
        after,
        seen: seen.or_else(|| one.and_then(|case| case.message.clone())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Status, report::tests::ran};

    fn saved(broken: &str) -> Saved {
        let status = |case: &crate::Case| {
            if case.name == broken {
                Status::Fail("it is broken".into())
            } else {
                Status::Pass
            }
        };
        Saved::of(&ran(status)).expect("it can be read")
    }

    #[test]
    fn a_case_that_changed_is_told_with_what_was_seen_and_the_verdict() {
        let (sound, broken) = (saved(""), saved("the_end_is_final"));
        assert!(compare(&broken, &broken).is_empty());
        let changes = compare(&sound, &broken);
        let text: Vec<_> = changes.iter().map(Change::to_string).collect();
        assert_eq!(
            text,
            [
                "b: LC-006/the_end_is_final: pass → FAIL\n    it is broken",
                "b: verdict: conformant → nonconformant"
            ]
        );
        assert_eq!(broken.failed(), ["b/LC-006/the_end_is_final"]);
    }

    #[test]
    fn added_and_removed_cases_are_changes() {
        let mut other = saved("");
        let gone = other.backends[0].cases.remove(0);
        assert_eq!(compare(&saved(""), &other)[0].after, "-");
        assert_eq!(
            compare(&other, &saved(""))[0].what,
            format!("{}/{}", gone.rule, gone.case)
        );
        other.backends.push(SavedBackend {
            name: "c".into(),
            ..saved("").backends.remove(0)
        });
        assert!(
            compare(&saved(""), &other)
                .iter()
                .any(|change| change.backend == "c")
        );
    }

    #[test]
    fn a_saved_report_says_nothing_that_a_terminal_obeys() {
        let odd = || "a\u{1b}[2J\n\u{202e}b".to_owned();
        let change = Change {
            backend: odd(),
            what: odd(),
            before: odd(),
            after: odd(),
            seen: Some(odd()),
        };
        let shown = r"a\u{1b}[2J\n\u{202e}b";
        let expected = format!(
            "{shown}: {shown}: {shown} → {shown}\n    {}\n    {}",
            r"a\u{1b}[2J", r"\u{202e}b"
        );
        assert_eq!(change.to_string(), expected);
    }

    #[test]
    fn another_text_is_refused() {
        assert!(
            Saved::parse("{}")
                .unwrap_err()
                .to_string()
                .contains("backends")
        );
        let later = Saved::parse("{\"backends\": [],\n \"schema\": \"conformance-report/9\"}");
        let later = later.unwrap_err().to_string();
        assert!(
            later.contains("conformance-report/9") && later.contains("line 2"),
            "{later}"
        );
    }
}
