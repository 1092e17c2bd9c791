//! From the zone names that files use to zones, and from zones to definitions for files.
//!
//! A name is resolved in this order: what it says (an IANA name, with the prefixes that some writers put before it,
//! or a name of Windows), what its definition in the file says (X-LIC-LOCATION), then what that definition *does*,
//! compared with the zone database over the years in use. What none of these settles is unknown. Nothing is picked
//! because its offset looks right (I-24, BM-066 to BM-070).

mod definition;
mod match_rules;
mod observances;

use concord_model::Zone;
use strum::IntoEnumIterator;
use windows_timezones::WindowsTimezone;

pub(crate) use definition::definition;
pub(crate) use match_rules::matching;
pub(crate) use observances::Observances;

/// Returns the zone that a name says by itself, without any definition.
pub fn named(name: &str) -> Option<Zone> {
    let name = name.trim().trim_matches('"');
    iana(name).or_else(|| windows(name)).or_else(|| prefixed(name))
}

/// The zone of a name that can only mean that one, so that a definition beside it that differs is merely wrong or
/// frozen.
///
/// Bare abbreviations (`EST`) are in the database too, but files use them with definitions that differ.
pub(crate) fn plain(name: &str) -> Option<Zone> {
    named(name).filter(|zone| name.contains('/') || *zone == Zone::utc() || windows(name.trim()).is_some())
}

/// The zone of a name that is not plain, with its definition, in these years; `None` is unknown.
pub(crate) fn defined(
    name: &str,
    location: Option<&str>,
    definition: &Observances,
    years: (i16, i16),
) -> Option<Zone> {
    let said = named(name).filter(|zone| definition.are_empty() || definition.fit(zone, years));
    said.or_else(|| location.and_then(named)).or_else(|| matching(definition, years))
}

fn iana(name: &str) -> Option<Zone> {
    // These are in the database to say that nothing is known.
    let nothing = ["Etc/Unknown", "Factory", "localtime", "posixrules"];
    if nothing.iter().any(|n| n.eq_ignore_ascii_case(name)) || !name.is_ascii() {
        return None;
    }
    if ["UTC", "GMT", "Etc/UTC", "Etc/GMT", "Z"].iter().any(|n| n.eq_ignore_ascii_case(name)) {
        return Some(Zone::utc());
    }
    Zone::new(name).ok()
}

/// By the name of Windows (`W. Europe Standard Time`) or its description there (`(UTC+01:00) Amsterdam, …`).
fn windows(name: &str) -> Option<Zone> {
    let zone = WindowsTimezone::iter().find(|zone| {
        zone.name().eq_ignore_ascii_case(name) || zone.description().eq_ignore_ascii_case(name)
    })?;
    iana(todays_name(zone.tzdb_id()))
}

/// The table of Windows' zones keeps the names that some places had before they were renamed.
fn todays_name(name: &str) -> &str {
    match name {
        "America/Buenos_Aires" => "America/Argentina/Buenos_Aires",
        "America/Godthab" => "America/Nuuk",
        "America/Indianapolis" => "America/Indiana/Indianapolis",
        "Asia/Calcutta" => "Asia/Kolkata",
        "Asia/Katmandu" => "Asia/Kathmandu",
        "Asia/Rangoon" => "Asia/Yangon",
        "Europe/Kiev" => "Europe/Kyiv",
        name => name,
    }
}

/// With something before it: `/freeassociation.sourceforge.net/Europe/Berlin`, `tzone://Microsoft/Utc`.
fn prefixed(name: &str) -> Option<Zone> {
    let parts: Vec<&str> = name.split('/').collect();
    let last =
        |n: usize| parts.len().checked_sub(n).filter(|from| *from > 0).map(|from| parts[from..].join("/"));
    // IANA names have two or three parts; of one part, only UTC is beyond doubt.
    let found = [3, 2].into_iter().filter_map(last).find_map(|rest| iana(&rest));
    found.or_else(|| last(1).and_then(|rest| iana(&rest)).filter(|zone| *zone == Zone::utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(named(name).as_ref().map(Zone::name), expected, "{name}");
    }

    #[test]
    fn names_in_use_say_their_zone() {
        check("Europe/Berlin", Some("Europe/Berlin"));
        check("\"America/Argentina/Buenos_Aires\"", Some("America/Argentina/Buenos_Aires"));
        check("W. Europe Standard Time", Some("Europe/Berlin"));
        check("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", Some("Europe/Berlin"));
        check("GMT Standard Time", Some("Europe/London"));
        check("India Standard Time", Some("Asia/Kolkata"));
        check("/freeassociation.sourceforge.net/Europe/Berlin", Some("Europe/Berlin"));
        check("/freeassociation.sourceforge.net/Tzfile/America/Indiana/Knox", Some("America/Indiana/Knox"));
        check("/mozilla.org/20050126_1/Africa/Johannesburg", Some("Africa/Johannesburg"));
        check("tzone://Microsoft/Utc", Some("UTC"));
        check("Etc/UTC", Some("UTC"));
        check("UTC", Some("UTC"));
    }

    #[test]
    fn bm_066_a_name_that_says_nothing_is_not_guessed() {
        for odd in [
            "",
            "UTC+01:00",
            "(UTC+01:00) Paris",
            "Customized Time Zone",
            "tzone://Microsoft/Custom",
            "Etc/Unknown",
            "Factory",
            "/x/EST",
            "Local",
            "Mars/Olympus",
            "GMT+2",
            "../../etc/passwd",
            "Europe/Bérlin",
        ] {
            check(odd, None);
        }
    }

    #[test]
    fn every_windows_zone_is_in_the_database() {
        for zone in WindowsTimezone::iter() {
            assert!(named(zone.name()).is_some(), "{}", zone.name());
        }
    }
}
