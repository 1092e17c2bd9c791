//! Named places in the code, for the simulator.
//!
//! [`point!`] marks a path that is rarely taken. A full simulation has to have passed each of them: a crash, a lost
//! answer or a race that never comes about is tested by nobody.
//!
//! [`defect!`] is `true` where the line that it stands in shall be wrong: a mistake that was made elsewhere, or nearly
//! made here. The simulator has to find each of them; one that it does not find shows what it does not look at.
//!
//! Without the feature `live`, which only the simulator switches on, a point is nothing and a defect is `false`, both
//! before the compiler sees them: no name of them is in the program. With it they belong to the thread that asks, so
//! tests beside each other do not meet.
#![warn(missing_docs)]

#[cfg(feature = "live")]
mod live;

#[cfg(feature = "live")]
pub use live::{Armed, arm, pass, passed, shall_fail, times};

/// Marks a path that is rarely taken: `point!("pull: the cursor was lost")`.
#[cfg(feature = "live")]
#[macro_export]
macro_rules! point {
    ($name:literal) => {
        $crate::pass($name)
    };
}

/// Marks a path that is rarely taken. Here it is nothing.
#[cfg(not(feature = "live"))]
#[macro_export]
macro_rules! point {
    ($name:literal) => {};
}

/// Whether this line shall be wrong: `if defect!("the brake is off") { … }`.
#[cfg(feature = "live")]
#[macro_export]
macro_rules! defect {
    ($name:literal) => {
        $crate::shall_fail($name)
    };
}

/// Whether this line shall be wrong. Here it never shall.
#[cfg(not(feature = "live"))]
#[macro_export]
macro_rules! defect {
    ($name:literal) => {
        false
    };
}
