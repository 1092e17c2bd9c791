//! A letter as it goes out: a sentence for people, and the event for their calendar.

use std::time::{Duration, UNIX_EPOCH};

use concord_engine::invitations::Wording;
use concord_engine::reply;
use concord_ical::{Entry, Frame, Scheduling};
use concord_model::people::{Address, Answer, Organiser};
use concord_model::text;
use concord_store::invitations::Says;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use super::{Own, PRODUCT};

/// The longest subject and the longest name, in characters.
const SUBJECT: usize = 200;

/// Writes a letter, or says why it cannot be.
pub(super) fn letter(own: &Own, wording: &Wording<'_>) -> Result<String, String> {
    let to = wording.to.address.as_str();
    let reply = own.with(wording.token);
    let title = short(&wording.view.title);
    let (word, sentence) = match (wording.says, wording.sequence) {
        (Says::Reply, _) => return Err("an answer is no invitation".to_owned()),
        (Says::Cancel, _) => ("Cancelled", "it does not take place, or not with you any more"),
        (Says::Request, 0) => ("Invitation", "you are invited"),
        (Says::Request, _) => ("Changed", "something about it has changed"),
    };
    let when = wording.view.time.span.to_string();
    let place = match wording.view.location.as_str() {
        "" => String::new(),
        place => format!("Where: {place}\r\n"),
    };
    let plain = format!(
        "{title}\r\n\r\n{from}: {sentence}.\r\n\r\nWhen: {when}\r\n{place}\r\nYour calendar shows it, and answers for you.\r\n",
        from = short(wording.from),
    );
    let method = if wording.says == Says::Cancel { "CANCEL" } else { "REQUEST" };
    let calendar = calendar(wording, &reply, method);
    let plain_from = own.plain();
    let head = Head {
        id: wording.id,
        from: mailbox(wording.from, &plain_from)?,
        reply_to: mailbox(wording.from, &reply)?,
        to: mailbox(&wording.to.name, to)?,
        subject: format!("{word}: {title}"),
        at: wording.at,
    };
    put_together(own, head, plain, calendar, method)
}

/// Writes the answer to an invitation of somebody else's, or says why it cannot be.
pub(super) fn reply(own: &Own, wording: &reply::Wording<'_>) -> Result<String, String> {
    let (organiser, title, name) = (wording.organiser, short(wording.title), short(wording.name));
    let (word, sentence) = match wording.guest.answer {
        Answer::Accepted => ("Accepted", "comes"),
        Answer::Tentative => ("Tentative", "may come"),
        Answer::Declined => ("Declined", "does not come"),
        Answer::Awaited => return Err("there is no answer to tell".to_owned()),
    };
    // Whoever was invited at an address of ours answers from it; for others we can only write on their behalf.
    let plain_from = own.plain();
    let secret = wording.word.map(|word| own.with(word));
    let from = secret.as_deref().unwrap_or(&plain_from);
    let mut guest = wording.guest.clone();
    guest.name = name.clone();
    if let Some(secret) = &secret {
        guest.address = Address::from(secret.as_str());
    }
    let calendar = concord_ical::reply(
        &concord_ical::Reply {
            uid: wording.uid,
            part: wording.part,
            time: wording.time,
            title: &title,
            organiser,
            guest: &guest,
            sent_by: secret.is_none().then_some(plain_from.as_str()),
            sequence: wording.sequence,
            stamp: wording.at,
        },
        PRODUCT,
    );
    let plain = format!("{title}\r\n\r\n{name} {sentence}.\r\n\r\nWhen: {}\r\n", wording.time.span);
    let head = Head {
        id: wording.id,
        from: mailbox(&name, from)?,
        reply_to: mailbox(&name, from)?,
        to: mailbox(&organiser.name, organiser.address.as_str())?,
        subject: format!("{word}: {title}"),
        at: wording.at,
    };
    put_together(own, head, plain, calendar, "REPLY")
}

/// Somebody with an address that mail can go to.
fn mailbox(name: &str, address: &str) -> Result<Mailbox, String> {
    let address = address.parse().map_err(|_| format!("{address} is no address that mail can go to"))?;
    let name = short(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// What stands over a letter.
struct Head {
    id: uuid::Uuid,
    from: Mailbox,
    reply_to: Mailbox,
    to: Mailbox,
    subject: String,
    at: jiff::Timestamp,
}

fn put_together(
    own: &Own,
    head: Head,
    plain: String,
    calendar: String,
    method: &str,
) -> Result<String, String> {
    let kind = format!("text/calendar; charset=utf-8; method={method}; component=VEVENT");
    let kind = ContentType::parse(&kind).map_err(|_| "the letter could not be written".to_owned())?;
    let header = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(head.at.as_second()).unwrap_or(0));
    let parts = MultiPart::alternative()
        .boundary(format!("concord-{}", head.id.simple()))
        .singlepart(SinglePart::plain(plain))
        .singlepart(SinglePart::builder().header(kind).body(calendar));
    let message = Message::builder()
        .from(head.from)
        .reply_to(head.reply_to)
        .to(head.to)
        .subject(head.subject)
        .date(at)
        .message_id(Some(format!("<{}@{}>", head.id, own.domain)))
        // Whoever answers by a program must not answer this one (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"))
        .multipart(parts)
        .map_err(|_| "the letter could not be written".to_owned())?;
    String::from_utf8(message.formatted()).map_err(|_| "the letter could not be written".to_owned())
}

fn calendar(wording: &Wording<'_>, reply: &str, method: &str) -> String {
    let mut view = wording.view.clone();
    view.organiser = Some(Organiser { address: Address::from(reply), name: short(wording.from) });
    view.normalise();
    let entry =
        Entry { uid: wording.uid, view: &view, stamp: wording.at, sequence: wording.sequence, marks: &[] };
    let frame = Frame { method: Some(method), scheduling: Scheduling::Server, ..Frame::new(PRODUCT) };
    concord_ical::write_new(&entry, &frame)
}

/// One line of no more than so many characters.
fn short(text: &str) -> String {
    text::line(text).chars().filter(|c| !c.is_control()).take(SUBJECT).collect()
}
