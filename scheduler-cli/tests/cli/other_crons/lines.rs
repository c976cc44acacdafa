//! Lines of crontabs that both crons document.

use std::{fs, os::unix::fs::symlink, path::Path};

use rustix::process::Signal;

use crate::program::{Crontab, Running, output, sched};

/// Runs a crontab until this number of its commands has ended. Returns the lines of the log.
fn run(crontab: &Crontab, count: usize, variables: &[(&str, &str)]) -> Vec<String> {
    let mut command = crontab.run(&[]);
    let mut running = Running::start(command.envs(variables.iter().copied()));
    running.until_ended(count);
    running.signal(Signal::TERM);
    let (code, lines) = running.end();
    assert_eq!(code, Some(0), "{lines:#?}");
    lines
}

#[test]
fn settings_comments_and_blanks_are_read_as_cron_reads_them() {
    let text = "# a comment\n\n \t# another\nPLAIN=bar\nQUOTED=\"two words\"\nSINGLE = 'one'\nEMPTY=''\nBLANKS=a b\n\
                \t @reboot \t echo \"$PLAIN,$QUOTED,$SINGLE,$EMPTY,$BLANKS,$OUTER\" # part of the command\n\
                PLAIN=later\n@reboot\techo\t$PLAIN";
    let lines = run(
        &Crontab::new(text),
        2,
        &[("OUTER", "outer"), ("PLAIN", "outer")],
    );
    for part in ["[9:echo] bar,two words,one,,a b,outer", "[11:echo] later"] {
        assert!(
            lines.iter().any(|line| line == part),
            "no {part:?} in {lines:#?}"
        );
    }
}

#[test]
fn an_unescaped_percent_sign_begins_the_input() {
    let text = "@reboot cat %Joe,%%Where are your kids?%\n@reboot echo 50\\%\n";
    let lines = run(&Crontab::new(text), 2, &[]);
    for part in [
        "[1:cat] Joe,",
        "[1:cat] ",
        "[1:cat] Where are your kids?",
        "[2:echo] 50%",
    ] {
        assert!(
            lines.iter().any(|line| line == part),
            "no {part:?} in {lines:#?}"
        );
    }
}

#[test]
fn a_command_without_a_schedule_and_a_schedule_without_a_command_are_refused() {
    for text in [
        "* foo \n",
        "* some * * *  more\n",
        "* some * * *  \n",
        "FOO\n",
        "oops\n",
        "FOO='\n",
        "* * * * *\n",
        "@daily\n",
    ] {
        let crontab = Crontab::new(format!("@reboot echo ran\n{text}"));
        let (code, out, err) = output(&mut crontab.run(&[]));
        assert_eq!((code, &*out), (Some(2), ""), "{text:?}");
        assert!(err.contains("crontab:2:"), "{text:?}: {err}");
        let (code, _, _) = output(sched().args(["check", &crontab.path()]));
        assert_eq!(code, Some(1), "{text:?}");
    }
}

#[test]
fn settings_without_the_effect_that_other_crons_give_them_are_warned_about() {
    for setting in [
        "USER=foo",
        "LOGNAME=foo",
        "MAILTO=paul",
        "MLS_LEVEL=SystemHigh",
        "XDG_SESSION_CLASS=background",
    ] {
        let crontab = Crontab::new(format!("{setting}\n@reboot true\n"));
        let (code, out, _) = output(sched().args(["check", &crontab.path()]));
        let name = setting.split('=').next().expect("a name");
        assert_eq!(code, Some(0));
        assert!(
            out.contains(&format!("crontab:1:1: warning: {name} has no effect")),
            "{out}"
        );
    }
    let (code, out, _) = output(sched().args(["check", &Crontab::new("MAILTO=\"\"\n").path()]));
    assert_eq!((code, &*out), (Some(0), ""));
}

#[test]
fn a_file_that_a_link_names_is_followed_to_another_one() {
    let crontab = Crontab::new("");
    let (one, two, link) = (
        crontab.beside("one"),
        crontab.beside("two"),
        crontab.beside("link"),
    );
    for (folder, word) in [(&one, "a"), (&two, "b")] {
        fs::create_dir(folder).expect("a folder");
        let text = format!("* * * * * * * echo {word}\n");
        fs::write(Path::new(folder).join("jobs"), text).expect("it is written");
    }
    symlink(Path::new(&one).join("jobs"), &link).expect("a link");
    let mut running = Running::start(sched().args(["run", &link, "--watch"]));
    running.until("] a");
    symlink(Path::new(&two).join("jobs"), crontab.beside("new")).expect("a link");
    fs::rename(crontab.beside("new"), &link).expect("it is replaced");
    fs::remove_dir_all(&one).expect("it is removed");
    running.until("] b");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_program_that_path_finds_runs_commands_from_any_folder() {
    let program = Path::new(env!("CARGO_BIN_EXE_sched"));
    let crontab = Crontab::new("@reboot echo ran\n");
    let folder = program.parent().expect("a folder").display();
    let script = format!("cd / && PATH={folder}:$PATH exec sched run \"$0\"");
    let mut running = Running::start(std::process::Command::new("/bin/sh").args([
        "-c",
        &script,
        &crontab.path(),
    ]));
    running.until("] ran");
    running.signal(Signal::TERM);
    assert_eq!(running.end().0, Some(0));
    let (code, out, _) = output(sched().arg("--version"));
    assert_eq!(
        (code, &*out),
        (Some(0), concat!("sched ", env!("CARGO_PKG_VERSION"), "\n"))
    );
}

#[test]
fn a_line_longer_than_a_buffer_arrives_whole() {
    let count = 3 * 64 * 1024;
    let crontab = Crontab::new(format!("@reboot head -c {count} /dev/zero | tr '\\0' a\n"));
    let lines = run(&crontab, 1, &[]);
    let parts = lines
        .iter()
        .filter_map(|line| line.strip_prefix("[1:head] "));
    let letters: usize = parts.map(|part| part.matches('a').count()).sum();
    // The line of the end has some, too.
    assert!(letters >= count, "{letters}");
}

#[test]
fn a_random_delay_spreads_the_lines_below_it() {
    let lines = (0..20).map(|number| format!("* * * * * * true {number}\n"));
    let crontab = Crontab::new(format!("RANDOM_DELAY=1\n{}", lines.collect::<String>()));
    let lines = run(&crontab, 20, &[]);
    let late = lines
        .iter()
        .filter_map(|line| line.split_once(" s, ")?.1.split_once(" s late"));
    let late: Vec<f64> = late
        .map(|(late, _)| late.parse().expect("seconds"))
        .collect();
    // Without it, an idle machine starts all of them at once.
    assert!(late.iter().any(|late| *late > 0.1), "{late:?}");
}

#[test]
fn zones_need_no_files_of_the_system() {
    let crontab = Crontab::new("CRON_TZ=Asia/Tokyo\n0 9 * * * true\n");
    let mut call = sched();
    call.args(["next", "--crontab", &crontab.path(), "--count", "1"]);
    let (code, out, err) = output(call.env("TZDIR", "/nowhere").env("TZ", "America/Lima"));
    assert_eq!((code, &*err), (Some(0), ""));
    assert!(out.contains("T09:00:00+09:00"), "{out}");
}
