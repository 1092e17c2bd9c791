//! Blind: what a lens hides can neither leak out nor be overwritten from outside (I-35, BM-112).

use concord_model::event::Event;
use concord_model::link::Settings;
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use concord_model::view::{Override, Patch, Status, Value};
use concord_model::{Field, FieldSet, View};
use concord_sync::Lens;
use concord_sync::lens::{Eyes, HiddenText, Shown};
use proptest::prelude::*;

use crate::laws_lens::{config, lens, part, shown};
use crate::odd;

/// What of an event's own fields that lens hides.
fn hidden_fields(lens: &Lens<'_>, event: &Event) -> FieldSet {
    let sight = lens.settings.sight;
    let busy = FieldSet::ALL.without(Field::Time).without(Field::Availability);
    let mut hidden = match (event.content.privacy.is_private(), sight.private, sight.detail) {
        (true, PrivateEvents::Busy, _) | (_, _, Detail::Busy) => busy,
        (_, _, Detail::Title) => FieldSet::ALL.minus(
            FieldSet::PERSONAL.with(Field::Time).with(Field::Title).with(Field::Status).with(Field::Privacy),
        ),
        _ if sight.guests => FieldSet::NONE,
        _ => FieldSet::NONE.with(Field::Attendees).with(Field::Organiser),
    };
    if lens.person != event.owner {
        hidden = hidden.with(Field::Colour).with(Field::Reminders);
    }
    // How private it is decides what is hidden, so it is not among it.
    hidden.without(Field::Privacy)
}

/// The same event with everything else where that lens does not look.
fn twin(lens: &Lens<'_>, event: &Event, other: &Event) -> Event {
    let mut twin = event.clone();
    let hidden = hidden_fields(lens, event);
    for field in hidden.iter() {
        // Whether it is cancelled is seen by its not being there.
        if field == Field::Status && [event, other].iter().any(|e| e.content.status == Status::Cancelled) {
            continue;
        }
        twin.content.take(field, &other.content);
    }
    if event.content.privacy.is_private() && lens.settings.sight.private == PrivateEvents::Busy {
        twin.content.privacy = Privacy::Confidential;
    }
    let own = lens.person == event.owner;
    let unseen = if own { hidden } else { hidden.or(FieldSet::PERSONAL) };
    let patch: Patch =
        unseen.iter().filter(|f| *f != Field::Status).map(|f| (f, other.content.value(f))).collect();
    // An occurrence that is cancelled is seen by its not being there, too.
    let is_hidden = |field| field != Field::Status || other.content.status != Status::Cancelled;
    for (key, change) in &mut twin.content.overrides {
        let Override::Changed(own) = change else { continue };
        let private = matches!(own.get(&Field::Privacy), Some(Value::Privacy(p)) if p.is_private());
        match (private, lens.settings.sight.private) {
            (true, PrivateEvents::Exclude) => {
                let all = Field::ALL.iter().filter(|f| **f != Field::Privacy && is_hidden(**f));
                own.extend(all.map(|f| (*f, other.content.value(*f))));
                own.insert(Field::Time, Value::Time(event.content.time.span.starting(*key).unwrap().into()));
            }
            (true, PrivateEvents::Busy) => {
                let kept = [Field::Time, Field::Availability, Field::Privacy];
                let all = Field::ALL.iter().filter(|f| !kept.contains(f) && is_hidden(**f));
                own.extend(all.map(|f| (*f, other.content.value(*f))));
            }
            _ => own.extend(patch.clone()),
        }
    }
    if !patch.is_empty() {
        for key in odd::keys(&event.content) {
            twin.content.overrides.entry(key).or_insert_with(|| Override::Changed(patch.clone()));
        }
    }
    let notes =
        lens.eyes == Eyes::Owner && lens.settings.sight.notes && lens.settings.sight.detail == Detail::Full;
    if !notes {
        twin.booking.notes = "quite other notes".to_owned();
    }
    twin.booking.tags = other.booking.tags.clone();
    twin.booking.external_ref = Some("other".to_owned());
    twin.personal.insert(odd::COLLEAGUE, Default::default());
    twin.content.normalise();
    twin
}

