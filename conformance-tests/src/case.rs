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
        }
    }

    /// In a process of its own.
    pub(crate) const fn isolated(self) -> Self {
        Self {
            isolated: true,
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
    /// The case was not run; why. That proves nothing.
    Skip(String),
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
            Self::Skip(_) => "SKIP",
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
        matches!(self, Self::Skip(_) | Self::XFail(_))
    }
}
