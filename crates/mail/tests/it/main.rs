//! Invitations by mail, over a real database and a mail server on a socket.
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

mod others;
mod sink;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use concord_engine::edit::{self, New, Scope};
use concord_engine::invitations::{self, Invited, Mail, Taken as Outcome};
use concord_engine::{Chance, Clock, Engine, Error, Timing};
use concord_mail::Letters;
use concord_model::event::Booking;
use concord_model::people::{Address, Answer, Attendee};
use concord_model::{Event, Moment, Span, UserId, View, WorkspaceId, Zone};
use concord_store::clients::Client;
use concord_store::invitations::{LetterState, Says};
use concord_store::users::{Role, User};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Actor, Store, clients, events, users, workspaces};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use secrecy::SecretString;
use sink::{Manner, Sink};

struct StandingClock(AtomicI64);

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

struct Dice(Mutex<StdRng>);

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

/// Mia, who invites by mail.
struct World {
    engine: Engine,
    clock: Arc<StandingClock>,
    workspace: WorkspaceId,
    mia: UserId,
    sink: Sink,
    letters: Letters,
}

const OWN: &str = "calendar@studio.example";

impl World {
    async fn new() -> World {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = Arc::new(StandingClock(AtomicI64::new(start.as_microsecond())));
        let store = Store::open("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        let dice = Arc::new(Dice(Mutex::new(StdRng::seed_from_u64(7))));
        let key = MasterKey::generate(&mut |bytes: &mut [u8]| dice.fill(bytes));
        let engine = Engine {
            store,
            providers: Default::default(),
            vault: Arc::new(Vault::new(vec![key]).unwrap()),
            clock: clock.clone(),
            chance: dice,
            timing: Timing::default(),
            notices_url: None,
            worker: "test".to_owned(),
        };
        let workspace: WorkspaceId = engine.id();
        let mia: UserId = engine.id();
        let mut tx = engine.store.begin().await.unwrap();
        workspaces::ensure_default(&mut tx, workspace, "Test", start).await.unwrap();
        let user = User {
            id: mia,
            workspace,
            name: "Mia".to_owned(),
            address: Some("mia@studio.example".into()),
            role: Role::Provider,
            zone: Zone::new("Europe/Berlin").unwrap(),
            created_at: start,
        };
        users::add(&mut tx, &user).await.unwrap();
        tx.commit().await.unwrap();
        let sink = Sink::open().await;
        let letters = Letters::new(&SecretString::from(sink.url.clone()), OWN).unwrap();
        World { engine, clock, workspace, mia, sink, letters }
    }

    fn advance(&self, by: SignedDuration) {
        self.clock.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }

    async fn make(&self, guests: &[&str], with: impl FnOnce(&mut View, &mut Booking)) -> Event {
        let mut content = View::new(span(10), "Coaching");
        content.attendees = guests.iter().map(|address| guest(address)).collect();
        let mut booking = Booking::default();
        with(&mut content, &mut booking);
        let new = New { owner: self.mia, content, booking, uid: None };
        edit::create(&self.engine, self.workspace, new).await.unwrap()
    }

    async fn change(&self, event: &Event, change: impl FnOnce(&mut View)) {
        self.advance(SignedDuration::from_mins(1));
        let now = self.event(event).await;
        let mut after = now.content.clone();
        change(&mut after);
        let patch = now.content.differing(&after).iter().map(|field| (field, after.value(field))).collect();
        let change = edit::Change { patch, ..Default::default() };
        let by = Actor::User(self.mia);
        edit::change(&self.engine, self.workspace, event.id, Scope::All, change, by).await.unwrap();
    }

    async fn event(&self, event: &Event) -> Event {
        let mut tx = self.engine.store.read().await.unwrap();
        events::get(&mut tx, self.workspace, event.id).await.unwrap()
    }

    async fn look(&self, event: &Event) -> Invited {
        invitations::look(&self.engine, self.workspace, event.id, self.letters.able()).await.unwrap()
    }

    /// Tells all who are due, and lets the letters go out.
    async fn tell(&self, event: &Event) -> Invited {
        let consent = self.look(event).await.consent.expect("somebody is due");
        let by = Actor::User(self.mia);
        invitations::send(&self.engine, self.workspace, event.id, &consent, &self.letters, by).await.unwrap();
        self.deliver().await;
        self.look(event).await
    }

    async fn deliver(&self) {
        invitations::deliver(&self.engine, &self.letters).await.unwrap();
    }

    async fn answers(&self, event: &Event) -> Vec<Answer> {
        self.event(event).await.content.attendees.iter().map(|guest| guest.answer).collect()
    }

    /// What becomes of a letter that comes in.
    async fn receive(&self, letter: &str) -> Result<Outcome, String> {
        self.advance(SignedDuration::from_mins(1));
        let came = self.letters.read(letter.as_bytes())?;
        Ok(invitations::take(&self.engine, &came).await.unwrap())
    }
}

fn guest(address: &str) -> Attendee {
    Attendee {
        address: address.into(),
        name: String::new(),
        answer: Answer::Awaited,
        role: Default::default(),
    }
}

fn span(hour: i8) -> Span {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let at = |hour| Moment::new(jiff::civil::date(2026, 11, 20).at(hour, 0, 0, 0), zone.clone());
    Span::timed(at(hour), at(hour + 1)).unwrap()
}

/// The calendar in a letter that went out, as lines.
fn calendar(letter: &str) -> Vec<String> {
    let parsed = mail_parser::MessageParser::default().parse(letter).unwrap();
    let part = parsed.parts.iter().find_map(|part| match &part.body {
        mail_parser::PartType::Text(text) if text.contains("BEGIN:VCALENDAR") => Some(text.to_string()),
        _ => None,
    });
    part.unwrap().replace("\r\n ", "").lines().map(str::to_owned).collect()
}

fn line<'a>(lines: &'a [String], begins: &str) -> &'a str {
    lines.iter().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("no {begins} in {lines:#?}"))
}

