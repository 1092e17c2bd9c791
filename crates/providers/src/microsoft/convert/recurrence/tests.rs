//! What each rule is to Graph, and each of Graph's patterns to us.

use concord_model::{Moment, Zone};
use proptest::prelude::*;

use super::*;

fn series(start: &str) -> Span {
    let zone = Zone::new("Europe/Berlin").unwrap();
    let wall: jiff::civil::DateTime = start.parse().unwrap();
    let end = wall.checked_add(1.hour()).unwrap();
    Span::timed(Moment::new(wall, zone.clone()), Moment::new(end, zone)).unwrap()
}

fn rules(text: &str, series: &Span) -> Recurrence {
    Recurrence::parse(&text.lines().collect::<Vec<_>>(), series).unwrap().0
}

/// A rule is told so, and read back as the same.
fn check(start: &str, rule: &str, told: &str) {
    let series = series(start);
    let meant = rules(rule, &series);
    let said = written(&meant, &series, "W. Europe Standard Time").unwrap();
    assert_eq!(said["pattern"], serde_json::from_str::<Value>(told).unwrap(), "{rule}");
    let read = read(&serde_json::from_value(said).unwrap(), &series).unwrap();
    assert_eq!(read, meant, "{rule}");
}

#[test]
fn rules_that_graph_knows_are_told_word_for_word() {
    let monday = "2026-11-23T10:00:00";
    check(monday, "RRULE:FREQ=DAILY;INTERVAL=3", r#"{"type":"daily","interval":3}"#);
    check(
        monday,
        "RRULE:FREQ=WEEKLY",
        r#"{"type":"weekly","interval":1,"daysOfWeek":["monday"],"firstDayOfWeek":"monday"}"#,
    );
    check(
        monday,
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        r#"{"type":"weekly","interval":2,"daysOfWeek":["monday","sunday"],"firstDayOfWeek":"sunday"}"#,
    );
    check(monday, "RRULE:FREQ=MONTHLY", r#"{"type":"absoluteMonthly","interval":1,"dayOfMonth":23}"#);
    check(
        monday,
        "RRULE:FREQ=MONTHLY;BYDAY=4MO",
        r#"{"type":"relativeMonthly","interval":1,"daysOfWeek":["monday"],"index":"fourth"}"#,
    );
    check(
        "2026-11-30T10:00:00",
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        r#"{"type":"relativeMonthly","interval":1,
            "daysOfWeek":["monday","tuesday","wednesday","thursday","friday"],"index":"last"}"#,
    );
    check(
        "2026-11-05T10:00:00",
        "RRULE:FREQ=MONTHLY;BYDAY=TH,FR;BYSETPOS=1",
        r#"{"type":"relativeMonthly","interval":1,"daysOfWeek":["thursday","friday"],"index":"first"}"#,
    );
    check(
        "2026-11-30T10:00:00",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
        r#"{"type":"relativeMonthly","interval":1,"index":"last",
            "daysOfWeek":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}"#,
    );
    check(
        monday,
        "RRULE:FREQ=YEARLY",
        r#"{"type":"absoluteYearly","interval":1,"month":11,"dayOfMonth":23}"#,
    );
    check(
        "2026-11-25T10:00:00",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1WE",
        r#"{"type":"relativeYearly","interval":1,"month":11,"daysOfWeek":["wednesday"],"index":"last"}"#,
    );
}

#[test]
fn microsoft_trap_15_a_day_that_a_month_does_not_have_is_its_last_there() {
    check(
        "2026-12-31T10:00:00",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
        r#"{"type":"absoluteMonthly","interval":1,"dayOfMonth":31}"#,
    );
    check(
        "2028-02-29T10:00:00",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
        r#"{"type":"absoluteYearly","interval":1,"month":2,"dayOfMonth":29}"#,
    );
    let refused = |start: &str, rule: &str| {
        let series = series(start);
        let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
        assert!(why.contains("not every month has"), "{why}");
    };
    refused("2026-12-31T10:00:00", "RRULE:FREQ=MONTHLY");
    refused("2026-12-29T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=29");
    refused("2028-02-29T10:00:00", "RRULE:FREQ=YEARLY");
    // Every December has 31 days.
    check(
        "2026-12-31T10:00:00",
        "RRULE:FREQ=YEARLY",
        r#"{"type":"absoluteYearly","interval":1,"month":12,"dayOfMonth":31}"#,
    );
}

