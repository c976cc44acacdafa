//! [`Progress`]: the progress that a job reports.

use std::sync::Arc;

/// Progress that a job reported.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Progress {
    /// Completed fraction, from 0 to 1.
    pub fraction: f64,
    /// Description for people.
    pub text: Arc<str>,
}

impl Progress {
    /// Creates a progress report. `fraction` is clamped to 0..=1.
    ///
    /// ```
    /// use scheduler_core::job::Progress;
    ///
    /// assert_eq!(Progress::new(0.25, "1 of 4").fraction, 0.25);
    /// assert_eq!(Progress::new(7.0, "done").fraction, 1.0);
    /// ```
    pub fn new(fraction: f64, text: impl Into<Arc<str>>) -> Self {
        let known = !fraction.is_nan();
        Self {
            fraction: if known { fraction.clamp(0.0, 1.0) } else { 0.0 },
            text: text.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_fractions_are_brought_between_0_and_1() {
        let odd = [-1.0, 7.0, f64::NAN, f64::INFINITY, 0.5];
        let made = odd.map(|fraction| Progress::new(fraction, "").fraction);
        assert_eq!(made, [0.0, 1.0, 0.0, 1.0, 0.5]);
    }
}
