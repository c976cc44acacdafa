//! [`Retry`]: decides whether and when a failed attempt is retried.

#[cfg(feature = "serde")]
mod data;

use std::{fmt, sync::Arc, time::Duration};

use super::JobError;
use crate::base::panic::Contained;

/// Retry policy: whether a failed attempt is retried, and after which delay.
///
/// Attempts that returned an error or timed out are retried; panics only with
/// [`on_panic`](Self::on_panic). Cancelled jobs are never retried. During a shutdown a retry begins
/// only if it is due in time.
///
/// ```
/// use std::time::Duration;
/// use scheduler_core::job::Retry;
///
/// let retry = Retry::exponential(5, Duration::from_secs(1))
///     .max_delay(Duration::from_secs(60))
///     .jitter(0.5)
///     .only_if(|error| error.downcast_ref::<std::io::Error>().is_some());
/// ```
#[derive(Clone)]
pub struct Retry {
    attempts: u32,
    backoff: Backoff,
    jitter: f64,
    seed: u64,
    panics: bool,
    timeouts: bool,
    only_if: Option<Predicate>,
}

type Predicate = Contained<Arc<dyn Fn(&JobError) -> bool + Send + Sync>>;
type Delay = Contained<Arc<dyn Fn(u32, &JobError) -> Option<Duration> + Send + Sync>>;

#[derive(Clone)]
enum Backoff {
    Fixed(Duration),
    Exponential {
        first: Duration,
        factor: f64,
        most: Duration,
    },
    Own(Delay),
}

impl Retry {
    /// Allows `attempts` attempts in total, including the first, each `delay` after the previous one ended.
    #[must_use]
    pub fn fixed(attempts: u32, delay: Duration) -> Self {
        Self::with_backoff(attempts, Backoff::Fixed(delay))
    }

    /// Allows `attempts` attempts in total, including the first. The second begins `first` after the first
    /// one ended; each further delay is twice as long.
    #[must_use]
    pub fn exponential(attempts: u32, first: Duration) -> Self {
        let backoff = Backoff::Exponential {
            first,
            factor: 2.0,
            most: Duration::MAX,
        };
        Self::with_backoff(attempts, backoff)
    }

    /// Computes each delay by a function, from the number of the failed attempt, counted from 1, and its
    /// error. `None` means no retry. The function is called without a lock; a panic counts as `None`.
    #[must_use]
    pub fn custom(
        delay: impl Fn(u32, &JobError) -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        Self::with_backoff(u32::MAX, Backoff::Own(Contained::new(Arc::new(delay))))
    }

    fn with_backoff(attempts: u32, backoff: Backoff) -> Self {
        Self {
            attempts,
            backoff,
            jitter: 0.0,
            seed: 0,
            panics: false,
            timeouts: true,
            only_if: None,
        }
    }

    /// Sets the maximum number of attempts in total.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the factor of the exponential delay, 2 by default. Values below 1 count as 1.
    #[must_use]
    pub fn factor(mut self, by: f64) -> Self {
        if let Backoff::Exponential { factor, .. } = &mut self.backoff {
            *factor = if by.is_finite() { by.max(1.0) } else { 1.0 };
        }
        self
    }

    /// Sets the maximum of the exponential delay.
    #[must_use]
    pub const fn max_delay(mut self, limit: Duration) -> Self {
        if let Backoff::Exponential { most, .. } = &mut self.backoff {
            *most = limit;
        }
        self
    }

    /// Shortens each delay by up to this fraction, from 0 to 1, so that jobs that failed together are not
    /// retried together. A hash of the seed, the job and the attempt decides, so the delay is the same in
    /// every execution of the program.
    #[must_use]
    pub fn jitter(mut self, fraction: f64) -> Self {
        self.jitter = if fraction.is_finite() {
            fraction.clamp(0.0, 1.0)
        } else {
            0.0
        };
        self
    }

    /// Sets the seed of the jitter, for several processes that run the same jobs.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets whether panics are retried. False by default.
    #[must_use]
    pub const fn on_panic(mut self, again: bool) -> Self {
        self.panics = again;
        self
    }

    /// Sets whether timeouts are retried. True by default.
    #[must_use]
    pub const fn on_timeout(mut self, again: bool) -> Self {
        self.timeouts = again;
        self
    }

    /// Retries only after errors for which `worth_it` returns true. It is called without a lock; a panic
    /// counts as false.
    #[must_use]
    pub fn only_if(mut self, worth_it: impl Fn(&JobError) -> bool + Send + Sync + 'static) -> Self {
        self.only_if = Some(Contained::new(Arc::new(worth_it)));
        self
    }

    /// Returns whether a retry may follow this attempt, judged without calling user code.
    pub(crate) fn might_follow(&self, attempt: u32, error: &JobError) -> bool {
        let worth_it = match error {
            JobError::Failed(_) => true,
            JobError::Panicked(_) => self.panics,
            JobError::TimedOut { .. } => self.timeouts,
            _ => false,
        };
        worth_it && attempt < self.attempts
    }

    /// Returns the delay between the end of this attempt and the next one; `None` without a retry. Calls
    /// user code. `salt` makes the jitter of different jobs differ.
    pub(crate) fn delay(&self, attempt: u32, error: &JobError, salt: u64) -> Option<Duration> {
        let worth_it = self.only_if.as_ref().is_none_or(|only_if| only_if(error));
        if !worth_it || !self.might_follow(attempt, error) {
            return None;
        }
        let delay = match &self.backoff {
            Backoff::Fixed(delay) => *delay,
            Backoff::Exponential {
                first,
                factor,
                most,
            } => grown(*first, *factor, attempt).min(*most),
            Backoff::Own(delay) => return delay(attempt, error),
        };
        Some(self.shortened(delay, salt ^ u64::from(attempt).rotate_left(32)))
    }

    fn shortened(&self, delay: Duration, salt: u64) -> Duration {
        if self.jitter == 0.0 {
            return delay;
        }
        let part = fraction(mix(self.seed ^ mix(salt)));
        Duration::try_from_secs_f64(delay.as_secs_f64() * (1.0 - self.jitter * part))
            .unwrap_or(delay)
    }
}

/// Returns `first` multiplied by `factor` for each attempt after the first, saturating.
fn grown(first: Duration, factor: f64, attempt: u32) -> Duration {
    let times = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    Duration::try_from_secs_f64(first.as_secs_f64() * factor.powi(times)).unwrap_or(Duration::MAX)
}

/// Hashes a number with the finalizer of SplitMix64.
const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Maps the upper bits of a hash to a number from 0 to 1.
fn fraction(hash: u64) -> f64 {
    const BITS: u32 = f64::MANTISSA_DIGITS;
    (hash >> (u64::BITS - BITS)) as f64 / (1_u64 << BITS) as f64
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry")
            .field("attempts", &self.attempts)
            .field("backoff", &self.backoff)
            .field("jitter", &self.jitter)
            .field("on_panic", &self.panics)
            .field("on_timeout", &self.timeouts)
            .field("only_if", &self.only_if.is_some())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(delay) => write!(f, "{delay:?}"),
            Self::Exponential {
                first,
                factor,
                most,
            } => {
                write!(f, "{first:?} × {factor}ⁿ ≤ {most:?}")
            }
            Self::Own(_) => f.write_str("own function"),
        }
    }
}

#[cfg(test)]
mod tests {
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
        let own =
            Retry::custom(|attempt, _| (attempt < 3).then(|| attempt * SECOND)).max_attempts(9);
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

    /// A new version must compute the same delays. The expected numbers come from another implementation
    /// of SplitMix64.
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
}
