//! Every method, and how it is called.

use std::{convert::Infallible, fmt::Debug, future::IntoFuture, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Blocking, Event, EventFilter, Job, Result, SchedulerExt, Shutdown,
    export::ScheduleDocument,
    job::{CancelMode, Retry, ValuedJob},
    lifecycle::FirstState,
    registry::TaskRegistry,
    schedule::{Conflict, ResumeFrom, ScheduleChange},
    scope::JobScope,
    trigger::Once,
};

use super::stand::{HOUR, Stand, days, half_past, page, range, unknown_job};
use crate::cases::table::poll_once;

/// A method, and one way to call it.
pub(super) struct Row {
    /// The type or trait and the method, and how it is called if there are several ways.
    pub(super) method: &'static str,
    pub(super) kind: Kind,
    pub(super) call: fn(&Stand) -> String,
}

/// The needs and effects of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Changes nothing that another row reads.
    Reads,
    /// As [`Reads`](Self::Reads), by a handle that outlives the scheduler.
    Outlives,
    /// Changes the scheduler, so it needs one of its own.
    Changes,
    /// As [`Changes`](Self::Changes), by a handle that outlives the scheduler.
    ChangesByHandle,
    /// Blocks the thread, except where that is refused.
    Blocks,
}

fn of<T>(result: Result<T>) -> String {
    result.map_or_else(|error| format!("{:?}", error.kind()), |_| "ok".to_owned())
}

fn shown(value: impl Debug) -> String {
    format!("{value:?}")
}

fn found<T>(value: impl IntoIterator<Item = T>) -> String {
    if value.into_iter().next().is_some() {
        "some"
    } else {
        "none"
    }
    .to_owned()
}

fn count<T>(list: &[T]) -> String {
    list.len().to_string()
}

/// Polls the call once.
fn poll<T>(call: impl IntoFuture<Output = Result<T>>) -> String {
    poll_once(call.into_future()).map_or_else(|| "waits".to_owned(), of)
}

fn job() -> Job {
    Job::new(|_| async {}).after(HOUR)
}

fn valued() -> ValuedJob<u8> {
    ValuedJob::future(async { Ok::<_, Infallible>(7) }).with(|job| job.after(HOUR))
}

fn new() -> scheduler_core::Schedule {
    half_past().id("new")
}

const NOW: CancelMode = CancelMode::Immediate;
const EPOCH: DateTime<Utc> = DateTime::UNIX_EPOCH;
const GRACEFUL: Shutdown = Shutdown::graceful();

macro_rules! rows {
    ($($kind:ident $method:literal $call:expr;)*) => {
        pub(super) const ROWS: &[Row] = &[$(
            Row { method: $method, kind: Kind::$kind, call: $call },
        )*];
    };
}

