//! Starts the program.

use concord::{cli, exit::Exit};

/// A first sync is a million small texts: a fifth of its time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    cli::main()
}
