//! Invitations of others that come in by mail, and the answers that go out.

use concord_engine::edit::{self, Change, Scope};
use concord_engine::invitations::{self, Mail, Taken};
use concord_engine::reply::{self, Standing};
use concord_engine::{Error, letterbox};
use concord_model::event::{Origin, Personal};
use concord_model::people::Answer;
use concord_model::view::{Availability, Override, Status, Value};
use concord_model::{Event, EventId, Field, UserId};
use concord_store::events::{self, Query};
use concord_store::invitations::LetterState;
use concord_store::users::{Role, User};
use concord_store::{Actor, users};
use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::sink::Manner;
use crate::{World, calendar, line};

const WEEKLY: &str = "RRULE:FREQ=WEEKLY;COUNT=4\r\n";

/// A letter of somebody else's calendar program.
#[derive(Clone)]
struct Letter<'a> {
    method: &'a str,
    to: &'a str,
    guest: &'a str,
    uid: &'a str,
    organiser: &'a str,
    sequence: u32,
    /// Seconds of its DTSTAMP.
    stamp: u32,
    title: &'a str,
    /// On the clock of Berlin.
    start: &'a str,
    end: &'a str,
    more: &'a str,
}

impl<'a> Letter<'a> {
    fn to(address: &'a str) -> Letter<'a> {
        Letter {
            method: "REQUEST",
            to: address,
            guest: address,
            uid: "meeting-1",
            organiser: "org@corp.example",
            sequence: 0,
            stamp: 0,
            title: "Planning",
            start: "20261120T090000",
            end: "20261120T100000",
            more: "",
        }
    }

    fn text(&self) -> String {
        let Letter { method, to, guest, uid, organiser, sequence, stamp, title, start, end, more } = self;
        format!(
            "From: Whoever <someone@else.example>\r\nTo: {to}\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n\
             BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
             DTSTAMP:20261102T0700{stamp:02}Z\r\nSEQUENCE:{sequence}\r\nSUMMARY:{title}\r\nLOCATION:Roof\r\n\
             DESCRIPTION:write to {to}\r\nDTSTART;TZID=Europe/Berlin:{start}\r\nDTEND;TZID=Europe/Berlin:{end}\r\n\
             ORGANIZER;CN=Org:mailto:{organiser}\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{guest}\r\n\
             ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@corp.example\r\n{more}\
             BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }
}

impl World {
    /// Mia's secret address.
    async fn address(&self) -> String {
        let (_, word) = letterbox::open(&self.engine, self.workspace, self.mia).await.unwrap();
        self.letters.address(&word).as_str().to_owned()
    }

    async fn come(&self, letter: &Letter<'_>) -> Taken {
        self.receive(&letter.text()).await.unwrap()
    }

    async fn events_of(&self, owner: UserId) -> Vec<Event> {
        let mut tx = self.engine.store.read().await.unwrap();
        let query = Query { owner: Some(owner), limit: 100, ..Query::default() };
        events::list(&mut tx, self.workspace, &query).await.unwrap()
    }

    async fn only(&self) -> Event {
        let events = self.events_of(self.mia).await;
        let [event] = &events[..] else { panic!("{} events", events.len()) };
        event.clone()
    }

    async fn standing(&self, id: EventId) -> Standing {
        reply::look(&self.engine, self.workspace, id, None).await.unwrap()
    }

    /// Answers, and tells the organiser.
    async fn answer(&self, id: EventId, answer: Answer) -> Standing {
        let shown = self.standing(id).await;
        let (_, consent) = shown.consent.iter().find(|(one, _)| *one == answer).expect("it would be news");
        let send = Some((consent.as_str(), &self.letters as &dyn Mail));
        let by = Actor::User(self.mia);
        reply::answer(&self.engine, self.workspace, id, None, answer, send, by).await.unwrap();
        self.deliver().await;
        self.standing(id).await
    }
}

#[tokio::test]
async fn somebody_elses_invitation_becomes_an_event_of_which_one_is_a_guest() {
    let world = World::new().await;
    let address = world.address().await;
    assert_eq!(world.come(&Letter::to(&address)).await, Taken::Invited);
    let event = world.only().await;
    assert_eq!((event.origin, event.uid.as_str()), (Origin::Mail, "meeting-1"));
    let content = &event.content;
    assert_eq!((content.title.as_str(), content.location.as_str()), ("Planning", "Roof"));
    assert_eq!(content.time.span.to_string(), crate::span(9).to_string());
    assert_eq!(content.reminders, Default::default(), "who is reminded is the guest's own");
    let by = Actor::User(world.mia);
    let later =
        Change { patch: [(Field::Time, Value::Time(crate::span(15).into()))].into(), ..Default::default() };
    let moved = edit::change(&world.engine, world.workspace, event.id, Scope::All, later, by).await;
    assert!(matches!(moved, Err(Error::ReadOnly(_))));
    let own = Personal { availability: Availability::Free, ..Personal::default() };
    edit::set_personal(&world.engine, world.workspace, event.id, world.mia, own).await.unwrap();
    let invited = world.look(&event).await;
    assert!(invited.consent.is_none() && invited.hindered.is_some(), "its guests are not ours to invite");
    world.deliver().await;
    assert!(world.sink.taken().is_empty(), "nothing is ever sent because a letter came");
}

#[tokio::test]
async fn the_secret_word_is_kept_out_of_the_event() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter { title: &format!("With {address}"), ..Letter::to(&address) }).await;
    let event = world.only().await;
    let word = address.split(['+', '@']).nth(1).unwrap();
    let whole = serde_json::to_string(&event).unwrap();
    assert!(!whole.contains(word), "{whole}");
    let guests: Vec<&str> = event.content.attendees.iter().map(|guest| guest.address.as_str()).collect();
    assert_eq!(guests, ["bob@corp.example", crate::OWN]);
}

