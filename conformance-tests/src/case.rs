//! Conformance cases and their possible results.

use crate::Backend;

/// A test of one rule.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Case {
    /// The name of the case, such as `shutdown_before_start_is_refused`.
    pub name: &'static str,
    /// The id of the rule that it tests, such as `LC-002`.
    pub rule: &'static str,
    /// The body of the case. It panics if the rule is broken.
    pub run: fn(&dyn Backend),
    /// Whether the case needs its own process, because it may end the process or counts
    /// process-wide resources.
    pub isolated: bool,
    /// The capability that the case requires, if any.
    pub needs: Option<Need>,
    /// Whether the case runs random scenarios, which depend on the seed of the run.
    pub seeded: bool,
}

/// A capability that a case requires of the backend or the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A runtime that shuts down when its guard is dropped.
    Stop,
    /// The Linux process tables in `/proc/self`.
    Procfs,
}

impl Need {
    /// Returns why the case must be skipped on `backend`, or `None` if it can run. This is decided
    /// before the case starts.
    pub(crate) fn missing(self, backend: &dyn Backend) -> Option<&'static str> {
        match self {
            Self::Stop => (!backend.stops_with_its_guard())
                .then_some("nothing can end this backend's runtime: stops_with_its_guard is false"),
            Self::Procfs => (!std::path::Path::new("/proc/self/stat").exists())
                .then_some("this system has no /proc to count threads and processor time in"),
        }
    }
}

impl Case {
    pub(crate) const fn new(name: &'static str, rule: &'static str, run: fn(&dyn Backend)) -> Self {
        Self {
            name,
            rule,
            run,
            isolated: false,
            needs: None,
            seeded: false,
        }
    }

    /// Returns a placeholder that represents, in reports, a rule without a case.
    pub(crate) const fn missing(rule: &'static str) -> Self {
        Self::new("no_case", rule, |_| ())
    }

    /// Runs the case in its own process.
    pub(crate) const fn isolated(self) -> Self {
        Self {
            isolated: true,
            ..self
        }
    }

    /// Makes the case depend on the seed of the run.
    pub(crate) const fn seeded(self) -> Self {
        Self {
            seeded: true,
            ..self
        }
    }

    /// Runs the case only where the runtime can be shut down.
    pub(crate) const fn stop(self) -> Self {
        Self {
            needs: Some(Need::Stop),
            ..self
        }
    }

    /// Runs the case only where `/proc` exists, in its own process, so that the counts belong to
    /// the case alone.
    pub(crate) const fn procfs(self) -> Self {
        Self {
            needs: Some(Need::Procfs),
            ..self.isolated()
        }
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.rule, self.name)
    }
}

/// The panic payload of a case that could not test its rule.
#[derive(Debug)]
pub(crate) enum Inconclusive {
    /// The situation under test never occurred; holds the reason.
    Vacuous(String),
    /// The case could not decide; holds the reason.
    Unknown(String),
}

/// The result of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The backend keeps the rule.
    Pass,
    /// The backend breaks the rule; holds the observation.
    Fail(String),
    /// The case did not end in time.
    Hang,
    /// The case ended its process; holds the exit status and the last output.
    Crash(String),
    /// The case cannot run on this backend or machine; holds the reason. This proves nothing.
    Skip(String),
    /// `conformance.toml` excludes the case; holds the reason.
    Excluded(String),
    /// The rule has no case; holds the reason.
    Untested(String),
    /// The situation under test never occurred; holds the reason.
    Vacuous(String),
    /// The case cannot decide whether the rule is kept; holds the reason.
    Unknown(String),
    /// The backend breaks the rule, as expected; holds the reason for the expectation.
    XFail(String),
    /// The backend keeps the rule although it was expected to break it. Remove the expectation.
    XPass(String),
}

impl Status {
    /// Returns the name of the status in reports.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "FAIL",
            Self::Hang => "HANG",
            Self::Crash(_) => "CRASH",
            Self::Skip(_) | Self::Excluded(_) => "SKIP",
            Self::Untested(_) => "UNTESTED",
            Self::Vacuous(_) => "VACUOUS",
            Self::Unknown(_) => "UNKNOWN",
            Self::XFail(_) => "xfail",
            Self::XPass(_) => "XPASS",
        }
    }

    /// Returns the observation, or why there was none.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Pass => None,
            Self::Hang => Some("it did not end"),
            Self::Fail(seen)
            | Self::Crash(seen)
            | Self::Skip(seen)
            | Self::Excluded(seen)
            | Self::Untested(seen)
            | Self::Vacuous(seen)
            | Self::Unknown(seen)
            | Self::XFail(seen)
            | Self::XPass(seen) => Some(seen),
        }
    }

    /// Returns whether the status is a failure: an unexpected break of the rule, or an expected
    /// break that did not happen.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Fail(_) | Self::Hang | Self::Crash(_) | Self::XPass(_)
        )
    }

    /// Returns whether the case gave no new information about the rule.
    pub(crate) const fn is_skip(&self) -> bool {
        !self.is_failure() && !matches!(self, Self::Pass)
    }

    /// Returns the status called `word`, with the observation `seen`.
    pub(crate) fn named(word: &str, seen: &str) -> Option<Self> {
        let with = [
            Self::Fail,
            Self::Crash,
            Self::Skip,
            Self::Untested,
            Self::Vacuous,
            Self::Unknown,
            Self::XFail,
            Self::XPass,
        ];
        let plain = [Self::Pass, Self::Hang].into_iter();
        let mut all = plain.chain(with.into_iter().map(|make| make(seen.to_owned())));
        all.find(|status| status.word() == word)
    }
}
