//! Describes a calendar event in plain English.

use super::OnCalendar;
use crate::Zone;

impl OnCalendar {
    /// Describes the rule in plain English, for people. Only the canonical text is complete.
    ///
    /// ```
    /// # use scheduler_triggers::OnCalendar;
    /// let event = OnCalendar::parse("Mon..Fri *-*-* 09:00")?;
    /// assert_eq!(event.describe(), "at 09:00, from Monday to Friday");
    /// let event = OnCalendar::parse("*-*~01 18:00 Europe/Berlin")?;
    /// let expected = "at 18:00, on the last day of the month, Europe/Berlin time";
    /// assert_eq!(event.describe(), expected);
    /// # Ok::<(), scheduler_triggers::OnCalendarError>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> String {
        let rule = self.timetable().in_seconds();
        let mut parts = vec![rule.time()];
        let seconds = &self.event().second;
        if seconds.whole_seconds().is_none() {
            parts.push(format!("at the seconds {seconds}"));
        }
        parts.extend(rule.days_and_months());
        if !self.event().year.is_every() {
            parts.extend(rule.year_list());
        }
        if parts.len() == 1 && rule.is_at_times() {
            parts.push("every day".into());
        }
        if self.is_never() {
            parts.push("which never comes".into());
        }
        if *self.zone() != Zone::utc() {
            parts.push(format!("{} time", self.zone()));
        }
        parts.join(", ")
    }
}
