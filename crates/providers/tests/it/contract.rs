//! What every provider must do, whatever it is: one suite over `dyn Provider`, a few lines for each of them.
//!
//! A provider joins with a [`World`] (its adapter, its twin, and what a person does on the other side) and
//! `contract!(its_world)`.

mod words;

use std::collections::BTreeMap;

use concord_model::capability::Invites;
use concord_model::observed::{Hold, Item, Observation, Reading, State, Theirs, Versions};
use concord_model::people::{Address, Attendee};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_model::{CalendarId, Cursor, ExternalId, Field, FieldSet, Generation, Moment, Span, View, Zone};
use concord_providers::Answer;
use concord_providers::provider::{Access, Lease, Mail, Provider, Write, Written};

use words::id_of;
pub(crate) use words::{
    at, but, change, class, coaching, comparable, create, full, key, listing, made, make, mark, reading,
    repeating, same, theirs, update, without, write,
};

/// What is lost of the next call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Loss {
    /// The request: it has no effect.
    Request,
    /// The answer: it has its effect.
    Answer,
    /// A part of the answer.
    Half,
    /// The answer is a page of somebody else.
    Garbage,
    /// The provider has trouble of its own.
    Trouble,
}

/// A provider with its other side.
pub(crate) trait World {
    fn provider(&self) -> &dyn Provider;
    fn access(&self) -> Access;
    fn calendar(&self) -> CalendarId;
    /// Another calendar of the same account.
    fn other_calendar(&self) -> CalendarId;
    /// What a person does there.
    fn person_creates(&self, title: &str, span: &Span) -> ExternalId;
    fn person_retitles(&self, id: &ExternalId, title: &str);
    fn person_deletes(&self, id: &ExternalId);
    /// Titles of all that lives in the calendar.
    fn titles(&self) -> Vec<String>;
    /// What goes wrong with calls from now on, `skip` calls later, once.
    fn lose(&self, loss: Loss, skip: u32);
    /// Every cursor ends.
    fn end_cursors(&self);
    /// Every key ends.
    fn end_keys(&self);
    /// Mails that went out, and calls that were made, so far.
    fn mails(&self) -> usize;
    fn trips(&self) -> usize;
    /// Whether many writes go there as one call.
    fn batches(&self) -> bool {
        true
    }
    /// Whether a direct read can tell what was deleted from what never was.
    fn remembers_what_was_deleted(&self) -> bool {
        true
    }
    /// How many calls go before the first of many creations: it is looked whether they were made before.
    fn looks_before_it_makes(&self) -> u32 {
        0
    }
    /// Whether it looks so before each of them.
    fn looks_before_each(&self) -> bool {
        false
    }
    /// Whether what was told last is told again with what comes after it.
    fn tells_again(&self) -> bool {
        false
    }
    /// How many calls a look takes that finds nothing new.
    fn trips_of_a_quiet_look(&self) -> usize {
        1
    }
    /// How many calls it takes to read a series.
    fn trips_of_a_read(&self) -> u32 {
        2
    }
    /// Whether it is told that a cursor is lost; else everything is told as if it were news.
    fn says_that_a_cursor_is_lost(&self) -> bool {
        true
    }
    /// Whether a second creation under the same name is told from the first; else it is answered with what the first made.
    fn says_that_it_exists(&self) -> bool {
        true
    }
    /// What a person calls the changed occurrence of the series with these items.
    fn changed_occurrence(&self, items: &[Item]) -> ExternalId {
        items.iter().find_map(|item| item.part.clone()).expect("it has a changed occurrence").id
    }
}