#[tokio::test]
async fn letters_in_any_order_come_to_the_same() {
    // Invited, moved, renamed; each doubled letter and each order of them.
    let mut ends = Vec::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let world = World::new().await;
        let address = world.address().await;
        let first = Letter::to(&address);
        let moved = Letter {
            sequence: 1,
            start: "20261121T150000",
            end: "20261121T160000",
            stamp: 5,
            ..first.clone()
        };
        let renamed = Letter { title: "Renamed", stamp: 9, ..moved.clone() };
        let letters = [first, moved, renamed];
        for n in order {
            world.come(&letters[n]).await;
            assert_eq!(world.come(&letters[n]).await, Taken::Old, "{order:?}");
        }
        let content = world.only().await.content;
        ends.push((content.title, content.time.span.to_string()));
    }
    assert_eq!(ends[0].0, "Renamed");
    assert!(ends[0].1.contains("15:00") && ends.iter().all(|end| *end == ends[0]), "{ends:#?}");
}

#[tokio::test]
async fn nobody_but_its_organiser_changes_an_event_or_ends_it() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter::to(&address)).await;
    let before = world.only().await;
    for method in ["REQUEST", "CANCEL"] {
        let forged = Letter {
            method,
            organiser: "eve@else.example",
            sequence: 9,
            title: "Pay here",
            ..Letter::to(&address)
        };
        assert_eq!(world.come(&forged).await, Taken::NotOrganiser, "{method}");
    }
    assert_eq!(world.only().await, before);
    let cancelled = Letter { method: "CANCEL", sequence: 1, ..Letter::to(&address) };
    assert_eq!(world.come(&cancelled).await, Taken::Ended);
    assert_eq!(world.only().await.content.status, Status::Cancelled);
    // Called again.
    let again = Letter { sequence: 2, ..Letter::to(&address) };
    assert_eq!(world.come(&again).await, Taken::Renewed);
    assert_eq!(world.only().await.content.status, Status::Confirmed);
}

