//! The words of an event: everything but its time and its reminders.

use concord_model::View;
use concord_model::people::{Address, Answer, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::text;
use concord_model::view::{Attachment, Availability, Status};

use super::Lines;
use crate::lines::Content;
use crate::values::unescape;

pub(super) fn read(lines: &Lines<'_>, view: &mut View) {
    let words = |name: &str| lines.first(name).map(|line| unescape(line.value())).unwrap_or_default();
    let word = |name: &str| lines.first(name).map(|line| line.value().trim().to_ascii_uppercase());
    view.title = text::line(&words("SUMMARY"));
    view.location = text::line(&words("LOCATION"));
    view.description = text::normal(&words("DESCRIPTION"));
    view.conference = conference(lines);
    view.status = match word("STATUS").as_deref() {
        Some("CANCELLED") => Status::Cancelled,
        Some("TENTATIVE") => Status::Tentative,
        _ => Status::Confirmed,
    };
    view.availability = match word("TRANSP").as_deref() {
        Some("TRANSPARENT") => Availability::Free,
        _ => Availability::Busy,
    };
    view.privacy = match word("CLASS").as_deref() {
        None | Some("") => Privacy::Default,
        Some("PUBLIC") => Privacy::Public,
        Some("CONFIDENTIAL") => Privacy::Confidential,
        // A class that is not known is to be taken as private (RFC 5545, 3.8.1.3).
        Some(_) => Privacy::Private,
    };
    view.organiser = lines
        .first("ORGANIZER")
        .map(|line| Organiser { address: address(line), name: name(line) })
        .filter(|organiser| !organiser.address.as_str().is_empty());
    view.attendees = lines
        .all("ATTENDEE")
        .map(|line| Attendee {
            address: address(line),
            name: name(line),
            answer: answer(line),
            role: role(line),
        })
        // Whoever has no address is nobody: calendars refuse the whole event for such a guest (BM-126).
        .filter(|guest| !guest.address.as_str().is_empty())
        .collect();
    view.attachments = lines.all("ATTACH").filter_map(attachment).collect();
}

/// Reads an ATTACH that says where a file is; one that holds the file is none.
pub(crate) fn attachment(line: &Content<'_>) -> Option<Attachment> {
    let url = line.value().trim();
    let inside = line.param_is("VALUE", "BINARY") || line.param("ENCODING").is_some();
    let data = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    if !line.is("ATTACH") || inside || data || url.is_empty() {
        return None;
    }
    let title = ["FILENAME", "X-FILENAME", "LABEL", "X-LABEL"].iter().find_map(|name| line.param(name));
    Some(Attachment { url: url.to_owned(), title: text::line(&title.unwrap_or_default()) })
}

/// Where a calendar user is reached. The value is a URI, mostly of mail.
pub(crate) fn address(line: &Content<'_>) -> Address {
    let value = line.value().trim();
    match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => Address::from(&value[7..]),
        // A path or number of the server; some say the address beside it.
        _ => line.param("EMAIL").map_or_else(|| Address::from(value), Address::from),
    }
}

pub(crate) fn name(line: &Content<'_>) -> String {
    text::line(&line.param("CN").unwrap_or_default())
}

pub(crate) fn answer(line: &Content<'_>) -> Answer {
    match line.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
        "ACCEPTED" => Answer::Accepted,
        "TENTATIVE" => Answer::Tentative,
        "DECLINED" => Answer::Declined,
        _ => Answer::Awaited,
    }
}

pub(crate) fn role(line: &Content<'_>) -> Role {
    if line.param_is("CUTYPE", "RESOURCE") || line.param_is("CUTYPE", "ROOM") {
        return Role::Resource;
    }
    match line.param("ROLE").unwrap_or_default().to_ascii_uppercase().as_str() {
        "OPT-PARTICIPANT" | "NON-PARTICIPANT" => Role::Optional,
        _ => Role::Required,
    }
}

/// Where meetings are. A URL property is a page about the event as often as a meeting, so it counts only there.
const MEETING_HOSTS: [&str; 9] = [
    "zoom.us",
    "meet.google.com",
    "teams.microsoft.com",
    "teams.live.com",
    "webex.com",
    "whereby.com",
    "meet.jit.si",
    "gotomeeting.com",
    "facetime.apple.com",
];

fn conference(lines: &Lines<'_>) -> String {
    let counting = lines.iter().filter_map(|line| Some((conference_rank(line)?, line)));
    counting.min_by_key(|(rank, _)| *rank).map(|(_, line)| line.value().trim().to_owned()).unwrap_or_default()
}

/// Which lines say where to join: the lowest rank counts, and of one rank the first.
pub(crate) fn conference_rank(line: &Content<'_>) -> Option<u8> {
    if line.value().trim().is_empty() {
        return None;
    }
    if line.is("CONFERENCE") {
        let Some(features) = line.param("FEATURE") else { return Some(1) };
        let seen = features.split(',').any(|feature| feature.trim().eq_ignore_ascii_case("VIDEO"));
        return seen.then_some(0);
    }
    let known = [("X-GOOGLE-CONFERENCE", 2), ("X-MICROSOFT-SKYPETEAMSMEETINGURL", 3)];
    let known = known.iter().find(|(name, _)| line.is(name)).map(|(_, rank)| *rank);
    known.or_else(|| (line.is("URL") && is_meeting(line.value())).then_some(4))
}

fn is_meeting(url: &str) -> bool {
    let Some((scheme, rest)) = url.trim().split_once("://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let there =
        |known: &&str| host == **known || host.strip_suffix(*known).is_some_and(|sub| sub.ends_with('.'));
    scheme.eq_ignore_ascii_case("https") && MEETING_HOSTS.iter().any(there)
}