macro_rules! contract {
    ($world:expr) => {
        $crate::contract::contract!(without_series $world);
        $crate::contract::contract!(@ $world;
            a_lost_cursor_says_so,
            a_series_keeps_its_changed_occurrences,
            an_occurrence_keeps_what_its_series_had,
            occurrences_are_changed_cancelled_and_brought_back,
            a_series_that_moves_takes_its_occurrences_along,
            an_occurrence_changed_by_a_person_is_not_overwritten,
        );
    };
    // Of calendars that hold occurrences one by one, and whose cursors are times, which do not end.
    (without_series $world:expr) => {
        $crate::contract::contract!(@ $world;
            what_is_made_is_read_as_it_was_meant,
            making_it_twice_makes_one,
            a_lost_request_or_answer_leaves_no_double,
            a_change_touches_only_its_fields,
            a_change_on_an_old_version_is_refused,
            what_is_deleted_is_gone_and_stays_so,
            i_13_whoever_is_not_alone_any_more_changes_nothing,
            a_page_from_in_between_is_not_taken_for_a_deletion,
            a_quiet_calendar_is_one_call_and_no_news,
            a_listing_tells_all_and_then_only_news,
            our_own_writes_come_back_as_they_were_told,
            a_cursor_is_good_for_its_calendar_alone,
            many_writes_go_together_and_each_has_its_own_fate,
            events_are_found_by_their_name,
            a_key_that_ended_says_so,
            trouble_is_never_an_empty_answer,
            nobody_is_told_by_mail,
        );
    };
    (@ $world:expr; $($name:ident,)*) => {$(
        #[tokio::test]
        async fn $name() {
            $crate::contract::$name(&$world).await;
        }
    )*};
}

pub(crate) use contract;

pub(crate) async fn what_is_made_is_read_as_it_was_meant(world: &dyn World) {
    let days = Span::days("2026-11-24".parse().unwrap(), "2026-11-27".parse().unwrap()).unwrap();
    let flight = Span::timed(
        Moment::new("2026-11-24T16:00:00".parse().unwrap(), Zone::new("Europe/Berlin").unwrap()),
        Moment::new("2026-11-24T19:30:00".parse().unwrap(), Zone::new("America/New_York").unwrap()),
    );
    let views = [
        coaching("Coaching"),
        full(),
        View::new(days, "Fair"),
        View::new(flight.unwrap(), "Flight"),
        repeating(world, "Class"),
    ];
    for (n, view) in (1..).zip(views) {
        let (id, told) = make(world, n, view.clone()).await;
        same(world, &told.view, &view);
        let read = theirs(world, &id).await;
        same(world, &read.view, &view);
        assert_eq!(read.versions, told.versions, "{}", view.title);
        assert_eq!(read.hold, Hold::Free);
        let Reading::Present(items) = reading(world, &id).await else { panic!("it is there") };
        assert_eq!(items[0].mark, Some(mark(n)));
        assert_eq!(items[0].uid, Some(format!("event-{n}@concord.test")));
        assert!(items[0].stamp.is_some_and(|stamp| stamp <= world.access().now));
    }
}

pub(crate) async fn making_it_twice_makes_one(world: &dyn World) {
    make(world, 1, coaching("Coaching")).await;
    let again = write(world, create(world, 1, coaching("Coaching"))).await;
    assert!(again == Err(Answer::Exists) || (again.is_ok() && !world.says_that_it_exists()), "{again:?}");
    assert_eq!(world.titles(), ["Coaching"]);
}

pub(crate) async fn a_lost_request_or_answer_leaves_no_double(world: &dyn World) {
    let losses = [Loss::Request, Loss::Answer, Loss::Half, Loss::Garbage, Loss::Trouble];
    for (n, loss) in (1u128..).zip(losses) {
        let title = format!("{loss:?}");
        world.lose(loss, world.looks_before_it_makes());
        let first = write(world, create(world, n, coaching(&title))).await;
        // An answer that tells nothing can be made good by another look, and one of trouble can name what was made.
        let looked =
            matches!((loss, &first), (Loss::Garbage | Loss::Half | Loss::Trouble, Ok(Written::There(_))));
        assert!(looked || matches!(&first, Err(answer) if answer.passes()), "{loss:?}: {first:?}");
        if !looked && matches!(loss, Loss::Answer | Loss::Half | Loss::Garbage | Loss::Trouble) {
            assert!(
                matches!(&first, Err(answer) if answer.may_have_happened()),
                "{loss:?} may have had its effect: {first:?}"
            );
        }
        // Recovery asks by the id that was chosen, and writes again only what is not there.
        let id = world.provider().id_for(mark(n).event, mark(n).link, Generation(0), None);
        let second = write(world, create(world, n, coaching(&title))).await;
        assert!(matches!(second, Ok(_) | Err(Answer::Exists)), "{loss:?}: {second:?}");
        same(world, &theirs(world, &id).await.view, &coaching(&title));
        assert_eq!(world.titles().iter().filter(|there| **there == title).count(), 1, "{loss:?}");
    }
}