#[tokio::test]
async fn a_cancellation_that_overtakes_its_invitation_leaves_no_ghost() {
    let world = World::new().await;
    let address = world.address().await;
    let cancelled = Letter { method: "CANCEL", sequence: 1, stamp: 9, ..Letter::to(&address) };
    assert_eq!(world.come(&cancelled).await, Taken::Ended);
    assert_eq!(world.come(&Letter::to(&address)).await, Taken::Old);
    assert!(world.events_of(world.mia).await.is_empty());
    let anew = Letter { sequence: 2, ..Letter::to(&address) };
    assert_eq!(world.come(&anew).await, Taken::Renewed);
    assert_eq!(world.only().await.content.status, Status::Confirmed);
}

#[tokio::test]
async fn an_occurrence_is_moved_and_called_off_by_itself() {
    let world = World::new().await;
    let address = world.address().await;
    let series = Letter { more: WEEKLY, ..Letter::to(&address) };
    world.come(&series).await;
    let id = world.only().await.id;
    // Nine o'clock in Berlin is eight in UTC.
    let moved = Letter {
        sequence: 1,
        start: "20261128T120000",
        end: "20261128T130000",
        more: "RECURRENCE-ID:20261127T080000Z\r\n",
        ..Letter::to(&address)
    };
    assert_eq!(world.come(&moved).await, Taken::Renewed);
    let gone = Letter {
        method: "CANCEL",
        start: "20261204T090000",
        end: "20261204T100000",
        more: "RECURRENCE-ID;TZID=Europe/Berlin:20261204T090000\r\n",
        ..Letter::to(&address)
    };
    assert_eq!(world.come(&gone).await, Taken::Ended);
    // The series gets another name; what was told of single occurrences stands.
    let renamed = Letter { title: "Renamed", stamp: 9, ..series.clone() };
    assert_eq!(world.come(&renamed).await, Taken::Renewed);
    let content = world.only().await.content;
    let key = |text: &str| text.parse().unwrap();
    assert_eq!(content.title, "Renamed");
    assert_eq!(content.overrides.get(&key("20261204T090000")), Some(&Override::Cancelled));
    let one = content.occurrence(key("20261127T090000")).unwrap();
    assert!(one.time.span.to_string().contains("12:00"), "{}", one.time.span);
    let elsewhere = Letter { more: "RECURRENCE-ID:20261125T080000Z\r\n", sequence: 3, ..moved.clone() };
    assert_eq!(world.come(&elsewhere).await, Taken::OtherTime, "the series has no such occurrence");
    // At another time altogether, nothing of it stands, and letters from before are old.
    let retimed =
        Letter { sequence: 5, stamp: 20, start: "20261120T110000", end: "20261120T120000", ..series.clone() };
    assert_eq!(world.come(&retimed).await, Taken::Renewed);
    assert_eq!(world.come(&Letter { stamp: 15, sequence: 2, ..moved }).await, Taken::Old);
    assert!(world.only().await.content.overrides.is_empty());
    assert_eq!(world.only().await.id, id);
}

#[tokio::test]
async fn the_last_occurrence_to_be_called_off_ends_the_series() {
    let world = World::new().await;
    let address = world.address().await;
    let series = Letter { more: "RRULE:FREQ=WEEKLY;COUNT=2\r\n", ..Letter::to(&address) };
    world.come(&series).await;
    for key in ["20261120", "20261127"] {
        let (start, end) = (format!("{key}T090000"), format!("{key}T100000"));
        let more = format!("RECURRENCE-ID;TZID=Europe/Berlin:{start}\r\n");
        let gone = Letter { method: "CANCEL", start: &start, end: &end, more: &more, ..Letter::to(&address) };
        assert_eq!(world.come(&gone).await, Taken::Ended);
    }
    assert_eq!(world.only().await.content.status, Status::Cancelled);
}

