//! Plans, counts, the brake, policies and reasons: one line for each boundary.

use concord_model::link::{BrakeLimit, Policy, Settings};
use concord_model::people::Attendee;
use concord_model::view::{Override, Patch, Status, Value};
use concord_model::{EventId, Field, FieldSet, Original, View};
use concord_sync::Decision;
use concord_sync::brake::{Toll, Verdict as Brake, Weight, weigh};
use concord_sync::conflict::{About, Clash, Kind, Piece, Stamps, Verdict, kind, policy, settle, verdict};
use concord_sync::decide::{Here, There, Why};
use concord_sync::lens::WhyNot;
use concord_sync::plan::{Act, Counts, Plan, Step, acts, mailed};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::odd;

fn view(title: &str) -> View {
    View::new(odd::timed("2026-10-21 10:00", 60, None), title)
}

fn step(act: Act) -> Step {
    Step {
        act,
        event: Some(EventId(Uuid::from_u128(7))),
        external: None,
        title: String::new(),
        when: String::new(),
        fields: FieldSet::NONE,
        why: String::new(),
    }
}

const ACTS: [Act; 8] = [
    Act::CreateHere,
    Act::ChangeHere,
    Act::DeleteHere,
    Act::CreateThere,
    Act::ChangeThere,
    Act::DeleteThere,
    Act::Adopt,
    Act::Ask,
];

fn plan(steps: &[(Act, usize)]) -> Plan {
    let mut plan = Plan::default();
    for (act, count) in steps {
        for _ in 0..*count {
            plan.add(step(*act));
        }
    }
    plan
}

#[test]
fn every_act_is_counted_as_what_it_is_and_told_in_its_words() {
    let each: Vec<(Act, usize)> = ACTS.into_iter().zip(1..).collect();
    let plan = plan(&each);
    let counts = Counts {
        created_here: 1,
        changed_here: 2,
        deleted_here: 3,
        created_there: 4,
        changed_there: 5,
        deleted_there: 6,
        adopted: 7,
        asked: 8,
        mails: 0,
        mapped: 0,
    };
    assert_eq!(plan.counts, counts);
    let told = "1 to create here, 2 to change here, 3 to delete here, 4 to create there, 5 to change there, 6 to delete there, \
                7 that are on both sides already, 8 to ask about";
    assert_eq!(counts.to_string(), told);
    assert_eq!(Counts { mails: 2, ..Counts::default() }.to_string(), "2 that guests would get mail about");
    let destructive: Vec<Act> = ACTS.into_iter().filter(|act| act.is_destructive()).collect();
    assert_eq!(destructive, [Act::DeleteHere, Act::ChangeThere, Act::DeleteThere]);
    let words: Vec<String> = ACTS.iter().map(ToString::to_string).collect();
    let expected = [
        "create here",
        "change here",
        "delete here",
        "create there",
        "change there",
        "delete there",
        "recognise",
        "ask",
    ];
    assert_eq!(words, expected);
}

#[test]
fn i_08_a_series_weighs_the_same_whether_it_is_one_entry_or_a_copy_of_each_occurrence() {
    let of = |steps: &[(&str, Act)]| {
        let mut toll = Toll::default();
        steps.iter().for_each(|(event, act)| toll.add(event.to_string(), *act));
        let Weight { deletions, rewrites, .. } = toll.weight(9);
        (deletions, rewrites)
    };
    assert_eq!(of(&[("class", Act::ChangeThere)]), (0, 1));
    assert_eq!(of(&[("class", Act::ChangeThere); 52]), (0, 1), "all of its occurrences");
    // It was moved to other days: copies go, and others come.
    assert_eq!(of(&[("class", Act::DeleteThere), ("class", Act::CreateThere)]), (0, 1));
    assert_eq!(of(&[("class", Act::DeleteThere); 52]), (1, 0), "it is over");
    assert_eq!(of(&[("class", Act::DeleteThere), ("lesson", Act::DeleteHere)]), (2, 0));
    assert_eq!(of(&[("class", Act::CreateThere), ("lesson", Act::ChangeHere), ("x", Act::Ask)]), (0, 0));
    // One occurrence less is no event less.
    let mut toll = Toll::default();
    toll.add("class", Act::DeleteThere);
    toll.keep("class");
    assert_eq!(toll.weight(1), Weight { deletions: 0, rewrites: 1, mapped: 1 });
}

