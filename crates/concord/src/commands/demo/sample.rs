//! The demo's people: a trainer with a calendar at the emulated Google, a colleague with one at the emulated iCloud, one with
//! one at the emulated Outlook and one with a table in the emulated Notion, their clients, and a month of bookings.

use anyhow::Context;
use concord_engine::edit::{self, New};
use concord_engine::{connect, links};
use concord_model::event::Booking;
use concord_model::link::Settings;
use concord_model::privacy::Privacy;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::{ClientId, Moment, ProviderId, Span, UserId, View, Zone};
use concord_providers::provider::Login;
use concord_server::signin::password;
use concord_store::clients::{self, Client};
use concord_store::users::{self, Role, User};
use concord_store::workspaces;
use concord_twins::google::BEARERS;
use concord_twins::{caldav, google, microsoft, notion};
use jiff::ToSpan;
use jiff::civil::Date;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::assemble::Program;

/// Who signs in.
pub(super) const EMAIL: &str = "thandi@example.org";
/// With what.
pub(super) const PASSWORD: &str = "demo-demo";
/// Who signs in instead, to see it with the eyes of somebody who is no administrator. The password is the same.
pub(super) const SECOND_EMAIL: &str = "lerato@example.org";
/// What she is called at the emulated iCloud.
pub(super) const LERATO: &str = "lerato";
/// The third.
pub(super) const THIRD_EMAIL: &str = "sipho@example.org";
/// What he is called at the emulated Outlook.
pub(super) const SIPHO: &str = "sipho";
/// The fourth.
pub(super) const FOURTH_EMAIL: &str = "naledi@example.org";
/// What she is called in the emulated Notion.
pub(super) const NALEDI: &str = "naledi";
/// What the studio is called.
const STUDIO: &str = "Studio Thandi";
/// Where it is.
pub(super) const ZONE: &str = "Africa/Johannesburg";

/// Who books.
const CLIENTS: [&str; 6] =
    ["Ana Lopez", "Ben Adler", "Chidi Okafor", "Dana Weiss", "Eli Mbeki", "Fatima Noor"];

/// One booking of the month: the week and its day, when, for how long, what, of what kind, for whom, and how it repeats.
struct Session {
    week: i32,
    day: i32,
    at: (i8, i8),
    minutes: i64,
    title: &'static str,
    kind: &'static str,
    clients: &'static [usize],
    rule: Option<&'static str>,
}

const fn session(
    (week, day, at): (i32, i32, (i8, i8)),
    minutes: i64,
    title: &'static str,
    kind: &'static str,
    clients: &'static [usize],
) -> Session {
    Session { week, day, at, minutes, title, kind, clients, rule: None }
}

/// A month of Thandi's work, in weeks from this one and days from Monday.
const SESSIONS: [Session; 13] = [
    Session {
        rule: Some("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=12"),
        ..session((-1, 0, (7, 0)), 60, "Strength: Ana Lopez", "one_on_one", &[0])
    },
    Session {
        rule: Some("FREQ=WEEKLY;COUNT=6"),
        ..session((-1, 1, (8, 30)), 60, "Mobility: Ben Adler", "one_on_one", &[1])
    },
    Session {
        rule: Some("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=12"),
        ..session((-1, 1, (17, 30)), 60, "Group class: Circuit", "group_class", &[0, 2, 3, 4])
    },
    Session {
        rule: Some("FREQ=WEEKLY;COUNT=6"),
        ..session((-1, 5, (9, 0)), 90, "Group class: Trail run", "group_class", &[1, 2, 5])
    },
    session((-1, 4, (10, 0)), 45, "Assessment: Dana Weiss", "assessment", &[3]),
    session((0, 0, (11, 0)), 60, "Running form: Chidi Okafor", "one_on_one", &[2]),
    session((0, 2, (15, 0)), 60, "Strength: Eli Mbeki", "one_on_one", &[4]),
    session((0, 4, (12, 0)), 45, "Assessment: Fatima Noor", "assessment", &[5]),
    session((1, 0, (14, 0)), 60, "Running form: Chidi Okafor", "one_on_one", &[2]),
    session((1, 3, (10, 0)), 60, "Strength: Dana Weiss", "one_on_one", &[3]),
    session((2, 1, (13, 0)), 60, "Strength: Eli Mbeki", "one_on_one", &[4]),
    session((2, 3, (9, 30)), 45, "Assessment: Ben Adler", "assessment", &[1]),
    session((3, 2, (16, 0)), 60, "Strength: Fatima Noor", "one_on_one", &[5]),
];

