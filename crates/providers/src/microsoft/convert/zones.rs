//! Zones by the names of Windows and by ours.
//!
//! The table is that of CLDR 48 (`windowsZones`, with the other names that each zone has or had; Unicode licence v3): for
//! each name of Windows first the zone that stands for it, then all others that keep its time. So every zone has a name
//! there, and reading one back tells the zone that stands for it, which may be another of the same time (trap 12): the
//! two halves of an agreement keep both.

use concord_model::Zone;
use jiff::Timestamp;

const TABLE: &str = include_str!("zones.txt");

/// The zone of that name, be it Windows' or IANA's. `None` for one that only Outlook knows (`Customized Time Zone`): it is
/// not guessed (I-24).
pub(in crate::microsoft) fn read(name: &str) -> Option<Zone> {
    concord_ical::zones::named(name)
}

/// What Windows calls the zone. `None` where nothing there keeps its time from then until then.
pub(super) fn windows(zone: &Zone, from: Timestamp, until: Option<Timestamp>) -> Option<&'static str> {
    let name = zone.name();
    let row = |line: &'static str| {
        let (windows, zones) = line.split_once('\t')?;
        zones.split(' ').any(|one| one == name).then_some(windows)
    };
    let windows = TABLE.lines().find_map(row)?;
    // Names of countries stay when their clocks change: a zone is named only while it means the same.
    read(windows).filter(|read| zone.keeps_time_with(read, from, until)).map(|_| windows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn check(zone: &str, expected: Option<&str>) {
        let zone = Zone::new(zone).unwrap();
        assert_eq!(windows(&zone, at("2026-01-01T00:00:00Z"), None), expected, "{zone}");
    }

    #[test]
    fn zones_have_the_names_that_windows_has() {
        check("Europe/Berlin", Some("W. Europe Standard Time"));
        check("Europe/Vienna", Some("W. Europe Standard Time"));
        check("America/New_York", Some("Eastern Standard Time"));
        check("US/Eastern", Some("Eastern Standard Time"));
        check("Asia/Kolkata", Some("India Standard Time"));
        check("Asia/Calcutta", Some("India Standard Time"));
        check("Europe/Kyiv", Some("FLE Standard Time"));
        check("UTC", Some("UTC"));
        check("Antarctica/Troll", None);
    }

    #[test]
    fn microsoft_trap_12_every_name_of_windows_is_read_as_the_zone_that_stands_for_it() {
        for line in TABLE.lines() {
            let (windows, zones) = line.split_once('\t').unwrap();
            let stands = zones.split(' ').next().unwrap();
            assert_eq!(read(windows), Some(Zone::new(stands).unwrap()), "{windows}");
        }
    }

    #[test]
    fn microsoft_trap_12_the_name_of_a_zone_that_stands_for_it_leads_back_to_it() {
        for line in TABLE.lines() {
            let (windows_name, zones) = line.split_once('\t').unwrap();
            let stands = Zone::new(zones.split(' ').next().unwrap()).unwrap();
            assert_eq!(windows(&stands, at("2026-01-01T00:00:00Z"), None), Some(windows_name));
        }
    }

    #[test]
    fn what_only_outlook_knows_is_not_guessed() {
        for odd in ["tzone://Microsoft/Custom", "Customized Time Zone", "", "(UTC+01:00) Somewhere"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(read("tzone://Microsoft/Utc"), Some(Zone::utc()));
    }
}
