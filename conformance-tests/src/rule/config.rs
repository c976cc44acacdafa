//! Rules CF: settings and errors.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "CF: configuration and errors",
    rules: &[
        must(
            "CF-001",
            "a concurrency limit of zero is InvalidConfig",
            "with aiojobs, limit=0 makes every job wait forever",
        ),
        must(
            "CF-002",
            "a queue limit or event capacity of zero is InvalidConfig",
            "no job or event could ever be accepted, without a visible reason",
        ),
        must(
            "CF-003",
            "adding an existing id is DuplicateId; an unknown id is NotFound",
            "a schedule that silently replaces another one is lost",
        ),
        must(
            "CF-004",
            "errors have a text, keep their sources, and keep their kind when cloned",
            "people read the text, programs match on the kind",
        ),
    ],
};