pub(crate) async fn a_change_touches_only_its_fields(world: &dyn World) {
    let able = world.provider().capabilities().fields;
    let (id, mut known) = make(world, 1, coaching("Coaching")).await;
    let goal = full();
    for field in able.iter().filter(|field| !coaching("Coaching").same(*field, &goal)) {
        let mut after = known.view.clone();
        after.take(field, &goal);
        known = change(world, &id, &known, after.clone()).await;
        let read = theirs(world, &id).await;
        same(world, &read.view, &after);
        assert_eq!(read.versions, known.versions, "after {field}");
    }
    same(world, &known.view, &View { time: known.view.time.clone(), ..goal });
    // And back again, one by one.
    for field in able.without(Field::Time).iter() {
        let mut after = known.view.clone();
        after.take(field, &coaching("Coaching"));
        known = change(world, &id, &known, after).await;
    }
    same(world, &theirs(world, &id).await.view, &coaching("Coaching"));
    // A field that the lens does not show is left alone even if it differs.
    let mut after = known.view.clone();
    (after.title, after.location) = ("Hidden".to_owned(), "Shown".to_owned());
    let Write::Update { id, versions, before, after, .. } = update(world, &id, &known, after) else {
        unreachable!()
    };
    let fields = FieldSet::NONE.with(Field::Location);
    write(world, Write::Update { id: id.clone(), versions, before, after, fields }).await.unwrap();
    assert_eq!(theirs(world, &id).await.view.title, "Coaching");
}

pub(crate) async fn a_change_on_an_old_version_is_refused(world: &dyn World) {
    let (id, known) = make(world, 1, coaching("Coaching")).await;
    world.person_retitles(&id, "Theirs");
    let after = View { location: "Ours".to_owned(), ..known.view.clone() };
    assert_eq!(write(world, update(world, &id, &known, after)).await, Err(Answer::Stale));
    let versions = known.versions.clone();
    assert_eq!(write(world, Write::Delete { id: id.clone(), versions }).await, Err(Answer::Stale));
    // Nothing is written without a version at all.
    let none = Versions::default();
    assert_eq!(write(world, Write::Delete { id: id.clone(), versions: none }).await, Err(Answer::Stale));
    assert_eq!(world.titles(), ["Theirs"]);
    assert_eq!(theirs(world, &id).await.view.location, "");
}

/// Seed 50070 of the simulator showed it: the look before a change took so long that another worker was at the calendar.
pub(crate) async fn i_13_whoever_is_not_alone_any_more_changes_nothing(world: &dyn World) {
    let (id, known) = make(world, 1, coaching("Coaching")).await;
    let after = View { title: "Ours".to_owned(), ..known.view.clone() };
    let writes = [
        create(world, 2, coaching("Another")),
        update(world, &id, &known, after),
        Write::Delete { id: id.clone(), versions: known.versions.clone() },
    ];
    let access = Access { lease: Lease::while_it(|| false), ..world.access() };
    for writes in writes.iter().map(std::slice::from_ref).chain([&writes[..]]) {
        let told = world.provider().write(&access, &world.calendar(), writes, Mail::Nobody).await;
        assert!(told.iter().all(|answer| *answer == Err(Answer::Stale)), "{told:?}");
    }
    assert_eq!(world.titles(), ["Coaching"]);
}

