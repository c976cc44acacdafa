//! The names of common calendar events, such as `daily`.

use super::{
    component::{Component, Item},
    event::Event,
    field::Field,
};
use crate::cron::Bits;

/// Returns the event called `name`, ignoring case.
pub(super) fn named(name: &str) -> Option<Event> {
    let daily = Event::daily();
    let first_of = |months: &[u32]| Event {
        month: Component::list(
            Field::Month,
            months.iter().copied().map(Item::single).collect(),
        ),
        day: Component::single(Field::Day, 1),
        ..Event::daily()
    };
    Some(match name.to_ascii_lowercase().as_str() {
        "minutely" => Event {
            hour: Component::every(Field::Hour),
            minute: Component::every(Field::Minute),
            ..daily
        },
        "hourly" => Event {
            hour: Component::every(Field::Hour),
            ..daily
        },
        "daily" => daily,
        "weekly" => Event {
            weekdays: Bits::from_iter([0]),
            ..daily
        },
        "monthly" => Event {
            day: Component::single(Field::Day, 1),
            ..daily
        },
        "yearly" | "annually" | "anually" => first_of(&[1]),
        "quarterly" => first_of(&[1, 4, 7, 10]),
        "semiannually" | "semi-annually" | "biannually" | "bi-annually" => first_of(&[1, 7]),
        _ => return None,
    })
}

/// The allowed values, for messages.
pub(super) const EXPECTED: &str = "a weekday such as Mon, a date such as *-*-01, a time such as 09:00, \
                                   or minutely, hourly, daily, weekly, monthly, quarterly, \
                                   semiannually or yearly";
