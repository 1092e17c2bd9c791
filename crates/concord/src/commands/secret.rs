//! Secrets from standard input: never from flags, which everyone on a machine can read.

use std::io::{self, BufRead, IsTerminal};
use std::process::{Command, Stdio};

use secrecy::SecretString;

use crate::output::Output;
use crate::refusal::usage;

/// Reads one line. Somebody at a terminal is asked for it, and it is not shown.
pub fn line(out: Output, what: &str) -> anyhow::Result<SecretString> {
    let asked = io::stdin().is_terminal();
    if asked {
        out.remark(&format!("{what} (it is not shown):"));
    }
    let hidden = asked && echo(false);
    let mut text = String::new();
    let read = io::stdin().lock().read_line(&mut text);
    if hidden {
        echo(true);
    }
    read?;
    let secret = SecretString::from(text.trim_end_matches(['\r', '\n']));
    text.clear();
    if secrecy::ExposeSecret::expose_secret(&secret).is_empty() {
        return Err(usage(format!("{what} is expected on standard input, and nothing came")));
    }
    Ok(secret)
}

/// Switches the terminal's echo, where it can be.
fn echo(on: bool) -> bool {
    let word = if on { "echo" } else { "-echo" };
    let status = Command::new("stty").arg(word).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
