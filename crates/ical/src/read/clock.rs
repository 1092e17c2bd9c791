//! On which clock the times of an event are told.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use concord_model::{Moment, Zone};
use jiff::civil::{Date, DateTime};

use super::{Lines, Trouble};
use crate::component::{Component, Tree};
use crate::lines::Content;
use crate::values::{self, When};
use crate::zones::{self, Observances};

/// Definitions that are compared with the zone database, for one file. Real files need one or two.
const MOST_COMPARED: usize = 200;

/// A name, and the years of an event.
type Asked = (String, (i16, i16));

/// The zones of one calendar: its definitions, and what was found out about names.
pub(crate) struct Zones {
    definitions: BTreeMap<String, Definition>,
    known: RefCell<BTreeMap<Asked, Option<Zone>>>,
    to_compare: Cell<usize>,
}

/// What a definition in the file is good for.
enum Definition {
    /// Nothing: its name can only mean this zone.
    Plain(Zone),
    /// Where its maker says it is, and what it does.
    Told(Option<String>, Observances),
}

impl Zones {
    pub(crate) fn of(tree: &Tree, calendar: &Component) -> Zones {
        let mut definitions = BTreeMap::new();
        for (_, part) in calendar.parts().filter(|(_, part)| part.is("VTIMEZONE")) {
            let text = |name: &str| {
                let found = tree.contents(part).find(|(_, line)| line.is(name));
                found.map(|(_, line)| values::unescape(line.value()).trim().to_owned())
            };
            if let Some(name) = text("TZID") {
                definitions.entry(name).or_insert_with_key(|name| match zones::plain(name) {
                    Some(zone) => Definition::Plain(zone),
                    None => Definition::Told(text("X-LIC-LOCATION"), Observances::read(tree, part)),
                });
            }
        }
        Zones { definitions, known: RefCell::default(), to_compare: Cell::new(MOST_COMPARED) }
    }

    /// The zone of that name for an event in these years.
    fn resolve(&self, name: &str, years: (i16, i16)) -> Option<Zone> {
        let name = name.trim();
        match self.definitions.get(name) {
            None => self.remember((name.to_owned(), (0, 0)), || zones::named(name)),
            Some(Definition::Plain(zone)) => Some(zone.clone()),
            Some(Definition::Told(location, observances)) => self.remember((name.to_owned(), years), || {
                let left = self.to_compare.get().checked_sub(1)?;
                self.to_compare.set(left);
                zones::defined(name, location.as_deref(), observances, years)
            }),
        }
    }

    fn remember(&self, key: Asked, find: impl FnOnce() -> Option<Zone>) -> Option<Zone> {
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let zone = find();
        self.known.borrow_mut().insert(key, zone.clone());
        zone
    }

    /// A name by which the file already knows a zone.
    pub(crate) fn name_of(&self, zone: &Zone, years: (i16, i16)) -> Option<&str> {
        if self.definitions.contains_key(zone.name())
            && self.resolve(zone.name(), years).as_ref() == Some(zone)
        {
            return self.definitions.get_key_value(zone.name()).map(|(name, _)| name.as_str());
        }
        self.definitions
            .keys()
            .find(|name| self.resolve(name, years).as_ref() == Some(zone))
            .map(String::as_str)
    }
}

/// A value on its clock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum At {
    Date(Date),
    Floating(DateTime),
    Moment(Moment),
}

/// How the times of one event are told.
pub(crate) struct Clock<'a> {
    zones: &'a Zones,
    years: (i16, i16),
}

impl<'a> Clock<'a> {
    /// For an event (with its changed occurrences) in these years.
    fn new(zones: &'a Zones, years: (i16, i16)) -> Clock<'a> {
        Clock { zones, years }
    }

    /// For an event with those lines.
    pub(crate) fn of(zones: &'a Zones, lines: &Lines<'_>) -> Clock<'a> {
        Clock::new(zones, years(lines.iter()))
    }

    /// The zone that a line names, if it names one.
    pub(crate) fn zone(&self, line: &Content<'_>) -> Result<Option<Zone>, Trouble> {
        let Some(name) = line.param("TZID").filter(|name| !name.trim().is_empty()) else { return Ok(None) };
        match self.zones.resolve(&name, self.years) {
            Some(zone) => Ok(Some(zone)),
            None => Err(Trouble::UnknownZone(name)),
        }
    }

    /// The value of a line that has one date or time.
    pub(crate) fn at(&self, line: &Content<'_>, property: &'static str) -> Result<At, Trouble> {
        let when = When::parse(line.value()).ok_or(Trouble::BadTime(property))?;
        Ok(match when {
            When::Date(date) => At::Date(date),
            When::Local(at) | When::Utc(at) if line.param_is("VALUE", "DATE") => At::Date(at.date()),
            When::Utc(at) => At::Moment(Moment::new(at, Zone::utc())),
            When::Local(at) => match self.zone(line)? {
                Some(zone) => At::Moment(Moment::new(at, zone)),
                None => At::Floating(at),
            },
        })
    }
}

/// The years that the dates of an event lie in, and some after where it repeats.
fn years<'a, 'b: 'a>(lines: impl Iterator<Item = &'a Content<'b>>) -> (i16, i16) {
    let (mut first, mut last, mut repeats) = (i16::MAX, i16::MIN, false);
    for line in lines {
        if line.is("RRULE") {
            repeats = true;
        } else if ["DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"].iter().any(|name| line.is(name)) {
            for when in line.value().split([',', '/']).filter_map(When::parse) {
                first = first.min(when.date().year());
                last = last.max(when.date().year());
            }
        }
    }
    if first > last {
        return (2000, 2000);
    }
    let last = last.saturating_add(if repeats { 2 } else { 0 }).min(9998);
    // Zones do not stand still for a century: what lasts longer has no single definition.
    (first.min(last).max(last.saturating_sub(100)), last)
}
