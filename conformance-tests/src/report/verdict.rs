//! The verdict of a run on a backend.

use serde::Serialize;

use super::{BackendReport, CaseReport, Report};
use crate::{CASES, Case, Level, Need, Rule, Status, rules};

/// The verdict of a run on a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// The backend keeps every required rule.
    Conformant,
    /// The backend breaks a required rule.
    Nonconformant,
    /// No required rule was seen broken, but some are not proved.
    Partial,
    /// No required rule was seen broken, but a case could not decide.
    Unknown,
}

impl Verdict {
    /// Returns the name of the verdict in reports.
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
    /// Returns the verdict, decided by the rules up to `level`. Rules beyond that level never
    /// change it.
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

    /// Returns the rules up to `level` that are not proved. A rule is proved if a case has passed,
    /// and every case that can run has run and passed.
    #[must_use]
    pub fn unproved(&self, level: Level) -> Vec<&'static str> {
        let decisive = rules().filter(|rule| rule.level <= level);
        let unproved = decisive.filter(|rule| !self.proves(rule));
        unproved.map(|rule| rule.id).collect()
    }

    /// Returns the rules with a case that the backend opted out of, because nothing can end its
    /// runtime. Other cases of such a rule may have proved it.
    #[must_use]
    pub fn opt_outs(&self) -> Vec<&'static str> {
        self.skipped_for(Need::Stop)
    }

    /// Returns the rules with a case that this machine cannot run.
    #[must_use]
    pub fn unmeasured(&self) -> Vec<&'static str> {
        self.skipped_for(Need::Procfs)
    }

    fn skipped_for(&self, need: Need) -> Vec<&'static str> {
        let needs_it = |case: &&Case| case.needs == Some(need);
        let is_skipped = |name| {
            let mut ran = self.cases.iter().filter(|case| case.case == name);
            ran.any(|case| matches!(case.status, Status::Skip(_)))
        };
        let cases = CASES.iter().filter(needs_it);
        let mut skipped: Vec<_> = cases
            .filter(|case| is_skipped(case.name))
            .map(|case| case.rule)
            .collect();
        skipped.dedup();
        skipped
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
    /// Returns the verdict on the backend.
    #[must_use]
    pub fn verdict(&self, backend: &BackendReport) -> Verdict {
        backend.verdict(self.level)
    }

    /// Returns the verdict on the backend with its gaps, such as
    /// `conformant, 1 opt-out: RT-011`.
    #[must_use]
    pub fn verdict_line(&self, backend: &BackendReport) -> String {
        let mut line = self.verdict(backend).name().to_owned();
        let opt_outs = backend.opt_outs();
        match opt_outs.len() {
            0 => {}
            1 => line += &format!(", 1 opt-out: {}", opt_outs[0]),
            many => line += &format!(", {many} opt-outs: {}", opt_outs.join(" ")),
        }
        let unmeasured = backend.unmeasured();
        if !unmeasured.is_empty() {
            line += &format!(", not measured on this machine: {}", unmeasured.join(" "));
        }
        let unproved = backend.unproved(self.level);
        match unproved.len() {
            0 => {}
            1..=6 => line += &format!(", not proved: {}", unproved.join(" ")),
            more => line += &format!(", {more} rules not proved"),
        }
        line
    }

    /// Returns the exit code: 0 if all backends conform; 1 if one does not, or an expected failure
    /// passed; 2 if nothing ran or the filter has an unknown name; 3 if nothing failed but
    /// something is not proved.
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
    fn should_rules_decide_only_if_requested() {
        let broken = Status::Fail("it is".into());
        assert_eq!(only("LC-031", &broken), (Verdict::Conformant, 0));
        let mut report = with("LC-031", &broken);
        report.level = Level::Should;
        assert_eq!(report.exit_code(), 1);
        let mut sound = with("none", &broken);
        sound.level = Level::Should;
        // A SHOULD rule has no case.
        assert_eq!(sound.exit_code(), 3);
    }

    #[test]
    fn an_inconclusive_rule_is_not_proved() {
        let why = || "why".to_owned();
        for status in [
            Status::Excluded(why()),
            Status::XFail(why()),
            Status::Vacuous(why()),
        ] {
            assert_eq!(only("LC-002", &status), (Verdict::Partial, 3));
            // The same holds if another case of the rule has passed.
            let one = "sixteen_shutdowns_before_start_are_all_refused";
            assert_eq!(only(one, &status), (Verdict::Partial, 3));
        }
        let cannot_tell = Status::Unknown(why());
        assert_eq!(only("LC-002", &cannot_tell), (Verdict::Unknown, 3));
    }

    #[test]
    fn a_case_that_cannot_run_does_not_block_the_proof_by_others() {
        let skipped = Status::Skip("it is not available".into());
        assert_eq!(only("LC-002", &skipped), (Verdict::Partial, 3));
        let one = "sixteen_shutdowns_before_start_are_all_refused";
        assert_eq!(only(one, &skipped), (Verdict::Conformant, 0));
    }

    #[test]
    fn the_verdict_names_what_was_skipped() {
        let line = |report: &Report| report.verdict_line(&report.backends[0]);
        let opts_out = ran(|case| match case.needs {
            Some(Need::Stop) if case.rule == "RT-011" => Status::Skip("it cannot".into()),
            _ => Status::Pass,
        });
        assert_eq!(line(&opts_out), "conformant, 1 opt-out: RT-011");
        let all = ran(|case| match case.needs {
            Some(Need::Stop) => Status::Skip("it cannot".into()),
            _ => Status::Pass,
        });
        assert!(
            line(&all).starts_with("conformant, 3 opt-outs: "),
            "{}",
            line(&all)
        );
        let elsewhere = ran(|case| match case.needs {
            Some(Need::Procfs) => Status::Skip("no /proc".into()),
            _ => Status::Pass,
        });
        let unmeasured = "conformant, not measured on this machine: RT-012 R6";
        assert_eq!(line(&elsewhere), unmeasured);
        assert_eq!(line(&ran(|_| Status::Pass)), "conformant");
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