#[test]
fn a_plan_is_printed_with_its_first_steps_and_how_many_more() {
    assert_eq!(Plan::default().to_string(), "nothing to do\n");
    let mut mapped = Plan::default();
    mapped.counts.mapped = 3;
    assert!(mapped.is_empty() && mapped.to_string() == "nothing to do\n");
    let mut one = Plan::default();
    let fields = FieldSet::NONE.with(Field::Title);
    one.add(Step {
        title: "Coaching".into(),
        when: "today".into(),
        fields,
        why: "a reason".into(),
        ..step(Act::ChangeThere)
    });
    one.add(step(Act::Ask));
    assert!(!one.is_empty());
    assert_eq!(
        one.to_string(),
        "1 to change there, 1 to ask about\n  change there  today  Coaching  (title): a reason\n  ask           (no title)\n"
    );
    let acts: Vec<(Act, usize)> = ACTS.into_iter().map(|act| (act, Plan::KEPT / 8)).collect();
    let full = plan(&acts);
    assert_eq!(full.steps.len(), Plan::KEPT);
    assert!(!full.to_string().contains("more"));
    let long = plan(&[(Act::CreateHere, Plan::KEPT), (Act::DeleteThere, 2), (Act::Adopt, 1)]);
    assert_eq!((long.steps.len(), long.counts.deleted_there), (Plan::KEPT, 2));
    assert!(long.to_string().ends_with("  … and 3 more\n"), "{}", long.counts);
}

#[test]
fn consent_is_to_exactly_these_steps_and_mails() {
    let base = plan(&[(Act::CreateHere, 1), (Act::DeleteThere, 1)]);
    assert_eq!(base.hash(), plan(&[(Act::CreateHere, 1), (Act::DeleteThere, 1)]).hash());
    assert_eq!(base.hash().len(), 64);
    let others = [
        plan(&[]),
        plan(&[(Act::CreateHere, 1)]),
        plan(&[(Act::DeleteThere, 1), (Act::CreateHere, 1)]),
        plan(&[(Act::CreateHere, 2), (Act::DeleteThere, 1)]),
    ];
    assert!(others.iter().all(|other| other.hash() != base.hash()));
    let mut mailing = base.clone();
    mailing.add_mail(0);
    assert_eq!((mailing.counts.mails, mailing.hash()), (0, base.hash()), "none is nothing");
    mailing.add_mail(2);
    assert_eq!(mailing.counts.mails, 1);
    assert_ne!(mailing.hash(), base.hash());
    let mut more = base.clone();
    more.add_mail(3);
    assert_ne!(more.hash(), mailing.hash());
}

fn guests(names: &[&str]) -> Vec<Attendee> {
    let guest = |name: &&str| Attendee {
        address: format!("{name}@example.org").into(),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    };
    names.iter().map(guest).collect()
}

