//! The engine with its real parts: the store, the Google adapter and the Google twin, in one process, on a clock that
//! only moves when a test moves it.

mod door;
mod world;
mod acts;
mod both_ways;
mod chaos;
mod conflicts;
mod faults;
mod people;
