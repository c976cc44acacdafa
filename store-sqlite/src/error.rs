//! The errors of SQLite as errors of stores.

use std::sync::Arc;

use rusqlite::{Error, ErrorCode};
use scheduler_core::store::StoreError;

/// Returns the error of a store for one of SQLite.
pub(crate) fn of(error: Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked,
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly(text),
        Some(ErrorCode::DiskFull) => StoreError::Full(text),
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied) => {
            StoreError::Unsuitable(text)
        }
        Some(ErrorCode::CannotOpen) => StoreError::Unreachable(Arc::new(error)),
        // The transaction was rolled back: nothing of the call is stored, and no further call succeeds.
        Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Unsuitable(format!("{text}: restore the file from a backup"))
        }
        Some(ErrorCode::NotADatabase) => StoreError::Unsuitable(format!(
            "{text}: pass the path of a file that this program has made"
        )),
        _ => StoreError::Broken(Arc::new(error)),
    }
}

/// Adds the path of the file to an error that has only a text.
pub(crate) fn at(path: &std::path::Path, error: StoreError) -> StoreError {
    let named = |text: String| format!("{text} ({})", path.display());
    match error {
        StoreError::ReadOnly(text) => StoreError::ReadOnly(named(text)),
        StoreError::Full(text) => StoreError::Full(named(text)),
        StoreError::Unsuitable(text) => StoreError::Unsuitable(named(text)),
        StoreError::Unreachable(source) => {
            StoreError::Unreachable(Arc::new(AtPath::new(path, &*source)))
        }
        StoreError::Broken(source) => StoreError::Broken(Arc::new(AtPath::new(path, &*source))),
        other => other,
    }
}

/// An error with the path of the file.
#[derive(Debug, thiserror::Error)]
#[error("{text} ({path})")]
struct AtPath {
    text: String,
    path: String,
}

impl AtPath {
    fn new(path: &std::path::Path, source: &dyn std::error::Error) -> Self {
        Self {
            text: source.to_string(),
            path: path.display().to_string(),
        }
    }
}
