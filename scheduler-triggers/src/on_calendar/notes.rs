//! Finds legal parts of a calendar event that are probably mistakes.

use super::{OnCalendar, event::Event};
use crate::{MonthEnd, Note, cron::Form};

/// The notes about the text that an event was parsed from.
#[derive(Debug, Clone, Default)]
pub(super) struct Written(pub(super) Vec<Note>);

/// Events are compared by their meaning, not by their text.
impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Written {}

impl OnCalendar {
    /// Returns notes on legal parts that are probably mistakes, for editors and checks. Most events
    /// have none.
    ///
    /// * A repetition is longer than its range ([`Note::LongRepetition`]). The note refers to the
    ///   text that the event was parsed from.
    /// * Weekdays and single dates both restrict the days, so a day must match both
    ///   ([`Note::BothDays`]). A range of dates with a weekday is common: `Mon *-*-1..7` is the
    ///   first Monday.
    /// * A clock change of the zone skips the fixed time of day between 2026 and 2053
    ///   ([`Note::SkippedTime`]).
    /// * The day does not exist in some of the months ([`Note::SkippedMonths`]), or in leap years only
    ///   ([`Note::LeapYearsOnly`]).
    /// * No instant matches ([`Note::NeverDue`]).
    ///
    /// ```
    /// # use scheduler_triggers::{Note, OnCalendar};
    /// assert_eq!(OnCalendar::parse("*-02-30")?.notes(), [Note::NeverDue]);
    /// assert_eq!(OnCalendar::parse("Fri *-*-13")?.notes(), [Note::BothDays]);
    /// assert!(OnCalendar::parse("Mon..Fri 09:00")?.notes().is_empty());
    /// # Ok::<(), scheduler_triggers::OnCalendarError>(())
    /// ```
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = self.written.0.clone();
        let event = self.event();
        let is_any_weekday = event.weekdays == Event::every_weekday();
        let has_dates = event.day.form() == Form::Points;
        notes.extend((!is_any_weekday && has_dates).then_some(Note::BothDays));
        if self.is_never() {
            notes.push(Note::NeverDue);
            return notes;
        }
        let timetable = self.timetable();
        if timetable.is_fixed_time() {
            notes.extend(self.walk().skipped_time());
        }
        // Single years here are leap years; otherwise the event would never be due.
        let has_years = event.year.form() == Form::Points;
        let days = timetable.minutes().day_notes();
        let days = days.filter(|note| !has_years || *note != Note::LeapYearsOnly);
        notes.extend(days.map(in_the_notation_of_events));
        notes
    }
}

/// Replaces values that only a cron expression can have.
fn in_the_notation_of_events(note: Note) -> Note {
    match note {
        Note::SkippedMonths { months, .. } => Note::SkippedMonths {
            months,
            instead: MonthEnd::CalendarDay,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gap, Zone};

    fn notes(text: &str) -> Vec<String> {
        let event = OnCalendar::parse(text).unwrap();
        event.notes().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn most_events_have_none() {
        for text in [
            "daily",
            "weekly",
            "quarterly",
            "*-*-1..7 09:00",
            "Mon *-05~07/1",
            "Mon *-*-1..7",
            "*-02~01",
            "*:0/15",
            "9..17/2:00",
            "*-*-* 02:30",
            "*-*-* 02..03:30 Europe/Berlin",
            "2028-02-29",
            "@1395716396",
        ] {
            assert_eq!(notes(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_repetition_that_leads_nowhere_is_told_with_its_place() {
        assert_eq!(
            notes("Mon *-*-* 9..10/5,12:00"),
            [
                "hour: \"9..10/5\" at column 11 has a repetition larger than its range, which leaves \
                 the first value alone"
            ]
        );
        let event = OnCalendar::parse("*:0..10/15").unwrap();
        let again = OnCalendar::parse(&event.to_string()).unwrap();
        assert_eq!((event.notes().len(), again.notes().len()), (1, 0));
        assert_eq!(event, again, "the note is about the text");
        assert_eq!(event.in_zone(Zone::utc()).notes().len(), 1);
    }

    #[test]
    fn a_day_that_has_to_match_twice_is_told() {
        for text in ["Fri *-*-13", "Sat,Sun *-12-24,31 08:00"] {
            let event = OnCalendar::parse(text).unwrap();
            assert_eq!(event.notes(), [Note::BothDays], "{text}");
        }
    }

    #[test]
    fn days_that_months_do_not_have_are_told() {
        let event = |text| OnCalendar::parse(text).unwrap();
        assert!(
            matches!(&event("*-*-31").notes()[..], [Note::SkippedMonths { months, .. }]
            if months.len() == 5)
        );
        let expected = "June has no such day: *-*~01 is the last day of every month";
        assert_eq!(notes("*-01,06-31"), [expected]);
        assert_eq!(event("*-*~01").notes(), []);
        assert_eq!(event("*-02-29").notes(), [Note::LeapYearsOnly]);
        for never in ["*-02-30", "2027-02-29", "*-04,06-31"] {
            assert_eq!(event(never).notes(), [Note::NeverDue], "{never}");
        }
    }

    #[test]
    fn a_fixed_time_that_the_clocks_skip_is_told() {
        let skipped = |event: &OnCalendar| match &event.notes()[..] {
            [
                Note::SkippedTime {
                    reading, instead, ..
                },
            ] => (reading.to_string(), *instead),
            other => panic!("{other:?}"),
        };
        let nightly = OnCalendar::parse("02:30:15.5 Europe/Berlin").unwrap();
        let instead = "2026-03-29T01:00:00Z".parse().unwrap();
        let reading = "2026-03-29 02:30:15.500".to_owned();
        assert_eq!(skipped(&nightly), (reading.clone(), Some(instead)));
        assert_eq!(skipped(&nightly.gap(Gap::Skip)), (reading, None));
    }
}
