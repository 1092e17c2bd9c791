//! Notion by API: connected by a token, its columns looked at, tried, chosen and mended, each fault with its field (PR-4).

use concord_store::users::Role;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Who, World, word};

/// Somebody who has connected Notion's Alice by her token, the account, and the table that she calls Calendar.
struct Connected {
    world: World,
    mia: Who,
    account: String,
    calendar: String,
}

impl Connected {
    async fn new() -> Connected {
        let world = World::new().await;
        let mia = world.user("Mia", Role::Provider).await;
        let wish = json!({ "provider": "notion", "password": " twin-alice " });
        let entered = world.ask(&mia, "POST", "/schedule/sync/connect", Some(wish)).await.ok();
        let calendars = entered["calendars"].as_array().unwrap();
        let calendar = calendars.iter().find(|one| one["name"] == "Calendar").unwrap();
        let (account, calendar) =
            (word(&entered["account"], "id").to_owned(), word(calendar, "id").to_owned());
        Connected { world, mia, account, calendar }
    }

    fn control(&self, route: &str, body: Value) -> Value {
        let mut body = body;
        body["calendar"] = json!(self.calendar);
        self.world.notion.control("POST", route, &body).unwrap()
    }

    fn column(&self, does: &str, name: &str, more: Value) {
        let mut body = json!({ "do": does, "name": name });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.control("property", body);
    }

    fn row(&self, title: &str, date: Value, more: Value) {
        let mut fields =
            json!({ "Name": { "title": [{ "text": { "content": title } }] }, "Date": { "date": date } });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.control("event", json!({ "do": "create", "fields": fields }));
    }

    fn path(&self) -> String {
        format!("/schedule/sync/table?accountId={}&calendarId={}", self.account, self.calendar)
    }

    async fn table(&self) -> Value {
        self.world.ask(&self.mia, "GET", &self.path(), None).await.ok()
    }