#[tokio::test]
async fn who_is_invited_to_one_occurrence_has_that_one_until_the_series_comes() {
    let world = World::new().await;
    let address = world.address().await;
    let alone = Letter {
        title: "Guest talk",
        start: "20261127T090000",
        end: "20261127T100000",
        more: "RECURRENCE-ID;TZID=Europe/Berlin:20261127T090000\r\n",
        ..Letter::to(&address)
    };
    assert_eq!(world.come(&alone).await, Taken::Invited);
    let one = world.only().await;
    assert!(!one.content.is_series() && one.uid != "meeting-1", "a calendar can hold a name only once");
    assert_eq!(world.answer(one.id, Answer::Accepted).await.told, Some(Answer::Accepted));
    let told = calendar(&world.sink.taken()[0].text);
    assert_eq!(line(&told, "UID"), "UID:meeting-1");
    assert_eq!(line(&told, "RECURRENCE-ID"), "RECURRENCE-ID;TZID=Europe/Berlin:20261127T090000");
    assert_eq!(world.come(&Letter { more: WEEKLY, ..Letter::to(&address) }).await, Taken::Invited);
    let series = world.only().await;
    assert_eq!((series.uid.as_str(), series.content.overrides.len()), ("meeting-1", 1));
    let one = series.content.occurrence("20261127T090000".parse().unwrap()).unwrap();
    assert_eq!(one.title, "Guest talk");
}

#[tokio::test]
async fn a_series_that_is_called_off_takes_its_occurrences_with_it() {
    let world = World::new().await;
    let address = world.address().await;
    let alone =
        Letter { more: "RECURRENCE-ID;TZID=Europe/Berlin:20261120T090000\r\n", ..Letter::to(&address) };
    world.come(&alone).await;
    let off = Letter { method: "CANCEL", sequence: 1, more: WEEKLY, ..Letter::to(&address) };
    assert_eq!(world.come(&off).await, Taken::Ended);
    assert_eq!(world.only().await.content.status, Status::Cancelled);
    assert_eq!(world.come(&Letter { stamp: 5, more: WEEKLY, ..Letter::to(&address) }).await, Taken::Old);
}

#[tokio::test]
async fn an_address_that_was_revoked_or_never_was_lets_nothing_in() {
    let world = World::new().await;
    let first = world.address().await;
    let second = world.address().await;
    assert_ne!(first, second);
    assert_eq!(world.come(&Letter::to(&first)).await, Taken::NoAddress, "a new one ends the one before");
    let never = format!("calendar+{}@studio.example", "0".repeat(32));
    assert_eq!(world.come(&Letter::to(&never)).await, Taken::NoAddress);
    assert_eq!(world.come(&Letter::to(&second)).await, Taken::Invited);
    letterbox::close(&world.engine, world.workspace, world.mia).await.unwrap();
    let cancelled = Letter { method: "CANCEL", sequence: 1, ..Letter::to(&second) };
    assert_eq!(world.come(&cancelled).await, Taken::NoAddress);
    assert_eq!(world.only().await.content.status, Status::Confirmed, "what came in stays");
    assert!(world.receive(&Letter::to("calendar@studio.example").text()).await.is_err());
}

#[tokio::test]
async fn what_neither_invites_nor_answers_is_left_alone_with_a_reason_that_names_nobody() {
    let world = World::new().await;
    let address = world.address().await;
    let good = Letter::to(&address);
    let large = format!("X-LARGE:{}\r\n", "x".repeat(2 << 20));
    let refused = [
        Letter { method: "PUBLISH", ..good.clone() }.text(),
        Letter { method: "COUNTER", ..good.clone() }.text(),
        Letter { method: "REFRESH", ..good.clone() }.text(),
        Letter { method: "ADD", ..good.clone() }.text(),
        Letter { method: "DECLINECOUNTER", ..good.clone() }.text(),
        good.text().replace("UID:meeting-1\r\n", ""),
        good.text().replace("DTSTART", "X-START"),
        Letter { more: &large, ..good.clone() }.text(),
        Letter {
            more: "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261120T090000\r\n",
            ..good.clone()
        }
        .text(),
        good.text().replace(
            "END:VEVENT",
            "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nDTSTART:20261120T090000Z\r\nEND:VEVENT",
        ),
        good.text().replace(
            "END:VEVENT",
            "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:meeting-1\r\nDTSTART:20261220T090000Z\r\nEND:VEVENT",
        ),
        good.text().replace("METHOD:REQUEST\r\n", ""),
        "nonsense".to_owned(),
    ];
    for (n, letter) in refused.iter().enumerate() {
        let why = world.receive(letter).await.expect_err(&n.to_string());
        for personal in ["@", "corp", "Planning", "meeting"] {
            assert!(!why.contains(personal), "{n}: {why}");
        }
    }
    assert!(world.events_of(world.mia).await.is_empty());
}

