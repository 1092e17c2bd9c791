//! What providers are called: by programs, by people, and by those who say it in another way.

use concord_model::ProviderId;

/// Those that an operator sets up with credentials of the service's own, and that are named to people before that.
pub const SET_UP: &[&str] = &["google", "outlook"];

/// The provider that is meant by a name.
pub fn meant(name: &str) -> ProviderId {
    ProviderId::from(if name == "microsoft" { "outlook" } else { name })
}

/// What has a name for people.
pub trait Titled {
    /// The name as people write it.
    fn title(&self) -> &str;
}

impl Titled for ProviderId {
    fn title(&self) -> &str {
        match self.as_str() {
            "google" => "Google",
            "outlook" => "Outlook",
            "apple" => "Apple",
            "caldav" => "CalDAV",
            "notion" => "Notion",
            "ics" => "iCalendar",
            other => other,
        }
    }
}
