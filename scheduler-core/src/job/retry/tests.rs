use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn delays(retry: &Retry) -> Vec<Option<u64>> {
    let failed = JobError::failed("no");
    let delay = |attempt| retry.delay(attempt, &failed, 7);
    (1..=6)
        .map(|attempt| delay(attempt).map(|delay| delay.as_secs()))
        .collect()
}

#[test]
fn delays_grow_as_told_and_end_with_the_attempts() {
    let fixed = Retry::fixed(3, 5 * SECOND);
    assert_eq!(delays(&fixed)[..4], [Some(5), Some(5), None, None]);
    let doubled = Retry::exponential(6, SECOND).max_delay(6 * SECOND);
    assert_eq!(
        delays(&doubled),
        [Some(1), Some(2), Some(4), Some(6), Some(6), None]
    );
    let tripled = Retry::exponential(4, SECOND).factor(3.0);
    assert_eq!(delays(&tripled)[..4], [Some(1), Some(3), Some(9), None]);
    let own = Retry::custom(|attempt, _| (attempt < 3).then(|| attempt * SECOND)).max_attempts(9);
    assert_eq!(delays(&own)[..3], [Some(1), Some(2), None]);
}

#[test]
fn no_attempts_is_the_one_that_is_made_anyway() {
    assert_eq!(delays(&Retry::fixed(0, SECOND))[0], None);
    assert_eq!(delays(&Retry::fixed(1, SECOND))[0], None);
}

#[test]
fn what_never_ends_is_not_exceeded() {
    let retry = Retry::exponential(u32::MAX, Duration::MAX).factor(f64::MAX);
    let delay = retry.delay(u32::MAX - 1, &JobError::failed("no"), 0);
    assert_eq!(delay, Some(Duration::MAX));
    let odd = Retry::exponential(9, SECOND)
        .factor(f64::NAN)
        .jitter(f64::INFINITY);
    assert_eq!(delays(&odd)[..2], [Some(1), Some(1)]);
}

#[test]
fn jitter_shortens_by_its_fraction_at_most_and_is_stable() {
    let retry = Retry::fixed(u32::MAX, 100 * SECOND).jitter(0.25);
    let failed = JobError::failed("no");
    let delay = |attempt, salt| retry.delay(attempt, &failed, salt).unwrap();
    let all: Vec<_> = (1..500).map(|salt| delay(1, salt)).collect();
    assert!(
        all.iter()
            .all(|&delay| delay > 75 * SECOND && delay <= 100 * SECOND)
    );
    assert!(all.iter().any(|&delay| delay < 77 * SECOND));
    assert!(all.iter().any(|&delay| delay > 98 * SECOND));
    assert_eq!(all, (1..500).map(|salt| delay(1, salt)).collect::<Vec<_>>());
    assert_ne!(delay(1, 1), delay(2, 1));
    assert_ne!(
        retry.clone().seed(9).delay(1, &failed, 1),
        Some(delay(1, 1))
    );
}

/// A new version of this crate must compute the same delays. The expected numbers come from another
/// implementation of SplitMix64.
#[test]
fn jitter_is_the_same_in_every_version() {
    let retry = Retry::fixed(u32::MAX, 100 * SECOND).jitter(0.5);
    for (seed, attempt, salt, seconds) in [
        (0, 1, 7, 60.879_245_625_851_28),
        (9, 2, 7, 91.325_925_537_853_46),
        (9, 3, 1 << 40, 89.241_685_813_794_75),
    ] {
        let retry = retry.clone().seed(seed);
        let delay = retry.delay(attempt, &JobError::failed("no"), salt);
        let wanted = Duration::from_secs_f64(seconds);
        assert!(delay.unwrap().abs_diff(wanted) < Duration::from_micros(1));
    }
}

#[test]
fn errors_are_told_apart() {
    let retry = Retry::fixed(9, SECOND);
    let panicked = JobError::Panicked("boom".into());
    let late = JobError::TimedOut {
        limit: SECOND,
        in_all: false,
    };
    let lost = JobError::Lost("gone".into());
    assert_eq!(retry.delay(1, &panicked, 0), None);
    assert_eq!(retry.delay(1, &late, 0), Some(SECOND));
    assert_eq!(retry.delay(1, &lost, 0), None);
    let bold = retry.clone().on_panic(true).on_timeout(false);
    assert_eq!(bold.delay(1, &panicked, 0), Some(SECOND));
    assert_eq!(bold.delay(1, &late, 0), None);
    let picky = retry.only_if(|error| error.downcast_ref::<fmt::Error>().is_some());
    assert_eq!(picky.delay(1, &JobError::failed("no"), 0), None);
    assert_eq!(
        picky.delay(1, &JobError::failed(fmt::Error), 0),
        Some(SECOND)
    );
}
