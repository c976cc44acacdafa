//! A run of crontabs: the scheduler, what observes it, and how it ends.

use std::sync::{Arc, OnceLock};

use scheduler_core::{Blocking, Options, Scheduler, failure::JobFailure};

use crate::{
    client,
    command::Runner,
    console::visible_path,
    control::{Control, Socket},
    crontab::Entry,
    http,
    installed::Installed,
    log::Log,
    notify::Notify,
    ping::Pings,
    process::Processes,
    report,
    run::{Arguments, Failed},
    runs::{self, Sink},
    scheduler,
    signals::{self, Orders, Requests},
    source::{Source, count},
    state::{Earlier, Keeper},
    watch::Watch,
};

/// Runs the entries until a shutdown. Returns whether all went well: no command was abandoned, and no entry failed
/// too often.
pub(crate) fn execute(
    arguments: &Arguments,
    source: Source,
    watch: Option<Watch>,
    entries: Vec<Entry>,
    log: &Log,
) -> Result<bool, Failed> {
    let signals = signals::register()?;
    let options = options(arguments, log);
    let scheduler = Blocking::new(scheduler::build(&arguments.backend, options)?);
    let runner = Arc::new(Runner {
        processes: Processes::supervise(log)?,
        log: log.clone(),
    });
    let entries_of = count(entries.len(), "entry");
    let (name, backend) = (source.name(), scheduler.backend());
    log.note(format_args!("{entries_of} of {name} on {backend}"));
    let mut installed = Installed::new(Arc::clone(&scheduler), Arc::clone(&runner));
    installed.install(entries, &earlier(arguments)?)?;
    let requests = Requests::new();
    let observers = Observers::start(arguments, &scheduler, &installed, &requests, log)?;
    scheduler.start()?;
    let notify = Notify::new(log)?;
    notify.ready();
    notify.feed(Arc::clone(&scheduler))?;
    let (scheduler_of_orders, log_of_reloads) = (Arc::clone(&scheduler), log.clone());
    let orders = Orders {
        scheduler: scheduler_of_orders,
        limit: arguments.limit,
        drain: arguments.drain,
        log: log.clone(),
        ending: observers.ending(notify, Arc::clone(&scheduler)),
        reload: Box::new(move |reason| reload(&source, &mut installed, reason, &log_of_reloads)),
    };
    orders.obey(signals, watch, requests)?;
    let report = scheduler.stopped()?;
    // The processes of dropped jobs are killed before this one ends.
    runner.processes.finish();
    let is_good = observers.finish();
    log.note(&report);
    Ok(report.abandoned.is_empty() && is_good)
}

/// Reads the state of an earlier run.
fn earlier(arguments: &Arguments) -> Result<Earlier, Failed> {
    let Some(path) = &arguments.state else {
        return Ok(Earlier::default());
    };
    let name = visible_path(path);
    let earlier = Earlier::load(path);
    Ok(earlier.map_err(|error| {
        format!("the state {name}: {error}; remove the file to start without it")
    })?)
}

/// The observers of the scheduler.
struct Observers {
    pings: Pings,
    socket: Option<Socket>,
    keeper: Option<Keeper>,
    /// Set when an entry has failed as often as `--fail-after` says.
    has_failed: Arc<OnceLock<()>>,
}

impl Observers {
    fn start(
        arguments: &Arguments,
        scheduler: &Arc<dyn Scheduler>,
        installed: &Installed,
        requests: &Requests,
        log: &Log,
    ) -> Result<Self, Failed> {
        let (known, tally) = (installed.known(), installed.tally());
        report::listen(&**scheduler, Arc::clone(&known), log);
        tally.listen(&**scheduler);
        let pings = Pings::new(Arc::clone(&known), log.clone());
        let has_failed = Arc::<OnceLock<()>>::default();
        let (order, failed) = (requests.requester(), Arc::clone(&has_failed));
        let (counts, limit) = (tally.clone(), arguments.fail_after);
        let count: Sink = Box::new(move |seen| {
            let failures = counts.see(seen);
            if limit.is_some_and(|limit| failures >= limit.get()) && failed.set(()).is_ok() {
                order.fail(seen.schedule, failures);
            }
        });
        let sender = pings.clone();
        let ping: Sink = Box::new(move |seen| sender.see(seen));
        runs::follow(&**scheduler, vec![count, ping]);
        let counts = tally.clone();
        let control = Control {
            scheduler: Arc::clone(scheduler),
            known,
            tally,
            log: log.clone(),
        };
        if let Some(address) = arguments.listen {
            http::listen(address, control.clone())?;
        }
        let path = arguments
            .socket
            .clone()
            .or_else(client::socket_of_environment);
        let socket = path.map(|path| Socket::open(&path, control)).transpose()?;
        let path = arguments.state.clone();
        let keeper = path.map(|path| Keeper::start(path, scheduler, counts, log));
        Ok(Self {
            pings,
            socket,
            keeper: keeper.transpose()?,
            has_failed,
        })
    }

    /// Returns what must happen before the shutdown is requested.
    fn ending(&self, notify: Notify, scheduler: Arc<dyn Scheduler>) -> Box<dyn Fn() + Send> {
        let keeper = self.keeper.clone();
        Box::new(move || {
            notify.stopping();
            keeper.iter().for_each(|keeper| keeper.write(&*scheduler));
        })
    }

    /// Writes the last counts, waits for pings, and removes the socket. Returns whether no entry failed too often.
    fn finish(self) -> bool {
        self.keeper.iter().for_each(Keeper::finish);
        self.pings.finish();
        drop(self.socket);
        self.has_failed.get().is_none()
    }
}

fn options(arguments: &Arguments, log: &Log) -> Options {
    let log = log.clone();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        report::failure(failure, &log);
    });
    arguments
        .queue
        .iter()
        .cloned()
        .fold(options, Options::queue)
}

/// Reads the crontab again. A bad one changes nothing.
fn reload(source: &Source, installed: &mut Installed, reason: &str, log: &Log) {
    let name = source.name();
    let stays = "the earlier entries stay";
    if source.has_input() {
        log.note(format_args!(
            "{reason}: standard input cannot be read again, {stays}"
        ));
        return;
    }
    let crontab = match source.read() {
        Ok(crontab) => crontab,
        Err(lines) => {
            lines.iter().for_each(|line| log.note(line));
            log.note(format_args!("{reason}: {name} was not reloaded, {stays}"));
            return;
        }
    };
    for line in crontab.warnings {
        log.note(line);
    }
    match installed.replace(crontab.entries) {
        Ok(changes) => log.note(format_args!("{reason}: {name} was reloaded: {changes}")),
        Err(error) => log.note(format_args!(
            "{reason}: {name} was not reloaded, {stays}: {error}"
        )),
    }
}