/// The answer that a mail program makes of an invitation.
struct Reply {
    from: String,
    guest: String,
    to: String,
    says: &'static str,
    uid: String,
    sequence: String,
    stamp: &'static str,
    more: &'static str,
}

impl Reply {
    fn to(letter: &str, guest: &str, says: &'static str) -> Reply {
        let lines = calendar(letter);
        let to = line(&lines, "ORGANIZER").rsplit_once("mailto:").unwrap().1.to_owned();
        Reply {
            from: guest.to_owned(),
            guest: guest.to_owned(),
            to,
            says,
            uid: line(&lines, "UID:")[4..].to_owned(),
            sequence: lines.iter().find_map(|l| l.strip_prefix("SEQUENCE:")).unwrap_or("0").to_owned(),
            stamp: "20261102T070500Z",
            more: "",
        }
    }

    fn letter(&self) -> String {
        let Reply { from, guest, to, says, uid, sequence, stamp, more } = self;
        format!(
            "From: Guest <{from}>\r\nTo: {to}\r\nSubject: Accepted: Coaching\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nyes\r\n--b\r\n\
             Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n\
             BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
             DTSTAMP:{stamp}\r\nSEQUENCE:{sequence}\r\nDTSTART:20261120T090000Z\r\nDTEND:20261120T100000Z\r\n\
             ORGANIZER:mailto:{to}\r\nATTENDEE;PARTSTAT={says}:mailto:{guest}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n\
             --b--\r\n"
        )
    }
}

#[tokio::test]
async fn be_7_who_would_be_told_is_shown_and_nobody_else_is() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example", "ben@home.example"], |_, _| {}).await;
    let shown = world.look(&event).await;
    let due: Vec<_> = shown.guests.iter().map(|guest| (guest.address.as_str(), guest.due)).collect();
    assert_eq!(due, [("ana@home.example", Some(Says::Request)), ("ben@home.example", Some(Says::Request))]);
    world.deliver().await;
    assert!(world.sink.taken().is_empty(), "looking sends nothing");
    // Another guest since: what was agreed to is not what would be sent.
    world.change(&event, |view| view.attendees.push(guest("eve@home.example"))).await;
    let by = Actor::User(world.mia);
    let old = shown.consent.unwrap();
    let refused = invitations::send(&world.engine, world.workspace, event.id, &old, &world.letters, by).await;
    assert!(matches!(refused, Err(Error::Changed)));
    world.deliver().await;
    assert!(world.sink.taken().is_empty());
    let told = world.tell(&event).await;
    assert!(told.guests.iter().all(|guest| guest.due.is_none()) && told.consent.is_none());
    assert_eq!(world.sink.taken().len(), 3);
    world.deliver().await;
    assert_eq!(world.sink.taken().len(), 3);
}

