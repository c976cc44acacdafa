//! Tests of descriptions in plain English.

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
        ("@weekly", "at 00:00, on Sunday"),
        ("@monthly", "at 00:00, on the 1st"),
        ("@yearly", "at 00:00, on the 1st of January"),
        ("5 * * * *", "every hour at minute 5"),
        ("0 */2 * * *", "every 2 hours"),
        ("30 */2 * * *", "every 2 hours at minute 30"),
        ("0 9 * * 1-5", "at 09:00, from Monday to Friday"),
        (
            "0,30 9 * * 6,0",
            "at 09:00 and 09:30, on Saturday and Sunday",
        ),
        ("15 30 9 * * *", "at 09:30:15, every day"),
        (
            "0 9-17 * * MON-FRI",
            "every hour from 09:00 to 17:00, from Monday to Friday",
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
            "at 00:00, on the 2nd Friday of the month and the last Monday of the month",
        ),
        (
            "0 0 */2 JUN-AUG *",
            "at 00:00, on every 2nd day of the month from the 1st on, from June to August",
        ),
        ("0 0 1 1,7 *", "at 00:00, on the 1st of January and July"),
        (
            "0 0 1 */3 *",
            "at 00:00, on the 1st of every 3rd month from January on",
        ),
        (
            "0 0 0 1 1 ? 2030,2035-2040",
            "at 00:00, on the 1st of January, in 2030 and 2035 to 2040",
        ),
        ("WEEK=10 0 8 * * MON", "at 08:00, on Monday, in ISO week 10"),
        (
            "TZ=Europe/Berlin 0 9 1-7 * *",
            "at 09:00, from the 1st to the 7th, Europe/Berlin time",
        ),
        (
            "0 0 1-7 * MON",
            "at 00:00, from the 1st to the 7th or on Monday",
        ),
        ("0 0 29 2 *", "at 00:00, on the 29th of February"),
        (
            "30 8 L 6 *",
            "at 08:30, on the last day of the month, in June",
        ),
        (
            "0 6 * 3,6 FRI#1",
            "at 06:00, on the 1st Friday of the month, in March and June",
        ),
        ("23 0-20/2 * * *", "every 2 hours from 00:23 to 20:23"),
        ("*/30 * * * *", "every 30 minutes"),
        ("*/30 9-17 * * *", "every 30 minutes from 09:00 to 17:59"),
        ("0 6-18/2 * * *", "every 2 hours from 06:00 to 18:00"),
        ("1-59/2 * * * *", "every 2 minutes from minute 1 to 59"),
        ("*/7 * * * *", "every 7 minutes of each hour"),
        ("*/5 */5 * * *", "every 5 minutes in every 5th hour"),
        ("45 23 * DEC-FEB *", "at 23:45, from December to February"),
        (
            "45 23 * 2-12/2 *",
            "at 23:45, in every 2nd month from February to December",
        ),
        ("*/10 22-2 * * *", "every 10 minutes from 22:00 to 02:59"),
        ("0 22-5 * * *", "every hour from 22:00 to 05:00"),
        (
            "0 0 31 2 *",
            "at 00:00, on the 31st of February, which never comes",
        ),
        (
            "0 0 2-31/2 * *",
            "at 00:00, on every 2nd day of the month from the 2nd to the 30th",
        ),
        (
            "20 4 * * */2",
            "at 04:20, on Tuesday, Thursday, Saturday and Sunday",
        ),
        ("0 0 * * FRI-MON", "at 00:00, from Friday to Monday"),
        (
            "0 0 * * MON,WED,SUN#2",
            "at 00:00, on Monday, Wednesday and the 2nd Sunday of the month",
        ),
        (
            "WEEK=1-26/2 0 9 * * MON",
            "at 09:00, on Monday, in every 2nd ISO week from the 1st to the 25th",
        ),
        (
            "WEEK=1-53/4 0 9 * * *",
            "at 09:00, in every 4th ISO week from the 1st on",
        ),
        ("WEEK=1-10 0 9 * * *", "at 09:00, in the ISO weeks 1 to 10"),
        (
            "0 9 15 * +MON-FRI",
            "at 09:00, on the 15th if that is Monday to Friday",
        ),
        (
            "0 0 13 6 FRI",
            "at 00:00, on the 13th or on Friday, in June",
        ),
        (
            "0 0 1-5 1 *",
            "at 00:00, from the 1st to the 5th of January",
        ),
        (
            "0 0 1,15,L * *",
            "at 00:00, on the 1st, the 15th and the last day of the month",
        ),
        (
            "*/2 */2 */2 * * *",
            "every 2 seconds, in every 2nd minute, in every 2nd hour",
        ),
        (
            "*/2 1-59/2 8-16/2 * * *",
            "every 2 seconds, in every 2nd minute from 1 to 59, in every 2nd hour from 08:00 to 16:59",
        ),
        (
            "0 30 9 ? * MON-FRI 2026-2028",
            "at 09:30, from Monday to Friday, from 2026 to 2028",
        ),
        (
            "0 0,12 1 */2 *",
            "at 00:00 and 12:00, on the 1st of every 2nd month from January on",
        ),
        ("5-10 * * * *", "at minutes 5 to 10"),
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