#[test]
fn be_7_those_on_the_list_before_or_after_are_mailed_and_nobody_else() {
    let with = |names: &[&str]| Box::new(View { attendees: guests(names), ..view("Review") });
    let on = Settings { mail_guests: true, ..Settings::default() };
    let own = [odd::ME.into()];
    let count = |there: There, copy: Option<&View>, settings: &Settings| {
        mailed(&Decision { there, ..Decision::default() }, copy, settings, &own)
    };
    assert_eq!(count(There::Create(with(&["a", "b", "me"])), None, &on), 2, "nobody is told of their own");
    assert_eq!(count(There::Recreate(with(&["a"])), None, &on), 1);
    let update = || There::Update { before: with(&["a", "b"]), after: with(&["b", "c"]) };
    assert_eq!(count(update(), None, &on), 3);
    assert_eq!(count(There::Delete, Some(&with(&["a", "b"])), &on), 2);
    assert_eq!(count(There::Delete, None, &on), 0);
    for nothing in [There::Nothing, There::End, There::Forget] {
        assert_eq!(count(nothing, Some(&with(&["a"])), &on), 0);
    }
    assert_eq!(count(update(), None, &Settings::default()), 0, "unless it is switched on");
    // Of an occurrence, too.
    let mut series =
        View { time: odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), ..view("Class") };
    let keys = odd::keys(&series);
    let patch = Patch::from([(Field::Attendees, Value::Attendees(guests(&["z"])))]);
    series.overrides.insert(keys[1], Override::Changed(patch));
    series.overrides.insert(keys[2], Override::Cancelled);
    assert_eq!(count(There::Create(Box::new(series)), None, &on), 1);
}

#[test]
fn a_decision_is_told_as_its_acts() {
    let told =
        |here, there, ask| acts(&Decision { here, there, ask, ..Decision::default() }).collect::<Vec<_>>();
    let event = || Box::new(odd::event(view("x")));
    let v = || Box::new(view("x"));
    assert_eq!(told(Here::Nothing, There::Nothing, None), []);
    assert_eq!(told(Here::Change(event()), There::Create(v()), None), [Act::ChangeHere, Act::CreateThere]);
    assert_eq!(
        told(Here::Delete, There::Delete, Some(Kind::Deleted)),
        [Act::DeleteHere, Act::DeleteThere, Act::Ask]
    );
    assert_eq!(told(Here::Nothing, There::Recreate(v()), None), [Act::CreateThere]);
    assert_eq!(told(Here::Nothing, There::Update { before: v(), after: v() }, None), [Act::ChangeThere]);
    assert_eq!(told(Here::Nothing, There::End, None), []);
    assert_eq!(told(Here::Nothing, There::Forget, None), []);
}

#[test]
fn i_08_the_brake_weighs_what_takes_away() {
    let check = |deletions, rewrites, mapped, expected| {
        let weight = Weight { deletions, rewrites, mapped };
        assert_eq!(weigh(weight, BrakeLimit { at_least: 10, percent: 20 }), expected, "{weight:?}");
    };
    // So many are always let through,
    check(10, 0, 30, Brake::Pass);
    check(5, 5, 30, Brake::Pass);
    check(11, 0, 30, Brake::Stop);
    check(5, 6, 30, Brake::Stop);
    // and beyond that a share.
    check(20, 0, 100, Brake::Pass);
    check(21, 0, 100, Brake::Stop);
    check(10, 11, 100, Brake::Stop);
    check(200, 0, 1_000, Brake::Pass);
    check(201, 0, 1_000, Brake::Stop);
    // All of five or more are never let through, all of four are.
    check(4, 0, 4, Brake::Pass);
    check(5, 0, 5, Brake::Stop);
    check(5, 0, 6, Brake::Pass);
    check(6, 0, 5, Brake::Stop);
    // Rewrites alone are never all.
    check(0, 8, 8, Brake::Pass);
    check(0, 0, 0, Brake::Pass);
}

#[test]
fn cf_2_the_policy_of_the_field_decides() {
    let settings =
        Settings { conflicts: Policy::KeepExternal, booking_time: Policy::Ask, ..Settings::default() };
    let key = view("x").time.span.key();
    let check = |about, booking, expected| {
        assert_eq!(policy(&settings, about, booking), expected, "{about:?} {booking}");
    };
    check(About::Field(Field::Title), true, Policy::KeepExternal);
    check(About::Field(Field::Time), true, Policy::Ask);
    check(About::Field(Field::Time), false, Policy::KeepExternal);
    check(About::Occurrence(key, Some(Field::Time)), true, Policy::Ask);
    check(About::Occurrence(key, Some(Field::Title)), true, Policy::KeepExternal);
    check(About::Occurrence(key, None), true, Policy::Ask);
    check(About::Occurrence(key, None), false, Policy::KeepExternal);
}

