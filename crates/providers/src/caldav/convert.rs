//! Between files in a calendar and our views. The words of iCalendar are those of `concord-ical`; here is what a
//! calendar server adds: one file for each event with all its changed occurrences, and versions of files.

use bytes::Bytes;
use concord_ical::{Entry, Found, Frame, Revision, Scheduling};
use concord_model::observed::{Hold, Item, State};
use concord_model::people::{Address, Organiser};
use concord_model::privacy::Privacy;
use concord_model::view::{Override, Value};
use concord_model::{Etag, ExternalId, Field, FieldSet, Mark, View};
use jiff::{SignedDuration, Timestamp};

use super::answers;
use super::site::Site;
use crate::answer::Answer;
use crate::provider::Mail;

/// The fields that can be written at all. Whoever an event's organiser is, its server asks and tells its guests; a copy
/// of ours has none, so that no server takes it for a meeting (RFC 6638, 3.1).
pub(super) const WRITABLE: FieldSet = FieldSet::ALL.without(Field::Colour).without(Field::Organiser);
/// The property that bears our mark.
const MARK: &str = "X-CONCORD";
/// Who made a file.
const PRODUCT: &str = "-//Concord//Concord//EN";

/// A file as a server gave it.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) etag: Option<Etag>,
    pub(super) file: Bytes,
    /// When it was last modified, by the server's clock corrected to ours.
    pub(super) modified_at: Option<Timestamp>,
}

/// When it was last modified, by what the server says.
pub(super) fn modified_at(told: Option<&str>, ahead: SignedDuration) -> Option<Timestamp> {
    answers::http_date(told?)?.checked_add(ahead).ok()
}

/// What a file holds as one event; `None` where it holds none.
fn event(file: &[u8]) -> Result<Option<Found>, String> {
    let calendar = concord_ical::read(file).map_err(|why| format!("the file cannot be read: {why}"))?;
    let mut items = calendar.items;
    match items.len() {
        0 | 1 => Ok(items.pop().map(plainly)),
        n => Err(format!("the file holds {n} events, where there should be one")),
    }
}

/// That an event is public is what is meant where nothing is said (RFC 5545, 3.8.1.3), and some servers say it by
/// themselves: it makes no difference.
fn plainly(mut found: Found) -> Found {
    if let Ok(view) = &mut found.view {
        let public = |value: &Value| *value == Value::Privacy(Privacy::Public);
        if view.privacy == Privacy::Public {
            view.privacy = Privacy::Default;
        }
        for change in view.overrides.values_mut() {
            if let Override::Changed(patch) = change
                && patch.values().any(public)
            {
                patch.insert(Field::Privacy, Value::Privacy(Privacy::Default));
            }
        }
        view.normalise();
    }
    found
}

/// A file as an item; `None` for one without events, as of a task.
pub(super) fn item(site: &Site, id: &ExternalId, body: &Body, now: Timestamp) -> Option<Item> {
    let odd = |why: String| Item {
        id: id.clone(),
        part: None,
        made_as: None,
        uid: None,
        etag: body.etag.clone(),
        stamp: None,
        mark: None,
        hold: Hold::ReadOnly,
        complete: true,
        state: State::Odd(why),
    };
    let found = match event(&body.file) {
        Ok(found) => found?,
        Err(why) => return Some(odd(why)),
    };
    // A client's own clock comes last: it may be any.
    let stamp = body.modified_at.or(found.modified).or(found.stamp).map(|stamp| stamp.min(now));
    let mark = found.source.property(MARK).and_then(|mark| mark.parse().ok());
    let (hold, state) = match found.view {
        Ok(view) => (hold(site, &view), State::Live(Box::new(view))),
        Err(why) => (Hold::ReadOnly, State::Odd(why.to_string())),
    };
    Some(Item { uid: Some(found.uid), stamp, mark, hold, state, ..odd(String::new()) })
}

fn hold(site: &Site, view: &View) -> Hold {
    // Where nobody knows who is meant by which address, nobody is told by mail either.
    let known = !site.addresses.is_empty() || site.user.contains('@');
    let theirs = view.organiser.as_ref().is_some_and(|one| !site.is_me(one.address.as_str()));
    if known && theirs && !view.attendees.is_empty() { Hold::Guest } else { Hold::Free }
}

/// A new file.
pub(super) fn new_file(
    site: &Site,
    uid: &str,
    mark: &Mark,
    view: &View,
    fields: FieldSet,
    mail: Mail,
    now: Timestamp,
) -> Bytes {
    let mut view = shown(view, fields.and(WRITABLE));
    if mail == Mail::Guests && site.able.invites && !view.attendees.is_empty() {
        let address = site.addresses.first().unwrap_or(&site.user);
        view.organiser = Some(Organiser { address: Address::from(address.as_str()), name: String::new() });
    }
    let mark = mark.to_string();
    let entry = Entry { uid, view: &view, stamp: now, sequence: 0, marks: &[(MARK, mark.as_str())] };
    let frame = Frame { scheduling: scheduling(mail), owner: owner(site), ..Frame::new(PRODUCT) };
    Bytes::from(concord_ical::write_new(&entry, &frame))
}

/// Who tells guests. Unless it was asked for, nobody (trap 19).
fn scheduling(mail: Mail) -> Scheduling {
    match mail {
        Mail::Nobody => Scheduling::Client,
        Mail::Guests => Scheduling::Server,
    }
}

