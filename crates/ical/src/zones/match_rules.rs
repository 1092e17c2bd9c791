//! The zone of the database that does what a definition does.

use concord_model::Zone;
use strum::IntoEnumIterator;
use windows_timezones::WindowsTimezone;

use super::{Observances, iana, todays_name};

/// The zones most people mean, so that a definition of New York's clock is not told as a neighbour's that keeps the
/// same time.
const BEST_KNOWN: [&str; 12] = [
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Halifax",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Asia/Kolkata",
];

/// Returns a zone that has the definition's offsets at every instant of these years; `None` when there is none.
///
/// A definition whose offset never changes becomes that offset, not a country that happens to share it. Of several
/// zones that fit, the best known come first, then the ones that Windows can choose, then the order of the alphabet:
/// which one it is makes no difference to any time in the file, and the answer is the same on every machine.
pub(crate) fn matching(observances: &Observances, years: (i16, i16)) -> Option<Zone> {
    let told = observances.told(years)?;
    if let Some(offset) = told.fixed()
        && offset % 3600 == 0
        && (-12..=14).contains(&(offset / 3600))
    {
        // The sign in these names is that of POSIX: positive is west.
        return match offset / 3600 {
            0 => Some(Zone::utc()),
            hours => iana(&format!("Etc/GMT{:+}", -hours)),
        };
    }
    let known = BEST_KNOWN.into_iter().filter_map(iana);
    let windows = WindowsTimezone::iter().filter_map(|zone| iana(todays_name(zone.tzdb_id())));
    let mut all: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    all.sort_unstable();
    let all = all.into_iter().filter(|name| name.contains('/')).filter_map(|name| iana(&name));
    known.chain(windows).chain(all).find(|zone| told.is_of(zone))
}
