//! Suggestions for misspelt names.

use strsim::levenshtein;

use crate::{CASES, rules};

/// The maximum number of suggestions.
const MOST: usize = 3;

/// Returns a message that no rule or case is called `name`, with suggestions.
///
/// ```
/// let text = conformance_tests::unknown_rule("LC-12");
/// assert!(text.starts_with("unknown rule or case \"LC-12\", did you mean LC-012"));
/// ```
#[must_use]
pub fn unknown_rule(name: &str) -> String {
    let names = rules().map(|rule| rule.id);
    let hint = did_you_mean(name, names.chain(CASES.iter().map(|case| case.name)));
    format!("unknown rule or case {name:?}{hint}")
}

/// Returns suggestions for `word` as the end of a sentence, such as `, did you mean a or b?`.
/// Returns an empty text if no name is similar.
///
/// ```
/// use conformance_tests::did_you_mean;
///
/// assert_eq!(did_you_mean("tokyo", ["thread", "tokio"]), ", did you mean tokio?");
/// assert_eq!(did_you_mean("rayon", ["thread", "tokio"]), "");
/// ```
#[must_use]
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match similar(word, names).as_slice() {
        [] => String::new(),
        near => format!(", did you mean {}?", near.join(" or ")),
    }
}

/// Returns the names most similar to `word`, nearest first, without those that differ too much. The
/// comparison ignores case.
fn similar<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_ascii_lowercase();
    let rank = |name: &'a str| (levenshtein(&word, &name.to_ascii_lowercase()), name);
    let mut ranked: Vec<_> = names.into_iter().map(rank).collect();
    // A name that differs in more than a third of its letters is no likely typo.
    ranked.retain(|(distance, name)| *distance <= name.chars().count().max(3) / 3);
    ranked.sort();
    ranked.dedup();
    ranked
        .into_iter()
        .take(MOST)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_others_not_at_all() {
        assert_eq!(levenshtein("kitten", "sitting"), 3);
        assert_eq!(levenshtein("", "abc"), 3);
        let rules = ["LC-012", "LC-021", "JB-012", "R1", "EV-001"];
        assert_eq!(similar("lc-12", rules)[0], "LC-012");
        assert!(similar("nonsense", rules).is_empty());
        assert!(similar("", rules).is_empty());
    }
}
