//! Policies of entries, in `#@` lines, and settings of other crons.

use rustix::process::Signal;

use crate::program::{Crontab, Running, output};

#[test]
fn a_failed_command_is_retried_under_its_id() {
    let crontab = Crontab::new("#@ id=flaky retry=3 backoff=10ms\n@reboot echo tried; exit 4\n");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until_ended(3);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    for attempt in 1..=3 {
        let is_end = |line: &&String| {
            line.starts_with("[flaky] end: exit status: 4 after ")
                && line.ends_with(&format!("attempt {attempt}"))
        };
        assert_eq!(lines.iter().filter(is_end).count(), 1, "{lines:#?}");
    }
}

#[test]
fn a_command_ends_at_its_timeout() {
    let crontab =
        Crontab::new("#@ id=slow timeout=50ms timeout-grace=60s\n@reboot exec sleep 600\n");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until("[slow] receives SIGTERM");
    running.until("[slow] end: signal: 15");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn runs_overlap_as_the_line_says() {
    let parallel = Crontab::new("#@ overlap=allow-all\n* * * * * * echo begun; exec sleep 600\n");
    let mut running = Running::start(&mut parallel.run(&["--drain", "10ms"]));
    running.until("] begun");
    running.until("] begun");
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    let mut begins = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.ends_with("] begun"));
    let (second, _) = begins.nth(1).expect("it began twice");
    let end = lines.iter().position(|line| line.contains("] end: "));
    assert!(end.is_some_and(|end| second < end), "{lines:#?}");
    let one = Crontab::new("#@ overlap=cancel-other\n* * * * * * echo begun; exec sleep 600\n");
    let mut running = Running::start(&mut one.run(&["--drain", "10ms"]));
    running.until("] begun");
    running.until("] receives SIGTERM");
    running.until("] begun");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_queue_limits_the_commands_that_name_it() {
    // The folder is a lock: a second command at a time would not get it.
    let line = "#@ queue=io\n@reboot mkdir \"$LOCK\" && sleep 0.1 && rmdir \"$LOCK\"\n";
    let crontab = Crontab::new(line.repeat(5));
    let lock = crontab.beside("lock");
    let mut running = Running::start(crontab.run(&["--queue", "io=1"]).env("LOCK", lock));
    running.until_ended(5);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0));
    let good = lines
        .iter()
        .filter(|line| line.contains("] end: exit status: 0"));
    assert_eq!(good.count(), 5, "{lines:#?}");
    let (code, _, err) = output(&mut crontab.run(&[]));
    assert_eq!(code, Some(1));
    assert!(err.contains("\"io\""), "{err}");
    assert_eq!(output(&mut crontab.run(&["--queue", "io"])).0, Some(2));
}

#[test]
fn unknown_keys_and_user_columns_are_refused_with_their_place() {
    for (text, place, part) in [
        (
            "#@ timout=1m\n@daily true\n",
            "1:4",
            "did you mean timeout?",
        ),
        (
            "SHELL=/bin/sh\n17 * * * * root true\n",
            "2:12",
            "remove the column",
        ),
    ] {
        let crontab = Crontab::new(text);
        let (code, out, err) = output(&mut crontab.run(&[]));
        assert_eq!((code, out.as_str()), (Some(2), ""));
        let start = format!("{}:{place}: ", crontab.path());
        assert!(err.starts_with(&start) && err.contains(part), "{err}");
    }
}

#[test]
fn settings_for_mail_are_warned_about() {
    let crontab = Crontab::new("MAILTO=ops@example.org\nRANDOM_DELAY=5\n* * * * * true\n");
    let (code, _, err) = output(&mut crontab.run(&["--for", "1ms"]));
    assert_eq!(code, Some(0));
    let expected = format!("{}:1: warning: MAILTO has no effect: ", crontab.path());
    assert!(
        err.starts_with(&expected) && err.lines().count() == 1,
        "{err}"
    );
}

#[test]
fn a_quiet_entry_logs_only_failures() {
    let crontab = Crontab::new("-@reboot echo good\n-@reboot echo bad; exit 1\n");
    let mut running = Running::start(&mut crontab.run(&[]));
    running.until_ended(1);
    running.signal(Signal::TERM);
    let (_, lines) = running.end();
    let about = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!((about("] start"), about("] end: ")), (0, 1), "{lines:#?}");
    assert_eq!((about("] good"), about("] bad")), (1, 1), "{lines:#?}");
}