#[tokio::test]
async fn a_letter_is_an_invitation_and_names_nobody_but_its_guest() {
    let world = World::new().await;
    let client = |name: &str, mail: &str| Client {
        id: world.engine.id(),
        workspace: world.workspace,
        user: None,
        name: name.to_owned(),
        address: Some(mail.into()),
        phone: None,
    };
    let (ana, ben) = (client("Ana Lopez", "ana@home.example"), client("Ben Miller", "ben@home.example"));
    let mut tx = world.engine.store.begin().await.unwrap();
    clients::add(&mut tx, &ana).await.unwrap();
    clients::add(&mut tx, &ben).await.unwrap();
    tx.commit().await.unwrap();
    let event = world
        .make(&["ana@home.example", "ben@home.example"], |view, booking| {
            view.title = "Class with Ana Lopez and Ben Miller\r\nBcc: evil@x.example".to_owned();
            view.location = "Studio".to_owned();
            booking.clients = vec![ana.id, ben.id];
            booking.notes = "knee surgery".to_owned();
        })
        .await;
    world.tell(&event).await;
    let letters = world.sink.taken();
    assert_eq!(letters.len(), 2);
    let letter = letters.iter().find(|letter| letter.to == "ana@home.example").unwrap();
    let lines = calendar(&letter.text);
    assert_eq!(line(&lines, "METHOD"), "METHOD:REQUEST");
    assert_eq!(line(&lines, "UID"), format!("UID:{}", event.uid));
    assert!(lines.contains(&"LOCATION:Studio".to_owned()) && lines.contains(&"BEGIN:VTIMEZONE".to_owned()));
    assert_eq!(lines.iter().filter(|line| line.starts_with("ATTENDEE")).count(), 1);
    assert!(line(&lines, "ATTENDEE").contains("RSVP=TRUE"));
    assert!(line(&lines, "ORGANIZER").contains("mailto:calendar+"), "{lines:#?}");
    let all = format!("{}{}", letter.text, lines.join("\n"));
    for hidden in ["ben@", "Ben", "Miller", "knee", "mia@studio"] {
        assert!(!all.contains(hidden), "{hidden} in {all}");
    }
    assert!(lines.iter().any(|line| line.starts_with("SUMMARY:") && line.contains("Ana Lopez")));
    // A title is no header.
    let head = letter.text.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
    assert!(head.contains("Auto-Submitted: auto-generated") && letter.from == OWN);
}

#[tokio::test]
async fn a_change_is_told_again_and_a_deletion_is_a_cancellation() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example", "ben@home.example"], |_, _| {}).await;
    world.tell(&event).await;
    world.change(&event, |view| view.location = "Roof".to_owned()).await;
    let shown = world.look(&event).await;
    assert!(shown.guests.iter().all(|guest| guest.due == Some(Says::Request)));
    world.tell(&event).await;
    world
        .change(&event, |view| view.attendees.retain(|guest| guest.address.as_str() != "ben@home.example"))
        .await;
    let shown = world.look(&event).await;
    let due: Vec<_> = shown.guests.iter().map(|guest| guest.due).collect();
    assert_eq!(due, [None, Some(Says::Cancel)], "who stays is told nothing of who goes");
    world.tell(&event).await;
    let by = Actor::User(world.mia);
    edit::delete(&world.engine, world.workspace, event.id, Scope::All, None, by).await.unwrap();
    world.tell(&event).await;
    let told: Vec<(String, String, String)> = world
        .sink
        .taken()
        .iter()
        .map(|letter| {
            let lines = calendar(&letter.text);
            let sequence =
                lines.iter().find_map(|line| line.strip_prefix("SEQUENCE:")).unwrap_or("0").to_owned();
            (letter.to[..3].to_owned(), line(&lines, "METHOD:")[7..].to_owned(), sequence)
        })
        .collect();
    let mut expected = vec![
        ("ana", "REQUEST", "0"),
        ("ben", "REQUEST", "0"),
        ("ana", "REQUEST", "1"),
        ("ben", "REQUEST", "1"),
        ("ben", "CANCEL", "2"),
        ("ana", "CANCEL", "2"),
    ];
    let mut told: Vec<_> = told.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_answer_is_noted_for_its_guest_alone() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example", "ben@home.example"], |_, _| {}).await;
    world.tell(&event).await;
    let letters = world.sink.taken();
    let to = |who: &str| letters.iter().find(|letter| letter.to.starts_with(who)).unwrap().text.clone();
    let reply = Reply::to(&to("ana"), "ana@home.example", "ACCEPTED");
    assert_eq!(world.receive(&reply.letter()).await, Ok(Outcome::Noted));
    assert_eq!(world.answers(&event).await, [Answer::Accepted, Answer::Awaited]);
    assert_eq!(world.receive(&reply.letter()).await, Ok(Outcome::Old), "the same letter once more");
    let later = Reply {
        stamp: "20261102T073000Z",
        says: "DECLINED",
        ..Reply::to(&to("ana"), "ana@home.example", "")
    };
    assert_eq!(world.receive(&later.letter()).await, Ok(Outcome::Noted));
    assert_eq!(world.receive(&reply.letter()).await, Ok(Outcome::Old), "one that was overtaken");
    assert_eq!(world.answers(&event).await, [Answer::Declined, Answer::Awaited]);
    // An answer is no news that anybody has to be told.
    assert!(world.look(&event).await.consent.is_none());
    assert_eq!(world.sink.taken().len(), 2, "nothing is ever answered");
}

