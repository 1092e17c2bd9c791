//! Between files and our views, for calendars that keep one file for each event, with all its changed occurrences. The
//! words of iCalendar are those of `concord-ical`; here is what such a calendar adds: versions, whose a file is, and that
//! it can be handed on as it is ([`Whose::whole`]).

use bytes::Bytes;
use concord_ical::{Entry, Found, Frame, Revision, Scheduling};
use concord_model::observed::{Hold, Item, State};
use concord_model::people::{Address, Organiser};
use concord_model::privacy::Privacy;
use concord_model::view::{Override, Value};
use concord_model::{Etag, ExternalId, Field, FieldSet, Mark, Original, View};
use jiff::Timestamp;

use crate::answer::Answer;
use crate::provider::Mail;

/// The fields that can be written at all. Whoever an event's organiser is, its server asks and tells its guests; a copy
/// of ours has none, so that no server takes it for a meeting (RFC 6638, 3.1).
const WRITABLE: FieldSet =
    FieldSet::ALL.without(Field::Colour).without(Field::Organiser).without(Field::Original);
/// The property that bears our mark.
const MARK: &str = "X-CONCORD";
/// Who made a file.
const PRODUCT: &str = "-//Concord//Concord//EN";

/// Whose files they are, and what becomes of them where they lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose<'a> {
    /// The name that the person signs in with.
    pub(crate) user: &'a str,
    /// Addresses that mean the person, lower case.
    pub(crate) addresses: &'a [String],
    /// Whether guests are told by mail of what is written.
    pub(crate) invites: bool,
    /// Whether files are handed on whole: a view brings its file along, and a new file is the one that it came from.
    pub(crate) whole: bool,
}

impl Whose<'_> {
    fn is_me(&self, address: &str) -> bool {
        let address = address.trim().to_lowercase();
        self.addresses.contains(&address) || self.user.to_lowercase() == address
    }

    /// Whether guests can be told by mail of what is written: their server does it for its own people, whom it knows by their
    /// addresses.
    pub(crate) fn can_invite(&self) -> bool {
        self.invites && self.is_known()
    }

    /// Where nobody knows who is meant by which address, nobody is told by mail either.
    fn is_known(&self) -> bool {
        !self.addresses.is_empty() || self.user.contains('@')
    }
}

/// The fields that can be written, where files are handed on whole or are not.
pub(crate) fn writable(whole: bool) -> FieldSet {
    if whole { WRITABLE.with(Field::Original) } else { WRITABLE }
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) etag: Option<Etag>,
    pub(crate) file: Bytes,
    /// When it was last modified, by the server's clock corrected to ours.
    pub(crate) modified_at: Option<Timestamp>,
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
pub(crate) fn item(whose: &Whose<'_>, id: &ExternalId, body: &Body, now: Timestamp) -> Option<Item> {
    let odd = |why: String| Item {
        id: id.clone(),
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag: body.etag.clone(),
        stamp: None,
        mark: None,
        hold: Hold::ReadOnly,
        page: None,
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
        Ok(mut view) => {
            if whose.whole {
                view.original = std::str::from_utf8(&body.file).ok().map(Original::of);
            }
            (hold(whose, &view), State::Live(Box::new(view)))
        }
        Err(why) => (Hold::ReadOnly, State::Odd(why.to_string())),
    };
    Some(Item { uid: Some(found.uid), stamp, mark, hold, state, ..odd(String::new()) })
}

fn hold(whose: &Whose<'_>, view: &View) -> Hold {
    // Where files are handed on whole, a copy of a meeting is one like any other, unless its server mails guests.
    if whose.whole && !whose.invites {
        return Hold::Free;
    }
    let theirs = view.organiser.as_ref().is_some_and(|one| !whose.is_me(one.address.as_str()));
    if whose.is_known() && theirs && !view.attendees.is_empty() { Hold::Guest } else { Hold::Free }
}

/// A new file.
pub(crate) fn new_file(
    whose: &Whose<'_>,
    uid: &str,
    mark: &Mark,
    view: &View,
    fields: FieldSet,
    mail: Mail,
    now: Timestamp,
) -> Bytes {
    if let Some(file) = as_it_is(whose, uid, view, fields, mail) {
        return file;
    }
    let mut view = shown(view, fields.and(WRITABLE));
    if mail == Mail::Guests && whose.invites && !view.attendees.is_empty() {
        let address = whose.addresses.first().map_or(whose.user, String::as_str);
        view.organiser = Some(Organiser { address: Address::from(address), name: String::new() });
    }
    let mark = mark.to_string();
    let entry = Entry { uid, view: &view, stamp: now, sequence: 0, marks: &[(MARK, mark.as_str())] };
    let frame = Frame { scheduling: scheduling(mail), owner: owner(whose), ..Frame::new(PRODUCT) };
    Bytes::from(concord_ical::write_new(&entry, &frame))
}

