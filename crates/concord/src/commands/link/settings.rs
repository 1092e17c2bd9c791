//! A link's settings as flags. What is not given stays as it is.

use clap::Args;
use concord_model::ClientId;
use concord_model::link::{
    AnswerDays, Column, DeletionPolicy, Direction, Frequency, Holds, Policy, Rule, Settings, Window,
};
use concord_model::privacy::{ClientNames, Detail, PrivateEvents};
use jiff::civil::Date;

use crate::assemble::Program;
use crate::commands::words::{self, choice};
use crate::pick;
use crate::refusal::usage;

/// What goes to a calendar, what comes from it, and who decides.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "What goes there")]
pub struct Given {
    /// Which way changes go
    #[arg(long, value_parser = choice(words::DIRECTION))]
    direction: Option<Direction>,
    /// How often: realtime, 15m, hourly, daily
    #[arg(long, value_name = "TIME", value_parser = words::frequency)]
    every: Option<Frequency>,
    /// Only bookings of these types ('' for no restriction)
    #[arg(long, value_name = "TYPE,…")]
    types: Option<String>,
    /// Only events with one of these clients ('' for no restriction)
    #[arg(long, value_name = "CLIENT,…")]
    clients: Option<String>,
    /// Only events from this day on ('' for no restriction)
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Only events up to this day ('' for no restriction)
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Only confirmed events
    #[arg(long, value_parser = choice(words::SWITCH))]
    only_confirmed: Option<bool>,
    /// Only events that a rule lets through: 'title=foo*', 'type!=group_class'; may be given several times ('' for none)
    #[arg(long = "rule", value_name = "RULE")]
    rules: Option<Vec<String>>,
    /// How far back events are added
    #[arg(long, value_name = "DAYS", value_parser = days())]
    window_back: Option<u32>,
    /// How far ahead events are added
    #[arg(long, value_name = "DAYS", value_parser = days())]
    window_ahead: Option<u32>,
    /// What becomes of private events
    #[arg(long, value_parser = choice(words::PRIVATE), help_heading = "What is seen there")]
    private: Option<PrivateEvents>,
    /// How much of an event is seen
    #[arg(long, value_parser = choice(words::DETAIL), help_heading = "What is seen there")]
    detail: Option<Detail>,
    /// How clients are named
    #[arg(long, value_parser = choice(words::CLIENT_NAMES), help_heading = "What is seen there")]
    client_names: Option<ClientNames>,
    /// Whether the platform's notes go along
    #[arg(long, value_parser = choice(words::SWITCH), help_heading = "What is seen there")]
    notes: Option<bool>,
    /// Whether clients' addresses and telephone numbers may appear
    #[arg(long, value_parser = choice(words::SWITCH), help_heading = "What is seen there")]
    contacts: Option<bool>,
    /// Whether guests are written into copies
    #[arg(long, value_parser = choice(words::SWITCH), help_heading = "What is seen there")]
    guests: Option<bool>,
    /// Whether the provider may tell guests of changes by mail
    #[arg(long, value_parser = choice(words::SWITCH), help_heading = "What is seen there")]
    mail_guests: Option<bool>,
    /// What happens when both sides changed the same
    #[arg(long, value_parser = choice(words::POLICY), help_heading = "Who decides")]
    policy: Option<Policy>,
    /// The same for the time of a booking
    #[arg(long, value_parser = choice(words::POLICY), help_heading = "Who decides")]
    booking_time_policy: Option<Policy>,
    /// What happens when an event is deleted there
    #[arg(long, value_parser = choice(words::DELETION), help_heading = "Who decides")]
    deletion: Option<DeletionPolicy>,
    /// The same for bookings
    #[arg(long, value_parser = choice(words::DELETION), help_heading = "Who decides")]
    booking_deletion: Option<DeletionPolicy>,
    /// How many days a question waits for an answer
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Who decides")]
    answer_days: Option<u16>,
    /// So many deletions and rewrites in one run need no consent
    #[arg(long, value_name = "N", help_heading = "Who decides")]
    brake_at_least: Option<u32>,
    /// Beyond that, this share of the calendar needs none
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(..=100), help_heading = "Who decides")]
    brake_percent: Option<u32>,
    /// Which column of a table holds what: 'location=Room'; 'description=Details:in' for one way (or :out), 'location=' for none; may be
    /// given several times
    #[arg(long = "column", value_name = "WHAT=COLUMN", value_parser = words::column, help_heading = "Tables")]
    columns: Option<Vec<(Holds, Option<Column>)>>,
}

