//! One behaviour that is checked, and what may come of it.

use crate::Backend;

/// One behaviour that is checked.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name: `shutdown_before_start_is_refused`.
    pub name: &'static str,
    /// The rule it checks: `LC-002`.
    pub rule: &'static str,
    /// Checks it; panics if the rule is broken.
    pub run: fn(&dyn Backend),
    /// It runs in a process of its own: what it looks for can end the process, or is counted for
    /// the process as a whole.
    pub isolated: bool,
    /// What it cannot do without.
    pub needs: Option<Need>,
    /// It runs random scenarios: what it does depends on the seed of the run.
    pub seeded: bool,
}

/// What a case cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A runtime that ends when its guard is dropped.
    Stop,
    /// The kernel's tables of a process, `/proc/self`.
    Procfs,
}

impl Need {
    /// Why the case has to be skipped on `backend`; `None` if it need not be. Known before anything
    /// is run.
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

    /// Stands in reports for the case that a rule does not have.
    pub(crate) const fn missing(rule: &'static str) -> Self {
        Self::new("no_case", rule, |_| ())
    }

    /// In a process of its own.
    pub(crate) const fn isolated(self) -> Self {
        Self {
            isolated: true,
            ..self
        }
    }

    /// By the seed of the run.
    pub(crate) const fn seeded(self) -> Self {
        Self {
            seeded: true,
            ..self
        }
    }

    /// Only where the runtime can end.
    pub(crate) const fn stop(self) -> Self {
        Self {
            needs: Some(Need::Stop),
            ..self
        }
    }

    /// Only where there is a `/proc`; in a process of its own, to which its numbers belong.
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

/// What a case panics with that found out nothing.
#[derive(Debug)]
pub(crate) enum Inconclusive {
    /// It did not come to what it is about; why.
    Vacuous(String),
    /// It cannot tell; why.
    Unknown(String),
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The rule is kept.
    Pass,
    /// The rule is broken; what was seen.
    Fail(String),
    /// The case did not end.
    Hang,
    /// The case took its process with it; how that ended.
    Crash(String),
    /// The case cannot be run on this backend or this machine; why. That proves nothing.
    Skip(String),
    /// The case was left out by wish; why.
    Excluded(String),
    /// The rule has no case; why.
    Untested(String),
    /// The case did not come to what it is about; why.
    Vacuous(String),
    /// The case cannot tell whether the rule is kept; why.
    Unknown(String),
    /// The rule is broken, as was expected; why.
    XFail(String),
    /// The rule is kept although it was expected to be broken: the expectation has to go.
    XPass(String),
}

impl Status {
    /// Its name in reports.
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

    /// What was seen, or why nothing was.
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

    /// Whether it is a failure: the rule is broken and was not expected to be, or the other way
    /// round.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Fail(_) | Self::Hang | Self::Crash(_) | Self::XPass(_)
        )
    }

    /// Whether nothing was found out, or nothing new.
    pub(crate) const fn is_skip(&self) -> bool {
        !self.is_failure() && !matches!(self, Self::Pass)
    }

    /// The status of that name, with what was seen.
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
