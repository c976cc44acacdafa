//! The public names: a few at the root, and each of the others in one module.

mod paths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use self::paths::{Segments, expand, stripped};

/// Maximum number of names at the root.
const MOST: usize = 30;

/// The public modules, and the file that declares their names.
const MODULES: &[(&str, &str)] = &[
    ("backfill", "backfill/mod.rs"),
    ("event", "event/mod.rs"),
    ("export", "export/mod.rs"),
    ("failure", "contract/failure.rs"),
    ("implement", "api/implement/mod.rs"),
    ("job", "job/mod.rs"),
    ("lifecycle", "contract/lifecycle.rs"),
    ("overview", "api/overview.rs"),
    ("queue", "queue/mod.rs"),
    ("registry", "registry/mod.rs"),
    ("runtime", "contract/runtime.rs"),
    ("schedule", "schedule/mod.rs"),
    ("scope", "api/scope.rs"),
    ("shutdown", "contract/shutdown.rs"),
    ("store", "store/mod.rs"),
    ("text", "base/text.rs"),
    ("timetable", "api/timetable.rs"),
    ("trigger", "../../scheduler-triggers/src/lib.rs"),
];

/// A module that is public for one other crate, and hidden from the documentation.
const HIDDEN: &str = "seam";

fn read(file: &str) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    fs::read_to_string(source.join(file)).expect("the file can be read")
}

/// Returns the public names of a file, each with the module that a `pub use` takes it from.
fn public(file: &str) -> Vec<Segments> {
    let code = stripped(&read(file));
    let mut found = Vec::new();
    for line in code.match_indices("\npub ").map(|(at, _)| &code[at + 5..]) {
        if let Some(path) = line.strip_prefix("use ") {
            expand(path, &[], &mut found);
            continue;
        }
        let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let kinds = ["const", "enum", "fn", "mod", "struct", "trait", "type"];
        let name = words.find(|word| !kinds.contains(word));
        found.push(vec![name.unwrap_or_default().to_owned()]);
    }
    found
}

/// Returns the name that a path makes public: `a::{self, B}` makes `a` and `B` public.
fn name(path: &Segments) -> &str {
    let last = path.iter().rev().find(|segment| *segment != "self");
    last.map_or("", |segment| segment)
}

fn is_module(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_lowercase())
}

/// Returns the names and the modules at the root.
fn root() -> (BTreeSet<String>, BTreeSet<String>) {
    let all = public("lib.rs");
    let names = all.iter().map(|path| name(path).to_owned());
    let (modules, names) = names.partition(|name| is_module(name));
    (names, modules)
}

#[test]
fn the_root_has_few_names() {
    let (names, _) = root();
    assert!(names.contains("Scheduler") && names.contains("Job"));
    assert!(
        names.len() <= MOST,
        "{} names at the root, at most {MOST}: give the new one a module\n{names:#?}",
        names.len()
    );
}

#[test]
fn the_modules_are_known_and_on_the_front_page() {
    let (_, mut modules) = root();
    assert!(modules.remove(HIDDEN));
    let known: BTreeSet<_> = MODULES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(modules, known, "functions need a module too");
    let page = read("lib.rs");
    for module in &known {
        let link = format!("[`{module}`]");
        assert!(page.contains(&link), "the front page lacks {link}");
    }
}

#[test]
fn a_name_has_one_module() {
    let mut homes: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (module, file) in MODULES {
        let all = public(file);
        assert!(!all.is_empty(), "no public name was found in {file}");
        let names: BTreeSet<_> = all.iter().map(|path| name(path).to_owned()).collect();
        for name in names {
            homes.entry(name).or_default().push(module);
        }
    }
    assert!(homes.len() > 150, "only {} names were found", homes.len());
    homes.retain(|_, modules| modules.len() > 1);
    assert!(homes.is_empty(), "names of two modules: {homes:#?}");
}
