//! Options as data.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Options, queue::Queue};

fn read(json: &Value) -> Result<Options, String> {
    serde_json::from_value(json.clone()).map_err(|error| error.to_string())
}

#[test]
fn options_are_written_and_read_back() {
    let mail = Queue::named("mail")
        .concurrency(10)
        .limit(50)
        .rate(10, Duration::from_secs(1));
    let options = Options::default()
        .max_concurrent_jobs(100)
        .queue_limit(7)
        .queue(mail.burst(3).paused("the server moves"))
        .event_capacity(5)
        .wake_quantum(Duration::ZERO)
        .handler_grace(Duration::from_secs(9))
        .keep_spawn_sites(true)
        .history(2)
        .kept_results(30);
    let written = serde_json::to_value(&options).unwrap();
    let expected = json!({
        "queues": {
            "default": {"concurrency": 100, "limit": 7},
            "mail": {
                "concurrency": 10,
                "limit": 50,
                "rate": {"count": 10, "per": "1s", "burst": 3},
                "paused": "the server moves",
            },
        },
        "event_capacity": 5,
        "wake_quantum": "0s",
        "handler_grace": "9s",
        "keep_spawn_sites": true,
        "history": 2,
        "kept_results": 30,
    });
    assert_eq!(written, expected);
    let again = read(&written).unwrap();
    assert_eq!(format!("{again:?}"), format!("{options:?}"));
}

#[test]
fn a_missing_option_has_its_default() {
    let options = read(&json!({})).unwrap();
    assert_eq!(format!("{options:?}"), format!("{:?}", Options::default()));
}

#[test]
fn options_that_make_no_sense_are_refused() {
    for (json, expected) in [
        (json!({"historie": 3}), "historie"),
        (json!({"queues": {"mail": {"limits": 3}}}), "limits"),
        (json!({"queues": {"mail": {"concurrency": 0}}}), "mail"),
        (json!({"event_capacity": 0}), "event_capacity"),
        (json!({"wake_quantum": "soon"}), "soon"),
    ] {
        let problem = read(&json).unwrap_err();
        assert!(problem.contains(expected), "{json}: {problem}");
    }
}

#[test]
fn settings_can_be_read() {
    let settings = Options::default()
        .history(3)
        .keep_spawn_sites(true)
        .settings();
    assert_eq!((settings.history, settings.keep_spawn_sites), (3, true));
}
