//! [`ClockEffect`]: effect of a clock change on a local time of a trigger.

use std::{
    cmp::Ordering, fmt, iter::FusedIterator, iter::Peekable, ops::RangeInclusive, sync::Arc,
};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

use super::{Transition, Trigger, Zone};

/// Effect of a clock change on a local time of a trigger: the time is moved or skipped, or it occurs
/// twice. [`Trigger::clock_effects`] lists them.
///
/// ```
/// # use scheduler_triggers::{ClockEffectKind, Cron, Trigger, Zone};
/// let nightly = Cron::parse("30 2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
/// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
/// let effects: Vec<_> = nightly.clock_effects(year).collect();
///
/// assert_eq!(effects[0].kind(), ClockEffectKind::Moved);
/// let expected = "the clocks of Europe/Berlin skip 2026-03-29 02:30:00: \
///                 the rule is due at 2026-03-29T03:00:00+02:00 instead";
/// assert_eq!(effects[0].to_string(), expected);
///
/// assert_eq!(effects[1].kind(), ClockEffectKind::Once);
/// assert_eq!(effects[1].instants()[0].to_string(), "2026-10-25 00:30:00 UTC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(into = "shape::Effect"))]
pub struct ClockEffect {
    zone: Zone,
    change: Transition,
    reading: NaiveDateTime,
    instants: Vec<DateTime<Utc>>,
}

/// The kind of a [`ClockEffect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ClockEffectKind {
    /// The clock skips the time. The trigger is due at another instant instead.
    Moved,
    /// The clock shows the time twice. The trigger is due in one of both passes.
    Once,
    /// The clock shows the time twice. The trigger is due in both passes.
    Repeated,
    /// The clock skips the time. The trigger is not due.
    Skipped,
}

/// Iterator of [`Trigger::clock_effects`]. It computes the effects on demand.
pub struct ClockEffects<'a>(Box<dyn Iterator<Item = ClockEffect> + Send + 'a>);

impl ClockEffect {
    /// Creates the effect of `change` on a local time of `zone`, after which a trigger is due at `instants`.
    pub(crate) fn new(
        zone: &Zone,
        change: &Transition,
        reading: NaiveDateTime,
        instants: impl IntoIterator<Item = DateTime<Utc>>,
    ) -> Self {
        Self {
            zone: zone.clone(),
            change: change.clone(),
            reading,
            instants: instants.into_iter().collect(),
        }
    }

    /// Returns the zone whose clocks change.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger, Zone};
    /// # let nightly = Cron::parse("30 2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
    /// # let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let effect = nightly.clock_effects(year).next().unwrap();
    /// assert_eq!(effect.zone(), &Zone::bundled("Europe/Berlin")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Returns the clock change.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger, Zone};
    /// # let nightly = Cron::parse("30 2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
    /// # let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let effect = nightly.clock_effects(year).next().unwrap();
    /// assert_eq!(effect.change().at().to_string(), "2026-03-29 01:00:00 UTC");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn change(&self) -> &Transition {
        &self.change
    }

    /// Returns the local time that the clock skips or repeats.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger, Zone};
    /// # let nightly = Cron::parse("30 2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
    /// # let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let effect = nightly.clock_effects(year).next().unwrap();
    /// assert_eq!(effect.reading().to_string(), "2026-03-29 02:30:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn reading(&self) -> NaiveDateTime {
        self.reading
    }

    /// Returns the instants at which the trigger is due for the local time, in order: none, one or two.
    ///
    /// ```
    /// # use scheduler_triggers::{Cron, Trigger, Zone};
    /// # let nightly = Cron::parse("30 2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
    /// # let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let effect = nightly.clock_effects(year).next().unwrap();
    /// assert_eq!(effect.instants()[0].to_string(), "2026-03-29 01:00:00 UTC");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn instants(&self) -> &[DateTime<Utc>] {
        &self.instants
    }

    /// Returns what happens to the local time.
    ///
    /// ```
    /// # use scheduler_triggers::{ClockEffectKind, Cron, Trigger, Zone};
    /// let pattern = Cron::parse("0 */2 * * *")?.in_zone(Zone::bundled("Europe/Berlin")?);
    /// let year = "2026-01-01T00:00:00Z".parse()?..="2026-12-31T00:00:00Z".parse()?;
    /// let kinds: Vec<_> = pattern.clock_effects(year).map(|effect| effect.kind()).collect();
    /// assert_eq!(kinds, [ClockEffectKind::Skipped, ClockEffectKind::Repeated]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ClockEffectKind {
        let is_forward = self.change.shift().num_seconds() > 0;
        match (is_forward, self.instants.as_slice()) {
            (_, []) => ClockEffectKind::Skipped,
            (true, _) => ClockEffectKind::Moved,
            (false, [_]) => ClockEffectKind::Once,
            (false, _) => ClockEffectKind::Repeated,
        }
    }

    /// Returns the effect on a trigger that is due only at those of its instants that pass `is_due`. A
    /// skipped time passes if the instant does at which a clock without the change would show it.
    pub(crate) fn kept(mut self, mut is_due: impl FnMut(DateTime<Utc>) -> bool) -> Option<Self> {
        if self.instants.is_empty() {
            return is_due(self.unchanged()).then_some(self);
        }
        self.instants.retain(|at| is_due(*at));
        (!self.instants.is_empty()).then_some(self)
    }

    /// Returns the effect on a trigger that moves each instant.
    pub(crate) fn moved(mut self, by: impl Fn(DateTime<Utc>) -> DateTime<Utc>) -> Self {
        for at in &mut self.instants {
            *at = by(*at);
        }
        self
    }

    /// Returns the instant at which a clock without the change would show the local time.
    pub(crate) fn unchanged(&self) -> DateTime<Utc> {
        let before = self.change.before();
        let local = self.reading.and_local_timezone(before).single();
        local.map_or_else(|| self.change.at(), |local| local.to_utc())
    }

    /// Returns whether both effects are on the same local time, which the clock skips.
    pub(crate) fn is_same_skip(&self, other: &Self) -> bool {
        let are_skipped = self.instants.is_empty() && other.instants.is_empty();
        are_skipped && self.unchanged() == other.unchanged()
    }

    fn in_order(&self, other: &Self) -> Ordering {
        let order = |effect: &Self| (effect.change.at(), effect.reading);
        order(self).cmp(&order(other))
    }
}

