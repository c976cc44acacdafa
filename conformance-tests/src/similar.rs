//! Names that may have been meant.

use strsim::levenshtein;

/// How many are answered.
const MOST: usize = 3;

/// The names that are most like `word`, the nearest first; those that are not like it at all are left
/// out. Upper and lower case are the same.
///
/// ```
/// assert_eq!(conformance_tests::similar("tokyo", ["thread", "tokio"]), ["tokio"]);
/// ```
#[must_use]
pub fn similar<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
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
