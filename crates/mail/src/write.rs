//! A letter as it goes out: a sentence for people, and the event for their calendar.

use std::time::{Duration, UNIX_EPOCH};

use concord_engine::invitations::Wording;
use concord_ical::{Entry, Frame, Scheduling};
use concord_model::people::{Address, Organiser};
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
    let mailbox = |name: &str, address: &str| {
        let address = address.parse().map_err(|_| format!("{address} is no address that mail can go to"))?;
        let name = short(name);
        Ok::<_, String>(Mailbox::new((!name.is_empty()).then_some(name), address))
    };
    let reply = own.with(wording.token);
    let title = short(&wording.view.title);
    let (word, sentence) = match (wording.says, wording.sequence) {
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
    let method = match wording.says {
        Says::Request => "REQUEST",
        Says::Cancel => "CANCEL",
    };
    let calendar = calendar(wording, &reply, method);
    let kind = format!("text/calendar; charset=utf-8; method={method}; component=VEVENT");
    let kind = ContentType::parse(&kind).map_err(|_| "the letter could not be written".to_owned())?;
    let header = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(wording.at.as_second()).unwrap_or(0));
    let parts = MultiPart::alternative()
        .boundary(format!("concord-{}", wording.id.simple()))
        .singlepart(SinglePart::plain(plain))
        .singlepart(SinglePart::builder().header(kind).body(calendar));
    let message = Message::builder()
        .from(mailbox(wording.from, &own.plain())?)
        .reply_to(mailbox(wording.from, &reply)?)
        .to(mailbox(&wording.to.name, to)?)
        .subject(format!("{word}: {title}"))
        .date(at)
        .message_id(Some(format!("<{}@{}>", wording.id, own.domain)))
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
