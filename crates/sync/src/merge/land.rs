//! One thing, four versions: where it lands. The one table behind fields, guests, occurrences and answers.

use concord_points::defect;

use crate::conflict::Verdict;

/// One thing as it was agreed on, each side's half apart, and as it is.
#[derive(Debug)]
pub(super) struct Slot<'a, T> {
    pub(super) base_ours: &'a T,
    pub(super) ours: &'a T,
    pub(super) base_theirs: &'a T,
    pub(super) theirs: &'a T,
}

impl<T> Clone for Slot<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Slot<'_, T> {}

impl<T> Slot<'_, T> {
    /// What was agreed on here, ours and theirs: the pieces of a clash.
    pub(super) fn map<P>(self, piece: impl Fn(&T) -> P) -> [P; 3] {
        [piece(self.base_ours), piece(self.ours), piece(self.theirs)]
    }
}

/// Which ways are open to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// A change from there comes in.
    pub(super) enter: bool,
    /// A change from here goes there.
    pub(super) write: bool,
    /// Their word is final: ours shall never go there.
    pub(super) theirs: bool,
    /// A change from there that may not come in is undone there.
    pub(super) put_back: bool,
}

/// Where it landed. What is `None` stays as it is.
#[derive(Debug)]
pub(super) struct Landed<T> {
    pub(super) ours: Option<T>,
    pub(super) theirs: Option<T>,
    pub(super) base: Option<(T, T)>,
    pub(super) clash: Option<Verdict>,
    pub(super) put_back: bool,
}

impl<T> Landed<T> {
    pub(super) fn nowhere() -> Landed<T> {
        Landed { ours: None, theirs: None, base: None, clash: None, put_back: false }
    }

    pub(super) fn is_nowhere(&self) -> bool {
        self.ours.is_none() && self.theirs.is_none() && self.base.is_none() && self.clash.is_none()
    }
}

impl<T: Clone> Landed<T> {
    pub(super) fn ours(slot: Slot<'_, T>) -> Landed<T> {
        let ours = || slot.ours.clone();
        Landed { theirs: Some(ours()), base: Some((ours(), ours())), ..Landed::nowhere() }
    }

    fn theirs(slot: Slot<'_, T>) -> Landed<T> {
        let theirs = || slot.theirs.clone();
        Landed { ours: Some(theirs()), base: Some((theirs(), theirs())), ..Landed::nowhere() }
    }
}