    /// The link, with these settings.
    async fn link(&self, settings: Value) -> String {
        let new = json!({ "accountId": self.account, "calendarId": self.calendar, "settings": settings });
        let made = self.world.ask(&self.mia, "POST", "/schedule/sync/links", Some(new)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
        self.world.settle().await;
        word(&made.json, "linkId").to_owned()
    }

    async fn columns(&self, link: &str) -> Value {
        let path = format!("/schedule/sync/settings?linkId={link}");
        self.world.ask(&self.mia, "GET", &path, None).await.ok()["columns"].clone()
    }

    async fn set(&self, link: &str, columns: Value) -> crate::world::Answer {
        let body = json!({ "linkId": link, "columns": columns });
        self.world.ask(&self.mia, "PUT", "/schedule/sync/settings", Some(body)).await
    }
}

fn text(told: &str) -> Value {
    json!({ "rich_text": [{ "text": { "content": told } }] })
}

fn named(columns: &Value) -> Vec<(&str, &str)> {
    let all = columns.as_object().unwrap().iter().filter(|(_, column)| !column.is_null());
    all.map(|(holds, column)| (holds.as_str(), word(column, "name"))).collect()
}

#[tokio::test]
async fn notion_is_offered_to_people_and_takes_a_token_beside_a_sign_in() {
    let there = Connected::new().await;
    let told = there.world.ask(&there.mia, "GET", "/schedule/sync/providers", None).await.ok();
    let notion = told["items"].as_array().unwrap().iter().find(|one| one["id"] == "notion").unwrap();
    assert_eq!(
        (word(notion, "name"), word(notion, "signIn"), &notion["takesToken"], &notion["tables"]),
        ("Notion", "oauth", &json!(true), &json!(true))
    );
    let connect =
        async |wish: Value| there.world.ask(&there.mia, "POST", "/schedule/sync/connect", Some(wish)).await;
    let begun = connect(json!({ "provider": "notion" })).await.ok();
    assert!(word(&begun, "authUrl").starts_with("http://notion.test/"), "{begun}");
    for token in ["ntn_wrong", " "] {
        let refused = connect(json!({ "provider": "notion", "password": token })).await;
        assert_eq!(
            (refused.status, word(&refused.json, "field")),
            (StatusCode::UNPROCESSABLE_ENTITY, "password"),
            "{}",
            refused.json
        );
        assert!(!refused.json.to_string().contains("two factors"), "{}", refused.json);
    }
}

#[tokio::test]
async fn a_table_tells_its_columns_with_what_each_can_hold_and_what_they_seem_to() {
    let there = Connected::new().await;
    let table = there.table().await;
    let columns = table["columns"].as_array().unwrap();
    let date = columns.iter().find(|column| column["name"] == "Date").unwrap();
    assert_eq!((word(date, "kind"), &date["holds"]), ("date", &json!(["time", "end"])));
    let guests = columns.iter().find(|column| column["name"] == "Guests").unwrap();
    assert_eq!(guests["holds"], json!([]));
    assert_eq!(
        named(&table["guess"]),
        [("description", "Description"), ("location", "Location"), ("time", "Date")]
    );
    assert_eq!(table["changed"], json!([]));
    assert!(columns.iter().all(|column| column["name"] != "Concord"), "looking makes nothing");

    // Who may not know of it is told nothing of it, and what is no table has none.
    let other = there.world.user("Noa", Role::Provider).await;
    assert_eq!(there.world.ask(&other, "GET", &there.path(), None).await.status, StatusCode::NOT_FOUND);
    let google = there.world.link(&there.mia, json!({})).await;
    let links = there.world.ask(&there.mia, "GET", "/schedule/sync/status", None).await.ok();
    let (account, calendar) = (word(&links["items"][0], "accountId"), word(&links["items"][0], "calendarId"));
    let path = format!("/schedule/sync/table?accountId={account}&calendarId={calendar}");
    assert_eq!(there.world.ask(&there.mia, "GET", &path, None).await.ok()["columns"], json!([]));
    let body = json!({ "accountId": account, "calendarId": calendar });
    let tried = there.world.ask(&there.mia, "POST", "/schedule/sync/table/preview", Some(body)).await;
    assert_eq!(tried.status, StatusCode::NOT_FOUND);
    assert_eq!(there.columns(&google).await, Value::Null);
    let refused = there.set(&google, json!({ "time": { "name": "Date" } })).await;
    assert_eq!((refused.status, word(&refused.json, "field")), (StatusCode::UNPROCESSABLE_ENTITY, "columns"));
}

#[tokio::test]
async fn a_choice_is_tried_before_it_is_kept_and_what_was_tried_is_what_comes() {
    let there = Connected::new().await;
    there.column("add", "Hall", json!({ "fields": { "rich_text": {} } }));
    there.column("add", "Hours", json!({ "fields": { "rich_text": {} } }));
    there.row(
        "Choir",
        json!({ "start": "2026-11-12" }),
        json!({ "Hall": text("Nave"), "Hours": text("18:00–19:30") }),
    );
    there.row("Buy scores", Value::Null, json!({}));
    there.row("Odd", json!({ "start": "2026-11-13" }), json!({ "Hours": text("after lunch") }));
    let event = json!({ "title": "Mine", "start": "2026-11-20T10:00:00", "zone": "America/New_York", "location": "Crypt" });
    there.world.make(&there.mia, event).await;
    let columns = json!({
        "time": { "name": "Date" }, "location": { "name": "hall" }, "clock": { "name": "Hours", "zone": "Europe/Berlin" },
    });
    let body = json!({ "accountId": there.account, "calendarId": there.calendar, "columns": columns });
    let tried = there.world.ask(&there.mia, "POST", "/schedule/sync/table/preview", Some(body)).await.ok();
    let row = |title: &str| {
        tried["rows"].as_array().unwrap().iter().find(|row| row["title"] == title).unwrap().clone()
    };
    let choir = row("Choir")["event"].clone();
    assert_eq!(
        (word(&choir, "start"), word(&choir, "end"), word(&choir, "location"), &choir["allDay"]),
        ("2026-11-12T18:00:00+01:00", "2026-11-12T19:30:00+01:00", "Nave", &json!(false))
    );
    assert_eq!((&row("Buy scores")["dated"], &row("Buy scores")["event"]), (&json!(false), &Value::Null));
    assert_eq!((&row("Odd")["dated"], &row("Odd")["event"]), (&json!(true), &Value::Null));
    assert!(word(&row("Odd"), "why").contains("after lunch"));
    let cells: Vec<(&str, &str)> = tried["events"][0]["cells"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| (word(cell, "column"), word(cell, "value")))
        .collect();
    assert_eq!(
        cells,
        [("Name", "Mine"), ("Date", "2026-11-20"), ("Hall", "Crypt"), ("Hours", "16:00–17:00")]
    );
    // Nothing was written, and nothing kept.
    let links = there.world.ask(&there.mia, "GET", "/schedule/sync/status", None).await.ok();
    assert_eq!(links["items"], json!([]));
    let rows =
        there.world.notion.control("GET", "events", &json!({ "user": "alice", "calendar": there.calendar }));
    assert_eq!(rows.unwrap()["events"].as_array().unwrap().len(), 3);

    there.link(json!({ "columns": columns })).await;
    assert_eq!(there.world.titles(&there.mia).await, ["Choir", "Mine"]);
    let rows =
        there.world.notion.control("GET", "events", &json!({ "user": "alice", "calendar": there.calendar }));
    let rows = rows.unwrap();
    let mine = rows["events"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["properties"]["Name"]["title"][0]["plain_text"] == "Mine");
    assert_eq!(mine.unwrap()["properties"]["Hours"]["rich_text"][0]["plain_text"], "16:00–17:00");
}

#[tokio::test]
async fn columns_are_changed_one_by_one_and_what_cannot_be_meant_is_told_with_its_field_and_changes_nothing()
{
    let there = Connected::new().await;
    there.column("add", "Room", json!({ "fields": { "rich_text": {} } }));
    let link = there.link(json!({})).await;
    let before = there.columns(&link).await;
    assert_eq!(named(&before), [("description", "Description"), ("location", "Location"), ("time", "Date")]);
    let date = before["time"]["id"].clone();
    let cases = [
        (json!({ "time": null }), "columns.time"),
        (json!({ "time": { "name": "Room" } }), "columns.time"),
        (json!({ "time": { "way": "in" } }), "columns.time"),
        (json!({ "time": { "id": "gone", "name": "Date" } }), "columns.time"),
        (json!({ "end": { "id": date } }), "columns.end"),
        (json!({ "location": { "name": "Nowhere" } }), "columns.location"),
        (json!({ "location": { "name": "Description" } }), "columns.description"),
        (json!({ "location": { "name": " " } }), "columns.location.name"),
        (json!({ "status": {} }), "columns.status.id"),
        (json!({ "status": { "name": "Guests" } }), "columns.status"),
        (json!({ "clock": { "name": "Room", "zone": "Mars/Base" } }), "columns.clock.zone"),
        (json!({ "note": { "name": "Room" } }), "columns.note"),
        (json!({ "location": { "name": "Room", "way": "sideways" } }), "columns.location.way"),
    ];
    for (columns, field) in cases {
        let refused = there.set(&link, columns.clone()).await;
        assert_eq!(
            (refused.status, &refused.json["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{columns} {}",
            refused.json
        );
    }
    assert_eq!(there.columns(&link).await, before);

    let after =
        there.set(&link, json!({ "location": { "name": "room", "way": "out" }, "description": null })).await;
    let after = after.ok()["columns"].clone();
    assert_eq!(named(&after), [("location", "Room"), ("time", "Date")]);
    assert_eq!((&after["location"]["way"], &after["time"]), (&json!("out"), &before["time"]));
    // The same faults in a link that is to be made are told where they stand there.
    let new = json!({ "accountId": there.account, "calendarId": there.calendar,
                      "settings": { "columns": { "time": { "name": "Room" } } } });
    let refused = there.world.ask(&there.mia, "POST", "/schedule/sync/links", Some(new)).await;
    assert_eq!(word(&refused.json, "field"), "settings.columns.time");
}

#[tokio::test]
async fn a_column_that_is_renamed_stays_and_one_that_is_gone_is_named_with_what_could_take_its_place() {
    let there = Connected::new().await;
    there.row("Choir", json!({ "start": "2026-11-12" }), json!({ "Location": text("Nave") }));
    let link = there.link(json!({})).await;
    there.column("rename", "Date", json!({ "to": "When" }));
    there.world.settle().await;
    let table = there.table().await;
    let ours =
        table["columns"].as_array().unwrap().iter().find(|column| column["name"] == "Concord").unwrap();
    assert_eq!(ours["holds"], json!([]), "the column for our notes is nobody's to choose");
    let changed = table["changed"].clone();
    assert_eq!(
        (word(&changed[0], "holds"), word(&changed[0], "now"), word(&changed[0], "is")),
        ("time", "renamed", "When")
    );
    let status = async || {
        there.world.ask(&there.mia, "GET", "/schedule/sync/status", None).await.ok()["items"][0].clone()
    };
    assert_eq!(status().await["error"], Value::Null);

    there.column("remove", "Location", json!({}));
    there.column("add", "Location", json!({ "fields": { "rich_text": {} } }));
    there.world.settle().await;
    assert!(word(&status().await, "error").contains("\"Location\" is gone"), "{:#}", status().await);
    let changed = there.table().await["changed"].clone();
    let gone = changed.as_array().unwrap().iter().find(|one| one["now"] == "gone").unwrap().clone();
    assert_eq!((word(&gone, "holds"), word(&gone["instead"], "name")), ("location", "Location"));
    assert_ne!(gone["column"]["id"], gone["instead"]["id"]);
    // What is proposed mends it, and nothing was lost meanwhile.
    there.set(&link, json!({ "location": gone["instead"] })).await.ok();
    there.world.settle().await;
    assert_eq!(status().await["error"], Value::Null);
    assert_eq!(there.table().await["changed"][0]["now"], Value::Null);
    assert_eq!(there.world.titles(&there.mia).await, ["Choir"]);
}

#[tokio::test]
async fn a_table_that_no_list_has_is_found_by_its_address() {
    let there = Connected::new().await;
    let state = there.world.notion.control("GET", "state", &json!({})).unwrap();
    let all = state["calendars"].as_array().unwrap();
    let team = all.iter().find(|one| one["summary"] == "Team" && one["owner"] == "alice").unwrap();
    there.world.notion.control("POST", "quirks", &json!({ "searchMisses": true })).unwrap();
    let listed = async |id: &Value| {
        let path = format!("/schedule/sync/calendars?accountId={}", there.account);
        let list = there.world.ask(&there.mia, "GET", &path, None).await.ok();
        list["items"].as_array().unwrap().iter().any(|one| one["id"] == *id)
    };
    assert!(!listed(&team["id"]).await, "the search does not know of it");
    let find = async |address: &str| {
        let body = json!({ "accountId": there.account, "address": address });
        there.world.ask(&there.mia, "POST", "/schedule/sync/calendars/find", Some(body)).await
    };
    let bare = word(team, "database").replace('-', "");
    let found = find(&format!("https://www.notion.so/alice/Team-{bare}?v=0123")).await.ok();
    assert_eq!((&found["items"][0]["id"], word(&found["items"][0], "name")), (&team["id"], "Team"));
    for address in ["", "https://www.notion.so/alice/Team", "https://x.test/00000000000040008000000000000000"]
    {
        let refused = find(address).await;
        assert_eq!(
            (refused.status, word(&refused.json, "field")),
            (StatusCode::UNPROCESSABLE_ENTITY, "address"),
            "{address} {}",
            refused.json
        );
    }
    let new = json!({ "accountId": there.account, "calendarId": team["id"] });
    let made = there.world.ask(&there.mia, "POST", "/schedule/sync/links", Some(new)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
}