#[tokio::test]
async fn an_answer_to_one_occurrence_is_noted_by_whatever_clock_it_is_named() {
    let world = World::new().await;
    let event = world
        .make(&["ana@home.example"], |view, _| {
            let rule = ["RRULE:FREQ=WEEKLY;COUNT=4"];
            view.time.recurrence =
                Some(concord_model::recurrence::Recurrence::parse(&rule, &view.time.span).unwrap().0);
        })
        .await;
    world.tell(&event).await;
    let first = world.sink.taken()[0].text.clone();
    // Ten o'clock in Berlin, as a program says it that knows only UTC.
    let no = Reply {
        more: "RECURRENCE-ID:20261127T090000Z\r\n",
        ..Reply::to(&first, "ana@home.example", "DECLINED")
    };
    let letter = no.letter().replace("20261120T", "20261127T");
    assert_eq!(world.receive(&letter).await, Ok(Outcome::Noted));
    let content = world.event(&event).await.content;
    let answer = |key: &str| content.occurrence(key.parse().unwrap()).unwrap().attendees[0].answer;
    assert_eq!((answer("20261120T100000"), answer("20261127T100000")), (Answer::Awaited, Answer::Declined));
}

#[tokio::test]
async fn a_forged_answer_changes_nothing() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example", "ben@home.example"], |_, _| {}).await;
    world.tell(&event).await;
    let letters = world.sink.taken();
    let to = |who: &str| letters.iter().find(|letter| letter.to.starts_with(who)).unwrap().text.clone();
    let ana = || Reply::to(&to("ana"), "ana@home.example", "ACCEPTED");
    let bens_word = Reply::to(&to("ben"), "ben@home.example", "ACCEPTED").to;
    let forged = [
        // Whoever knows of the event, without the word of the letter.
        Reply { to: format!("calendar+{}@studio.example", "0".repeat(32)), ..ana() },
        // Another guest, with his own word, for her.
        Reply { to: bens_word.clone(), ..ana() },
        Reply { to: bens_word, from: "ben@home.example".to_owned(), ..ana() },
        // The letter was passed on.
        Reply { from: "friend@else.example".to_owned(), ..ana() },
        // Another event.
        Reply { uid: "other@concord".to_owned(), ..ana() },
        Reply { guest: "ben@home.example".to_owned(), ..ana() },
    ];
    for (n, reply) in forged.iter().enumerate() {
        let became = world.receive(&reply.letter()).await;
        assert!(matches!(became, Ok(Outcome::NotTheirs | Outcome::Unknown)), "{n}: {became:?}");
    }
    let no_word = Reply { to: "calendar@studio.example".to_owned(), ..ana() };
    assert!(world.receive(&no_word.letter()).await.is_err());
    // Notes of absence, bounces, and invitations of others are no answers.
    for other in [
        "From: ana@home.example\r\nTo: x@y.example\r\nAuto-Submitted: auto-replied\r\nSubject: away\r\n\r\nI am away\r\n".to_owned(),
        ana().letter().replace("METHOD:REPLY", "METHOD:CANCEL"),
        ana().letter().replace("PARTSTAT=ACCEPTED", "PARTSTAT=NEEDS-ACTION"),
        ana().letter().replace("From: Guest <ana@home.example>\r\n", ""),
        String::new(),
    ] {
        let became = world.receive(&other).await;
        assert!(matches!(became, Err(_) | Ok(Outcome::NoAddress)), "{became:?}: {other}");
    }
    assert_eq!(world.answers(&event).await, [Answer::Awaited, Answer::Awaited]);
}

