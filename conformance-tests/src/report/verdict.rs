//! What a run says of a backend.

use serde::Serialize;

use super::{BackendReport, CaseReport, Report};
use crate::{CASES, Level, Rule, Status, rules};

/// What a run says of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// Every rule that must be kept is.
    Conformant,
    /// A rule that must be kept is not.
    Nonconformant,
    /// None was seen to be broken, but not all of them were proved.
    Partial,
    /// None was seen to be broken, but of one it cannot be told.
    Unknown,
}

impl Verdict {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::Nonconformant => "nonconformant",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
        }
    }
}

impl BackendReport {
    /// What the run says of the backend, if the rules up to this level decide. Those beyond it never
    /// change the verdict.
    #[must_use]
    pub fn verdict(&self, level: Level) -> Verdict {
        let counts = |case: &&CaseReport| case.level <= level;
        let mut decisive = self.cases.iter().filter(counts);
        let is_unknown = |case: &CaseReport| matches!(case.status, Status::Unknown(_));
        if decisive.clone().any(|case| case.status.is_failure()) {
            Verdict::Nonconformant
        } else if decisive.any(is_unknown) {
            Verdict::Unknown
        } else if self.unproved(level).is_empty() {
            Verdict::Conformant
        } else {
            Verdict::Partial
        }
    }

    /// The rules up to this level that are not proved: of which no case has passed, or of which a
    /// case that could have been run was left out, or did not pass.
    #[must_use]
    pub fn unproved(&self, level: Level) -> Vec<&'static str> {
        let decisive = rules().filter(|rule| rule.level <= level);
        let unproved = decisive.filter(|rule| !self.proves(rule));
        unproved.map(|rule| rule.id).collect()
    }

    fn proves(&self, rule: &Rule) -> bool {
        let status = |name| {
            let ran = self.cases.iter().find(|case| case.case == name);
            ran.map(|case| &case.status)
        };
        let mut has_passed = false;
        let cases = CASES.iter().filter(|case| case.rule == rule.id);
        for case in cases {
            match status(case.name) {
                Some(Status::Pass) => has_passed = true,
                Some(Status::Skip(_)) => {}
                _ => return false,
            }
        }
        has_passed
    }
}

impl Report {
    /// What the run says of a backend.
    #[must_use]
    pub fn verdict(&self, backend: &BackendReport) -> Verdict {
        backend.verdict(self.level)
    }

    /// 0 if all backends are conformant; 1 if one is not, or passed what it was expected to fail; 2
    /// if nothing was run, or the filter names what does not exist; 3 if nothing failed but not
    /// everything was proved.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let verdicts = self.backends.iter().map(|backend| self.verdict(backend));
        let verdicts: Vec<_> = verdicts.collect();
        if self.cases().next().is_none() || !self.unmatched.is_empty() {
            2
        } else if verdicts.contains(&Verdict::Nonconformant) || self.has_surprise() {
            1
        } else {
            let is_conformant = |verdict: &Verdict| *verdict == Verdict::Conformant;
            u8::from(!verdicts.iter().all(is_conformant)) * 3
        }
    }

    fn has_surprise(&self) -> bool {
        self.cases()
            .any(|case| matches!(case.status, Status::XPass(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::ran;

    fn with(broken: &'static str, status: &Status) -> Report {
        ran(|case| {
            if case.rule == broken || case.name == broken {
                status.clone()
            } else {
                Status::Pass
            }
        })
    }

    fn only(broken: &'static str, status: &Status) -> (Verdict, u8) {
        let report = with(broken, status);
        (report.verdict(&report.backends[0]), report.exit_code())
    }

    #[test]
    fn one_broken_rule_that_must_be_kept_decides() {
        let broken = Status::Fail("it is".into());
        assert_eq!(only("LC-002", &broken), (Verdict::Nonconformant, 1));
        assert_eq!(only("LC-002", &Status::Hang), (Verdict::Nonconformant, 1));
        assert_eq!(only("none", &broken), (Verdict::Conformant, 0));
    }

    #[test]
    fn what_ought_to_be_kept_decides_only_if_asked() {
        let broken = Status::Fail("it is".into());
        assert_eq!(only("LC-031", &broken), (Verdict::Conformant, 0));
        let mut report = with("LC-031", &broken);
        report.level = Level::Should;
        assert_eq!(report.exit_code(), 1);
        let mut sound = with("none", &broken);
        sound.level = Level::Should;
        // A rule that ought to be kept has no case.
        assert_eq!(sound.exit_code(), 3);
    }

    #[test]
    fn what_was_not_found_out_is_not_proved() {
        let why = || "why".to_owned();
        for status in [
            Status::Excluded(why()),
            Status::XFail(why()),
            Status::Vacuous(why()),
        ] {
            assert_eq!(only("LC-002", &status), (Verdict::Partial, 3));
            // Nor if another case of the rule has passed.
            let one = "sixteen_shutdowns_before_start_are_all_refused";
            assert_eq!(only(one, &status), (Verdict::Partial, 3));
        }
        let cannot_tell = Status::Unknown(why());
        assert_eq!(only("LC-002", &cannot_tell), (Verdict::Unknown, 3));
    }

    #[test]
    fn what_a_backend_cannot_be_asked_is_proved_by_the_other_cases_of_the_rule() {
        let skipped = Status::Skip("it cannot be had".into());
        assert_eq!(only("LC-002", &skipped), (Verdict::Partial, 3));
        let one = "sixteen_shutdowns_before_start_are_all_refused";
        assert_eq!(only(one, &skipped), (Verdict::Conformant, 0));
    }

    #[test]
    fn to_pass_against_expectation_fails() {
        assert_eq!(only("LC-031", &Status::XPass("known".into())).1, 1);
    }

    #[test]
    fn nothing_run_and_unknown_names_are_a_misuse() {
        let mut nothing = ran(|_| Status::Pass);
        nothing.backends.clear();
        assert_eq!(nothing.exit_code(), 2);
        let mut misspelt = ran(|_| Status::Pass);
        misspelt.unmatched.push("LX".into());
        assert_eq!(misspelt.exit_code(), 2);
    }
}
