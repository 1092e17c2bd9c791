//! What a caller would like: the header `Prefer`, and what is said to have been honoured of it.

use jiff::tz::TimeZone;

use super::answers::Refused;
use super::ids::Kind;
use super::state::State;
use super::zones;
use crate::message::Call;

/// The wishes of one call.
#[derive(Clone, Debug)]
pub(super) struct Prefer {
    /// The zone that times are told in, by the name that was given; UTC if none was.
    pub(super) zone: Option<(String, TimeZone)>,
    /// Bodies as text.
    pub(super) text: bool,
    pub(super) ids: Kind,
    pub(super) page: Option<usize>,
    /// What goes back as `Preference-Applied`.
    pub(super) applied: Vec<String>,
}

impl Default for Prefer {
    fn default() -> Prefer {
        Prefer { zone: None, text: false, ids: Kind::Usual, page: None, applied: Vec::new() }
    }
}

impl Prefer {
    /// How the twin itself looks at things.
    pub(super) fn plain() -> Prefer {
        Prefer { ids: Kind::Immutable, ..Prefer::default() }
    }

    /// The wishes of a call. What is not known is passed over.
    pub(super) fn of(state: &State, call: &Call) -> Result<Prefer, Refused> {
        let mut prefer = Prefer::default();
        let lines = call.headers.get_all("prefer").iter().filter_map(|line| line.to_str().ok());
        for wish in lines.flat_map(|line| line.split([',', ';'])) {
            let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"'));
            match name.as_str() {
                "outlook.timezone" => {
                    let zone = zones::zone(state, value)?;
                    prefer.zone = Some((value.to_owned(), zone));
                }
                "outlook.body-content-type" => prefer.text = value.eq_ignore_ascii_case("text"),
                "idtype" if value.eq_ignore_ascii_case("ImmutableId") => prefer.ids = Kind::Immutable,
                "odata.maxpagesize" => prefer.page = value.parse().ok().filter(|page| *page > 0),
                _ => continue,
            }
            prefer.applied.push(wish.trim().to_owned());
        }
        Ok(prefer)
    }
}
