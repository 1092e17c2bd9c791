//! The whole database as a file, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use concord_model::Cursor;
use concord_model::link::Settings;
use concord_store::backup::{self, Contents, Error, Over, PASSING};
use concord_store::links::{self, LinkState, Listing};
use concord_store::mappings::{self, MappingState};
use concord_store::plans::{self, Plan};
use concord_store::{Store, clients, events, meta};
use serde_json::{Value, json};

use crate::schema::{lite_tables, pg_tables};
use crate::secrets::{opens, sealed, vault};
use crate::world::{
    HERE, Kind, MIA, World, add_client, add_event, at, bounds, client, drop_database, event, mapping,
    one_link, people,
};

async fn written(store: &Store) -> Vec<u8> {
    let mut file = Vec::new();
    let contents = backup::write(store, "1.2.3", at(100), &mut file).await.unwrap();
    assert_eq!(backup::check(&mut &*file).unwrap(), contents, "what is written is what is read");
    file
}

async fn restored(store: &Store, file: &[u8], over: Over) -> Result<Contents, Error> {
    backup::restore(store, &mut io::Cursor::new(file), over, at(200)).await
}

/// The rows of each table, without what a restore changes on purpose.
fn rows(file: &[u8]) -> BTreeMap<String, BTreeSet<String>> {
    let told_anew = ["links", "channels", "accounts", "grants", "plans"];
    let (mut tables, mut table) = (BTreeMap::<String, BTreeSet<String>>::new(), String::new());
    for line in std::str::from_utf8(file).unwrap().lines().skip(1) {
        if let Ok(start) = serde_json::from_str::<BTreeMap<String, Value>>(line) {
            table = start.get("table").and_then(Value::as_str).unwrap_or_default().to_owned();
        } else if !told_anew.contains(&table.as_str()) {
            tables.entry(table.clone()).or_default().insert(line.to_owned());
        }
    }
    tables
}