/// Seed 861 of the simulator showed it of a channel: what was refused, under a page with status 200, passed for done.
pub(crate) async fn a_page_from_in_between_is_not_taken_for_a_deletion(world: &dyn World) {
    for skip in 0..3 {
        let (id, known) = make(world, u128::from(skip) + 1, coaching("Coaching")).await;
        world.person_retitles(&id, &format!("Theirs {skip}"));
        world.lose(Loss::Garbage, skip);
        let told = write(world, Write::Delete { id, versions: known.versions }).await;
        assert!(told.is_err(), "the page was the answer after {skip} calls: {told:?}");
        // What is left of the loss strikes something that does no harm.
        for _ in 0..3 {
            world.provider().calendars(&world.access()).await.ok();
        }
        assert_eq!(world.titles().len(), skip as usize + 1);
    }
}

pub(crate) async fn what_is_deleted_is_gone_and_stays_so(world: &dyn World) {
    let (id, known) = make(world, 1, coaching("Coaching")).await;
    let delete = || Write::Delete { id: id.clone(), versions: known.versions.clone() };
    assert_eq!(write(world, delete()).await, Ok(Written::Gone));
    assert_eq!(write(world, delete()).await, Ok(Written::Gone));
    let gone = if world.remembers_what_was_deleted() { Reading::Deleted } else { Reading::Missing };
    assert_eq!(reading(world, &id).await, gone);
    assert_eq!(world.titles(), [""; 0]);
    let after = View { title: "Back".to_owned(), ..known.view.clone() };
    let answer = write(world, update(world, &id, &known, after)).await;
    assert!(matches!(answer, Err(Answer::Gone | Answer::Stale)), "{answer:?}");
    assert_eq!(world.titles(), [""; 0], "a change brings nothing back");
    let never = world.provider().id_for(mark(7).event, mark(7).link, Generation(0), None);
    assert_eq!(reading(world, &never).await, Reading::Missing);
}

pub(crate) async fn a_quiet_calendar_is_one_call_and_no_news(world: &dyn World) {
    make(world, 1, repeating(world, "Class")).await;
    let (known, cursor) = listing(world, None).await;
    let before = world.trips();
    let (items, cursor) = listing(world, Some(cursor)).await;
    let trips = world.trips() - before;
    assert_eq!((news(world, items, &known).len(), trips), (0, world.trips_of_a_quiet_look()));
    let (items, _) = listing(world, Some(cursor)).await;
    assert_eq!(news(world, items, &known), []);
}

pub(crate) async fn a_listing_tells_all_and_then_only_news(world: &dyn World) {
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    let ids: Vec<ExternalId> = (0..5).map(|n| world.person_creates(&format!("Event {n}"), &span)).collect();
    let (known, cursor) = listing(world, None).await;
    let live = |items: &[Item]| {
        let mut titles: Vec<String> = items
            .iter()
            .filter_map(|item| match &item.state {
                State::Live(view) => Some(view.title.clone()),
                _ => None,
            })
            .collect();
        titles.sort();
        titles
    };
    assert_eq!(live(&known), ["Event 0", "Event 1", "Event 2", "Event 3", "Event 4"]);
    world.person_retitles(&ids[1], "Renamed");
    world.person_deletes(&ids[3]);
    let (items, cursor) = listing(world, Some(cursor)).await;
    let items = news(world, items, &known);
    assert_eq!(live(&items), ["Renamed"]);
    let gone: Vec<&ExternalId> =
        items.iter().filter(|item| item.state == State::Gone).map(|item| &item.id).collect();
    assert_eq!(gone, [&ids[3]]);
    let told = listing(world, Some(cursor)).await.0;
    assert_eq!(news(world, told, &items), []);
}

/// What is told that is not known. What is told again is of the very version that is known, or still gone.
fn news(world: &dyn World, told: Vec<Item>, known: &[Item]) -> Vec<Item> {
    let is_known = |item: &Item| {
        let before = known.iter().find(|before| before.id == item.id);
        match item.state {
            State::Gone => before.is_none_or(|before| before.state == State::Gone),
            _ => before.is_some_and(|before| before.etag == item.etag),
        }
    };
    told.into_iter().filter(|item| !world.tells_again() || !is_known(item)).collect()
}

