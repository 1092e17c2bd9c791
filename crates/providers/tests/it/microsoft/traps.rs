//! What Graph does that no calendar should: each odd way is a switch of the twin, and here a test.

use concord_model::Generation;
use concord_model::observed::Hold;
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_providers::provider::{Mail, Next, Write};

use super::*;
use crate::contract::{
    at, but, change, class, coaching, create, key, make, mark, reading, same, theirs, update, without, write,
};

async fn news(world: &World, cursor: &Cursor) -> Vec<Item> {
    listing(world, Some(cursor.clone())).await.0
}

fn gone(items: &[Item]) -> Vec<&ExternalId> {
    items.iter().filter(|item| item.state == State::Gone).map(|item| &item.id).collect()
}

#[tokio::test]
async fn microsoft_trap_1_a_series_of_which_only_times_are_told_comes_in_whole() {
    for quirks in
        [json!({}), json!({ "delta": { "masterless": true } }), json!({ "lists": { "nulls": true } })]
    {
        let world = World::with(quirks.clone());
        let (_, cursor) = listing(&world, None).await;
        let (id, _) = make(&world, 1, without(&class("Class"), "20261208T100000")).await;
        let items = news(&world, &cursor).await;
        let found = items.iter().find(|item| item.id == id).unwrap_or_else(|| panic!("{quirks}"));
        let view = live(found);
        assert!(
            view.is_series() && view.overrides[&key("20261208T100000")] == Override::Cancelled,
            "{quirks}"
        );
        assert_eq!(items.len(), 1, "{quirks}: its occurrences are no events of their own");
    }
}

#[tokio::test]
async fn microsoft_trap_2_what_is_changed_outside_the_window_is_not_taken_for_deleted() {
    let world = World::new();
    let (id, _) = make(&world, 1, View::new(at("2029-05-01T10:00:00", "2029-05-01T11:00:00"), "Far")).await;
    let (items, cursor) = listing(&world, None).await;
    assert!(items.iter().any(|item| item.id == id), "a listing has no window");
    world.person_retitles(&id, "Farther");
    let told = world.page(Some(&cursor)).await.unwrap();
    assert_eq!(gone(&told.items), [&id], "so it is told there");
    // Whoever asks for proof hears that it lives, and what it is now.
    assert_eq!(live(&items_of(reading(&world, &id).await)[0]).title, "Farther");
}

#[tokio::test]
async fn microsoft_trap_2_an_event_that_moves_out_of_the_window_lives() {
    let world = World::new();
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(&world, None).await;
    let mut far = known.view.clone();
    far.time.span = at("2030-05-01T10:00:00", "2030-05-01T11:00:00");
    change(&world, &id, &known, far.clone()).await;
    let items = news(&world, &cursor).await;
    for item in items {
        assert!(item.id == id && (item.state == State::Gone || live(&item).time.span == far.time.span));
    }
    same(&world, &theirs(&world, &id).await.view, &far);
}

#[tokio::test]
async fn microsoft_trap_3_an_occurrence_that_a_person_deletes_is_found_whatever_the_master_says() {
    for told in ["selected", "star", "never"] {
        let world = World::with(json!({ "series": { "cancelled": told } }));
        let (id, _) = make(&world, 1, class("Class")).await;
        let (_, cursor) = listing(&world, None).await;
        let series =
            world.events().iter().find(|event| event["type"] == "seriesMaster").unwrap()["id"].clone();
        let query = ("2026-12-01T00:00:00Z".parse().unwrap(), "2026-12-02T00:00:00Z".parse().unwrap());
        let occurrence = occurrence_id(&world, series.as_str().unwrap(), query).await;
        world.person_deletes(&ExternalId::from(occurrence.as_str()));
        let items = news(&world, &cursor).await;
        let item = items.iter().find(|item| item.id == id).unwrap_or_else(|| panic!("{told}: {items:?}"));
        assert_eq!(live(item).overrides.get(&key("20261201T100000")), Some(&Override::Cancelled), "{told}");
        assert_eq!(live(item).overrides.len(), 1, "{told}");
    }
}