fn owner(site: &Site) -> Option<&str> {
    let addresses = site.addresses.iter().chain([&site.user]).map(String::as_str);
    addresses.into_iter().find(|address| address.contains('@'))
}

/// Those fields of a view; a time it always has.
fn shown(view: &View, fields: FieldSet) -> View {
    let mut shown = View::new(view.time.clone(), "");
    fields.iter().for_each(|field| shown.take(field, view));
    shown.overrides = view.overrides.clone();
    for change in shown.overrides.values_mut() {
        if let Override::Changed(patch) = change {
            patch.retain(|field, _| *field == Field::Time || fields.has(*field));
        }
    }
    shown.normalise();
    shown
}

/// What is there, with what differs between `before` and `after` in those fields.
pub(super) fn target(there: &View, before: &View, after: &View, fields: FieldSet) -> View {
    let mut target = there.clone();
    for field in fields.iter().filter(|field| !before.same(*field, after)) {
        target.take(field, after);
    }
    let keys = before.overrides.keys().chain(after.overrides.keys());
    for key in keys.collect::<std::collections::BTreeSet<_>>() {
        let (was, is) = (before.overrides.get(key), after.overrides.get(key));
        if was == is {
            continue;
        }
        let wanted = match (is, target.overrides.get(key)) {
            (Some(Override::Changed(is)), there) => {
                // What is the occurrence's own and not ours to say stays.
                let mut patch = match there {
                    Some(Override::Changed(there)) => there.clone(),
                    _ => Default::default(),
                };
                patch.retain(|field, _| !fields.has(*field));
                patch
                    .extend(is.iter().filter(|(field, _)| fields.has(**field)).map(|(f, v)| (*f, v.clone())));
                Some(Override::Changed(patch))
            }
            (Some(Override::Cancelled), _) => Some(Override::Cancelled),
            (None, Some(Override::Changed(there))) => {
                let mut patch = there.clone();
                patch.retain(|field, _| !fields.has(*field));
                Some(Override::Changed(patch))
            }
            (None, _) => None,
        };
        match wanted {
            Some(change) => drop(target.overrides.insert(*key, change)),
            None => drop(target.overrides.remove(key)),
        }
    }
    target.normalise();
    target
}

/// What a change makes of a file.
pub(super) enum Changed {
    /// The new file.
    File(Bytes),
    /// Nothing: it is so already.
    Nothing,
}

/// The file of an event with what differs between `before` and `after` in those fields. Nothing else moves by a byte.
pub(super) fn change(
    site: &Site,
    file: &[u8],
    (before, after): (&View, &View),
    fields: FieldSet,
    mail: Mail,
    now: Timestamp,
) -> Result<Changed, Answer> {
    let rejected = |why: String| Answer::Rejected { why, read_only: false };
    let found = event(file).map_err(rejected)?.ok_or(Answer::Gone)?;
    let there = found.view.map_err(|odd| rejected(format!("the event there is odd: {odd}")))?;
    let fields = fields.and(WRITABLE);
    let target = target(&there, before, after, fields);
    if target == there {
        return Ok(Changed::Nothing);
    }
    let scheduled = found.source.is_scheduled();
    let guest = hold(site, &there) == Hold::Guest;
    if scheduled && tells_guests(site, file, mail) && !is_quiet(&there, &target, guest) {
        return Err(rejected(
            "the server would tell the event's guests by mail, which is not switched on: change it where it was made"
                .to_owned(),
        ));
    }
    let revision = Revision {
        raise_sequence: scheduled && !guest,
        scheduling: scheduling(mail),
        owner: owner(site),
        ..Revision::at(now)
    };
    let new = concord_ical::rewrite(&found.source, &there, &target, &revision);
    Ok(if new == file { Changed::Nothing } else { Changed::File(Bytes::from(new)) })
}

/// Whether taking away this file makes the server tell guests by mail that nobody wants told.
pub(super) fn removal_is_told(site: &Site, file: &[u8], mail: Mail) -> bool {
    let Ok(Some(found)) = event(file) else { return false };
    let guest = found.view.as_ref().is_ok_and(|view| hold(site, view) == Hold::Guest);
    // What a guest takes away is told to the organiser, unless the call says otherwise; and it does.
    found.source.is_scheduled() && !guest && tells_guests(site, file, mail)
}

fn tells_guests(site: &Site, file: &[u8], mail: Mail) -> bool {
    let unfolded = String::from_utf8_lossy(file).replace("\r\n ", "").replace("\n ", "");
    let ours = ["SCHEDULE-AGENT=CLIENT", "SCHEDULE-AGENT=NONE"];
    let somebody_else_does = ours.iter().any(|agent| unfolded.contains(agent));
    mail == Mail::Nobody && site.able.invites && !somebody_else_does
}

/// Whether a change is one that servers keep to themselves: a person's own fields; of a guest, the answer, which the
/// call says is not to be told.
fn is_quiet(there: &View, target: &View, guest: bool) -> bool {
    let mut quiet = FieldSet::PERSONAL;
    if guest {
        quiet = quiet.with(Field::Attendees);
    }
    let own = |change: Option<&Override>| match change {
        None => true,
        Some(Override::Cancelled) => false,
        Some(Override::Changed(patch)) => patch.keys().all(|field| quiet.has(*field)),
    };
    let keys = there.overrides.keys().chain(target.overrides.keys());
    there.differing(target).minus(quiet).is_empty()
        && keys.into_iter().all(|key| {
            let (was, is) = (there.overrides.get(key), target.overrides.get(key));
            was == is || (own(was) && own(is))
        })
}