pub(crate) async fn our_own_writes_come_back_as_they_were_told(world: &dyn World) {
    let (before, cursor) = listing(world, None).await;
    let view = match repeating(world, "Class") {
        series if series.is_series() => {
            let special = but(&series, "20261201T100000", |one| one.title = "Special".to_owned());
            without(&special, "20261208T100000")
        }
        single => single,
    };
    let (id, known) = make(world, 1, view).await;
    let later = View { location: "Studio".to_owned(), ..known.view.clone() };
    let known = change(world, &id, &known, later).await;
    let (items, _) = listing(world, Some(cursor)).await;
    let mut seen = Observation::default();
    for item in news(world, items, &before) {
        assert_eq!(item.id, id);
        seen.add(item, world.access().now);
    }
    let back = seen.over(None).unwrap();
    assert_eq!(back.view, known.view);
    assert_eq!(back.versions, known.versions);
}

pub(crate) async fn a_cursor_is_good_for_its_calendar_alone(world: &dyn World) {
    let (_, cursor) = listing(world, None).await;
    for (calendar, cursor) in [
        (world.other_calendar(), cursor),
        (world.calendar(), Cursor::from("something")),
        (world.calendar(), Cursor::from("")),
    ] {
        let answer = world.provider().changes(&world.access(), &calendar, Some(&cursor)).await;
        assert!(matches!(answer, Err(Answer::CursorGone)), "{cursor}");
    }
}

