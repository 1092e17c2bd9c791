//! What each calendar says in its own words: a change travels as the lines that changed, so that what the other side has
//! of its own stays.

use concord_model::view::Value;
use concord_model::{Field, Original};

use super::Merging;
use crate::conflict::{About, Clash, Piece, Verdict};

/// Lines that programs write anew with every change: of two, either will do.
const STAMPS: [&str; 6] = ["CREATED", "DTSTAMP", "LAST-MODIFIED", "PRODID", "SEQUENCE", "X-LIC-ERROR"];

/// Lines that fields of their own stand for: where both sides changed one of them, that field is the question.
const FIELDS: [&str; 22] = [
    "ATTACH",
    "ATTENDEE",
    "CLASS",
    "CONFERENCE",
    "DESCRIPTION",
    "DTEND",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "GEO",
    "LOCATION",
    "ORGANIZER",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "TRIGGER",
    "UID",
    "URL",
    "X-ALT-DESC",
];

/// What the change from one text to another makes of a third. Where one of them is not there, the change is all of it.
fn carried(
    was: Option<&Original>,
    is: Option<&Original>,
    there: Option<&Original>,
) -> (Option<Original>, Vec<String>) {
    match (was, is, there) {
        (Some(was), Some(is), Some(there)) => {
            let carried = was.carry(is, there);
            let torn = carried.torn.into_iter().filter(|name| !STAMPS.contains(&name.as_str()));
            (Some(carried.text), torn.collect())
        }
        (_, is, _) => (is.cloned(), Vec::new()),
    }
}

