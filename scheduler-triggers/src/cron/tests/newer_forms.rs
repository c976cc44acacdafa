//! Tests of forms that Vixie cron does not have: steps beyond the range, full names, random ranges.

use super::*;

#[test]
fn a_step_larger_than_its_range_leaves_the_first_value() {
    for (text, plain) in [
        ("22 12-23/24 * * *", "22 12-12 * * *"),
        ("*/90 * * * *", "*/60 * * * *"),
        ("*/4294967295 * * * *", "*/60 * * * *"),
        ("5/100 * * * *", "5-5 * * * *"),
        ("0 22-2/9 * * *", "0 22-22 * * *"),
        ("0 0 */40 * MON", "0 0 */31 * MON"),
        ("0 0 1 */13 *", "0 0 1 1 *"),
        ("0 0 * * */8", "0 0 * * */7"),
        ("0 0 * * 5-7/3", "0 0 * * FRI"),
        ("0 0 0 1 1 ? 2030-2031/5", "0 0 0 1 1 * 2030"),
        ("WEEK=3-5/9 0 0 * * *", "WEEK=3 0 0 * * *"),
    ] {
        assert_eq!(cron(text).to_string(), plain, "{text}");
        assert_eq!(cron(plain), cron(text), "{text}");
    }
    let hourly = cron("*/90 * * * *");
    let next = hourly.next_after(at("2026-11-30T00:30:00Z"));
    assert_eq!(next, Some(at("2026-11-30T01:00:00Z")));
    assert_eq!(hourly.describe(), "every hour");
    // A star follows the clock, and so does the canonical text of one with such a step.
    assert_eq!(hourly.fold(), Fold::Both);
}

#[test]
fn long_steps_are_read_in_all_dialects_but_those_that_refuse_them() {
    let read = |dialect, text| Cron::builder(text).dialect(dialect).build();
    let hourly = cron("0 */60 * * * *");
    for dialect in [
        Dialect::Quartz,
        Dialect::Ocps(Ocps::V1_4),
        Dialect::Standard,
    ] {
        let found = read(dialect, "0 */90 * * * ?");
        assert_eq!(found, Ok(hourly.clone()), "{dialect}");
    }
    assert!(read(Dialect::Apscheduler, "*/60 * * * *").is_err());
    assert!(read(Dialect::Apscheduler, "*/59 * * * *").is_ok());
    assert!(Cron::fields([(CronField::Minute, "*/60")]).build().is_err());
}

#[test]
fn names_are_read_short_and_in_full() {
    for (text, short) in [
        ("0 0 * * Sunday", "0 0 * * SUN"),
        ("0 0 * * MONDAY-friday", "0 0 * * MON-FRI"),
        ("0 0 * * Tuesday#2,wednesdayL", "0 0 * * TUE#2,WEDL"),
        ("0 0 ThursdayL,saturday#1 * *", "0 0 SAT#1,THUL * *"),
        (
            "0 0 1 january,April-June,NOVEMBER-february *",
            "0 0 1 1,2,4-6,11,12 *",
        ),
        (
            "0 0 1 March,May,july,august,september,October,December *",
            "0 0 1 3,5,7-10,12 *",
        ),
        ("0 0 1 * +Monday", "DAYS=and 0 0 1 * MON"),
    ] {
        assert_eq!(cron(text).to_string(), short, "{text}");
    }
    for wrong in [
        "0 0 * * Mond",
        "0 0 * * Sundays",
        "0 0 1 Sept *",
        "0 0 1 Sunday *",
    ] {
        assert!(Cron::parse(wrong).is_err(), "{wrong}");
    }
    let in_quartz = Cron::builder("0 0 12 ? January-March FridayL").dialect(Dialect::Quartz);
    assert_eq!(in_quartz.build().unwrap(), cron("0 12 * 1-3 FRIL"));
    // A week of this specification ends with Sunday only if that is the end of a range.
    let in_ocps = Cron::builder("0 0 * * Friday-Sunday").dialect(Dialect::Ocps(Ocps::V1_0));
    assert_eq!(in_ocps.build().unwrap(), cron("0 0 * * FRI-SUN"));
    let fields = [
        (CronField::DayOfMonth, "last friday"),
        (CronField::Month, "June"),
    ];
    assert_eq!(Cron::fields(fields).build().unwrap(), cron("0 0 FRIL 6 *"));
}

