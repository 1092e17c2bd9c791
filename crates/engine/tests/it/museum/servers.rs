//! Exhibits of calendar servers: names and versions that are not what was sent, and changes that are not told (BM-014,
//! BM-031, BM-058, BM-103, BM-146, BM-148, BM-149).

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_engine::run::Report;
use concord_engine::{connect, links};

use concord_model::link::Settings;
use concord_model::{CalendarId, LinkId};
use concord_providers::caldav::{self, CalDav};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::Login;
use concord_store::runs::RunStatus;
use concord_twins::caldav::{Settings as TwinSettings, Twin};
use http::{Request, Response};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tower::ServiceExt;

use super::weekly;
use crate::world::World;

/// The twin behind the adapter's doors.
pub(crate) struct Way(pub(crate) Twin);

#[async_trait]
impl Http for Way {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let answer = self.0.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(Response::from_parts(parts, body))
    }
}

/// Alice with her main calendar at a calendar server of such manners.
struct Served {
    world: World,
    server: Twin,
    link: LinkId,
}

impl Served {
    async fn by(quirks: Json) -> Served {
        let mut world = World::new().await;
        let clock = world.clock.clone();
        let now = Arc::new(move || concord_engine::Clock::now(&*clock));
        let server = Twin::new(TwinSettings::new("https://dav.test", now));
        server.control("POST", "quirks", &quirks).unwrap();
        let way = Arc::new(Way(server.clone()));
        let adapter = Arc::new(CalDav::new(caldav::Settings::any(), way.clone(), way));
        world.engine.providers.insert("caldav".into(), adapter);
        let login = Login {
            user: "alice".to_owned(),
            secret: SecretString::from("twin-alice"),
            address: Some("https://dav.test".to_owned()),
            trusted: true,
        };
        let (engine, workspace) = (&world.engine, world.workspace);
        let account =
            connect::add(engine, workspace, world.alice, &"caldav".into(), login, None).await.unwrap();
        let calendar = CalendarId::from("Calendar");
        let link = links::add(engine, workspace, account.id, &calendar, Settings::default()).await.unwrap();
        let link = link.id;
        let served = Served { world, server, link };
        served.look().await;
        served
    }

    fn person(&self, body: &Json) {
        self.world.advance(SignedDuration::from_secs(5));
        self.server.control("POST", "event", body).unwrap();
    }

    async fn look(&self) -> Report {
        self.world.run(self.link).await
    }

    /// Until nothing more happens.
    async fn settle(&self) {
        for _ in 0..4 {
            self.world.advance(SignedDuration::from_mins(2));
            self.look().await;
        }
    }

    fn there(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .server
            .events("alice/home")
            .iter()
            .map(|event| event["summary"].as_str().unwrap_or_default().to_owned())
            .collect();
        all.sort();
        all
    }

    fn titles_here(&self, here: &[String]) -> Vec<String> {
        let mut all: Vec<String> =
            here.iter().filter_map(|e| e.split_once(' ')).map(|(_, t)| t.to_owned()).collect();
        all.sort();
        all
    }

    async fn here(&self) -> Vec<String> {
        self.titles_here(&self.world.here().await)
    }

    fn writes(&self) -> usize {
        let write = |method: &str| matches!(method, "PUT" | "DELETE" | "MOVE" | "COPY");
        self.server.calls(0).iter().filter(|call| write(&call.method)).count()
    }

    fn quirks(&self, quirks: &Json) {
        self.server.control("POST", "quirks", quirks).unwrap();
    }
}

