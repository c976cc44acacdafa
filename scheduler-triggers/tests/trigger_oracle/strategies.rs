//! Strategies for cron expressions.

use super::{Expression, Field, Special, zero};
use proptest::{collection::vec, prelude::*};

/// Generates a field with numbers from `low` to `high`.
pub(crate) fn field(low: u32, high: u32) -> impl Strategy<Value = Field> {
    let star = Just(("*".to_owned(), (low..=high).collect::<Vec<_>>(), false));
    // A step larger than the range leaves its first value.
    let steps = (2..=high - low + 20).prop_map(move |step| {
        (
            format!("*/{step}"),
            (low..=high).step_by(step as usize).collect(),
            false,
        )
    });
    let single = (low..=high).prop_map(|value| (value.to_string(), vec![value], true));
    let range = (low..=high, low..=high, 1..9_u32).prop_map(move |(first, last, step)| {
        let numbers = around(low, high, first, last);
        let text = if step == 1 {
            format!("{first}-{last}")
        } else {
            format!("{first}-{last}/{step}")
        };
        (
            text,
            numbers.into_iter().step_by(step as usize).collect(),
            false,
        )
    });
    let open = (low..high, 1..9_u32).prop_map(move |(first, step)| {
        let numbers = (first..=high).step_by(step as usize).collect();
        (format!("{first}/{step}"), numbers, false)
    });
    let item = prop_oneof![2 => star, 2 => steps, 4 => single, 2 => range, 1 => open];
    list(item)
}

/// Generates years that a test may reach, and ranges of them, which do not wrap around.
pub(super) fn years() -> impl Strategy<Value = Field> {
    let single = (1970..2100_u32).prop_map(|year| (year.to_string(), vec![year], true));
    let range = (1970..2100_u32, 1..60_u32, 1..9_u32).prop_map(|(first, length, step)| {
        let last = first + length;
        let years = (first..=last).step_by(step as usize).collect();
        (format!("{first}-{last}/{step}"), years, false)
    });
    list(prop_oneof![1 => single, 3 => range])
}

/// An item: its text, its numbers, and whether it is a single number.
type Item = (String, Vec<u32>, bool);

fn list(item: impl Strategy<Value = Item>) -> impl Strategy<Value = Field> {
    vec(item, 1..4).prop_map(|items| Field {
        begins_with_star: items[0].0.starts_with('*'),
        is_list_of_numbers: items.iter().all(|item| item.2),
        text: items
            .iter()
            .map(|item| item.0.as_str())
            .collect::<Vec<_>>()
            .join(","),
        values: items.into_iter().flat_map(|item| item.1).collect(),
        special: Vec::new(),
    })
}

/// Generates an expression whose second is 0.
pub(crate) fn expression() -> impl Strategy<Value = Expression> {
    let days = (field(1, 31), vec(month_day(), 0..3)).prop_map(with_special);
    let weekdays = prop_oneof![field(0, 6), named(field(0, 6), WEEKDAYS)];
    let weekdays = (weekdays, vec(week_day(), 0..3)).prop_map(with_special);
    // Half of the expressions are due on every day, to test clock changes.
    let every = |low, high| {
        Just(Field {
            text: if high == 31 { "?" } else { "*" }.into(),
            values: (low..=high).collect(),
            begins_with_star: true,
            is_list_of_numbers: false,
            special: Vec::new(),
        })
    };
    let days = prop_oneof![2 => every(1, 31), 1 => days];
    let weekdays = prop_oneof![2 => every(0, 6), 1 => weekdays];
    let months =
        prop_oneof![3 => every(1, 12), 1 => field(1, 12), 1 => named(field(1, 12), MONTHS)];
    let rarely = |field| prop_oneof![5 => Just(None), 1 => field];
    let around = (
        rarely(field(1, 53).prop_map(Some).boxed()),
        rarely(years().prop_map(Some).boxed()),
        prop::bool::weighted(0.2),
    );
    (field(0, 59), field(0, 23), days, months, weekdays, around).prop_map(
        |(minute, hour, day, month, weekday, (weeks, years, both_days))| Expression {
            weeks,
            years,
            both_days,
            second: zero(),
            minute,
            hour,
            day,
            month,
            weekday,
        },
    )
}

fn with_special((mut field, special): (Field, Vec<(String, Special)>)) -> Field {
    for (text, special) in special {
        field.text = format!("{},{text}", field.text);
        field.special.push(special);
    }
    field
}

fn month_day() -> impl Strategy<Value = (String, Special)> {
    prop_oneof![
        Just(("L".to_owned(), Special::BeforeLast(0))),
        Just(("lw".to_owned(), Special::LastWorkday)),
        (0..=30_u32).prop_map(|days| (format!("L-{days}"), Special::BeforeLast(days))),
        (1..=31_u32).prop_map(|day| (format!("{day}W"), Special::NearestWorkday(day))),
        (0..7_u32, 1..=5_u32).prop_map(|(day, nth)| {
            let name = WEEKDAYS[day as usize];
            (format!("{name}#{nth}"), Special::Nth(day, nth))
        }),
        (0..7_u32).prop_map(|day| (format!("{}l", WEEKDAYS[day as usize]), Special::Last(day))),
    ]
}

/// Replaces the numbers at the ends of items by names.
fn named(
    field: impl Strategy<Value = Field>,
    names: &'static [&'static str],
) -> impl Strategy<Value = Field> {
    let name = move |number: &str| {
        let number: usize = number.parse().unwrap();
        names[if names.len() == 12 {
            number - 1
        } else {
            number
        }]
    };
    field.prop_map(move |field| {
        let items = field.text.split(',').map(|item| {
            let (range, step) = item
                .split_once('/')
                .map_or((item, None), |(a, b)| (a, Some(b)));
            let range = match range {
                "*" => "*".to_owned(),
                range => range.split('-').map(name).collect::<Vec<_>>().join("-"),
            };
            match step {
                Some(step) => format!("{range}/{step}"),
                None => range,
            }
        });
        let text = items.collect::<Vec<_>>().join(",");
        Field { text, ..field }
    })
}

const WEEKDAYS: &[&str] = &["sun", "MON", "Tue", "weD", "THU", "fri", "SAT"];

const MONTHS: &[&str] = &[
    "Jan", "feb", "MAR", "apr", "may", "jun", "JUL", "aug", "sep", "oct", "nov", "DEC",
];

fn week_day() -> impl Strategy<Value = (String, Special)> {
    prop_oneof![
        (0..7_u32, 1..=5_u32)
            .prop_map(|(day, nth)| (format!("{day}#{nth}"), Special::Nth(day, nth))),
        (0..7_u32).prop_map(|day| (format!("{}L", WEEKDAYS[day as usize]), Special::Last(day))),
    ]
}

/// Returns the numbers from `first` to `last`, wrapping around if needed.
fn around(low: u32, high: u32, first: u32, last: u32) -> Vec<u32> {
    let mut numbers = vec![first];
    while numbers.last() != Some(&last) {
        let value = numbers[numbers.len() - 1];
        numbers.push(if value == high { low } else { value + 1 });
    }
    numbers
}
