//! "Did you mean ...?" suggestions for misspelt names.

/// Returns at most three of `names` that are similar to `name`, nearest first. `distance` receives
/// normalized names; see `normal`.
pub fn nearest(
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

/// Normalizes a name: lower case, without separators.
fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, ' ' | '_' | '-'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Formats the names as the end of a message: `, did you mean a or b?`, or nothing without a name.
pub fn question(nearest: &[String]) -> String {
    match nearest {
        [] => String::new(),
        names => format!(", did you mean {}?", names.join(" or ")),
    }
}

const SUGGESTIONS: usize = 3;
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use strsim::osa_distance;

    use super::nearest;

    fn suggested(name: &str, names: &[&str]) -> Vec<String> {
        nearest(name, names.iter().map(|&name| name.into()), osa_distance)
    }

    #[test]
    fn those_that_are_hardly_farther_than_the_nearest_are_named_too() {
        let names = ["hourly-report", "hourly-repost", "hourly-export", "daily"];
        assert_eq!(suggested("hourly-report", &names), names[..2]);
        assert_eq!(suggested("Hourly_Reporr", &names), names[..2]);
        assert!(suggested("weekly", &["daily"]).is_empty());
    }

    #[test]
    fn nothing_is_like_no_name_or_one_that_is_too_long() {
        assert!(suggested("-", &["-"]).is_empty());
        let longest = "n".repeat(super::LONGEST_NAME);
        assert_eq!(suggested(&longest, &[&longest]), [longest.as_str()]);
        let longer = longest + "n";
        assert!(suggested(&longer, &[&longer]).is_empty());
    }

    /// The measure that suggestions are chosen by: two letters in the wrong order are one edit.
    #[test]
    fn edits_are_counted() {
        for (from, to, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
        ] {
            assert_eq!(osa_distance(from, to), expected, "{from} {to}");
        }
    }
}
