//! Jitter: delays of starts, deterministic for a schedule and an instant.

use std::time::Duration;

use crate::base::unix_time::UnixTime;

/// Returns the seed of the delays of one schedule: the FNV-1a hash of its id.
pub(in crate::engine) fn seed(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Returns the delay of the start for `nominal`, in nanoseconds: up to `limit`, and less than the time to `following`, so
/// that starts keep the order of their instants.
pub(in crate::engine) fn shift(
    seed: u64,
    nominal: UnixTime,
    following: Option<UnixTime>,
    limit: Duration,
) -> u64 {
    let room = following
        .and_then(|next| i64::try_from(next.since(nominal)).ok())
        .map_or(u64::MAX, |gap| {
            u64::try_from(gap.saturating_sub(1)).unwrap_or(0)
        });
    let limit = u64::try_from(limit.as_nanos())
        .unwrap_or(u64::MAX)
        .min(room);
    let instant = i64::try_from(nominal.total()).unwrap_or(i64::MAX);
    let dice = mix(seed ^ mix(instant.cast_unsigned()));
    let scaled = (u128::from(dice) * (u128::from(limit) + 1)) >> 64;
    i64::try_from(scaled).unwrap_or(i64::MAX).cast_unsigned()
}

/// Returns the delay of a start after the limit of the jitter changed. Time for which the start has
/// already waited, under the earlier delay `waited`, does not count as lateness.
pub(super) fn held_up(shift: u64, waited: u64, nominal: UnixTime, now: UnixTime) -> u64 {
    let passed = u64::try_from(now.since(nominal).max(0)).unwrap_or(u64::MAX);
    shift.max(waited.min(passed))
}

/// Hashes a number with the finalizer of SplitMix64, so that neighbouring numbers give unrelated
/// results.
const fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    const fn at(second: i64) -> UnixTime {
        UnixTime::new(second, 0)
    }

    #[test]
    fn a_shift_is_stable_and_stays_before_the_following_instant() {
        let limit = Duration::from_secs(60);
        for second in 0..1_000 {
            let shift = |following| shift(seed("nightly"), at(second), following, limit);
            let free = shift(None);
            assert_eq!(free, shift(None));
            assert!(free <= 60 * SECOND);
            assert!(shift(Some(at(second + 5))) < 5 * SECOND);
        }
    }

    #[test]
    fn shifts_spread_over_the_whole_limit() {
        let limit = Duration::from_secs(100);
        let mut tenths = [0; 10];
        for second in 0..1_000 {
            let shift = shift(seed("a"), at(second), None, limit);
            tenths[usize::try_from(shift / SECOND / 10).unwrap().min(9)] += 1;
        }
        assert!(tenths.iter().all(|&hits| hits > 60), "{tenths:?}");
    }

    #[test]
    fn two_schedules_are_shifted_differently() {
        let limit = Duration::from_secs(3_600);
        let shift = |id| shift(seed(id), at(0), None, limit);
        assert_ne!(shift("a"), shift("b"));
    }

    /// A new version of this crate must compute the same delays. The expected numbers come from
    /// other implementations of FNV-1a and SplitMix64.
    #[test]
    fn a_shift_is_the_same_in_every_version() {
        let (minute, next) = (Duration::from_secs(60), 5 * SECOND);
        for (id, second, free, bounded) in [
            ("nightly", 0, 20_681_496_871, 1_723_458_072),
            ("nightly", 1_767_225_600, 7_519_405_513, 626_617_126),
            ("a", 86_400, 56_469_442_932, 4_705_786_911),
        ] {
            let shift = |following| shift(seed(id), at(second), following, minute);
            assert_eq!(shift(None), free);
            let shifted = shift(Some(at(second).after(next)));
            assert_eq!(shifted, bounded);
        }
    }

    #[test]
    fn no_limit_is_no_shift() {
        assert_eq!(shift(7, at(0), None, Duration::ZERO), 0);
        let endless = shift(7, at(0), None, Duration::MAX);
        assert!(endless <= i64::MAX as u64);
    }
}