impl Merging<'_> {
    pub(super) fn original(&mut self) {
        let field = Field::Original;
        let (base_ours, base_theirs) =
            (self.base.ours.original.as_ref(), self.base.theirs().original.as_ref());
        let (ours, theirs) = (self.seen.view.original.as_ref(), self.theirs.original.as_ref());
        let way = self.entry.way(field, self.seen.open.has(field));
        let value = Value::Original;
        match (ours != base_ours, theirs != base_theirs, way.enter, way.write) {
            (true, false, _, true) => {
                let (there, _) = carried(base_ours, ours, theirs);
                self.set(None, Some(value(there.clone())), Some((value(ours.cloned()), value(there))));
            }
            (false, true, true, _) => {
                let (here, _) = carried(base_theirs, theirs, ours);
                self.set(Some(value(here.clone())), None, Some((value(here), value(theirs.cloned()))));
            }
            (true, true, true, true) => {
                let (here, torn) = carried(base_theirs, theirs, ours);
                let (there, _) = carried(base_ours, ours, theirs);
                let about = About::Field(field);
                let verdict = self.rules.verdict(about);
                let (here, there) = match verdict {
                    _ if torn.is_empty() => (here, there),
                    Verdict::Platform => (there.clone(), there),
                    Verdict::External => (here.clone(), here),
                    // Each keeps its own until that is answered.
                    Verdict::Asked => (ours.cloned(), theirs.cloned()),
                };
                if torn.iter().any(|name| !FIELDS.contains(&name.as_str())) {
                    let piece = |text: Option<&Original>| Some(Piece::Value(value(text.cloned())));
                    let (base, ours, theirs) = (piece(base_ours), piece(ours), piece(theirs));
                    self.out.clashes.push(Clash { about, base, ours, theirs, verdict });
                }
                if torn.is_empty() || verdict != Verdict::Asked {
                    let agreed = (value(here.clone()), value(there.clone()));
                    self.set(Some(value(here)), Some(value(there)), Some(agreed));
                }
            }
            _ => self.plain(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use concord_model::agreed::Base;
    use concord_model::link::{Policy, Settings};
    use concord_model::{FieldSet, Span, View};
    use jiff::Timestamp;

    use super::*;
    use crate::conflict::Stamps;
    use crate::lens::Seen;
    use crate::merge::{Ending, Entry, Outcome, Rules, merge};

    fn view(title: &str, lines: &str) -> View {
        let day = "2026-11-24".parse().expect("it is a day");
        let next = "2026-11-25".parse().expect("it is a day");
        let mut view = View::new(Span::days(day, next).expect("a day is a span"), title);
        let lines: Vec<&str> = lines.split_whitespace().collect();
        let text = format!("BEGIN:VEVENT\r\nSUMMARY:{title}\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n"));
        view.original = Some(Original::of(&text));
        view
    }

    /// Merges what is here and there, each a title and lines, over what was agreed on.
    fn merged(base: View, ours: View, theirs: View, policy: Policy) -> Outcome {
        merged_over(&Base::of(base.clone(), base), ours, theirs, policy)
    }

    fn merged_over(base: &Base, ours: View, theirs: View, policy: Policy) -> Outcome {
        let all = FieldSet::ALL;
        let entry = Entry {
            fields: all,
            writable: all,
            theirs: FieldSet::NONE,
            puts_back: true,
            own: &[],
            answer_enters: true,
            answer_goes: true,
        };
        let settings = Settings { conflicts: policy, ..Settings::default() };
        let at = Timestamp::UNIX_EPOCH;
        let stamps = |_: Field| Stamps { ours: at, theirs: at, exact_ms: 0 };
        let rules = Rules { settings: &settings, booking: false, stamps: &stamps, ending: Ending::Enters };
        let seen = Seen { view: ours, fields: all, open: all, parts: all, closed: BTreeMap::new() };
        merge(base, &seen, &theirs, entry, &rules)
    }

    #[test]
    fn each_sides_own_lines_reach_the_other_with_the_fields() {
        let out = merged(view("One", "X-A:1"), view("Uno", "X-A:1"), view("One", "X-A:2 X-B:1"), Policy::Ask);
        assert_eq!((&out.ours, &out.theirs), (&view("Uno", "X-A:2 X-B:1"), &view("Uno", "X-A:2 X-B:1")));
        assert!(out.clashes.is_empty());
        assert_eq!(out.base, Base::of(out.ours.clone(), out.theirs.clone()));
    }

    #[test]
    fn what_one_side_changed_leaves_the_other_what_it_has_of_its_own() {
        let agreed = Base::of(view("One", "X-OURS:1 X-A:1"), view("One", "X-THEIRS:1 X-A:1"));
        let (ours, theirs) = (agreed.ours.clone(), agreed.theirs().clone());
        let (our, their) = (view("One", "X-OURS:1 X-A:2"), view("One", "X-THEIRS:1 X-A:2"));
        let out = merged_over(&agreed, our.clone(), theirs.clone(), Policy::Ask);
        assert_eq!(
            (&out.ours, &out.theirs, &out.base),
            (&our, &their, &Base::of(our.clone(), their.clone()))
        );
        let out = merged_over(&agreed, ours.clone(), their.clone(), Policy::Ask);
        assert_eq!(
            (&out.ours, &out.theirs, &out.base),
            (&our, &their, &Base::of(our.clone(), their.clone()))
        );
    }

    #[test]
    fn a_line_that_a_field_stands_for_is_that_fields_question() {
        let (ours, theirs) = (view("Ours", "DTSTAMP:1"), view("Theirs", "DTSTAMP:2"));
        let out = merged(view("One", "DTSTAMP:0"), ours.clone(), theirs.clone(), Policy::Ask);
        let about: Vec<About> = out.clashes.iter().map(|clash| clash.about).collect();
        assert_eq!(about, [About::Field(Field::Title)]);
        assert_eq!((out.ours, out.theirs), (ours, theirs), "each keeps its own until that is answered");
    }

    #[test]
    fn a_line_that_no_field_stands_for_is_asked_by_itself_or_settled_by_the_policy() {
        let (base, ours, theirs) = (view("One", "X-A:0"), view("One", "X-A:1"), view("One", "X-A:2"));
        let with = |policy| merged(base.clone(), ours.clone(), theirs.clone(), policy);
        let asked = with(Policy::Ask);
        assert_eq!((&asked.ours, &asked.theirs, asked.clashes.len()), (&ours, &theirs, 1));
        let here = with(Policy::KeepPlatform);
        assert_eq!((&here.ours, &here.theirs, here.clashes.len()), (&ours, &ours, 1));
        let there = with(Policy::KeepExternal);
        assert_eq!((&there.ours, &there.theirs, there.clashes.len()), (&theirs, &theirs, 1));
    }
}
