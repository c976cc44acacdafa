//! Random calendar events, with their meaning for the slow evaluator.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};

use crate::trigger_oracle::{Expression, Field, Special};

/// A calendar event without a zone, and its meaning.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) text: String,
    pub(crate) meaning: Expression,
}

/// Generates an event with whole seconds.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let second = prop_oneof![3 => Just(single(0)), 1 => component(0, 59)];
    let date = (
        prop_oneof![4 => Just(every(1970, 2199)), 1 => years()],
        prop_oneof![3 => Just(every(1, 12)), 1 => component(1, 12)],
        prop_oneof![3 => Just((every(1, 31), '-')), 1 => component(1, 31).prop_map(|day| (day, '-')), 1 => from_end()],
    );
    let time = (component(0, 23), component(0, 59), second);
    let weekdays = prop_oneof![2 => Just(None), 1 => weekdays().prop_map(Some)];
    (weekdays, date, time).prop_map(
        |(weekdays, (year, month, (day, separator)), (hour, minute, second))| {
            let front = weekdays.iter().map(|days| format!("{} ", days.text));
            let text = format!(
                "{}{}-{}{separator}{} {}:{}:{}",
                front.collect::<String>(),
                year.text,
                month.text,
                day.text,
                hour.text,
                minute.text,
                second.text,
            );
            let weekday = weekdays.unwrap_or_else(|| every(0, 6));
            let meaning = Expression {
                weeks: None,
                years: Some(year),
                both_days: true,
                second,
                minute,
                hour,
                day,
                month,
                weekday,
            };
            Event { text, meaning }
        },
    )
}

fn single(value: u32) -> Field {
    listed(vec![(value.to_string(), vec![value], true)])
}

fn every(low: u32, high: u32) -> Field {
    Field {
        text: "*".into(),
        values: (low..=high).collect(),
        begins_with_star: true,
        is_list_of_numbers: false,
        special: Vec::new(),
    }
}

/// An item: its text, its numbers, and whether it is a single number.
type Item = (String, Vec<u32>, bool);

fn component(low: u32, high: u32) -> impl Strategy<Value = Field> {
    let list = vec(item(low, high), 1..4).prop_map(listed);
    prop_oneof![1 => Just(every(low, high)), 3 => list]
}

fn item(low: u32, high: u32) -> impl Strategy<Value = Item> {
    let single = (low..=high).prop_map(|value| (value.to_string(), vec![value], true));
    let range = (low..=high, low..=high, 1..9_u32).prop_map(|(one, other, step)| {
        let (first, last) = (one.min(other), one.max(other));
        let numbers: Vec<_> = (first..=last).step_by(step as usize).collect();
        let text = match step {
            1 => format!("{first}..{last:02}"),
            _ => format!("{first:02}..{last}/{step}"),
        };
        // A range of one value counts as a number, however it is written.
        let is_single = numbers.len() == 1;
        (text, numbers, is_single)
    });
    let open = (low..high, 1..30_u32).prop_map(move |(first, step)| {
        let step = step.min(high - first);
        let numbers = (first..=high).step_by(step as usize).collect();
        (format!("{first}/{step}"), numbers, false)
    });
    prop_oneof![3 => single, 2 => range, 1 => open]
}

fn listed(items: Vec<Item>) -> Field {
    let texts: Vec<_> = items.iter().map(|item| item.0.as_str()).collect();
    Field {
        begins_with_star: false,
        is_list_of_numbers: items.iter().all(|item| item.2),
        text: texts.join(","),
        values: items.into_iter().flat_map(|item| item.1).collect(),
        special: Vec::new(),
    }
}

/// Generates years near the tested instants; a repetition continues to the last year.
fn years() -> impl Strategy<Value = Field> {
    let item = item(1984, 2040).prop_map(|(text, numbers, is_single)| {
        let step = text
            .split_once('/')
            .filter(|(start, _)| !start.contains('.'));
        let numbers = match step {
            Some((_, step)) => (numbers[0]..=2199).step_by(step.parse().unwrap()).collect(),
            None => numbers,
        };
        (text, numbers, is_single)
    });
    vec(item, 1..4).prop_map(listed).prop_map(|field| {
        // A single year may be written with two digits.
        let is_plain = field.text.bytes().all(|byte| byte.is_ascii_digit());
        let skipped = if is_plain { 2 } else { 0 };
        Field {
            text: field.text[skipped..].to_owned(),
            ..field
        }
    })
}

/// Generates days counted back from the last one.
fn from_end() -> impl Strategy<Value = (Field, char)> {
    let single = (1..=28_u32).prop_map(|day| (day.to_string(), vec![day]));
    let range = (1..=28_u32, 1..=28_u32, 1..9_u32).prop_map(|(one, other, step)| {
        let (near, far) = (one.min(other), one.max(other));
        // A repetition counts from the day nearest to the end of the month.
        let days = (near..=far).step_by(step as usize).collect();
        (format!("{near}..{far}/{step}"), days)
    });
    let open = (2..=28_u32, 1..28_u32).prop_map(|(far, step)| {
        let step = step.min(far - 1);
        let days = (1..=far).rev().step_by(step as usize).collect();
        (format!("{far}/{step}"), days)
    });
    let item = prop_oneof![single, range, open];
    vec(item, 1..3).prop_map(|items: Vec<(String, Vec<u32>)>| {
        let texts: Vec<_> = items.iter().map(|item| item.0.as_str()).collect();
        let days = items.iter().flat_map(|item| item.1.clone());
        let field = Field {
            text: texts.join(","),
            values: BTreeSet::new(),
            begins_with_star: false,
            is_list_of_numbers: false,
            special: days.map(|day| Special::BeforeLast(day - 1)).collect(),
        };
        (field, '~')
    })
}

/// Generates names of weekdays; the evaluator counts from Sunday = 0.
fn weekdays() -> impl Strategy<Value = Field> {
    let name = select(vec![0_usize, 1]);
    let item = (0..7_usize, 0..7_usize, name, select(vec!["..", "-", ""])).prop_map(
        |(one, other, form, dash)| {
            let (first, last) = (one.min(other), one.max(other));
            if dash.is_empty() {
                (NAMES[form][first].to_owned(), first..=first)
            } else {
                (
                    format!("{}{dash}{}", NAMES[form][first], NAMES[form][last]),
                    first..=last,
                )
            }
        },
    );
    (vec(item, 1..4), any::<bool>()).prop_map(|(items, comma)| {
        let texts: Vec<_> = items.iter().map(|item| item.0.clone()).collect();
        let days = items.into_iter().flat_map(|item| item.1);
        let values = days.map(|day| u32::try_from((day + 1) % 7).unwrap());
        Field {
            text: texts.join(",") + if comma { "," } else { "" },
            values: values.collect(),
            begins_with_star: false,
            is_list_of_numbers: false,
            special: Vec::new(),
        }
    })
}

const NAMES: [[&str; 7]; 2] = [
    ["Mon", "tue", "WED", "Thu", "fri", "Sat", "sUn"],
    [
        "monday",
        "Tuesday",
        "Wednesday",
        "THURSDAY",
        "Friday",
        "saturday",
        "Sunday",
    ],
];
