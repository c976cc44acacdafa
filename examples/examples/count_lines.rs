//! A command-line tool without any `async`: counts the lines of files, with a progress bar. The
//! first Ctrl-C shuts down gracefully, the second one immediately.
//!
//! `cargo run --package scheduler-examples --example count_lines -- FILE...`

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs::File,
    io::{self, Read, Write},
    sync::Arc,
    thread,
    time::Duration,
};

use scheduler::{
    EventFilter, EventKind, ShutdownReport,
    event::{EventName, EventStream},
    implement::block_on,
    prelude::*,
};
use signal_hook::{consts::SIGINT, iterator::Signals};

const CHUNK: usize = 64 * 1024;

/// An input whose lines are counted.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) reader: Box<dyn Read + Send>,
}

/// The lines of one input, or the error.
pub(crate) type Counted = (String, scheduler::Result<u64>);

/// Counts the lines of all inputs, two at a time, and draws the progress on `bar`.
pub(crate) fn count(
    inputs: Vec<Input>,
    bar: impl Write + Send,
) -> Result<(Vec<Counted>, Arc<ShutdownReport>), Box<dyn Error>> {
    let options = Options::default().max_concurrent_jobs(2);
    let scheduler = ThreadScheduler::with_options(ThreadRuntime::new(), options)?;
    let scheduler = Arc::new(Blocking::new(scheduler));
    let events = scheduler.subscribe(EventFilter::only([EventName::JobProgress]));
    // Installed before the start: from here on Ctrl-C ends the scheduler, not the process.
    let mut signals = Signals::new([SIGINT])?;
    let close = signals.handle();
    scheduler.start()?;

    thread::scope(|threads| {
        threads.spawn(|| {
            let mut how = Shutdown::drain_within(Duration::ZERO);
            for _ in signals.forever() {
                // Refused if the scheduler has ended by itself: then there is nothing to stop.
                drop(scheduler.request_shutdown(how));
                how = Shutdown::immediate().hurry();
            }
        });
        let total = inputs.len();
        threads.spawn(move || draw(events, total, bar));
        let counted = count_all(&scheduler, inputs);
        // Ends the events, and with them the bar. `ShutDown` means that Ctrl-C was faster.
        let report = scheduler
            .shutdown(Shutdown::graceful())
            .or_else(|_| scheduler.stopped());
        close.close();
        Ok((counted, report?))
    })
}

fn count_all(scheduler: &Blocking<ThreadScheduler>, inputs: Vec<Input>) -> Vec<Counted> {
    let submit = |input: Input| {
        let name = input.name.clone();
        (
            name,
            scheduler.spawn_blocking(move |job| count_lines(&job, input)),
        )
    };
    let jobs: Vec<_> = inputs.into_iter().map(submit).collect();
    let join = |(name, job): (_, scheduler::Result<JobHandle<u64>>)| {
        (name, job.and_then(|job| job.join_blocking()))
    };
    jobs.into_iter().map(join).collect()
}

/// Returns the job: reads a chunk, reports its progress, and stops between two chunks if it is
/// cancelled.
fn count_lines(job: &JobContext, mut input: Input) -> io::Result<u64> {
    let mut chunk = vec![0; CHUNK];
    let (mut lines, mut read) = (0, 0);
    while !job.is_cancelled() {
        let length = input.reader.read(&mut chunk)?;
        if length == 0 {
            job.report_progress(1.0, input.name);
            break;
        }
        lines += chunk[..length]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64;
        read += length as u64;
        let fraction = (read as f64 / input.bytes.max(1) as f64).min(1.0);
        job.report_progress(fraction, input.name.as_str());
    }
    Ok(lines)
}

/// Redraws one line for each event, until the scheduler has ended.
fn draw(mut events: EventStream, jobs: usize, mut bar: impl Write) {
    let mut fractions = BTreeMap::new();
    while let Some(event) = block_on(events.next()) {
        // A slow terminal loses events (`Lagged`), never the newest ones: the bar stays right.
        let EventKind::JobProgress { job, progress } = event.kind else {
            continue;
        };
        fractions.insert(job, progress.fraction);
        let done = fractions.values().sum::<f64>() / jobs.max(1) as f64;
        let width = (done * 40.0) as usize;
        let name = &progress.text;
        drop(write!(
            bar,
            "\r[{:-<40}] {:3.0} % {name}",
            "#".repeat(width),
            done * 100.0
        ));
        drop(bar.flush());
    }
    drop(writeln!(bar));
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let open = |name: String| {
        let file = File::open(&name)?;
        let bytes = file.metadata()?.len();
        Ok(Input {
            name,
            bytes,
            reader: Box::new(file),
        })
    };
    let inputs = env::args().skip(1).map(open).collect::<io::Result<_>>()?;
    let (counted, report) = count(inputs, io::stderr())?;
    for (name, lines) in counted {
        match lines {
            Ok(lines) => println!("{lines:8} {name}"),
            Err(error) => eprintln!("{name}: {error}"),
        }
    }
    if !report.cancelled.is_empty() || report.unstarted > 0 {
        return Err("interrupted".into());
    }
    Ok(())
}
