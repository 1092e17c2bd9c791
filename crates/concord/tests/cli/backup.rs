//! Everything in one file, and back.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::world::{World, at, instant, word};

/// Another machine: a data folder with the same master key and nothing else.
fn elsewhere(world: &mut World) -> PathBuf {
    let folder = world.folder().join("elsewhere");
    fs::create_dir(&folder).unwrap();
    fs::copy(world.folder().join("data/master.key"), folder.join("master.key")).unwrap();
    world.set("CONCORD_DATA_DIR", folder.to_str().unwrap());
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_lost_database_comes_back_and_agrees_with_the_calendar_as_it_is_now() {
    let mut world = World::linked();
    world.add("Kept", &at(2, "10:00"), &[]);
    world.twin.make("Dentist", instant(3, "10:00", "Europe/Berlin"));
    world.sync();
    let made = world.ok(&["backup"]);
    let file = PathBuf::from(word(&made, "file"));
    assert!(file.starts_with(world.folder().join("data/backups")), "{made:#}");
    assert_eq!(made["bytes"], fs::metadata(&file).unwrap().len());
    let keys = world.ok(&["keys", "status"]);
    assert_eq!(made["keys"], json!([keys[0]["id"]]), "{keys:#}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    let id = world.id("Kept");
    world.ok(&["event", "edit", &id, "--title", "Kept, since renamed"]);
    world.add("Made since", &at(4, "10:00"), &[]);
    world.sync();
    let dentist = world.twin.id("Dentist");
    world.twin.event("change", Some(&dentist), json!({ "location": "Main street 5" }));
    world.twin.make("Made there since", instant(5, "10:00", "Europe/Berlin"));

    elsewhere(&mut world);
    let told = world.ok(&["restore", text(&file)]);
    assert_eq!(told["rows"], made["rows"]);
    assert_eq!(world.titles(), ["Dentist", "Kept"]);
    world.sync();
    world.both_hold(&["Dentist", "Kept, since renamed", "Made since", "Made there since"]);
    assert_eq!(word(&world.one("Dentist"), "location"), "Main street 5");
    assert_eq!(word(&world.one("Kept, since renamed"), "id"), id);
}

#[test]
fn what_cannot_be_restored_is_said_and_changes_nothing() {
    let mut world = World::linked();
    world.add("Kept", &at(2, "10:00"), &[]);
    let file = world.folder().join("a.backup");
    world.ok(&["backup", text(&file)]);
    world.run(&["backup", text(&file)]).ends(2).says("is there already");
    world.run(&["restore", text(&file)]).ends(2).says("--replace");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 20]).unwrap();
    world.run(&["restore", "--replace", text(&file)]).ends(2).says("cut short");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&file, &changed).unwrap();
    world.run(&["restore", "--replace", text(&file)]).ends(2).says("damaged");
    world.run(&["restore", "nowhere.backup"]).ends(2).says("nowhere.backup");
    assert_eq!(world.titles(), ["Kept"]);
    assert_eq!(fs::read_dir(world.folder()).unwrap().count(), 2, "no draft is left behind");

    fs::write(&file, &whole).unwrap();
    let key = word(&world.ok(&["keys", "status"])[0], "id");
    let folder = elsewhere(&mut world);
    let master = fs::read(folder.join("master.key")).unwrap();
    fs::remove_file(folder.join("master.key")).unwrap();
    world.run(&["restore", text(&file)]).ends(2).says(&key).says("master.key");
    fs::write(folder.join("master.key"), master).unwrap();
    world.ok(&["restore", text(&file)]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Kept"]);
}

#[test]
fn a_database_is_taken_back_to_how_it_was() {
    let world = World::linked();
    world.add("Before", &at(2, "10:00"), &[]);
    world.sync();
    let file = world.folder().join("a.backup");
    world.ok(&["backup", text(&file)]);
    world.add("Never there", &at(3, "10:00"), &[]);
    world.ok(&["restore", "--replace", text(&file)]);
    assert_eq!(world.titles(), ["Before"]);
    world.sync();
    world.both_hold(&["Before"]);
}
