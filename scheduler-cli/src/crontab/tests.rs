use super::*;

fn read(text: &str) -> Result<Vec<Entry>, Vec<Problem>> {
    parse(text.as_bytes(), &Zone::utc(), Layout::Own).map(|crontab| crontab.entries)
}

fn commands(text: &str) -> Vec<String> {
    let entries = read(text).expect("it is right");
    entries.into_iter().map(|entry| entry.command).collect()
}

/// Returns line and column of each mistake.
fn wrong(text: &[u8]) -> Vec<(usize, usize)> {
    let problems = parse(text, &Zone::utc(), Layout::Own).expect_err("it is wrong");
    problems.iter().map(|one| (one.line, one.column)).collect()
}

#[test]
fn comments_and_blank_lines_are_passed_over() {
    assert_eq!(
        commands("# a comment\n\n   \n\t# another = one\n* * * * * echo hi\n"),
        ["echo hi"]
    );
    assert!(commands("").is_empty());
}

#[test]
fn blanks_tabs_and_line_ends_of_any_kind_are_taken() {
    let text = "\u{feff}  *\t* * * *\techo  a  b  \r\n\r\n* * * * * c\r\n* * * * * d";
    assert_eq!(commands(text), ["echo  a  b", "c", "d"]);
}

#[test]
fn seconds_years_names_and_lengths_are_told_apart() {
    let text = "*/5 * * * * * six\n*/5 * * * * five * 1\n@hourly macro\n@every 5s length\n\
                0 0 0 1 1 ? 2099 seven\n@Reboot once\n0 9 * * MON-FRI weekdays";
    assert_eq!(
        commands(text),
        [
            "six", "five * 1", "macro", "length", "seven", "once", "weekdays"
        ]
    );
}

#[test]
fn a_line_with_two_readings_is_refused_with_both() {
    let problems = read("0 10 22 * * Monday,Friday *  true").expect_err("it has two readings");
    let expected = "found \"Monday,Friday\", which can be a field or a command: \
                    either seven fields \"0 10 22 * * Monday,Friday *\" and the command \"true\", \
                    or five fields \"0 10 22 * *\" and the command \"Monday,Friday *  true\"; \
                    write the field in numbers, or the command with its path";
    assert_eq!((problems[0].line, problems[0].column), (1, 13));
    assert_eq!(problems[0].message, expected);
    for refused in [
        "0 0 9 * * MON-FRI backup",
        "CRON_TZ=Asia/Tokyo 0 0 9 * * fril backup now",
        "0 0 9 * * H 2030 backup",
    ] {
        assert_eq!(wrong(refused.as_bytes()).len(), 1, "{refused}");
    }
}

#[test]
fn a_line_with_one_reading_is_taken() {
    for (line, command) in [
        // A minute of 30 is no hour, so that these are six and seven fields.
        ("0 30 9 * * MON-FRI backup", "backup"),
        ("0 30 9 * * Monday,Friday * true", "true"),
        // No command has such a name.
        ("0 10 22 * * 1,5 *  true", "true"),
        ("0 0 9 * * 5L backup", "backup"),
        ("0 0 9 * * 5#2 backup", "backup"),
        // Not a field.
        ("0 0 9 * * MON-FRO backup", "MON-FRO backup"),
        ("0 0 9 * * ./MON-FRI backup", "./MON-FRI backup"),
        ("0 9 * * Monday-Friday mon", "mon"),
    ] {
        assert_eq!(commands(line), [command], "{line}");
    }
}

#[test]
fn a_stray_space_is_named_whatever_follows_it() {
    for (line, column) in [
        ("0 22, 10 * * * backup", 6),
        ("0 22, 10, 11 * * * backup now", 6),
        ("0 9 * * MON, FRI backup", 13),
        ("0 9 * * MON, WED, FRI backup", 13),
        ("  */5 9 - 17 * * * backup", 8),
        ("0 9 1, 15 * * backup now", 7),
    ] {
        let problems = read(line).expect_err("a list is broken off");
        assert!(
            problems[0].message.starts_with("a stray space"),
            "{line}: {problems:?}"
        );
        assert_eq!(problems[0].column, column, "{line}: {problems:?}");
    }
}

#[test]
fn settings_hold_for_the_lines_below() {
    let text = "* * * * * a\nA=\"good day\"\nB = ' x '\n\"C\"=\nA=2\n* * * * * b=1";
    let entries = read(text).expect("right");
    assert!(entries[0].environment.settings().is_empty());
    let setting = |name| entries[1].environment.get(name);
    assert_eq!(
        [setting("A"), setting("B"), setting("C"), setting("D")],
        [Some("2"), Some(" x "), Some(""), None]
    );
    assert_eq!(entries[1].command, "b=1");
}

