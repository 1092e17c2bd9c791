//! Every setting as a flag, made from the documented settings.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::documented::settings;

/// The settings that were given as flags, and which file to read. Flatten it into a command's arguments.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The file to read in place of `concord.toml`.
    pub config: Option<PathBuf>,
    /// What was given, by the setting's name.
    pub given: BTreeMap<String, String>,
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .help("Settings are read from this file [default: concord.toml, if there is one]")
            .value_parser(value_parser!(PathBuf))
            .global(true);
        let settings = settings().iter().filter_map(|setting| {
            let flag = setting.flag()?;
            Some(
                Arg::new(setting.name)
                    .long(flag.trim_start_matches('-').to_owned())
                    .value_name("VALUE")
                    .help(setting.summary().to_owned())
                    .help_heading("Settings")
                    .allow_hyphen_values(true)
                    // Nearly thirty lines: in the long help only.
                    .hide_short_help(true)
                    .global(true),
            )
        });
        command.arg(config).args(settings)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        if let Some(config) = matches.get_one::<PathBuf>("config") {
            self.config = Some(config.clone());
        }
        for setting in settings().iter().filter(|setting| !setting.is_secret()) {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.given.insert(setting.name.to_owned(), value.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        flags: Flags,
        #[command(subcommand)]
        command: Option<Sub>,
    }

    #[derive(clap::Subcommand)]
    enum Sub {
        Serve,
    }

    #[test]
    fn flags_stand_before_or_after_the_command() {
        for line in ["x --poll-min 1s --config a.toml serve", "x serve --poll-min=1s --config a.toml"] {
            let program = Program::try_parse_from(line.split(' ')).unwrap();
            assert!(matches!(program.command, Some(Sub::Serve)));
            assert_eq!(program.flags.given, BTreeMap::from([("poll_min".into(), "1s".into())]), "{line}");
            assert_eq!(program.flags.config, Some("a.toml".into()));
        }
        let behind = Program::try_parse_from(["x", "--clock-offset", "-8d"]).unwrap();
        assert_eq!(behind.flags.given["clock_offset"], "-8d");
    }

    #[test]
    fn secrets_have_no_flag() {
        assert!(Program::try_parse_from(["x", "--master-key", "ck1_"]).is_err());
        assert!(Program::try_parse_from(["x", "--google-client-secret", "s"]).is_err());
    }

    #[test]
    fn the_short_help_is_short_and_the_long_one_is_whole() {
        use clap::CommandFactory;
        let (short, long) = (Program::command().render_help(), Program::command().render_long_help());
        assert!(!short.to_string().contains("--poll-min"));
        for setting in settings() {
            let flag = setting.flag().unwrap_or_default();
            assert!(long.to_string().contains(&flag), "{flag}");
        }
    }
}