/// Says where one thing lands. `judge` is asked only when both sides changed it.
pub(super) fn land<T: Clone + PartialEq>(
    slot: Slot<'_, T>,
    way: Way,
    judge: impl FnOnce() -> Verdict,
) -> Landed<T> {
    match (slot.ours != slot.base_ours, slot.theirs != slot.base_theirs) {
        (false, false) => Landed::nowhere(),
        // Only here.
        (true, false) if way.write => Landed::ours(slot),
        (true, false) => Landed::nowhere(),
        // Only there.
        (false, true) if way.enter => Landed::theirs(slot),
        // Put back what they made of our view the last time, not a fresh rendering of it.
        (false, true) if way.write && way.put_back => {
            Landed { theirs: Some(slot.base_theirs.clone()), put_back: true, ..Landed::nowhere() }
        }
        (false, true) => Landed::nowhere(),
        // On both sides.
        (true, true) if slot.ours == slot.theirs => {
            Landed { base: Some((slot.ours.clone(), slot.theirs.clone())), ..Landed::nowhere() }
        }
        (true, true) => match (way.enter, way.write) {
            (true, write) => {
                let verdict = if way.theirs { Verdict::External } else { judge() };
                let landed = match (verdict, write) {
                    (Verdict::Platform, true) if defect!("a conflict is settled on one side only") => {
                        Landed { theirs: None, ..Landed::ours(slot) }
                    }
                    (Verdict::Platform, true) => Landed::ours(slot),
                    // It cannot be written now: nothing is decided yet, so nothing is told.
                    (Verdict::Platform, false) => return Landed::nowhere(),
                    (Verdict::External, _) => Landed::theirs(slot),
                    (Verdict::Asked, _) => Landed::nowhere(),
                };
                let kept = !defect!("what lost a conflict is not kept") || verdict == Verdict::Asked;
                Landed { clash: kept.then_some(verdict), ..landed }
            }
            (false, true) if way.put_back => Landed { put_back: true, ..Landed::ours(slot) },
            (false, true) => Landed { clash: Some(Verdict::Platform), ..Landed::ours(slot) },
            (false, false) => Landed::nowhere(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Way = Way { enter: true, write: true, theirs: false, put_back: true };

    /// What was agreed on (each half), what is here and there; and what becomes of here, there and the agreement.
    #[track_caller]
    fn check(four: [char; 4], way: Way, verdict: Verdict, expected: &str) {
        let [base_ours, ours, base_theirs, theirs] = &four;
        let landed = land(Slot { base_ours, ours, base_theirs, theirs }, way, || verdict);
        let mut told = Vec::new();
        told.extend(landed.ours.map(|value| format!("here {value}")));
        told.extend(landed.theirs.map(|value| format!("there {value}")));
        told.extend(landed.base.map(|(ours, theirs)| format!("agreed {ours}{theirs}")));
        told.extend(landed.clash.map(|verdict| format!("{verdict:?}")));
        told.extend(landed.put_back.then(|| "put back".to_owned()));
        assert_eq!(told.join(", "), expected, "{four:?} {way:?} {verdict:?}");
        let nothing = ["", "put back"].contains(&expected);
        assert_eq!(landed.is_nowhere(), nothing);
    }

    #[test]
    fn what_one_side_changed_goes_to_the_other_where_it_may() {
        use Verdict::Asked;
        let (shut, closed) = (Way { enter: false, ..OPEN }, Way { write: false, ..OPEN });
        check(['a', 'a', 'b', 'b'], OPEN, Asked, "");
        check(['a', 'x', 'b', 'b'], OPEN, Asked, "there x, agreed xx");
        check(['a', 'x', 'b', 'b'], shut, Asked, "there x, agreed xx");
        check(['a', 'x', 'b', 'b'], closed, Asked, "");
        check(['a', 'a', 'b', 'y'], OPEN, Asked, "here y, agreed yy");
        check(['a', 'a', 'b', 'y'], closed, Asked, "here y, agreed yy");
        // What they made of our view the last time, not a fresh rendering of it.
        check(['a', 'a', 'b', 'y'], shut, Asked, "there b, put back");
        check(['a', 'a', 'b', 'y'], Way { put_back: false, ..shut }, Asked, "");
        check(['a', 'a', 'b', 'y'], Way { write: false, ..shut }, Asked, "");
    }

    #[test]
    fn what_both_changed_is_settled_judged_or_waits() {
        use Verdict::{Asked, External, Platform};
        let (shut, closed) = (Way { enter: false, ..OPEN }, Way { write: false, ..OPEN });
        check(['a', 'z', 'b', 'z'], OPEN, Asked, "agreed zz");
        check(['a', 'x', 'b', 'y'], OPEN, Platform, "there x, agreed xx, Platform");
        check(['a', 'x', 'b', 'y'], OPEN, External, "here y, agreed yy, External");
        check(['a', 'x', 'b', 'y'], OPEN, Asked, "Asked");
        check(['a', 'x', 'b', 'y'], closed, Platform, "");
        check(['a', 'x', 'b', 'y'], closed, External, "here y, agreed yy, External");
        check(['a', 'x', 'b', 'y'], closed, Asked, "Asked");
        check(['a', 'x', 'b', 'y'], Way { theirs: true, ..closed }, Platform, "here y, agreed yy, External");
        check(['a', 'x', 'b', 'y'], shut, Asked, "there x, agreed xx, put back");
        check(['a', 'x', 'b', 'y'], Way { put_back: false, ..shut }, Asked, "there x, agreed xx, Platform");
        check(['a', 'x', 'b', 'y'], Way { write: false, ..shut }, Asked, "");
    }
}