#[test]
fn entries_share_their_settings() {
    let text: String = (0..1_000)
        .map(|number| format!("A={number}\n@daily a\n"))
        .collect();
    let entries = read(&text).expect("right");
    let shared = entries[999].environment.settings();
    for (number, entry) in entries.iter().enumerate() {
        let settings = entry.environment.settings();
        assert_eq!(settings.as_ptr(), shared.as_ptr(), "a list of its own");
        assert_eq!(settings.len(), number + 1);
        let value = number.to_string();
        assert_eq!(entry.environment.get("A"), Some(value.as_str()));
    }
}

#[test]
fn no_more_than_a_hundred_problems_are_reported() {
    let text = "CRON_TZ=Nowhere/Land\n".repeat(20_000);
    assert_eq!(wrong(text.as_bytes()).len(), MOST_PROBLEMS);
}

#[test]
fn each_command_has_a_hashed_time_of_its_own() {
    let read = || read("H H * * * backup\nH H * * * mail\nH H * * * mail").expect("right");
    let times: Vec<_> = read()
        .iter()
        .map(|entry| entry.trigger.to_string())
        .collect();
    assert_ne!(times[0], times[1]);
    assert_eq!(times[1], times[2]);
    assert_eq!(times[0], read()[0].trigger.to_string());
}

#[test]
fn a_zone_holds_for_the_lines_below_or_for_its_own_line() {
    let text = "0 9 * * * a\nCRON_TZ=Asia/Tokyo 0 9 * * * b\n0 9 * * * c\n\
                CRON_TZ=Asia/Tokyo\nTZ=Europe/Paris\n0 9 * * * d";
    let midnight = "2026-01-01T00:00:00Z".parse().expect("a time");
    let entries = read(text).expect("right");
    let next = |entry: &Entry| entry.trigger.next_after(midnight).expect("a time");
    let times: Vec<_> = entries
        .iter()
        .map(|entry| next(entry).to_rfc3339())
        .collect();
    // Nine in Tokyo is midnight of UTC, and the next one after it a day later.
    let utc = "2026-01-01T09:00:00+00:00";
    let tokyo = "2026-01-02T00:00:00+00:00";
    assert_eq!(times, [utc, tokyo, utc, tokyo]);
    assert_eq!(entries[3].environment.get("TZ"), Some("Europe/Paris"));
}

#[test]
fn a_zone_before_fields_holds_for_its_line_whatever_sets_it() {
    let text = "TZ=Asia/Tokyo 0 9 * * * a\n#@ tz=Asia/Tokyo\n0 9 * * * b\n0 9 * * * c";
    let midnight = "2026-01-01T00:00:00Z".parse().expect("a time");
    let entries = read(text).expect("right");
    let times = entries
        .iter()
        .map(|entry| entry.trigger.next_after(midnight));
    let times: Vec<_> = times
        .map(|time| time.expect("a time").to_rfc3339())
        .collect();
    let tokyo = "2026-01-02T00:00:00+00:00";
    assert_eq!(times, [tokyo, tokyo, "2026-01-01T09:00:00+00:00"]);
    assert!(entries[2].environment.settings().is_empty());
}

#[test]
fn policies_are_those_of_the_next_entry() {
    let text = "#@ id=a\n# a comment\n#@\tjitter=5s\n\nA=1\n* * * * * x\n* * * * * y\n#@reboot z";
    let entries = read(text).expect("right");
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].policies.id.as_deref(), Some("a"));
    assert_eq!(entries[0].policies.jitter, Some(Duration::from_secs(5)));
    assert_eq!(entries[1].policies.id, None);
    assert_eq!(wrong(b"* * * * * x\n#@ id=a\n"), [(2, 1)]);
    assert_eq!(wrong(b"#@ id=a\n@daily x\n#@ id=a\n@daily y\n"), [(4, 1)]);
}

#[test]
fn a_random_delay_is_the_jitter_of_the_lines_below() {
    let text = "@daily a\nRANDOM_DELAY=5\n@daily b\n#@ jitter=1s\n@daily c";
    let jitters: Vec<_> = read(text)
        .expect("right")
        .iter()
        .map(|entry| entry.policies.jitter)
        .collect();
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(jitters, [None, seconds(300), seconds(1)]);
    assert_eq!(wrong(b"RANDOM_DELAY=soon\n@daily b"), [(1, 14)]);
}

