//! `concord event`: events from the shell.

mod fields;
mod list;
mod past;
mod shown;

use clap::{Args, Subcommand};
use concord_engine::edit::{self, Change, New, Scope};
use concord_model::{Event, OccurrenceKey, Rev, Zone};
use concord_store::{Actor, events, users};

use fields::Fields;
pub use shown::{Around, view_json};

use super::when::When;
use crate::assemble::Program;
use crate::pick;
use crate::refusal::usage;

/// Add, change and look at events
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Add an event
    ///
    /// With a type or a client it is a booking, which has rules of its own: what is deleted in a calendar does not
    /// cancel it without asking.
    #[command(after_help = "Examples:
  concord event add --user Alice --title Lunch --start '2026-12-01 12:00' --duration 1h
  concord event add --user Alice --title Holidays --all-day --start 2026-12-24 --end 2026-12-31
  concord event add --user Alice --title Coaching --start '2026-12-01 09:00' --client Bob --rule 'FREQ=WEEKLY;COUNT=10'")]
    Add {
        /// Whose it is [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        fields: Box<Fields>,
    },
    /// List events by start
    #[command(after_help = "Examples:
  concord event list --user Alice --from 2026-12-01 --to 2027-01-01
  concord event list --text coaching --json
  concord event list --from 2026-12-01 --to 2027-01-01 --expand     each occurrence of a series by itself")]
    List(Box<list::Arguments>),
    /// Show one event, and how it stands in each calendar
    Show {
        /// Which
        event: String,
    },
    /// Change an event; what is not given stays as it is
    #[command(after_help = "Examples:
  concord event edit ID --title 'New title' --location ''
  concord event edit ID --occurrence 20261208T090000 --start '2026-12-08 10:00'
  concord event edit ID --occurrence 20261208T090000 --following --title 'New name from then on'

An occurrence is named by when it would have begun: 20261208T090000, or 20261208 in an all-day series. `concord event
list --expand` shows the names.")]
    Edit {
        /// Which
        event: String,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        fields: Box<Fields>,
    },
    /// Move an event to another time
    Move {
        /// Which
        event: String,
        #[command(flatten)]
        part: Part,
        #[command(flatten)]
        when: When,
    },
    /// Delete an event; a booking is cancelled and stays to say so
    Remove {
        /// Which
        event: String,
        #[command(flatten)]
        part: Part,
    },
    /// Say for each calendar whether the event is there, why or why not, and what happens next
    Why {
        /// Which
        event: String,
    },
    /// Show what an event was before each change
    History {
        /// Which
        event: String,
    },
    /// Take back the last change of an event, or all up to a revision; a deleted event comes back
    Undo {
        /// Which
        event: String,
        /// The revision to go back to, as `concord event history` shows it
        #[arg(long, value_name = "REVISION")]
        to: Option<i64>,
    },
    /// Sync one event to a calendar, or do not
    #[command(after_help = "Example: concord event switch ID --link Team --off")]
    Switch {
        /// Which
        event: String,
        /// In which calendar: name or id of its link
        #[arg(long, value_name = "LINK")]
        link: String,
        /// Let it go there
        #[arg(long, conflicts_with = "off", required_unless_present = "off")]
        on: bool,
        /// Keep it away from there
        #[arg(long)]
        off: bool,
    },
}

/// Which part of a series is meant.
#[derive(Args, Clone, Debug)]
pub struct Part {
    /// Only this occurrence of a series: when it would have begun, as 20261208T090000 or 20261208
    #[arg(long, value_name = "KEY")]
    occurrence: Option<OccurrenceKey>,
    /// And all that follow it
    #[arg(long, requires = "occurrence")]
    following: bool,
}

