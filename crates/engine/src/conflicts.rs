//! A person's answer to a conflict. It is kept, and the link's next run carries it out: there is one writer.

use std::collections::BTreeMap;

use concord_model::event::Event;
use concord_model::link::Policy;
use concord_model::observed::Theirs;
use concord_model::view::{Override, View};
use concord_model::{ConflictId, UserId, WorkspaceId};
use concord_store::conflicts::{self, Answer, Conflict, ConflictKind, ConflictState, Resolution};
use concord_store::events::{self, Version};
use concord_store::{Actor, links};
use concord_sync::conflict::{About, Clash, Piece, Stamps, Verdict, verdict};
use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};
use crate::{Engine, undo};

/// What a run settles and what it changes by that, it writes down within this time.
const MOMENT: SignedDuration = SignedDuration::from_secs(10);

/// Keeps an answer and makes the link due for it.
pub async fn answer(
    engine: &Engine,
    workspace: WorkspaceId,
    id: ConflictId,
    how: Resolution,
    fields: BTreeMap<String, Resolution>,
    by: UserId,
) -> Result<()> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let conflict = match conflicts::get(&mut tx, workspace, id).await {
        Err(concord_store::Error::NotFound) => return Err(Error::NotFound("conflict")),
        other => other?,
    };
    if how == Resolution::Both && conflict.kind != ConflictKind::CreatedExternally {
        return Err(Error::Invalid {
            field: "resolution",
            why: "only what was entered on both sides can be kept as two events".to_owned(),
        });
    }
    if matches!(how, Resolution::Policy | Resolution::Expired | Resolution::Agreed) {
        return Err(Error::Invalid {
            field: "resolution",
            why: "choose keep_local, keep_external, keep_latest or merge".to_owned(),
        });
    }
    let known: Vec<String> = clashes(&conflict).iter().map(|c| name(c.about)).collect();
    if let Some(unknown) = fields.keys().find(|f| !known.contains(f)) {
        return Err(Error::Invalid {
            field: "fields",
            why: format!("\"{unknown}\" is not in this conflict; it is about {}", known.join(", ")),
        });
    }
    let answer = Answer { how, fields, at: now, by: Actor::User(by) };
    conflicts::answer(&mut tx, workspace, id, &answer).await?;
    links::due(&mut tx, conflict.link, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back what a conflict that is settled has changed here (CF-3): the event is again what it was before the calendar's
/// version was taken over, and every calendar hears of it. Where ours stood, nothing was changed here.
pub async fn undo(engine: &Engine, workspace: WorkspaceId, id: ConflictId, by: UserId) -> Result<Event> {
    let mut tx = engine.store.read().await?;
    let conflict = match conflicts::get(&mut tx, workspace, id).await {
        Err(concord_store::Error::NotFound) => return Err(Error::NotFound("conflict")),
        other => other?,
    };
    let (ConflictState::Resolved { at, .. }, Some(event)) = (&conflict.state, conflict.event) else {
        return Err(Error::Later("nothing is settled yet that could be taken back".to_owned()));
    };
    let mut versions = events::versions(&mut tx, workspace, event).await?;
    drop(tx);
    versions.sort_by_key(|version| version.rev);
    let of_it = |version: &&Version| {
        version.by == Actor::Link(conflict.link) && version.at.duration_since(*at).abs() <= MOMENT
    };
    match (versions.iter().find(of_it), versions.last()) {
        (None, _) => Err(Error::Later(
            "Concord's version stood, so nothing was changed here; enter what the calendar had, where it shall be".to_owned(),
        )),
        (Some(taken), Some(last)) if taken.rev != last.rev => Err(Error::Later(
            "the event was changed since; its own history says what it was before each change".to_owned(),
        )),
        (Some(taken), _) => undo::undo(engine, workspace, event, Some(taken.rev), by).await,
    }
}

/// A conflict with both sides as they are now.
pub(crate) fn as_it_stands(conflict: &Conflict, ours: Option<&View>, theirs: Option<&View>) -> Conflict {
    let now = |was: Option<Piece>, view: Option<&View>, about| match view {
        Some(view) if was != Some(Piece::Gone) => piece(view, about),
        _ => was,
    };
    let clashes = clashes(conflict).into_iter().map(|clash| Clash {
        ours: now(clash.ours, ours, clash.about),
        theirs: now(clash.theirs, theirs, clash.about),
        ..clash
    });
    Conflict {
        fields: clashes.filter_map(|clash| serde_json::to_value(clash).ok()).collect(),
        ours: ours.cloned().or_else(|| conflict.ours.clone()),
        theirs: theirs.cloned().or_else(|| conflict.theirs.clone()),
        ..conflict.clone()
    }
}

fn piece(view: &View, about: About) -> Option<Piece> {
    match about {
        About::Field(field) => Some(Piece::Value(view.value(field))),
        About::Occurrence(key, None) => view.overrides.get(&key).cloned().map(Piece::Occurrence),
        About::Occurrence(key, Some(field)) => match view.overrides.get(&key)? {
            Override::Changed(own) => own.get(&field).cloned().map(Piece::Value),
            Override::Cancelled => None,
        },
    }
}

/// The clashes that a conflict shows.
pub fn clashes(conflict: &Conflict) -> Vec<Clash> {
    conflict.fields.iter().filter_map(|json| serde_json::from_value(json.clone()).ok()).collect()
}

/// The name of what a clash is about, for answers field by field: `title`, or `20261021T090000.title`.
pub fn name(about: About) -> String {
    let field = |f: concord_model::Field| {
        serde_json::to_value(f).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    };
    match about {
        About::Field(f) => field(f),
        About::Occurrence(key, None) => key.to_string(),
        About::Occurrence(key, Some(f)) => format!("{key}.{}", field(f)),
    }
}

/// Who stands by an answer, when ours was accepted and theirs was made then.
pub(crate) fn stands(how: Resolution, ours: Timestamp, theirs: Timestamp) -> Verdict {
    match how {
        Resolution::KeepExternal => Verdict::External,
        Resolution::KeepLatest => verdict(Policy::LastWriteWins, Stamps { ours, theirs, exact_ms: 0 }),
        _ => Verdict::Platform,
    }
}

/// Who stands by an answer about the deletion of a whole event, which was seen then.
pub(crate) fn about_deletion(how: Resolution, event: &Event, seen_at: Timestamp) -> Verdict {
    stands(how, edited_at(event), seen_at)
}

/// When an event was last changed by someone.
pub(crate) fn edited_at(event: &Event) -> Timestamp {
    event.accepted.values().max().copied().unwrap_or(event.updated_at)
}

/// Who stands in each clash, by the answer; without one (time ran out) the platform does (`rules.md` 7).
pub(crate) fn choices(
    conflict: &Conflict,
    answer: Option<&Answer>,
    event: &Event,
    theirs: Option<&Theirs>,
) -> Vec<(About, Verdict)> {
    let decide = |how: Resolution, about: About| {
        let ours = about.field().and_then(|f| event.accepted.get(&f)).copied().unwrap_or(event.updated_at);
        let theirs = theirs.and_then(|t| t.stamp).unwrap_or(conflict.detected_at);
        stands(how, ours, theirs)
    };
    clashes(conflict)
        .iter()
        .map(|clash| {
            let how = answer.map_or(Resolution::KeepPlatform, |a| {
                a.fields.get(&name(clash.about)).copied().unwrap_or(a.how)
            });
            (clash.about, decide(how, clash.about))
        })
        .collect()
}
