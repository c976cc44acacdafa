//! `sched convert`: what it prints runs as before.

use std::{fs, process::Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::program::{Crontab, Running, output, sched};

fn convert(kind: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    output(sched().args(["convert", "--from", kind]).args(arguments))
}

#[test]
fn a_timer_and_its_service_become_an_entry() {
    let folder = Crontab::new("");
    let timer = folder.beside("backup.timer");
    fs::write(
        &timer,
        "[Unit]\nDescription=a backup\n[Timer]\nOnCalendar=Mon..Fri 03:00\nOnCalendar=Sat 05:00\n\
         RandomizedDelaySec=1h 30min\nPersistent=true\nWakeSystem=yes\n[Install]\nWantedBy=timers.target\n",
    )
    .expect("it is written");
    let service = "[Service]\nType=oneshot\nEnvironment=\"A=two words\" B=1\nTimeoutStartSec=10min\n\
                   ExecStart=/bin/echo \"$A\" 'a;b' \\\n  100%%\nExecStart=-/bin/false\n";
    fs::write(folder.beside("backup.service"), service).expect("it is written");
    let (code, out, err) = convert("systemd", &[&timer]);
    assert_eq!(code, Some(1), "{err}");
    assert_eq!(
        err,
        "warning: \"backup\" has no counterpart for WakeSystem=yes\n"
    );
    for part in [
        "id = \"backup\"\n",
        "expr = \"Mon..Fri 03:00\" }, { type",
        "jitter = \"5400s\"\n",
        "timeout = \"600s\"\n",
        "# left out: WakeSystem=yes\n",
    ] {
        assert!(out.contains(part), "no {part:?} in {out}");
    }
    let table = folder.beside("sched.toml");
    fs::write(&table, out).expect("it is written");
    let exec = output(sched().args(["exec", &table, "backup"]));
    assert_eq!(
        exec,
        (Some(0), "two words a;b 100%\n".to_owned(), String::new())
    );
    let missing = folder.beside("missing.timer");
    assert_eq!(convert("systemd", &[&missing]).0, Some(2));
}

#[test]
fn an_interval_of_a_timer_becomes_one_of_an_entry() {
    let folder = Crontab::new("");
    let timer = folder.beside("often.timer");
    fs::write(
        &timer,
        "[Timer]\nOnBootSec=15min\nOnUnitActiveSec=1s\nUnit=other.service\n",
    )
    .expect("it is written");
    fs::write(
        folder.beside("other.service"),
        "[Service]\nExecStart=/bin/echo ran\n",
    )
    .expect("it is written");
    let (code, out, err) = convert("systemd", &[&timer]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("OnBootSec=15min, the delay of the first run"),
        "{err}"
    );
    let table = folder.beside("sched.toml");
    fs::write(&table, out).expect("it is written");
    let mut running = Running::start(sched().args(["run", &table]));
    running.until("[often] ran");
    running.until("[often] ran");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_cron_job_becomes_an_entry() {
    let folder = Crontab::new("");
    let job = json!({ "kind": "List", "items": [{
        "kind": "CronJob",
        "metadata": { "name": "report" },
        "spec": {
            "schedule": "*/5 * * * *",
            "timeZone": "Asia/Tokyo",
            "concurrencyPolicy": "Replace",
            "startingDeadlineSeconds": 100,
            "jobTemplate": { "spec": {
                "backoffLimit": 2,
                "activeDeadlineSeconds": 60,
                "template": { "spec": { "containers": [{
                    "command": ["/bin/sh", "-c"],
                    "args": ["echo \"$A\" it\\'s"],
                    "env": [{ "name": "A", "value": "x  y" }, { "name": "B", "valueFrom": {} }],
                }] } },
            } },
        },
    }] });
    let file = folder.beside("jobs.json");
    fs::write(&file, job.to_string()).expect("it is written");
    let (code, out, err) = convert("kubernetes", &[&file]);
    assert_eq!(
        (code, &*err),
        (
            Some(1),
            "warning: \"report\" has no counterpart for the variable B\n"
        )
    );
    for part in [
        "trigger = \"*/5 * * * *\"\n",
        "tz = \"Asia/Tokyo\"\n",
        "overlap = \"terminate-other\"\n",
        "catch-up = \"100s\"\n",
        "retry = 3\n",
        "timeout = \"60s\"\n",
    ] {
        assert!(out.contains(part), "no {part:?} in {out}");
    }
    let table = folder.beside("sched.toml");
    fs::write(&table, out).expect("it is written");
    let exec = output(sched().args(["exec", &table, "report"]));
    assert_eq!(exec, (Some(0), "x  y it's\n".to_owned(), String::new()));
    fs::write(&file, "{}").expect("it is written");
    assert_eq!(convert("kubernetes", &[&file]).0, Some(2));
    assert_eq!(
        sched()
            .args(["convert", "--from", "kubernetes", "-"])
            .stdin(Stdio::null())
            .status()
            .expect("runs")
            .code(),
        Some(2)
    );
}

#[test]
fn a_call_of_supercronic_becomes_a_crontab() {
    let folder = Crontab::new(
        "* * * * * * date +%s\n*/2 * * * * * * echo \"$LATER\"\nLATER=now\nQUOTE='\n@daily true # 5%\n0 3 1 1 * 2030 true\n",
    );
    let call = [
        "-overlapping",
        "-json",
        "-inotify",
        "-prometheus-listen-address",
        "127.0.0.1",
        "-debug",
        &folder.path(),
    ];
    let (code, out, err) = convert("supercronic", &call);
    assert_eq!(code, Some(1));
    assert!(
        err.starts_with("warning: -debug has no counterpart"),
        "{err}"
    );
    let policy = "#@ overlap=allow-all max-instances=1000000\n";
    assert_eq!(
        out,
        format!(
            "# sched run FILE --log json --watch --listen 127.0.0.1:9746\nLATER=now\nQUOTE=\"'\"\n\
             {policy}0 * * * * * * date +\\%s\n{policy}*/2 * * * * * * echo \"$LATER\"\n\
             {policy}@daily true # 5\\%\n{policy}0 0 3 1 1 * 2030 true\n"
        )
    );
    for wrong in [
        &["-test", "x"][..],
        &["-nonsense"],
        &["-json"],
        &["/no/such/file"],
    ] {
        assert_eq!(convert("supercronic", wrong).0, Some(2), "{wrong:?}");
    }
}
