//! How a server spells what it is given: it may trim a text, wrap it anew or cut it short, and leave out what it does not
//! keep. When something takes place, and what it is called, is never its own doing.

use concord_model::View;
use concord_model::view::Override;

/// Whether what is there can be a server's spelling of what was sent.
pub(super) fn is_the_same(sent: &View, there: &View) -> bool {
    one_is_the_same(sent, there)
        && sent.overrides.keys().chain(there.overrides.keys()).all(|key| {
            let is_cancelled = |view: &View| view.overrides.get(key) == Some(&Override::Cancelled);
            match (sent.occurrence(*key), there.occurrence(*key)) {
                _ if is_cancelled(sent) || is_cancelled(there) => is_cancelled(sent) == is_cancelled(there),
                (Some(sent), Some(there)) => one_is_the_same(&sent, &there),
                (sent, there) => sent.is_none() == there.is_none(),
            }
        })
}

fn one_is_the_same(sent: &View, there: &View) -> bool {
    let texts = [
        (&sent.title, &there.title),
        (&sent.location, &there.location),
        (&sent.description, &there.description),
    ];
    sent.time.coincides(&there.time) && texts.into_iter().all(|(sent, there)| is_kept_of(sent, there))
}

/// Whether a text is the beginning of another, blanks aside.
fn is_kept_of(sent: &str, there: &str) -> bool {
    let mut sent = sent.chars().filter(|letter| !letter.is_whitespace());
    // Whoever cuts a text short often says so.
    let there = there.trim_end_matches(['.', '…']);
    there.chars().filter(|letter| !letter.is_whitespace()).all(|letter| sent.next() == Some(letter))
}

#[cfg(test)]
mod tests {
    use concord_model::{Span, View};

    use super::is_the_same;

    fn called(title: &str) -> View {
        View::new(Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap(), title)
    }

    #[test]
    fn a_text_may_be_trimmed_wrapped_and_cut_short() {
        for there in ["Long walk", " Long\n walk ", "Long w…", "Long w...", ""] {
            assert!(is_the_same(&called("Long walk"), &called(there)), "{there}");
        }
        for there in ["Walk", "Long walks", "long walk"] {
            assert!(!is_the_same(&called("Long walk"), &called(there)), "{there}");
        }
    }

    #[test]
    fn another_day_is_another_event() {
        let mut there = called("Walk");
        there.time.span = Span::days("2026-11-25".parse().unwrap(), "2026-11-26".parse().unwrap()).unwrap();
        assert!(!is_the_same(&called("Walk"), &there));
    }
}
