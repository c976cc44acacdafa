//! No backend contains a lifecycle check or a lifecycle error: its sources name none of the items
//! that such a check needs.

use std::{fs, path::Path, str::FromStr};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The only items of the core that a backend may use: the interface that it implements, and the
/// helpers for implementors.
const INTERFACE: [&str; 9] = [
    "BlockingWork",
    "BoxFuture",
    "Now",
    "Runtime",
    "RuntimeScheduler",
    "SpawnError",
    "implement::Timers",
    "implement::check_threads",
    "implement::yield_now",
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
                found.extend(taken(&tokens[place + 1..]).filter(|it| !is_interface(it)));
            }
            TokenTree::Ident(name) if LIFECYCLE.iter().any(|word| name == word) => {
                found.push(name.to_string());
            }
            TokenTree::Group(group) => look_at(group.stream(), found),
            _ => {}
        }
    }
}

fn is_interface(name: &str) -> bool {
    INTERFACE.contains(&name)
}

/// Returns the names that a path takes from the core, given the tokens after the crate's name:
/// `::Name`, `::module::Name`, `::{Name, module::Name}`. Anything else, such as a rename or a glob,
/// is an offence.
fn taken(rest: &[TokenTree]) -> impl Iterator<Item = String> {
    let is_colon =
        |at: usize| matches!(&rest.get(at), Some(TokenTree::Punct(it)) if it.as_char() == ':');
    let names = match rest.get(2) {
        // `pub use scheduler_core;` keeps the name of the crate, so the scan finds each use of it
        // elsewhere.
        _ if matches!(rest.first(), Some(TokenTree::Punct(it)) if it.as_char() == ';') => vec![],
        Some(TokenTree::Ident(name)) if is_colon(0) && is_colon(1) => {
            let inner = match rest.get(5) {
                Some(TokenTree::Ident(inner)) if is_colon(3) && is_colon(4) => format!("::{inner}"),
                _ => String::new(),
            };
            vec![format!("{name}{inner}")]
        }
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let all = group.stream().to_string();
            let plain = |name: &str| name.replace(char::is_whitespace, "");
            all.split(',').map(plain).collect()
        }
        other => vec![format!("scheduler_core {other:?}")],
    };
    names.into_iter().filter(|name| !name.is_empty())
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
        "extern crate scheduler_core as other;",
        "fn f() { if s.state() != scheduler_core::State::New { g() } }",
        "fn f() -> Result<(), scheduler_core::Error> { todo!() }",
        "fn f() { let _ = ::scheduler_core::permit(a, b); }",
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
        "use scheduler_core::{BlockingWork, BoxFuture, Runtime, RuntimeScheduler, SpawnError};",
        "fn f() -> scheduler_core::BoxFuture<'static, ()> { g() }",
        "use scheduler_core::implement::Timers;",
        "pub use scheduler_core;",
        "use scheduler_core::{Runtime, implement::check_threads};",
        "//! ShutDown, permit\n/* NotRunning */ const TEXT: &str = \"AlreadyRunning\";",
        "struct State { running: usize } fn f(state: &mut State) { state.running += 1 }",
    ] {
        assert_eq!(offences(source), Vec::<String>::new(), "{source}");
    }
}
