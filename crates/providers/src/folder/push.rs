//! How writes become files. What is changed is the file as it is there, read right before, on its version.

use concord_model::ExternalId;
use jiff::Timestamp;

use super::pull::{body, etag};
use super::{NOBODY, answers};
use crate::answer::Answer;
use crate::disk::{Deed, Disk, Done, Held, Trouble, Version};
use crate::file::{self, Body, Changed};
use crate::provider::{Access, Mail, Write, Written};

/// A write on its way.
enum Step {
    /// It has its answer already.
    Answered(Result<Written, Answer>),
    /// A deed, and the file that is there after it.
    Act(Deed, Option<Body>),
}

/// Carries out writes. One answer for each, in order.
pub(super) async fn write(
    disk: &dyn Disk,
    folder: &str,
    writes: &[Write],
    mail: Mail,
    access: &Access,
) -> Vec<Result<Written, Answer>> {
    let now = access.now;
    let changed: Vec<String> = writes
        .iter()
        .filter_map(|write| match write {
            Write::Update { id, .. } => Some(id.0.clone()),
            Write::Create { .. } | Write::Delete { .. } => None,
        })
        .collect();
    let there = if changed.is_empty() { Vec::new() } else { disk.read(folder, &changed).await };
    let mut there = there.into_iter();
    let mut steps: Vec<(&ExternalId, Option<Step>)> = Vec::with_capacity(writes.len());
    let mut deeds = Vec::new();
    for write in writes {
        let (id, step) = match write {
            Write::Create { id, uid, mark, view, fields, .. } => {
                let file = file::new_file(&NOBODY, uid, mark, view, *fields, mail, now);
                (id, Step::Act(Deed::Make(file.clone()), Some(unversioned(file))))
            }
            Write::Update { id, .. } => {
                let held = there.next().unwrap_or(Ok(None));
                (
                    id,
                    update(folder, write, held, mail, now)
                        .unwrap_or_else(|answer| Step::Answered(Err(answer))),
                )
            }
            Write::Delete { id, versions } => match &versions.whole {
                Some(version) => (id, Step::Act(Deed::Remove(Version(version.0.clone())), None)),
                None => (id, Step::Answered(Err(Answer::Stale))),
            },
        };
        if let Step::Act(deed, _) = &step {
            deeds.push((id.0.clone(), deed.clone()));
        }
        steps.push((id, Some(step)));
    }
    let may_change = access.may_change();
    let mut done = match may_change {
        Ok(()) => disk.act(folder, deeds).await.into_iter(),
        Err(_) => Vec::new().into_iter(),
    };
    let mut answers = Vec::with_capacity(writes.len());
    for (id, step) in &mut steps {
        answers.push(match step.take() {
            Some(Step::Answered(answer)) => answer,
            Some(Step::Act(..)) if let Err(held_up) = &may_change => Err(held_up.clone()),
            Some(Step::Act(_, file)) => {
                let lost = || Err(Trouble::Other("nothing is known of what was written".to_owned()));
                answer(folder, id, file, done.next().unwrap_or_else(lost), now)
            }
            None => Err(Answer::Gone),
        });
    }
    answers
}

fn unversioned(file: bytes::Bytes) -> Body {
    Body { etag: None, file, modified_at: None }
}

fn update(
    folder: &str,
    write: &Write,
    held: Result<Option<Held>, Trouble>,
    mail: Mail,
    now: Timestamp,
) -> Result<Step, Answer> {
    let Write::Update { id, versions, before, after, fields } = write else { return Err(Answer::Gone) };
    let Some(held) = held.map_err(|trouble| answers::refusal(folder, trouble))? else {
        return Err(Answer::Gone);
    };
    if versions.whole.as_ref() != Some(&etag(&held.version)) {
        return Err(Answer::Stale);
    }
    Ok(match file::change(&NOBODY, &held.content, (before, after), *fields, mail, now)? {
        Changed::Nothing => Step::Answered(written(id, &body(held), now)),
        Changed::File(file) => Step::Act(Deed::Replace(held.version, file.clone()), Some(unversioned(file))),
    })
}

fn answer(
    folder: &str,
    id: &ExternalId,
    file: Option<Body>,
    done: Result<Done, Trouble>,
    now: Timestamp,
) -> Result<Written, Answer> {
    let done = done.map_err(|trouble| match trouble {
        // It may have been done before the trouble came.
        Trouble::Other(why) => Answer::Unknown(why),
        other => answers::refusal(folder, other),
    });
    match (done?, file) {
        (Done::Gone, None) => Ok(Written::Gone),
        (Done::Gone, Some(_)) => Err(Answer::Gone),
        (Done::Exists, _) => Err(Answer::Exists),
        (Done::Stale, _) | (Done::There(..), None) => Err(Answer::Stale),
        (Done::There(version, modified_at), Some(file)) => {
            written(id, &Body { etag: Some(etag(&version)), modified_at, ..file }, now)
        }
    }
}

fn written(id: &ExternalId, body: &Body, now: Timestamp) -> Result<Written, Answer> {
    let item = file::item(&NOBODY, id, body, now);
    item.map(|item| Written::There(vec![item]))
        .ok_or_else(|| Answer::Unknown("what was written is no event there".to_owned()))
}
