//! How each field is said in iCalendar.

use concord_model::people::{Address, Answer, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::recurrence::Recurrence;
use concord_model::view::{Attachment, Availability, Reminder, ReminderBy, Reminders, Status, Timing};
use concord_model::{Moment, OccurrenceKey, Span};

use super::{Labels, Scheduling};
use crate::component::{Component, Node};
use crate::lines::line;
use crate::values;

/// Parameters and value of a date or time.
pub(crate) struct Said {
    pub(crate) zone: Option<String>,
    pub(crate) is_date: bool,
    pub(crate) value: String,
}

impl Said {
    /// As a line of its own.
    pub(crate) fn line(&self, name: &str) -> String {
        let mut params = Vec::new();
        if self.is_date {
            params.push(("VALUE", "DATE"));
        }
        params.extend(self.zone.as_deref().map(|zone| ("TZID", zone)));
        line(name, &params, &self.value)
    }
}

/// A day.
fn dated(date: jiff::civil::Date) -> Said {
    Said { zone: None, is_date: true, value: values::date(date) }
}

/// A time on the viewer's clock.
fn floating(at: jiff::civil::DateTime) -> Said {
    Said { zone: None, is_date: false, value: values::local(at) }
}

/// A moment: in its zone, or in UTC where that is its zone.
fn moment(at: &Moment, labels: &mut Labels<'_>) -> Said {
    if at.zone().name() == "UTC" {
        return exact(at);
    }
    let zone = labels.label(at.zone(), at.wall().year());
    Said { zone: Some(zone), is_date: false, value: values::local(at.wall()) }
}

/// A moment in UTC: the second of two equal wall times has no other name.
fn exact(at: &Moment) -> Said {
    Said { zone: None, is_date: false, value: values::utc(at.instant()) }
}

pub(crate) fn started(time: &Timing, labels: &mut Labels<'_>) -> Said {
    match &time.span {
        Span::AllDay(days) => dated(days.start()),
        Span::Floating(span) => floating(span.start()),
        // A series needs its zone more than its first occurrence needs that hour.
        Span::Timed(span) if span.start().is_later() && time.recurrence.is_none() => exact(span.start()),
        Span::Timed(span) => moment(span.start(), labels),
    }
}

pub(crate) fn ended(time: &Timing, labels: &mut Labels<'_>) -> Said {
    match &time.span {
        Span::AllDay(days) => dated(days.end()),
        Span::Floating(span) => floating(span.end()),
        Span::Timed(span) if span.end().is_later() => exact(span.end()),
        Span::Timed(span) => moment(span.end(), labels),
    }
}

/// The name of an occurrence of a series: RECURRENCE-ID, RDATE, EXDATE.
pub(crate) fn key_line(name: &str, key: OccurrenceKey, series: &Span, labels: &mut Labels<'_>) -> String {
    key_said(key, series, labels).line(name)
}

pub(crate) fn key_said(key: OccurrenceKey, series: &Span, labels: &mut Labels<'_>) -> Said {
    match (key, series) {
        (OccurrenceKey::Date(date), _) => dated(date),
        (OccurrenceKey::Time(wall), Span::Timed(t)) => {
            moment(&Moment::new(wall, t.start().zone().clone()), labels)
        }
        (OccurrenceKey::Time(wall), _) => floating(wall),
    }
}

/// RRULE, as many as there are.
pub(crate) fn rules(recurrence: &Recurrence, series: &Span) -> Vec<String> {
    recurrence.rules.iter().map(|rule| line("RRULE", &[], &rule.to_text(series))).collect()
}

/// Where to join: the property made for it, and the one that more programs show.
pub(crate) fn conference(address: &str, also_as_url: bool) -> Vec<String> {
    if address.is_empty() {
        return Vec::new();
    }
    let mut all = vec![line("CONFERENCE", &[("VALUE", "URI"), ("FEATURE", "VIDEO")], address)];
    if also_as_url {
        all.push(line("URL", &[], address));
    }
    all
}

pub(crate) fn status(status: Status) -> String {
    let word = match status {
        Status::Confirmed => "CONFIRMED",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    };
    line("STATUS", &[], word)
}

/// Always told: some programs take an all-day event that does not say for free time.
pub(crate) fn transparency(availability: Availability) -> String {
    let word = match availability {
        Availability::Busy => "OPAQUE",
        Availability::Free => "TRANSPARENT",
    };
    line("TRANSP", &[], word)
}

pub(crate) fn class(privacy: Privacy) -> Option<String> {
    let word = match privacy {
        Privacy::Default => return None,
        Privacy::Public => "PUBLIC",
        Privacy::Private => "PRIVATE",
        Privacy::Confidential => "CONFIDENTIAL",
    };
    Some(line("CLASS", &[], word))
}

/// An address as a URI.
fn address_uri(address: &Address) -> String {
    let text = address.as_str();
    let is_uri = text.starts_with("urn:") || text.starts_with('/') || text.contains("://");
    if is_uri { text.to_owned() } else { format!("mailto:{text}") }
}

fn agent(scheduling: Scheduling) -> Option<(&'static str, &'static str)> {
    (scheduling == Scheduling::Client).then_some(("SCHEDULE-AGENT", "CLIENT"))
}

pub(crate) fn organiser(organiser: &Organiser, scheduling: Scheduling) -> String {
    let name = (!organiser.name.is_empty()).then_some(("CN", organiser.name.as_str()));
    let params: Vec<_> = name.into_iter().chain(agent(scheduling)).collect();
    line("ORGANIZER", &params, &address_uri(&organiser.address))
}

pub(crate) fn attendee(attendee: &Attendee, scheduling: Scheduling) -> String {
    let name = (!attendee.name.is_empty()).then_some(("CN", attendee.name.as_str()));
    let (kind, role) = role_params(attendee.role);
    let mut params: Vec<_> = name.into_iter().collect();
    params.extend(kind.map(|kind| ("CUTYPE", kind)));
    params.extend(role.map(|role| ("ROLE", role)));
    params.push(("PARTSTAT", part_stat(attendee.answer)));
    if attendee.answer == Answer::Awaited && attendee.role != Role::Resource {
        params.push(("RSVP", "TRUE"));
    }
    params.extend(agent(scheduling));
    line("ATTENDEE", &params, &address_uri(&attendee.address))
}

/// CUTYPE and ROLE.
pub(crate) fn role_params(role: Role) -> (Option<&'static str>, Option<&'static str>) {
    match role {
        Role::Required => (None, Some("REQ-PARTICIPANT")),
        Role::Optional => (None, Some("OPT-PARTICIPANT")),
        Role::Resource => (Some("RESOURCE"), None),
    }
}

pub(crate) fn part_stat(answer: Answer) -> &'static str {
    match answer {
        Answer::Awaited => "NEEDS-ACTION",
        Answer::Accepted => "ACCEPTED",
        Answer::Tentative => "TENTATIVE",
        Answer::Declined => "DECLINED",
    }
}

