//! Formats counts for messages.

/// Formats a count with its noun: `1 job`, `2 jobs`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_counted_as_one() {
        assert_eq!(
            [0, 1, 2].map(|count| counted(count, "job")),
            ["0 jobs", "1 job", "2 jobs"]
        );
    }
}
