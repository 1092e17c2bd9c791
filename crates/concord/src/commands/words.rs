//! The words that the command line has for the values of the model, in both directions.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use concord_model::link::{
    Column, DeletionPolicy, Direction, Frequency, Holds, Keep, Policy, Rule, RuleField, Way,
};
use concord_model::privacy::{ClientNames, Detail, Privacy, PrivateEvents};
use concord_model::view::{Availability, Colour, Reminder, ReminderBy, Status};
use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Words for the values of a type.
pub type Words<T> = &'static [(&'static str, T)];

pub const DIRECTION: Words<Direction> =
    &[("both", Direction::Both), ("push", Direction::Push), ("pull", Direction::Pull)];
pub const POLICY: Words<Policy> = &[
    ("last_write_wins", Policy::LastWriteWins),
    ("keep_platform", Policy::KeepPlatform),
    ("keep_external", Policy::KeepExternal),
    ("ask", Policy::Ask),
];
pub const DELETION: Words<DeletionPolicy> =
    &[("delete", DeletionPolicy::Delete), ("restore", DeletionPolicy::Restore), ("ask", DeletionPolicy::Ask)];
pub const PRIVATE: Words<PrivateEvents> =
    &[("exclude", PrivateEvents::Exclude), ("busy", PrivateEvents::Busy), ("show", PrivateEvents::Show)];
pub const DETAIL: Words<Detail> = &[("full", Detail::Full), ("title", Detail::Title), ("busy", Detail::Busy)];
pub const CLIENT_NAMES: Words<ClientNames> =
    &[("shown", ClientNames::Shown), ("initials", ClientNames::Initials), ("hidden", ClientNames::Hidden)];
pub const SWITCH: Words<bool> = &[("on", true), ("off", false)];
pub const STATUS: Words<Status> =
    &[("confirmed", Status::Confirmed), ("tentative", Status::Tentative), ("cancelled", Status::Cancelled)];
pub const AVAILABILITY: Words<Availability> = &[("busy", Availability::Busy), ("free", Availability::Free)];
pub const PRIVACY: Words<Privacy> = &[
    ("default", Privacy::Default),
    ("public", Privacy::Public),
    ("private", Privacy::Private),
    ("confidential", Privacy::Confidential),
];
pub const COLOUR: Words<Option<Colour>> = &[
    ("none", None),
    ("lavender", Some(Colour::Lavender)),
    ("sage", Some(Colour::Sage)),
    ("grape", Some(Colour::Grape)),
    ("flamingo", Some(Colour::Flamingo)),
    ("banana", Some(Colour::Banana)),
    ("tangerine", Some(Colour::Tangerine)),
    ("peacock", Some(Colour::Peacock)),
    ("graphite", Some(Colour::Graphite)),
    ("blueberry", Some(Colour::Blueberry)),
    ("basil", Some(Colour::Basil)),
    ("tomato", Some(Colour::Tomato)),
];
const RULE_FIELD: Words<RuleField> = &[
    ("title", RuleField::Title),
    ("description", RuleField::Description),
    ("location", RuleField::Location),
    ("type", RuleField::SessionType),
    ("tag", RuleField::Tag),
];

/// Takes one of these words, and lists them in the help.
pub fn choice<T: Clone + Send + Sync + 'static>(words: Words<T>) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words.iter().map(|(word, _)| *word)).map(move |given| {
        let (_, value) = words.iter().find(|(word, _)| *word == given).expect("only these words get through");
        value.clone()
    })
}

/// The word for a value.
pub fn word<T: PartialEq>(words: Words<T>, value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("?", |(word, _)| *word)
}

/// `realtime`, or how often.
pub fn frequency(text: &str) -> Result<Frequency, String> {
    match text {
        "realtime" => Ok(Frequency::RealTime),
        "hourly" => Ok(Frequency::EveryMinutes(60)),
        "daily" => Ok(Frequency::EveryMinutes(24 * 60)),
        text => {
            let minutes = duration(text)?.as_mins();
            match u32::try_from(minutes) {
                Ok(minutes) if minutes >= 1 => Ok(Frequency::EveryMinutes(minutes)),
                _ => Err("is shorter than a minute; write realtime to be told of changes at once".to_owned()),
            }
        }
    }
}

/// How a frequency is written.
pub fn frequency_word(frequency: Frequency) -> String {
    match frequency {
        Frequency::RealTime => "realtime".to_owned(),
        Frequency::EveryMinutes(minutes) if minutes.is_multiple_of(60) => format!("{}h", minutes / 60),
        Frequency::EveryMinutes(minutes) => format!("{minutes}m"),
    }
}

/// A length of time: `90m`, `1h30m`, `2d` (days of 24 hours).
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "is not a length of time; write it with its unit, such as 90m, 1h30m or 2d".to_owned();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(wrong());
    }
    let span: Span = text.parse().map_err(|_| wrong())?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())
}