#[tokio::test]
async fn what_no_event_can_be_made_of_changes_nothing() {
    let world = World::new().await;
    let address = world.address().await;
    let good = Letter::to(&address);
    let long = "x".repeat(3_000);
    let nobody = good.text().replace("ORGANIZER;CN=Org:mailto:org@corp.example\r\n", "");
    for letter in [
        Letter { title: &long, ..good.clone() }.text(),
        Letter {
            more: "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n",
            start: "20260230T090000",
            ..good.clone()
        }
        .text(),
        nobody,
    ] {
        let became = world.receive(&letter).await;
        assert!(matches!(became, Ok(Taken::Unfit) | Err(_)), "{became:?}");
    }
    assert!(world.events_of(world.mia).await.is_empty());
    assert_eq!(world.come(&good).await, Taken::Invited);
    let event = world.only().await;
    assert_eq!(world.come(&Letter { title: &long, sequence: 4, ..good }).await, Taken::Unfit);
    assert_eq!(world.only().await, event);
}

#[tokio::test]
async fn i_42_a_letter_costs_bounded_work_whatever_is_in_it() {
    let world = World::new().await;
    let address = world.address().await;
    // A rule that hardly ever happens, one that always does, and more guests than anybody invites.
    let guests: String = (0..5_000).map(|n| format!("ATTENDEE:mailto:g{n}@corp.example\r\n")).collect();
    for (n, more) in
        ["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO\r\n", "RRULE:FREQ=SECONDLY\r\n", &guests]
            .into_iter()
            .enumerate()
    {
        let uid = format!("bomb-{n}");
        world.receive(&Letter { uid: &uid, more, ..Letter::to(&address) }.text()).await.ok();
    }
    let events = world.events_of(world.mia).await;
    let most = events.iter().map(|event| event.content.attendees.len()).max().unwrap();
    assert_eq!(most, 300);
    let full = events.iter().find(|event| event.uid == "bomb-2").unwrap();
    assert!(full.content.attendees.iter().any(|guest| guest.address.as_str() == crate::OWN));
}

#[tokio::test]
async fn whoever_knows_an_address_cannot_flood_a_calendar() {
    let world = World::new().await;
    let address = world.address().await;
    let mut became = Vec::new();
    for n in 0..202 {
        let uid = format!("spam-{n}");
        became.push(world.come(&Letter { uid: &uid, ..Letter::to(&address) }).await);
    }
    assert_eq!(became.iter().filter(|taken| **taken == Taken::Invited).count(), 200);
    assert_eq!(became[201], Taken::TooMany);
    // What is there already goes on.
    let news = Letter { uid: "spam-7", sequence: 1, ..Letter::to(&address) };
    assert_eq!(world.come(&news).await, Taken::Renewed);
    world.advance(SignedDuration::from_hours(25));
    assert_eq!(world.come(&Letter { uid: "later", ..Letter::to(&address) }).await, Taken::Invited);
}

#[tokio::test]
async fn i_39_a_name_that_an_event_has_already_opens_nothing() {
    let world = World::new().await;
    let address = world.address().await;
    let own = world.make(&["ana@home.example"], |_, _| {}).await;
    let before = world.event(&own).await;
    for method in ["REQUEST", "CANCEL"] {
        let letter = Letter { method, uid: &own.uid, sequence: 9, ..Letter::to(&address) };
        assert_eq!(world.come(&letter).await, Taken::Elsewhere, "{method}");
    }
    assert_eq!(world.event(&own).await, before);
    let themselves = Letter { organiser: "mia@studio.example", ..Letter::to(&address) };
    assert_eq!(world.come(&themselves).await, Taken::Own);
}

