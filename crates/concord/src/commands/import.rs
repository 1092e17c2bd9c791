//! `concord import`: events from iCalendar files. An event is known by its UID, so a file that is imported twice
//! doubles nothing: the second time it changes what has changed in the file.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use concord_engine::Error;
use concord_engine::edit::{self, Change, New, Scope};
use concord_model::event::Booking;
use concord_model::view::{Override, Patch};
use concord_model::{Event, OccurrenceKey, View};
use concord_store::users::User;
use concord_store::{Actor, events};
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::text;
use crate::pick;

/// Take in events from iCalendar files
///
/// An event is known by its UID: importing a file again changes what has changed in it, and doubles nothing. Events that
/// cannot be read are told, and stop no others.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord import alice.ics --user Alice
  curl -s https://example.org/team.ics | concord import - --user Alice")]
pub struct Arguments {
    /// The files; - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose events they become [default: the only user]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// What became of the events of all files.
#[derive(Default)]
struct Tally {
    created: u64,
    changed: u64,
    unchanged: u64,
    complaints: Vec<Value>,
}

impl Tally {
    fn complain(&mut self, file: &Path, uid: &str, what: impl ToString) {
        self.complaints
            .push(json!({ "file": file.display().to_string(), "uid": uid, "what": what.to_string() }));
    }
}

/// Takes them in.
pub async fn run(arguments: Arguments, program: &Program) -> anyhow::Result<Exit> {
    let user = pick::user_or_only(program, arguments.user.as_deref()).await?;
    let mut tally = Tally::default();
    // Every file is read before anything is changed: one that is no calendar changes nothing.
    let mut calendars = Vec::new();
    for file in &arguments.files {
        let calendar = concord_ical::read(&bytes(file)?)
            .with_context(|| format!("{} cannot be read as a calendar", file.display()))?;
        calendars.push((file, calendar));
    }
    let progress = program.out.progress("importing");
    for (file, calendar) in calendars {
        for complaint in &calendar.complaints {
            tally.complain(file, &complaint.uid, &complaint.trouble);
        }
        let all = calendar.items.len();
        for (n, found) in calendar.items.into_iter().enumerate() {
            progress.say(format!("importing {}: {n} of {all}", file.display()));
            let uid = found.identity();
            match found.view {
                Err(complaint) => tally.complain(file, &uid, complaint),
                Ok(view) => match take_in(program, &user, &uid, view, &mut tally).await {
                    Ok(()) => {}
                    Err(error @ (Error::Invalid { .. } | Error::ReadOnly(_))) => {
                        tally.complain(file, &uid, error);
                    }
                    Err(error) => return Err(error.into()),
                },
            }
        }
    }
    drop(progress);
    let Tally { created, changed, unchanged, complaints } = tally;
    let odd = !complaints.is_empty();
    let result =
        json!({ "created": created, "changed": changed, "unchanged": unchanged, "complaints": complaints });
    program.out.show(&result, |_| {
        let mut lines =
            vec![format!("{created} events are new, {changed} changed, {unchanged} were known already")];
        lines.extend(
            complaints
                .iter()
                .map(|one| format!("! {}: {}: {}", text(one, "file"), text(one, "uid"), text(one, "what"))),
        );
        lines.join("\n")
    })?;
    Ok(if odd { Exit::NeedsPerson } else { Exit::Agrees })
}

fn bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Makes the event, or changes the one that there is.
async fn take_in(
    program: &Program,
    user: &User,
    uid: &str,
    view: View,
    tally: &mut Tally,
) -> Result<(), Error> {
    let engine = &program.engine;
    let mut tx = engine.store.read().await?;
    let known = events::by_uid(&mut tx, program.workspace, user.id, uid).await?;
    drop(tx);
    let Some(known) = known.into_iter().find(|event| event.deleted_at.is_none()) else {
        let new =
            New { owner: user.id, content: view, booking: Booking::default(), uid: Some(uid.to_owned()) };
        edit::create(engine, program.workspace, new).await?;
        tally.created += 1;
        return Ok(());
    };
    let before = known.rev;
    let event = bring_up(program, known, &view).await?;
    if event.rev == before {
        tally.unchanged += 1;
    } else {
        tally.changed += 1;
    }
    Ok(())
}

/// Changes an event until it is as the file has it: as a whole first, then occurrence by occurrence.
async fn bring_up(program: &Program, event: Event, view: &View) -> Result<Event, Error> {
    let patch: Patch = event.content.differing(view).iter().map(|field| (field, view.value(field))).collect();
    let mut event = change(program, event, Scope::All, patch).await?;
    let keys: Vec<OccurrenceKey> =
        view.overrides.keys().chain(event.content.overrides.keys()).copied().collect();
    for key in keys {
        let (ours, theirs) = (event.content.overrides.get(&key), view.overrides.get(&key));
        if ours == theirs {
            continue;
        }
        event = match theirs {
            Some(Override::Cancelled) => {
                let by = Actor::User(event.owner);
                edit::delete(&program.engine, program.workspace, event.id, Scope::This(key), None, by).await?
            }
            Some(Override::Changed(_)) | None => {
                let Some(whole) = view.occurrence(key) else { continue };
                let Some(now) = event.content.occurrence(key) else { continue };
                let patch = now.differing(&whole).iter().map(|field| (field, whole.value(field))).collect();
                change(program, event, Scope::This(key), patch).await?
            }
        };
    }
    Ok(event)
}

async fn change(program: &Program, event: Event, scope: Scope, patch: Patch) -> Result<Event, Error> {
    if patch.is_empty() {
        return Ok(event);
    }
    let by = Actor::User(event.owner);
    let change = Change { patch, booking: None, expected: None };
    let (event, _) = edit::change(&program.engine, program.workspace, event.id, scope, change, by).await?;
    Ok(event)
}
