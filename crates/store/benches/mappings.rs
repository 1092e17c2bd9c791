//! How many mappings a second the store writes and reads, 10,000 at a time.
//!
//! `cargo bench -p concord-store` measures SQLite; beside a cluster (`scripts/postgres run cargo bench …`) also Postgres.

fn main() {
    divan::main();
}
