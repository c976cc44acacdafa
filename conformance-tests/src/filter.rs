//! Which cases are run: `LC-0*,!LC-014`.

use crate::{CASES, Case, rules};

/// Selects cases by their rules and names.
///
/// It is a list with commas between its parts. A part selects the rules whose ids it begins
/// (`LC`, `LC-0`), or the cases of that name; a `*` in it stands for anything. A part that begins
/// with `!` takes away what it would select. Without a part that selects, all are selected. Upper
/// and lower case are the same.
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
    /// Selects every case.
    #[must_use]
    pub const fn all() -> Self {
        Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
        }
    }

    /// Reads a list.
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

    /// Selects the case of that name.
    pub(crate) fn case(name: &str) -> Self {
        Self {
            wanted: vec![name.to_owned()],
            unwanted: Vec::new(),
        }
    }

    /// Whether the case is selected.
    #[must_use]
    pub fn selects(&self, case: &Case) -> bool {
        let any = |parts: &[String]| parts.iter().any(|part| matches(part, case));
        (self.wanted.is_empty() || any(&self.wanted)) && !any(&self.unwanted)
    }

    /// The parts that are about no rule and no case there is: misspelt, most likely.
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
    rule.starts_with(&part) || glob(&part, &rule) || glob(&part, case.name)
}

/// Whether `pattern`, in which `*` stands for anything, is all of `text`.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(head) else {
        return false;
    };
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    starts.any(|at| glob(rest, &text[at..]))
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
    fn what_matches_nothing_is_named() {
        assert!(rules("nonsense").is_empty());
        let filter = Filter::parse("LC*, nonsense, !XY-1 ,");
        assert_eq!(filter.unmatched(), ["nonsense", "XY-1"]);
    }
}