/// A rule of one's own: `title=foo*` keeps what matches, `title!=foo*` what does not.
pub fn rule(text: &str) -> Result<Rule, String> {
    let fields = || RULE_FIELD.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let wrong =
        || format!("is not a rule; write FIELD=PATTERN or FIELD!=PATTERN, the field one of {}", fields());
    let (field, pattern) = text.split_once('=').ok_or_else(wrong)?;
    let (field, keep) = match field.strip_suffix('!') {
        Some(field) => (field, Keep::Others),
        None => (field, Keep::Matching),
    };
    let known = RULE_FIELD.iter().find(|(word, _)| *word == field.trim());
    let (_, field) = known.ok_or_else(wrong)?;
    if pattern.trim().is_empty() {
        return Err("has no pattern".to_owned());
    }
    Ok(Rule { field: *field, pattern: pattern.trim().to_owned(), keep })
}

/// What a column of a table can hold.
const HOLDS: &[(&str, Holds)] = &[
    ("time", Holds::Time),
    ("end", Holds::End),
    ("clock", Holds::Clock),
    ("location", Holds::Location),
    ("description", Holds::Description),
    ("meeting-link", Holds::Conference),
    ("status", Holds::Status),
];

/// A choice of a column: `location=Room`, `location=Room:in` (or `:out`) for one way, `location=` for none.
pub fn column(text: &str) -> Result<(Holds, Option<Column>), String> {
    let words = || HOLDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let wrong = || format!("is not a choice of a column; write WHAT=COLUMN, what being one of {}", words());
    let (what, name) = text.split_once('=').ok_or_else(wrong)?;
    let (_, holds) = HOLDS.iter().find(|(word, _)| *word == what.trim()).ok_or_else(wrong)?;
    let (name, way) = match name.rsplit_once(':') {
        Some((name, "in")) => (name, Way::In),
        Some((name, "out")) => (name, Way::Out),
        Some((name, "both")) => (name, Way::Both),
        _ => (name, Way::Both),
    };
    let name = name.trim();
    let column = Column { way, ..Column::both("", name) };
    Ok((*holds, (!name.is_empty()).then_some(column)))
}

/// How a rule is written.
pub fn rule_word(rule: &Rule) -> String {
    let sign = match rule.keep {
        Keep::Matching => "=",
        Keep::Others => "!=",
    };
    format!("{}{sign}{}", word(RULE_FIELD, &rule.field), rule.pattern)
}

/// One reminder: minutes before the start, `:email` behind them for a mail.
pub fn reminder(text: &str) -> Result<Option<Reminder>, String> {
    let wrong =
        || "is not a reminder; write the minutes before the start (10, or 10:email), or none".to_owned();
    if text == "none" {
        return Ok(None);
    }
    let (minutes, by) = match text.split_once(':') {
        None | Some((_, "popup")) => (text.trim_end_matches(":popup"), ReminderBy::Popup),
        Some((minutes, "email")) => (minutes, ReminderBy::Email),
        Some(_) => return Err(wrong()),
    };
    let minutes_before = minutes.parse().map_err(|_| wrong())?;
    Ok(Some(Reminder { minutes_before, by }))
}

#[cfg(test)]
mod tests {
    use concord_model::view::Reminders;

    use super::*;

    #[test]
    fn frequencies_are_told_in_words() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(frequency(text).ok().map(frequency_word).as_deref(), expected, "{text}");
        };
        check("realtime", Some("realtime"));
        check("15m", Some("15m"));
        check("hourly", Some("1h"));
        check("1h30m", Some("90m"));
        check("daily", Some("24h"));
        check("10s", None);
        check("often", None);
    }

    #[test]
    fn rules_are_written_as_they_are_read() {
        let check = |text: &str, fits: bool| {
            assert_eq!(rule(text).ok().as_ref().map(rule_word).as_deref(), fits.then_some(text), "{text}");
        };
        check("title=foo*", true);
        check("type!=group_class", true);
        check("tag=a=b", true);
        check("colour=red", false);
        check("title=", false);
        check("title", false);
    }

    #[test]
    fn a_column_is_chosen_by_its_name_with_its_way_or_none_is() {
        let check = |text: &str, expected: Option<(Holds, Option<(&str, Way)>)>| {
            let told = column(text).ok();
            let told = told.as_ref().map(|(holds, column)| {
                (*holds, column.as_ref().map(|column| (column.name.as_str(), column.way)))
            });
            assert_eq!(told, expected, "{text}");
        };
        check("location=Room", Some((Holds::Location, Some(("Room", Way::Both)))));
        check("meeting-link=Zoom: link:in", Some((Holds::Conference, Some(("Zoom: link", Way::In)))));
        check("description= Notes :out", Some((Holds::Description, Some(("Notes", Way::Out)))));
        check("status=", Some((Holds::Status, None)));
        check("note=Concord", None);
        check("location", None);
    }

    #[test]
    fn reminders_are_written_as_they_are_read() {
        let check = |text: &str, expected: Option<&str>| {
            let told = reminder(text)
                .ok()
                .map(|one| concord_engine::spoken::reminders(&Reminders::Own(one.into_iter().collect())));
            assert_eq!(told.as_deref(), expected, "{text}");
        };
        check("10", Some("10"));
        check("10:popup", Some("10"));
        check("1440:email", Some("1440:email"));
        check("none", Some("none"));
        check("soon", None);
        check("10:sms", None);
    }
}
