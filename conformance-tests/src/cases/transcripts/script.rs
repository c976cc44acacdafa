//! [`Script`]: records the values and events of a scheduler after each step.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use scheduler_core::{
    Event, EventFilter, EventKind, JobHandle, Options, Schedule, ScheduleHandle, Scheduler,
    SchedulerExt, Shutdown, ShutdownReport, State,
    backfill::{Backfill, BackfillHandle},
    job::{CancelStatus, JobInfo},
    schedule::{Decision, Explanation},
};

use super::lines::{described, fits, keep_stars, policies};
use crate::{Backend, World, cases::table::poll_once};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// A scheduler, and the transcript of its values and events.
///
/// Values are recorded as `Debug` text, which contains every field, including fields added later.
/// Job ids are replaced by numbers in the order of acceptance.
pub(super) struct Script {
    pub(super) world: World,
    heard: Arc<Mutex<Vec<Event>>>,
    backfills: Vec<BackfillHandle>,
    ids: Vec<(String, String)>,
    blocks: BTreeMap<&'static str, Vec<String>>,
    last: u64,
    text: String,
}

impl Script {
    pub(super) fn new(backend: &dyn Backend, options: Options) -> Self {
        Self::on(World::with(backend, options))
    }

    pub(super) fn on(world: World) -> Self {
        let heard = Arc::<Mutex<Vec<Event>>>::default();
        let list = heard.clone();
        let listener = move |event: &Event| {
            let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
            list.push(event.clone());
        };
        world
            .scheduler
            .add_listener(EventFilter::all(), Arc::new(listener));
        Self {
            world,
            heard,
            backfills: Vec::new(),
            ids: Vec::new(),
            blocks: BTreeMap::new(),
            last: 0,
            text: String::new(),
        }
    }

    pub(super) fn started(mut self) -> Self {
        self.step("start");
        self.world
            .run(self.world.scheduler.start())
            .expect("it starts");
        self.tell();
        self
    }

    /// Writes the name of a step to the transcript.
    pub(super) fn step(&mut self, name: &str) {
        self.write(format!("== {name}"));
    }

    /// Makes a call as a step, and writes its events and the changed values.
    pub(super) fn call<T>(&mut self, name: &str, call: impl FnOnce(&dyn Scheduler) -> T) -> T {
        self.step(name);
        let answer = self.world.call(call);
        self.tell();
        answer
    }

    pub(super) fn add(&mut self, name: &str, schedule: Schedule) -> ScheduleHandle {
        self.call(name, |it| it.add(schedule).expect("added"))
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.step(&format!("advance by {by:?}"));
        self.world.advance(by);
        self.tell();
    }

    /// Cancels a job in both ways, and writes the statuses.
    pub(super) fn cancel(
        &mut self,
        name: &str,
        cancel: impl FnOnce(&dyn Scheduler) -> CancelStatus,
    ) {
        let status = self.call(name, cancel);
        self.write(format!("{status:?}"));
    }

    /// Writes the outcome of a finished job. Checks that every call that returns an outcome returns
    /// this one.
    pub(super) fn outcome(&mut self, job: &JobHandle) {
        let waited = self.world.run(job.wait()).expect("the job ends");
        let outcome = format!("{waited:?}");
        let kept = job.outcome().map(|outcome| format!("{outcome:?}"));
        assert_eq!(kept.as_ref(), Some(&outcome));
        self.write(format!("{:?} {:?}: {outcome}", job.id(), job.status()));
    }

    /// Lets the job end while three callers wait for it. Checks that all of them receive its
    /// outcome.
    pub(super) fn await_thrice(&mut self, job: &JobHandle) {
        self.step("three callers wait");
        let outcomes = self.world.run(async {
            let mut waits = [(); 3].map(|()| Box::pin(job.wait()));
            for wait in &mut waits {
                assert!(poll_once(wait.as_mut()).is_none(), "the job has not ended");
            }
            let mut outcomes = Vec::new();
            for wait in waits {
                outcomes.push(wait.await.expect("the job ends"));
            }
            outcomes
        });
        self.tell();
        for outcome in outcomes {
            self.write(format!("{outcome:?}"));
        }
    }

