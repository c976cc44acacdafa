//! The modules of the crate are on floors, and no path leads from a module to one on a higher
//! floor.

mod machines;
mod paths;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use self::paths::{Segments, expand, stripped};

/// Modules by floor, from the bottom. Modules of one floor may name each other.
const FLOORS: &[&[&str]] = &[
    &["base", "sync", "trigger"],
    &[
        "backfill", "contract", "event", "export", "job", "queue", "registry", "schedule", "store",
    ],
    &["engine"],
    &["shell"],
    &["api"],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Returns every path of the file that starts at the root of the crate or leaves its own module.
fn paths_of(code: &str, module: &[String]) -> Vec<Segments> {
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || "_$:".contains(letter)) {
                continue;
            }
            let mut rest = &code[at..];
            let mut base = module.to_vec();
            while let Some(outside) = rest.strip_prefix("super::") {
                base.pop();
                rest = outside;
            }
            if let Some(below) = rest.strip_prefix("crate::") {
                base.clear();
                rest = below;
            }
            expand(rest, &base, &mut found);
        }
    }
    found
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("its entries can be read").path();
        if path.is_dir() {
            if !path.ends_with("tests") {
                sources(&path, files);
            }
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
}

/// Files that are compiled only for tests.
const TESTS: &[&str] = &[
    "rig.rs",
    "tests.rs",
    "error_text_tests.rs",
    "troubleshooting_tests.rs",
];

/// Returns the module path of a file: `engine/mod.rs` is `engine`.
fn module_of(file: &Path) -> Segments {
    let path = file.with_extension("");
    let names = path.iter().map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name != "mod").collect()
}

/// Returns the names at the root of the crate or of a module, with the modules that they come from.
fn exports(root: &str) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    for (at, start) in root.match_indices("use self::") {
        expand(&root[at + start.len()..], &[], &mut found);
    }
    let exported = found.into_iter().filter_map(|path| {
        let names = path.iter().rev().find(|name| *name != "self")?;
        Some((names.clone(), path.first()?.clone()))
    });
    exported.collect()
}

/// Returns every path to a higher floor as `file names path`, and the number of examined paths.
fn paths_up(source: &Path) -> (Vec<String>, usize) {
    let read = |file: &str| fs::read_to_string(source.join(file)).expect("it can be read");
    let short = read("short_paths.rs").replace("use super::", "use self::");
    let exports = exports(&stripped(&(read("lib.rs") + &short)));
    let mut files = Vec::new();
    sources(source, &mut files);
    let (mut up, mut count) = (Vec::new(), 0);
    for file in files {
        let name = file.strip_prefix(source).expect("it is inside");
        let module = module_of(name);
        if ["lib", "seam", "short_paths"].contains(&&*module[0])
            || TESTS.iter().any(|end| name.ends_with(end))
        {
            continue;
        }
        let Some(own) = floor(&module[0]) else {
            up.push(format!("{} is in no room of `FLOORS`", name.display()));
            continue;
        };
        let text = fs::read_to_string(&file).expect("it can be read");
        for path in paths_of(&stripped(&text), &module) {
            count += 1;
            let Some(first) = path.first() else { continue };
            let room = exports.get(first).unwrap_or(first);
            if floor(room).is_none_or(|other| other > own) {
                up.push(format!(
                    "{} names crate::{}",
                    name.display(),
                    path.join("::")
                ));
            }
        }
    }
    (up, count)
}

#[test]
fn no_path_leads_to_a_higher_floor() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (up, count) = paths_up(&source);
    assert!(count > 1_000, "only {count} paths were found");
    assert!(
        up.is_empty(),
        "from a lower floor to a higher one (the floors are in `lib.rs`):\n{}",
        up.join("\n")
    );
}

#[test]
fn paths_are_found_wherever_they_stand() {
    let code = stripped(
        "use super::{Engine, slab::Key};\nuse crate::{\n    Error, // shell::no\n    job::{self, JobCell as Cell},\n};\n\
         fn f(x: super::super::shell::Shared) { crate::engine::plan(\"crate::no\", '\"'); $crate::no() }\n\
         #[cfg(test)]\nmod tests { use crate::no; }",
    );
    let module = ["engine", "plan"].map(str::to_owned);
    let mut found: Vec<_> = paths_of(&code, &module)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    found.sort();
    let expected = [
        "Error",
        "engine::Engine",
        "engine::plan",
        "engine::slab::Key",
        "job::JobCell",
        "job::self",
        "shell::Shared",
    ];
    assert_eq!(found, expected);
}
