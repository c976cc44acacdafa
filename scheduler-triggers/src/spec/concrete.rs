//! Serialization of each trigger type by itself, in the form of [`TriggerSpec`].

use std::any::Any;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{ExclusionSpec, TriggerSpec, build::Scope, kinds::each_kind};
use crate::{
    DayRule, Dialect, Exclusion, Expression, Fold, Gap, Preset, Trigger, TriggerError, Zone,
};

/// Returns the trigger as `T`, or an error if it has another type.
fn of_kind<T: Trigger + Clone>(
    spec: &TriggerSpec,
    expected: &'static str,
) -> Result<T, TriggerError> {
    let built = spec.build()?;
    let any: &dyn Any = &*built;
    let found = any.downcast_ref().cloned();
    found.ok_or_else(|| TriggerError::Kind {
        expected,
        found: built.to_string(),
    })
}

macro_rules! data_of_triggers {
    ($($name:literal $kind:ident $spec:ident;)*) => {$(
        /// Builds the trigger from data of its own type.
        ///
        /// # Errors
        ///
        /// [`TriggerError::Kind`] if the data describes another type of trigger, and the errors of
        /// [`TriggerSpec::build`].
        impl TryFrom<TriggerSpec> for crate::$kind {
            type Error = TriggerError;

            fn try_from(spec: TriggerSpec) -> Result<Self, TriggerError> {
                of_kind(&spec, stringify!($kind))
            }
        }

        impl Serialize for crate::$kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.spec().map_err(ser::Error::custom)?.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for crate::$kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let spec = TriggerSpec::deserialize(deserializer)?;
                Self::try_from(spec).map_err(de::Error::custom)
            }
        }
    )*};
}

each_kind!(data_of_triggers);

/// Serializes the trigger like [`Trigger::spec`].
impl Serialize for dyn Trigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let spec = self.spec().map_err(ser::Error::custom)?;
        spec.serialize(serializer)
    }
}

/// Deserializes a trigger of any type.
impl<'de> Deserialize<'de> for Box<dyn Trigger> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = TriggerSpec::deserialize(deserializer)?;
        let trigger = spec.build().map_err(de::Error::custom)?;
        Ok(Box::new(trigger))
    }
}

/// Serializes the expression as a `cron` or an `interval`.
impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Cron(cron) => cron.serialize(serializer),
            Self::Every(interval) => interval.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = TriggerSpec::deserialize(deserializer)?;
        let interval = of_kind(&spec, "Interval").map(Self::Every);
        interval
            .or_else(|_| of_kind(&spec, "Cron or Interval").map(Self::Cron))
            .map_err(de::Error::custom)
    }
}

impl Serialize for Exclusion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.spec()
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

/// Deserializes an exclusion. Without a zone, it is in UTC.
impl<'de> Deserialize<'de> for Exclusion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = ExclusionSpec::deserialize(deserializer)?;
        spec.build(&Scope::new(&Zone::utc()))
            .map_err(de::Error::custom)
    }
}

/// Serializes the name or the offset. A zone with neither is an error.
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = super::written::zone(self).map_err(ser::Error::custom)?;
        name.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(de::Error::custom)
    }
}

macro_rules! data_of_choices {
    ($($choice:ty),*) => {$(
        /// Serializes the choice by its name.
        impl Serialize for $choice {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_string().replace('-', "_"))
            }
        }

        impl<'de> Deserialize<'de> for $choice {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                name.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

data_of_choices!(DayRule, Dialect, Gap, Fold, Preset);
