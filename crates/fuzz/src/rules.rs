//! Rules by which something repeats: refused, or worked out with bounded work, and told again as the same.

use concord_model::recurrence::{
    Recurrence, cancel_following, edit_following, expand, first_and_last, is_empty, next_after, occurs,
};
use concord_model::view::{Patch, Timing};
use concord_model::{Moment, Span, View, Zone};
use jiff::Timestamp;

pub(crate) const WORDS: &[&str] = &[
    "RRULE:",
    "EXRULE:",
    "RDATE:",
    "EXDATE:",
    "RDATE;VALUE=DATE:",
    "EXDATE;TZID=Europe/Berlin:",
    "FREQ=SECONDLY",
    "FREQ=MINUTELY",
    "FREQ=HOURLY",
    "FREQ=DAILY",
    "FREQ=WEEKLY",
    "FREQ=MONTHLY",
    "FREQ=YEARLY",
    ";INTERVAL=",
    ";COUNT=",
    ";UNTIL=20270101T000000Z",
    ";UNTIL=20270101",
    ";BYDAY=MO,TU",
    ";BYDAY=-1FR",
    ";BYDAY=53SU",
    ";BYMONTHDAY=-31",
    ";BYMONTHDAY=29,30,31",
    ";BYYEARDAY=366",
    ";BYWEEKNO=53",
    ";BYMONTH=2",
    ";BYSETPOS=-1",
    ";BYSETPOS=366",
    ";BYHOUR=0,12,23",
    ";BYMINUTE=59",
    ";BYSECOND=60",
    ";WKST=SU",
    ";RSCALE=CHINESE",
    ";SKIP=OMIT",
    "20261025T023000",
    "99991231T235959Z",
    "16010101T000000",
    "20240229",
    "1000000000",
    "-1",
    "0",
    "\n",
];

/// Starts of every kind: in gaps and folds, on odd days, at the ends of time.
fn spans() -> [Span; 8] {
    let timed = |wall: &str, zone: &str| {
        let zone = Zone::new(zone).expect("a known zone");
        let start = Moment::new(wall.parse().expect("a wall time"), zone.clone());
        let end = Moment::at(
            start.instant().saturating_add(jiff::SignedDuration::from_mins(50)).unwrap_or(start.instant()),
            zone,
        );
        Span::timed(start, end).expect("its end lies behind its start")
    };
    let days = |from: &str, to: &str| {
        Span::days(from.parse().expect("a day"), to.parse().expect("a day")).expect("days")
    };
    [
        timed("2026-11-24T10:00:00", "Europe/Berlin"),
        timed("2026-10-25T02:30:00", "Europe/Berlin"),
        timed("2026-03-08T02:30:00", "America/New_York"),
        timed("1601-01-01T00:00:00", "UTC"),
        timed("9999-12-30T10:00:00", "Australia/Lord_Howe"),
        days("2024-02-29", "2024-03-01"),
        days("2026-11-24", "2026-11-27"),
        Span::floating(
            "2026-11-24T10:00:00".parse().expect("a wall time"),
            "2026-11-24T11:00:00".parse().expect("a wall time"),
        )
        .expect("its end lies behind its start"),
    ]
}

/// The first byte chooses the start; the rest are lines.
pub(crate) fn rules(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let span = spans()[usize::from(*which) % 8].clone();
    let lines: Vec<&str> = text.lines().take(20).collect();
    let Ok((recurrence, removed)) = Recurrence::parse(&lines, &span) else { return };
    let told = recurrence.to_lines(&span, &removed);
    let again = Recurrence::parse(&told, &span)
        .unwrap_or_else(|why| panic!("{lines:?} became {told:?}, which is refused: {why}"));
    assert_eq!(again, (recurrence.clone(), removed.clone()), "{lines:?} became {told:?}");

    let mut view = View::new(Timing { span, recurrence: Some(recurrence) }, "Training");
    view.overrides = removed.into_iter().map(|key| (key, concord_model::view::Override::Cancelled)).collect();
    let (time, overrides, utc) = (&view.time, &view.overrides, Zone::utc());
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let mut some = Vec::new();
    for window in [
        (at("2026-11-01T00:00Z"), at("2027-03-01T00:00Z")),
        (Timestamp::MIN, Timestamp::MAX),
        (at("9000-01-01T00:00Z"), Timestamp::MAX),
    ] {
        if let Ok(found) = expand(time, overrides, window, &utc) {
            assert!(found.len() <= 20_000);
            assert!(found.is_sorted_by_key(|one| one.span.start_instant(&utc)));
            some.extend(found.into_iter().take(3));
        }
    }
    for after in [Timestamp::MIN, at("2026-12-01T00:00Z"), Timestamp::MAX] {
        if let Ok(Some(next)) = next_after(time, overrides, after, &utc) {
            assert!(next.span.start_instant(&utc) > after);
        }
    }
    let _ = (is_empty(time, overrides), first_and_last(time, overrides));
    for one in some {
        assert!(!matches!(occurs(time, one.key), Ok(false)), "{} of {told:?}", one.key);
        let _ = cancel_following(&view, one.key);
        if let Ok(split) = edit_following(&view, one.key, &Patch::new()) {
            assert!(!is_empty(&split.tail.time, &split.tail.overrides), "{told:?} divided at {}", one.key);
            assert!(
                split.head.is_none_or(|head| !is_empty(&head.time, &head.overrides)),
                "{told:?} divided at {}",
                one.key
            );
        }
    }
}
