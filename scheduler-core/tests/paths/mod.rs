//! A small reader of Rust sources: the paths that a `use` names.

/// A path of the crate in a file, as its segments below the root.
pub(crate) type Segments = Vec<String>;

/// Returns the source without comments, string literals and test modules.
pub(crate) fn stripped(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests {").next();
    let mut rest = code.unwrap_or_default();
    let mut kept = String::new();
    while let Some(at) = rest.find(['/', '"', '\'']) {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with('"') {
            text_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            kept.push_str(&rest[..1]);
            1
        };
        rest = &rest[length..];
    }
    kept + rest
}

/// Returns the length of the string literal that `rest` starts with, including the quotes.
fn text_length(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    rest.len()
}

/// Adds the paths that `code` starts with to `found`. Returns the length of their text.
pub(crate) fn expand(code: &str, before: &[String], found: &mut Vec<Segments>) -> usize {
    let mut segments = before.to_vec();
    let mut at = 0;
    loop {
        let rest = &code[at..];
        if rest.starts_with('{') {
            return at + expand_tree(rest, &segments, found);
        }
        let name = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let length = name.unwrap_or(rest.len());
        if length > 0 {
            segments.push(rest[..length].to_owned());
        }
        at += length;
        if length == 0 || !code[at..].starts_with("::") {
            found.push(segments);
            return at;
        }
        at += 2;
    }
}

fn expand_tree(code: &str, before: &[String], found: &mut Vec<Segments>) -> usize {
    let mut at = 1;
    while let Some(letter) = code[at..].chars().next() {
        match letter {
            '}' => return at + 1,
            letter if letter.is_alphanumeric() || letter == '_' => {
                at += expand(&code[at..], before, found);
                // What follows `as` is no path.
                at += code[at..].find([',', '}']).unwrap_or(0);
            }
            letter => at += letter.len_utf8(),
        }
    }
    at
}