#[tokio::test]
async fn bm_014_what_the_server_files_under_another_name_stays_ours() {
    for (filed, etag) in
        [("toldAnew", "always"), ("toldAnew", "never"), ("silentlyAnew", "always"), ("silentlyAnew", "never")]
    {
        let manner = format!("{filed}, ETag {etag}");
        let served = Served::by(json!({ "write": { "filed": filed, "putEtag": etag } })).await;
        let event = served.world.make_with("2026-11-10 10:00", "Class", weekly(3)).await;
        served.settle().await;
        assert_eq!(
            (served.there(), served.here().await),
            (vec!["Class".to_owned()], vec!["Class".to_owned()]),
            "{manner}"
        );
        // And what is changed afterwards, on either side, is changed where it lies.
        served.world.edit(&event, |view| view.title = "Changed here".to_owned()).await;
        served.settle().await;
        assert_eq!(served.there(), ["Changed here"], "{manner}");
        let name = served.server.events("alice/home")[0]["id"].as_str().unwrap().to_owned();
        assert!(name.starts_with("filed-"), "{manner}: {name}");
        served.person(&json!({ "do": "change", "id": name, "fields": { "summary": "Changed there" } }));
        served.settle().await;
        assert_eq!(served.here().await, ["Changed there"], "{manner}");
        served.world.delete(&served.world.events().await.remove(0)).await;
        served.settle().await;
        assert_eq!((served.there().len(), served.here().await.len()), (0, 0), "{manner}");
    }
}

#[tokio::test]
async fn bm_014_the_answer_to_a_creation_that_was_filed_anew_is_lost_and_it_is_made_once() {
    let served = Served::by(json!({ "write": { "filed": "silentlyAnew" } })).await;
    let lost = json!({ "match": { "method": "PUT" }, "kind": "drop_after", "count": 1 });
    served.server.control("POST", "faults", &lost).unwrap();
    served.world.make("2026-11-10 10:00", "Coaching").await;
    served.settle().await;
    assert_eq!(
        (served.there(), served.here().await),
        (vec!["Coaching".to_owned()], vec!["Coaching".to_owned()])
    );
}

#[tokio::test]
async fn bm_031_what_is_there_already_under_the_name_is_found_and_not_lost() {
    let served = Served::by(json!({})).await;
    let event = served.world.make("2026-11-10 10:00", "Coaching").await;
    // The answer to the creation is lost: it is there under that name when it is made again.
    let lost = json!({ "match": { "method": "PUT" }, "kind": "drop_after", "count": 1 });
    served.server.control("POST", "faults", &lost).unwrap();
    served.settle().await;
    assert_eq!(served.there(), ["Coaching"]);
    served.world.edit(&event, |view| view.title = "Changed".to_owned()).await;
    served.settle().await;
    assert_eq!(
        (served.there(), served.here().await),
        (vec!["Changed".to_owned()], vec!["Changed".to_owned()])
    );
}

#[tokio::test]
async fn bm_058_a_series_is_written_where_it_lies_whatever_its_file_is_called() {
    let served = Served::by(json!({ "write": { "uids": "account" } })).await;
    served.person(&json!({ "do": "create", "id": "odd name 1.ics", "fields": {
        "uid": "weekly-series", "summary": "Class", "start": "2026-11-10T10:00:00", "rrule": "FREQ=WEEKLY;COUNT=4" } }));
    served.settle().await;
    let event = served.world.events().await.remove(0);
    for title in ["First", "Second"] {
        served.world.edit(&event, |view| view.title = title.to_owned()).await;
        served.settle().await;
        assert_eq!(served.there(), [title]);
    }
    let ids: Vec<String> =
        served.server.events("alice/home").iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["odd name 1.ics"]);
}