#[tokio::test]
async fn what_a_person_took_out_stays_out_and_can_be_put_back_as_it_was() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter::to(&address)).await;
    let event = world.only().await;
    let by = Actor::User(world.mia);
    edit::delete(&world.engine, world.workspace, event.id, Scope::All, None, by).await.unwrap();
    let news = Letter { sequence: 1, title: "Other", ..Letter::to(&address) };
    assert_eq!(world.come(&news).await, Taken::Removed);
    assert!(world.events_of(world.mia).await.is_empty());
    world.deliver().await;
    assert!(world.sink.taken().is_empty(), "to take it out tells nobody");
    let back =
        concord_engine::undo::undo(&world.engine, world.workspace, event.id, None, world.mia).await.unwrap();
    assert_eq!(back.content, event.content);
    assert_eq!(world.come(&news).await, Taken::Renewed);
    let refused = concord_engine::undo::undo(&world.engine, world.workspace, event.id, None, world.mia).await;
    assert!(matches!(refused, Err(Error::ReadOnly(_))), "what its organiser said is not taken back");
}

#[tokio::test]
async fn be_7_an_answer_goes_out_on_a_persons_word_alone() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter::to(&address)).await;
    let event = world.only().await;
    let shown = world.standing(event.id).await;
    assert_eq!(shown.organiser.address.as_str(), "org@corp.example");
    assert_eq!((shown.consent.len(), shown.told, shown.answer), (3, None, Answer::Awaited));
    let by = Actor::User(world.mia);
    let give = async |answer, send: Option<&str>| {
        let send = send.map(|consent| (consent, &world.letters as &dyn Mail));
        reply::answer(&world.engine, world.workspace, event.id, None, answer, send, by).await
    };
    // Noted here, and nobody is told.
    give(Answer::Declined, None).await.unwrap();
    assert_eq!(world.only().await.content.availability, Availability::Free);
    let other = shown.consent[0].1.clone();
    assert!(
        matches!(give(Answer::Declined, Some(&other)).await, Err(Error::Changed)),
        "the word for another answer"
    );
    world.come(&Letter { sequence: 1, title: "Other", ..Letter::to(&address) }).await;
    let old = give(Answer::Accepted, Some(&other)).await;
    assert!(matches!(old, Err(Error::Changed)), "the word for the event as it was");
    world.deliver().await;
    assert!(world.sink.taken().is_empty());
    let told = world.answer(event.id, Answer::Accepted).await;
    assert_eq!((told.told, told.answer), (Some(Answer::Accepted), Answer::Accepted));
    assert_eq!(world.only().await.content.availability, Availability::Busy);
    let letters = world.sink.taken();
    let [letter] = &letters[..] else { panic!("{} letters", letters.len()) };
    assert_eq!((letter.to.as_str(), letter.from.as_str()), ("org@corp.example", crate::OWN));
    let lines = calendar(&letter.text);
    assert_eq!(line(&lines, "METHOD"), "METHOD:REPLY");
    assert_eq!((line(&lines, "UID"), line(&lines, "SEQUENCE")), ("UID:meeting-1", "SEQUENCE:1"));
    let guest = line(&lines, "ATTENDEE");
    assert!(guest.contains("PARTSTAT=ACCEPTED") && guest.ends_with(&address), "{guest}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1);
    let head = letter.text.split("\r\n\r\n").next().unwrap();
    assert!(
        head.contains("Auto-Submitted: auto-generated") && head.replace("\r\n", "").contains(&address),
        "{head}"
    );
    for hidden in ["bob@", "Roof", "DESCRIPTION", "mia@studio", "VALARM"] {
        assert!(!letter.text.contains(hidden) && !lines.iter().any(|l| l.contains(hidden)), "{hidden}");
    }
}