#[test]
fn cf_2_each_policy_names_who_stands() {
    let at = |seconds: i64| odd::now() + SignedDuration::from_secs(seconds);
    let stands =
        |policy, theirs: i64| verdict(policy, Stamps { ours: at(0), theirs: at(theirs), exact_ms: 2_000 });
    assert_eq!(stands(Policy::KeepPlatform, 60), Verdict::Platform);
    assert_eq!(stands(Policy::KeepExternal, -60), Verdict::External);
    assert_eq!(stands(Policy::Ask, 60), Verdict::Asked);
    assert_eq!(stands(Policy::LastWriteWins, 3), Verdict::External);
    assert_eq!(stands(Policy::LastWriteWins, 2), Verdict::Platform, "closer together than it is exact");
    assert_eq!(stands(Policy::LastWriteWins, -3), Verdict::Platform);
}

fn clash(about: About, ours: Option<Piece>, theirs: Option<Piece>) -> Clash {
    Clash { about, base: None, ours, theirs, verdict: Verdict::Asked }
}

#[test]
fn cf_1_of_several_clashes_the_gravest_gives_the_kind() {
    let key = view("x").time.span.key();
    let title = || clash(About::Field(Field::Title), None, None);
    let part = |field| clash(About::Occurrence(key, field), None, None);
    let status = |ours, theirs| {
        let piece = |status| Some(Piece::Value(Value::Status(status)));
        clash(About::Field(Field::Status), piece(ours), piece(theirs))
    };
    let occurrence = |ours, theirs| clash(About::Occurrence(key, None), Some(ours), Some(theirs));
    let changed = || Piece::Occurrence(Override::Changed(Patch::new()));
    let cancelled = || Piece::Occurrence(Override::Cancelled);
    assert_eq!(kind(&[title()]), Kind::DataMismatch);
    assert_eq!(kind(&[part(Some(Field::Title))]), Kind::DataMismatch);
    assert_eq!(kind(&[title(), clash(About::Field(Field::Time), None, None)]), Kind::TimeChange);
    assert_eq!(kind(&[part(Some(Field::Time))]), Kind::TimeChange);
    assert_eq!(kind(&[part(None)]), Kind::TimeChange);
    assert_eq!(kind(&[title(), part(None), status(Status::Confirmed, Status::Cancelled)]), Kind::Deleted);
    assert_eq!(kind(&[status(Status::Cancelled, Status::Tentative)]), Kind::Deleted);
    assert_eq!(kind(&[status(Status::Tentative, Status::Confirmed)]), Kind::DataMismatch);
    assert_eq!(kind(&[status(Status::Cancelled, Status::Cancelled)]), Kind::DataMismatch);
    assert_eq!(kind(&[occurrence(cancelled(), changed())]), Kind::Deleted);
    assert_eq!(kind(&[occurrence(changed(), changed())]), Kind::TimeChange);
    assert_eq!(kind(&[clash(About::Field(Field::Title), None, Some(Piece::Gone))]), Kind::Deleted);
    assert_eq!(
        kind(&[clash(About::Field(Field::Title), Some(Piece::Gone), Some(Piece::Gone))]),
        Kind::DataMismatch
    );
}

#[test]
fn a_clash_is_an_ending_where_one_side_ended_it() {
    let ending = |ours, theirs| clash(About::Field(Field::Title), ours, theirs).is_ending();
    let (gone, off) = (|| Some(Piece::Gone), || Some(Piece::Occurrence(Override::Cancelled)));
    let status = |status| Some(Piece::Value(Value::Status(status)));
    assert!(ending(gone(), None) && ending(None, gone()) && !ending(gone(), gone()) && !ending(None, None));
    assert!(ending(off(), None) && ending(None, off()) && !ending(off(), off()));
    assert!(ending(status(Status::Cancelled), status(Status::Tentative)));
    assert!(!ending(status(Status::Confirmed), status(Status::Tentative)));
    assert!(ending(gone(), off()), "an occurrence off is a change of what was deleted as a whole");
}

