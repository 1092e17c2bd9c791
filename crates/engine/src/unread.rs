//! What a page only names, read.
//!
//! A listing may say of an event no more than its name and version. A run knows versions and reads what is new; whoever
//! compares all of a calendar, or looks at one that is not linked yet, reads all of it here.

use concord_model::CalendarId;
use concord_model::observed::{Item, Reading, State};
use concord_providers::{Access, Answer, Provider};

/// The items, with those read that were only named. What went meanwhile is not among them.
pub(crate) async fn spelled_out(
    provider: &dyn Provider,
    access: &Access,
    calendar: &CalendarId,
    items: Vec<Item>,
) -> Result<Vec<Item>, Answer> {
    let (unread, mut items): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| item.state == State::Unread);
    let ids: Vec<_> = unread.into_iter().map(|item| item.id).collect();
    for chunk in ids.chunks(provider.reads_at_once().max(1)) {
        for reading in provider.read(access, calendar, chunk).await {
            if let Reading::Present(read) = reading? {
                items.extend(read);
            }
        }
    }
    Ok(items)
}
