//! No backend contains a lifecycle check or a lifecycle error: its sources name none of the items
//! that such a check needs.

use std::{fs, path::Path, str::FromStr};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The only items of the core that a backend may use: the interface that it implements, and the
/// helpers for implementors.
const INTERFACE: [&str; 9] = [
    "Runtime",
    "RuntimeScheduler",
    "implement::Timers",
    "implement::check_threads",
    "implement::yield_now",
    "runtime::BlockingWork",
    "runtime::BoxFuture",
    "runtime::Now",
    "runtime::SpawnError",
];

/// Names of the lifecycle. A backend needs none of them, wherever they are defined.
const LIFECYCLE: [&str; 8] = [
    "AlreadyRunning",
    "ErrorKind",
    "LifecycleError",
    "NotRunning",
    "ShutDown",
    "ShuttingDown",
    "WouldDeadlock",
    "permit",
];

/// Returns the forbidden names in a source. Comments and string literals do not count.
fn offences(source: &str) -> Vec<String> {
    let tokens = TokenStream::from_str(source).expect("valid Rust");
    let mut found = Vec::new();
    look_at(tokens, &mut found);
    found
}

fn look_at(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(name) if name == "scheduler_core" => {
                let mut names = Vec::new();
                taken(&tokens[place + 1..], "", &mut names);
                found.extend(names.into_iter().filter(|it| !is_interface(it)));
            }
            TokenTree::Ident(name) if LIFECYCLE.iter().any(|word| name == word) => {
                found.push(name.to_string());
            }
            TokenTree::Group(group) => look_at(group.stream(), found),
            _ => {}
        }
    }
}

/// Returns whether a path is an item of the interface, or leads to an associated one.
fn is_interface(path: &str) -> bool {
    INTERFACE.iter().any(|item| {
        let rest = path.strip_prefix(item);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    })
}

/// Collects the paths of the core that are named from `rest` on, the tokens after `before`: of
/// `::Name`, `::module::Name` and `::{Name, module::{Name, Name}}`. Anything else, such as a rename
/// of the crate or a glob, is an offence.
fn taken(rest: &[TokenTree], before: &str, found: &mut Vec<String>) {
    let is_mark = |at: usize, mark: char| matches!(rest.get(at), Some(TokenTree::Punct(it)) if it.as_char() == mark);
    if !is_mark(0, ':') || !is_mark(1, ':') {
        // `pub use scheduler_core;` keeps the name of the crate, so the scan finds each use of it
        // elsewhere.
        if !before.is_empty() {
            found.push(before.to_owned());
        } else if !is_mark(0, ';') {
            found.push(format!("scheduler_core {:?}", rest.first()));
        }
        return;
    }
    match rest.get(2) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inside: Vec<_> = group.stream().into_iter().collect();
            let is_comma =
                |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
            for branch in inside.split(is_comma).filter(|branch| !branch.is_empty()) {
                taken_one(branch, before, found);
            }
        }
        _ => taken_one(rest.get(2..).unwrap_or_default(), before, found),
    }
}

/// Collects the paths that begin with the name at the start of `branch`, below `before`.
fn taken_one(branch: &[TokenTree], before: &str, found: &mut Vec<String>) {
    match branch.split_first() {
        Some((TokenTree::Ident(name), rest)) if before.is_empty() => {
            taken(rest, &name.to_string(), found);
        }
        Some((TokenTree::Ident(name), rest)) => taken(rest, &format!("{before}::{name}"), found),
        other => found.push(format!("{before} {other:?}")),
    }
}

/// Collects all Rust sources below `folder`.
fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            let source = fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), source));
        }
    }
}

#[test]
fn no_backend_knows_the_lifecycle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut backends = Vec::new();
    for entry in fs::read_dir(root).expect("the workspace") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with("backend-") {
            continue;
        }
        let mut files = Vec::new();
        sources(&entry.path().join("src"), &mut files);
        for (path, source) in files {
            let found = offences(&source);
            assert!(
                found.is_empty(),
                "{path}: {found:?} may be used in the core only"
            );
        }
        backends.push(name);
    }
    backends.sort();
    let known = [
        "backend-async-std",
        "backend-smol",
        "backend-thread",
        "backend-tokio",
    ];
    assert_eq!(backends, known);
}

/// Tests the scan itself: it must find each of these.
#[test]
fn a_check_is_found_however_it_is_written() {
    for source in [
        "use scheduler_core::{Runtime, State};",
        "use scheduler_core::State;",
        "pub use scheduler_core; use crate::scheduler_core::State;",
        "pub use scheduler_core as core;",
        "use scheduler_core::*;",
        "use scheduler_core as core;",
        "use scheduler_core::{lifecycle::{State}, Runtime};",
        "use scheduler_core::{Runtime as _, State as S};",
        "use scheduler_core::implement::OwnJob;",
        "use scheduler_core::{Runtime, implement::OwnJob};",
        "use scheduler_core::implement::{OwnJob, Timers};",
        "use scheduler_core::{implement, Runtime};",
        "use scheduler_core::{Runtime, runtime::{Now, sub::Now}};",
        "use scheduler_core::runtime::*;",
        "use scheduler_core::{Runtime, runtime::{Now, *}};",
        "extern crate scheduler_core as other;",
        "fn f() { if s.state() != scheduler_core::State::New { g() } }",
        "fn f() -> Result<(), scheduler_core::Error> { todo!() }",
        "fn f() { let _ = ::scheduler_core::lifecycle::permit(a, b); }",
        "enum Error { AlreadyRunning, NotRunning }",
        "mod a { fn f() { g(Mine::ShutDown) } }",
        "macro_rules! m { () => { LifecycleError } }",
        "impl scheduler_core::Scheduler for Mine {}",
    ] {
        assert!(!offences(source).is_empty(), "{source}");
    }
}

#[test]
fn what_a_backend_needs_is_let_through() {
    for source in [
        "use scheduler_core::{Runtime, RuntimeScheduler, runtime::{BlockingWork, BoxFuture}};",
        "fn f() -> scheduler_core::runtime::BoxFuture<'static, ()> { g() }",
        "fn f() { scheduler_core::runtime::Now::system(); }",
        "use scheduler_core::implement::Timers;",
        "pub use scheduler_core;",
        "use scheduler_core::{Runtime, implement::check_threads};",
        "//! ShutDown, permit\n/* NotRunning */ const TEXT: &str = \"AlreadyRunning\";",
        "struct State { running: usize } fn f(state: &mut State) { state.running += 1 }",
    ] {
        assert_eq!(offences(source), Vec::<String>::new(), "{source}");
    }
}
