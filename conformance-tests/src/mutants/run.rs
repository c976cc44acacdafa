//! The test of the suite: runs every mutant against the cases that must detect it.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{MUTANTS, Mutant};
use crate::{
    Backend, CASES, Filter, Level, Rule, Status,
    isolated::{self, is_isolated},
    limits, rules, run_case,
};

/// How long a case may wait on a broken backend.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// The results of one rule's cases on one mutant.
#[derive(Debug)]
#[non_exhaustive]
pub struct Kill {
    /// The mutant.
    pub mutant: &'static Mutant,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// The cases of the rule that detected the mutant, each with its status: failed or vacuous.
    pub noticed: Vec<(&'static str, Status)>,
}

impl Kill {
    /// Repeats the cases with the time limits of a sound backend. On a busy machine, a case may
    /// exceed the short limits used for broken backends, which says nothing about the mutant.
    #[must_use]
    pub fn unhurried(&self, sound: &Arc<dyn Backend>) -> Self {
        against(self.mutant, self.rule, &self.mutant.of(sound.clone()))
    }

    /// Returns the row of the kill table, without a line end.
    #[must_use]
    pub fn line(&self) -> String {
        let cases: Vec<_> = self.noticed.iter().map(by_name).collect();
        let (id, flaw) = (self.mutant.id, self.mutant.flaw);
        let cases = cases.join(", ");
        format!("| {id:02} | {flaw} | {} | {cases} |", self.rule)
    }
}

/// Returns the pairs of mutant and rule that no case has detected.
pub fn survivors(kills: &[Kill]) -> impl Iterator<Item = &Kill> {
    kills.iter().filter(|kill| kill.noticed.is_empty())
}

/// Runs every mutant of `sound` against the cases that must detect it. Several run at a time, because
/// they mostly wait for something that never happens.
///
/// Cases that need a process of their own start this program again with the same arguments. The
/// program must then reach the same call.
#[must_use]
pub fn put_to_the_test(sound: &Arc<dyn Backend>) -> Vec<Kill> {
    put_some_to_the_test(sound, &Filter::all(), |_| ())
}

/// Runs the mutants only for the rules of which `filter` selects a case. Calls `told` with each
/// result as soon as it is known.
#[must_use]
pub fn put_some_to_the_test(
    sound: &Arc<dyn Backend>,
    filter: &Filter,
    told: impl Fn(&Kill) + Sync,
) -> Vec<Kill> {
    run(MUTANTS, sound, filter, told)
}

/// Runs the mutants with these numbers against the cases that must detect them. Numbers without a mutant have no
/// result.
#[must_use]
pub fn put_numbers_to_the_test(sound: &Arc<dyn Backend>, numbers: &[u16]) -> Vec<Kill> {
    let wanted = MUTANTS.iter().filter(|mutant| numbers.contains(&mutant.id));
    run(wanted, sound, &Filter::all(), |_| ())
}

fn run<'a>(
    mutants: impl IntoIterator<Item = &'static Mutant>,
    sound: &'a Arc<dyn Backend>,
    filter: &'a Filter,
    told: impl Fn(&Kill) + Sync,
) -> Vec<Kill> {
    if is_isolated() {
        serve(sound);
        return Vec::new();
    }
    limits::shorten(PATIENCE);
    let mutants: Vec<_> = mutants.into_iter().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = std::iter::repeat_with(|| mutants.get(next.fetch_add(1, Ordering::Relaxed)));
        let taken = taken.map_while(|mutant| mutant.copied());
        let kills = taken.flat_map(|mutant| kills(mutant, sound, filter));
        kills.inspect(&told).collect()
    };
    let mut kills: Vec<Kill> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|kills: thread::Result<Vec<_>>| kills.unwrap_or_default())
            .collect()
    });
    limits::shorten(Duration::ZERO);
    kills.sort_by_key(|kill| kill.mutant.id);
    kills
}

/// How many mutants run at the same time.
pub(super) const AT_A_TIME: usize = 4;

fn kills<'a>(
    mutant: &'static Mutant,
    sound: &Arc<dyn Backend>,
    filter: &'a Filter,
) -> impl Iterator<Item = Kill> + 'a {
    let broken = mutant.of(sound.clone());
    let selects = |rule: &&str| {
        let mut cases = CASES.iter().filter(|case| case.rule == *rule);
        cases.any(|case| filter.selects(case))
    };
    let rules = mutant.rules.iter().copied().filter(selects);
    rules.map(move |rule| against(mutant, rule, &broken))
}

fn against(mutant: &'static Mutant, rule: &'static str, broken: &Arc<dyn Backend>) -> Kill {
    let cases = CASES.iter().filter(|case| case.rule == rule);
    let statuses = cases.map(|case| (case.name, run_case(*case, broken)));
    Kill {
        mutant,
        rule,
        noticed: statuses.filter(|(_, status)| is_noticed(status)).collect(),
    }
}

/// Returns whether the status counts as detecting the mutant. A vacuous case does: it did not pass.
pub(super) fn is_noticed(status: &Status) -> bool {
    status.is_failure() || matches!(status, Status::Vacuous(_))
}

fn serve(sound: &Arc<dyn Backend>) {
    isolated::serve_any(sound);
    for mutant in MUTANTS {
        isolated::serve_any(&mutant.of(sound.clone()));
    }
}

/// Formats which case detected which mutant, as a Markdown document.
#[must_use]
pub fn kill_table(kills: &[Kill]) -> String {
    let mut text = String::from(HEAD);
    for kill in kills {
        writeln!(text, "{}", kill.line()).expect("a string takes everything");
    }
    text
}

fn by_name((case, status): &(&'static str, Status)) -> String {
    match status {
        Status::Vacuous(_) => format!("{case} (vacuous)"),
        _ => (*case).to_owned(),
    }
}

const HEAD: &str = "\
<!-- Made by `cargo test --package conformance-tests --test self_test`. Do not edit. -->
# Who noticed which mutant

Each mutant is a sound backend with one flaw, and has to fail a case of each rule that it breaks. The
numbers up to 56 are those of the plan; what is missing there needs stores (46 to 53) or is a matter of
the core alone and cannot be broken by a backend (41). Where the plan names another rule, or two flaws
under one number, [decision 8](../adr/0008-where-the-suite-leaves-its-plan.md) says why it is not so here. A
case that is vacuous has not failed, and has not passed either: what it is about never came about.

| mutant | flaw | rule | noticed by |
|---|---|---|---|
";

/// Returns the mutants that break `rule`.
pub(crate) fn mutants_of(rule: &Rule) -> impl Iterator<Item = &'static Mutant> {
    MUTANTS
        .iter()
        .filter(|mutant| mutant.rules.contains(&rule.id))
}

/// Returns the required rules that a backend can break and no mutant breaks. Nothing proves that
/// their cases would detect a violation.
pub fn unproven() -> impl Iterator<Item = &'static Rule> {
    rules().filter(|rule| is_unproven(rule))
}

pub(crate) fn is_unproven(rule: &Rule) -> bool {
    let breakable = rule.untested.or(rule.unbreakable).is_none();
    rule.level == Level::Must && breakable && mutants_of(rule).next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_that_no_case_notices_survives() {
        let kill = |noticed| Kill {
            mutant: &MUTANTS[0],
            rule: "LC-002",
            noticed,
        };
        let kills = [kill(vec![("a_case", Status::Hang)]), kill(Vec::new())];
        assert_eq!(survivors(&kills[..1]).count(), 0);
        assert_eq!(survivors(&kills).count(), 1);
    }
}
