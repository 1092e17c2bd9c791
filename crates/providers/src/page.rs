//! Where a provider shows an event to people: an address that a browser opens and nothing else, since it is put before
//! people as a link.

/// The address, if it is one of the web.
pub(crate) fn of_the_web(told: Option<&String>) -> Option<String> {
    told.filter(|link| link.starts_with("https://") || link.starts_with("http://")).cloned()
}
