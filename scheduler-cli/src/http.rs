//! `--listen`: metrics and probes over HTTP.

mod metrics;

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{control::Control, threads};

/// Maximum number of bytes of a request.
const LONGEST: u64 = 16 * 1024;

/// Maximum number of connections at a time. Further ones are closed.
const MOST: usize = 16;

/// Time limit of reading a request, and of writing a response.
const LIMIT: Duration = Duration::from_secs(10);

/// Serves requests from now on.
pub(crate) fn listen(address: SocketAddr, control: Control) -> io::Result<()> {
    let listener = TcpListener::bind(address);
    let listener = listener
        .map_err(|error| io::Error::new(error.kind(), format!("--listen {address}: {error}")))?;
    let address = listener.local_addr()?;
    control
        .log
        .note(format_args!("listening on http://{address}"));
    threads::spawn("sched-http", move || accept(&listener, &control))?;
    Ok(())
}

fn accept(listener: &TcpListener, control: &Control) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // Too many open files, which can pass.
            thread::sleep(Duration::from_millis(100));
            continue;
        };
        if open.fetch_add(1, Ordering::SeqCst) >= MOST {
            open.fetch_sub(1, Ordering::SeqCst);
            continue;
        }
        let (control, counter) = (control.clone(), Arc::clone(&open));
        let started = threads::spawn("sched-http", move || {
            // The other end has gone.
            serve(&stream, &control).unwrap_or_default();
            counter.fetch_sub(1, Ordering::SeqCst);
        });
        if started.is_err() {
            open.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Reads a request, sends the response and closes the connection.
fn serve(mut stream: &TcpStream, control: &Control) -> io::Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut reader = BufReader::new(stream.take(LONGEST));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    // Headers have no effect. They are read, because a connection with unread bytes is reset.
    let mut header = String::new();
    while reader.read_line(&mut header)? > 0 && !header.trim_end().is_empty() {
        header.clear();
    }
    let mut words = first.split_ascii_whitespace();
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (status, kind, body) = respond(method, path, control);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len(),
    );
    stream.write_all(head.as_bytes())?;
    if method != "HEAD" {
        stream.write_all(body.as_bytes())?;
    }
    stream.flush()
}

const PLAIN: &str = "text/plain; charset=utf-8";

/// Returns the status, the type and the body of a response.
fn respond(method: &str, path: &str, control: &Control) -> (&'static str, &'static str, String) {
    if !matches!(method, "GET" | "HEAD") {
        return (
            "405 Method Not Allowed",
            PLAIN,
            "only GET and HEAD\n".to_owned(),
        );
    }
    match path.split('?').next().unwrap_or_default() {
        "/metrics" => {
            let kind = "text/plain; version=0.0.4; charset=utf-8";
            ("200 OK", kind, metrics::text(control))
        }
        "/livez" => {
            // A scheduler whose lock is held forever does not get here.
            let state = control.scheduler.state();
            ("200 OK", PLAIN, format!("{state}\n"))
        }
        "/readyz" => {
            let health = control.health();
            let status = match health.healthy {
                true => "200 OK",
                false => "503 Service Unavailable",
            };
            (status, PLAIN, health.text + "\n")
        }
        _ => (
            "404 Not Found",
            PLAIN,
            "/metrics, /livez, /readyz\n".to_owned(),
        ),
    }
}
