//! The program's parts, so that tests and benchmarks can reach them; `main` only starts them.

pub mod config;
pub mod clock;
pub mod chance;
pub mod exit;
