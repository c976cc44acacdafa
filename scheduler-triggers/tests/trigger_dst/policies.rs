//! Tests of each policy for clock changes, and of the presets of other schedulers.

use scheduler_triggers::{Cron, Preset, Zone, upcoming};

use crate::{at, check};

#[test]
fn a_skipped_time_can_be_moved_or_left_out() {
    check(&[
        (
            "America/New_York",
            "GAP=shift-by-delta 30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:30Z", "03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "GAP=skip 30 2 * * *",
            "2023-03-12T05:00Z",
            &["03-13T06:30Z"],
        ),
        (
            "America/New_York",
            "GAP=shift-by-delta 15,45 2,3 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:15Z", "03-12T07:45Z", "03-13T06:15Z"],
        ),
        (
            "Pacific/Apia",
            "GAP=shift-by-delta 0 12 * * *",
            "2011-12-29T12:00Z",
            &["12-29T22:00Z", "12-30T22:00Z", "12-31T22:00Z"],
        ),
        (
            "America/New_York",
            "GAP=at-gap-end 0 */2 * * *",
            "2023-03-12T05:00Z",
            &["03-12T07:00Z", "03-12T08:00Z"],
        ),
    ]);
}

#[test]
fn a_repeated_time_can_run_first_last_or_twice() {
    let start = "2023-11-05T04:00Z";
    check(&[
        (
            "America/New_York",
            "FOLD=last 30 1 * * *",
            start,
            &["11-05T06:30Z", "11-06T06:30Z"],
        ),
        (
            "America/New_York",
            "FOLD=both 30 1 * * *",
            start,
            &["11-05T05:30Z", "11-05T06:30Z"],
        ),
        (
            "America/New_York",
            "FOLD=first 0 * * * *",
            start,
            &["11-05T05:00Z", "11-05T07:00Z", "11-05T08:00Z"],
        ),
        (
            "America/New_York",
            "FOLD=last 0 * * * *",
            start,
            &["11-05T06:00Z", "11-05T07:00Z"],
        ),
    ]);
}

/// For each preset: the instants of a fixed time in the gap, of one in the fold, and of every
/// hour of the fold, in New York in 2023.
const PRESETS: [(Preset, [&[&str]; 3]); 6] = [
    (Preset::Apscheduler, [SKIPPED, BOTH_PASSES, EVERY_HOUR]),
    (Preset::Ocps14, [SKIPPED, FIRST_PASS, ONE_HOUR_LOST]),
    (Preset::Quartz, [SKIPPED, SECOND_PASS, &["06:00", "07:00"]]),
    (Preset::Systemd, [SKIPPED, FIRST_PASS, ONE_HOUR_LOST]),
    (Preset::Temporal, [SKIPPED, BOTH_PASSES, EVERY_HOUR]),
    (Preset::Vixie, [&["07:00"], FIRST_PASS, EVERY_HOUR]),
];
const SKIPPED: &[&str] = &[];
const FIRST_PASS: &[&str] = &["05:30"];
const SECOND_PASS: &[&str] = &["06:30"];
const BOTH_PASSES: &[&str] = &["05:30", "06:30"];
const EVERY_HOUR: &[&str] = &["05:00", "06:00", "07:00"];
const ONE_HOUR_LOST: &[&str] = &["05:00", "07:00"];

#[test]
fn each_preset_does_as_its_scheduler() {
    for (preset, [in_gap, in_fold, hourly]) in PRESETS {
        let due = |fields: &str, from: &str, to: &str| {
            // Quartz requires seconds and a question mark.
            let text = match preset {
                Preset::Quartz => format!("0 {fields} ? * *"),
                _ => format!("{fields} * * *"),
            };
            let cron = Cron::builder(&text).preset(preset);
            let cron = cron.zone(Zone::bundled("America/New_York").unwrap());
            let cron = cron.build().unwrap();
            let instants = upcoming(&cron, at(from)).take_while(|next| *next <= at(to));
            let times = instants.map(|next| next.format("%H:%M").to_string());
            times.collect::<Vec<_>>()
        };
        let gap = due("30 2", "2023-03-12T05:00Z", "2023-03-13T05:00Z");
        assert_eq!(gap, in_gap, "{preset}");
        let fold = due("30 1", "2023-11-05T04:00Z", "2023-11-06T04:00Z");
        assert_eq!(fold, in_fold, "{preset}");
        let hours = due("0 *", "2023-11-05T04:30Z", "2023-11-05T07:30Z");
        assert_eq!(hours, hourly, "{preset}");
    }
}

#[test]
fn vixie_and_the_default_differ_in_ranges_and_steps() {
    let expression = "0 1-3 * * *";
    let new_york = || Zone::bundled("America/New_York").unwrap();
    let due = |cron: Cron, after: &str| {
        let next: Vec<_> = upcoming(&cron, at(after)).take(3).collect();
        next.iter()
            .map(|next| next.format("%d %H").to_string())
            .collect::<Vec<_>>()
    };
    let default = || Cron::builder(expression).zone(new_york()).build().unwrap();
    let vixie = || {
        Cron::builder(expression)
            .preset(Preset::Vixie)
            .zone(new_york())
            .build()
            .unwrap()
    };
    // The skipped 02:00 runs at 03:00, which is due anyway, so there is one run.
    assert_eq!(
        due(default(), "2023-03-12T05:00Z"),
        ["12 06", "12 07", "13 05"]
    );
    assert_eq!(
        due(vixie(), "2023-03-12T05:00Z"),
        ["12 06", "12 07", "13 05"]
    );
    // A range follows the clock; for Vixie it is a fixed time.
    assert_eq!(
        due(default(), "2023-11-05T04:30Z"),
        ["05 05", "05 06", "05 07"]
    );
    assert_eq!(
        due(vixie(), "2023-11-05T04:30Z"),
        ["05 05", "05 07", "05 08"]
    );
}
