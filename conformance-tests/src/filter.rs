//! Selection of cases by a list such as `LC-0*,!LC-014`.

use crate::{CASES, Case, find_rule, rules};

/// Selects cases by their rules and names.
///
/// The parts of the list are separated by commas. A part selects the rule with that id (`R1`), the
/// rules whose ids begin with it (`LC`, `LC-0`), or the case with that name, with or without the id of its rule
/// (`LC-006/the_end_is_final`). A `*` matches any text. A part that begins with `!` excludes the
/// cases that it matches. A list with exclusions only starts from all cases. The comparison ignores
/// case.
///
/// ```
/// use conformance_tests::{CASES, Filter};
///
/// let filter = Filter::parse("lc-0*,!LC-014");
/// let selected = |rule| CASES.iter().any(|case| case.rule == rule && filter.selects(case));
/// assert!(selected("LC-013") && !selected("LC-014") && !selected("JB-001"));
/// assert_eq!(Filter::parse("LC-002,XX").unmatched(), ["XX"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Filter {
    /// Returns a filter that selects every case.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
        }
    }

    /// Parses a list.
    #[must_use]
    pub fn parse(list: &str) -> Self {
        let parts = list.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.trim_start_matches('!').is_empty());
        let (unwanted, wanted) = parts.partition::<Vec<_>, _>(|part| part.starts_with('!'));
        let plain = |part: &str| part.trim_start_matches('!').to_owned();
        Self {
            wanted: wanted.into_iter().map(plain).collect(),
            unwanted: unwanted.into_iter().map(plain).collect(),
        }
    }

    /// Returns a filter that selects the case called `name`.
    pub(crate) fn case(name: &str) -> Self {
        Self {
            wanted: vec![name.to_owned()],
            unwanted: Vec::new(),
        }
    }

    /// Returns whether the case is selected.
    #[must_use]
    pub fn selects(&self, case: &Case) -> bool {
        let any = |parts: &[String]| parts.iter().any(|part| matches(part, case));
        (self.wanted.is_empty() || any(&self.wanted)) && !any(&self.unwanted)
    }

    /// Returns whether any case of the rule is selected. A rule without a case is selected by its
    /// id.
    #[must_use]
    pub fn selects_rule(&self, id: &str) -> bool {
        let of_it = |case: &&Case| case.rule.eq_ignore_ascii_case(id);
        let mut cases = CASES.iter().filter(of_it).peekable();
        let mut rules = rules();
        match cases.peek() {
            Some(_) => cases.any(|case| self.selects(case)),
            None => rules.any(|rule| rule.id == id && self.selects(&Case::missing(rule.id))),
        }
    }

    /// Returns whether the filter selects nothing.
    #[must_use]
    pub fn selects_nothing(&self) -> bool {
        !rules().any(|rule| self.selects_rule(rule.id))
    }

    /// Returns the parts that match no rule and no case; most likely they are misspelt.
    #[must_use]
    pub fn unmatched(&self) -> Vec<String> {
        let known = |part: &str| {
            let rule = |rule: &crate::Rule| matches(part, &Case::missing(rule.id));
            CASES.iter().any(|case| matches(part, case)) || rules().any(rule)
        };
        let about_none = |part: &&String| !known(part);
        let parts = self.wanted.iter().chain(&self.unwanted);
        parts.filter(about_none).cloned().collect()
    }
}

fn matches(part: &str, case: &Case) -> bool {
    let part = part.to_ascii_lowercase();
    let rule = case.rule.to_ascii_lowercase();
    match part.split_once('/') {
        Some((id, name)) => glob(id, &rule) && glob(name, case.name),
        None if find_rule(&part).is_some() => rule == part,
        None => rule.starts_with(&part) || glob(&part, &rule) || glob(&part, case.name),
    }
}

/// Returns whether `pattern` matches the whole `text`; `*` matches any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(head);
    let inner = inner.and_then(|text| text.strip_suffix(tail));
    inner.is_some_and(|text| has_in_order(text, middle))
}

/// Returns whether the parts of `pattern`, separated by `*`, occur in `text` in order. Taking the
/// first occurrence of each part is enough: it leaves the longest rest for the next part.
fn has_in_order(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let left = parts.try_fold(text, |left, part| {
        let at = left.find(part)?;
        Some(&left[at + part.len()..])
    });
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(list: &str) -> Vec<&'static str> {
        let filter = Filter::parse(list);
        let selected = CASES.iter().filter(|case| filter.selects(case));
        let mut rules: Vec<_> = selected.map(|case| case.rule).collect();
        rules.dedup();
        rules
    }

    #[test]
    fn a_family_a_rule_and_a_name_select() {
        assert!(rules("EV").iter().all(|rule| rule.starts_with("EV-")));
        assert_eq!(rules("LC-002"), ["LC-002"]);
        assert_eq!(rules("r1"), ["R1"], "not R10");
        assert_eq!(rules("the_end_is_final"), ["LC-006"]);
        assert_eq!(rules("*end_is_fin*"), ["LC-006"]);
    }

    #[test]
    fn exclusions_take_away_from_what_is_selected_or_from_all() {
        assert!(!rules("!LC-002").contains(&"LC-002"));
        assert!(rules("!LC-002").len() > 10);
        assert!(rules("LC-002,!LC*").is_empty());
    }

    #[test]
    fn a_case_is_selected_as_reports_name_it() {
        assert_eq!(rules("LC-006/the_end_is_final"), ["LC-006"]);
        assert_eq!(rules("lc-*/the_end_is_final"), ["LC-006"]);
        assert!(rules("LC-007/the_end_is_final").is_empty());
        let wrong = Filter::parse("LC-007/the_end_is_final");
        assert_eq!(wrong.unmatched(), ["LC-007/the_end_is_final"]);
    }

    #[test]
    fn stars_stand_for_anything_however_many_there_are() {
        for (pattern, text, matches) in [
            ("*", "", true),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*b*c*", "abcd", true),
            ("*c*b*", "abcd", false),
            ("a*bc*c", "abcc", true),
            ("a*bc*c", "abc", false),
            ("*ab", "aab", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
        let many = "a*".repeat(1_000) + "b";
        assert!(!glob(&many, &"a".repeat(10_000)));
    }

    #[test]
    fn a_rule_without_a_case_is_selected_by_its_id() {
        let filter = Filter::parse("R13");
        assert!(filter.selects_rule("R13") && !filter.selects_nothing());
        assert!(!filter.selects_rule("TM-001"));
        let none = Filter::parse("LC-006,!the_end_is_final");
        assert!(none.selects_nothing() && none.unmatched().is_empty());
    }

    #[test]
    fn unmatched_parts_are_named() {
        assert!(rules("nonsense").is_empty());
        let filter = Filter::parse("LC*, nonsense, !XY-1 ,");
        assert_eq!(filter.unmatched(), ["nonsense", "XY-1"]);
    }
}
