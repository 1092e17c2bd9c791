//! How a server tells again what it was given: other order, other folds, things added and trimmed.
//!
//! The meaning stays; the bytes do not. A server that does none of it keeps the text as it came.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{Component, FOLDED, Line, escaped, listed, unescaped};
use crate::caldav::switches::{Fold, Rewriting};

/// What is stored of a text.
pub(in crate::caldav) fn stored(text: &str, calendar: &Component, how: &Rewriting, now: Timestamp) -> String {
    if !how.is_any() {
        return text.to_owned();
    }
    let mut calendar = calendar.clone();
    if how.add_zones {
        add_zones(&mut calendar, now);
    }
    for entry in calendar.entries_mut() {
        if how.add_class && entry.line("CLASS").is_none() {
            entry.lines.push(Line::new("CLASS", "PUBLIC"));
        }
        if how.add_stamps {
            entry.set(Line::new("LAST-MODIFIED", &super::times::stamp(now)));
        }
        if how.split_categories {
            split_categories(entry);
        }
        for name in &how.drops {
            entry.remove(name);
        }
    }
    if how.trim_texts || how.quote_params {
        each_line(&mut calendar, &mut |line| {
            let line = if how.trim_texts { trimmed(line) } else { line.clone() };
            if how.quote_params { quoted(&line) } else { line }
        });
    }
    if how.reorder {
        reorder(&mut calendar);
    }
    let width = match how.fold {
        Fold::Standard => FOLDED,
        Fold::Narrow => 60,
        Fold::Never => usize::MAX,
    };
    let text = calendar.render(width);
    if how.bare_line_ends { text.replace("\r\n", "\n") } else { text }
}

fn each_line(component: &mut Component, with: &mut impl FnMut(&Line) -> Line) {
    for line in &mut component.lines {
        *line = with(line);
    }
    for part in &mut component.parts {
        each_line(part, with);
    }
}

/// Lines by name, components by their names and then as they were.
fn reorder(component: &mut Component) {
    component.lines.sort_by_key(Line::name);
    component.parts.sort_by_key(|part| (part.name != "VTIMEZONE", part.line("RECURRENCE-ID").is_some()));
    for part in &mut component.parts {
        reorder(part);
    }
}

fn split_categories(entry: &mut Component) {
    let lines = std::mem::take(&mut entry.lines);
    for line in lines {
        if line.is("CATEGORIES") {
            entry.lines.extend(listed(line.value()).into_iter().map(|one| Line::new("CATEGORIES", one)));
        } else {
            entry.lines.push(line);
        }
    }
}

/// TEXT without blanks at the ends of its lines.
fn trimmed(line: &Line) -> Line {
    if !["SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT"].iter().any(|name| line.is(name)) {
        return line.clone();
    }
    let (before, value) = (line.text().len() - line.value().len(), line.value());
    let text = unescaped(value);
    let kept: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    Line::raw(format!("{}{}", &line.text()[..before], escaped(kept.join("\n").trim())))
}

/// The same with every parameter in quotes but those that may not be.
fn quoted(line: &Line) -> Line {
    let params = line.params();
    if params.is_empty() {
        return line.clone();
    }
    let mut told: Vec<(String, String)> =
        params.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    for (key, value) in &mut told {
        if key.eq_ignore_ascii_case("CN") && !value.starts_with('"') {
            *value = format!("\"{value}\"");
        }
    }
    told.sort();
    let told: String = told.into_iter().map(|(key, value)| format!(";{key}={value}")).collect();
    Line::raw(format!("{}{told}:{}", line.name(), line.value()))
}

/// Adds the zones that are named and not described.
pub(in crate::caldav) fn add_zones(calendar: &mut Component, now: Timestamp) {
    let mut named = Vec::new();
    for entry in calendar.entries() {
        for line in &entry.lines {
            named.extend(line.param("TZID").map(ToOwned::to_owned));
        }
    }
    named.sort();
    named.dedup();
    let described: Vec<String> = calendar
        .parts
        .iter()
        .filter(|part| part.name == "VTIMEZONE")
        .filter_map(|part| part.value("TZID").map(ToOwned::to_owned))
        .collect();
    let missing = named.into_iter().filter(|name| !described.contains(name));
    let zones: Vec<Component> = missing.filter_map(|name| zone(&name, now)).collect();
    calendar.parts.splice(0..0, zones);
}

/// A zone as it is observed around now: the two offsets of the year, or the only one.
pub(in crate::caldav) fn zone(name: &str, now: Timestamp) -> Option<Component> {
    let rules = TimeZone::get(name).ok()?;
    let mut zone = Component::new("VTIMEZONE");
    zone.lines.push(Line::new("TZID", name));
    let year = now.to_zoned(rules.clone()).checked_sub(366.days()).ok()?;
    let transitions: Vec<_> = rules.following(year.timestamp()).take(2).collect();
    if transitions.is_empty() {
        let offset = rules.to_offset(now);
        let mut standard = Component::new("STANDARD");
        standard.lines = vec![
            Line::new("DTSTART", "19700101T000000"),
            Line::new("TZOFFSETFROM", &told(offset.seconds())),
            Line::new("TZOFFSETTO", &told(offset.seconds())),
        ];
        zone.parts.push(standard);
    }
    for transition in transitions {
        let before = rules.to_offset(transition.timestamp().checked_sub(1.second()).ok()?);
        let wall = before.to_datetime(transition.timestamp());
        let nth = (wall.day() - 1) / 7 + 1;
        let nth =
            if nth >= 4 && i32::from(wall.day()) + 7 > i32::from(wall.days_in_month()) { -1 } else { nth };
        let day = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
            [usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or(0)];
        let mut part = Component::new(if transition.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" });
        part.lines = vec![
            Line::new("DTSTART", &wall.strftime("%Y%m%dT%H%M%S").to_string()),
            Line::new("RRULE", &format!("FREQ=YEARLY;BYMONTH={};BYDAY={nth}{day}", wall.month())),
            Line::new("TZNAME", transition.abbreviation()),
            Line::new("TZOFFSETFROM", &told(before.seconds())),
            Line::new("TZOFFSETTO", &told(transition.offset().seconds())),
        ];
        zone.parts.push(part);
    }
    Some(zone)
}

fn told(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//\nBEGIN:VEVENT\nUID:a\nSUMMARY:  a  \n\
                        DTSTART;TZID=Europe/Berlin:20261110T100000\nCATEGORIES:A,B\\,C\nEND:VEVENT\nEND:VCALENDAR\n";

    fn rewritten(how: &Rewriting) -> String {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        stored(TEXT, &Component::parse(TEXT).unwrap(), how, now)
    }

    #[test]
    fn without_a_switch_every_byte_stays() {
        assert_eq!(rewritten(&Rewriting::default()), TEXT);
    }

    #[test]
    fn what_is_told_again_means_the_same() {
        let how = Rewriting {
            reorder: true,
            add_zones: true,
            add_class: true,
            split_categories: true,
            trim_texts: true,
            ..Rewriting::default()
        };
        let text = rewritten(&how);
        for line in ["SUMMARY:a", "CATEGORIES:A", "CATEGORIES:B\\,C", "CLASS:PUBLIC", "TZID:Europe/Berlin"] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
        assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), "{text}");
        let again = stored(&text, &Component::parse(&text).unwrap(), &how, Timestamp::UNIX_EPOCH);
        assert_eq!(again, text, "telling it once more changes nothing");
    }
}
