//! Pings of entries.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use rustix::process::Signal;

use crate::program::{Crontab, Running, output};

/// A time limit that only a hang exceeds.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that reports the paths of requests and sends the status of each.
fn server(status: impl Fn(&str) -> &'static str + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (sender, paths) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut lines = BufReader::new(stream.try_clone().expect("a handle")).lines();
            let first = lines.next().expect("a line").expect("text");
            let path = first.split(' ').nth(1).expect("a path").to_owned();
            // The rest of the request is read, because unread bytes would reset the connection.
            while lines
                .next()
                .is_some_and(|line| !line.expect("text").is_empty())
            {}
            let status = status(&path);
            write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            .expect("it is sent");
            sender.send(path).unwrap_or_default();
        }
    });
    (format!("http://{address}"), paths)
}

fn next(paths: &Receiver<String>) -> String {
    paths.recv_timeout(PATIENCE).expect("a request")
}

#[test]
fn the_start_and_the_end_of_a_run_are_reported() {
    let (url, paths) = server(|_| "200 OK");
    let crontab = Crontab::new(format!(
        "#@ id=good ping={url}/good?key=a=b\n@reboot sleep 0.1\n\
         #@ id=bad retry=3 backoff=10ms ping={url}/bad/\n@reboot sleep 0.1; exit 1\n"
    ));
    let mut running = Running::start(&mut crontab.run(&[]));
    let all: Vec<_> = (0..4).map(|_| next(&paths)).collect();
    running.until_ended(4);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    let of = |part: &str| -> Vec<_> {
        all.iter()
            .filter(|path| path.starts_with(part))
            .cloned()
            .collect()
    };
    assert_eq!(of("/good"), ["/good/start?key=a=b", "/good?key=a=b"]);
    assert_eq!(of("/bad"), ["/bad/start", "/bad/fail"]);
    assert!(
        paths.try_recv().is_err(),
        "one ping for a run, not for an attempt"
    );
    assert_eq!(code, Some(0));
    assert!(
        !lines.iter().any(|line| line.contains("ping")),
        "{lines:#?}"
    );
}

#[test]
fn pings_that_fail_are_reported_and_tried_again_unless_they_are_refused() {
    let (url, paths) = server(|path| match path {
        path if path.starts_with("/gone") => "404 Not Found",
        _ => "500 Internal Server Error",
    });
    let crontab = Crontab::new(format!(
        "#@ id=gone ping={url}/gone-secret\n@reboot true\n#@ id=busy ping={url}/busy\n@reboot true\n"
    ));
    let mut running = Running::start(&mut crontab.run(&[]));
    for _ in 0..4 {
        running.until("] ping failed: ");
    }
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    assert!(
        !lines.iter().any(|line| line.contains("secret")),
        "{lines:#?}"
    );
    let all: Vec<_> = paths.try_iter().collect();
    let count = |part: &str| all.iter().filter(|path| *path == part).count();
    assert_eq!((count("/gone-secret/start"), count("/gone-secret")), (1, 1));
    assert_eq!((count("/busy/start"), count("/busy")), (3, 3));
}

#[test]
fn a_server_that_does_not_respond_delays_no_run() {
    // Connections are accepted by the system, and no one responds.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let crontab = Crontab::new(format!(
        "#@ id=a ping=http://{address}/ping\n* * * * * * echo begun\n"
    ));
    let mut running = Running::start(&mut crontab.run(&[]));
    for _ in 0..3 {
        running.until("] begun");
    }
    running.signal(Signal::TERM);
    running.until("could not be sent before the end");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn urls_are_checked_with_their_place() {
    let crontab = Crontab::new("#@ id=a ping=ftp://host/\n@daily true\n");
    let (code, _, err) = output(&mut crontab.run(&[]));
    assert_eq!(code, Some(2));
    let expected = format!("{}:1:14: expected a URL", crontab.path());
    assert!(err.starts_with(&expected), "{err}");
}
