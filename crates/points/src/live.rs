//! What this thread has passed, and which defect is armed in it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::LazyLock;

thread_local! {
    static PASSED: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
    static ARMED: RefCell<Option<String>> = const { RefCell::new(None) };
    static FAILED: Cell<u64> = const { Cell::new(0) };
}

/// The variable of the environment that arms a defect in all threads of a process, for tests that are not the simulator's.
const EVERYWHERE: &str = "CONCORD_DEFECT";

#[expect(clippy::disallowed_methods, reason = "a test that shall notice a defect is not changed for it")]
static ARMED_EVERYWHERE: LazyLock<Option<String>> = LazyLock::new(|| std::env::var(EVERYWHERE).ok());

/// Counts a point.
pub fn pass(name: &'static str) {
    PASSED.with_borrow_mut(|passed| *passed.entry(name).or_default() += 1);
}

/// How often each point was passed in this thread since this was last asked.
pub fn passed() -> BTreeMap<&'static str, u64> {
    PASSED.take()
}

/// How often a point was passed in this thread since all of them were last asked for.
pub fn times(name: &str) -> u64 {
    PASSED.with_borrow(|passed| passed.get(name).copied().unwrap_or_default())
}

/// Whether that defect is armed.
pub fn shall_fail(name: &str) -> bool {
    let armed = ARMED.with_borrow(|armed| armed.as_deref() == Some(name));
    if ARMED_EVERYWHERE.as_deref() == Some(name) {
        return true;
    }
    if armed {
        FAILED.set(FAILED.get() + 1);
    }
    armed
}

/// Arms a defect in this thread, for as long as what is returned lives. One at a time: two mistakes can hide each other.
#[must_use = "the defect is armed only while this lives"]
pub fn arm(name: &str) -> Armed {
    let before = ARMED.replace(Some(name.to_owned()));
    assert!(before.is_none(), "{before:?} is armed already");
    FAILED.set(0);
    Armed { thread: PhantomData }
}

/// A defect that is armed.
pub struct Armed {
    /// It cannot leave its thread.
    thread: PhantomData<*const ()>,
}

impl Armed {
    /// How often its line was asked: a defect that was never met cannot be found.
    pub fn met(&self) -> u64 {
        let Armed { thread: PhantomData } = self;
        FAILED.get()
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        ARMED.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{defect, point};

    #[test]
    fn a_defect_is_armed_by_name_and_for_a_while() {
        assert!(!defect!("one"));
        let armed = arm("one");
        assert!(defect!("one") && !defect!("another"));
        assert_eq!(armed.met(), 1);
        drop(armed);
        assert!(!defect!("one"));
    }

    #[test]
    fn other_threads_are_not_concerned() {
        let _armed = arm("one");
        assert!(!std::thread::scope(|threads| threads.spawn(|| defect!("one")).join().unwrap()));
    }

    #[test]
    fn points_are_counted_until_asked_for() {
        point!("here");
        point!("here");
        assert_eq!((times("here"), times("there")), (2, 0));
        assert_eq!(passed(), BTreeMap::from([("here", 2)]));
        assert_eq!(passed(), BTreeMap::new());
    }
}