/// The same of Lerato's.
const SECOND_SESSIONS: [Session; 4] = [
    Session {
        rule: Some("FREQ=WEEKLY;BYDAY=TU,FR;COUNT=8"),
        ..session((0, 1, (6, 30)), 45, "Swim technique: Dana Weiss", "one_on_one", &[3])
    },
    session((0, 3, (13, 30)), 60, "Running form: Ben Adler", "one_on_one", &[1]),
    session((1, 2, (11, 0)), 45, "Assessment: Eli Mbeki", "assessment", &[4]),
    session((2, 0, (15, 30)), 60, "Running form: Ben Adler", "one_on_one", &[1]),
];

/// And of Sipho's.
const THIRD_SESSIONS: [Session; 3] = [
    Session {
        rule: Some("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=8"),
        ..session((0, 0, (6, 0)), 60, "Boxing: Fatima Noor", "one_on_one", &[5])
    },
    session((0, 2, (10, 30)), 60, "Strength: Ben Adler", "one_on_one", &[1]),
    session((1, 1, (14, 0)), 45, "Assessment: Ana Lopez", "assessment", &[0]),
];

/// And of Naledi's.
const FOURTH_SESSIONS: [Session; 3] = [
    Session {
        rule: Some("FREQ=WEEKLY;BYDAY=WE;COUNT=4"),
        ..session((0, 2, (12, 0)), 60, "Pilates: Dana Weiss", "one_on_one", &[3])
    },
    session((0, 4, (9, 30)), 60, "Posture: Chidi Okafor", "one_on_one", &[2]),
    session((1, 3, (15, 0)), 45, "Assessment: Fatima Noor", "assessment", &[5]),
];

/// The other sides.
#[derive(Clone, Copy)]
pub(super) struct There<'a> {
    pub(super) google: &'a google::Twin,
    pub(super) apple: &'a caldav::Twin,
    pub(super) outlook: &'a microsoft::Twin,
    pub(super) notion: &'a notion::Twin,
}

/// Fills an empty database, and the calendars on the other sides.
pub(super) async fn fill(program: &Program, there: There<'_>) -> anyhow::Result<()> {
    let engine = &program.engine;
    let zone = Zone::new(ZONE)?;
    let hash = password::hash(engine, PASSWORD.to_owned())
        .await
        .map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
    let user = |name: &str, email: &str, role| User {
        id: engine.id(),
        workspace: program.workspace,
        name: name.to_owned(),
        address: Some(email.into()),
        role,
        zone: zone.clone(),
        created_at: engine.now(),
    };
    let thandi = user("Thandi Nkosi", EMAIL, Role::Admin);
    let lerato = user("Lerato Dube", SECOND_EMAIL, Role::Provider);
    let sipho = user("Sipho Khumalo", THIRD_EMAIL, Role::Provider);
    let naledi = user("Naledi Molefe", FOURTH_EMAIL, Role::Provider);
    let booked = CLIENTS.map(|name| Client {
        id: engine.id(),
        workspace: program.workspace,
        name: name.to_owned(),
        address: Some(format!("{}@example.org", name.to_lowercase().replace(' ', ".")).into()),
        phone: None,
        user: None,
    });
    let mut tx = engine.store.begin().await?;
    workspaces::set_name(&mut tx, program.workspace, STUDIO).await?;
    for user in [&thandi, &lerato, &sipho, &naledi] {
        users::add(&mut tx, user).await?;
        users::set_password_hash(&mut tx, program.workspace, user.id, Some(&hash)).await?;
    }
    for client in &booked {
        clients::add(&mut tx, client).await?;
    }
    tx.commit().await?;

    let today = zone.wall(engine.now()).date();
    let monday = today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())?;
    in_google(there.google, monday)?;
    in_apple(there.apple, monday)?;
    in_outlook(there.outlook, monday)?;
    in_notion(there.notion, monday)?;
    let ids: Vec<ClientId> = booked.iter().map(|client| client.id).collect();
    for (owner, sessions) in [
        (thandi.id, &SESSIONS[..]),
        (lerato.id, &SECOND_SESSIONS),
        (sipho.id, &THIRD_SESSIONS),
        (naledi.id, &FOURTH_SESSIONS),
    ] {
        for session in sessions {
            make(program, owner, session, monday, &zone, &ids).await?;
        }
    }
    let mut day_off =
        View::new(Span::days(monday.checked_add(11.days())?, monday.checked_add(12.days())?)?, "Day off");
    day_off.privacy = Privacy::Private;
    let day_off = New { owner: thandi.id, content: day_off, booking: Booking::default(), uid: None };
    edit::create(engine, program.workspace, day_off).await?;
    // It is in the calendars of all: what Thandi changes in Google, Lerato sees in iCloud, Sipho in Outlook and Naledi in
    // Notion.
    let at = |hour: i8, minute: i8| anyhow::Ok(monday.checked_add(7.days())?.at(hour, minute, 0, 0));
    let hours = Span::timed(Moment::new(at(12, 30)?, zone.clone()), Moment::new(at(13, 15)?, zone.clone()))?;
    let mut meeting = View::new(hours, "Studio meeting");
    meeting.location = "Studio 2".to_owned();
    let all = Booking { participants: vec![lerato.id, sipho.id, naledi.id], ..Booking::default() };
    let meeting = New { owner: thandi.id, content: meeting, booking: all, uid: None };
    edit::create(engine, program.workspace, meeting).await?;

    let by_token = Login::token(SecretString::from(BEARERS[0].1));
    link(program, thandi.id, "google", by_token).await?;
    let by_token = Login::token(SecretString::from(format!("twin-{SIPHO}")));
    link(program, sipho.id, "outlook", by_token).await?;
    let by_token = Login::token(SecretString::from(format!("twin-{NALEDI}")));
    link(program, naledi.id, "notion", by_token).await?;
    // Where the emulator is the settings say, as they do of Apple's own.
    let by_password = Login {
        user: format!("{LERATO}@twin.test"),
        secret: format!("twin-{LERATO}").into(),
        address: None,
        trusted: false,
    };
    link(program, lerato.id, "apple", by_password).await
}

