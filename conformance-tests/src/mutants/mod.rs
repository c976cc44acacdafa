//! Mutants: backends with one deliberate flaw each. The cases of the rules that a mutant breaks must
//! detect it, which tests the suite itself.
//!
//! A mutant wraps a sound backend in a decorator of its scheduler, of its settings, or of its
//! runtime.

mod backfills;
mod begins;
mod by_hand;
mod combinations;
mod drops;
mod ends;
mod fields;
mod flawed;
mod forge;
mod given_up;
mod handle;
mod handlers;
mod jobs;
mod kept;
mod last_runs;
mod latecomers;
mod listeners;
mod policies;
mod queues;
mod remembers;
mod run;
mod runtimes;
mod schedule_handles;
mod schedule_history;
mod schedule_settings;
mod schedules;
mod sleeps;
mod spawned;
mod spawns;
mod starts;
mod table;
mod timers;
mod triggers;
mod twist;
mod waiting;
mod wakers;

use std::sync::Arc;

use scheduler_core::{Options, Result, Runtime, Scheduler};

pub(crate) use self::run::{is_unproven, mutants_of};
use self::twist::Scene;
pub use self::{
    fields::{FieldFlaws, put_fields_to_the_test},
    run::{
        Kill, kill_table, put_numbers_to_the_test, put_some_to_the_test, put_to_the_test,
        survivors, unproven,
    },
    table::MUTANTS,
};
use crate::{Backend, Harness};

/// A backend with one flaw.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Mutant {
    /// Permanent number of the mutant.
    pub id: u16,
    /// Description of the flaw.
    pub flaw: &'static str,
    /// The rules whose cases must detect it.
    pub rules: &'static [&'static str],
    place: Place,
}

/// The place of the flaw.
#[derive(Clone, Copy)]
enum Place {
    /// The calls of the scheduler.
    Calls(fn(Scene) -> Arc<dyn Scheduler>),
    /// The calls of the scheduler, on a runtime that marks the threads that poll its tasks.
    Marked(fn(Scene) -> Arc<dyn Scheduler>),
    /// The settings with which the scheduler is built.
    Settings(fn(Options) -> Options),
    /// Between the scheduler and its runtime, in virtual time as well.
    Between(fn(Arc<dyn Runtime>) -> Arc<dyn Runtime>),
    /// The runtime itself.
    Runtime(fn(Arc<dyn Runtime>) -> Arc<dyn Runtime>),
}

impl std::fmt::Debug for Mutant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "mutant {:02}: {}", self.id, self.flaw)
    }
}

impl Mutant {
    /// Wraps the backend `sound` to make this mutant.
    #[must_use]
    pub fn of(self, sound: Arc<dyn Backend>) -> Arc<dyn Backend> {
        Arc::new(Broken {
            sound,
            mutant: self,
        })
    }
}

struct Broken {
    sound: Arc<dyn Backend>,
    mutant: Mutant,
}

impl Backend for Broken {
    fn name(&self) -> String {
        format!("{}-mutant-{:02}", self.sound.name(), self.mutant.id)
    }

    fn harness(&self) -> Harness {
        let Harness { runtime, guard } = self.sound.harness();
        let runtime = match self.mutant.place {
            Place::Runtime(break_it) => break_it(runtime),
            Place::Marked(_) => drops::marking(runtime),
            _ => runtime,
        };
        Harness { runtime, guard }
    }

    fn scheduler(&self, runtime: Arc<dyn Runtime>, options: Options) -> Result<Arc<dyn Scheduler>> {
        match self.mutant.place {
            Place::Calls(break_it) | Place::Marked(break_it) => {
                let inner = self.sound.scheduler(runtime.clone(), options)?;
                Ok(break_it(Scene { inner, runtime }))
            }
            Place::Settings(break_it) => self.sound.scheduler(runtime, break_it(options)),
            Place::Between(break_it) => self.sound.scheduler(break_it(runtime), options),
            Place::Runtime(_) => self.sound.scheduler(runtime, options),
        }
    }

    fn stops_with_its_guard(&self) -> bool {
        self.sound.stops_with_its_guard()
    }
}
