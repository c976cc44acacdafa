//! The recorded counts: the file `counts.toml` of this crate.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, Serialize};

const HEADER: &str = "\
# What one operation of each path costs. Recorded by `cargo run --release --manifest-path benches/Cargo.toml -p gate -- --update`;
# a commit that changes a figure says why. Instructions as counted by callgrind, allocations of the measured thread.
";

/// The cost of one operation of a path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    pub instructions: f64,
    pub allocations: f64,
}

/// The recorded counts and their tolerance.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The percentage by which the instructions of a run may exceed the record.
    pub tolerance: f64,
    /// The compiler version of the record, because other versions produce other counts.
    pub rustc: String,
    pub paths: BTreeMap<String, Cost>,
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("counts.toml")
}

impl Recorded {
    pub fn read() -> Result<Self, String> {
        let file = file();
        let text = fs::read_to_string(&file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    pub fn write(&self) -> Result<(), String> {
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        fs::write(file(), format!("{HEADER}{text}"))
            .map_err(|error| format!("{} cannot be written: {error}", file().display()))
    }
}

/// Returns the rounded cost of one operation.
pub fn each(total: u64, operations: usize) -> f64 {
    let hundredths = (total as f64 * 100.0 / operations as f64).round();
    hundredths / 100.0
}