/// Connects an account, and links its main calendar.
async fn link(program: &Program, user: UserId, provider: &str, login: Login) -> anyhow::Result<()> {
    let (engine, workspace) = (&program.engine, program.workspace);
    let account = connect::add(engine, workspace, user, &ProviderId::from(provider), login, None).await?;
    let calendars = links::calendars(engine, workspace, account.id).await?;
    // Of tables none is the main one; hers is called like this.
    let named = calendars.iter().find(|calendar| calendar.name == "Calendar");
    let main = calendars.iter().find(|calendar| calendar.primary).or(named).or(calendars.first());
    let main = main.context("the emulator has no calendar")?;
    links::add(engine, workspace, account.id, &main.id, Settings::default()).await?;
    Ok(())
}

async fn make(
    program: &Program,
    owner: UserId,
    session: &Session,
    monday: Date,
    zone: &Zone,
    clients: &[ClientId],
) -> anyhow::Result<()> {
    let day = monday.checked_add((session.week * 7 + session.day).days())?;
    let start = Moment::new(day.at(session.at.0, session.at.1, 0, 0), zone.clone());
    let end = Moment::at(start.instant().checked_add(session.minutes.minutes())?, zone.clone());
    let mut content = View::new(Span::timed(start, end)?, session.title);
    if let Some(rule) = session.rule {
        let rule = Rule::parse(rule, &content.time.span)?;
        content.time.recurrence = Some(Recurrence { rules: vec![rule], ..Recurrence::default() });
    }
    let (location, description) = match session.kind {
        "group_class" => ("Zoo Lake, north gate", "Bring water and a towel."),
        "assessment" => ("Studio 2", "First assessment: come ten minutes early."),
        _ => ("Studio 1", ""),
    };
    content.location = location.to_owned();
    content.description = description.to_owned();
    let booking = Booking {
        session_type: Some(session.kind.to_owned()),
        clients: session.clients.iter().map(|n| clients[*n]).collect(),
        ..Booking::default()
    };
    edit::create(&program.engine, program.workspace, New { owner, content, booking, uid: None }).await?;
    Ok(())
}

/// What was in Thandi's calendar at Google before Concord came.
fn in_google(twin: &google::Twin, monday: Date) -> anyhow::Result<()> {
    let day = |n: i32| monday.checked_add(n.days());
    let at = |n: i32, time: &str| anyhow::Ok(wall(day(n)?, time));
    let events = [
        json!({ "summary": "Dentist", "start": at(1, "11:00")?, "end": at(1, "12:00")?, "location": "Rosebank" }),
        json!({ "summary": "Lunch with Zanele", "start": at(3, "12:30")?, "end": at(3, "13:30")? }),
        json!({ "summary": "School run", "start": at(0, "06:15")?, "end": at(0, "06:45")?,
                "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=30"] }),
        json!({ "summary": "Mum's birthday", "start": { "date": day(9)?.to_string() }, "end": { "date": day(10)?.to_string() } }),
        json!({ "summary": "Supplier call", "start": at(8, "09:00")?, "end": at(8, "09:30")?,
                "description": "https://meet.google.com/abc-defg-hij" }),
    ];
    there("alice", events, |body| twin.control("POST", "event", body))
}

