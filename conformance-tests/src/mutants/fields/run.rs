//! Tests the suite with the flaws of fields: a case must detect each of them.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{Options, Result, Runtime, Scheduler};

use super::{
    flaw::{Flaw, Source, all},
    known::{KNOWN, reason},
    teller::Teller,
};
use crate::{
    Backend, CASES, Case, Harness, Status, limits,
    mutants::{
        run::{AT_A_TIME, PATIENCE, is_noticed},
        twist::{Scene, twisted},
    },
    run_case,
};

/// The results of all flaws of fields.
#[derive(Debug)]
#[non_exhaustive]
pub struct FieldFlaws {
    /// The flaws that a case has detected, each with the case.
    pub noticed: Vec<(String, &'static str)>,
    /// The flaws that no case has detected.
    pub unnoticed: Vec<String>,
}

impl FieldFlaws {
    /// Describes each undetected flaw without a listed reason. A case may detect a listed one by
    /// chance.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        let unknown = self.unnoticed.iter().filter(|flaw| reason(flaw).is_none());
        let complaint = |flaw| format!("no case notices the flaw `{flaw}`");
        unknown.map(complaint).collect()
    }

    /// Formats the flaws that no case can detect, as a section of a Markdown document.
    #[must_use]
    pub fn section(&self) -> String {
        let row = |(flaw, reason): &(&str, &str)| format!("| {flaw} | {reason} |\n");
        KNOWN
            .iter()
            .map(row)
            .fold(HEAD.to_owned(), |text, row| text + &row)
    }
}

const HEAD: &str = "
## Flaws of fields

Each field of each returned value and event is wrong in each of its ways, one at a time: a constant, zero, one
more, missing, out of order. These flaws are made from the types and have no numbers. The cases that read
the value notice all of them but these:

| flaw | reason |
|---|---|
";

/// A sound backend whose returned values a [`Teller`] may falsify.
struct Telling {
    sound: Arc<dyn Backend>,
    teller: Teller,
}

impl Backend for Telling {
    fn name(&self) -> String {
        self.sound.name()
    }

    fn harness(&self) -> Harness {
        self.sound.harness()
    }

    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        let inner = self.sound.scheduler(runtime.clone(), options)?;
        Ok(twisted(Scene { inner, runtime }, self.teller.clone()))
    }

    fn stops_with_its_guard(&self) -> bool {
        self.sound.stops_with_its_guard()
    }
}

/// A case that passes without a flaw, and the values and events that it reads.
struct Reading {
    case: &'static Case,
    reads: BTreeSet<Source>,
    took: Duration,
}

/// Runs every flaw of a field on `sound` against the cases that read the value, the fastest
/// first, until one detects it. Cases that need a process of their own are left out.
#[must_use]
pub fn put_fields_to_the_test(sound: &Arc<dyn Backend>) -> FieldFlaws {
    limits::shorten(PATIENCE);
    let cases: Vec<_> = CASES.iter().filter(|case| !case.isolated).collect();
    let mut readings: Vec<_> = side_by_side(&cases, |case| reading(case, sound));
    // The transcripts detect nearly all of these flaws, so they run first.
    let order = |reading: &Reading| (!reading.case.rule.starts_with("RD-"), reading.took);
    readings.sort_by_key(|reading| reading.as_ref().map(order));
    let readings: Vec<_> = readings.into_iter().flatten().collect();
    let flaws: Vec<_> = all().into_iter().map(Arc::new).collect();
    let first = side_by_side(&flaws, |flaw| notice(flaw, &readings, sound));
    limits::shorten(Duration::ZERO);
    let mut results = FieldFlaws {
        noticed: Vec::new(),
        unnoticed: Vec::new(),
    };
    for (flaw, noticed) in flaws.iter().zip(first) {
        let name = flaw.name.clone();
        match noticed {
            Some(case) => results.noticed.push((name, case)),
            None => results.unnoticed.push(name),
        }
    }
    results
}

/// Calls the function for each item, on several threads, and returns the results in the order of
/// the items.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let items = numbers.map_while(|number| Some((number, items.get(number)?)));
        items.map(|(number, item)| (number, work(item))).collect()
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(take)).collect();
        let results = workers.into_iter().map(|worker| worker.join());
        let results =
            results.flat_map(|results: thread::Result<Vec<_>>| results.unwrap_or_default());
        results.collect()
    });
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

fn run(case: &Case, sound: &Arc<dyn Backend>, teller: &Teller) -> Status {
    let telling: Arc<dyn Backend> = Arc::new(Telling {
        sound: sound.clone(),
        teller: teller.clone(),
    });
    run_case(*case, &telling)
}

/// Runs the case without a flaw. Returns the values and events that it reads, if it passes.
fn reading(case: &'static Case, sound: &Arc<dyn Backend>) -> Option<Reading> {
    let (teller, begun) = (Teller::default(), Instant::now());
    let status = run(case, sound, &teller);
    let took = begun.elapsed();
    let reads = teller.has_read();
    (status == Status::Pass).then_some(Reading { case, reads, took })
}

/// Returns the first case that detects the flaw.
fn notice(
    flaw: &Arc<Flaw>,
    readings: &[Reading],
    sound: &Arc<dyn Backend>,
) -> Option<&'static str> {
    let reading = readings
        .iter()
        .filter(|reading| reading.reads.contains(&flaw.source));
    let mut noticing = reading.filter(|reading| {
        let teller = Teller::wrong_in(flaw.clone());
        is_noticed(&run(reading.case, sound, &teller))
    });
    noticing.next().map(|reading| reading.case.name)
}
