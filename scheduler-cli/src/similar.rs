//! Suggestions for misspelt names.

use scheduler_triggers::suggest::{nearest, question};
use strsim::osa_distance;

/// Returns suggestions for `word` as the end of a sentence: `, did you mean a or b?`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter().map(str::to_owned);
    question(&nearest(word, names, osa_distance))
}