#[test]
fn what_every_day_leaves_out_is_told_as_weeks() {
    let series = series("2026-11-23T10:00:00");
    let weekdays = rules("RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", &series);
    let said = written(&weekdays, &series, "UTC").unwrap();
    let back = read(&serde_json::from_value(said).unwrap(), &series).unwrap();
    assert_eq!(back, rules("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", &series));
}

#[test]
fn what_graph_cannot_say_is_refused_with_the_reason() {
    for (start, rule) in [
        ("2026-11-23T10:00:00", "RRULE:FREQ=HOURLY"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=DAILY;BYHOUR=10,15"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=WEEKLY\nRRULE:FREQ=MONTHLY"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=WEEKLY\nRDATE:20261225T090000Z"),
        ("2026-11-23T10:00:00", "RDATE:20261225T090000Z"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"),
        ("2026-11-29T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-2"),
        ("2026-11-02T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO"),
        ("2026-11-30T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=5MO"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=MO"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=MONTHLY;BYMONTH=1,11;BYMONTHDAY=23"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYMONTH=1,11"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYYEARDAY=327"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYWEEKNO=48"),
        ("2026-11-23T10:00:00", "RRULE:FREQ=YEARLY;BYDAY=20MO"),
        ("2026-11-24T10:00:00", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=2,-1"),
    ] {
        let series = series(start);
        let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
        assert!(why.starts_with("Outlook cannot keep a series with "), "{rule}: {why}");
    }
}

#[test]
fn microsoft_trap_14_a_start_beside_its_rule_is_refused() {
    let series = series("2026-11-24T10:00:00");
    for rule in
        ["RRULE:FREQ=WEEKLY;BYDAY=MO", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1", "RRULE:FREQ=MONTHLY;BYDAY=1TU"]
    {
        let why = written(&rules(rule, &series), &series, "UTC").unwrap_err();
        assert!(why.contains("first date"), "{rule}: {why}");
    }
}

#[test]
fn an_end_is_the_last_day_that_may_be() {
    let series = series("2026-11-23T10:00:00");
    let ends = |until: &str| {
        let rule = rules(&format!("RRULE:FREQ=DAILY;UNTIL={until}"), &series);
        written(&rule, &series, "UTC").map(|said| said["range"]["endDate"].as_str().unwrap().to_owned())
    };
    assert_eq!(ends("20261125T090000Z").unwrap(), "2026-11-25", "the very start of the last one");
    assert_eq!(ends("20261125T085959Z").unwrap(), "2026-11-24", "a second too early");
    assert_eq!(ends("20261125T220000Z").unwrap(), "2026-11-25");
    let day = Span::days("2026-11-23".parse().unwrap(), "2026-11-24".parse().unwrap()).unwrap();
    let rule = rules("RRULE:FREQ=DAILY;UNTIL=20261125", &day);
    let said = written(&rule, &day, "UTC").unwrap();
    assert_eq!(said["range"]["endDate"], "2026-11-25");
    assert_eq!(read(&serde_json::from_value(said).unwrap(), &day).unwrap(), rule);
}

#[test]
fn answers_carry_keys_that_say_nothing() {
    let series = series("2026-11-24T10:00:00");
    let told = json!({
        "pattern": { "type": "weekly", "interval": 1, "month": 0, "dayOfMonth": 0, "daysOfWeek": ["tuesday"],
                     "firstDayOfWeek": "sunday", "index": "first" },
        "range": { "type": "noEnd", "startDate": "2026-11-24", "endDate": "0001-01-01", "recurrenceTimeZone": "",
                   "numberOfOccurrences": 0 },
    });
    let read_back = read(&serde_json::from_value(told).unwrap(), &series).unwrap();
    assert_eq!(read_back, rules("RRULE:FREQ=WEEKLY", &series));
    for odd in
        [json!({}), json!({ "pattern": { "type": "lunar" } }), json!({ "pattern": { "type": "weekly" } })]
    {
        assert!(read(&serde_json::from_value(odd).unwrap(), &series).is_err());
    }
}

fn weekdays() -> impl Strategy<Value = Vec<Weekday>> {
    prop::sample::subsequence(WEEKDAYS.map(|(.., day)| day).to_vec(), 1..=7)
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let index = || prop::sample::select(vec![1i8, 2, 3, 4, -1]);
    prop_oneof![
        Just(Pattern::Daily),
        (weekdays(), prop::sample::select(WEEKDAYS.map(|(.., day)| day).to_vec()))
            .prop_map(|(days, first)| Pattern::Weekly { days, first }),
        (1i8..=31).prop_map(|day| Pattern::Monthly { day }),
        (index(), weekdays()).prop_map(|(index, days)| Pattern::MonthlyBy { index, days }),
        (1i8..=12, 1i8..=31)
            .prop_filter("a day of that month", |(month, day)| *day <= longest(*month))
            .prop_map(|(month, day)| Pattern::Yearly { month, day }),
        (1i8..=12, index(), weekdays()).prop_map(|(month, index, days)| Pattern::YearlyBy {
            month,
            index,
            days
        }),
    ]
}

/// The first date from then on that is one of the pattern's own.
fn first_from(pattern: &Pattern, from: Date) -> Date {
    (0..1600).map(|n| from.checked_add(n.days()).unwrap()).find(|date| pattern.fits(*date)).unwrap()
}

proptest! {
    /// Whatever Graph can say comes back equal.
    #[test]
    fn what_graph_says_comes_back_equal(
        pattern in patterns(),
        interval in 1u32..30,
        from in 0i64..1500,
        ends in prop_oneof![Just((0u32, 0i64)), (1u32..500).prop_map(|n| (n, 0)), (0i64..3000).prop_map(|n| (0, n + 1))],
    ) {
        let from = jiff::civil::date(2026, 1, 1).checked_add(from.days()).unwrap();
        let start = first_from(&pattern, from);
        let series = series(&format!("{start}T10:00:00"));
        let mut range = json!({ "startDate": start.to_string(), "recurrenceTimeZone": "UTC", "type": "noEnd" });
        match ends {
            (0, 0) => {}
            (0, days) => {
                range["type"] = json!("endDate");
                range["endDate"] = json!(start.checked_add(days.days()).unwrap().to_string());
            }
            (count, _) => {
                range["type"] = json!("numbered");
                range["numberOfOccurrences"] = json!(count);
            }
        }
        let told = json!({ "pattern": pattern.told(interval), "range": range });
        let rule = read(&serde_json::from_value(told.clone()).unwrap(), &series).unwrap();
        let mut back = written(&rule, &series, "UTC").unwrap();
        let mut told = told;
        // The day on which weeks begin changes nothing where every week counts.
        if interval == 1 {
            for one in [&mut told, &mut back] {
                if let Some(pattern) = one["pattern"].as_object_mut() {
                    pattern.remove("firstDayOfWeek");
                }
            }
        }
        prop_assert_eq!(back, told);
    }

    /// Both sides then mean the same days.
    #[test]
    fn a_pattern_means_the_days_of_its_rule(pattern in patterns(), from in 0i64..1500) {
        let from = jiff::civil::date(2026, 1, 1).checked_add(from.days()).unwrap();
        let start = first_from(&pattern, from);
        let series = series(&format!("{start}T10:00:00"));
        let told = json!({ "pattern": pattern.told(1) });
        let recurrence = read(&serde_json::from_value(told).unwrap(), &series).unwrap();
        let time = concord_model::view::Timing { span: series.clone(), recurrence: Some(recurrence) };
        for n in 0..800i64 {
            let date = start.checked_add(n.days()).unwrap();
            let key = OccurrenceKey::Time(date.at(10, 0, 0, 0));
            prop_assert_eq!(concord_model::recurrence::occurs(&time, key).unwrap(), pattern.fits(date), "{}", date);
        }
    }
}