/// The file that a view came from, where it is wanted whole and says what the view says, under the same name in the
/// world. Not where its server would mail the guests in it.
fn as_it_is(whose: &Whose<'_>, uid: &str, view: &View, fields: FieldSet, mail: Mail) -> Option<Bytes> {
    let file = view.original.as_ref().filter(|_| whose.whole && fields.has(Field::Original))?.as_str();
    let found = event(file.as_bytes()).ok()??;
    let says = found.view.ok()?;
    let named = !found.uid_made_up && found.uid == uid;
    let quiet = !(found.source.is_scheduled() && tells_guests(whose, file.as_bytes(), mail));
    let same = says.overrides == view.overrides
        && fields.without(Field::Original).without(Field::Colour).iter().all(|field| says.same(field, view));
    (named && quiet && same).then(|| Bytes::copy_from_slice(file.as_bytes()))
}

/// The file that a change is made upon: the one that the view came from, where that is another and has the same name;
/// else the one that is there.
fn ground<'f>(
    whose: &Whose<'_>,
    there: &'f [u8],
    uid: &str,
    views: (&'f View, &View),
    mail: Mail,
) -> &'f [u8] {
    let (after, before) = views;
    let other =
        after.original.as_ref().filter(|other| whose.whole && before.original.as_ref() != Some(*other));
    let Some(other) = other.map(|other| other.as_str().as_bytes()) else { return there };
    match event(other) {
        Ok(Some(found))
            if found.uid == uid
                && found.view.is_ok()
                && !(found.source.is_scheduled() && tells_guests(whose, other, mail)) =>
        {
            other
        }
        _ => there,
    }
}

/// Who tells guests. Unless it was asked for, nobody (trap 19).
fn scheduling(mail: Mail) -> Scheduling {
    match mail {
        Mail::Nobody => Scheduling::Client,
        Mail::Guests => Scheduling::Server,
    }
}

fn owner<'a>(whose: &Whose<'a>) -> Option<&'a str> {
    let addresses = whose.addresses.iter().map(String::as_str).chain([whose.user]);
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
fn target(there: &View, before: &View, after: &View, fields: FieldSet) -> View {
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
pub(crate) enum Changed {
    /// The new file.
    File(Bytes),
    /// Nothing: it is so already.
    Nothing,
}

/// The file of an event with what differs between `before` and `after` in those fields. Nothing else moves by a byte.
pub(crate) fn change(
    whose: &Whose<'_>,
    file: &[u8],
    (before, after): (&View, &View),
    fields: FieldSet,
    mail: Mail,
    now: Timestamp,
) -> Result<Changed, Answer> {
    let rejected = |why: String| Answer::Rejected { why, read_only: false };
    let read = |file: &[u8]| -> Result<(Found, View), Answer> {
        let found = event(file).map_err(rejected)?.ok_or(Answer::Gone)?;
        let view = found.view.clone().map_err(|odd| rejected(format!("the event there is odd: {odd}")))?;
        Ok((found, view))
    };
    let (mut found, mut there) = read(file)?;
    let mut target = target(&there, before, after, fields.and(WRITABLE));
    let ground = if fields.has(Field::Original) {
        ground(whose, file, &found.uid, (after, before), mail)
    } else {
        file
    };
    if ground != file {
        (found, there) = read(ground)?;
        target.take(Field::Organiser, &there);
        target.take(Field::Colour, &there);
    }
    if target == there {
        return Ok(if ground == file {
            Changed::Nothing
        } else {
            Changed::File(Bytes::copy_from_slice(ground))
        });
    }
    let scheduled = found.source.is_scheduled();
    let guest = hold(whose, &there) == Hold::Guest;
    if scheduled && tells_guests(whose, file, mail) && !is_quiet(&there, &target, guest) {
        return Err(rejected(
            "the server would tell the event's guests by mail, which is not switched on: change it where it was made"
                .to_owned(),
        ));
    }
    let revision = Revision {
        raise_sequence: scheduled && !guest,
        scheduling: scheduling(mail),
        owner: owner(whose),
        ..Revision::at(now)
    };
    let new = concord_ical::rewrite(&found.source, &there, &target, &revision);
    Ok(if new == file { Changed::Nothing } else { Changed::File(Bytes::from(new)) })
}

/// The same without METHOD. What a server stores has none (RFC 4791, 4.1), and one that let somebody store it may refuse it
/// now; in a folder it may stand.
pub(crate) fn without_method(file: &[u8]) -> Bytes {
    let is = |line: &[u8], name: &[u8]| {
        line.len() > name.len()
            && line[..name.len()].eq_ignore_ascii_case(name)
            && matches!(line[name.len()], b':' | b';')
    };
    let (mut new, mut depth, mut within) = (Vec::with_capacity(file.len()), 0_usize, false);
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let goes_on = matches!(line.first(), Some(b' ' | b'\t'));
        within = if goes_on { within } else { depth == 1 && is(line, b"METHOD") };
        if is(line, b"BEGIN") {
            depth += 1;
        } else if is(line, b"END") {
            depth = depth.saturating_sub(1);
        }
        if !within {
            new.extend_from_slice(line);
        }
    }
    Bytes::from(new)
}