#[tokio::test]
async fn i_37_an_answer_that_is_known_is_not_told_again() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter::to(&address)).await;
    let id = world.only().await.id;
    let told = world.answer(id, Answer::Accepted).await;
    let offered: Vec<Answer> = told.consent.iter().map(|(answer, _)| *answer).collect();
    assert_eq!(offered, [Answer::Tentative, Answer::Declined]);
    // Another title needs no other answer, another time does.
    world.come(&Letter { stamp: 5, title: "Other", ..Letter::to(&address) }).await;
    assert_eq!(world.standing(id).await.answer, Answer::Accepted);
    world
        .come(&Letter {
            sequence: 1,
            start: "20261121T090000",
            end: "20261121T100000",
            ..Letter::to(&address)
        })
        .await;
    let anew = world.standing(id).await;
    assert_eq!((anew.answer, anew.told, anew.consent.len()), (Answer::Awaited, None, 3));
    // Whether it arrived is not known: it is not sent again by itself, but a person may say so.
    world.sink.behaves(Manner::BreaksOff);
    let unknown = world.answer(id, Answer::Declined).await;
    assert_eq!(unknown.letter.as_ref().map(|letter| letter.state), Some(LetterState::Unknown));
    world.sink.behaves(Manner::Takes);
    world.advance(SignedDuration::from_hours(5));
    world.deliver().await;
    assert_eq!(world.sink.taken().len(), 2);
    world.answer(id, Answer::Declined).await;
    assert_eq!(world.sink.taken().len(), 3);
}

#[tokio::test]
async fn one_occurrence_is_answered_by_itself() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter { more: WEEKLY, ..Letter::to(&address) }).await;
    let id = world.only().await.id;
    let key = Some("20261127T090000".parse().unwrap());
    let shown = reply::look(&world.engine, world.workspace, id, key).await.unwrap();
    let (_, consent) = &shown.consent[2];
    let (send, by) = (Some((consent.as_str(), &world.letters as &dyn Mail)), Actor::User(world.mia));
    reply::answer(&world.engine, world.workspace, id, key, Answer::Declined, send, by).await.unwrap();
    world.deliver().await;
    let lines = calendar(&world.sink.taken()[0].text);
    assert_eq!(line(&lines, "RECURRENCE-ID"), "RECURRENCE-ID;TZID=Europe/Berlin:20261127T090000");
    assert_eq!(world.standing(id).await.told, None, "of the series nothing was told");
    // It stands when the organiser renames the series.
    world.come(&Letter { stamp: 5, title: "Other", more: WEEKLY, ..Letter::to(&address) }).await;
    let content = world.only().await.content;
    let one = content.occurrence("20261127T090000".parse().unwrap()).unwrap();
    assert_eq!((one.title.as_str(), one.availability), ("Other", Availability::Free));
    let one = reply::look(&world.engine, world.workspace, id, key).await.unwrap();
    assert_eq!((one.answer, one.told), (Answer::Declined, Some(Answer::Declined)));
    let none =
        reply::look(&world.engine, world.workspace, id, Some("20261125T090000".parse().unwrap())).await;
    assert!(matches!(none, Err(Error::Invalid { field: "occurrence", .. })));
}

#[tokio::test]
async fn whose_invitation_was_forwarded_is_answered_for_and_says_so() {
    let world = World::new().await;
    let address = world.address().await;
    world.come(&Letter { guest: "mia@studio.example", ..Letter::to(&address) }).await;
    world.answer(world.only().await.id, Answer::Tentative).await;
    let letter = &world.sink.taken()[0];
    let lines = calendar(&letter.text);
    let guest = line(&lines, "ATTENDEE");
    assert!(
        guest.contains("SENT-BY=\"mailto:calendar@studio.example\"") && guest.ends_with("mia@studio.example")
    );
    let word = address.split(['+', '@']).nth(1).unwrap();
    assert!(!letter.text.contains(word), "whoever does not know the secret address is not told it");
    // A letter in which nobody of theirs is named can be seen, and answered only from where it came.
    world.come(&Letter { uid: "list", guest: "team@corp.example", ..Letter::to(&address) }).await;
    let events = world.events_of(world.mia).await;
    let event = events.iter().find(|event| event.uid == "list").unwrap();
    let standing = world.standing(event.id).await;
    assert!(standing.consent.is_empty() && standing.hindered.is_some());
    let by = Actor::User(world.mia);
    let refused =
        reply::answer(&world.engine, world.workspace, event.id, None, Answer::Accepted, None, by).await;
    assert!(matches!(refused, Err(Error::ReadOnly(_))));
}