/// What was given, with names found and words read.
#[derive(Clone, Debug)]
pub struct Read {
    given: Given,
    clients: Option<Vec<ClientId>>,
    from: Option<Option<Date>>,
    until: Option<Option<Date>>,
    rules: Option<Vec<Rule>>,
}

impl Given {
    /// Finds the clients and reads what has a form.
    pub async fn read(&self, program: &Program) -> anyhow::Result<Read> {
        let mut clients = None;
        if let Some(text) = &self.clients {
            let found: &mut Vec<ClientId> = clients.insert(Vec::new());
            for name in listed(text) {
                found.push(pick::client(program, name).await?.id);
            }
        }
        let from = self.from.as_deref().map(|text| day("--from", text)).transpose()?;
        let until = self.until.as_deref().map(|text| day("--until", text)).transpose()?;
        let read = |texts: &Vec<String>| {
            let texts = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
            let rules =
                texts.map(|text| words::rule(text).map_err(|why| usage(format!("--rule: \"{text}\" {why}"))));
            rules.collect::<Result<Vec<_>, _>>()
        };
        let rules = self.rules.as_ref().map(read).transpose()?;
        Ok(Read { given: self.clone(), clients, from, until, rules })
    }
}

impl Read {
    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.given == Given::default()
    }

    /// The settings with what was given over them, if they can be meant.
    pub fn over(&self, settings: &Settings) -> anyhow::Result<Settings> {
        let mut all = settings.clone();
        self.apply(&mut all);
        if let (Some(from), Some(until)) = (all.filter.from_on, all.filter.until_on)
            && until < from
        {
            return Err(usage(format!(
                "--until: {until} lies before {from}, from which on events go there (--from)"
            )));
        }
        Ok(all)
    }

    /// Puts what was given over the settings.
    pub fn apply(&self, settings: &mut Settings) {
        fn put<T: Clone>(place: &mut T, given: &Option<T>) {
            if let Some(value) = given {
                place.clone_from(value);
            }
        }
        let given = &self.given;
        put(&mut settings.direction, &given.direction);
        put(&mut settings.frequency, &given.every);
        put(&mut settings.window.back_days, &given.window_back);
        put(&mut settings.window.ahead_days, &given.window_ahead);
        let types = given.types.as_deref().map(|text| listed(text).map(ToOwned::to_owned).collect());
        put(&mut settings.filter.session_types, &types);
        put(&mut settings.filter.clients, &self.clients);
        put(&mut settings.filter.from_on, &self.from);
        put(&mut settings.filter.until_on, &self.until);
        put(&mut settings.filter.only_confirmed, &given.only_confirmed);
        put(&mut settings.filter.rules, &self.rules);
        put(&mut settings.sight.private, &given.private);
        put(&mut settings.sight.detail, &given.detail);
        put(&mut settings.sight.client_names, &given.client_names);
        put(&mut settings.sight.notes, &given.notes);
        put(&mut settings.sight.contacts, &given.contacts);
        put(&mut settings.sight.guests, &given.guests);
        put(&mut settings.mail_guests, &given.mail_guests);
        put(&mut settings.conflicts, &given.policy);
        put(&mut settings.booking_time, &given.booking_time_policy);
        put(&mut settings.deletion, &given.deletion);
        put(&mut settings.booking_deletion, &given.booking_deletion);
        put(&mut settings.answer_days, &given.answer_days.map(AnswerDays));
        put(&mut settings.brake.at_least, &given.brake_at_least);
        put(&mut settings.brake.percent, &given.brake_percent);
        for (holds, column) in given.columns.iter().flatten() {
            match column {
                Some(column) => drop(settings.columns.0.insert(*holds, column.clone())),
                None => drop(settings.columns.0.remove(holds)),
            }
        }
    }
}

/// So many days as a window can have.
fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..=i64::from(Window::MOST_DAYS))
}

/// The words of a list with commas.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// A day, or none for an empty word.
fn day(flag: &str, text: &str) -> anyhow::Result<Option<Date>> {
    match text.trim() {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| usage(format!("{flag}: \"{text}\" is not a day; write it as 2026-12-01"))),
    }
}