    /// Shuts down. Checks that every waiter receives the same report.
    pub(super) fn shut_down(&mut self, how: Shutdown) -> Arc<ShutdownReport> {
        self.step("shut down");
        let scheduler = self.world.scheduler.clone();
        let reports = self.world.run(async {
            let stopped = scheduler.stopped();
            let mut stopped = std::pin::pin!(stopped);
            // The second call joins the first, and the third waits beside them.
            assert!(poll_once(stopped.as_mut()).is_none());
            let first = scheduler.shutdown(how).await;
            [first, stopped.await]
        });
        let [first, second] = reports.map(|report| match report {
            Ok(report) | Err(scheduler_core::Error::Abandoned(report)) => report,
            Err(error) => panic!("{error:?}"),
        });
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
        self.write(format!("{first:?}"));
        self.tell();
        first
    }

    /// Writes the decisions about the schedule, and compares them with the explanations.
    pub(super) fn history(&mut self, schedule: &ScheduleHandle) {
        let history = schedule.history().expect("known");
        for decision in &history {
            let explained = schedule.explain(decision.span.to).expect("known");
            let latest = |known: &&Decision| known.span.contains(decision.span.to);
            let latest = history.iter().rev().find(latest).cloned();
            assert_eq!(Some(explained), latest.map(Explanation::Decided));
            self.write(format!("  {decision:?}"));
        }
    }

    /// Begins a backfill as a step. Its report is written after each step until it has finished.
    pub(super) fn backfill(
        &mut self,
        name: &str,
        of: &ScheduleHandle,
        what: Backfill,
    ) -> BackfillHandle {
        self.step(name);
        let backfill = self.world.call(|_| of.backfill(what)).expect("running");
        self.backfills.push(backfill.clone());
        self.tell();
        backfill
    }

    /// Writes the events since the last step, and every value that differs.
    pub(super) fn tell(&mut self) {
        // Listeners are called from the start on.
        let events = match self.world.state() {
            State::New => Vec::new(),
            _ => self.world.events(),
        };
        self.compare_with_listener(&events);
        for event in &events {
            self.name_ids(event);
            self.write(format!("{} {:?}", event.at.format("%T%.3f"), event.kind));
        }
        self.tell_jobs();
        self.tell_schedules();
        self.tell_backfills();
        let metrics = self.world.call(|it| it.metrics());
        self.write_block("metrics", vec![format!("{metrics:?}")]);
        let state = self.world.state();
        self.write_block("state", vec![format!("{state:?}")]);
    }

    /// Writes the lines if they differ from those of the last step.
    fn write_block(&mut self, name: &'static str, lines: Vec<String>) {
        if self.blocks.get(name).is_some_and(|last| *last == lines) {
            return;
        }
        if lines.is_empty() {
            self.write(format!("no {name}"));
        }
        lines.iter().for_each(|line| self.write(line));
        self.blocks.insert(name, lines);
    }

