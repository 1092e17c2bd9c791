//! The program's parts, so that tests and benchmarks can reach them; `main` only starts them.

pub mod config;
pub mod clock;
pub mod chance;
pub mod pause;
pub mod exit;
pub mod refusal;
pub mod logs;
pub mod output;
pub mod folders;
pub mod keys;
pub mod letters;
pub mod assemble;
pub mod pick;
pub mod serving;
pub mod commands;
pub mod cli;