pub(crate) fn client(texts: &[&str]) -> Vec<HiddenText> {
    texts.iter().map(|t| HiddenText { text: (*t).to_owned(), instead: "Client".to_owned() }).collect()
}

/// The event with one word for another, wherever there are words.
fn renamed(event: &Event, from: &str, to: &str) -> Event {
    let json = serde_json::to_string(event).unwrap();
    let renamed = json.replace(from, to).replace(&from.to_lowercase(), &to.to_lowercase());
    let mut event: Event = serde_json::from_str(&renamed).unwrap();
    event.content.normalise();
    event
}

/// What is not open comes from another view.
fn masked_edit(lens: &Lens<'_>, event: &Event, other: &View) -> Option<(concord_sync::lens::Seen, View)> {
    let seen = shown(lens, event, None)?;
    let mut after = seen.view.clone();
    for field in FieldSet::ALL.minus(seen.open).iter() {
        after.take(field, other);
    }
    for (key, closed) in &seen.closed {
        let patch: Patch = closed.without(Field::Time).iter().map(|f| (f, other.value(f))).collect();
        match after.overrides.get_mut(key) {
            Some(Override::Changed(own)) => own.extend(patch),
            _ => {
                after.overrides.insert(*key, Override::Changed(patch));
            }
        }
    }
    Some((seen, after))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn i_35_events_that_differ_in_what_is_hidden_look_the_same(
        event in odd::events(), other in odd::events(), able in odd::capabilities(), settings in odd::settings(),
        participant: bool, n in 0usize..6,
    ) {
        let zone = odd::zone("Europe/Berlin");
        let look = if participant { (Eyes::Participant, odd::CLIENT) } else { (Eyes::Owner, odd::OWNER) };
        let lens = lens(&able, &settings, look, &zone, &[]);
        let twin = twin(&lens, &event, &other);
        let part = part(&lens, &event, n);
        prop_assert_eq!(
            lens.show_part(&event, part, odd::now()),
            lens.show_part(&twin, part, odd::now()),
        );
    }

    #[test]
    fn i_35_a_client_by_any_other_name_looks_the_same(
        event in odd::events(), able in odd::capabilities(), settings in odd::settings(), participant: bool,
    ) {
        let zone = odd::zone("Europe/Berlin");
        let look = if participant { (Eyes::Participant, odd::CLIENT) } else { (Eyes::Owner, odd::OWNER) };
        // As long as each other, so that what has to be shortened is shortened alike.
        let (anna, carla) = (client(&["Anna Miller", "Anna", "Miller"]), client(&["Olga Tanner", "Olga", "Tanner"]));
        let other = renamed(&renamed(&event, "Anna", "Olga"), "Miller", "Tanner");
        let (one, two) = (lens(&able, &settings, look, &zone, &anna), lens(&able, &settings, look, &zone, &carla));
        prop_assert_eq!(one.show(&event, odd::now()), two.show(&other, odd::now()));
    }

    #[test]
    fn i_35_nothing_hidden_is_in_what_goes_out(
        event in odd::events(), able in odd::capabilities(), settings in odd::settings(), participant: bool, n in 0usize..6,
    ) {
        let zone = odd::zone("Europe/Berlin");
        let look = if participant { (Eyes::Participant, odd::CLIENT) } else { (Eyes::Owner, odd::OWNER) };
        let texts = ["Anna Miller", "Anna", "Miller", "ann@example.org"];
        let hidden = client(&texts);
        let lens = lens(&able, &settings, look, &zone, &hidden);
        if let Some(seen) = shown(&lens, &event, part(&lens, &event, n)) {
            let out = serde_json::to_string(&seen.view).unwrap().to_lowercase();
            for text in texts {
                prop_assert!(!out.contains(&text.to_lowercase()), "{text} is in {out}");
            }
        }
    }

    #[test]
    fn be_8_what_is_masked_cannot_be_changed_from_outside(
        event in odd::events(), other in odd::views(), able in odd::capabilities(), settings in odd::settings(),
        look in odd::looks(), named: bool,
    ) {
        let zone = odd::zone("Europe/Berlin");
        let hidden = if named { client(&["Anna", "Miller"]) } else { Vec::new() };
        let lens = lens(&able, &settings, look, &zone, &hidden);
        if let Some((seen, after)) = masked_edit(&lens, &event, &other) {
            let mut changed = event.clone();
            lens.take_in(&mut changed, &seen, &after);
            prop_assert_eq!(changed, event);
        }
    }
}

