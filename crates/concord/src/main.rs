//! Starts the program.

use concord::{cli, exit::Exit};

fn main() -> Exit {
    cli::main()
}
