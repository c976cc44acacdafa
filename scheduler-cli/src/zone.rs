//! The time zone of schedules that name none.

use scheduler_core::trigger::Zone;

use crate::console::complain;

/// Parses the value of `--tz`.
pub(crate) fn parse(name: &str) -> Result<Zone, String> {
    let zone = match name {
        "local" => Zone::system(),
        name => Zone::named(name),
    };
    zone.map_err(|error| error.to_string())
}

/// Returns the zone of `--tz`, or else that of the machine, as every cron does, or else UTC with a warning.
pub(crate) fn given_or_local(given: Option<&Zone>) -> Zone {
    let local = || {
        Zone::system().unwrap_or_else(|error| {
            complain(format_args!(
                "sched: {error}; schedules are in UTC, --tz sets another zone"
            ));
            Zone::utc()
        })
    };
    given.cloned().unwrap_or_else(local)
}
