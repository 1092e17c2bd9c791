//! What the trouble with a folder means.

use crate::answer::Answer;
use crate::disk::Trouble;

/// By the closed list.
pub(super) fn refusal(folder: &str, trouble: Trouble) -> Answer {
    match trouble {
        Trouble::NoFolder => Answer::CalendarGone,
        Trouble::Denied(why) => Answer::Rejected { why: format!("{folder}: {why}"), read_only: false },
        Trouble::Other(why) => Answer::Transient(why),
    }
}
