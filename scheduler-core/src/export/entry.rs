//! Reads an object field by field, so that all of its problems are reported at once.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{ImportProblem, error::Problems};
use crate::{
    registry::typed,
    trigger::{TriggerSpec, joined, suggest},
};

/// An object of the document, and the fields that have not been read.
pub(super) struct Entry<'a> {
    fields: &'a Map<String, Value>,
    path: String,
    read: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Entry<'a> {
    /// Begins to read the object at `path`. A value that is no object is a problem.
    pub(super) fn new(value: &'a Value, path: String, problems: &'a mut Problems) -> Option<Self> {
        let Value::Object(fields) = value else {
            problems.add(|| ImportProblem::new(path, "expected an object"));
            return None;
        };
        let read = Vec::new();
        Some(Self {
            fields,
            path,
            read,
            problems,
        })
    }

    /// Reads a required field.
    pub(super) fn required<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        if !self.fields.contains_key(key) {
            self.read.push(key);
            self.complain(key, "it is missing");
            return None;
        }
        self.field(key)
    }

    /// Reads a field that has a default value.
    pub(super) fn or<T: DeserializeOwned>(&mut self, key: &'static str, default: T) -> Option<T> {
        if !self.fields.contains_key(key) {
            self.read.push(key);
            return Some(default);
        }
        self.field(key)
    }

    /// Reads an optional field.
    pub(super) fn optional<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<Option<T>> {
        self.or(key, None)
    }

    /// Reads a required trigger, whose errors have paths of their own.
    pub(super) fn trigger(&mut self, key: &'static str) -> Option<TriggerSpec> {
        let trigger: Value = self.required(key)?;
        match TriggerSpec::try_from(trigger) {
            Ok(trigger) => Some(trigger),
            Err(error) => {
                let reason = |is_told| {
                    if is_told {
                        error.reason().to_string()
                    } else {
                        String::new()
                    }
                };
                let reason = reason(self.problems.is_told());
                self.complain(&joined(key, error.path()), &reason);
                None
            }
        }
    }

    fn field<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        self.read.push(key);
        match typed(&self.fields[key]) {
            Ok(value) => Some(value),
            Err((inner, problem)) => {
                self.complain(&joined(key, &inner), &problem);
                None
            }
        }
    }

    fn complain(&mut self, at: &str, problem: &str) {
        let path = || joined(&self.path, at);
        self.problems.add(|| ImportProblem::new(path(), problem));
    }

    /// Reports fields that were not read as unknown.
    pub(super) fn finish(mut self) {
        let is_unknown = |key: &&String| !self.read.contains(&key.as_str());
        let unknown: Vec<_> = self.fields.keys().filter(is_unknown).cloned().collect();
        for key in unknown {
            if !self.problems.is_told() {
                self.complain("", "");
                continue;
            }
            let known = self.read.iter().map(|&known| known.to_owned());
            let nearest = suggest::nearest(&key, known, strsim::osa_distance);
            let problem = format!("unknown field{}", suggest::question(&nearest));
            self.complain(&key, &problem);
        }
    }
}