/// What was in Lerato's calendar at iCloud.
fn in_apple(twin: &caldav::Twin, monday: Date) -> anyhow::Result<()> {
    let day = |n: i32| monday.checked_add(n.days());
    let at = |n: i32, time: &str| anyhow::Ok(wall(day(n)?, time));
    let events = [
        json!({ "summary": "Choir practice", "start": at(2, "18:30")?, "end": at(2, "20:00")?, "location": "Melville",
                "rrule": "FREQ=WEEKLY;COUNT=8" }),
        json!({ "summary": "Physio", "start": at(4, "08:00")?, "end": at(4, "08:45")? }),
        json!({ "summary": "Call with the bank", "start": at(7, "10:00")?, "end": at(7, "10:20")? }),
        json!({ "summary": "Cape Town", "start": { "date": day(11)?.to_string() }, "end": { "date": day(14)?.to_string() } }),
    ];
    there(LERATO, events, |body| twin.control("POST", "event", body))
}

/// What was in Sipho's calendar in Outlook.
fn in_outlook(twin: &microsoft::Twin, monday: Date) -> anyhow::Result<()> {
    let day = |n: i32| monday.checked_add(n.days());
    let at = |n: i32, time: &str| anyhow::Ok(wall(day(n)?, time));
    let midnight =
        |n: i32| anyhow::Ok(json!({ "dateTime": format!("{}T00:00:00", day(n)?), "timeZone": ZONE }));
    let friday = json!({
        "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["friday"], "firstDayOfWeek": "monday" },
        "range": { "type": "numbered", "startDate": day(4)?.to_string(), "numberOfOccurrences": 6, "recurrenceTimeZone": ZONE },
    });
    let events = [
        json!({ "subject": "Car service", "start": at(1, "08:00")?, "end": at(1, "09:00")?,
                "location": { "displayName": "Randburg" } }),
        json!({ "subject": "Football", "start": at(4, "17:30")?, "end": at(4, "19:00")?, "recurrence": friday }),
        json!({ "subject": "Call with the landlord", "start": at(8, "12:00")?, "end": at(8, "12:20")? }),
        json!({ "subject": "Durban", "isAllDay": true, "start": midnight(12)?, "end": midnight(14)? }),
    ];
    there(SIPHO, events, |body| twin.control("POST", "event", body))
}

/// What stood in Naledi's table in Notion.
fn in_notion(twin: &notion::Twin, monday: Date) -> anyhow::Result<()> {
    let choices = ["Confirmed", "Tentative", "Cancelled"].map(|name| json!({ "name": name }));
    let column = json!({
        "user": NALEDI, "calendar": "primary", "do": "add", "name": STATUS, "fields": { "select": { "options": choices } },
    });
    twin.control("POST", "property", &column).map_err(|why| anyhow::anyhow!("the emulator: {why}"))?;
    let day = |n: i32| monday.checked_add(n.days());
    let text = |key: &str, told: &str| json!({ key: [{ "text": { "content": told } }] });
    let at = |n: i32, time: &str| anyhow::Ok(format!("{}T{time}:00", day(n)?));
    let hours = |n: i32, from: &str, until: &str| {
        anyhow::Ok(json!({ "date": { "start": at(n, from)?, "end": at(n, until)?, "time_zone": ZONE } }))
    };
    let days = |first: i32, last: i32| {
        anyhow::Ok(json!({ "date": { "start": day(first)?.to_string(), "end": day(last)?.to_string() } }))
    };
    let status = |name: &str| json!({ "select": { "name": name } });
    let rows = [
        json!({ "Name": text("title", "Physio course"), "Date": hours(1, "18:00", "20:00")?,
                "Location": text("rich_text", "Braamfontein"), STATUS: status("Confirmed") }),
        json!({ "Name": text("title", "Coffee with Ayanda"), "Date": hours(3, "11:00", "12:00")?, STATUS: status("Tentative") }),
        json!({ "Name": text("title", "Retreat"), "Date": days(18, 20)?, "Location": text("rich_text", "Magaliesberg") }),
        // Without a date it is a row like any other, and no event.
        json!({ "Name": text("title", "New mats: compare prices") }),
    ];
    there(NALEDI, rows, |body| twin.control("POST", "event", body))
}

/// The column of her table that says whether something takes place.
const STATUS: &str = "Event status";

fn wall(day: Date, time: &str) -> Value {
    json!({ "dateTime": format!("{day}T{time}:00"), "timeZone": ZONE })
}

/// Enters events as a person does on that side.
fn there<const N: usize>(
    user: &str,
    events: [Value; N],
    act: impl Fn(&Value) -> Result<Value, String>,
) -> anyhow::Result<()> {
    for fields in events {
        let body = json!({ "user": user, "calendar": "primary", "do": "create", "fields": fields });
        act(&body).map_err(|why| anyhow::anyhow!("the emulator: {why}"))?;
    }
    Ok(())
}
