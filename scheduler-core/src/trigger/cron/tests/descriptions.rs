//! Rules in plain English.

use super::cron;

#[test]
fn rules_are_told_in_plain_english() {
    for (expression, expected) in [
        ("* * * * *", "every minute"),
        ("* * * * * *", "every second"),
        ("*/5 * * * *", "every 5 minutes"),
        ("*/10 * * * * *", "every 10 seconds"),
        ("@hourly", "every hour"),
        ("@daily", "at 00:00, every day"),
        ("@weekly", "at 00:00, Sunday"),
        ("@monthly", "at 00:00, on the 1st"),
        ("@yearly", "at 00:00, on the 1st, in January"),
        ("5 * * * *", "every hour at minute 5"),
        ("0 */2 * * *", "every 2 hours"),
        ("30 */2 * * *", "every 2 hours at minute 30"),
        ("0 9 * * 1-5", "at 09:00, Monday to Friday"),
        ("0,30 9 * * 6,0", "at 09:00 and 09:30, Saturday and Sunday"),
        ("15 30 9 * * *", "at 09:30:15, every day"),
        (
            "0 9-17 * * MON-FRI",
            "every hour from 09:00 to 17:00, Monday to Friday",
        ),
        ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:59"),
        (
            "*/15 9,12 * * *",
            "every 15 minutes from 09:00 to 09:59 and from 12:00 to 12:59",
        ),
        ("5,10-20 * * * *", "at minutes 5 and 10 to 20"),
        ("10 * 9-11 * * *", "at second 10, from 09:00 to 11:59"),
        ("*/10 5 * * * *", "every 10 seconds, at minute 5"),
        ("0 0 13 * FRI", "at 00:00, on the 13th or on Friday"),
        ("0 0 13 * +FRI", "at 00:00, on the 13th if that is Friday"),
        (
            "0 0 L,15W,LW,L-3 * *",
            "at 00:00, on the last day of the month, the 3rd day before the last of the month, the workday nearest to the 15th and the last workday of the month",
        ),
        (
            "0 0 * * FRI#2,MONL",
            "at 00:00, the 2nd Friday of the month and the last Monday of the month",
        ),
        (
            "0 0 */2 JUN-AUG *",
            "at 00:00, on every 2nd day of the month from the 1st on, in June to August",
        ),
        ("0 0 1 1,7 *", "at 00:00, on the 1st, in January and July"),
        (
            "0 0 1 */3 *",
            "at 00:00, on the 1st, in every 3rd month from January on",
        ),
        (
            "0 0 0 1 1 ? 2030,2035-2040",
            "at 00:00, on the 1st, in January, in 2030 and 2035 to 2040",
        ),
        ("WEEK=10 0 8 * * MON", "at 08:00, Monday, in ISO week 10"),
        (
            "TZ=Europe/Berlin 0 9 1-7 * *",
            "at 09:00, on the 1st to the 7th, Europe/Berlin time",
        ),
    ] {
        assert_eq!(cron(expression).describe(), expected, "{expression}");
    }
}

#[test]
fn a_long_list_of_years_is_summed_up() {
    let odd_years = cron("0 0 0 1 1 ? 2001-9999/2").describe();
    assert!(
        odd_years.ends_with("in some of the years 2001 to 9999"),
        "{odd_years}"
    );
}