#[test]
fn a_random_range_is_the_number_of_a_hash() {
    let hashed = |text: &str, seed: &str| Cron::builder(text).seed(seed).build().unwrap();
    for seed in ["", "backup", "mail", "report"] {
        for (random, hash) in [
            ("0~59 3 * * *", "H(0-59) 3 * * *"),
            ("~ ~ ~ * ~", "H H H * H"),
            ("10~ ~5 * * *", "H(10-59) H(0-5) * * *"),
            ("0 22~2 * * *", "0 H(22-2) * * *"),
            ("0 0 ~20 * *", "0 0 H(1-20) * *"),
            ("0 0 5~ * *", "0 0 H(5-28) * *"),
            ("0 0 30~ * *", "0 0 H(30-31) * *"),
            ("0 0 * * Monday~Friday", "0 0 * * H(1-5)"),
            ("~/15 * * * *", "H/15 * * * *"),
            ("0~29/10 * * * *", "H(0-29)/10 * * * *"),
            ("0~29,30~59 * * * *", "H(0-29),H(30-59) * * * *"),
        ] {
            let found = hashed(random, seed);
            assert_eq!(found, hashed(hash, seed), "{random} {seed}");
            assert_eq!(cron(&found.to_string()), found, "{random} {seed}");
        }
    }
    let times: std::collections::BTreeSet<_> = (0..100)
        .map(|seed| hashed("0~59 3 * * *", &seed.to_string()).to_string())
        .collect();
    assert!(times.len() > 30, "{times:?}");
    assert_eq!(hashed("5~5 * * * *", "x"), cron("5 * * * *"));
    for wrong in [
        "60~ * * * *",
        "0~60 * * * *",
        "1~2~3 * * * *",
        "a~5 * * * *",
        "*~5 * * * *",
        "0 0 0 1 1 ? 2030~2040",
    ] {
        assert!(Cron::parse(wrong).is_err(), "{wrong}");
    }
    assert!(
        Cron::builder("0 0~59 3 * * ?")
            .dialect(Dialect::Quartz)
            .build()
            .is_err()
    );
}

#[test]
fn the_workday_nearest_to_a_missing_day_is_the_last_one_in_quartz() {
    let quartz = |text: &str| {
        Cron::builder(text)
            .dialect(Dialect::Quartz)
            .build()
            .unwrap()
    };
    let days = |cron: &Cron, start: &str| {
        let next = crate::upcoming(cron, at(start)).take(3);
        next.map(|at| at.format("%m-%d").to_string())
            .collect::<Vec<_>>()
    };
    let last = quartz("0 0 12 31W * ?");
    assert_eq!(last, cron("0 12 LW * *"));
    assert_eq!(
        days(&last, "2027-04-01T00:00:00Z"),
        ["04-30", "05-31", "06-30"]
    );
    // February of 2027 ends on a Sunday, the 30th of January and of May are Saturday and Sunday.
    let thirtieth = quartz("0 0 12 30W 1,2,5 ?");
    assert_eq!(
        days(&thirtieth, "2027-01-01T00:00:00Z"),
        ["01-29", "02-26", "05-31"]
    );
    assert_eq!(thirtieth.to_string(), "0 12 30WL 1,2,5 *");
    assert_eq!(cron("0 12 30WL 1,2,5 *"), thirtieth);
    let expected =
        "at 12:00, on the workday nearest to the 29th or to the last day of a shorter month";
    assert_eq!(quartz("0 0 12 29W * ?").describe(), expected);
    assert_eq!(quartz("0 0 12 15W * ?"), cron("0 12 15W * *"));
    assert_eq!(cron("0 12 31WL,15WL * *"), cron("0 12 15W,LW * *"));
    assert!(quartz("0 0 12 31W * ?").notes().is_empty());
    for wrong in ["0 12 WL * *", "0 12 32WL * *", "0 12 LWL * *"] {
        assert!(Cron::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_stray_space_is_named_with_what_it_splits() {
    for (text, found, joined, column) in [
        ("0 22, 10 * * *", "22, 10", "22,10", 6),
        ("0 22 ,10 * * *", "22 ,10", "22,10", 5),
        ("0 22 , 10, 11 * * *", "22 , 10, 11", "22,10,11", 5),
        ("*/ 5 * * * *", "*/ 5", "*/5", 3),
        ("é 0 9-  17 * * *", "9-  17", "9-17", 7),
    ] {
        let error = Cron::parse(text).unwrap_err();
        let (found, joined) = (found.replace("  ", " "), joined.to_owned());
        assert_eq!(
            error,
            CronError::StraySpace {
                found,
                joined,
                column
            },
            "{text}"
        );
        assert_eq!(error.column(), Some(column));
    }
    for other in [
        "5, * * * *",
        "0 -1 * * *",
        "0 0 0 0 0 0 0 0, 0",
        "0 5,x * * *",
    ] {
        let error = Cron::parse(other).unwrap_err();
        assert!(
            !matches!(error, CronError::StraySpace { .. }),
            "{other}: {error}"
        );
    }
    let long = "1, ".repeat(1000);
    assert!(refusal(&format!("{long} 2 * * * *")).len() < 1000);
}
