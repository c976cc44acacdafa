//! Checks that `docs/guide/troubleshooting.md` has a section for every error kind and skip reason.

use crate::{ErrorKind, OutcomeKind, SkipReason, job::CancelReason};

const PAGE: &str = include_str!("../../../docs/guide/troubleshooting.md");

/// Returns the names of all variants. A variant that is not listed does not compile.
macro_rules! every {
    ($kind:ident: $($variant:ident)*) => {{
        const fn _exhaustive(kind: $kind) {
            match kind {
                $($kind::$variant => {})*
            }
        }
        [$(stringify!($variant)),*]
    }};
}

/// Returns the variants that have a section under `## {title}`, each with the text of its section.
fn sections(title: &str) -> Vec<(&'static str, &'static str)> {
    let start = PAGE.split(&format!("\n## {title}\n")).nth(1);
    let chapter = start.unwrap_or_else(|| panic!("the page has no chapter {title:?}"));
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let section = |text: &'static str| {
        let (heading, body) = text.split_once('\n').unwrap_or((text, ""));
        let name = heading.split('`').nth(1);
        (
            name.unwrap_or_else(|| panic!("{heading:?} names no variant")),
            body.trim(),
        )
    };
    chapter.split("\n### ").skip(1).map(section).collect()
}

fn assert_complete(title: &str, variants: &[&str]) {
    let sections = sections(title);
    for variant in variants {
        let found = sections.iter().filter(|(name, _)| name == variant).count();
        assert_eq!(found, 1, "sections about {variant} under {title:?}");
    }
    for (name, body) in sections {
        assert!(
            variants.contains(&name),
            "{title:?} is about {name}, which does not exist"
        );
        assert!(body.len() > 40, "the section about {name} says nothing");
    }
}

#[test]
fn every_error_kind_has_a_section() {
    let kinds = every!(ErrorKind: AlreadyRunning DuplicateId InvalidArguments InvalidConfig
        InvalidDocument InvalidTrigger JobFailed MaybeStored NoLongerKept NoRuntime NotData NotFinished NotFound
        NotKept NotRunning OtherType QueueFull ShutDown Spawn Store Timeout ValueTaken WouldDeadlock);
    assert_complete("A call returned an error", &kinds);
}

#[test]
fn every_skip_reason_has_a_section() {
    let reasons = every!(SkipReason: Misfire CatchUpWindow TooMany OutsideHours Coalesced Overlap
        Superseded BufferFull Paused ScheduleRemoved ScheduleChanged Shutdown AlreadyRan
        BackfillEnded);
    assert_complete("A run was skipped or missed", &reasons);
}

#[test]
fn every_cancel_reason_has_a_section() {
    let reasons = every!(CancelReason: Requested Shutdown ScheduleRemoved Replaced Expired
        OutsideHours TimedOut);
    assert_complete("A job was cancelled", &reasons);
}

#[test]
fn every_failed_outcome_has_a_section() {
    let outcomes = every!(OutcomeKind: Succeeded Failed TimedOut Panicked Cancelled Lost);
    let failed: Vec<_> = outcomes
        .into_iter()
        .filter(|outcome| !["Succeeded", "Cancelled"].contains(outcome))
        .collect();
    assert_complete("A job did not succeed", &failed);
}
