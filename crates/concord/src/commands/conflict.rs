//! `concord conflict`: what both sides changed, and who stands.

use std::collections::BTreeMap;

use clap::{Subcommand, ValueEnum};
use concord_engine::{conflicts as answers, spoken};
use concord_model::{LinkId, UserId, View};
use concord_store::conflicts::{Conflict, ConflictKind, ConflictState, Resolution};
use concord_store::links::{self, Link};
use concord_sync::conflict::{Clash, Piece, Verdict};
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::commands::event;
use crate::exit::Exit;
use crate::output::{columns, table};
use crate::pick;
use crate::refusal::usage;

/// Look at what both sides changed, and settle it
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List conflicts that wait for an answer
    List {
        /// Those that are settled too: the losing value is kept
        #[arg(long)]
        all: bool,
        /// Only those of this link: calendar name or id
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
    },
    /// Show both versions side by side
    Show {
        /// Which
        conflict: String,
    },
    /// Say who stands; the next sync carries it out on both sides
    #[command(after_help = "Examples:
  concord conflict resolve ID --keep local
  concord conflict resolve ID --field title=local --field time=external
  concord conflict resolve --all --keep latest
  concord sync --wait")]
    Resolve {
        /// Which
        #[arg(required_unless_present = "all")]
        conflicts: Vec<String>,
        /// All that wait
        #[arg(long, conflicts_with = "conflicts")]
        all: bool,
        /// With --all: only those of this link
        #[arg(long, value_name = "LINK", requires = "all")]
        link: Option<String>,
        /// Whose version stands; both keeps two events, where one may have been entered twice
        #[arg(long, value_enum, required_unless_present = "fields")]
        keep: Option<Keep>,
        /// Who stands in one field: title=local, time=external; may be given several times
        #[arg(long = "field", value_name = "FIELD=KEEP")]
        fields: Vec<String>,
        /// Who says so: name or id [default: whose calendar it is]
        #[arg(long, value_name = "USER")]
        by: Option<String>,
    },
}

/// Whose version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// That of the platform
    Local,
    /// That of the calendar
    External,
    /// The later one
    Latest,
    /// Both, as two events
    Both,
}

impl Keep {
    fn resolution(self) -> Resolution {
        match self {
            Keep::Local => Resolution::KeepPlatform,
            Keep::External => Resolution::KeepExternal,
            Keep::Latest => Resolution::KeepLatest,
            Keep::Both => Resolution::Both,
        }
    }
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    match command {
        Command::List { all, link } => list(program, all, link.as_deref()).await,
        Command::Show { conflict } => {
            let conflict = pick::conflict(program, &conflict).await?;
            let names = Names::of(program).await?;
            program.out.show(&names.json(&conflict), |_| names.words(&conflict))?;
            Ok(Exit::Agrees)
        }
        Command::Resolve { conflicts, all: _, link, keep, fields, by } => {
            let chosen = chosen(program, &conflicts, link.as_deref()).await?;
            resolve(program, chosen, keep, &fields, by.as_deref()).await
        }
    }
}

async fn list(program: &Program, all: bool, link: Option<&str>) -> anyhow::Result<Exit> {
    let found = of_link(program, pick::conflicts(program, !all).await?, link).await?;
    let names = Names::of(program).await?;
    let rows: Vec<Value> = found.iter().map(|conflict| names.json(conflict)).collect();
    let heads = [
        ("KIND", "type"),
        ("TITLE", "title"),
        ("ABOUT", "about"),
        ("CALENDAR", "calendar"),
        ("STATE", "state"),
        ("ID", "id"),
    ];
    program.out.list(&rows, |rows| columns(rows, &heads), "no conflict waits for an answer")?;
    let waits =
        found.iter().any(|conflict| conflict.state == ConflictState::Open && conflict.answer.is_none());
    Ok(if waits { Exit::NeedsPerson } else { Exit::Agrees })
}

async fn of_link(
    program: &Program,
    mut all: Vec<Conflict>,
    link: Option<&str>,
) -> anyhow::Result<Vec<Conflict>> {
    if let Some(text) = link {
        let link = pick::link(program, text).await?;
        all.retain(|conflict| conflict.link == link.id);
    }
    Ok(all)
}

