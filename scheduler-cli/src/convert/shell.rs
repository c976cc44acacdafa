//! Words of commands, quoted for a shell.

/// Quotes a word, so that a shell takes it as it is.
pub(super) fn literal(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_./:=,+@%-".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Quotes a word in which the shell replaces variables, and nothing else.
pub(super) fn with_variables(word: &str) -> String {
    if !word.contains('$') {
        return literal(word);
    }
    let mut quoted = String::from("\"");
    for letter in word.chars() {
        if matches!(letter, '\\' | '"' | '`') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted + "\""
}

/// Splits a command of systemd into its words. Returns `None` if a quote has no end.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word = None::<String>;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if open == letter => quote = None,
            ('\\', open) if open != Some('\'') => {
                word.get_or_insert_default().push(letters.next()?);
            }
            (blank, None) if blank.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_and_quoted() {
        let split = words(r#"/bin/echo "a b" 'c"d' e\ f ${X}y """#).expect("whole");
        assert_eq!(split, ["/bin/echo", "a b", "c\"d", "e f", "${X}y", ""]);
        let quoted: Vec<_> = split.iter().map(|word| with_variables(word)).collect();
        let right = ["/bin/echo", "'a b'", "'c\"d'", "'e f'", "\"${X}y\"", "''"];
        assert_eq!(quoted, right);
        assert_eq!(words("a 'b"), None);
        assert_eq!(literal("it's"), "'it'\\''s'");
    }
}
