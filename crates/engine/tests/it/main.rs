//! The engine with its real parts: the store, the Google adapter and the Google twin, in one process, on a clock that
//! only moves when a test moves it.

mod world;
mod both_ways;
mod chaos;
mod faults;
mod people;
