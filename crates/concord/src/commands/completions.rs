//! `concord completions`: what a shell needs to complete commands and flags.

use clap::Args;
use clap_complete::Shell;

use crate::output::Output;

/// Print a script that lets your shell complete commands and flags
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord completions bash > ~/.local/share/bash-completion/completions/concord
  concord completions zsh > \"${fpath[1]}/_concord\"
  concord completions fish > ~/.config/fish/completions/concord.fish")]
pub struct Arguments {
    /// For which shell
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: Arguments, mut program: clap::Command, out: Output) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "concord", &mut script);
    out.raw(&String::from_utf8_lossy(&script))
}
