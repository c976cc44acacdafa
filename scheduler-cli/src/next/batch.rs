//! Reads questions, one per line, and prints one result per line.

use std::io::{self, Read, Write};

use scheduler_core::trigger::Zone;
use serde_json::value::RawValue;

use super::{
    failure::Failure,
    lines::{LONGEST, Line, Lines},
    request::Request,
};

/// Handles a batch line by line. Each result is flushed before the next line is read, so that a
/// program can write a question, read its result and write the next one.
pub(super) fn answer(input: impl Read, output: &mut impl Write, zone: &Zone) -> io::Result<()> {
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next()? {
        match line {
            Line::Whole(line) => answer_bytes(&line, output, zone)?,
            Line::TooLong(start) => refuse_cut(&start, output)?,
        }
        if !lines.has_another() {
            output.flush()?;
        }
    }
    Ok(())
}

fn answer_bytes(line: &[u8], output: &mut impl Write, zone: &Zone) -> io::Result<()> {
    match std::str::from_utf8(line) {
        Ok(line) => answer_line(line.trim_start_matches('\u{feff}').trim(), output, zone),
        Err(error) => {
            let (readable, broken) = (String::from_utf8_lossy(line), Failure::json(error));
            refuse(Request::read(&readable).0.id, &broken, output)
        }
    }
}

/// Handles one line. A blank line is not a question.
fn answer_line(line: &str, output: &mut impl Write, zone: &Zone) -> io::Result<()> {
    if line.is_empty() {
        return Ok(());
    }
    let (request, read) = Request::read(line);
    let question = read.and_then(|()| request.question(zone));
    let times = question.and_then(|question| Ok((question.count, question.times()?)));
    match times {
        Ok((count, times)) => {
            write!(output, r#"{{"id":{},"times":["#, text(request.id))?;
            let written = write_times(times, output)?;
            writeln!(output, r#"],"exhausted":{}}}"#, written < count)
        }
        Err(failure) => refuse(request.id, &failure, output),
    }
}

fn write_times(times: impl Iterator<Item = String>, output: &mut impl Write) -> io::Result<u64> {
    let mut written = 0;
    for time in times {
        let comma = if written == 0 { "" } else { "," };
        write!(output, r#"{comma}"{time}""#)?;
        written += 1;
    }
    Ok(written)
}

fn refuse_cut(start: &[u8], output: &mut impl Write) -> io::Result<()> {
    let readable = String::from_utf8_lossy(start);
    let failure = Failure::request(format!("the line is longer than {LONGEST} bytes"));
    refuse(Request::read(&readable).0.id, &failure, output)
}

fn refuse(id: Option<&RawValue>, failure: &Failure, output: &mut impl Write) -> io::Result<()> {
    let message = serde_json::to_string(&failure.message)?;
    let (id, kind) = (text(id), failure.kind);
    writeln!(
        output,
        r#"{{"id":{id},"error":{{"kind":"{kind}","message":{message}}}}}"#
    )
}

fn text(id: Option<&RawValue>) -> &str {
    id.map_or("null", RawValue::get)
}