#[tokio::test]
async fn one_person_here_invites_another_by_mail_and_is_answered() {
    let world = World::new().await;
    let tom: UserId = world.engine.id();
    let mut tx = world.engine.store.begin().await.unwrap();
    let user = User {
        id: tom,
        workspace: world.workspace,
        name: "Tom".to_owned(),
        address: None,
        role: Role::Provider,
        zone: concord_model::Zone::utc(),
        created_at: world.engine.now(),
    };
    users::add(&mut tx, &user).await.unwrap();
    tx.commit().await.unwrap();
    let (_, word) = letterbox::open(&world.engine, world.workspace, tom).await.unwrap();
    let address = world.letters.address(&word);
    let shared = world.make(&[address.as_str()], |_, booking| booking.participants = vec![tom]).await;
    world.tell(&shared).await;
    let invitation = world.sink.taken()[0].text.clone();
    assert_eq!(world.receive(&invitation).await, Ok(Taken::Elsewhere), "it is in his calendars already");
    let event = world.make(&[address.as_str()], |_, _| {}).await;
    world.tell(&event).await;
    let invitation = world.sink.taken()[1].text.clone();
    assert_eq!(world.receive(&invitation).await, Ok(Taken::Invited));
    let copy = world.events_of(tom).await.remove(0);
    assert_eq!(copy.uid, event.uid);
    let shown = world.standing(copy.id).await;
    let send = Some((shown.consent[0].1.as_str(), &world.letters as &dyn Mail));
    let by = Actor::User(tom);
    reply::answer(&world.engine, world.workspace, copy.id, None, Answer::Accepted, send, by).await.unwrap();
    world.deliver().await;
    let answer = world.sink.taken()[2].text.clone();
    assert_eq!(world.receive(&answer).await, Ok(Taken::Noted));
    assert_eq!(world.answers(&event).await, [Answer::Accepted]);
    world.deliver().await;
    assert_eq!(world.sink.taken().len(), 3, "and that is the end of it");
}

#[tokio::test]
async fn i_42_no_letter_however_spoilt_stops_those_behind_it() {
    let world = World::new().await;
    let address = world.address().await;
    let mut dice = StdRng::seed_from_u64(42);
    let (mut left, mut taken) = (0, 0);
    for n in 0..600 {
        let method = if n % 3 == 0 { "CANCEL" } else { "REQUEST" };
        let uid = format!("spoilt-{}", n % 40);
        let letter = Letter { method, uid: &uid, sequence: n, more: WEEKLY, ..Letter::to(&address) };
        let mut bytes = letter.text().into_bytes();
        for _ in 0..dice.random_range(1..6) {
            let at = dice.random_range(0..bytes.len());
            match dice.random_range(0..3) {
                0 => bytes[at] = dice.random(),
                1 => drop(bytes.drain(at..(at + 9).min(bytes.len()))),
                _ => bytes.insert(at, *b"\r\n;:,=\"\0".choose(&mut dice).unwrap()),
            }
        }
        // What is kept for the next time must be the database's trouble, never the letter's.
        match world.letters.read(&bytes) {
            Ok(came) => {
                invitations::take(&world.engine, &came).await.unwrap();
                taken += 1;
            }
            Err(_) => left += 1,
        }
    }
    assert!(taken > 100 && left > 50, "{taken} {left}");
}
