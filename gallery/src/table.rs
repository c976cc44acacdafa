//! The table of the gallery in the README of the repository.

use std::{fs, path::Path};

/// A runtime and its verdict.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) verdict: String,
}

/// Reads the table.
///
/// # Errors
///
/// A text, if the README cannot be read or has no such table.
pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = fs::read_to_string(&readme).map_err(|error| format!("{readme:?}: {error}"))?;
    let rows = parse(&text);
    if rows.is_empty() {
        return Err(format!("{readme:?} has no table that begins with {HEAD:?}"));
    }
    Ok(rows)
}

const HEAD: &str = "| runtime | verdict |";

fn parse(text: &str) -> Vec<Row> {
    let table = text.lines().skip_while(|line| !line.starts_with(HEAD));
    let table = table.take_while(|line| line.starts_with('|'));
    table.skip(2).filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.split('|').map(str::trim).skip(1);
    let name = cells.next()?.trim_matches('`').to_owned();
    let verdict = cells.next()?.to_owned();
    Some(Row { name, verdict })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_after_the_head_are_read() {
        let text = "a\n| b | c |\n\n| runtime | verdict | why |\n|---|---|---|\n| `x` | partial, R6 | z |\n\n| u | v |\n";
        let row = Row {
            name: "x".into(),
            verdict: "partial, R6".into(),
        };
        assert_eq!(parse(text), [row]);
        assert_eq!(parse("a\n"), []);
    }
}
