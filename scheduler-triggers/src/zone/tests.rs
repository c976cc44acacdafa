//! Tests of zones: their names, and the local times they give.

use chrono::TimeDelta;

use super::*;

fn zone(name: &str) -> Zone {
    Zone::bundled(name).unwrap()
}

#[test]
fn a_misspelt_name_is_answered_with_its_neighbours() {
    for (name, hint) in [
        ("Europe/Berln", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("america/newyork", "America/New_York"),
        ("Asia/Kalkutta", "Asia/Kolkata"),
    ] {
        let error = Zone::bundled(name).unwrap_err();
        let ZoneError::Unknown {
            name: found,
            nearest,
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(found, name);
        assert!(
            nearest.iter().any(|near| near == hint),
            "{name}: {nearest:?}"
        );
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn nonsense_has_no_neighbours() {
    for name in ["", "?", "qqqqqqqqqqqqqqqqqqqqqqqq", &"x".repeat(100_000)] {
        let error = Zone::named(name).unwrap_err();
        assert!(
            error.to_string().starts_with("unknown time zone"),
            "{error}"
        );
    }
}

#[test]
fn displayed_zones_parse_back() {
    for text in [
        "UTC",
        "Europe/Berlin",
        "+05:30",
        "-11:00",
        "-00:44:30",
        "+00:00:01",
        "+00:00",
        "Etc/GMT+5",
    ] {
        let zone: Zone = text.parse().unwrap();
        assert_eq!(zone.to_string().parse(), Ok(zone), "{text}");
    }
    assert_eq!("z".parse(), Ok(Zone::utc()));
    assert_eq!("-00:30".parse(), Ok(Zone::fixed(-1800).unwrap()));
}

#[test]
fn an_offset_of_a_day_is_refused() {
    assert_eq!(
        Zone::fixed(86_400),
        Err(ZoneError::Offset { seconds: 86_400 })
    );
    assert!(Zone::fixed(i32::MIN).is_err());
    assert!(Zone::fixed(-86_399).is_ok());
    assert!("+24:00".parse::<Zone>().is_err());
}

#[test]
fn text_around_an_offset_is_refused() {
    for text in [
        "+05:30Mon",
        "+05:307",
        "+0530,",
        "+021474836480",
        "+05 30",
        "+05",
        "+5:30",
        "+05:30:",
        "+05:30:1",
        "+05:30:60",
        "+05:30:+1",
        " +05:30",
        "+05:3\u{e9}",
    ] {
        assert!(text.parse::<Zone>().is_err(), "{text}");
    }
    for text in ["+0530", "+05:30", "+05:30:00"] {
        assert_eq!(text.parse(), Zone::fixed(19_800), "{text}");
    }
}

#[test]
fn a_segment_knows_both_its_transitions() {
    let summer = zone("Europe/Berlin").segment_at(1_720_000_000);
    let expected = Segment {
        start: 1_711_846_800,
        end: 1_729_990_800,
        offset: 7200,
        after: 3600,
    };
    assert_eq!(summer, expected);
    assert_eq!(zone("Europe/Berlin").offset_before(summer.start), 3600);
    assert_eq!(zone("Europe/Berlin").segment_at(summer.start), summer);
    assert_eq!(zone("Europe/Berlin").segment_at(summer.end - 1), summer);
    assert_eq!(
        zone("Europe/Berlin").segment_at(summer.end).start,
        summer.end
    );
}

#[test]
fn a_zone_without_transitions_is_one_segment() {
    for zone in [Zone::utc(), Zone::fixed(3600).unwrap(), zone("Etc/GMT+5")] {
        let segment = zone.segment_at(0);
        assert_eq!((segment.start, segment.end), (i64::MIN, i64::MAX), "{zone}");
    }
}

#[test]
fn the_ends_of_time_do_not_panic() {
    let berlin = zone("Europe/Berlin");
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let _ = berlin.offset_at(at);
        berlin.segment_at(at.timestamp());
    }
    berlin.segment_at(i64::MIN);
    berlin.segment_at(i64::MAX);
}

#[test]
fn the_ends_of_time_can_be_shown() {
    let (west, east) = (
        Zone::bundled("America/Nuuk").unwrap(),
        Zone::bundled("Asia/Tokyo").unwrap(),
    );
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for zone in [&west, &east] {
            let local = zone.to_local(at);
            assert_eq!(
                local.naive_local().and_utc() - local.to_utc(),
                TimeDelta::seconds(local.offset().local_minus_utc().into(),)
            );
        }
    }
}

#[test]
fn a_date_after_2099_still_has_summer_time() {
    let july_2125 = DateTime::from_timestamp(4_907_000_000, 0).unwrap();
    assert_eq!(
        zone("Europe/Berlin").offset_at(july_2125).local_minus_utc(),
        7200
    );
}
