//! The rules of the specification, as data. Cases cite them, and reports explain them.

mod attempts;
mod backfills;
mod closing;
mod concurrency;
mod config;
mod context;
mod events;
mod faults;
mod jobs;
mod lifecycle;
mod queues;
mod reading;
mod runtime;
mod schedules;
mod spawned;
mod stores;
mod time;

/// Version of the specification. It changes with the rules, not with the crates.
pub const SPECIFICATION: &str = "0.1";

/// Requirement level of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// An absolute requirement.
    Must,
    /// A recommendation.
    Should,
}

impl Level {
    /// Returns the name that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        }
    }
}

/// One rule of the specification.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Rule {
    /// Permanent id, such as `LC-002`.
    pub id: &'static str,
    /// Requirement level.
    pub level: Level,
    /// Version of the specification that introduced the rule.
    pub since: &'static str,
    /// The required behaviour.
    pub text: &'static str,
    /// The reason: what goes wrong without the rule, and where that was seen.
    pub intent: &'static str,
    /// Reason why the rule has no case.
    pub untested: Option<&'static str>,
    /// Reason why no mutant covers the rule.
    pub unbreakable: Option<&'static str>,
}

impl Rule {
    const fn untested(self, reason: &'static str) -> Self {
        Self {
            untested: Some(reason),
            ..self
        }
    }

    const fn unbreakable(self, reason: &'static str) -> Self {
        Self {
            unbreakable: Some(reason),
            ..self
        }
    }
}

/// A family of rules. Their ids share a prefix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    pub(crate) rules: &'static [Rule],
}

/// All families, in the order of the specification.
pub(crate) const FAMILIES: &[Family] = &[
    lifecycle::TABLE,
    lifecycle::FAMILY,
    runtime::CONTEXT,
    closing::FAMILY,
    jobs::FAMILY,
    queues::FAMILY,
    spawned::FAMILY,
    attempts::FAMILY,
    context::FAMILY,
    reading::FAMILY,
    events::FAMILY,
    time::FAMILY,
    schedules::FAMILY,
    schedules::MISFIRES,
    schedules::OVERLAPS,
    schedules::LEDGER,
    backfills::FAMILY,
    backfills::DATA,
    config::FAMILY,
    faults::FAMILY,
    concurrency::FAMILY,
    runtime::FAMILY,
];

pub(crate) use stores::ELSEWHERE;

/// Rules that bind no backend, with the reason. They affect no verdict of a backend.
pub(crate) const LATER: (&Family, &str) = (&stores::FAMILY, stores::REASON);

/// Returns the rule with this id among those that affect no verdict of a backend.
pub(crate) fn find_later(id: &str) -> Option<&'static Rule> {
    let mut later = LATER.0.rules.iter();
    later.find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// Returns every rule, in the order of the specification.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.rules)
}

/// Returns the rule with this id, ignoring case.
#[must_use]
pub fn find_rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// Returns the rule with this id.
///
/// # Panics
///
/// If no rule has this id. A test checks that every case cites an existing rule.
#[must_use]
pub fn rule(id: &str) -> &'static Rule {
    find_rule(id).unwrap_or_else(|| panic!("no rule has the id \"{id}\""))
}

const fn new(level: Level, id: &'static str, text: &'static str, intent: &'static str) -> Rule {
    Rule {
        id,
        level,
        since: "0.1",
        text,
        intent,
        untested: None,
        unbreakable: None,
    }
}

const fn must(id: &'static str, text: &'static str, intent: &'static str) -> Rule {
    new(Level::Must, id, text, intent)
}

const fn should(id: &'static str, text: &'static str, intent: &'static str) -> Rule {
    new(Level::Should, id, text, intent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CASES;

    #[test]
    fn every_case_cites_a_rule_and_every_rule_has_a_case_or_a_reason() {
        for case in CASES {
            assert!(find_rule(case.rule).is_some(), "{case:?}");
        }
        for rule in rules() {
            let has_case = CASES.iter().any(|case| case.rule == rule.id);
            assert_ne!(has_case, rule.untested.is_some(), "{}", rule.id);
        }
    }

    #[test]
    fn names_and_ids_are_unique() {
        let mut names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        names.extend(rules().chain(LATER.0.rules).map(|rule| rule.id));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn every_rule_says_what_and_why() {
        for rule in rules().chain(LATER.0.rules) {
            assert!(rule.text.len() > 15 && rule.text.len() < 160, "{}", rule.id);
            assert!(rule.intent.len() > 15, "{}", rule.id);
            let plain = |text: &str| text.ends_with(|last: char| last != '.' && last != ' ');
            assert!(plain(rule.text) && plain(rule.intent), "{}", rule.id);
        }
    }
}