#[tokio::test]
async fn bm_103_deletions_arrive_also_from_servers_that_do_not_tell_them() {
    let manners = [
        json!({ "sync": { "noDeletions": true } }),
        json!({ "sync": { "supported": false } }),
        json!({ "sync": { "supported": false, "ctag": "absent" } }),
        json!({ "sync": { "grain": "secondsLose" } }),
        json!({ "sync": { "badToken": "fullList" } }),
    ];
    for quirks in manners {
        let served = Served::by(quirks.clone()).await;
        for n in 0..8 {
            let fields =
                json!({ "summary": format!("E{n}"), "start": format!("2026-11-{}T10:00:00", 10 + n) });
            served.person(&json!({ "do": "create", "id": format!("e{n}"), "fields": fields }));
        }
        served.settle().await;
        assert_eq!(served.here().await.len(), 8, "{quirks}");
        served.person(&json!({ "do": "delete", "id": "e3" }));
        let forgotten = json!({ "calendar": "home", "silent": true });
        served.server.control("POST", "expire-sync", &forgotten).unwrap();
        served.settle().await;
        // All of it is compared once a day, whatever the changes said.
        served.world.advance(SignedDuration::from_hours(25));
        served.settle().await;
        let here = served.here().await;
        assert!(here.len() == 7 && !here.contains(&"E3".to_owned()), "{quirks}: {here:?}");
    }
}

#[tokio::test]
async fn bm_146_one_name_that_changes_is_no_deletion() {
    // The file's name: moved away and back under another one, its UID and our mark as they were.
    let served = Served::by(json!({})).await;
    served.person(&json!({ "do": "create", "id": "one.ics", "fields": {
        "uid": "the-uid", "summary": "Class", "start": "2026-11-10T10:00:00" } }));
    served.settle().await;
    let before = served.world.events().await.remove(0);
    let file = served.server.events("alice/home")[0]["ics"].as_str().unwrap().to_owned();
    served.person(&json!({ "do": "delete", "id": "one.ics" }));
    served.person(&json!({ "do": "create", "id": "two.ics", "fields": { "ics": file } }));
    served.settle().await;
    assert_eq!((served.there(), served.here().await), (vec!["Class".to_owned()], vec!["Class".to_owned()]));
    // And the next change goes to where it lies now.
    let after = served.world.events().await.remove(0);
    served.world.edit(&after, |view| view.title = "Changed".to_owned()).await;
    served.settle().await;
    assert_eq!(served.there(), ["Changed"]);
    assert_eq!(before.uid, after.uid);
}

#[tokio::test]
async fn bm_148_what_is_deleted_is_the_file_that_was_listed_and_only_once() {
    let served = Served::by(json!({})).await;
    for n in 0..3 {
        served.person(&json!({ "do": "create", "id": format!("file {n}.ics"), "fields": {
            "uid": format!("other-uid-{n}"), "summary": format!("E{n}"), "start": format!("2026-11-1{n}T10:00:00") } }));
    }
    served.settle().await;
    let event = served.world.events().await.into_iter().find(|event| event.content.title == "E1").unwrap();
    served.world.delete(&event).await;
    served.settle().await;
    assert_eq!(served.there(), ["E0", "E2"]);
    let before = served.writes();
    served.settle().await;
    assert_eq!(served.writes(), before, "it is not deleted again");
}

#[tokio::test]
async fn bm_149_a_second_edit_goes_through_whatever_version_the_first_was_told() {
    let manners = [
        json!({ "write": { "putEtag": "never" } }),
        json!({ "write": { "putEtag": "stale" } }),
        json!({ "write": { "putEtag": "sometimes" } }),
        json!({ "write": { "etagForm": "weakOnPut" } }),
        json!({ "write": { "putEtag": "ifUnchanged" }, "text": { "addStamps": true, "reorder": true } }),
    ];
    for quirks in manners {
        let served = Served::by(json!({})).await;
        served.quirks(&quirks);
        let event = served.world.make_with("2026-11-10 10:00", "Class", weekly(3)).await;
        served.settle().await;
        for n in 0..3 {
            served.world.edit(&event, |view| view.title = format!("Edit {n}")).await;
            served.settle().await;
            assert_eq!(served.there(), [format!("Edit {n}")], "{quirks}");
        }
        assert_eq!(served.here().await, ["Edit 2"], "{quirks}");
        let report = served.look().await;
        assert_eq!((report.status, report.tally.pushed), (Some(RunStatus::Success), 0), "{quirks}");
    }
}