impl Part {
    fn scope(&self) -> Scope {
        match self.occurrence {
            None => Scope::All,
            Some(key) if self.following => Scope::Following(key),
            Some(key) => Scope::This(key),
        }
    }
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<()> {
    match command {
        Command::Add { user, when, fields } => add(program, user.as_deref(), &when, &fields).await,
        Command::List(arguments) => list::run(program, *arguments).await,
        Command::Show { event } => {
            let event = load(program, &event).await?;
            show(program, &event).await
        }
        Command::Edit { event, part, when, fields } => change(program, &event, &part, &when, &fields).await,
        Command::Move { event, part, when } => {
            if !when.is_given() {
                return Err(usage("say where to move it: --start '2026-12-01 10:00'"));
            }
            change(program, &event, &part, &when, &Fields::default()).await
        }
        Command::Remove { event, part } => remove(program, &event, &part).await,
        Command::Why { event } => past::why(program, &event).await,
        Command::History { event } => past::history(program, &event).await,
        Command::Undo { event, to } => past::undo(program, &event, to.map(Rev)).await,
        Command::Switch { event, link, on: enabled, off: _ } => {
            let event = load(program, &event).await?;
            let link = pick::link(program, &link).await?;
            edit::switch(&program.engine, program.workspace, event.id, link.id, enabled).await?;
            let result = serde_json::json!({ "id": event.id, "linkId": link.id, "enabled": enabled });
            program.out.show(&result, |_| {
                let way = if enabled { "goes to" } else { "is kept away from" };
                format!("\"{}\" {way} {}", event.content.title, link.name)
            })
        }
    }
}

/// The event that is meant, deleted or not.
pub(super) async fn load(program: &Program, text: &str) -> anyhow::Result<Event> {
    let id = pick::event(program, text).await?;
    let mut tx = program.engine.store.read().await?;
    Ok(events::get(&mut tx, program.workspace, id).await?)
}

async fn add(program: &Program, user: Option<&str>, when: &When, fields: &Fields) -> anyhow::Result<()> {
    let owner = pick::user_or_only(program, user).await?;
    let read = fields.read(program).await?;
    let content = read.new_content(when, &owner.zone)?;
    let booking = read.booking(None).unwrap_or_default();
    let new = New { owner: owner.id, content, booking, uid: None };
    let event = edit::create(&program.engine, program.workspace, new).await?;
    show(program, &event).await
}

async fn change(
    program: &Program,
    text: &str,
    part: &Part,
    when: &When,
    fields: &Fields,
) -> anyhow::Result<()> {
    let event = load(program, text).await?;
    if event.deleted_at.is_some() {
        return Err(usage(format!(
            "the event {} was deleted; bring it back first: concord event undo {}",
            event.id, event.id
        )));
    }
    let read = fields.read(program).await?;
    let scope = part.scope();
    let change = Change {
        patch: read.patch(when, &event, scope, &zone_of(program, &event).await?)?,
        booking: read.booking(Some(&event.booking)),
        expected: Some(event.rev),
    };
    if change.patch.is_empty() && change.booking.is_none() {
        return Err(usage("say what to change, such as --title 'New title'"));
    }
    if change.booking.is_some() && matches!(scope, Scope::This(_)) {
        return Err(usage(
            "--occurrence: type, clients, notes, tags and participants belong to the whole series",
        ));
    }
    let by = Actor::User(event.owner);
    let (event, tail) = edit::change(&program.engine, program.workspace, event.id, scope, change, by).await?;
    // A series that was divided has a new part, and that one was changed.
    show(program, tail.as_ref().unwrap_or(&event)).await
}

async fn remove(program: &Program, text: &str, part: &Part) -> anyhow::Result<()> {
    let event = load(program, text).await?;
    let by = Actor::User(event.owner);
    let event =
        edit::delete(&program.engine, program.workspace, event.id, part.scope(), Some(event.rev), by).await?;
    let around = Around::of(program, std::slice::from_ref(&event)).await?;
    program.out.show(&around.json(&event), |_| match (&event.deleted_at, part.occurrence) {
        (Some(_), _) => format!("deleted \"{}\"", event.content.title),
        (None, Some(_)) => format!("cancelled it in \"{}\"", event.content.title),
        (None, None) => {
            format!("cancelled the booking \"{}\"; removing it again deletes it", event.content.title)
        }
    })
}

async fn show(program: &Program, event: &Event) -> anyhow::Result<()> {
    let around = Around::of(program, std::slice::from_ref(event)).await?;
    program.out.show(&around.json(event), |_| around.words(event))
}

/// The zone of an event's owner.
async fn zone_of(program: &Program, event: &Event) -> anyhow::Result<Zone> {
    let mut tx = program.engine.store.read().await?;
    Ok(users::get(&mut tx, program.workspace, event.owner).await?.zone)
}
