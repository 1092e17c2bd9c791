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