#[tokio::test]
async fn microsoft_trap_3_an_occurrence_that_a_person_moves_before_all_others_is_found_whatever_the_master_says()
 {
    for told in ["selected", "star", "never"] {
        let world = World::with(json!({ "series": { "cancelled": told } }));
        let (id, known) = make(&world, 1, class("Class")).await;
        let first = known.view.time.span.start_instant(&concord_model::Zone::utc());
        let series =
            world.events().iter().find(|event| event["type"] == "seriesMaster").unwrap()["id"].clone();
        let day = jiff::SignedDuration::from_hours(24);
        let occurrence = occurrence_id(&world, series.as_str().unwrap(), (first - day, first + day)).await;
        let at = |hour: u32| json!({ "dateTime": format!("2026-11-21T{hour}:00:00"), "timeZone": "UTC" });
        world.person(
            json!({ "do": "change", "id": occurrence, "fields": { "start": at(10), "end": at(11) } }),
        );
        let there = theirs(&world, &id).await.view;
        assert!(!there.overrides.values().any(|change| *change == Override::Cancelled), "{told}: {there:?}");
        assert_eq!(there.overrides.len(), 1, "{told}");
    }
}

/// What Graph calls the occurrence of a series in a window, asked as any program would.
async fn occurrence_id(world: &World, series: &str, (from, to): (Timestamp, Timestamp)) -> String {
    let url =
        format!("https://graph.test/v1.0/me/events/{series}/instances?startDateTime={from}&endDateTime={to}");
    let request = Request::builder()
        .uri(url)
        .header("authorization", "Bearer twin-alice")
        .header("prefer", "IdType=\"ImmutableId\"")
        .body(Bytes::new())
        .unwrap();
    let answer = world.door.send(request).await.unwrap();
    let page: Value = serde_json::from_slice(answer.body()).unwrap();
    page["value"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn microsoft_trap_3_whole_days_that_were_deleted_take_place_again() {
    let world = World::new();
    let mut view =
        View::new(Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap(), "Fair");
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=DAILY;COUNT=5"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    let (id, known) = make(&world, 1, without(&without(&view, "20261125"), "20261126")).await;
    let known = change(&world, &id, &known, without(&view, "20261126")).await;
    same(&world, &known.view, &without(&view, "20261126"));
    same(&world, &theirs(&world, &id).await.view, &without(&view, "20261126"));
    // Also together with another end of the rule, which alone leaves what was deleted as it is.
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=DAILY;COUNT=7"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    let known = change(&world, &id, &known, view.clone()).await;
    same(&world, &known.view, &view);
    same(&world, &theirs(&world, &id).await.view, &view);
}

#[tokio::test]
async fn microsoft_trap_3_an_occurrence_that_stays_deleted_is_refused_and_all_else_is_written() {
    let world = World::with(json!({ "series": { "keepsExceptions": true } }));
    let series = class("Class");
    let (id, known) = make(&world, 1, without(&series, "20261208T100000")).await;
    let after = View {
        title: "Lesson".to_owned(),
        ..but(&series, "20261215T100000", |one| one.location = "Studio".to_owned())
    };
    let answer = write(&world, update(&world, &id, &known, after.clone())).await;
    assert!(
        matches!(&answer, Err(Answer::Rejected { why, .. }) if why.contains("2026-12-08 take place again")),
        "{answer:?}"
    );
    let there = theirs(&world, &id).await;
    same(&world, &there.view, &without(&after, "20261208T100000"));
    // It is not tried again with every look at it, for each try is a change that would be looked at.
    let again = write(&world, update(&world, &id, &there, after)).await;
    assert_eq!(again, answer);
    assert_eq!(theirs(&world, &id).await.versions, there.versions);
}

#[tokio::test]
async fn microsoft_trap_4_a_place_that_is_lost_between_pages_says_so() {
    for quirks in
        [json!({}), json!({ "delta": { "lowerCodes": true } }), json!({ "delta": { "location": true } })]
    {
        let world = World::with(quirks.clone());
        make(&world, 1, coaching("Coaching")).await;
        let (_, cursor) = listing(&world, None).await;
        world.end_cursors();
        assert_eq!(world.page(Some(&cursor)).await.err(), Some(Answer::CursorGone), "{quirks}");
    }
}

#[tokio::test]
async fn microsoft_trap_5_an_event_keeps_its_id_and_another_calendar_does_not_have_it() {
    let world = World::new();
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    let ids = [id];
    let there = world.outlook.read(&world.access(), &world.other_calendar(), &ids).await.remove(0);
    assert_eq!(there, Ok(Reading::Missing));
}

#[tokio::test]
async fn microsoft_trap_7_a_creation_whose_answer_is_lost_is_found_by_our_note_and_never_doubled() {
    for loss in [Loss::Answer, Loss::Trouble, Loss::Half] {
        let world = World::new();
        world.lose(loss, 0);
        let lost = write(&world, create(&world, 1, class("Class"))).await;
        assert!(matches!(lost, Err(Answer::Unknown(_))), "{loss:?}: {lost:?}");
        let name = world.outlook.id_for(mark(1).event, mark(1).link, Generation(0), None);
        let items = items_of(reading(&world, &name).await);
        assert_eq!(items[0].made_as.as_ref(), Some(&name));
        assert_ne!(items[0].id, name, "it has got a name of Graph's");
        assert_eq!(items[0].mark, Some(mark(1)));
        // The next changes tell both names, too.
        let told = listing(&world, None).await.0;
        assert_eq!(told.len(), 1);
        assert_eq!(world.titles(), ["Class"]);
    }
}

#[tokio::test]
async fn microsoft_trap_8_a_transaction_of_what_was_deleted_is_taken_and_makes_nothing() {
    let world = World::new();
    let (id, _) = make(&world, 1, coaching("Coaching")).await;
    world.person_deletes(&id);
    assert_eq!(write(&world, create(&world, 1, coaching("Coaching"))).await, Err(Answer::Exists));
    let name = world.outlook.id_for(mark(1).event, mark(1).link, Generation(0), None);
    assert_eq!(reading(&world, &name).await, Reading::Missing);
    // The next generation has another.
    let next = world.outlook.id_for(mark(1).event, mark(1).link, Generation(1), None);
    assert_ne!(name, next);
}

#[tokio::test]
async fn microsoft_trap_9_a_persons_meeting_is_neither_changed_nor_deleted_unless_mail_is_allowed() {
    let world = World::new();
    let fields = json!({
        "subject": "Review",
        "start": { "dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-11-24T11:00:00", "timeZone": "Europe/Berlin" },
        "attendees": [{ "type": "required", "emailAddress": { "address": "jo@elsewhere.test", "name": "Jo" } }],
    });
    let made = world.person(json!({ "do": "create", "fields": fields }));
    let id = ExternalId::from(made["id"].as_str().unwrap());
    let before = world.mails();
    let known = theirs(&world, &id).await;
    assert_eq!(known.view.attendees.len(), 1);
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    let ours = || update(&world, &id, &known, after.clone());
    let delete = || Write::Delete { id: id.clone(), versions: known.versions.clone() };
    for refused in [ours(), delete()] {
        let answer = write(&world, refused).await;
        assert!(
            matches!(&answer, Err(Answer::Rejected { why, .. }) if why.contains("by mail")),
            "{answer:?}"
        );
    }
    assert_eq!((world.mails(), world.titles()), (before, vec!["Review".to_owned()]));
    let all = |write| async {
        let writes = [write];
        world.outlook.write(&world.access(), &world.calendar(), &writes, Mail::Guests).await.remove(0)
    };
    assert!(all(ours()).await.is_ok());
    assert!(world.mails() > before, "now they are told");
}

#[tokio::test]
async fn microsoft_trap_10_texts_come_back_as_they_were_written_however_often() {
    let world = World::new();
    let mut view = coaching("Coaching");
    view.description = "Bring shoes\n\n  and <i>water</i> &amp; more\n________\nend".to_owned();
    let (id, mut known) = make(&world, 1, view.clone()).await;
    for n in 0..3 {
        same(&world, &known.view, &view);
        view.location = format!("Studio {n}");
        known = change(&world, &id, &known, view.clone()).await;
        assert_eq!(theirs(&world, &id).await.view.description, view.description);
    }
}

#[tokio::test]
async fn microsoft_trap_10_a_meeting_keeps_the_block_by_which_one_joins_it() {
    let world = World::new();
    let fields = json!({
        "subject": "Call", "isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness",
        "start": { "dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-11-24T11:00:00", "timeZone": "Europe/Berlin" },
        "body": { "contentType": "text", "content": "Agenda" },
    });
    let made = world.person(json!({ "do": "create", "fields": fields }));
    let id = ExternalId::from(made["id"].as_str().unwrap());
    let known = theirs(&world, &id).await;
    assert_eq!(known.view.description, "Agenda");
    assert!(known.view.conference.starts_with("https://teams.microsoft.com/"));
    let after = View { description: "New agenda".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, after).await;
    assert_eq!(known.view.description, "New agenda");
    assert!(known.view.conference.starts_with("https://teams.microsoft.com/"), "it is still one");
}

#[tokio::test]
async fn microsoft_trap_12_zones_by_another_name_are_the_same_and_unknown_ones_hold_back_a_series() {
    for quirks in [json!({ "zones": { "windowsOnly": true } }), json!({ "zones": { "renamed": true } })] {
        let world = World::with(quirks);
        let (id, told) = make(&world, 1, class("Class")).await;
        same(&world, &told.view, &class("Class"));
        same(&world, &theirs(&world, &id).await.view, &class("Class"));
    }
    let world = World::with(json!({ "zones": { "custom": true }, "series": { "emptyZone": true } }));
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    let single = world.person_creates("Once", &span);
    let view = theirs(&world, &single).await.view;
    assert!(view.time.span.coincides(&span), "the instant holds");
}

#[tokio::test]
async fn microsoft_trap_13_whole_days_stay_whole_days_also_as_occurrences() {
    let world = World::new();
    let days = Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap();
    let mut view = View::new(days, "Fair");
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=4"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    let view = without(&but(&view, "20261201", |one| one.title = "Special".to_owned()), "20261208");
    let (id, told) = make(&world, 1, view.clone()).await;
    same(&world, &told.view, &view);
    same(&world, &theirs(&world, &id).await.view, &view);
}

#[tokio::test]
async fn microsoft_trap_16_an_occurrence_that_would_pass_its_neighbour_is_refused_with_the_reason() {
    let world = World::new();
    let (id, known) = make(&world, 1, class("Class")).await;
    let after = but(&known.view, "20261201T100000", |one| {
        one.time.span = at("2026-12-09T10:00:00", "2026-12-09T11:00:00");
    });
    let answer = write(&world, update(&world, &id, &known, after)).await;
    assert!(
        matches!(&answer, Err(Answer::Rejected { why, .. }) if why.contains("past the day")),
        "{answer:?}"
    );
}

/// Seed 120636 of the simulator: what was to be hidden stayed, for it went in one call with a move.
#[tokio::test]
async fn i_36_where_an_occurrence_may_not_be_moved_its_words_and_the_others_go_on() {
    let world = World::new();
    let view = but(&class("Class"), "20261201T100000", |one| one.description = "Hidden".to_owned());
    let view = but(&view, "20261208T100000", |one| one.description = "Hidden, too".to_owned());
    let (id, known) = make(&world, 1, view.clone()).await;
    let after = but(&view, "20261201T100000", |one| {
        one.description = String::new();
        one.time.span = at("2026-12-09T10:00:00", "2026-12-09T11:00:00");
    });
    let after = but(&after, "20261208T100000", |one| one.description = String::new());
    let answer = write(&world, update(&world, &id, &known, after)).await;
    let Err(Answer::InPart(cause)) = &answer else { panic!("{answer:?}") };
    assert!(matches!(&**cause, Answer::Rejected { why, .. } if why.contains("past the day")), "{cause:?}");
    let there = theirs(&world, &id).await.view;
    for key in ["20261201T100000", "20261208T100000"] {
        let one = there.occurrence(key.parse().unwrap()).unwrap();
        assert_eq!(
            (one.description.as_str(), one.time.span),
            ("", view.time.span.starting(key.parse().unwrap()).unwrap())
        );
    }
}

#[tokio::test]
async fn microsoft_trap_17_a_change_that_is_told_several_times_is_one_and_an_empty_page_is_no_end() {
    for quirks in [
        json!({ "delta": { "repeats": true } }),
        json!({ "delta": { "emptyPages": true } }),
        json!({ "delta": { "page": 1 } }),
    ] {
        let world = World::with(quirks.clone());
        let (id, known) = make(&world, 1, class("Class")).await;
        let (items, cursor) = listing(&world, None).await;
        assert_eq!(items.len(), 1, "{quirks}");
        let after = View { location: "Studio".to_owned(), ..known.view.clone() };
        let known = change(&world, &id, &known, after).await;
        for item in news(&world, &cursor).await {
            assert_eq!(
                (item.id.clone(), item.etag.as_ref()),
                (id.clone(), known.versions.whole.as_ref()),
                "{quirks}"
            );
        }
    }
}

#[tokio::test]
async fn microsoft_trap_18_a_conflict_is_news_by_whichever_status() {
    for how in ["precondition", "conflict"] {
        let world = World::with(json!({ "write": { "ifMatch": how } }));
        let (id, known) = make(&world, 1, coaching("Coaching")).await;
        world.person_retitles(&id, "Theirs");
        let after = View { title: "Ours".to_owned(), ..known.view.clone() };
        assert_eq!(write(&world, update(&world, &id, &known, after)).await, Err(Answer::Stale), "{how}");
        assert_eq!(world.titles(), ["Theirs"]);
    }
}

#[tokio::test]
async fn microsoft_trap_18_occurrences_are_written_one_after_the_other_though_their_version_moves() {
    let world = World::new();
    let (id, known) = make(&world, 1, class("Class")).await;
    let mut after = known.view.clone();
    for (n, day) in ["20261201T100000", "20261208T100000", "20261215T100000"].into_iter().enumerate() {
        after = but(&after, day, |one| one.title = format!("Special {n}"));
    }
    let known = change(&world, &id, &known, after.clone()).await;
    same(&world, &known.view, &after);
}

#[tokio::test]
async fn microsoft_trap_22_what_is_null_is_empty() {
    let world = World::with(json!({ "lists": { "nulls": true } }));
    let (id, _) = make(&world, 1, View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00"), "")).await;
    assert_eq!(theirs(&world, &id).await.view.title, "");
    let items = world.items().await;
    assert_eq!((items.len(), live(&items[0]).title.as_str()), (1, ""));
}

#[tokio::test]
async fn microsoft_trap_23_a_key_that_is_refused_now_and_then_says_so_and_is_good_again() {
    let world = World::with(json!({ "signin": { "flakyEvery": 2 } }));
    let mut refused = 0;
    for _ in 0..6 {
        match world.outlook.calendars(&world.access()).await {
            Ok(calendars) => assert!(calendars.len() >= 2),
            Err(answer) => {
                assert_eq!(answer, Answer::SignInExpired);
                refused += 1;
            }
        }
    }
    assert!((1..6).contains(&refused), "{refused}");
}

#[tokio::test]
async fn microsoft_trap_23_a_batch_that_is_throttled_in_part_is_repeated_without_a_double() {
    let world = World::new();
    let writes: Vec<Write> =
        (1..=25).map(|n| create(&world, n, coaching(&format!("Event {n:02}")))).collect();
    let all = async || world.outlook.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    // The batch itself is the first call that a rule looks at.
    world.fault(json!({ "match": { "path": "/events" }, "kind": "status", "status": 429, "retryAfter": 30, "skip": 4, "count": 3 }));
    let answers = all().await;
    let waits = |answer: &&Result<_, Answer>| matches!(answer, Err(Answer::RetryAfter { at: Some(_), .. }));
    assert_eq!(answers.iter().filter(waits).count(), 3 + 5, "{answers:?}");
    assert_eq!((answers.iter().filter(|answer| answer.is_ok()).count(), world.titles().len()), (17, 17));
    world.pass(30);
    for answer in all().await {
        assert!(matches!(answer, Ok(_) | Err(Answer::Exists)), "{answer:?}");
    }
    let mut titles = world.titles();
    titles.sort();
    assert_eq!(titles, (1..=25).map(|n| format!("Event {n:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn microsoft_trap_26_more_than_ten_calendars_and_more_than_a_page_of_events_come() {
    let world = World::new();
    let writes: Vec<Write> = (1..=45).map(|n| create(&world, n, coaching(&format!("Event {n}")))).collect();
    for chunk in writes.chunks(20) {
        let answers = world.outlook.write(&world.access(), &world.calendar(), chunk, Mail::Nobody).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
    assert_eq!(world.items().await.len(), 45);
    let calendars = world.outlook.calendars(&world.access()).await.unwrap();
    let writable: Vec<bool> = calendars.iter().map(|calendar| calendar.writable).collect();
    assert!(writable.contains(&true) && writable.contains(&false), "holidays cannot be written");
    assert_eq!(calendars.iter().filter(|calendar| calendar.primary).count(), 1);
}

#[tokio::test]
async fn i_33_a_series_is_not_written_after_another_event_was_refused_until_later() {
    let world = World::new();
    let (id, known) = make(&world, 1, class("Class")).await;
    let renamed = View { title: "Course".to_owned(), ..known.view.clone() };
    let writes = [update(&world, &id, &known, renamed), create(&world, 2, coaching("Coaching"))];
    let on = json!({ "method": "POST", "path": "/events" });
    world.fault(json!({ "match": on, "kind": "status", "status": 429, "retryAfter": 40, "count": 1 }));
    let before = world.trips();
    let answers = world.outlook.write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(Answer::RetryAfter { .. }))), "{answers:?}");
    assert_eq!(world.trips() - before, 1);
    assert_eq!(world.titles(), ["Class"]);
}

#[tokio::test]
async fn i_33_a_series_is_not_read_whole_after_another_event_was_refused_until_later() {
    let world = World::new();
    let (single, _) = make(&world, 1, coaching("Coaching")).await;
    make(&world, 2, class("Class")).await;
    let series = world.outlook.id_for(mark(2).event, mark(2).link, Generation(0), None);
    let on = json!({ "method": "GET", "path": single.as_str() });
    world.fault(json!({ "match": on, "kind": "status", "status": 429, "retryAfter": 40, "count": 1 }));
    let before = world.trips();
    let answers = world.outlook.read(&world.access(), &world.calendar(), &[single, series]).await;
    assert!(matches!(answers[0], Err(Answer::RetryAfter { .. })), "{answers:?}");
    assert!(matches!(answers[1], Err(Answer::RetryAfter { .. })), "{answers:?}");
    assert_eq!(world.trips() - before, 1);
}

/// What is private in a calendar that was shared without that is a word and a time: not ours to change, and without a version,
/// for that stays the same when all of it may be seen.
#[tokio::test]
async fn what_is_veiled_in_a_shared_calendar_is_only_read_and_has_no_version() {
    let world = World::new();
    let time = |wall: &str| json!({ "dateTime": wall, "timeZone": "Europe/Berlin" });
    let (start, end) = (time("2026-12-01T10:00:00"), time("2026-12-01T11:00:00"));
    let fields = json!({ "subject": "Dentist", "sensitivity": "private", "start": start, "end": end });
    world.person(json!({ "do": "create", "fields": fields }));
    let told = async |role: &str| {
        let shared =
            world.control("POST", "access", json!({ "calendar": "primary", "user": "bob", "role": role }));
        let (bob, calendar) = (world.access_to("twin-bob"), CalendarId::from(shared["id"].as_str().unwrap()));
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let page = world.outlook.changes(&bob, &calendar, from.as_ref()).await.unwrap();
            items.extend(page.items);
            let Next::More(on) = page.next else { break };
            from = Some(on);
        }
        let read = world.outlook.read(&bob, &calendar, &[items.remove(0).id]).await.remove(0).unwrap();
        let item = items_of(read).remove(0);
        (live(&item).title.clone(), item.hold, item.etag.is_some())
    };
    assert_eq!(told("write").await, ("Private Appointment".to_owned(), Hold::ReadOnly, false));
    assert_eq!(told("delegateWithPrivateEventAccess").await, ("Dentist".to_owned(), Hold::Free, true));
}
