//! Invitations of others from the shell: an address for them, what comes to it, and the answer.

use std::fs;

use crate::world::{World, at, word};

fn letter(to: &str, method: &str) -> String {
    let day = at(3, "10:00").replace(['-', ':'], "").replace(' ', "T");
    format!(
        "From: naomi@corp.example\r\nTo: {to}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/calendar; charset=utf-8; method={method}\r\n\r\n\
         BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:review\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:{day}00Z\r\nSUMMARY:Review\r\nORGANIZER:mailto:naomi@corp.example\r\n\
         ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{to}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn an_invitation_comes_to_an_address_of_ones_own_and_is_answered_from_the_shell() {
    let mut world = World::new();
    world.run(&["mail", "address", "--user", "Alice"]).ends(2).says("CONCORD_SMTP_URL");
    // Nobody is there: what is sent waits.
    world.set("CONCORD_SMTP_URL", "smtp://127.0.0.1:9");
    world.set("CONCORD_MAIL_FROM", "calendar@studio.example");
    world.run(&["mail", "address", "--user", "Alice"]).ends(2).says("--new");
    let made = world.ok(&["mail", "address", "--user", "Alice", "--new"]);
    let address = word(&made, "address").to_owned();
    assert_eq!(world.ok(&["mail", "address", "--user", "Alice"])["address"], made["address"]);
    world
        .told(&letter(&address, "REQUEST"), &["mail", "receive"])
        .ends(0)
        .tells("the invitation is in the calendar");
    world
        .told(&letter(&address, "PUBLISH"), &["mail", "receive"])
        .ends(0)
        .tells("neither invites nor answers");
    assert_eq!(world.titles(), ["Review"]);
    world.run(&["event", "edit", "Review", "--title", "Mine"]).ends(2).says("only its organiser");
    let shown = world.ok(&["mail", "answer", "Review"]);
    assert_eq!(word(&shown["organiser"], "email"), "naomi@corp.example");
    world.run(&["mail", "answer", "Review", "declined"]).ends(0).tells("nothing was sent");
    let told = world.ok(&["mail", "answer", "Review", "accepted", "--send"]);
    assert_eq!((word(&told, "told"), word(&told, "letter")), ("accepted".to_owned(), "waiting".to_owned()));
    world.run(&["mail", "answer", "Review", "accepted", "--send"]).ends(2).says("told so already");
    let own = world.add("Lunch", &at(4, "12:00"), &[]);
    world.run(&["mail", "answer", &own]).ends(2).says("no invitation that came by mail");
    // What a mail server puts into a mailbox is read, too.
    let mailbox = world.folder().join("mailbox");
    fs::create_dir_all(mailbox.join("new")).unwrap();
    fs::write(mailbox.join("new").join("1"), letter(&address, "CANCEL")).unwrap();
    world.set("CONCORD_MAIL_DROP", mailbox.to_str().unwrap());
    assert_eq!(world.ok(&["mail", "deliver"])["noted"], 1);
    assert!(mailbox.join("cur").join("1:2,S").exists());
    assert_eq!(word(&world.one("Review"), "status"), "cancelled");
    world.run(&["mail", "address", "--user", "Alice", "--revoke"]).ends(0).tells("takes in nothing");
    world
        .told(&letter(&address, "REQUEST"), &["mail", "receive"])
        .ends(0)
        .tells("nobody here has the address");
}
