//! What is promised of every provider, asked of all four at once.

use concord_model::LinkId;
use concord_model::link::Settings;
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::recurrence::Recurrence;
use concord_model::{Span, View};
use concord_store::conflicts::Resolution;
use jiff::SignedDuration;

use super::{ALL, At, Ring, says, with_each_server, with_time};
use crate::world::World;

with_each_server! {
    ac_3_what_is_at_all_of_them_before_they_meet_is_one_event,
    ac_4_what_leaves_the_filter_is_removed_at_each_and_comes_back,
    ac_4_private_ones_stay_away_from_each_or_are_busy,
    ac_5_a_series_keeps_its_hour_at_each_when_the_clocks_change,
    ac_5_a_whole_day_is_the_same_day_at_each,
    ac_8_what_each_of_them_did_in_a_day_away_comes_together,
    ac_7_a_booking_that_is_deleted_at_any_of_them_is_asked_about_and_put_back,
}

impl Ring {
    fn world(&self) -> &World {
        &self.both.world
    }

    async fn links(&self) -> Vec<LinkId> {
        let mut tx = self.world().engine.store.read().await.unwrap();
        let all = concord_store::links::list(&mut tx, self.world().workspace).await.unwrap();
        all.into_iter().map(|link| link.id).collect()
    }

    async fn set(&self, change: impl Fn(&mut Settings)) {
        for link in self.links().await {
            self.world().set(link, &change).await;
        }
    }
}

fn weekly(view: &mut View) {
    let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=3"], &view.time.span).unwrap();
    view.time.recurrence = Some(rule);
}

async fn ac_3_what_is_at_all_of_them_before_they_meet_is_one_event(ring: Ring) {
    for at in ALL {
        ring.make(at, "2026-11-10 10:00", "Dentist");
    }
    ring.everywhere(&[("2026-11-10 10:00", "Dentist", "")], "recognised").await;
    assert_eq!(ring.world().events().await.len(), 1);
    ring.change(At::CalDav, "Dentist", says(At::CalDav, None, Some("Main Street")));
    ring.everywhere(&[("2026-11-10 10:00", "Dentist", "Main Street")], "and goes on as one").await;
    ring.is_quiet().await;
}

async fn ac_4_what_leaves_the_filter_is_removed_at_each_and_comes_back(ring: Ring) {
    ring.world().book("2026-11-10 10:00", "Session").await;
    ring.world().make("2026-11-11 10:00", "Class").await;
    let (session, class) = (("2026-11-10 10:00", "Session", ""), ("2026-11-11 10:00", "Class", ""));
    ring.everywhere(&[session, class], "all of them").await;
    ring.set(|settings| settings.filter.session_types = vec!["one_on_one".to_owned()]).await;
    ring.everywhere(&[session], "one type").await;
    ring.set(|settings| settings.filter.session_types.clear()).await;
    ring.everywhere(&[session, class], "all of them again").await;
    ring.is_quiet().await;
}

async fn ac_4_private_ones_stay_away_from_each_or_are_busy(ring: Ring) {
    let make = |view: &mut View| {
        view.privacy = Privacy::Private;
        view.location = "Clinic".to_owned();
    };
    ring.world().make_with("2026-11-10 10:00", "Therapy", |view, _| make(view)).await;
    ring.everywhere(&[], "left out").await;
    ring.set(|settings| settings.sight.private = PrivateEvents::Busy).await;
    ring.everywhere(&[("2026-11-10 10:00", "Busy", "")], "as a block").await;
    ring.set(|settings| settings.sight.private = PrivateEvents::Exclude).await;
    ring.everywhere(&[], "left out again").await;
    ring.is_quiet().await;
}

async fn ac_5_a_series_keeps_its_hour_at_each_when_the_clocks_change(ring: Ring) {
    ring.world().make_with("2027-03-04 10:00", "Class", |view, _| weekly(view)).await;
    // New York's clocks go forward on the fourteenth.
    let days = ["2027-03-04 10:00", "2027-03-11 10:00", "2027-03-18 10:00"];
    ring.everywhere(&days.map(|day| (day, "Class", "")), "ten o'clock").await;
    let at: Vec<String> = ring.shown(At::Outlook).iter().map(|(start, ..)| start.to_string()).collect();
    assert_eq!(at, ["2027-03-04T15:00:00Z", "2027-03-11T15:00:00Z", "2027-03-18T14:00:00Z"]);
    ring.is_quiet().await;
}

async fn ac_5_a_whole_day_is_the_same_day_at_each(ring: Ring) {
    let span = Span::days("2026-11-10".parse().unwrap(), "2026-11-11".parse().unwrap()).unwrap();
    ring.world().make_with("2026-11-10 10:00", "Holiday", |view, _| view.time.span = span).await;
    ring.both.settle().await;
    for at in ALL {
        let all = ring.shown(at);
        let days: Vec<_> = all.iter().map(|(start, title, _)| (start.to_string(), title.as_str())).collect();
        assert_eq!(days, [("2026-11-10T00:00:00Z".to_owned(), "Holiday")], "at {at:?}");
    }
    ring.is_quiet().await;
}

async fn ac_7_a_booking_that_is_deleted_at_any_of_them_is_asked_about_and_put_back(ring: Ring) {
    ring.world().book("2026-11-10 10:00", "Session").await;
    for at in ALL {
        ring.everywhere(&[("2026-11-10 10:00", "Session", "")], "booked").await;
        ring.delete(at, "Session");
        ring.both.settle().await;
        assert_eq!(ring.world().questions().await.len(), 1, "{at:?}");
        for other in ALL.into_iter().filter(|other| *other != at) {
            assert_eq!(
                ring.shown(other).len(),
                1,
                "deleted at {at:?}, and gone at {other:?} before anybody was asked"
            );
        }
        ring.world().answer_all(Resolution::KeepPlatform).await;
        ring.everywhere(&[("2026-11-10 10:00", "Session", "")], &format!("put back at {at:?}")).await;
        ring.is_quiet().await;
    }
}

async fn ac_8_what_each_of_them_did_in_a_day_away_comes_together(ring: Ring) {
    let days = ["2026-11-10 10:00", "2026-11-11 10:00", "2026-11-12 10:00", "2026-11-13 10:00"];
    for (at, when) in ALL.into_iter().zip(days) {
        ring.make(at, when, &format!("{at:?}"));
    }
    let names = ALL.map(|at| format!("{at:?}"));
    let all: Vec<_> = days.into_iter().zip(&names).map(|(when, name)| (when, name.as_str(), "")).collect();
    ring.everywhere(&all, "before").await;
    // Each edits what the next one made, and one is deleted as well; nobody looks for a day.
    for (n, at) in ALL.into_iter().enumerate() {
        let other = &names[(n + 1) % ALL.len()];
        ring.change(at, other, with_time(at, days[(n + 1) % ALL.len()], says(at, None, Some("Studio"))));
    }
    ring.make(At::CalDav, "2026-11-14 10:00", "New");
    ring.delete(At::Google, &names[2]);
    ring.world().advance(SignedDuration::from_hours(24));
    let survivors = [0, 1, 2, 3].map(|n| (days[n], names[n].as_str(), "Studio"));
    let expected: Vec<_> = survivors.into_iter().chain([("2026-11-14 10:00", "New", "")]).collect();
    ring.both.settle().await;
    // The one that was deleted at one of them and edited at another is kept, and that is told.
    assert_eq!(ring.world().conflicts(false).await.len(), 1);
    ring.everywhere(&expected, "after a day").await;
    ring.is_quiet().await;
}