#[test]
fn what_a_clash_is_about_is_told_with_its_day() {
    let key = view("x").time.span.key();
    assert_eq!(About::Field(Field::Location).to_string(), "place");
    assert_eq!(About::Occurrence(key, None).to_string(), "the occurrence of 2026-10-21");
    assert_eq!(
        About::Occurrence(key, Some(Field::Title)).to_string(),
        "title of the occurrence of 2026-10-21"
    );
}

#[test]
fn cf_3_settled_the_loser_is_what_was_agreed_on() {
    use concord_model::agreed::Base;
    let (ours, theirs, was) = (view("Ours"), view("Theirs"), view("Was"));
    let base = Base::of(was.clone(), was.clone());
    let title = About::Field(Field::Title);
    let agreed = |verdict| {
        let settled = settle(&base, &ours, &theirs, &[(title, verdict)]);
        (settled.ours.title.clone(), settled.theirs().title.clone())
    };
    assert_eq!(
        agreed(Verdict::Platform),
        ("Theirs".to_owned(), "Theirs".to_owned()),
        "so only ours has changed"
    );
    assert_eq!(agreed(Verdict::External), ("Ours".to_owned(), "Ours".to_owned()));
    assert_eq!(agreed(Verdict::Asked), ("Was".to_owned(), "Was".to_owned()));
    // What never was agreed on is, once it is settled.
    let mut open = base.clone();
    open.disputed = FieldSet::NONE.with(Field::Title).with(Field::Location);
    let settled = settle(&open, &ours, &theirs, &[(title, Verdict::Platform)]);
    assert_eq!(settled.disputed, FieldSet::NONE.with(Field::Location));

    let series = |own: Option<Override>| {
        let mut series =
            View { time: odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), ..view("Class") };
        let key = odd::keys(&series)[1];
        series.overrides.extend(own.map(|own| (key, own)));
        (series, key)
    };
    let own = |title: &str| Override::Changed(Patch::from([(Field::Title, Value::Title(title.to_owned()))]));
    let ((plain, key), (ours, _), (theirs, _)) =
        (series(None), series(Some(own("Ours"))), series(Some(Override::Cancelled)));
    let mut base = Base::of(plain.clone(), plain);
    base.disputed_parts.insert(key);
    let settled = |about, verdict| settle(&base, &ours, &theirs, &[(about, verdict)]);
    let whole = settled(About::Occurrence(key, None), Verdict::Platform);
    assert_eq!(
        (whole.ours.overrides.get(&key), whole.disputed_parts.is_empty()),
        (Some(&Override::Cancelled), true)
    );
    let whole = settled(About::Occurrence(key, None), Verdict::External);
    assert_eq!(
        (whole.ours.overrides.get(&key), whole.theirs().overrides.get(&key)),
        (Some(&own("Ours")), Some(&own("Ours")))
    );
    let field = settled(About::Occurrence(key, Some(Field::Title)), Verdict::External);
    assert_eq!(field.ours.overrides.get(&key), Some(&own("Ours")));
    let field = settled(About::Occurrence(key, Some(Field::Title)), Verdict::Platform);
    assert_eq!(field.ours.overrides.get(&key), None, "what is cancelled has no title of its own");
}

