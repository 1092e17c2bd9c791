//! `concord openapi`: the description of the API.

use crate::output::Output;

/// Prints it. Needs no settings.
pub fn run(out: Output) -> anyhow::Result<()> {
    out.raw(concord_server::openapi::document().trim_end())
}
