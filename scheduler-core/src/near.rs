//! The names nearest to one that does not exist.

/// At most three of `names` that differ little from `name`, the nearest first. `distance` is given
/// them as [`normal`] makes them.
pub(crate) fn nearest(
    name: &str,
    names: impl Iterator<Item = String>,
    distance: impl Fn(&str, &str) -> usize,
) -> Vec<String> {
    let wanted = normal(name);
    if wanted.is_empty() || wanted.len() > LONGEST_NAME {
        return Vec::new();
    }
    let mut ranked: Vec<_> = names
        .map(|name| (distance(&wanted, &normal(&name)), name))
        .collect();
    ranked.sort();
    let nearest = ranked.first().map_or(0, |(distance, _)| *distance);
    ranked.retain(|(distance, _)| *distance <= (wanted.len() / 3).min(nearest + 1));
    ranked.truncate(SUGGESTIONS);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// Lower case, without what people leave out.
fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters must be added, removed or changed (Levenshtein's distance).
pub(crate) fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (removed, a) in from.chars().enumerate() {
        let mut diagonal = removed;
        row[0] = removed + 1;
        for (column, b) in to.chars().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

const SUGGESTIONS: usize = 3;
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
        }
    }
}
