//! CF: settings and errors.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "CF: configuration and errors",
    rules: &[
        must(
            "CF-001",
            "a limit of no job at a time is InvalidConfig",
            "with aiojobs, limit=0 makes every job wait for ever",
        ),
        must(
            "CF-002",
            "a queue or event buffer without room is InvalidConfig",
            "nothing could ever pass, and nobody would know why",
        ),
        must(
            "CF-003",
            "the same id twice is DuplicateId; an unknown one is NotFound",
            "a schedule that silently replaces another is lost",
        ),
        must(
            "CF-004",
            "errors say something, keep their sources, and their kind survives a clone",
            "people read the text, programs match on the kind",
        ),
    ],
};
