//! Pages in the trash: what comes out of it again is the page that it was.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Both, named};

/// A lesson on the eleventh of November, made here or there, on both sides.
async fn with_a_lesson(made_here: bool) -> Both {
    let both = Both::new().await;
    match made_here {
        true => drop(both.world.make("2026-11-11 10:00", "Lesson").await),
        false => {
            let mut fields = named("Lesson");
            fields["Date"] = json!({ "date": { "start": "2026-11-11T10:00:00-05:00" } });
            both.person(json!({ "do": "create", "fields": fields }));
        }
    }
    both.settle().await;
    both
}

#[tokio::test]
async fn a_page_that_is_taken_out_of_the_trash_comes_back_here_and_is_the_same_page() {
    for made_here in [true, false] {
        let both = with_a_lesson(made_here).await;
        let id = both.row("Lesson")["id"].clone();
        both.person(json!({ "do": "delete", "id": id }));
        both.settle().await;
        assert_eq!(
            (both.world.here().await.len(), both.world.living("primary").len()),
            (0, 0),
            "{made_here}"
        );
        // Nothing on the page is different from before.
        both.person(json!({ "do": "restore", "id": id }));
        both.settle().await;
        both.settle().await;
        assert_eq!(
            (both.world.here().await.len(), both.world.living("primary").len()),
            (1, 1),
            "{made_here}"
        );
        assert_eq!((both.there(), &both.row("Lesson")["id"]), (vec!["2026-11-11 Lesson".to_owned()], &id));
        // And it is in agreement, not only there.
        both.person_changes("Lesson", named("Renamed"));
        both.settle().await;
        assert_eq!(both.world.living("primary")[0]["summary"], "Renamed", "{made_here}");
    }
}

#[tokio::test]
async fn a_deletion_that_is_undone_here_puts_the_page_back_rather_than_making_a_second() {
    for made_here in [true, false] {
        let both = with_a_lesson(made_here).await;
        // A column of theirs that Concord does not look at.
        both.notion
            .control(
                "POST",
                "property",
                &json!({ "calendar": "Calendar", "do": "add", "name": "Price", "fields": { "number": {} } }),
            )
            .unwrap();
        both.person_changes("Lesson", json!({ "Price": { "number": 40 } }));
        both.settle().await;
        let id = both.row("Lesson")["id"].clone();
        let event = both.world.events().await.remove(0);
        both.world.delete(&event).await;
        both.settle().await;
        assert_eq!(both.there(), [""; 0]);
        both.world.undo(&event).await;
        both.settle().await;
        both.settle().await;
        let row = both.row("Lesson");
        assert_eq!(
            (both.there().len(), &row["id"], &row["properties"]["Price"]["number"]),
            (1, &id, &json!(40))
        );
        both.person_changes("Lesson", named("Renamed"));
        both.settle().await;
        assert_eq!(both.world.living("primary")[0]["summary"], "Renamed", "{made_here}");
        assert_eq!(both.world.here().await.len(), 1);
    }
}

/// A page that was deleted here, and is wanted again; which one it is.
async fn wanted_again(quirks: Value) -> (Both, Value) {
    let both = Both::new().await;
    let event = both.world.make("2026-11-11 10:00", "Lesson").await;
    both.settle().await;
    let id = both.row("Lesson")["id"].clone();
    both.world.delete(&event).await;
    both.settle().await;
    both.world.undo(&event).await;
    both.notion.control("POST", "quirks", &quirks).unwrap();
    (both, id)
}

impl Both {
    /// Whether the page is there again, and no other ever was.
    async fn is_put_back(&self, id: &Value, about: &str) {
        for _ in 0..4 {
            self.world.advance(SignedDuration::from_mins(10));
            self.settle().await;
        }
        let look = json!({ "user": "alice", "calendar": "Calendar" });
        let told = self.notion.control("GET", "events", &look).unwrap();
        let ids = |list: &str| {
            told[list].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!((ids("events"), ids("trashed")), (vec![id.clone()], Vec::new()), "{about}");
        assert_eq!(self.world.living("primary").len(), 1, "{about}");
    }
}

#[tokio::test]
async fn i_14_a_crash_at_any_call_while_a_page_is_put_back_makes_no_second_one() {
    for calls in 1..=12 {
        let (both, id) = wanted_again(json!({})).await;
        both.fuse.light(calls);
        tokio::select! {
            biased;
            () = both.fuse.burnt.notified() => {}
            () = both.work() => {}
        }
        both.fuse.light(0);
        both.is_put_back(&id, &format!("crash at call {calls}")).await;
    }
}

#[tokio::test]
async fn i_05_a_page_that_was_put_back_is_not_made_again_where_queries_are_late() {
    for kind in ["drop_before", "drop_after"] {
        let (both, id) = wanted_again(json!({ "lagMs": 120_000 })).await;
        let fault = json!({ "match": { "method": "PATCH" }, "kind": kind, "count": 1 });
        both.notion.control("POST", "faults", &fault).unwrap();
        both.work().await;
        both.is_put_back(&id, kind).await;
    }
}