#[test]
fn every_reason_has_its_sentence() {
    let told: Vec<String> = [
        Why::Not(WhyNot::Deleted),
        Why::Not(WhyNot::Cancelled),
        Why::Not(WhyNot::NoOccurrence),
        Why::Not(WhyNot::Series),
        Why::Not(WhyNot::Private),
        Why::Not(WhyNot::SessionType),
        Why::Not(WhyNot::Client),
        Why::Not(WhyNot::Dates),
        Why::Not(WhyNot::NotConfirmed),
        Why::Not(WhyNot::Rule),
        Why::PullOnly,
        Why::ReadOnly,
        Why::SwitchedOff,
        Why::OutsideWindow,
        Why::DeletedThere,
        Why::PutBack,
        Why::DeletionAsked,
        Why::Ended,
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    let different: std::collections::BTreeSet<&String> = told.iter().collect();
    assert_eq!(different.len(), told.len());
    assert!(told.iter().all(|sentence| sentence.len() > 15 && !sentence.ends_with('.')), "{told:?}");
    let ends = [WhyNot::Deleted, WhyNot::Cancelled, WhyNot::NoOccurrence];
    assert!(ends.iter().all(|why| why.is_end()));
    let hides = [
        WhyNot::Series,
        WhyNot::Private,
        WhyNot::SessionType,
        WhyNot::Client,
        WhyNot::Dates,
        WhyNot::NotConfirmed,
        WhyNot::Rule,
    ];
    assert!(!hides.iter().any(|why| why.is_end()));
}

#[test]
fn a_step_says_which_fields_change_where_some_do() {
    let json = |fields| serde_json::to_value(Step { fields, ..step(Act::ChangeThere) }).unwrap();
    assert_eq!(json(FieldSet::NONE).get("fields"), None);
    assert_eq!(json(FieldSet::NONE.with(Field::Title))["fields"], serde_json::json!(["title"]));
}

#[test]
fn titles_are_compared_by_their_words() {
    use concord_sync::adopt::{normal_title, title};
    assert_eq!(normal_title("  Yoga –  Kurs! "), "yoga kurs");
    assert_eq!(normal_title("?!"), "?!");
    assert_eq!(normal_title(""), "");
    assert_eq!(title(&view("Coaching, Anna")), "coaching anna");
}

#[test]
fn rules_17_who_an_unknown_item_is() {
    use concord_sync::adopt::{Candidate, Identity, Likeness, identify};
    let event = |n: u128| EventId(Uuid::from_u128(n));
    let candidate = |n, title: &str, by| Candidate { event: event(n), view: view(title), taken: false, by };
    let who = |title: &str, alone, candidates: &[Candidate]| identify(&view(title), alone, candidates);
    let check = |item: &str, ours: &str, expected| {
        assert_eq!(who(item, true, &[candidate(1, ours, Likeness::Time)]), expected, "{item} / {ours}");
    };
    let (certain, perhaps) = (Identity::Certain(event(1)), Identity::Perhaps(event(1)));
    check("Coaching", "coaching!", certain);
    check("Coaching Anna", "Coaching", perhaps);
    check("Coaching", "Coaching Anna", perhaps);
    check("a b c", "a b d", perhaps);
    check("a b", "a c", Identity::New);
    check("a b c d", "a b e f", Identity::New);
    check("a b c d", "a b c f", perhaps);
    check("x", "y", Identity::New);
    check("", "y", Identity::New);
    check("y", "", Identity::New);
    check("", "", certain);
    // Two in its calendar are alike: which of them it is, is not sure.
    assert_eq!(who("A", false, &[candidate(1, "A", Likeness::Time)]), perhaps);
    assert_eq!(
        who("A", true, &[candidate(1, "A", Likeness::Time), candidate(2, "A", Likeness::Time)]),
        perhaps
    );
    // Our mark goes before its name, and both before its looks; what has a copy is nobody.
    let all = [
        candidate(1, "A", Likeness::Time),
        candidate(2, "B", Likeness::Uid),
        candidate(3, "C", Likeness::Mark),
    ];
    assert_eq!(who("A", true, &all), Identity::Certain(event(3)));
    assert_eq!(who("A", true, &all[..2]), Identity::Certain(event(2)));
    let taken = Candidate { taken: true, ..candidate(1, "A", Likeness::Mark) };
    assert_eq!(who("A", true, &[taken]), Identity::New);
    let later = Candidate {
        view: View::new(odd::timed("2026-10-22 10:00", 60, None), "A"),
        ..candidate(1, "A", Likeness::Time)
    };
    assert_eq!(who("A", true, &[later]), Identity::New);
}

#[test]
fn bm_130_after_a_write_their_half_is_what_they_made_of_it() {
    use concord_model::agreed::Base;
    use concord_sync::decide::{after_silence, after_write};
    let with = |title: &str, location: &str| View { location: location.to_owned(), ..view(title) };
    let (before, after) = (with("A", "x"), with("B", "x"));
    let agreed = Base::of(after.clone(), after.clone());
    let made = with("B!", "y");
    let base = after_write(&agreed, Some(&before), &after, &made);
    assert_eq!(
        (base.ours.clone(), base.theirs().clone()),
        (after.clone(), with("B!", "x")),
        "what nobody wrote is news"
    );
    assert_eq!(after_write(&agreed, None, &after, &made), Base::of(after.clone(), made));
    // What waits for a person was not written as agreed: it stays.
    let waits = Base::of(after.clone(), with("C", "x"));
    assert_eq!(after_write(&waits, Some(&before), &after, &with("B!", "x")).theirs().title, "C");
    // Without an answer, what is there as we wrote it has arrived.
    let old = Base::of(before.clone(), before.clone());
    let base = after_silence(&old, &before, &after, &with("B", "y"));
    assert_eq!((base.ours.clone(), base.theirs().clone()), (with("B", "x"), with("B", "x")));
    let base = after_silence(&old, &before, &after, &with("C", "x"));
    assert_eq!((base.ours.clone(), base.theirs().clone()), (before.clone(), before.clone()));
    // Of an occurrence, too.
    let series = |own: Option<&str>| {
        let mut series =
            View { time: odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), ..view("Class") };
        let key = odd::keys(&series)[1];
        let own =
            own.map(|own| Override::Changed(Patch::from([(Field::Title, Value::Title(own.to_owned()))])));
        series.overrides.extend(own.map(|own| (key, own)));
        series
    };
    let (before, after, made) = (series(None), series(Some("B")), series(Some("B!")));
    let agreed = Base::of(after.clone(), after.clone());
    assert_eq!(*after_write(&agreed, Some(&before), &after, &made).theirs(), made);
    let waits = Base::of(after.clone(), series(Some("C")));
    assert_eq!(*after_write(&waits, Some(&before), &after, &made).theirs(), series(Some("C")));
    let old = Base::of(before.clone(), before.clone());
    assert_eq!(after_silence(&old, &before, &after, &after).ours, after);
    assert_eq!(after_silence(&old, &before, &after, &made).ours, before);
}

