//! Exports the schedules of a scheduler, and imports those of a document.

use std::collections::BTreeSet;

use super::{
    ExportError, ImportError, ImportProblem, LeftOut, ScheduleDocument, VERSION, error::Problems,
    write,
};
use crate::{
    Conflict, Operation, Result, Schedule, ScheduleEnd, ScheduleId, ScheduleInfo, Scheduler,
    base::text::{BRIEF, brief},
    permit,
    registry::TaskRegistry,
    trigger::work,
};

/// The exported schedules, and those that cannot be exported.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use = "it also says what could not be written"]
pub struct Exported {
    /// The exported schedules.
    pub document: ScheduleDocument,
    /// The schedules that cannot be exported, with reasons.
    pub left_out: Vec<LeftOut>,
}

impl Exported {
    /// Returns the document, if it contains every schedule.
    ///
    /// ```
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let exported = scheduler.export_what_can_be();
    /// assert!(exported.complete()?.schedules.is_empty());
    ///
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// let refused = scheduler.export_what_can_be().complete().unwrap_err();
    /// assert!(refused.to_string().contains("daily"), "a closure is not data");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ExportError`], which names each schedule that is missing.
    pub fn complete(self) -> Result<ScheduleDocument, ExportError> {
        if self.left_out.is_empty() {
            Ok(self.document)
        } else {
            Err(ExportError::new(self.left_out))
        }
    }
}

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Imported {
    /// Ids of the schedules that were added.
    pub added: Vec<ScheduleId>,
    /// Ids of the schedules that replaced an existing one.
    pub replaced: Vec<ScheduleId>,
    /// Ids of the existing schedules that were kept.
    pub kept: Vec<ScheduleId>,
}

pub(crate) fn export(schedules: &[ScheduleInfo]) -> Exported {
    let (mut written, mut left_out) = (Vec::new(), Vec::new());
    // An ended schedule is not exported, because its instants would run again after an import.
    let is_over = |end| matches!(end, ScheduleEnd::Exhausted | ScheduleEnd::Faulted);
    let lasting = |schedule: &&ScheduleInfo| !schedule.ended.is_some_and(is_over);
    for schedule in schedules.iter().filter(lasting) {
        match write::schedule(schedule) {
            Ok(data) => written.push(data),
            Err(one) => left_out.push(one),
        }
    }
    Exported {
        document: ScheduleDocument {
            version: VERSION,
            schedules: written,
        },
        left_out,
    }
}

/// Adds all schedules of a document, or none.
pub(crate) fn import<S: Scheduler + ?Sized>(
    scheduler: &S,
    document: &ScheduleDocument,
    registry: &TaskRegistry,
    conflict: Conflict,
) -> Result<Imported> {
    permit(scheduler.state(), Operation::Add)?;
    let known = scheduler.schedules().into_iter().map(|known| known.id);
    let known: BTreeSet<ScheduleId> = known.collect();
    let schedules = build(document, registry, conflict, &known)?;
    let mut imported = Imported::default();
    for schedule in scheduler.add_all(schedules)? {
        let id = schedule.id().clone();
        match conflict {
            _ if !known.contains(&id) => imported.added.push(id),
            Conflict::Keep => imported.kept.push(id),
            _ => imported.replaced.push(id),
        }
    }
    Ok(imported)
}

pub(super) fn build(
    document: &ScheduleDocument,
    registry: &TaskRegistry,
    conflict: Conflict,
    known: &BTreeSet<ScheduleId>,
) -> Result<Vec<Schedule>, ImportError> {
    let (mut schedules, mut problems) = (Vec::new(), Problems::default());
    if document.version != VERSION {
        problems.add(|| ImportProblem::version(document.version));
    }
    let (mut seen, mut asked) = (BTreeSet::new(), 0);
    for (at, data) in document.schedules.iter().enumerate() {
        let (path, id) = (format!("schedules[{at}]"), brief(&data.id, BRIEF));
        let taken = conflict == Conflict::Refuse && known.contains(data.id.as_str());
        if !seen.insert(&data.id) {
            let problem = format!("the id {id:?} is that of an earlier schedule");
            problems.add(|| ImportProblem::new(format!("{path}.id"), problem));
        } else if taken {
            let problem = format!("a schedule with the id {id:?} exists already");
            problems.add(|| ImportProblem::new(format!("{path}.id"), problem));
        }
        let build = || data.build(registry, conflict, &path, &mut problems);
        schedules.extend(work::within_rest(work::DOCUMENT, &mut asked, build));
    }
    problems.unless(schedules)
}