#[test]
fn settings_without_effect_are_noted() {
    let notes = |text: &[u8]| {
        parse(text, &Zone::utc(), Layout::Own)
            .expect("right")
            .notes
            .len()
    };
    assert_eq!(notes(b"MAILTO=ops@example.org\n@daily a"), 1);
    assert_eq!(notes(b"MAILTO=\nPATH=/bin\n@daily a"), 0);
}

#[test]
fn a_user_column_is_refused_and_a_program_of_that_name_is_not() {
    assert_eq!(wrong(b"17 * * * * root true\n"), [(1, 12)]);
    assert_eq!(wrong(b"@daily root /usr/bin/true\n"), [(1, 8)]);
    for line in [
        "@daily root",
        "@daily rooted true",
        "@daily ./root true",
        "@daily echo root true",
    ] {
        assert_eq!(commands(line).len(), 1, "{line}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("root");
    std::os::unix::fs::symlink("/bin/sh", program).expect("a link");
    let text = format!("PATH={}\n@daily root true", folder.path().display());
    assert_eq!(commands(&text), ["root true"]);
}

#[test]
fn a_system_crontab_has_a_user_before_each_command() {
    let read = |text: &str| parse(text.as_bytes(), &Zone::utc(), Layout::System);
    let place = |text: &str| {
        let problems = read(text).expect_err("it is wrong");
        (problems[0].line, problems[0].column)
    };
    assert_eq!(place("* * * * * nosuchuser true"), (1, 11));
    assert_eq!(place("* * * * *"), (1, 10));
    if !rustix::process::geteuid().is_root() {
        assert_eq!(place("@daily root true"), (1, 8));
        return;
    }
    let text = "17 * * * * root a b\n0 17 * * * * 2099 root c %d\n-@every 5m root e";
    let entries = read(text).expect("right").entries;
    let commands: Vec<_> = entries.iter().map(|entry| &*entry.command).collect();
    assert_eq!(commands, ["a b", "c ", "e"]);
    let is_root = |entry: &Entry| entry.user.as_ref().is_some_and(|user| user.id == 0);
    assert!(entries.iter().all(is_root) && entries[2].is_quiet);
    assert_eq!(place("@daily root"), (1, 12));
}

#[test]
fn a_sign_before_the_schedule_makes_an_entry_quiet() {
    let entries = read("-* * * * * a\n  -@daily b\n* * * * * -c").expect("right");
    let quiet: Vec<_> = entries.iter().map(|entry| entry.is_quiet).collect();
    assert_eq!(quiet, [true, true, false]);
    assert_eq!(entries[2].command, "-c");
}

#[test]
fn a_percent_sign_begins_the_input() {
    let entries = read(r"* * * * * cat 100\% \n %one%two").expect("right");
    assert_eq!(entries[0].command, r"cat 100% \n ");
    assert_eq!(entries[0].input.as_deref(), Some("one\ntwo\n"));
}

#[test]
fn all_problems_are_found_with_line_and_column() {
    let text = "61 * * * * a\n* * * * *\n  * 25 * * * b\nCRON_TZ=Nowhere/Land\nok = 1\n\
                @weeklyish c\n@every\nA=\"open\n0 99 * * * * d\n* * * * * 9 e\ngarbage";
    let places = [
        (1, 1),
        (2, 10),
        (3, 5),
        (4, 9),
        (6, 1),
        (7, 1),
        (8, 3),
        (9, 3),
        (10, 11),
        (11, 1),
    ];
    let problems = read(text).expect_err("they are wrong");
    let seen: Vec<_> = problems.iter().map(|one| (one.line, one.column)).collect();
    assert_eq!(seen, places, "{problems:#?}");
    assert!(problems.iter().all(|one| one.message.len() > 10));
}

#[test]
fn bytes_that_are_no_text_are_a_problem_but_not_in_comments() {
    assert_eq!(
        wrong(b"# caf\xe9\n* * * * * \xc3\xa9\xff\n* * * * * a\0b"),
        [(2, 12), (3, 12)]
    );
}

#[test]
fn no_bytes_make_it_panic() {
    let parts: [&[u8]; 12] = [
        b"*", b" ", b"=", b"\"", b"'", b"%", b"\\", b"@", b"\xff", b"\r", b"CRON_TZ", b"9",
    ];
    for seed in 0..20_000_u32 {
        let pick =
            |place: u32| parts[(seed.wrapping_mul(2_654_435_761) >> (place * 3)) as usize % 12];
        let line: Vec<u8> = (0..9).flat_map(|place| pick(place).to_vec()).collect();
        drop(parse(&line, &Zone::utc(), Layout::Own));
    }
}
