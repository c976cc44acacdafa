//! Names that may have been meant.

use strsim::levenshtein;

use crate::{CASES, rules};

/// How many are answered.
const MOST: usize = 3;

/// That no rule and no case has that name, and which may have been meant.
///
/// ```
/// let text = conformance_tests::unknown_rule("LC-12");
/// assert!(text.starts_with("there is no rule or case \"LC-12\", did you mean LC-012"));
/// ```
#[must_use]
pub fn unknown_rule(name: &str) -> String {
    let names = rules().map(|rule| rule.id);
    let hint = did_you_mean(name, names.chain(CASES.iter().map(|case| case.name)));
    format!("there is no rule or case {name:?}{hint}")
}

/// What may have been meant by `word`, as the end of a sentence: `, did you mean a or b?`, or nothing if
/// none of the names is like it.
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

/// The names that are most like `word`, the nearest first; those that are not like it at all are left
/// out. Upper and lower case are the same.
fn similar<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_ascii_lowercase();
    let rank = |name: &'a str| (levenshtein(&word, &name.to_ascii_lowercase()), name);
    let mut ranked: Vec<_> = names.into_iter().map(rank).collect();
    // Wrong in more than a third of its letters it is another word.
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