async fn chosen(program: &Program, named: &[String], link: Option<&str>) -> anyhow::Result<Vec<Conflict>> {
    if named.is_empty() {
        let mut waiting = of_link(program, pick::conflicts(program, true).await?, link).await?;
        // What was answered one by one is not answered again in bulk.
        waiting.retain(|conflict| conflict.answer.is_none());
        return Ok(waiting);
    }
    let mut chosen = Vec::new();
    for text in named {
        let conflict = pick::conflict(program, text).await?;
        if conflict.state != ConflictState::Open {
            return Err(usage(format!("the conflict {} is settled already", conflict.id)));
        }
        chosen.push(conflict);
    }
    Ok(chosen)
}

async fn resolve(
    program: &Program,
    chosen: Vec<Conflict>,
    keep: Option<Keep>,
    fields: &[String],
    by: Option<&str>,
) -> anyhow::Result<Exit> {
    let mut by_field = BTreeMap::new();
    for text in fields {
        let (field, who) = text.split_once('=').unwrap_or((text, ""));
        let who = Keep::from_str(who, true).ok().filter(|keep| *keep != Keep::Both);
        let who = who.ok_or_else(|| {
            usage(format!("--field: \"{text}\" is not FIELD=local, FIELD=external or FIELD=latest"))
        })?;
        by_field.insert(field.to_owned(), who.resolution());
    }
    // What no field says of itself is the platform's, unless --keep says otherwise.
    let how = match keep {
        Some(Keep::Both) if !by_field.is_empty() => {
            return Err(usage("--keep both and --field do not go together"));
        }
        Some(keep) => keep.resolution(),
        None => Resolution::Merge,
    };
    let by = match by {
        Some(text) => Some(pick::user(program, text).await?.id),
        None => None,
    };
    let names = Names::of(program).await?;
    // All of them before any is answered: what cannot be meant changes nothing.
    for conflict in &chosen {
        fits(conflict, how, &by_field)?;
    }
    for conflict in &chosen {
        let owner = || names.links.get(&conflict.link).map(|link| link.user);
        let person: UserId = by.or_else(owner).ok_or_else(|| usage("--by: say who answers"))?;
        answers::answer(&program.engine, program.workspace, conflict.id, how, by_field.clone(), person)
            .await?;
    }
    let ids: Vec<_> = chosen.iter().map(|conflict| conflict.id).collect();
    let result = json!({ "answered": ids, "resolution": how });
    program.out.show(&result, |_| match ids.len() {
        0 => "no conflict waits for an answer".to_owned(),
        1 => "answered; the next sync carries it out: concord sync --wait".to_owned(),
        n => format!("answered {n} conflicts; the next sync carries it out: concord sync --wait"),
    })?;
    Ok(Exit::Agrees)
}

/// Whether an answer can be given to a conflict.
fn fits(conflict: &Conflict, how: Resolution, fields: &BTreeMap<String, Resolution>) -> anyhow::Result<()> {
    if how == Resolution::Both && conflict.kind != ConflictKind::CreatedExternally {
        return Err(usage(format!(
            "--keep both: the conflict {} is about one event; only what may have been entered twice can stay as two",
            conflict.id
        )));
    }
    let known: Vec<String> =
        answers::clashes(conflict).iter().map(|clash| answers::name(clash.about)).collect();
    match fields.keys().find(|field| !known.contains(field)) {
        None => Ok(()),
        Some(_) if known.is_empty() => {
            Err(usage(format!("--field: the conflict {} is about the whole event; use --keep", conflict.id)))
        }
        Some(field) => Err(usage(format!(
            "--field: \"{field}\" is not in the conflict {}; it is about {}",
            conflict.id,
            known.join(", ")
        ))),
    }
}

/// Links by their ids.
struct Names {
    links: BTreeMap<LinkId, Link>,
}

impl Names {
    async fn of(program: &Program) -> anyhow::Result<Self> {
        let mut tx = program.engine.store.read().await?;
        let all = links::list(&mut tx, program.workspace).await?;
        Ok(Names { links: all.into_iter().map(|link| (link.id, link)).collect() })
    }

    fn calendar(&self, conflict: &Conflict) -> Option<&str> {
        self.links.get(&conflict.link).map(|link| link.name.as_str())
    }

