//! Definitions of zones for files that we write (VTIMEZONE).
//!
//! Good for the years of the event and, where a zone follows yearly rules, for every year after. Most readers go by
//! the IANA name; the definition is for those that do not.

use std::collections::BTreeMap;

use concord_model::Zone;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::Offset;

use crate::component::{Component, Node};
use crate::lines::line;
use crate::values;

/// Years for which changes of clocks must follow a rule to be written as one. In so many years a rule such as "the
/// Sunday on or after the 8th" shows all of its seven days.
const RULE_YEARS: i16 = 28;
/// Years that are listed one by one where no rule fits (Ramadan moves the clocks of Morocco).
const LISTED_YEARS: i16 = 12;

/// One change of clocks.
struct Change {
    /// The wall clock just before.
    wall: DateTime,
    kind: Kind,
}

/// What changes of clocks have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    from: i32,
    to: i32,
    name: String,
    daylight: bool,
}

/// Returns the definition of a zone under that name, good from the year `first` on.
pub(crate) fn definition(name: &str, zone: &Zone, first: i16) -> Component {
    // A year more, so that whatever is in force when the first year begins has begun within the definition.
    let begin = first.clamp(2, 9900) - 1;
    let changes = changes(zone, begin, begin + LISTED_YEARS + RULE_YEARS);
    let mut parts = Vec::new();
    if changes.first().is_none_or(|change| change.wall.year() > begin) {
        let at = year_begin(begin);
        let info = zone.rules().to_offset_info(at);
        let offset = info.offset().seconds();
        let kind = Kind {
            from: offset,
            to: offset,
            name: info.abbreviation().to_owned(),
            daylight: info.dst().is_dst(),
        };
        parts.push(kind.part(info.offset().to_datetime(at), None));
    }
    let rules = (begin..begin + LISTED_YEARS).find_map(|year| Some((year, rules_from(&changes, year)?)));
    let listed_until = rules.as_ref().map_or(begin + LISTED_YEARS, |(year, _)| *year);
    let listed = changes.iter().filter(|change| change.wall.year() < listed_until);
    parts.extend(listed.map(|change| change.kind.part(change.wall, None)));
    let rules = rules.into_iter().flat_map(|(_, rules)| rules);
    parts.extend(rules.map(|rule| rule.kind.part(rule.first, Some(&rule.text))));

    let head = [line("TZID", &[], &values::escape(name)), line("X-LIC-LOCATION", &[], zone.name())];
    let mut definition = Component::written("VTIMEZONE", head);
    definition.nodes.extend(parts.into_iter().map(Node::from));
    definition
}

impl Kind {
    fn part(&self, wall: DateTime, rule: Option<&str>) -> Component {
        let mut lines = vec![
            line("DTSTART", &[], &values::local(wall)),
            line("TZOFFSETFROM", &[], &values::offset_text(self.from)),
            line("TZOFFSETTO", &[], &values::offset_text(self.to)),
            line("TZNAME", &[], &self.name),
        ];
        lines.extend(rule.map(|rule| line("RRULE", &[], rule)));
        Component::written(if self.daylight { "DAYLIGHT" } else { "STANDARD" }, lines)
    }
}

fn changes(zone: &Zone, first: i16, before: i16) -> Vec<Change> {
    let begin = year_begin(first);
    let mut from = zone.rules().to_offset(begin);
    let mut all = Vec::new();
    for change in zone.rules().following(begin) {
        let wall = from.to_datetime(change.timestamp());
        if wall.year() >= before {
            break;
        }
        let kind = Kind {
            from: from.seconds(),
            to: change.offset().seconds(),
            name: change.abbreviation().to_owned(),
            daylight: change.dst().is_dst(),
        };
        all.push(Change { wall, kind });
        from = change.offset();
    }
    all
}

/// A change of clocks that happens every year.
struct Yearly<'a> {
    kind: &'a Kind,
    first: DateTime,
    text: String,
}

/// The yearly rules that say every change from that year on; `None` where rules do not say them.
fn rules_from(changes: &[Change], year: i16) -> Option<Vec<Yearly<'_>>> {
    let mut kinds: BTreeMap<(&Kind, i8), Vec<DateTime>> = BTreeMap::new();
    for change in changes.iter().filter(|c| (year..year + RULE_YEARS).contains(&c.wall.year())) {
        kinds.entry((&change.kind, change.wall.month())).or_default().push(change.wall);
    }
    if kinds.is_empty() {
        return None;
    }
    let rules = kinds.into_iter().map(|((kind, month), walls)| {
        let every_year =
            walls.len() == RULE_YEARS as usize && walls.iter().map(|w| w.year()).eq(year..year + RULE_YEARS);
        let first = *walls.first()?;
        let one_time = walls.iter().all(|w| w.time() == first.time());
        let day = (every_year && one_time).then(|| day_rule(&walls)).flatten()?;
        Some(Yearly { kind, first, text: format!("FREQ=YEARLY;BYMONTH={month};{day}") })
    });
    let mut rules: Vec<Yearly<'_>> = rules.collect::<Option<_>>()?;
    rules.sort_by_key(|rule| rule.first);
    Some(rules)
}