#[test]
fn bm_130_of_an_occurrence_each_field_that_was_written_is_as_they_made_it_and_the_rest_is_as_it_was() {
    use concord_model::agreed::Base;
    use concord_sync::decide::after_write;
    let series = |title: &str, place: &str| {
        let mut series =
            View { time: odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), ..view("Class") };
        let key = odd::keys(&series)[1];
        let own = [Value::Title(title.to_owned()), Value::Location(place.to_owned())];
        series.overrides.insert(key, Override::Changed(own.into_iter().map(|v| (v.field(), v)).collect()));
        series
    };
    let (before, after) = (series("A", "x"), series("B", "x"));
    let agreed = Base::of(after.clone(), series("B", "old"));
    let base = after_write(&agreed, Some(&before), &after, &series("B!", "y"));
    assert_eq!(*base.theirs(), series("B!", "old"), "somebody else changed the place: that is news");
    let waits = Base::of(after.clone(), series("C", "old"));
    assert_eq!(*after_write(&waits, Some(&before), &after, &series("B!", "x")).theirs(), series("C", "old"));
}

#[test]
fn without_an_answer_the_words_are_ours_where_all_else_has_arrived() {
    use concord_model::agreed::Base;
    use concord_sync::decide::after_silence;
    let with = |title: &str, words: &str| View { original: Some(Original::of(words)), ..view(title) };
    let (before, after) = (with("A", "SUMMARY:A\r\n"), with("B", "SUMMARY:B\r\n"));
    let old = Base::of(before.clone(), before.clone());
    let words = |now: &View| {
        let base = after_silence(&old, &before, &after, now);
        (base.ours.original.clone(), base.theirs().original.clone())
    };
    let spelt = with("B", "SUMMARY;X=1:B\r\n");
    assert_eq!(words(&spelt), (after.original.clone(), spelt.original.clone()));
    let other = with("C", "SUMMARY;X=1:C\r\n");
    assert_eq!(words(&other), (before.original.clone(), before.original.clone()), "somebody else's");
    let half = with("B", "SUMMARY:A\r\n");
    assert_eq!(words(&half), (before.original.clone(), before.original.clone()), "not yet");
}