    fn json(&self, conflict: &Conflict) -> Value {
        let clashes = answers::clashes(conflict);
        let fields: Vec<Value> = clashes
            .iter()
            .map(|clash| {
                json!({
                    "field": answers::name(clash.about),
                    "about": clash.about.to_string(),
                    "base": clash.base,
                    "local": clash.ours,
                    "external": clash.theirs,
                    "verdict": clash.verdict,
                })
            })
            .collect();
        let about: Vec<String> = clashes.iter().map(|clash| clash.about.to_string()).collect();
        let view = |view: &Option<View>| view.as_ref().map(|view| Value::Object(event::view_json(view)));
        let (state, how, at) = match (&conflict.state, &conflict.answer) {
            (ConflictState::Open, None) => ("open", None, None),
            (ConflictState::Open, Some(answer)) => ("answered", Some(answer.how), Some(answer.at)),
            (ConflictState::Resolved { how, at, .. }, _) => ("resolved", Some(*how), Some(*at)),
        };
        json!({
            "id": conflict.id,
            "type": conflict.kind,
            "eventId": conflict.event,
            "linkId": conflict.link,
            "calendar": self.calendar(conflict),
            "title": title(conflict),
            "about": about.join(", "),
            "fields": fields,
            "base": view(&conflict.base),
            "local": view(&conflict.ours),
            "external": view(&conflict.theirs),
            "state": state,
            "resolution": how,
            "resolvedAt": at,
            "detectedAt": conflict.detected_at,
            "expiresAt": conflict.expires_at,
        })
    }

    fn words(&self, conflict: &Conflict) -> String {
        let calendar = self.calendar(conflict).unwrap_or("a calendar that is gone");
        let mut text = match conflict.kind {
            ConflictKind::TimeChange => format!("the time was changed here and in {calendar}"),
            ConflictKind::DataMismatch => format!("the same was changed here and in {calendar}"),
            ConflictKind::Deleted if conflict.theirs.is_none() => format!("deleted in {calendar}, not here"),
            ConflictKind::Deleted => format!("deleted here, not in {calendar}"),
            ConflictKind::CreatedExternally => {
                format!("something in {calendar} may be one of the events here, or another")
            }
        };
        text += &match &conflict.state {
            ConflictState::Open if conflict.answer.is_some() => {
                "; answered, and carried out by the next sync".to_owned()
            }
            ConflictState::Open => match conflict.expires_at {
                Some(at) => format!("; waits for an answer until {}", at.strftime("%Y-%m-%d %H:%M UTC")),
                None => "; waits for an answer".to_owned(),
            },
            ConflictState::Resolved { how, .. } => format!("; settled: {}", settled(*how)),
        };
        text += "\n\n";
        text += &side_by_side(conflict);
        let clashes = answers::clashes(conflict);
        if !clashes.is_empty() {
            text += "\n\n";
            text += &fields_table(&clashes);
        }
        if conflict.state == ConflictState::Open && conflict.answer.is_none() {
            text += &format!("\n\nsettle it: concord conflict resolve {} --keep local", conflict.id);
        }
        text
    }
}

fn title(conflict: &Conflict) -> &str {
    let views = [&conflict.ours, &conflict.theirs, &conflict.base];
    views.into_iter().flatten().map(|view| view.title.as_str()).next().unwrap_or_default()
}

/// Title, time and place of each version.
fn side_by_side(conflict: &Conflict) -> String {
    let row = |name: &str, view: &Option<View>| match view {
        None => vec![name.to_owned(), "(not there)".to_owned()],
        Some(view) => {
            vec![name.to_owned(), view.title.clone(), view.time.span.to_string(), view.location.clone()]
        }
    };
    let rows =
        [row("agreed", &conflict.base), row("local", &conflict.ours), row("external", &conflict.theirs)];
    table(&["VERSION", "TITLE", "WHEN", "WHERE"], &rows)
}

/// How it was settled, in words.
fn settled(how: Resolution) -> &'static str {
    match how {
        Resolution::KeepPlatform => "the local version stands",
        Resolution::KeepExternal => "the external version stands",
        Resolution::KeepLatest => "the later version stands",
        Resolution::Merge => "field by field",
        Resolution::Both => "both stay, as two events",
        Resolution::Policy => "by the link's policy",
        Resolution::Expired => "nobody answered in time",
        Resolution::Agreed => "both sides are alike again",
    }
}

/// The fields in which they differ.
fn fields_table(clashes: &[Clash]) -> String {
    let piece = |piece: &Option<Piece>| piece.as_ref().map_or_else(|| "–".to_owned(), spoken::piece);
    let rows: Vec<Vec<String>> = clashes
        .iter()
        .map(|clash| {
            let stands = match clash.verdict {
                Verdict::Platform => "local",
                Verdict::External => "external",
                Verdict::Asked => "",
            };
            vec![
                answers::name(clash.about),
                piece(&clash.base),
                piece(&clash.ours),
                piece(&clash.theirs),
                stands.to_owned(),
            ]
        })
        .collect();
    table(&["FIELD", "AGREED", "LOCAL", "EXTERNAL", "STANDS"], &rows)
}
