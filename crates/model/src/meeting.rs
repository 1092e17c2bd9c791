//! Meetings that one joins by a link: which ones, by whom, and where the link is (EV-5).

use crate::view::View;

/// A way to join a meeting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meeting {
    /// The link.
    pub url: String,
    /// Who runs the rooms; `None` for a link that only the event itself calls a meeting.
    pub provider: Option<&'static str>,
}

/// Hosts of rooms, and what runs there. A host that begins with a dot stands for all below it, too.
const ROOMS: &[(&str, &str)] = &[
    ("meet.google.com", "google_meet"),
    (".zoom.us", "zoom"),
    (".zoomgov.com", "zoom"),
    ("teams.microsoft.com", "teams"),
    ("teams.live.com", "teams"),
    ("teams.cloud.microsoft", "teams"),
    (".webex.com", "webex"),
    ("whereby.com", "whereby"),
    ("meet.jit.si", "jitsi"),
    ("8x8.vc", "jitsi"),
    ("meet.goto.com", "goto"),
    (".gotomeeting.com", "goto"),
    ("chime.aws", "chime"),
    ("join.skype.com", "skype"),
    (".bluejeans.com", "bluejeans"),
    ("around.co", "around"),
    ("discord.gg", "discord"),
];

/// How one joins an event, if one can: by its conference data, else by a known room's link in its place or description.
pub fn of(view: &View) -> Option<Meeting> {
    if !view.conference.is_empty() {
        let provider = host(&view.conference).and_then(room);
        return Some(Meeting { url: view.conference.clone(), provider });
    }
    [&view.location, &view.description].into_iter().find_map(|text| in_text(text))
}

fn in_text(text: &str) -> Option<Meeting> {
    links(text).find_map(|url| Some(Meeting { url: url.to_owned(), provider: Some(room(host(url)?)?) }))
}

/// The links in a text: from `https://` to the first sign that no link has, without what closes a sentence.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("https://").map(|(start, _)| {
        let rest = &text[start..];
        let is_over = |c: char| c.is_whitespace() || c.is_control() || "<>\"'`|\\^{}".contains(c);
        let end = rest.find(is_over).unwrap_or(rest.len());
        rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']'])
    })
}

fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // What stands before an @ is a name, and has been used to fool people.
    if authority.contains('@') {
        return None;
    }
    authority.split(':').next()
}

fn room(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    let fits = |name: &str| match name.strip_prefix('.') {
        Some(bare) => host == bare || host.ends_with(name),
        None => host == name,
    };
    ROOMS.iter().find(|(name, _)| fits(name)).map(|(_, provider)| *provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    fn check(conference: &str, location: &str, description: &str, expected: Option<(&str, Option<&str>)>) {
        let day = jiff::civil::date(2026, 11, 20);
        let mut view = View::new(Span::days(day, day.tomorrow().unwrap()).unwrap(), "Coaching");
        view.conference = conference.to_owned();
        view.location = location.to_owned();
        view.description = description.to_owned();
        let found = of(&view);
        assert_eq!(found.as_ref().map(|m| (m.url.as_str(), m.provider)), expected);
    }

    #[test]
    fn ev_5_a_meeting_is_known_by_its_link() {
        check(
            "https://meet.google.com/abc-defg-hij",
            "",
            "",
            Some(("https://meet.google.com/abc-defg-hij", Some("google_meet"))),
        );
        check("https://rooms.example/1", "", "", Some(("https://rooms.example/1", None)));
        check(
            "",
            "https://acme.zoom.us/j/123?pwd=x",
            "",
            Some(("https://acme.zoom.us/j/123?pwd=x", Some("zoom"))),
        );
        check(
            "",
            "Studio A",
            "Join (https://teams.microsoft.com/l/x).",
            Some(("https://teams.microsoft.com/l/x", Some("teams"))),
        );
        check(
            "",
            "",
            "see https://example.org, or <https://meet.jit.si/Room>",
            Some(("https://meet.jit.si/Room", Some("jitsi"))),
        );
        check("", "", "https://zoom.us.evil.example/j/1 https://zoom.us@evil.example/", None);
        check("", "https://notzoom.us/j/1", "", None);
        check("", "Studio A", "Bring water", None);
    }
}