pub(crate) fn attachment(attachment: &Attachment) -> String {
    let title = (!attachment.title.is_empty()).then_some(("FILENAME", attachment.title.as_str()));
    line("ATTACH", title.as_slice(), &attachment.url)
}

/// VALARM.
fn alarm(reminder: Reminder, owner: Option<&str>) -> Component {
    let trigger = line("TRIGGER", &[], &format!("-PT{}M", reminder.minutes_before));
    let mut lines = match reminder.by {
        ReminderBy::Popup => vec![line("ACTION", &[], "DISPLAY")],
        ReminderBy::Email => vec![line("ACTION", &[], "EMAIL"), line("SUMMARY", &[], "Reminder")],
    };
    lines.extend([line("DESCRIPTION", &[], "Reminder"), trigger]);
    if let (ReminderBy::Email, Some(owner)) = (reminder.by, owner) {
        lines.push(line("ATTENDEE", &[], &address_uri(&Address::from(owner))));
    }
    Component::written("VALARM", lines)
}

/// The way in which Apple's calendars say that there is to be no reminder; others pass over an action they do not
/// know.
fn silence() -> Component {
    let trigger = line("TRIGGER", &[("VALUE", "DATE-TIME")], "19760401T005545Z");
    Component::written("VALARM", [line("ACTION", &[], "NONE"), trigger])
}

pub(crate) fn reminder_nodes(reminders: &Reminders, owner: Option<&str>) -> Vec<Node> {
    match reminders {
        Reminders::Calendar => Vec::new(),
        Reminders::Own(own) if own.is_empty() => vec![silence().into()],
        Reminders::Own(own) => own.iter().map(|one| alarm(*one, owner).into()).collect(),
    }
}
