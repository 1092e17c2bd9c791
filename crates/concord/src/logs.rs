//! Logs: for operators, on standard error. What people want to know of a run is its history, not its log.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat, Origin};

/// What a command logs unless a setting says otherwise: its own output tells the rest.
const QUIET: &str = "warn";

/// Begins to log. A service logs what the setting says; a command is quieter, unless somebody set the setting.
pub fn begin(config: &Config, service: bool) {
    let unset =
        config.in_force().iter().any(|one| one.setting.name == "log" && one.origin == Origin::Default);
    let words = if unset && !service { QUIET } else { &config.logs.filter };
    let filter = EnvFilter::try_new(words).unwrap_or_else(|_| EnvFilter::new(QUIET));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Somebody who begins twice in one process (a test) keeps the first.
    let begun = match config.logs.format {
        LogFormat::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    drop(begun);
}
