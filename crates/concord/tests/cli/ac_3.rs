//! AC-3: the same meeting is entered on both sides at once.

use crate::world::{World, at, instant, word};

#[test]
fn ac_3_certain_twins_are_one_meeting() {
    let world = World::linked();
    world.add("Planning", &at(2, "10:00"), &[]);
    world.twin.make("Planning", instant(2, "10:00", "Europe/Berlin"));
    world.sync();
    assert_eq!(world.events().len(), 1);
    assert_eq!(world.twin.titles().len(), 1);
    world.ok(&["verify"]);
}

#[test]
fn ac_3_uncertain_twins_are_asked_about_and_neither_side_is_written() {
    let check = |keep: &str, here: &[&str], there: &[&str]| {
        let world = World::linked();
        world.add("Planning with Bob", &at(2, "10:00"), &[]);
        world.twin.make("Planning", instant(2, "10:00", "Europe/Berlin"));
        world.sync_ends(1);
        assert_eq!(
            (world.titles().len(), world.twin.titles().len()),
            (1, 1),
            "{keep}: nothing is written meanwhile"
        );
        let [conflict] = &world.conflicts()[..] else { panic!("one question: {:#?}", world.conflicts()) };
        assert_eq!(word(conflict, "type"), "created_externally");
        world.ok(&["conflict", "resolve", &word(conflict, "id"), "--keep", keep]);
        world.sync();
        assert_eq!(world.titles(), here, "{keep}");
        assert_eq!(world.twin.titles(), there, "{keep}");
        world.ok(&["verify"]);
    };
    check("local", &["Planning with Bob"], &["Planning with Bob"]);
    check("external", &["Planning"], &["Planning"]);
    check("both", &["Planning", "Planning with Bob"], &["Planning", "Planning with Bob"]);
}
