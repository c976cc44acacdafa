//! Lines of a transcript.

use scheduler_core::{ScheduleInfo, job::JobInfo};

/// Returns whether the line matches the wanted line, in which `*` matches any text.
pub(super) fn fits(line: &str, wanted: &str) -> bool {
    let mut parts = wanted.split('*');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<_> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// Replaces each line by the wanted line that matches it, if one does.
pub(super) fn keep_stars(text: &str, wanted: &str) -> String {
    let starred: Vec<_> = wanted.lines().filter(|line| line.contains('*')).collect();
    let kept = |line| {
        let mut starred = starred.iter().copied();
        starred.find(|wanted| fits(line, wanted)).unwrap_or(line)
    };
    text.lines()
        .map(|line| format!("{}\n", kept(line)))
        .collect()
}

/// Formats a job, with the name of its source file in place of the whole location.
pub(super) fn described(job: &JobInfo) -> String {
    let text = format!("{job:?}");
    let (text, _) = text.split_once(", spawned_at").unwrap_or((&text, ""));
    let file = job.spawned_at.map(|place| place.file().replace('\\', "/"));
    let file = file.map(|file| file.rsplit('/').next().unwrap_or_default().to_owned());
    format!("{text}, spawned_at: {file:?} }}")
}

/// Formats a schedule, with its policies in place of its definition.
pub(super) fn policies(schedule: &ScheduleInfo) -> [String; 2] {
    let text = format!("{schedule:?}");
    let (text, _) = text.split_once(", definition").unwrap_or((&text, ""));
    let limits = (schedule.max_instances(), schedule.buffer_limit());
    let (misfire, overlap, jitter) = (schedule.misfire(), schedule.overlap(), schedule.jitter());
    let (group, failures) = (schedule.group(), schedule.pause_after_failures());
    let hours = schedule.late_hours();
    [
        format!("{text} }}"),
        format!(
            "  {misfire:?} {overlap:?} jitter {jitter:?} limits {limits:?} group {group:?} hours \
             {hours:?} failures {failures:?}"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_text() {
        for (line, wanted) in [
            ("ab", "ab"),
            ("ab", "*"),
            ("ab", "a*"),
            ("ab", "*b"),
            ("a1b2c", "a*b*c"),
        ] {
            assert!(fits(line, wanted), "{line} {wanted}");
        }
        for (line, wanted) in [
            ("ab", "a"),
            ("ab", "b"),
            ("ab", "*a"),
            ("ab", "b*"),
            ("ab", "a*c*b"),
            ("", "a"),
        ] {
            assert!(!fits(line, wanted), "{line} {wanted}");
        }
    }
}
