//! The names nearest to one that does not exist.

use jiff::tz::TimeZoneDatabase;

/// At most three names that differ little from `name`, the nearest first.
pub(super) fn nearest(database: &TimeZoneDatabase, name: &str) -> Vec<String> {
    let wanted = normal(name);
    if wanted.is_empty() || wanted.len() > LONGEST_NAME {
        return Vec::new();
    }
    let names = database.available().map(|name| name.to_string());
    let mut ranked: Vec<_> = names
        .map(|name| (distance_to(&wanted, &name), name))
        .collect();
    ranked.sort();
    let nearest = ranked.first().map_or(0, |(distance, _)| *distance);
    ranked.retain(|(distance, _)| *distance <= (wanted.len() / 3).min(nearest + 1));
    ranked.truncate(SUGGESTIONS);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// The suggestions as the end of a sentence.
pub(super) fn sentence(nearest: &[String]) -> String {
    match nearest {
        [] => {
            ", expected an IANA name such as Europe/Berlin, UTC, or an offset such as +05:30".into()
        }
        names => format!(", did you mean {}?", names.join(" or ")),
    }
}

/// How far `wanted` is from a name, or from the city alone.
fn distance_to(wanted: &str, name: &str) -> usize {
    let name = normal(name);
    let city = name.rsplit('/').next().unwrap_or_default();
    edits(wanted, &name).min(edits(wanted, city))
}

/// Lower case, without what people leave out.
fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// How many letters must be added, removed or changed (Levenshtein's distance).
fn edits(from: &str, to: &str) -> usize {
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
            assert_eq!(edits(from, to), expected, "{from} {to}");
        }
    }
}