/// Whether taking away this file makes the server tell guests by mail that nobody wants told.
pub(crate) fn removal_is_told(whose: &Whose<'_>, file: &[u8], mail: Mail) -> bool {
    let Ok(Some(found)) = event(file) else { return false };
    let guest = found.view.as_ref().is_ok_and(|view| hold(whose, view) == Hold::Guest);
    // What a guest takes away is told to the organiser, unless the call says otherwise; and it does.
    found.source.is_scheduled() && !guest && tells_guests(whose, file, mail)
}

fn tells_guests(whose: &Whose<'_>, file: &[u8], mail: Mail) -> bool {
    let unfolded = String::from_utf8_lossy(file).replace("\r\n ", "").replace("\n ", "");
    let ours = ["SCHEDULE-AGENT=CLIENT", "SCHEDULE-AGENT=NONE"];
    let somebody_else_does = ours.iter().any(|agent| unfolded.contains(agent));
    mail == Mail::Nobody && whose.can_invite() && !somebody_else_does
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

#[cfg(test)]
mod tests {
    use concord_model::{EventId, LinkId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_method_of_the_whole_file_is_taken_out() {
        let file = "BEGIN:VCALENDAR\r\nmethod;X-A=1:PUB\r\n LISH\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:One\r\n \
                    METHOD:two\r\nMETHODS:3\r\nMETHOD:4\r\nEND:VEVENT\r\nMETHOD:LATE\r\nEND:VCALENDAR\r\n";
        let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:One\r\n METHOD:two\r\nMETHODS:3\r\n\
                        METHOD:4\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        assert_eq!(without_method(file.as_bytes()), expected);
        assert_eq!(without_method(expected.as_bytes()), expected);
    }

    #[test]
    fn a_file_with_guests_is_handed_on_as_it_is_unless_its_server_could_mail_them() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another//Program//EN\r\nBEGIN:VEVENT\r\n\
                    UID:meeting@example.org\r\nDTSTAMP:20261119T100000Z\r\nDTSTART:20261124T090000Z\r\n\
                    DTEND:20261124T100000Z\r\nSUMMARY:Meeting\r\nORGANIZER:mailto:anna@example.org\r\n\
                    ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let mut view = event(text.as_bytes()).unwrap().unwrap().view.unwrap();
        view.original = Some(Original::of(text));
        let mark = Mark { event: EventId(Uuid::from_u128(1)), link: LinkId(Uuid::from_u128(2)) };
        let check = |user: &str, addresses: &[&str], invites: bool, expected: bool| {
            let addresses: Vec<String> = addresses.iter().map(|one| (*one).to_owned()).collect();
            let whose = Whose { user, addresses: &addresses, invites, whole: true };
            let now = "2026-11-20T10:00:00Z".parse().unwrap();
            let fields = writable(true);
            let file = new_file(&whose, "meeting@example.org", &mark, &view, fields, Mail::Nobody, now);
            assert_eq!(file == text.as_bytes(), expected, "{user} {addresses:?} {invites}");
        };
        check("anna@example.org", &[], false, true);
        check("anna@example.org", &[], true, false);
        check("anna", &["anna@example.org"], true, false);
        // Its server tells guests of its own people's meetings, and knows nobody's address.
        check("", &[], true, true);
        check("anna", &[], true, true);
    }
}
