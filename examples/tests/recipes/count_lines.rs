//! Tests `examples/count_lines.rs`: the counts, the progress bar, and Ctrl-C.

use std::{
    io::{self, Read, Write},
    sync::mpsc::{Receiver, Sender, channel},
};

use rustix::process::{Signal, getpid, kill_process};
use scheduler_core::{
    Error,
    job::{CancelReason, JobError},
};

use crate::count_lines::{Input, count};

/// An endless input, which sends a message with each read.
struct Endless(Sender<()>);

impl Read for Endless {
    fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        self.0.send(()).unwrap_or_default();
        Ok(chunk.len())
    }
}

/// An endless input. Its third chunk comes with a Ctrl-C, once the other input is being read.
struct Interrupted(u32, Receiver<()>);

impl Read for Interrupted {
    fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        if self.0 == 3 {
            self.1.recv().map_err(io::Error::other)?;
            kill_process(getpid(), Signal::INT)?;
        }
        Ok(chunk.len())
    }
}

fn input(name: &str, text: impl Read + Send + 'static, bytes: u64) -> Input {
    Input {
        name: name.into(),
        bytes,
        reader: Box::new(text),
    }
}

#[test]
fn it_counts_and_stops_on_ctrl_c() {
    let _alone = crate::signals();
    let mut bar = Vec::new();
    let poem = "roses\nare\nred\n";
    let inputs = vec![
        input("poem", poem.as_bytes(), 14),
        input("empty", io::empty(), 0),
    ];
    let (counted, report) = count(inputs, &mut bar as &mut (dyn Write + Send)).expect("it runs");
    let lines = |index: usize| counted[index].1.as_ref().ok().copied();
    assert_eq!((lines(0), lines(1)), (Some(3), Some(0)));
    assert_eq!(
        report.drained.len() + report.cancelled.len(),
        0,
        "they ended before: {report}"
    );
    let last = String::from_utf8(bar).expect("it is text");
    let last = last
        .trim_end()
        .rsplit('\r')
        .next()
        .expect("a frame")
        .to_owned();
    assert!(
        last.starts_with(&format!("[{}] 100 %", "#".repeat(40))),
        "{last}"
    );

    let (begun, other) = channel();
    let inputs = vec![
        input("first", Interrupted(0, other), u64::MAX),
        input("second", Endless(begun.clone()), u64::MAX),
        input("third", Endless(begun), u64::MAX),
    ];
    let (counted, report) = count(inputs, io::sink()).expect("it ends");
    for (name, lines) in &counted {
        let cancelled = matches!(
            lines,
            Err(Error::Job(JobError::Cancelled(CancelReason::Shutdown)))
        );
        assert!(cancelled, "{name}: {lines:?}");
    }
    assert_eq!(
        (report.cancelled.len(), report.unstarted),
        (2, 1),
        "{report}"
    );
}
