//! `concord feed`: calendars that a person publishes behind a secret address.

use anyhow::Context;
use clap::{Args, Subcommand};
use concord_engine::feeds;
use concord_model::link::{Settings, Window};
use concord_model::privacy::{ClientNames, Detail, PrivateEvents};
use concord_server::api::feeds::address;
use concord_store::feeds::{self as rows, Feed};
use concord_store::users;
use serde_json::{Value, json};

use super::words::{self, choice};
use crate::assemble::{Program, public_url};
use crate::output::columns;
use crate::pick;
use crate::refusal::usage;

/// Publish calendars behind secret addresses, for any program that subscribes to feeds
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a feed; its address is shown this once
    #[command(after_help = "Examples:
  concord feed add 'My sessions' --user Alice
  concord feed add 'When I am busy' --user Alice --detail busy --private busy")]
    Add {
        /// What you call it; subscribers see it as the calendar's name
        name: String,
        /// Whose events it shows [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        #[command(flatten)]
        shows: Shows,
    },
    /// List feeds
    List,
    /// Revoke a feed: its address gives nothing any more
    Revoke {
        /// Which: its name or id
        feed: String,
    },
}

/// What goes into a feed, and what is seen of it.
#[derive(Args, Debug)]
pub struct Shows {
    /// Only bookings of these types
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    types: Vec<String>,
    /// Only events with one of these clients
    #[arg(long, value_name = "CLIENT,…", value_delimiter = ',')]
    clients: Vec<String>,
    /// How far back events are shown
    #[arg(long, value_name = "DAYS", value_parser = days())]
    window_back: Option<u32>,
    /// How far ahead events are shown
    #[arg(long, value_name = "DAYS", value_parser = days())]
    window_ahead: Option<u32>,
    /// How much of an event is seen
    #[arg(long, value_parser = choice(words::DETAIL))]
    detail: Option<Detail>,
    /// What becomes of private events
    #[arg(long, value_parser = choice(words::PRIVATE))]
    private: Option<PrivateEvents>,
    /// How clients are named
    #[arg(long, value_parser = choice(words::CLIENT_NAMES))]
    client_names: Option<ClientNames>,
    /// Whether the platform's notes go along
    #[arg(long, value_parser = choice(words::SWITCH))]
    notes: Option<bool>,
    /// Whether clients' addresses and telephone numbers may appear
    #[arg(long, value_parser = choice(words::SWITCH))]
    contacts: Option<bool>,
    /// Whether guests are named
    #[arg(long, value_parser = choice(words::SWITCH))]
    guests: Option<bool>,
}

fn days() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(..=i64::from(Window::MOST_DAYS))
}

impl Shows {
    async fn settings(self, program: &Program) -> anyhow::Result<Settings> {
        let mut all = Settings::default();
        all.filter.session_types = self.types;
        for name in &self.clients {
            all.filter.clients.push(pick::client(program, name).await?.id);
        }
        let sight = &mut all.sight;
        sight.detail = self.detail.unwrap_or(sight.detail);
        sight.private = self.private.unwrap_or(sight.private);
        sight.client_names = self.client_names.unwrap_or(sight.client_names);
        sight.notes = self.notes.unwrap_or(sight.notes);
        sight.contacts = self.contacts.unwrap_or(sight.contacts);
        sight.guests = self.guests.unwrap_or(sight.guests);
        all.window.back_days = self.window_back.unwrap_or(all.window.back_days);
        all.window.ahead_days = self.window_ahead.unwrap_or(all.window.ahead_days);
        Ok(all)
    }
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<()> {
    match command {
        Command::Add { name, user, shows } => add(program, &name, user.as_deref(), shows).await,
        Command::List => list(program).await,
        Command::Revoke { feed } => revoke(program, &feed).await,
    }
}

async fn add(program: &Program, name: &str, user: Option<&str>, shows: Shows) -> anyhow::Result<()> {
    let name = concord_model::text::line(name);
    if name.is_empty() {
        return Err(usage("NAME: say what you call it"));
    }
    let user = pick::user_or_only(program, user).await?;
    let settings = shows.settings(program).await?;
    let (row, secret) = feeds::add(&program.engine, program.workspace, user.id, name, settings).await?;
    let server = &program.config.server;
    let public = public_url(&program.config).unwrap_or_else(|| server.public_url(server.listen));
    let url = address(&public, &secret);
    let told = json!({ "id": row.id, "name": row.name, "url": url.as_str(), "userId": user.id });
    program.out.show(&told, |_| {
        format!(
            "{url}\nThis is the feed \"{}\" of {}. Whoever knows its address can read it; it is shown this once.",
            row.name, user.name
        )
    })
}

async fn list(program: &Program) -> anyhow::Result<()> {
    let mut tx = program.engine.store.read().await?;
    let people = users::list(&mut tx, program.workspace).await?;
    let rows: Vec<Value> = rows::list(&mut tx, program.workspace)
        .await?
        .into_iter()
        .map(|feed| {
            let user = people.iter().find(|user| user.id == feed.user).map(|user| user.name.clone());
            let state = if feed.revoked_at.is_some() { "revoked" } else { "active" };
            json!({ "id": feed.id, "name": feed.name, "user": user, "state": state, "createdAt": feed.created_at,
                    "usedAt": feed.used_at, "detail": feed.settings.sight.detail })
        })
        .collect();
    let heads = [
        ("NAME", "name"),
        ("USER", "user"),
        ("DETAIL", "detail"),
        ("STATE", "state"),
        ("FETCHED", "usedAt"),
        ("ID", "id"),
    ];
    program.out.list(
        &rows,
        |rows| columns(rows, &heads),
        "there is no feed yet; make one: concord feed add NAME",
    )
}

async fn revoke(program: &Program, text: &str) -> anyhow::Result<()> {
    let engine = &program.engine;
    let mut tx = engine.store.begin().await?;
    let all = rows::list(&mut tx, program.workspace).await?;
    let is_meant =
        |feed: &&Feed| feed.revoked_at.is_none() && (feed.name == text || feed.id.to_string() == text);
    let meant: Vec<&Feed> = all.iter().filter(is_meant).collect();
    let feed = match meant[..] {
        [one] => one,
        [] => {
            return Err(usage(format!("there is no feed \"{text}\" in use; `concord feed list` shows them")));
        }
        _ => return Err(usage(format!("there are {} feeds \"{text}\"; name one by its id", meant.len()))),
    };
    rows::revoke(&mut tx, program.workspace, feed.id, engine.now())
        .await
        .context("the feed cannot be revoked")?;
    tx.commit().await?;
    program.out.show(&json!({ "id": feed.id, "name": feed.name }), |_| {
        format!("revoked \"{}\": its address gives nothing any more", feed.name)
    })
}
