//! Tests of the syntax and the meaning of each dialect.

use super::{super::*, at};

fn read(dialect: Dialect, text: &str) -> Result<String, String> {
    let cron = Cron::builder(text).dialect(dialect).build();
    cron.map(|cron| cron.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn quartz_wants_one_question_mark() {
    for text in [
        "0 0 12 ? * MON",
        "0 0 12 L * ?",
        "0 0 12 ? * 2#1 2030",
        "0 /5 12 ? * *",
    ] {
        assert!(read(Dialect::Quartz, text).is_ok(), "{text}");
    }
    for text in ["0 0 12 * * *", "0 0 12 ? * ?", "0 0 12 1 * MON"] {
        let error = read(Dialect::Quartz, text).unwrap_err();
        assert!(
            error.ends_with("expected ? in one of day of month and day of week, and only in one"),
            "{error}"
        );
    }
    let error = read(Dialect::Quartz, "0 12 ? * MON").unwrap_err();
    assert!(
        error.starts_with("found 5 fields, expected 6 fields (second"),
        "{error}"
    );
}

#[test]
fn hashed_fields_stay_in_their_range() {
    let bounds = [
        ("H * * * * *", 0..=59_u32),
        ("0 H(10-19) * * * *", 10..=19),
        ("0 0 H(22-2) * * *", 0..=23),
        ("0 0 0 H * *", 1..=28),
        ("0 0 0 1 H(3-5) *", 3..=5),
    ];
    for (text, _) in &bounds {
        let chosen: std::collections::BTreeSet<_> = (0..200)
            .map(|seed| {
                Cron::builder(text)
                    .seed(&seed.to_string())
                    .build()
                    .unwrap()
                    .to_string()
            })
            .collect();
        assert!(chosen.len() > 2, "{text}: {chosen:?}");
        for text in &chosen {
            assert!(!text.contains('H'), "{text}");
        }
    }
    for seed in 0..100 {
        let build = |text| {
            Cron::builder(text)
                .seed(&format!("job {seed}"))
                .build()
                .unwrap()
        };
        for (text, range) in &bounds {
            let cron = build(text);
            let field = text
                .split(' ')
                .position(|field| field.starts_with(['H']))
                .unwrap();
            let mut words: Vec<_> = cron.to_string().split(' ').map(str::to_owned).collect();
            if words.len() == 5 {
                words.insert(0, "0".into());
            }
            let number: u32 = words[field].parse().unwrap();
            assert!(range.contains(&number), "{text} {cron}");
            if text.contains("(22-2)") {
                assert!(number >= 22 || number <= 2, "{cron}");
            }
        }
        let quarters = build("H/15 * * * *").to_string();
        let first: u32 = quarters.split('-').next().unwrap().parse().unwrap();
        assert_eq!(quarters, format!("{first}-{}/15 * * * *", first + 45));
        assert!(first < 15);
    }
}

#[test]
fn a_hash_is_the_same_for_ever() {
    let text = |seed| {
        Cron::builder("H H H * H")
            .seed(seed)
            .build()
            .unwrap()
            .to_string()
    };
    assert_eq!(text("nightly-backup"), "1 4 11 * THU");
    assert_eq!(text(""), "22 18 19 * MON");
    for text in [
        "H(5 * * * *",
        "H() * * * *",
        "H5 * * * *",
        "H-5 * * * *",
        "0 0 0 1 1 ? H",
        "H(0-60) * * * *",
        "H/0 * * * *",
        "H(1,2) * * * *",
    ] {
        assert!(Cron::parse(text).is_err(), "{text}");
    }
}

/// Examples of the Open Cron Pattern Specification: instants that must match, and instants that
/// must not.
const OCPS_MATCHES: [(Ocps, &str, &[&str], &[&str]); 22] = [
    (
        Ocps::V1_0,
        "15 10 * * *",
        &["2025-03-10T10:15:00Z"],
        &["2025-03-10T10:14:00Z"],
    ),
    (
        Ocps::V1_0,
        "30 8 * jan Mon",
        &["2025-01-06T08:30:00Z"],
        &["2025-02-03T08:30:00Z"],
    ),
    (
        Ocps::V1_0,
        "5-59/15 9 * * *",
        &[
            "2025-03-10T09:05:00Z",
            "2025-03-10T09:20:00Z",
            "2025-03-10T09:50:00Z",
        ],
        &["2025-03-10T09:15:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 12 1 * MON",
        &["2025-10-01T12:00:00Z", "2025-10-06T12:00:00Z"],
        &["2025-10-07T12:00:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 12 * * MON",
        &["2025-10-06T12:00:00Z"],
        &["2025-10-07T12:00:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 12 *,1 * MON",
        &["2025-10-06T12:00:00Z"],
        &["2025-10-01T12:00:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 12 1-31 * MON",
        &["2025-10-06T12:00:00Z", "2025-10-07T12:00:00Z"],
        &["2025-10-08T11:00:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 12 */2 * MON",
        &["2025-10-01T12:00:00Z", "2025-10-06T12:00:00Z"],
        &["2025-10-08T12:00:00Z"],
    ),
    (
        Ocps::V1_0,
        "0 0 * * 7",
        &["2025-10-05T00:00:00Z"],
        &["2025-10-06T00:00:00Z"],
    ),
    (
        Ocps::V1_1,
        "@yearly",
        &["2026-01-01T00:00:00Z"],
        &["2026-01-02T00:00:00Z"],
    ),
    (
        Ocps::V1_1,
        "@monthly",
        &["2026-02-01T00:00:00Z"],
        &["2026-02-02T00:00:00Z"],
    ),
    (
        Ocps::V1_1,
        "@weekly",
        &["2025-10-05T00:00:00Z"],
        &["2025-10-06T00:00:00Z"],
    ),
    (
        Ocps::V1_1,
        "@daily",
        &["2025-10-07T00:00:00Z"],
        &["2025-10-07T00:01:00Z"],
    ),
    (
        Ocps::V1_1,
        "  @hourly ",
        &["2025-10-07T10:00:00Z"],
        &["2025-10-07T10:01:00Z"],
    ),
    (
        Ocps::V1_2,
        "30 15 10 * * *",
        &["2025-03-10T10:15:30Z"],
        &["2025-03-10T10:15:29Z"],
    ),
    (
        Ocps::V1_2,
        "0 15 10 * * * 2025",
        &["2025-03-10T10:15:00Z"],
        &["2026-03-10T10:15:00Z"],
    ),
    (
        Ocps::V1_2,
        "0 0 0 1 1 * 1970-2199/2",
        &["2026-01-01T00:00:00Z"],
        &["2025-01-01T00:00:00Z"],
    ),
    (
        Ocps::V1_3,
        "0 0 L * *",
        &["2025-02-28T00:00:00Z"],
        &["2025-02-27T00:00:00Z"],
    ),
    (
        Ocps::V1_3,
        "0 0 * * FRI#L",
        &["2025-02-28T00:00:00Z"],
        &["2025-02-21T00:00:00Z"],
    ),
    (
        Ocps::V1_3,
        "0 0 * * TUE#3",
        &["2025-06-17T00:00:00Z"],
        &["2025-06-10T00:00:00Z"],
    ),
    (
        Ocps::V1_3,
        "0 12 1W * *",
        &["2025-02-03T12:00:00Z"],
        &["2025-02-01T12:00:00Z"],
    ),
    (
        Ocps::V1_4,
        "0 12 1 * +MON",
        &["2025-09-01T12:00:00Z"],
        &["2025-09-08T12:00:00Z", "2025-10-01T12:00:00Z"],
    ),
];

const VERSIONS: [Ocps; 5] = [Ocps::V1_0, Ocps::V1_1, Ocps::V1_2, Ocps::V1_3, Ocps::V1_4];

#[test]
fn ocps_patterns_mean_the_same_in_later_versions_and_are_refused_in_earlier_ones() {
    for (version, text, matches, others) in OCPS_MATCHES {
        for level in VERSIONS {
            let cron = Cron::builder(text).dialect(Dialect::Ocps(level)).build();
            assert_eq!(cron.is_ok(), level >= version, "{text} in {level:?}");
            let Ok(cron) = cron else { continue };
            for instant in matches {
                assert!(cron.matches(at(instant)), "{text} at {instant}");
            }
            for instant in others {
                assert!(!cron.matches(at(instant)), "{text} at {instant}");
            }
        }
    }
}

#[test]
fn ocps_refuses_what_its_specification_refuses() {
    for text in [
        "60 0 * * *",
        "0 0 10-5 * *",
        "0 0 /30 * *",
        "0/15 * * * *",
        "10/10 * * * *",
        "*/0 * * * *",
        "*,*,61 * * * *",
        "@Daily",
        "@daily 0 0 * * *",
        "0 12 1-15W * *",
        "0 12 1,15W * *",
        "0 12 +1 * MON",
        "0 12 1 * MON,+TUE",
        "? 12 * * *",
        "H * * * *",
        "0 0 32 * *",
        "0 0 * * 8",
        "0 0 last * *",
        "@reboot",
    ] {
        assert!(read(Dialect::Ocps(Ocps::V1_4), text).is_err(), "{text}");
    }
    for text in ["* * 31 2 *", "0 0 ? * *", "0 0 LW * *"] {
        assert!(read(Dialect::Ocps(Ocps::V1_4), text).is_ok(), "{text}");
    }
}

#[test]
fn the_plus_stands_first_in_the_day_of_week() {
    let text = |text| read(Dialect::Standard, text);
    assert_eq!(text("0 12 1 * +MON").unwrap(), "DAYS=and 0 12 1 * MON");
    assert_eq!(text("0 12 * * +MON").unwrap(), "0 12 * * MON");
    for wrong in [
        "0 12 1 * MON+",
        "0 12 1 * ++MON",
        "0 12 1 * +",
        "+1 12 1 * *",
    ] {
        assert!(text(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn crontabs_of_apscheduler_have_five_fields_and_nothing_else() {
    for text in [
        "0 0 last * *",
        "0 0 13 * 5",
        "*/15 9-17 * * mon-fri",
        "0 0 * * fri-mon",
    ] {
        assert!(read(Dialect::Apscheduler, text).is_ok(), "{text}");
    }
    for text in [
        "* * * * * *",
        "@daily",
        "0 0 L * *",
        "0 0 ? * *",
        "0 22-2 * * *",
        "*",
        "* * * * 8",
    ] {
        assert!(read(Dialect::Apscheduler, text).is_err(), "{text}");
    }
    let error = read(Dialect::Apscheduler, "@daily").unwrap_err();
    assert!(
        error.ends_with("expected 5 fields (minute hour day-of-month month day-of-week)"),
        "{error}"
    );
    let both = read(Dialect::Apscheduler, "0 0 13 * 5").unwrap();
    assert_eq!(both, "DAYS=and 0 0 13 * FRI");
}