pub(crate) async fn a_lost_cursor_says_so(world: &dyn World) {
    make(world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(world, None).await;
    world.end_cursors();
    let answer = world.provider().changes(&world.access(), &world.calendar(), Some(&cursor)).await;
    match answer {
        Ok(page) if !world.says_that_a_cursor_is_lost() => assert_eq!(page.items.len(), 1),
        answer => assert!(matches!(answer, Err(Answer::CursorGone))),
    }
    assert_eq!(listing(world, None).await.0.len(), 1);
}

pub(crate) async fn a_series_keeps_its_changed_occurrences(world: &dyn World) {
    let mut view = class("Class");
    view =
        but(&view, "20261201T100000", |one| one.time.span = at("2026-12-02T15:00:00", "2026-12-02T16:30:00"));
    view = but(&view, "20261215T100000", |one| {
        (one.title, one.location) = ("Special".to_owned(), "Hall".to_owned());
    });
    view = without(&view, "20261208T100000");
    let (id, told) = make(world, 1, view.clone()).await;
    same(world, &told.view, &view);
    let read = theirs(world, &id).await;
    same(world, &read.view, &view);
    assert_eq!(read.versions, told.versions);
    // A change of the series reaches the changed occurrences in all that is not their own.
    let mut after = read.view.clone();
    (after.location, after.description) = ("Studio".to_owned(), "Bring shoes".to_owned());
    let told = change(world, &id, &read, after.clone()).await;
    same(world, &told.view, &after);
    let read = theirs(world, &id).await;
    same(world, &read.view, &after);
    assert_eq!(read.versions, told.versions);
}

/// Seed 130219 of the simulator: one that had nothing of its own yet followed its series.
pub(crate) async fn an_occurrence_keeps_what_its_series_had(world: &dyn World) {
    let (id, known) = make(world, 1, class("Class")).await;
    let renamed = View { title: "Course".to_owned(), ..known.view.clone() };
    let after = but(&renamed, "20261208T100000", |one| one.title = "Class".to_owned());
    let told = change(world, &id, &known, after.clone()).await;
    same(world, &told.view, &after);
    same(world, &theirs(world, &id).await.view, &after);
}

pub(crate) async fn occurrences_are_changed_cancelled_and_brought_back(world: &dyn World) {
    let (id, mut known) = make(world, 1, without(&class("Class"), "20261222T100000")).await;
    let retitled =
        |view: &View, title: &str| but(view, "20261201T100000", |one| one.title = title.to_owned());
    let steps: [fn(&View) -> View; 9] = [
        |view| but(view, "20261201T100000", |one| one.title = "Special".to_owned()),
        |view| but(view, "20261201T100000", |one| one.location = "Hall".to_owned()),
        |view| without(view, "20261208T100000"),
        // Back from a cancelled exception, and back from a line of the series.
        |view| without_override(view, "20261208T100000"),
        |view| without_override(view, "20261222T100000"),
        // A changed one is cancelled, and comes back as the series has it.
        |view| without(view, "20261201T100000"),
        |view| without_override(view, "20261201T100000"),
        // Cancelled, and back with something of its own.
        |view| without(view, "20261229T100000"),
        |view| {
            but(&without_override(view, "20261229T100000"), "20261229T100000", |one| {
                one.title = "Last".to_owned();
            })
        },
    ];
    for (n, step) in steps.into_iter().enumerate() {
        let after = step(&known.view);
        known = change(world, &id, &known, after.clone()).await;
        same(world, &known.view, &after);
        let read = theirs(world, &id).await;
        assert_eq!(comparable(world, &read.view), comparable(world, &after), "after step {n}");
    }
    // Changed, and back to what the series has: no override is left.
    let special = retitled(&known.view, "Special");
    known = change(world, &id, &known, special).await;
    let plain = retitled(&known.view, "Class");
    known = change(world, &id, &known, plain.clone()).await;
    same(world, &known.view, &plain);
    same(world, &theirs(world, &id).await.view, &plain);
}

fn without_override(view: &View, occurrence: &str) -> View {
    let mut view = view.clone();
    view.overrides.remove(&key(occurrence));
    view
}

pub(crate) async fn a_series_that_moves_takes_its_occurrences_along(world: &dyn World) {
    let mut view = without(&class("Class"), "20261208T100000");
    view = but(&view, "20261201T100000", |one| one.title = "Special".to_owned());
    let (id, known) = make(world, 1, view).await;
    // Four hours later, with all its exceptions.
    let mut after = class("Class");
    after.time.span = at("2026-11-24T14:00:00", "2026-11-24T15:00:00");
    after = without(&after, "20261208T140000");
    after = but(&after, "20261201T140000", |one| one.title = "Special".to_owned());
    let known = change(world, &id, &known, after.clone()).await;
    let read = theirs(world, &id).await;
    let visible = |view: &View| {
        let mut view = comparable(world, view);
        // That an occurrence does not take place which the rule does not make anyway says nothing.
        let time = view.time.clone();
        view.overrides.retain(|key, _| concord_model::recurrence::occurs(&time, *key).unwrap());
        view
    };
    assert_eq!(visible(&read.view), visible(&after));
    assert_eq!(visible(&known.view), visible(&after));
    // Shorter: the occurrences beyond its end are gone with it.
    let mut shorter = read.view.clone();
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=2"], &after.time.span).unwrap();
    shorter.time.recurrence = Some(recurrence);
    let known = change(world, &id, &read, shorter.clone()).await;
    assert_eq!(visible(&known.view), visible(&shorter));
    // And no series any more.
    let once = coaching("Once");
    let known = change(world, &id, &known, once.clone()).await;
    same(world, &known.view, &once);
    same(world, &theirs(world, &id).await.view, &once);
}

pub(crate) async fn an_occurrence_changed_by_a_person_is_not_overwritten(world: &dyn World) {
    let series = but(&class("Class"), "20261201T100000", |one| one.title = "Special".to_owned());
    let (id, known) = make(world, 1, series).await;
    let Reading::Present(items) = reading(world, &id).await else { panic!("it is there") };
    world.person_retitles(&world.changed_occurrence(&items), "Theirs");
    let after = but(&known.view, "20261201T100000", |one| one.title = "Ours".to_owned());
    let answer = write(world, update(world, &id, &known, after)).await;
    assert!(
        matches!(&answer, Err(answer) if *answer == Answer::Stale || answer.may_have_happened()),
        "{answer:?}"
    );
    let after = without(&known.view, "20261201T100000");
    let answer = write(world, update(world, &id, &known, after)).await;
    assert!(
        matches!(&answer, Err(answer) if *answer == Answer::Stale || answer.may_have_happened()),
        "{answer:?}"
    );
    // A change of the series leaves their title alone, and does not claim to have agreed to it.
    let after = View { location: "Studio".to_owned(), ..known.view.clone() };
    let answer = write(world, update(world, &id, &known, after)).await;
    assert!(
        matches!(&answer, Err(answer) if *answer == Answer::Stale || answer.may_have_happened()),
        "{answer:?}"
    );
    let Override::Changed(patch) = &theirs(world, &id).await.view.overrides[&key("20261201T100000")] else {
        panic!("it takes place")
    };
    assert_eq!(patch[&Field::Title], concord_model::view::Value::Title("Theirs".to_owned()));
}

pub(crate) async fn many_writes_go_together_and_each_has_its_own_fate(world: &dyn World) {
    let size = world.provider().batch_size();
    let writes: Vec<Write> =
        (1..=size as u128).map(|n| create(world, n, coaching(&format!("Event {n}")))).collect();
    let all = |writes: Vec<Write>| async move {
        world.provider().write(&world.access(), &world.calendar(), &writes, Mail::Nobody).await
    };
    let before = world.trips();
    let answers = all(writes.clone()).await;
    let looks = world.looks_before_it_makes() as usize;
    let looks = if world.looks_before_each() { looks * size } else { looks };
    let trips = if world.batches() { 1 } else { size } + looks;
    assert_eq!(world.trips() - before, trips, "a batch is one trip, else each write is");
    let asked = |n: u128| world.provider().id_for(mark(n).event, mark(n).link, Generation(0), None);
    let written = |(n, answer): (u128, Result<Written, Answer>)| {
        let written = answer.unwrap();
        (id_of(&written, &asked(n)), made(written, None))
    };
    let (ids, known): (Vec<ExternalId>, Vec<Theirs>) = (1..).zip(answers).map(written).unzip();
    let id = |n: usize| ids[n - 1].clone();
    if size < 4 {
        return;
    }
    world.person_retitles(&id(2), "Theirs");
    let changed = |n: usize| View { title: format!("New {n}"), ..known[n - 1].view.clone() };
    let mixed = vec![
        update(world, &id(1), &known[0], changed(1)),
        update(world, &id(2), &known[1], changed(2)),
        Write::Delete { id: id(3), versions: known[2].versions.clone() },
        create(world, 4, coaching("Again")),
    ];
    let answers = all(mixed).await;
    assert!(answers[0].is_ok(), "{:?}", answers[0]);
    assert_eq!(answers[1..], [Err(Answer::Stale), Ok(Written::Gone), Err(Answer::Exists)]);
    let titles = world.titles();
    assert_eq!(titles.len(), size - 1);
    assert!(titles.contains(&"New 1".to_owned()) && titles.contains(&"Theirs".to_owned()));
    // A whole batch without an answer: nobody knows.
    world.lose(Loss::Answer, world.looks_before_it_makes());
    let again: Vec<Write> = (1001..1004).map(|n| create(world, n, coaching("Lost"))).collect();
    let lost = all(again.clone()).await;
    let unknown =
        lost.iter().filter(|answer| matches!(answer, Err(answer) if answer.may_have_happened())).count();
    assert_eq!(unknown, if world.batches() { again.len() } else { 1 }, "{lost:?}");
    for answer in all(again).await {
        assert!(
            answer == Err(Answer::Exists) || (answer.is_ok() && !world.says_that_it_exists()),
            "{answer:?}"
        );
    }
    assert_eq!(world.titles().iter().filter(|title| **title == "Lost").count(), 3);
}

pub(crate) async fn events_are_found_by_their_name(world: &dyn World) {
    let (id, _) = make(world, 1, repeating(world, "Class")).await;
    let (deleted, known) = make(world, 2, coaching("Deleted")).await;
    write(world, Write::Delete { id: deleted, versions: known.versions }).await.unwrap();
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    let theirs = world.person_creates("Theirs", &span);
    let Reading::Present(items) = reading(world, &theirs).await else { panic!("it is there") };
    let uid = items[0].uid.clone().expect("every event has a name in the world");
    let uids =
        ["event-1@concord.test", "event-2@concord.test", "event-3@concord.test", &uid].map(str::to_owned);
    let found = world.provider().find(&world.access(), &world.calendar(), &uids).await.unwrap();
    let told: BTreeMap<&str, Vec<&ExternalId>> = found
        .iter()
        .map(|(uid, items)| (uid.as_str(), items.iter().map(|item| &item.id).collect()))
        .collect();
    assert_eq!(told, BTreeMap::from([("event-1@concord.test", vec![&id]), (uid.as_str(), vec![&theirs])]));
}

pub(crate) async fn a_key_that_ended_says_so(world: &dyn World) {
    let (id, known) = make(world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(world, None).await;
    world.end_keys();
    let (access, calendar) = (world.access(), world.calendar());
    let provider = world.provider();
    assert_eq!(provider.calendars(&access).await, Err(Answer::SignInExpired));
    assert_eq!(provider.identity(&access).await.err(), Some(Answer::SignInExpired));
    assert_eq!(provider.changes(&access, &calendar, Some(&cursor)).await.err(), Some(Answer::SignInExpired));
    let ids = [id.clone(), id.clone()];
    assert_eq!(
        provider.read(&access, &calendar, &ids).await,
        [Err(Answer::SignInExpired), Err(Answer::SignInExpired)]
    );
    let delete = Write::Delete { id, versions: known.versions };
    assert_eq!(write(world, delete).await, Err(Answer::SignInExpired));
}

pub(crate) async fn trouble_is_never_an_empty_answer(world: &dyn World) {
    let (id, _) = make(world, 1, repeating(world, "Class")).await;
    let (_, cursor) = listing(world, None).await;
    let (access, calendar, provider) = (world.access(), world.calendar(), world.provider());
    let transient = |what: &str, loss: Loss, answer: Option<Answer>| {
        assert!(matches!(answer, Some(Answer::Transient(_))), "{what} under {loss:?}: {answer:?}");
    };
    for loss in [Loss::Request, Loss::Answer, Loss::Half, Loss::Garbage, Loss::Trouble] {
        for from in [None, Some(&cursor)] {
            world.lose(loss, 0);
            transient("changes", loss, provider.changes(&access, &calendar, from).await.err());
        }
        for skip in 0..world.trips_of_a_read() {
            world.lose(loss, skip);
            let answer = provider.read(&access, &calendar, std::slice::from_ref(&id)).await.remove(0);
            transient("read", loss, answer.err());
        }
        world.lose(loss, 0);
        let uids = ["event-1@concord.test".to_owned()];
        transient("find", loss, provider.find(&access, &calendar, &uids).await.err());
        world.lose(loss, 0);
        transient("calendars", loss, provider.calendars(&access).await.err());
    }
}

pub(crate) async fn nobody_is_told_by_mail(world: &dyn World) {
    let guest = |address: &str| Attendee {
        address: Address::from(address),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    };
    let mut view = repeating(world, "Review");
    view.attendees = vec![guest("jo@elsewhere.test")];
    if world.provider().capabilities().invites == Invites::Always {
        // Nothing that guests would hear of is written: not to a new event, nor to one that gets its first guest.
        let answer = write(world, create(world, 1, view.clone())).await;
        assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
        let (id, known) = make(world, 2, repeating(world, "Review")).await;
        let after = View { attendees: view.attendees.clone(), ..known.view.clone() };
        let answer = write(world, update(world, &id, &known, after)).await;
        assert!(matches!(answer, Err(Answer::Rejected { read_only: false, .. })), "{answer:?}");
        assert_eq!((theirs(world, &id).await.view.attendees, world.mails()), (Vec::new(), 0));
        return;
    }
    let (id, known) = make(world, 1, view).await;
    let mut after = known.view.clone();
    after.attendees.push(guest("new@elsewhere.test"));
    after.normalise();
    let known = change(world, &id, &known, after.clone()).await;
    if world.provider().capabilities().fields.has(Field::Attendees) {
        assert_eq!(known.view.attendees, after.attendees);
    }
    let mut known = known;
    if known.view.is_series() {
        let after = but(&known.view, "20261201T100000", |one| one.title = "Special".to_owned());
        known = change(world, &id, &known, after).await;
        let after = without(&known.view, "20261208T100000");
        known = change(world, &id, &known, after).await;
    }
    write(world, Write::Delete { id, versions: known.versions }).await.unwrap();
    assert_eq!(world.mails(), 0);
}