/// What the days of a month have in common: the last Sunday, the second, the one on or after the 8th, the 1st.
fn day_rule(walls: &[DateTime]) -> Option<String> {
    let dates: Vec<Date> = walls.iter().map(|w| w.date()).collect();
    let first = *dates.first()?;
    let (low, high) = (dates.iter().map(|d| d.day()).min()?, dates.iter().map(|d| d.day()).max()?);
    if low == high {
        return Some(format!("BYMONTHDAY={low}"));
    }
    if high - low != 6 || dates.iter().any(|d| d.weekday() != first.weekday()) {
        return None;
    }
    let weekday = match first.weekday() {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    };
    if dates.iter().all(|d| d.day() + 7 > d.days_in_month()) {
        return Some(format!("BYDAY=-1{weekday}"));
    }
    Some(match low % 7 {
        1 => format!("BYDAY={}{weekday}", low / 7 + 1),
        _ => {
            let days: Vec<String> = (low..=high).map(|day| day.to_string()).collect();
            format!("BYMONTHDAY={};BYDAY={weekday}", days.join(","))
        }
    })
}

fn year_begin(year: i16) -> Timestamp {
    let date = Date::new(year, 1, 1).unwrap_or(Date::ZERO);
    Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::super::{Observances, matching};
    use super::*;
    use crate::component::Tree;
    use expect_test::{Expect, expect};

    fn written(zone: &str, first: i16) -> String {
        let mut texts = Vec::new();
        definition(zone, &Zone::new(zone).unwrap(), first).push_texts(&mut texts);
        texts.join("\n")
    }

    fn read(text: &str) -> Observances {
        let tree = Tree::parse(format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR\n").as_bytes()).unwrap();
        let (_, calendar) = tree.calendars().next().unwrap();
        Observances::read(&tree, calendar.parts().next().unwrap().1)
    }

    fn check(zone: &str, first: i16, expected: Expect) {
        expected.assert_eq(&written(zone, first));
    }

    #[test]
    fn a_zone_with_rules_is_written_as_rules() {
        check(
            "Europe/Berlin",
            2026,
            expect![[r#"
            BEGIN:VTIMEZONE
            TZID:Europe/Berlin
            X-LIC-LOCATION:Europe/Berlin
            BEGIN:DAYLIGHT
            DTSTART:20250330T020000
            TZOFFSETFROM:+0100
            TZOFFSETTO:+0200
            TZNAME:CEST
            RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
            END:DAYLIGHT
            BEGIN:STANDARD
            DTSTART:20251026T030000
            TZOFFSETFROM:+0200
            TZOFFSETTO:+0100
            TZNAME:CET
            RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
            END:STANDARD
            END:VTIMEZONE"#]],
        );
    }

    #[test]
    fn a_zone_without_changes_is_one_offset() {
        check(
            "Africa/Johannesburg",
            2026,
            expect![[r#"
            BEGIN:VTIMEZONE
            TZID:Africa/Johannesburg
            X-LIC-LOCATION:Africa/Johannesburg
            BEGIN:STANDARD
            DTSTART:20250101T020000
            TZOFFSETFROM:+0200
            TZOFFSETTO:+0200
            TZNAME:SAST
            END:STANDARD
            END:VTIMEZONE"#]],
        );
    }

    #[test]
    fn a_rule_may_begin_on_any_day() {
        check(
            "America/Santiago",
            2026,
            expect![[r#"
            BEGIN:VTIMEZONE
            TZID:America/Santiago
            X-LIC-LOCATION:America/Santiago
            BEGIN:STANDARD
            DTSTART:20250406T000000
            TZOFFSETFROM:-0300
            TZOFFSETTO:-0400
            TZNAME:-04
            RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU
            END:STANDARD
            BEGIN:DAYLIGHT
            DTSTART:20250907T000000
            TZOFFSETFROM:-0400
            TZOFFSETTO:-0300
            TZNAME:-03
            RRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU
            END:DAYLIGHT
            END:VTIMEZONE"#]],
        );
    }

    #[test]
    fn bm_070_every_zone_reads_back_as_itself() {
        for name in jiff::tz::db().available() {
            let Ok(zone) = Zone::new(name.as_str()) else { continue };
            for first in [1995, 2026] {
                let told = read(&written(zone.name(), first));
                assert!(
                    told.fit(&zone, (first, first + 9)),
                    "{zone} from {first}: {}",
                    written(zone.name(), first)
                );
            }
        }
    }

    #[test]
    fn bm_067_a_definition_is_known_by_what_it_does() {
        let known =
            |zone: &str| matching(&read(&written(zone, 2026)), (2026, 2028)).map(|z| z.name().to_owned());
        assert_eq!(known("Europe/Paris").as_deref(), Some("Europe/Berlin"));
        assert_eq!(known("America/Los_Angeles").as_deref(), Some("America/Los_Angeles"));
        assert_eq!(known("Australia/Lord_Howe").as_deref(), Some("Australia/Lord_Howe"));
        assert_eq!(known("Asia/Kolkata").as_deref(), Some("Asia/Kolkata"));
        assert_eq!(known("Asia/Kathmandu").as_deref(), Some("Asia/Kathmandu"));
        assert_eq!(known("Africa/Lagos").as_deref(), Some("Etc/GMT-1"));
        assert_eq!(known("Atlantic/Reykjavik").as_deref(), Some("UTC"));
    }

    #[test]
    fn a_definition_that_does_what_no_zone_does_is_unknown() {
        let berlin = written("Europe/Berlin", 2026);
        assert_eq!(matching(&read(&berlin.replace("BYMONTH=3", "BYMONTH=4")), (2026, 2027)), None);
        assert!(read(&berlin.replace("FREQ=YEARLY", "FREQ=MONTHLY")).are_empty());
    }
}