rows! {
    Reads "Scheduler::backend" |it| found(it.on().backend().chars().next());
    Reads "Scheduler::state" |it| shown(it.on().state());
    Reads "Scheduler::metrics" |it| shown(it.on().metrics().delayed);
    Changes "Scheduler::start" |it| poll(it.on().start());
    Changes "Scheduler::start_in" |it| poll(it.on().start_in(FirstState::Paused));
    Changes "Scheduler::start_paused" |it| poll(it.on().start_paused());
    Changes "Scheduler::pause" |it| of(it.on().pause());
    Changes "Scheduler::resume" |it| of(it.on().resume());
    Changes "Scheduler::shutdown" |it| poll(it.on().shutdown(GRACEFUL));
    Changes "Scheduler::request_shutdown" |it| of(it.on().request_shutdown(GRACEFUL));
    Reads "Scheduler::stopped" |it| poll(it.on().stopped());
    Reads "Scheduler::wait_idle" |it| poll(it.on().wait_idle());
    Reads "Scheduler::watch_failures" |it| { drop(it.on().watch_failures()); "ok".to_owned() };
    Reads "Scheduler::sleep" |it| found(poll_once(it.on().sleep(HOUR)));
    Changes "Scheduler::submit" |it| poll(it.on().submit(job()));
    Changes "Scheduler::try_submit" |it| of(it.on().try_submit(job()));
    Changes "Scheduler::post" |it| of(it.on().post(job()));
    Changes "Scheduler::cancel, by id" |it| shown(it.on().cancel(it.job.id(), NOW));
    Reads "Scheduler::cancel, unknown id" |it| shown(it.on().cancel(unknown_job(), NOW));
    Reads "Scheduler::handle" |it| found(it.on().handle(it.job.id()));
    Reads "Scheduler::handle, unknown id" |it| found(it.on().handle(unknown_job()));
    Changes "Scheduler::handle, and cancel" |it| {
        let handle = it.on().handle(it.job.id());
        handle.map_or_else(|| "none".to_owned(), |job| shown(job.cancel(NOW)))
    };
    Reads "Scheduler::result" |it| of(it.on().result(it.job.id()));
    Reads "Scheduler::result, unknown id" |it| of(it.on().result(unknown_job()));
    Reads "Scheduler::jobs" |it| found(it.on().jobs().iter().find(|job| job.id == it.job.id()));
    Changes "Scheduler::add_all" |it| of(it.on().add_all(vec![new()]));
    Reads "Scheduler::add_all, an existing id" |it| {
        of(it.on().add_all(vec![new(), half_past().id("known")]))
    };
    Reads "Scheduler::schedule" |it| it.on().schedule(&"known".into()).id().to_string();
    Reads "Scheduler::schedule_control" |it| of(it.on().schedule_control().info(&"known".into()));
    Reads "Scheduler::queue" |it| it.on().queue("default").name().to_owned();
    Reads "Scheduler::durable" |it| found(it.on().durable());
    Reads "Scheduler::queue_control" |it| count(&it.on().queue_control().list());
    Reads "Scheduler::queues" |it| count(&it.on().queues());
    Reads "Scheduler::schedules" |it| count(&it.on().schedules());
    Reads "Scheduler::backfills" |it| count(&it.on().backfills());
    Reads "Scheduler::subscribe" |it| {
        let mut stream = it.on().subscribe(EventFilter::jobs());
        found(stream.try_next())
    };
    Reads "Scheduler::add_listener" |it| {
        let id = it.on().add_listener(EventFilter::jobs(), Arc::new(|_: &Event| ()));
        shown(it.on().remove_listener(id))
    };
    Changes "Scheduler::remove_listener" |it| {
        shown((it.on().remove_listener(it.listener), it.on().remove_listener(it.listener)))
    };
    Changes "SchedulerExt::spawn" |it| of(it.on().spawn(async {}));
    Changes "SchedulerExt::spawn_value" |it| of(it.on().spawn_value(async { 7 }));
    Changes "SchedulerExt::spawn_with" |it| of(it.on().spawn_with(|job| job.after(HOUR), async {}));
    Changes "SchedulerExt::spawn_unlimited" |it| of(it.on().spawn_unlimited(async {}));
    Changes "SchedulerExt::spawn_retrying" |it| {
        of(it.on().spawn_retrying(Retry::fixed(2, HOUR), |_| async {}))
    };
    Changes "SchedulerExt::spawn_blocking" |it| of(it.on().spawn_blocking(|_| ()));
    Changes "SchedulerExt::spawn_blocking_value" |it| of(it.on().spawn_blocking_value(|_| 7));
    Changes "SchedulerExt::submit_valued" |it| poll(it.on().submit_valued(valued()));
    Changes "SchedulerExt::try_submit_valued" |it| of(it.on().try_submit_valued(valued()));
    Reads "SchedulerExt::job" |it| found(it.on().job(it.job.id()));
    Reads "SchedulerExt::job, unknown id" |it| found(it.on().job(unknown_job()));
    Changes "SchedulerExt::add" |it| of(it.on().add(new()));
    Reads "SchedulerExt::add, an existing id" |it| of(it.on().add(half_past().id("known")));
    Changes "SchedulerExt::schedule_fn" |it| {
        of(it.on().schedule_fn(Once::after(HOUR), |_| async {}))
    };
    Reads "SchedulerExt::schedules_where" |it| count(&it.on().schedules_where(|_| true));
    Reads "SchedulerExt::schedules_tagged" |it| count(&it.on().schedules_tagged("tagged"));
    Changes "SchedulerExt::remove_tagged" |it| {
        it.on().remove_tagged("tagged").map_or_else(|error| shown(error.kind()), |all| count(&all))
    };
    Changes "SchedulerExt::remove_all" |it| {
        it.on().remove_all().map_or_else(|error| shown(error.kind()), |all| count(&all))
    };
    Reads "SchedulerExt::overview" |it| count(&it.on().overview().schedules);
    Reads "SchedulerExt::timetable" |it| {
        it.on().timetable(range(1, 8)).map_or_else(|error| shown(error.kind()), |all| shown(all.count()))
    };
    Reads "SchedulerExt::export_schedules" |it| of(it.on().export_schedules());
    Reads "SchedulerExt::export_what_can_be" |it| count(&it.on().export_what_can_be().left_out);
    Reads "SchedulerExt::import_schedules" |it| {
        let nothing = serde_json::from_str::<ScheduleDocument>(r#"{"version":1,"schedules":[]}"#);
        let nothing = nothing.expect("a document");
        of(it.on().import_schedules(&nothing, &TaskRegistry::new(), Conflict::Refuse))
    };
    Changes "SchedulerExt::wait_and_close" |it| poll(it.on().wait_and_close(HOUR, GRACEFUL));
    Changes "SchedulerExt::run_scoped" |it| poll(it.on().run_scoped(HOUR, async {}));
    Blocks "Blocking::start" |it| of(Blocking::new(it.on().clone()).start());
    Blocks "Blocking::start_paused" |it| of(Blocking::new(it.on().clone()).start_paused());
    Blocks "Blocking::shutdown" |it| of(Blocking::new(it.on().clone()).shutdown(GRACEFUL));
    Blocks "Blocking::stopped" |it| of(Blocking::new(it.on().clone()).stopped());
    Blocks "Blocking::wait_idle" |it| of(Blocking::new(it.on().clone()).wait_idle());
    Blocks "Blocking::wait_and_close" |it| {
        of(Blocking::new(it.on().clone()).wait_and_close(HOUR, GRACEFUL))
    };
    Blocks "Blocking::run_scoped" |it| of(Blocking::new(it.on().clone()).run_scoped(HOUR, || ()));
    Blocks "Blocking::submit" |it| of(Blocking::new(it.on().clone()).submit(job()));
    Blocks "Blocking::submit_valued" |it| {
        of(Blocking::new(it.on().clone()).submit_valued(valued()))
    };
    Reads "Blocking::into_inner" |it| shown(Blocking::new(it.on().clone()).into_inner().state());
    Outlives "JobHandle::id" |it| shown(it.job.id() == unknown_job());
    Outlives "JobHandle::name" |it| found(it.job.name());
    Outlives "JobHandle::status" |it| shown(it.job.status());
    Outlives "JobHandle::info" |it| found(it.job.info());
    Outlives "JobHandle::progress" |it| found(it.job.progress());
    Outlives "JobHandle::outcome" |it| found(it.job.outcome());
    Outlives "JobHandle::wait" |it| poll(it.job.wait());
    Outlives "JobHandle::wait_timeout" |it| poll(it.job.wait_timeout(HOUR));
    Outlives "JobHandle::wait_or_cancel" |it| poll(it.job.wait_or_cancel(HOUR, NOW));
    Outlives "JobHandle::into_future" |it| poll(it.job.clone());
    Outlives "JobHandle::erase" |it| shown(it.job.clone().erase().id() == it.job.id());
    ChangesByHandle "JobHandle::cancel" |it| shown((it.job.cancel(NOW), it.job.cancel(NOW)));
    ChangesByHandle "JobHandle::close" |it| poll(it.job.close(HOUR, NOW));
    Blocks "JobHandle::wait_blocking" |it| of(it.job.wait_blocking());
    Blocks "JobHandle::join_blocking" |it| of(it.job.clone().join_blocking());
    Outlives "ScheduleHandle::id" |it| it.schedule.id().to_string();
    Outlives "ScheduleHandle::info" |it| of(it.schedule.info());
    Reads "ScheduleHandle::info, unknown id" |it| of(it.unknown().info());
    Outlives "ScheduleHandle::next_times" |it| {
        let times = it.schedule.next_times(7);
        times.map_or_else(|error| shown(error.kind()), |times| count(&times))
    };
    Reads "ScheduleHandle::next_times, unknown id" |it| of(it.unknown().next_times(1));
    Outlives "ScheduleHandle::history" |it| of(it.schedule.history());
    Reads "ScheduleHandle::history, unknown id" |it| of(it.unknown().history());
    Outlives "ScheduleHandle::history_page" |it| of(it.schedule.history_page(&page(1)));
    Outlives "ScheduleHandle::history_page, invalid" |it| of(it.schedule.history_page(&page(0)));
    Reads "ScheduleHandle::history_page, unknown id" |it| of(it.unknown().history_page(&page(1)));
    Outlives "ScheduleHandle::explain" |it| of(it.schedule.explain(EPOCH));
    Reads "ScheduleHandle::explain, unknown id" |it| of(it.unknown().explain(EPOCH));
    Outlives "ScheduleHandle::backfill_times" |it| {
        let times = it.schedule.backfill_times(&days(1, 8));
        times.map_or_else(|error| shown(error.kind()), |times| shown(times.count()))
    };
    Reads "ScheduleHandle::backfill_times, unknown id" |it| {
        of(it.unknown().backfill_times(&days(1, 8)))
    };
    ChangesByHandle "ScheduleHandle::update" |it| {
        of(it.schedule.update(ScheduleChange::new().name("renamed")))
    };
    Reads "ScheduleHandle::update, unknown id" |it| of(it.unknown().update(ScheduleChange::new()));
    ChangesByHandle "ScheduleHandle::reschedule" |it| {
        of(it.schedule.reschedule(Once::after(Duration::from_secs(60))))
    };
    Reads "ScheduleHandle::reschedule, unknown id" |it| {
        of(it.unknown().reschedule(Once::after(HOUR)))
    };
    ChangesByHandle "ScheduleHandle::pause" |it| of(it.schedule.pause("maintenance"));
    Reads "ScheduleHandle::pause, unknown id" |it| of(it.unknown().pause("maintenance"));
    ChangesByHandle "ScheduleHandle::resume" |it| of(it.schedule.resume(ResumeFrom::Now));
    Reads "ScheduleHandle::resume, unknown id" |it| of(it.unknown().resume(ResumeFrom::Now));
    ChangesByHandle "ScheduleHandle::remove" |it| {
        of(it.schedule.remove()) + ", " + &of(it.schedule.remove())
    };
    Reads "ScheduleHandle::remove, unknown id" |it| of(it.unknown().remove());
    ChangesByHandle "ScheduleHandle::run_now" |it| of(it.schedule.run_now());
    Reads "ScheduleHandle::run_now, unknown id" |it| of(it.unknown().run_now());
    ChangesByHandle "ScheduleHandle::backfill" |it| of(it.schedule.backfill(days(1, 2)));
    Reads "ScheduleHandle::backfill, unknown id" |it| of(it.unknown().backfill(days(1, 2)));
    Outlives "QueueHandle::name" |it| it.queue.name().to_owned();
    Outlives "QueueHandle::info" |it| of(it.queue.info());
    Reads "QueueHandle::info, unknown name" |it| of(it.on().queue("unknown").info());
    ChangesByHandle "QueueHandle::pause" |it| of(it.queue.pause("why"));
    Reads "QueueHandle::pause, unknown name" |it| of(it.on().queue("unknown").pause("why"));
    ChangesByHandle "QueueHandle::resume" |it| of(it.queue.resume());
    Outlives "BackfillHandle::id" |it| found(it.backfill.as_ref().map(|one| one.id()));
    Outlives "BackfillHandle::schedule" |it| {
        let id = it.backfill.as_ref().map(|one| one.schedule().to_string());
        id.unwrap_or_else(|| "none".to_owned())
    };
    Outlives "BackfillHandle::report" |it| {
        let end = it.backfill.as_ref().map(|one| shown(one.report().end));
        end.unwrap_or_else(|| "none".to_owned())
    };
    Outlives "BackfillHandle::is_finished" |it| {
        let end = it.backfill.as_ref().map(|one| shown(one.is_finished()));
        end.unwrap_or_else(|| "none".to_owned())
    };
    Outlives "BackfillHandle::wait" |it| {
        let wait = it.backfill.as_ref().map(|one| poll(one.wait()));
        wait.unwrap_or_else(|| "none".to_owned())
    };
    Outlives "BackfillHandle::wait_timeout" |it| {
        let wait = it.backfill.as_ref().map(|one| poll(one.wait_timeout(HOUR)));
        wait.unwrap_or_else(|| "none".to_owned())
    };
    ChangesByHandle "BackfillHandle::stop" |it| {
        it.backfill.iter().for_each(|one| one.stop());
        let end = it.backfill.as_ref().map(|one| shown(one.report().end));
        end.unwrap_or_else(|| "none".to_owned())
    };
    ChangesByHandle "BackfillHandle::cancel" |it| {
        it.backfill.iter().for_each(|one| one.cancel(NOW));
        let end = it.backfill.as_ref().map(|one| shown(one.report().end));
        end.unwrap_or_else(|| "none".to_owned())
    };
    Blocks "BackfillHandle::wait_blocking" |it| {
        let wait = it.backfill.as_ref().map(|one| of(one.wait_blocking()));
        wait.unwrap_or_else(|| "none".to_owned())
    };
    Changes "EventStream::next" |it| found(poll_once(it.stream().next()).flatten());
    Changes "EventStream::try_next" |it| found(it.stream().try_next());
    Outlives "EventStream::is_empty" |it| shown(it.stream().is_empty());
    Reads "JobScope::new" |it| shown(JobScope::new(it.on().clone()).scheduler().state());
    Reads "JobScope::scheduler" |it| shown(JobScope::new(it.on().clone()).scheduler().state());
    Changes "JobScope::spawn" |it| of(JobScope::new(it.on().clone()).spawn(async {}));
    Changes "JobScope::spawn_value" |it| of(JobScope::new(it.on().clone()).spawn_value(async { 7 }));
    Changes "JobScope::submit" |it| poll(JobScope::new(it.on().clone()).submit(job()));
    Changes "JobScope::try_submit" |it| of(JobScope::new(it.on().clone()).try_submit(job()));
    Changes "JobScope::submit_valued" |it| {
        poll(JobScope::new(it.on().clone()).submit_valued(valued()))
    };
    Changes "JobScope::try_submit_valued" |it| {
        of(JobScope::new(it.on().clone()).try_submit_valued(valued()))
    };
    Changes "JobScope::post" |it| of(JobScope::new(it.on().clone()).post(job()));
    Changes "JobScope::cancel" |it| {
        let scope = JobScope::new(it.on().clone());
        let job = scope.try_submit(job());
        scope.cancel(NOW);
        job.map_or_else(|error| shown(error.kind()), |job| shown(job.status()))
    };
    Changes "JobScope::drain" |it| {
        let scope = JobScope::new(it.on().clone());
        let job = scope.try_submit(job());
        of(job) + ", " + &poll(scope.drain())
    };
    Changes "JobScope::drain_within" |it| {
        let scope = JobScope::new(it.on().clone());
        let job = scope.try_submit(job());
        of(job) + ", " + &poll(scope.drain_within(HOUR, NOW))
    };
}
