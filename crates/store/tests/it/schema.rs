//! Tables: the same on both databases, made once, never taken backwards.

use std::collections::BTreeMap;

use concord_store::{Error, Migrated, Store};
use futures_util::future::join_all;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};

use crate::statements;
use crate::world::{Kind, World, keeps, runtime};

pub(crate) async fn migrating_again_changes_nothing(world: World) {
    let again = world.store.migrate().await.unwrap();
    assert!(again.to > 0 && again.from == again.to, "{again:?}");
}

pub(crate) async fn a_newer_database_is_refused(world: World) {
    world
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'of a later program', TRUE, '', 0)",
        )
        .await;
    let Err(Error::Newer { database: 9999, program }) = world.store.migrate().await else {
        panic!("not refused")
    };
    assert!(program < 9999);
}

pub(crate) async fn every_statement_is_understood(world: World) {
    let mut wrong = Vec::new();
    for text in statements::all() {
        if let Err(Error::Broken(why)) = world.store.explain(text).await {
            wrong.push(format!("{why}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Tables (and what statements call them) that grow with use: nothing reads the whole of them, or of a workspace's
/// or a link's part, to find a few rows.
const LARGE: &[&str] = &[
    "events",
    "e",
    "event_people",
    "p",
    "event_clients",
    "c",
    "event_versions",
    "mappings",
    "m",
    "conflicts",
    "runs",
    "run_lines",
];

#[test]
fn no_statement_searches_a_large_table_row_by_row() {
    keeps(Kind::File, searches_by_index);
}

async fn searches_by_index(world: World) {
    let mut slow = Vec::new();
    for text in statements::all() {
        for step in world.store.explain(text).await.unwrap() {
            let Some((how, of)) = step.split_once(' ') else { continue };
            let large = LARGE.contains(&of.split(' ').next().unwrap_or_default());
            let whole = match how {
                "SCAN" => !of.contains("USING INDEX"),
                // What SQLite does for an upsert it does only when a key changes, which none of ours does.
                "SEARCH" => {
                    (of.ends_with("(workspace_id=?)") || of.contains("external_id>?"))
                        && !text.starts_with("INSERT")
                }
                _ => false,
            };
            if large && whole {
                slow.push(format!("{step}: {text}"));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n\n"));
}

#[test]
fn how_a_link_stands_is_counted_from_indexes() {
    keeps(Kind::File, counts_from_indexes);
}

async fn counts_from_indexes(world: World) {
    let counts = statements::all().into_iter().find(|text| text.contains("AS conflicts")).unwrap();
    let steps = world.store.explain(counts).await.unwrap();
    let searches: Vec<&String> = steps.iter().filter(|step| step.starts_with("SEARCH")).collect();
    assert_eq!(searches.len(), 2, "{steps:?}");
    assert!(searches[0].contains("COVERING INDEX mappings_standing"), "{steps:?}");
    assert!(searches[1].contains("INDEX mappings_apart"), "{steps:?}");
}

pub(crate) async fn many_may_migrate_at_once(world: World) {
    let fresh = World::bare(world.kind).await;
    let stores = join_all((0..4).map(|_| Store::open(&fresh.url))).await;
    let done = join_all(stores.iter().map(|store| store.as_ref().unwrap().migrate())).await;
    let mut from: Vec<i64> = done.into_iter().map(|done| done.unwrap().from).collect();
    from.sort();
    assert_eq!(from[0], 0, "somebody made the tables");
    assert!(from[1..].iter().all(|from| *from > 0), "and nobody else did: {from:?}");
    if fresh.kind == Kind::Postgres {
        crate::world::drop_database(&fresh.url).await;
    }
}

#[test]
fn an_empty_database_is_migrated_from_nothing() {
    runtime().block_on(async {
        let world = World::bare(Kind::Memory).await;
        let Migrated { from, to } = world.store.migrate().await.unwrap();
        assert!(from == 0 && to > 0);
    });
}

#[test]
fn both_databases_have_the_same_tables() {
    static LITE: std::sync::Mutex<Tables> = std::sync::Mutex::new(BTreeMap::new());
    keeps(Kind::File, |world| async move { *LITE.lock().unwrap() = lite_tables(&world).await });
    keeps(Kind::Postgres, |world| async move {
        let pg = pg_tables(&world).await;
        let lite = LITE.lock().unwrap().clone();
        assert!(lite.len() > 10, "{} tables are not all", lite.len());
        for (name, columns) in &lite {
            assert_eq!(Some(columns), pg.get(name), "columns of {name}");
        }
        assert_eq!(lite.keys().collect::<Vec<_>>(), pg.keys().collect::<Vec<_>>());
    });
}

/// For each table its columns, in order: name, type in Postgres' words, whether it may be null; and its indexes.
pub(crate) type Tables = BTreeMap<String, (Vec<(String, String, bool)>, Vec<String>)>;

pub(crate) async fn lite_tables(world: &World) -> Tables {
    let options: SqliteConnectOptions = world.url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let columns = sqlx::query(
        "SELECT m.name AS tab, c.name AS col, c.type AS kind, c.\"notnull\" AS filled, m.sql AS text
         FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\'
         ORDER BY m.name, c.cid",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut tables = Tables::new();
    for row in columns {
        let (table, column, kind): (String, String, String) =
            (row.get("tab"), row.get("col"), row.get("kind"));
        let definition: String = row.get("text");
        let yes_or_no = definition.contains(&format!("CHECK ({column} IN (0, 1))"));
        let kind = match kind.as_str() {
            "INTEGER" if yes_or_no => "boolean",
            "INTEGER" => "bigint",
            "TEXT" => "text",
            "BLOB" if ["sealed", "secret", "verifier", "word"].contains(&column.as_str()) => "bytea",
            "BLOB" => "uuid",
            other => panic!("{table}.{column} is {other}"),
        };
        let filled: i64 = row.get("filled");
        tables.entry(table).or_default().0.push((column, kind.to_owned(), filled == 0));
    }
    let indexes = sqlx::query(
        "SELECT tbl_name AS tab, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
    );
    for row in indexes.fetch_all(&mut connection).await.unwrap() {
        tables.entry(row.get("tab")).or_default().1.push(row.get("name"));
    }
    tables
}

pub(crate) async fn pg_tables(world: &World) -> Tables {
    let options: PgConnectOptions = world.url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let columns = sqlx::query(
        "SELECT table_name::text AS tab, column_name::text AS col, data_type::text AS kind, is_nullable = 'YES' AS empty
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%'
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut tables = Tables::new();
    for row in columns {
        tables.entry(row.get("tab")).or_default().0.push((row.get("col"), row.get("kind"), row.get("empty")));
    }
    let indexes = sqlx::query(
        "SELECT tablename::text AS tab, indexname::text AS name FROM pg_indexes
         WHERE schemaname = 'public' AND tablename NOT LIKE '\\_%' AND indexname !~ '(_key[0-9]*|_pkey)$'
         ORDER BY indexname COLLATE \"C\"",
    );
    for row in indexes.fetch_all(&mut connection).await.unwrap() {
        tables.entry(row.get("tab")).or_default().1.push(row.get("name"));
    }
    tables
}