/// A database with a bit of everything: odd texts, bytes, yes and no, nothing, and rows that refer to others.
async fn filled(world: &World) {
    let all = sealed(&world.store, world, &vault(&[1]), 2).await;
    assert_eq!(all.len(), 2);
    let link = the_link(&world.store).await;
    add_client(world, &client(1, "\u{1F9D8} \"Ada\"\n\\")).await;
    for n in 1..=120 {
        add_event(world, &event(n, &format!("Title {n}"))).await;
    }
    let mut changed = event(1, "Other");
    changed.rev.0 = 2;
    let mut tx = world.begin().await;
    events::update(&mut tx, &changed, bounds(&changed), event(1, "").rev).await.unwrap();
    let by = concord_store::Actor::Program;
    events::remember(&mut tx, &event(1, "Title 1"), by, None, at(1)).await.unwrap();
    meta::set(&mut tx, "key", "value").await.unwrap();
    let mut one = mapping(1, &link);
    one.event = Some(event(1, "").id);
    (one.state, one.retry_at, one.enabled) = (MappingState::Error, Some(at(5)), false);
    mappings::save_many(&mut tx, &[one]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn the_link(store: &Store) -> links::Link {
    let mut tx = store.read().await.unwrap();
    links::list(&mut tx, HERE).await.unwrap().remove(0)
}

/// Does something with a database of that kind that has no tables.
async fn beside<T>(kind: Kind, act: impl AsyncFnOnce(&World) -> T) -> T {
    let world = World::bare(kind).await;
    let done = act(&world).await;
    if kind == Kind::Postgres {
        drop_database(&world.url).await;
    }
    done
}

pub(crate) async fn what_was_there_is_there_again(world: World) {
    filled(&world).await;
    let file = written(&world.store).await;
    beside(world.kind, async |fresh| {
        let contents = restored(&fresh.store, &file, Over::Empty).await.unwrap();
        assert_eq!(contents.rows["events"], 120);
        assert_eq!(
            rows(&written(&fresh.store).await).into_iter().map(without_waits).collect::<Vec<_>>(),
            rows(&file).into_iter().map(without_waits).collect::<Vec<_>>()
        );
        let mut tx = fresh.begin().await;
        assert_eq!(events::get(&mut tx, HERE, event(2, "").id).await.unwrap(), event(2, "Title 2"));
        assert_eq!(clients::list(&mut tx, HERE).await.unwrap(), [client(1, "\u{1F9D8} \"Ada\"\n\\")]);
        drop(tx);
        let all = [crate::world::account(100, MIA), crate::world::account(101, MIA)];
        opens(fresh, &vault(&[1]), &all).await;
    })
    .await;
}

/// When to try a mapping again is forgotten.
fn without_waits((table, rows): (String, BTreeSet<String>)) -> (String, BTreeSet<String>) {
    let waits = at(5).as_microsecond().to_string();
    (table, rows.into_iter().map(|row| row.replace(&waits, "null")).collect())
}

pub(crate) async fn it_goes_from_one_database_to_the_other(world: World) {
    filled(&world).await;
    let file = written(&world.store).await;
    let other = if world.kind == Kind::Postgres { Kind::File } else { Kind::Postgres };
    let there = beside(other, async |fresh| {
        restored(&fresh.store, &file, Over::Empty).await.unwrap();
        written(&fresh.store).await
    })
    .await;
    let back = beside(world.kind, async |fresh| {
        restored(&fresh.store, &there, Over::Empty).await.unwrap();
        written(&fresh.store).await
    })
    .await;
    assert_eq!(rows(&there), rows(&back));
    let first = |file| rows(file).into_iter().map(without_waits).collect::<Vec<_>>();
    assert_eq!(first(&back), first(&file));
}

pub(crate) async fn what_is_restored_is_known_to_be_old(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let claimed = links::claim_this(&mut tx, link.id, at(1), at(500), "worker").await.unwrap().unwrap();
    links::save_cursor(&mut tx, link.id, Some(&Cursor::from("place"))).await.unwrap();
    let listing = Listing { number: 1, page: None, started_at: at(1), first: true, confirms: false };
    links::save_listing(&mut tx, link.id, Some(&listing)).await.unwrap();
    let plan = Plan {
        link: link.id,
        workspace: HERE,
        hash: "hash".to_owned(),
        made_at: at(1),
        approved_at: None,
        expires_at: at(9),
        used_at: None,
        json: json!({}),
    };
    plans::save(&mut tx, &plan).await.unwrap();
    let braked = LinkState::Braked { plan: "hash".to_owned() };
    links::set_state(&mut tx, HERE, link.id, &braked).await.unwrap();
    let mut waits = mapping(1, &link);
    waits.retry_at = Some(at(900));
    mappings::save_many(&mut tx, &[waits]).await.unwrap();
    tx.commit().await.unwrap();
    let file = written(&world.store).await;
    restored(&world.store, &file, Over::Whatever).await.unwrap();

    let after = the_link(&world.store).await;
    assert_eq!((&after.cursor, &after.listing, after.first_done), (&None, &None, false));
    assert_eq!((after.lease_until, after.holder.as_deref(), after.due_at), (None, None, Some(at(200))));
    assert!(after.lease_epoch > claimed.lease_epoch);
    assert_eq!((after.state, after.settings), (LinkState::Active, Settings::default()));
    let mut tx = world.begin().await;
    let [mapping] = mappings::work(&mut tx, link.id, mappings::Of::Newcomers, at(0), None, 9)
        .await
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(mapping.retry_at, None);
    assert!(plans::get(&mut tx, HERE, link.id, "hash").await.is_err());
}

pub(crate) async fn a_damaged_one_changes_nothing(world: World) {
    people(&world).await;
    let file = written(&world.store).await;
    let before = rows(&file);
    for cut in 0..file.len() {
        let whole = backup::check(&mut &file[..cut]);
        assert!(matches!(whole, Err(Error::CutShort | Error::NotABackup)), "cut at {cut}: {whole:?}");
    }
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(backup::check(&mut &*changed).is_err(), "changed at {place}");
    }
    let middle = file.len() / 2;
    let mut changed = file.clone();
    changed[middle] ^= 1;
    let longer = [&*file, b"{}\n"].concat();
    for bad in
        [&file[..middle], &changed, &longer, b"PK\x03\x04", b"", b"{\"backup\":\"of another program\"}\n"]
    {
        assert!(restored(&world.store, bad, Over::Whatever).await.is_err());
    }
    assert_eq!(rows(&written(&world.store).await), before);
}

/// A backup with its first line changed and everything else, the checksum too, as it should be.
async fn with_header(store: &Store, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let file = String::from_utf8(written(store).await).unwrap();
    let (first, rest) = file.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(first).unwrap();
    change(&mut header);
    let (body, end) = rest.trim_end().rsplit_once('\n').unwrap();
    signed(&format!("{header}\n{body}\n"), end)
}

fn signed(above: &str, end: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut end: Value = serde_json::from_str(end).unwrap();
    let hash = Sha256::digest(above.as_bytes());
    end["sha256"] = hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    format!("{above}{end}\n").into_bytes()
}

pub(crate) async fn one_of_a_later_program_is_refused(world: World) {
    people(&world).await;
    let before = rows(&written(&world.store).await);
    let refused = async |change: fn(&mut Value)| {
        let file = with_header(&world.store, change).await;
        restored(&world.store, &file, Over::Whatever).await.unwrap_err()
    };
    assert!(matches!(refused(|header| header["format"] = json!(2)).await, Error::NewerFormat(2)));
    let later = refused(|header| header["schema"] = json!(9999)).await;
    assert!(matches!(later, Error::NewerTables { backup: 9999, .. }), "{later:?}");
    let without = refused(|header| header["passed"] = json!([])).await;
    assert!(matches!(&without, Error::OtherTables(why) if why.contains("has no table")), "{without:?}");

    let file = String::from_utf8(written(&world.store).await).unwrap();
    let (above, end) = file.trim_end().rsplit_once('\n').unwrap();
    let other = signed(&format!("{}\n", above.replace("\"created_at\"", "\"made_at\"")), end);
    let other = restored(&world.store, &other, Over::Whatever).await.unwrap_err();
    assert!(matches!(&other, Error::OtherTables(why) if why.contains("other columns")), "{other:?}");
    assert_eq!(rows(&written(&world.store).await), before);
}

pub(crate) async fn a_database_with_rows_is_not_overwritten_by_mistake(world: World) {
    let file = written(&world.store).await;
    people(&world).await;
    add_event(&world, &event(1, "Kept")).await;
    let refused = restored(&world.store, &file, Over::Empty).await.unwrap_err();
    assert!(matches!(refused, Error::NotEmpty(_)), "{refused:?}");
    let mut tx = world.begin().await;
    assert_eq!(events::get(&mut tx, HERE, event(1, "").id).await.unwrap().content.title, "Kept");
    drop(tx);
    restored(&world.store, &file, Over::Whatever).await.unwrap();
    assert_eq!(restored(&world.store, &file, Over::Empty).await.unwrap().rows["events"], 0);
}

pub(crate) async fn it_names_the_keys_that_it_needs(world: World) {
    let vault = vault(&[1]);
    sealed(&world.store, &world, &vault, 1).await;
    let file = written(&world.store).await;
    let contents = backup::check(&mut &*file).unwrap();
    assert_eq!(contents.header.keys, BTreeSet::from([vault.current().to_string()]));
    assert!(!String::from_utf8(file).unwrap().contains("ck1_"));
}

pub(crate) async fn every_table_is_in_it(world: World) {
    let contents = backup::check(&mut &*written(&world.store).await).unwrap();
    let tables = match world.kind {
        Kind::Postgres => pg_tables(&world).await,
        Kind::File | Kind::Memory => lite_tables(&world).await,
    };
    let found: BTreeSet<&String> = contents.rows.keys().chain(&contents.header.passed).collect();
    assert_eq!(found, tables.keys().collect::<BTreeSet<_>>());
    let passed: Vec<&str> = PASSING.into_iter().filter(|name| tables.contains_key(*name)).collect();
    assert_eq!(contents.header.passed.iter().map(String::as_str).collect::<Vec<_>>(), passed);
}

/// A file during whose writing something happens.
struct Meanwhile<F: FnMut()>(Vec<u8>, F);

impl<F: FnMut()> Write for Meanwhile<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.starts_with(b"{\"table\"") {
            self.1();
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn it_is_one_moments_picture(world: World) {
    people(&world).await;
    add_event(&world, &event(1, "Before")).await;
    let mut n = 1;
    let mut file = Meanwhile(Vec::new(), || {
        n += 1;
        // Another connection writes, and is not kept waiting.
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(add_event(&world, &event(n, "Meanwhile")));
        });
    });
    let contents = backup::write(&world.store, "1.2.3", at(100), &mut file).await.unwrap();
    assert_eq!((contents.rows["events"], contents.rows["event_people"]), (1, 1));
    assert!(n > 10, "{n} events came in between");
    let now = backup::check(&mut &*written(&world.store).await).unwrap();
    assert_eq!(now.rows["events"], u64::try_from(n).unwrap());
}

pub(crate) async fn what_belongs_to_others_is_left_alone(world: World) {
    people(&world).await;
    world.execute("CREATE TABLE somebody_elses (n INTEGER); INSERT INTO somebody_elses VALUES (7)").await;
    let file = written(&world.store).await;
    assert!(!String::from_utf8(file.clone()).unwrap().contains("somebody_elses"));
    restored(&world.store, &file, Over::Whatever).await.unwrap();
    world.execute("UPDATE somebody_elses SET n = 1 / CASE WHEN n = 7 THEN 1 ELSE 0 END").await;
}

pub(crate) async fn a_lease_of_before_holds_no_longer(world: World) {
    let link = one_link(&world).await;
    let file = written(&world.store).await;
    let claim = async || {
        let mut tx = world.begin().await;
        let link = links::claim_this(&mut tx, link.id, at(1), at(500), "worker").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        links::Lease { link: link.id, epoch: link.lease_epoch }
    };
    let lease = claim().await;
    restored(&world.store, &file, Over::Whatever).await.unwrap();
    let next = claim().await;
    let mut tx = world.begin().await;
    assert!(links::hold(&mut tx, &lease, at(2)).await.is_err(), "{lease:?} and {next:?}");
}