#[tokio::test]
async fn bm_128_a_new_time_resets_the_answers_and_a_new_title_does_not() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example"], |_, _| {}).await;
    world.tell(&event).await;
    let first = world.sink.taken()[0].text.clone();
    let yes = Reply::to(&first, "ana@home.example", "ACCEPTED");
    assert_eq!(world.receive(&yes.letter()).await, Ok(Outcome::Noted));
    world.change(&event, |view| view.title = "Other title".to_owned()).await;
    world.tell(&event).await;
    assert_eq!(world.answers(&event).await, [Answer::Accepted]);
    assert!(line(&calendar(&world.sink.taken()[1].text), "ATTENDEE").contains("PARTSTAT=ACCEPTED"));
    world.change(&event, |view| view.time.span = span(15)).await;
    world.tell(&event).await;
    assert_eq!(world.answers(&event).await, [Answer::Awaited]);
    assert!(line(&calendar(&world.sink.taken()[2].text), "ATTENDEE").contains("PARTSTAT=NEEDS-ACTION"));
    // What was on its way while it was moved answers to the time before.
    let late = Reply { stamp: "20261102T071500Z", ..Reply::to(&first, "ana@home.example", "ACCEPTED") };
    assert_eq!(world.receive(&late.letter()).await, Ok(Outcome::OtherTime));
    assert_eq!(world.answers(&event).await, [Answer::Awaited]);
}

#[tokio::test]
async fn bm_019_an_event_has_one_name_for_life_in_every_letter() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example"], |_, _| {}).await;
    world.tell(&event).await;
    world.change(&event, |view| view.time.span = span(15)).await;
    world.tell(&event).await;
    world.change(&event, |view| view.attendees.clear()).await;
    world.tell(&event).await;
    let names: Vec<String> = world
        .sink
        .taken()
        .iter()
        .map(|letter| line(&calendar(&letter.text), "UID:")[4..].to_owned())
        .collect();
    assert_eq!(names, vec![event.uid.clone(); 3]);
}

#[tokio::test]
async fn i_37_a_letter_whose_fate_is_not_known_is_not_sent_again() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example"], |_, _| {}).await;
    world.sink.behaves(Manner::BreaksOff);
    let told = world.tell(&event).await;
    assert_eq!(told.guests[0].letter.as_ref().unwrap().state, LetterState::Unknown);
    world.sink.behaves(Manner::Takes);
    for _ in 0..5 {
        world.advance(SignedDuration::from_hours(1));
        world.deliver().await;
    }
    assert_eq!(world.sink.taken().len(), 1, "it had gone out");
}

#[tokio::test]
async fn i_37_a_letter_whose_worker_died_is_not_sent_again() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example"], |_, _| {}).await;
    let consent = world.look(&event).await.consent.unwrap();
    let by = Actor::User(world.mia);
    invitations::send(&world.engine, world.workspace, event.id, &consent, &world.letters, by).await.unwrap();
    let mut tx = world.engine.store.begin().await.unwrap();
    concord_store::invitations::take(&mut tx, world.engine.now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    for _ in 0..5 {
        world.advance(SignedDuration::from_mins(11));
        world.deliver().await;
    }
    assert!(world.sink.taken().is_empty());
    let told = world.look(&event).await;
    assert_eq!(told.guests[0].letter.as_ref().unwrap().state, LetterState::Unknown);
}

#[tokio::test]
async fn what_surely_did_not_go_out_is_tried_again_and_what_is_refused_is_not() {
    let world = World::new().await;
    let event = world.make(&["ana@home.example"], |_, _| {}).await;
    world.sink.behaves(Manner::Busy);
    let told = world.tell(&event).await;
    let letter = told.guests[0].letter.clone().unwrap();
    assert!(letter.state == LetterState::Waiting && letter.due_at > world.engine.now());
    world.sink.behaves(Manner::Takes);
    world.advance(SignedDuration::from_hours(1));
    world.deliver().await;
    assert_eq!(world.sink.taken().len(), 1);
    let other = world.make(&["nobody@home.example"], |_, _| {}).await;
    world.sink.behaves(Manner::Refuses);
    let told = world.tell(&other).await;
    let letter = told.guests[0].letter.clone().unwrap();
    assert_eq!(
        (letter.state, letter.note.as_deref()),
        (LetterState::Refused, Some("the mail server refused it (550)"))
    );
    world.sink.behaves(Manner::Takes);
    world.advance(SignedDuration::from_hours(24));
    world.deliver().await;
    assert_eq!(world.sink.taken().len(), 1);
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_costs_nothing_but_time() {
    let world = World::new().await;
    let letters = Letters::new(&SecretString::from("smtp://127.0.0.1:9"), OWN).unwrap();
    let sent = letters.send(&Address::from("ana@home.example"), "Subject: x\r\n\r\nx").await;
    assert!(matches!(sent, Err(invitations::Unsent::Later(_))), "{sent:?}");
    assert!(Letters::new(&SecretString::from("nonsense"), OWN).is_err());
    drop(world);
}