/// Formats the effect as a sentence.
impl fmt::Display for ClockEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { zone, reading, .. } = self;
        let local = |at: &DateTime<Utc>| {
            let local = zone.to_local(*at);
            local.to_rfc3339_opts(SecondsFormat::AutoSi, false)
        };
        let times: Vec<_> = self.instants.iter().map(local).collect();
        let times = times.join(" and at ");
        let verb = match self.kind() {
            ClockEffectKind::Moved | ClockEffectKind::Skipped => "skip",
            ClockEffectKind::Once | ClockEffectKind::Repeated => "repeat",
        };
        write!(f, "the clocks of {zone} {verb} {reading}: ")?;
        match self.kind() {
            ClockEffectKind::Moved => write!(f, "the rule is due at {times} instead"),
            ClockEffectKind::Once => write!(f, "the rule is due once, at {times}"),
            ClockEffectKind::Repeated => write!(f, "the rule is due twice, at {times}"),
            ClockEffectKind::Skipped => f.write_str("the rule is not due then"),
        }
    }
}

impl<'a> ClockEffects<'a> {
    /// Creates the iterator of a trigger of one's own, which returns its effects in order.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use scheduler_triggers::{ClockEffects, Cron, Trigger};
    ///
    /// /// As a cron expression, for a tenant.
    /// #[derive(Debug)]
    /// struct OfTenant(Cron);
    ///
    /// impl Trigger for OfTenant {
    ///     fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    ///         self.0.next_after(after)
    ///     }
    ///
    ///     fn clock_effects(&self, range: std::ops::RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
    ///         ClockEffects::new(self.0.clock_effects(range).filter(|effect| effect.instants().len() < 2))
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn new(effects: impl Iterator<Item = ClockEffect> + Send + 'a) -> Self {
        Self(Box::new(effects.fuse()))
    }

    /// Creates an iterator without effects.
    ///
    /// ```
    /// # use scheduler_triggers::ClockEffects;
    /// assert_eq!(ClockEffects::none().count(), 0);
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self::new(std::iter::empty())
    }

    /// Merges the effects on all members, in order. An effect that several members share is returned once.
    pub(crate) fn of_all(
        members: &'a [Arc<dyn Trigger>],
        range: &RangeInclusive<DateTime<Utc>>,
    ) -> impl Iterator<Item = ClockEffect> + Send + use<'a> {
        let heads = members.iter();
        let heads = heads.map(|member| member.clock_effects(range.clone()).peekable());
        let mut heads: Vec<_> = heads.collect();
        let mut last = None;
        std::iter::from_fn(move || {
            loop {
                let next = first(&mut heads)?;
                if last.as_ref() != Some(&next) {
                    last = Some(next.clone());
                    return Some(next);
                }
            }
        })
    }
}

/// Takes the first effect in order from several iterators.
fn first(heads: &mut [Peekable<ClockEffects<'_>>]) -> Option<ClockEffect> {
    let heads = heads.iter_mut().filter_map(|head| {
        let next = head.peek()?.clone();
        Some((next, head))
    });
    let (next, head) = heads.min_by(|(left, _), (right, _)| left.in_order(right))?;
    head.next();
    Some(next)
}

impl Iterator for ClockEffects<'_> {
    type Item = ClockEffect;

    fn next(&mut self) -> Option<ClockEffect> {
        self.0.next()
    }
}

impl FusedIterator for ClockEffects<'_> {}

impl fmt::Debug for ClockEffects<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClockEffects").finish_non_exhaustive()
    }
}

/// The serialized form.
#[cfg(feature = "serde")]
mod shape {
    use super::{ClockEffect, ClockEffectKind, DateTime, NaiveDateTime, Transition, Utc};

    #[derive(serde::Serialize)]
    pub(super) struct Effect {
        kind: ClockEffectKind,
        zone: String,
        change: Transition,
        reading: NaiveDateTime,
        instants: Vec<DateTime<Utc>>,
    }

    impl From<ClockEffect> for Effect {
        fn from(effect: ClockEffect) -> Self {
            Self {
                kind: effect.kind(),
                zone: effect.zone.to_string(),
                change: effect.change,
                reading: effect.reading,
                instants: effect.instants,
            }
        }
    }
}

#[cfg(test)]
mod tests;