#[test]
fn a_secret_is_nowhere_in_what_goes_out_under_any_setting() {
    let secret = "zzsecretzz";
    let mut view =
        View::new(odd::timed("2026-10-21 10:00", 60, Some("FREQ=WEEKLY;COUNT=3")), format!("title {secret}"));
    view.description = format!("description {secret}");
    view.location = format!("place {secret}");
    let key = odd::keys(&view)[1];
    let patch = Patch::from([
        (Field::Title, Value::Title(format!("occurrence {secret}"))),
        (Field::Privacy, Value::Privacy(Privacy::Private)),
    ]);
    view.overrides.insert(key, Override::Changed(patch));
    let mut event = odd::event(view);
    event.booking.notes = format!("notes {secret}");
    let zone = odd::zone("UTC");
    let check = |event: &Event, settings: &Settings, eyes, person, says: &[&str]| {
        let able = concord_model::Capabilities::everything();
        let lens = lens(&able, settings, (eyes, person), &zone, &[]);
        let Shown::As(seen) = lens.show(event, odd::now()) else { panic!("it is shown") };
        let out = serde_json::to_string(&seen.view).unwrap();
        let found: Vec<&str> = ["title", "description", "place", "occurrence", "notes"]
            .into_iter()
            .filter(|what| out.contains(&format!("{what} {secret}")))
            .collect();
        assert_eq!(found, says, "{settings:?}");
    };
    let with = |detail, private, notes| {
        let mut settings = Settings::default();
        settings.sight.detail = detail;
        settings.sight.private = private;
        settings.sight.notes = notes;
        settings
    };
    let (owner, other) = ((Eyes::Owner, odd::OWNER), (Eyes::Participant, odd::CLIENT));
    use PrivateEvents::{Busy, Exclude, Show};
    for (settings, who, says) in [
        (with(Detail::Full, Exclude, true), owner, vec!["title", "description", "place", "notes"]),
        (with(Detail::Full, Exclude, false), owner, vec!["title", "description", "place"]),
        (with(Detail::Full, Busy, true), owner, vec!["title", "description", "place", "notes"]),
        (with(Detail::Full, Show, true), owner, vec!["title", "description", "place", "occurrence", "notes"]),
        (with(Detail::Full, Exclude, true), other, vec!["title", "description", "place"]),
        (with(Detail::Title, Exclude, true), owner, vec!["title"]),
        (with(Detail::Title, Show, true), owner, vec!["title", "occurrence"]),
        (with(Detail::Busy, Exclude, true), owner, vec![]),
        (with(Detail::Busy, Show, true), owner, vec![]),
    ] {
        check(&event, &settings, who.0, who.1, &says);
    }
    // A private occurrence by itself, in a calendar without series.
    let able = odd::occurrences_only();
    let settings = with(Detail::Full, Exclude, true);
    let lens = lens(&able, &settings, owner, &zone, &[]);
    assert_eq!(
        lens.show_part(&event, Some(key), odd::now()),
        Shown::Not(concord_sync::lens::WhyNot::Private)
    );
}