#[test]
fn what_a_calendar_forgets_of_a_series_by_our_own_write_is_not_taken_for_somebody_elses_wish() {
    use concord_model::agreed::Base;
    use concord_sync::decide::after_forgetting;
    let series = |rule: &str, special: bool| {
        let time = odd::timed("2026-10-21 10:00", 60, Some(rule));
        let mut series = View { time, ..view("Class") };
        let key = odd::keys(&series)[1];
        series.overrides.extend(special.then_some((key, Override::Cancelled)));
        series
    };
    let (daily, rarer) = ("FREQ=DAILY;COUNT=4", "FREQ=DAILY;COUNT=3");
    let (before, after) = (series(daily, true), series(rarer, true));
    let agreed = || Base::of(before.clone(), before.clone());
    // The rule has arrived, what was special has not: neither half has it, so ours is new, and is said again.
    let base = after_forgetting(agreed(), &before, &after, &series(rarer, false), None);
    assert_eq!((&base.ours, base.theirs()), (&series(daily, false), &series(daily, false)));
    // Nothing was written, so what is gone there is gone by somebody's wish; and what is there is no news.
    assert_eq!(after_forgetting(agreed(), &before, &after, &series(daily, false), None), agreed());
    assert_eq!(after_forgetting(agreed(), &before, &after, &after, None), agreed());
}

#[test]
fn how_a_series_is_halfway_through_a_write_is_nobodys_wish_and_neither_is_what_it_forgot_by_then() {
    use concord_model::agreed::Base;
    use concord_sync::decide::after_forgetting;
    let series = |minutes: i64, special: &[usize], gone: &[usize]| {
        let time = odd::timed("2026-10-21 10:00", minutes, Some("FREQ=DAILY;COUNT=5"));
        let mut series = View { time, ..view("Class") };
        let keys = odd::keys(&series);
        let own: Patch = [(Field::Title, Value::Title("Special".to_owned()))].into();
        series.overrides.extend(special.iter().map(|key| (keys[*key], Override::Changed(own.clone()))));
        series.overrides.extend(gone.iter().map(|key| (keys[*key], Override::Cancelled)));
        series
    };
    let (before, after) = (series(60, &[1], &[2, 3]), series(60, &[1], &[3]));
    let halfway = series(59, &[], &[]).time.span;
    let agreed = |now: &View| {
        let base = Base::of(before.clone(), before.clone());
        let base = after_forgetting(base, &before, &after, now, Some(&halfway));
        (base.ours.clone(), base.theirs().clone())
    };
    // As it is halfway, and as it is when only the occurrences are still to be said: of both we know that it is not what anybody
    // wants, so all of it is said once more.
    for minutes in [59, 60] {
        let now = series(minutes, &[], &[]);
        let mut expected = now.clone();
        expected
            .overrides
            .extend(before.overrides.get_key_value(&odd::keys(&now)[2]).map(|(k, o)| (*k, o.clone())));
        assert_eq!(agreed(&now), (expected.clone(), expected), "{minutes}");
    }
    // A person's own length is theirs, and whatever was not begun is as it was agreed.
    assert_eq!(agreed(&series(45, &[], &[])).1.time, before.time);
    assert_eq!(agreed(&before), (before.clone(), before.clone()));
    assert_eq!(agreed(&series(59, &[1], &[2, 3])).1.time, before.time);
}