    /// Checks that the listener received the same events, in increasing order of their numbers.
    fn compare_with_listener(&mut self, events: &[Event]) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = std::mem::take(&mut *heard);
        assert_eq!(format!("{events:?}"), format!("{heard:?}"));
        for event in events {
            assert!(event.seq > self.last, "{event:?} after {}", self.last);
            self.last = event.seq;
        }
    }

    fn name_ids(&mut self, event: &Event) {
        let (id, name) = match &event.kind {
            EventKind::JobScheduled { job, .. } => (format!("{job:?}"), "job"),
            EventKind::BackfillStarted { backfill, .. } => (format!("{backfill:?}"), "backfill"),
            _ => return,
        };
        let number = self.ids.iter().filter(|(_, known)| known.starts_with(name));
        let name = format!("{name} {}", number.count() + 1);
        self.ids.push((id, name));
    }

    fn tell_jobs(&mut self) {
        let jobs = self.world.call(|it| it.jobs());
        for job in &jobs {
            self.compare_with_handle(job);
        }
        // `jobs()` promises no order.
        let mut lines: Vec<_> = jobs.iter().map(|job| self.named(&described(job))).collect();
        lines.sort();
        self.write_block("jobs", lines);
    }

    /// Checks that every call that describes a job describes it alike.
    fn compare_with_handle(&self, job: &JobInfo) {
        let handle = self.world.call(|it| it.handle(job.id)).expect("listed");
        let info = handle.info().expect("listed");
        assert_eq!(format!("{info:?}"), format!("{job:?}"));
        let asked = (
            handle.id(),
            handle.name(),
            handle.status(),
            handle.progress(),
        );
        let told = (job.id, job.name.clone(), job.status, job.progress.clone());
        assert_eq!(asked, told);
        assert!(handle.outcome().is_none(), "{job:?}");
    }

    fn tell_schedules(&mut self) {
        let schedules = self.world.call(|it| it.schedules());
        let mut lines = Vec::new();
        for schedule in &schedules {
            let handle = self.world.call(|it| it.schedule(&schedule.id));
            let info = handle.info().expect("listed");
            assert_eq!(format!("{info:?}"), format!("{schedule:?}"));
            lines.extend(policies(schedule));
            let times = handle.next_times(7).expect("listed");
            lines.push(format!("  next {times:?}"));
        }
        self.write_block("schedules", lines);
    }

    fn tell_backfills(&mut self) {
        let listed = self.world.call(|it| it.backfills());
        let listed: Vec<_> = listed.iter().map(BackfillHandle::id).collect();
        let going = self.backfills.iter().filter(|one| !one.is_finished());
        assert_eq!(listed, going.map(BackfillHandle::id).collect::<Vec<_>>());
        let mut lines = Vec::new();
        for backfill in self.backfills.clone() {
            let report = backfill.report();
            if report.end.is_some() {
                let waited = self.world.run(backfill.wait()).expect("finished");
                assert_eq!(format!("{waited:?}"), format!("{report:?}"));
                self.backfills.retain(|one| one.id() != backfill.id());
            }
            let (id, schedule) = (backfill.id(), backfill.schedule());
            lines.push(format!("{id:?} of {schedule:?}: {report:?}"));
        }
        self.write_block("backfills", lines);
    }

    fn named(&self, line: &str) -> String {
        let replace = |line: String, (id, name): &(String, String)| line.replace(id, name);
        self.ids.iter().fold(line.to_owned(), replace)
    }

    pub(super) fn write(&mut self, line: impl AsRef<str>) {
        let line = self.named(line.as_ref());
        self.text.push_str(&line);
        self.text.push('\n');
    }

    /// Compares the transcript with the expected one, in which `*` stands for any text. Writes it
    /// to the directory that `CONFORMANCE_TRANSCRIPTS` names, if set.
    pub(super) fn compare(self, name: &str, wanted: &str) {
        if let Some(directory) = std::env::var_os("CONFORMANCE_TRANSCRIPTS") {
            let path = Path::new(&directory).join(name);
            let text = keep_stars(&self.text, wanted);
            fs::write(&path, text).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        }
        let (mut found, mut wanted) = (self.text.lines(), wanted.lines());
        let mut step = "";
        loop {
            let (found, wanted) = (found.next(), wanted.next());
            let fits = fits(found.unwrap_or("the end"), wanted.unwrap_or("the end"));
            assert!(fits, "after {step:?}\n found {found:?}\nwanted {wanted:?}");
            match found {
                Some(line) if line.starts_with("==") => step = line,
                Some(_) => {}
                None => return,
            }
        }
    }
}
