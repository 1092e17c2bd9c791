//! The answer of a guest to an invitation (METHOD:REPLY, RFC 5546 3.2.3): who answers what to which event, and nothing else
//! of what the guest's calendar holds.

use concord_model::OccurrenceKey;
use concord_model::people::{Attendee, Organiser};
use concord_model::view::Timing;
use jiff::Timestamp;

use super::{Labels, Scheduling, attendee, ended, file, key_line, organiser, started};
use crate::component::Component;
use crate::lines::line;
use crate::values;

/// An answer.
#[derive(Clone, Copy)]
pub struct Reply<'a> {
    /// The UID of what is answered.
    pub uid: &'a str,
    /// Which occurrence of the series is answered, if only one is.
    pub part: Option<OccurrenceKey>,
    /// When it is: of an occurrence, its own time on the clock of its series.
    pub time: &'a Timing,
    /// What it is called.
    pub title: &'a str,
    /// Whom the answer is for.
    pub organiser: &'a Organiser,
    /// Who answers, and what.
    pub guest: &'a Attendee,
    /// Who writes it for the guest, where it is not the guest's own address.
    pub sent_by: Option<&'a str>,
    /// Which revision is answered.
    pub sequence: u32,
    /// When it is answered.
    pub stamp: Timestamp,
}

/// Returns the file that tells the answer.
pub fn reply(reply: &Reply<'_>, product: &str) -> String {
    let mut labels = Labels::default();
    let span = &reply.time.span;
    let time = Timing { span: span.clone(), recurrence: None };
    let head = vec![
        line("VERSION", &[], "2.0"),
        line("PRODID", &[], &values::escape(product)),
        line("METHOD", &[], "REPLY"),
    ];
    let mut all = vec![
        line("UID", &[], &values::escape(reply.uid)),
        line("DTSTAMP", &[], &values::utc(reply.stamp)),
        line("SEQUENCE", &[], &reply.sequence.to_string()),
    ];
    all.extend(reply.part.map(|key| key_line("RECURRENCE-ID", key, span, &mut labels)));
    all.push(started(&time, &mut labels).line("DTSTART"));
    all.push(ended(&time, &mut labels).line("DTEND"));
    all.push(line("SUMMARY", &[], &values::escape(reply.title)));
    all.push(organiser(reply.organiser, Scheduling::Server));
    let guest = attendee(reply.guest, Scheduling::Server);
    all.push(match (reply.sent_by, guest.split_once(';')) {
        (Some(by), Some((name, rest))) => format!("{name};SENT-BY=\"mailto:{by}\";{rest}"),
        _ => guest,
    });
    file(head, labels, vec![Component::written("VEVENT", all)])
}

#[cfg(test)]
mod tests {
    use concord_model::people::{Address, Answer};
    use concord_model::{Moment, Span, Zone};

    use super::*;
    use crate::read;

    #[test]
    fn an_answer_tells_who_answers_what_and_nothing_else() {
        let at = |hour| {
            let wall = jiff::civil::date(2026, 11, 20).at(hour, 0, 0, 0);
            Moment::new(wall, Zone::new("Europe/Berlin").unwrap())
        };
        let time = Timing::from(Span::timed(at(9), at(10)).unwrap());
        let organiser = Organiser { address: "org@home.example".into(), name: "Org, the first".to_owned() };
        let guest = Attendee {
            address: Address::from("mia@home.example"),
            name: String::new(),
            answer: Answer::Accepted,
            role: Default::default(),
        };
        let key: OccurrenceKey = "20261120T080000".parse().unwrap();
        let text = reply(
            &Reply {
                uid: "a;b",
                part: Some(key),
                time: &time,
                title: "Planning\r\nMETHOD:CANCEL",
                organiser: &organiser,
                guest: &guest,
                sent_by: Some("calendar@studio.example"),
                sequence: 3,
                stamp: "2026-11-02T08:00:00Z".parse().unwrap(),
            },
            "-//x//y//EN",
        );
        let unfolded = text.replace("\r\n ", "");
        for line in [
            "METHOD:REPLY",
            "SEQUENCE:3",
            "RECURRENCE-ID;TZID=Europe/Berlin:20261120T080000",
            "ATTENDEE;SENT-BY=\"mailto:calendar@studio.example\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:mia@home.example",
        ] {
            assert!(unfolded.lines().any(|one| one == line), "{line} is missing in\n{unfolded}");
        }
        assert!(!unfolded.lines().any(|line| line == "METHOD:CANCEL"), "{unfolded}");
        let calendar = read(text.as_bytes()).unwrap();
        let [found] = &calendar.items[..] else { panic!("{}", calendar.items.len()) };
        let view = found.view.as_ref().unwrap();
        assert_eq!((found.uid.as_str(), found.part, found.sequence), ("a;b", Some(key), 3));
        assert_eq!((&view.organiser, &view.attendees[..]), (&Some(organiser), &[guest][..]));
        assert_eq!(view.time, time);
    }
}
