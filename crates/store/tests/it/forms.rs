//! The forms in which documents are stored. A change here is a change of what every installation has on its disk:
//! old documents must be read still, or migrated.

use concord_model::agreed::{Base, Intent};
use concord_model::observed::{Item, Observation, State};
use concord_model::{Etag, ExternalId, View};
use concord_store::conflicts::{self, Answer, Conflict, ConflictKind, ConflictState, Resolution};
use concord_store::links::{self, Listing};
use concord_store::mappings::{self, Mapping};
use concord_store::{Actor, accounts, events};
use expect_test::{Expect, expect};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};

use crate::world::{BEN, HERE, Kind, World, add_event, at, conflict_id, event, keeps, mapping, one_link};

async fn check(world: &World, sql: &'static str, expected: Expect) {
    let options: SqliteConnectOptions = world.url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
    let texts: Vec<String> =
        (0..row.len()).map(|n| row.get::<Option<String>, _>(n).unwrap_or_default()).collect();
    expected.assert_eq(&texts.join("\n"));
}

fn seen(view: View) -> Observation {
    let mut all = Observation::default();
    let item = Item {
        id: ExternalId::from("x"),
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag: Some(Etag::from("e1")),
        stamp: Some(at(2)),
        mark: None,
        hold: Default::default(),
        page: None,
        complete: false,
        state: State::Live(Box::new(view)),
    };
    all.add(item, at(3));
    all
}

#[test]
fn documents_keep_their_form() {
    keeps(Kind::File, |world| async move {
        let link = one_link(&world).await;
        let given = event(1, "ours");
        add_event(&world, &given).await;
        let mut tx = world.begin().await;
        events::remember(&mut tx, &given, Actor::User(BEN), None, at(1)).await.unwrap();
        let theirs = event(1, "theirs").content;
        let whole = Mapping {
            event: Some(given.id),
            base: Some(Base::of(given.content.clone(), theirs.clone())),
            observation: Some(seen(theirs)),
            intent: Some(Intent::Delete),
            ..mapping(1, &link)
        };
        mappings::insert(&mut tx, &whole).await.unwrap();
        let listing =
            Listing { number: 1, page: Some("p".into()), started_at: at(1), first: true, confirms: false };
        links::save_listing(&mut tx, link.id, Some(&listing)).await.unwrap();
        let conflict = Conflict {
            id: conflict_id(1),
            workspace: HERE,
            event: None,
            link: link.id,
            mapping: whole.id,
            kind: ConflictKind::Deleted,
            fields: vec![serde_json::json!({ "field": "title" })],
            base: None,
            ours: None,
            theirs: None,
            state: ConflictState::Open,
            answer: None,
            detected_at: at(1),
            expires_at: None,
            run: None,
        };
        conflicts::open(&mut tx, &conflict).await.unwrap();
        let answer = Answer {
            how: Resolution::KeepPlatform,
            fields: Default::default(),
            at: at(4),
            by: Actor::Program,
        };
        conflicts::answer(&mut tx, HERE, conflict.id, &answer).await.unwrap();
        let by = Actor::Link(link.id);
        conflicts::resolve(&mut tx, HERE, conflict.id, Resolution::KeepPlatform, at(5), by).await.unwrap();
        assert!(accounts::get(&mut tx, HERE, link.account).await.is_ok());
        tx.commit().await.unwrap();

        check(&world, "SELECT scopes FROM accounts", expect![[r#"{"v":1,"it":["calendar"]}"#]]).await;
        check(&world, "SELECT settings, listing FROM links", expect![[r#"
            {"v":1,"it":{"direction":"both","frequency":"realTime","window":{"backDays":7,"aheadDays":365},"filter":{"sessionTypes":[],"clients":[],"fromOn":null,"untilOn":null,"onlyConfirmed":false,"rules":[]},"sight":{"detail":"full","private":"exclude","clientNames":"shown","notes":true,"contacts":false,"guests":false},"conflicts":"last_write_wins","bookingTime":"ask","deletion":"delete","bookingDeletion":"ask","answerDays":7,"mailGuests":false,"brake":{"atLeast":10,"percent":20}}}
            {"v":1,"it":{"number":1,"page":"p","startedAt":"2027-01-15T08:00:01Z","first":true,"confirms":false}}"#]]).await;
        check(&world, "SELECT content, booking, personal, accepted FROM events", expect![[r#"
            {"v":1,"it":{"span":{"timed":{"start":{"wall":"2027-01-15T10:00:00","zone":"Europe/Berlin"},"end":{"wall":"2027-01-15T10:30:00","zone":"Europe/Berlin"}}},"title":"ours"}}
            {"v":1,"it":{}}
            {"v":1,"it":{}}
            {"v":1,"it":{}}"#]]).await;
        check(&world, "SELECT content, booking, actor FROM event_versions", expect![[r#"
            {"v":1,"it":{"span":{"timed":{"start":{"wall":"2027-01-15T10:00:00","zone":"Europe/Berlin"},"end":{"wall":"2027-01-15T10:30:00","zone":"Europe/Berlin"}}},"title":"ours"}}
            {"v":1,"it":{}}
            {"v":1,"it":{"user":"00000000-0000-0000-0000-00000000001b"}}"#]]).await;
        check(&world, "SELECT base, known, observation, intent FROM mappings", expect![[r#"
            {"v":1,"it":{"ours":{"span":{"timed":{"start":{"wall":"2027-01-15T10:00:00","zone":"Europe/Berlin"},"end":{"wall":"2027-01-15T10:30:00","zone":"Europe/Berlin"}}},"title":"ours"},"theirs":{"span":{"timed":{"start":{"wall":"2027-01-15T10:00:00","zone":"Europe/Berlin"},"end":{"wall":"2027-01-15T10:30:00","zone":"Europe/Berlin"}}},"title":"theirs"}}}
            {"v":1,"it":{"versions":{},"stamp":null,"hold":"free"}}
            {"v":1,"it":{"whole":{"id":"x","etag":"e1","stamp":"2027-01-15T08:00:02Z","hold":"free","state":{"live":{"span":{"timed":{"start":{"wall":"2027-01-15T10:00:00","zone":"Europe/Berlin"},"end":{"wall":"2027-01-15T10:30:00","zone":"Europe/Berlin"}}},"title":"theirs"}}},"complete":false,"seenAt":"2027-01-15T08:00:03Z"}}
            {"v":1,"it":"delete"}"#]]).await;
        check(
            &world,
            "SELECT fields, answer, resolved_by FROM conflicts",
            expect![[r#"
            {"v":1,"it":[{"field":"title"}]}
            {"v":1,"it":{"how":"keep_local","at":"2027-01-15T08:00:04Z","by":"program"}}
            {"v":1,"it":{"link":"00000000-0000-0000-0000-000000003001"}}"#]],
        )
        .await;
    });
}
