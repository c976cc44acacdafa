//! Settings with public fields: each setter has the name of the field that it sets.

use crate::sources::{files, root, text};

/// Returns the item of `source` that begins with `line`, without its last line.
fn item<'a>(source: &'a str, line: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = source.lines().skip_while(move |it| *it != line).skip(1);
    lines.take_while(|line| *line != "}")
}

/// Returns the name at the beginning of `rest`.
fn name(rest: &str) -> &str {
    let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    rest.split(|other| !letter(other)).next().unwrap_or(rest)
}

/// Returns the setter that a line declares.
fn setter(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("    pub ")?;
    let rest = rest.strip_prefix("const ").unwrap_or(rest);
    let rest = rest.strip_prefix("fn ")?;
    rest.contains("(mut self").then(|| name(rest))
}

/// Returns the setters of types with public fields that set no field of their name. `tag` adds to
/// `tags`.
fn strangers(source: &str) -> Vec<String> {
    let types = source
        .lines()
        .filter_map(|line| line.strip_prefix("pub struct "));
    let of_type = |declaration: &str| {
        let (this, head) = (name(declaration), format!("pub struct {declaration}"));
        let fields: Vec<_> = item(source, &head)
            .filter_map(|line| line.strip_prefix("    pub ").map(name))
            .map(str::to_owned)
            .collect();
        let has = |setter: &str| {
            let many = format!("{setter}s");
            fields
                .iter()
                .any(|field| *field == setter || *field == many)
        };
        let head = format!("impl {this} {{");
        let strangers = item(source, &head).filter_map(setter);
        let strangers = strangers.filter(|setter| !fields.is_empty() && !has(setter));
        strangers
            .map(|setter| format!("{this}::{setter}"))
            .collect::<Vec<_>>()
    };
    types.flat_map(of_type).collect()
}

#[test]
fn a_setter_of_a_public_field_has_its_name() {
    let mut found = Vec::new();
    for path in files(&root(), &["rs"]) {
        if path.components().any(|part| part.as_os_str() == "src") {
            found.extend(strangers(&text(&path)));
        }
    }
    assert!(
        found.is_empty(),
        "rename the setter or the field: {found:#?}"
    );
}

#[test]
fn a_setter_without_a_field_is_found() {
    let source = "\
pub struct Limits {
    pub tags: Vec<u8>,
    pub grace: u8,
}

impl Limits {
    pub fn tag(mut self) -> Self {
    }
    pub const fn grace(mut self, grace: u8) -> Self {
    }
    pub const fn hurry(mut self) -> Self {
    }
}

pub struct Private {
    grace: u8,
}

impl Private {
    pub fn within(mut self) -> Self {
    }
}
";
    assert_eq!(strangers(source), ["Limits::hurry"]);
}
