//! A walk over every operation that `openapi.json` describes. Later ones join by themselves; one that the walk does not know
//! how to fill fails, and says what to add here.

mod bad_input;
mod closed;

use concord_engine::{letterbox, received};
use concord_store::alerts::{self, Alert, AlertKind, Severity};
use concord_store::users::Role;
use serde_json::{Map, Value, json};

use crate::mail::invitation;
use crate::world::{Who, World, word};

/// An operation of the description.
struct Operation {
    method: String,
    /// Without the prefix.
    path: String,
    json: Value,
}

/// The whole description, and its operations.
struct Description {
    json: Value,
    operations: Vec<Operation>,
}

/// A parameter or a field by which something is named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Path,
    Query,
    Body,
}

/// Something of everything, by the names under which operations ask for it.
struct Things(Map<String, Value>);

impl Description {
    fn read() -> Description {
        let json: Value = serde_json::from_str(&concord_server::openapi::document()).unwrap();
        let mut operations = Vec::new();
        for (path, methods) in json["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    path: path.strip_prefix("/api/v1").unwrap().to_owned(),
                    json: operation.clone(),
                });
            }
        }
        assert!(operations.len() > 40, "the description is not where this test looks for it");
        Description { json, operations }
    }

    /// The schema of an operation's JSON body.
    fn body(&self, operation: &Operation) -> Option<&Value> {
        let content = operation.json.pointer("/requestBody/content/application~1json/schema")?;
        let found = content["$ref"].as_str().map(|name| self.json.pointer(&name[1..]).unwrap());
        Some(match operation.json.pointer("/requestBody/content/application~1json/schema/$ref") {
            Some(_) => found.unwrap(),
            None => panic!("{operation}: its body has no name in the description"),
        })
    }

    /// The properties of a body by which something is named.
    fn ids_in_body(&self, operation: &Operation) -> Vec<String> {
        let Some(schema) = self.body(operation) else { return Vec::new() };
        schema["properties"].as_object().unwrap().keys().filter(|name| is_id(name)).cloned().collect()
    }

    /// A body with all that is required, and these.
    fn sample(&self, operation: &Operation, things: &Things, more: &[&str]) -> Option<Value> {
        let schema = self.body(operation)?;
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut body = Map::new();
        for name in required.chain(more.iter().copied()) {
            let value = things.0.get(name).cloned().unwrap_or_else(|| plain(operation, name, schema));
            body.insert(name.to_owned(), value);
        }
        Some(Value::Object(body))
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Operation {
    /// Whether nobody has to sign in for it.
    fn is_open(&self) -> bool {
        self.json["security"] == json!([{}])
    }

    /// Whether its answer never ends.
    fn is_stream(&self) -> bool {
        !self.json.pointer("/responses/200/content/text~1event-stream").unwrap_or(&Value::Null).is_null()
    }

    fn parameters(&self, place: &str) -> impl Iterator<Item = (&str, bool)> {
        let all = self.json["parameters"].as_array().into_iter().flatten();
        let here = all.filter(move |parameter| parameter["in"] == place);
        here.map(|parameter| (word(parameter, "name"), parameter["required"] == true))
    }

    /// The address with the things that it names, and with these parameters of the query besides those that it needs.
    fn address(&self, things: &Things, more: &[&str]) -> String {
        let mut path = self.path.clone();
        for (name, _) in self.parameters("path") {
            let thing = match name {
                "provider" => "google",
                _ => things.word(self, &self.kind(name)),
            };
            path = path.replace(&format!("{{{name}}}"), thing);
        }
        assert!(!path.contains('{'), "{self}: a part of its path is not among its parameters");
        let needed = self.parameters("query").filter(|(name, required)| *required && !more.contains(name));
        let needed = needed.map(|(name, _)| name);
        let query: Vec<String> = needed
            .chain(more.iter().copied())
            .map(|name| format!("{name}={}", things.word(self, name)))
            .collect();
        if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
    }

    /// What an id in the path is of.
    fn kind(&self, name: &str) -> String {
        let known = [
            ("/calendar/events/", "eventId"),
            ("/feeds/", "feedId"),
            ("/keys/", "keyId"),
            ("/schedule/sync/conflicts/", "conflictId"),
            ("/schedule/sync/history/", "runId"),
            ("/schedule/sync/queue/", "waitingId"),
        ];
        if let Some((_, thing)) =
            [("user_id", "userId"), ("alert_id", "alertId")].iter().find(|(of, _)| *of == name)
        {
            return (*thing).to_owned();
        }
        if self.path == "/calendar/events/{id}/answer" {
            return "invitedId".to_owned();
        }
        let found = known.iter().find(|(begins, _)| name == "id" && self.path.starts_with(begins));
        let found = found.unwrap_or_else(|| {
            panic!("{self}: say in crates/server/tests/it/walk what {{{name}}} is, and have one of it in `Things`")
        });
        found.1.to_owned()
    }

    /// Everything by which it can be asked about something that is there already.
    fn ids(&self, description: &Description) -> Vec<(Place, String)> {
        let path = self.parameters("path").filter(|(name, _)| *name != "provider");
        let query = self.parameters("query").filter(|(name, _)| is_id(name));
        let path = path.map(|(name, _)| (Place::Path, name.to_owned()));
        let query = query.map(|(name, _)| (Place::Query, name.to_owned()));
        let body = description.ids_in_body(self).into_iter().map(|name| (Place::Body, name));
        path.chain(query).chain(body).collect()
    }

    async fn ask(
        &self,
        world: &World,
        who: Option<&Who>,
        address: &str,
        body: Option<Value>,
    ) -> crate::world::Answer {
        world.ask_with(who, &self.method, address, body, &[]).await
    }
}

/// Whether that is the name of something that lies in the database.
fn is_id(name: &str) -> bool {
    name.ends_with("Id") && !["calendarId", "lastEventId"].contains(&name)
}

/// A value of no meaning that fits.
fn plain(operation: &Operation, name: &str, schema: &Value) -> Value {
    let kind = kind(&schema["properties"][name]);
    match (name, kind.as_str()) {
        ("email", _) => json!("walker@example.org"),
        ("zone", _) => json!("Europe/Berlin"),
        ("role", _) => json!("client"),
        ("start", _) => json!("2026-11-20T09:00:00"),
        ("resolution", _) => json!("keep_local"),
        ("answer", _) => json!("accepted"),
        ("provider", _) => json!("google"),
        (_, "string") => json!("walker, walker"),
        (_, "integer" | "number") => json!(1),
        (_, "boolean") => json!(true),
        (_, "array") => json!([]),
        (_, "object") => json!({}),
        _ => panic!("{operation}: say in crates/server/tests/it/walk what to fill {name} with"),
    }
}

/// The type of a property; that of a part of the description is an object.
fn kind(property: &Value) -> String {
    match &property["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|k| *k != "null").unwrap_or("any").to_owned()
        }
        _ if property["$ref"].is_string() || property["oneOf"].is_array() => "object".to_owned(),
        _ => "any".to_owned(),
    }
}

impl Things {
    fn word(&self, operation: &Operation, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_else(|| {
            panic!("{operation}: say in crates/server/tests/it/walk what to fill {name} with")
        })
    }
}

/// Somebody with something of everything: a calendar, an event in it, a question, a change that waits, a key, a client.
async fn furnished(world: &World) -> (Who, Things) {
    let mia = world.user("Mia", Role::Provider).await;
    let link = world.link(&mia, json!({ "conflicts": "ask" })).await;
    let event = world.make(&mia, json!({ "title": "Coaching", "start": "2026-11-20T10:00:00" })).await;
    world.settle().await;
    world.change(&mia, &event, json!({ "title": "Named here" })).await;
    let copy = world.one_there("Coaching");
    world.person("change", Some(word(&copy, "id")), json!({ "summary": "Named there" }));
    world.settle().await;
    world.make(&mia, json!({ "title": "Waits", "start": "2026-11-21T10:00:00" })).await;
    let first = async |path: &str| world.ask(&mia, "GET", path, None).await.ok()["items"][0]["id"].clone();
    let made =
        async |path: &str, body: Value| world.ask(&mia, "POST", path, Some(body)).await.ok()["id"].clone();
    let things = [
        ("eventId", event["id"].clone()),
        ("invitedId", invited(world, &mia).await),
        ("linkId", json!(link)),
        ("accountId", first("/schedule/sync/accounts").await),
        ("conflictId", first("/schedule/sync/conflicts").await),
        ("runId", first("/schedule/sync/history").await),
        ("waitingId", first("/schedule/sync/queue").await),
        ("feedId", made("/feeds", json!({ "name": "for my family" })).await),
        ("alertId", alert(world, &mia, &link).await),
        ("keyId", made("/keys", json!({ "name": "shop" })).await),
        ("clientId", made("/clients", json!({ "name": "Ana" })).await),
        ("userId", json!(mia.id)),
        ("ownerId", json!(mia.id)),
        ("calendarId", json!("primary")),
    ];
    let things = things.into_iter().map(|(name, thing)| (name.to_owned(), thing)).collect();
    (mia, Things(things))
}

/// Something that is wrong with a link.
async fn alert(world: &World, who: &Who, link: &str) -> Value {
    let engine = &world.app.engine;
    let (id, now) = (engine.id(), engine.now());
    let alert = Alert {
        id,
        workspace: world.workspace,
        user: who.id,
        link: link.parse().unwrap(),
        kind: AlertKind::Channel,
        severity: Severity::High,
        text: "It tells nothing.".to_owned(),
        opened_at: now,
        updated_at: now,
        resolved: None,
    };
    let mut tx = engine.store.begin().await.unwrap();
    alerts::open(&mut tx, &alert).await.unwrap();
    tx.commit().await.unwrap();
    json!(id)
}

/// A meeting to which somebody else invited by mail.
async fn invited(world: &World, who: &Who) -> Value {
    let engine = &world.app.engine;
    let (_, word) = letterbox::open(engine, world.workspace, who.id).await.unwrap();
    received::take(engine, &invitation(&word, "org@corp.example")).await.unwrap();
    let all = world.ask(who, "GET", "/calendar/events", None).await.ok();
    let planning = all["items"].as_array().unwrap().iter().find(|event| event["title"] == "Planning");
    planning.expect("it was taken in")["id"].clone()
}

/// All that an administrator can read without naming anything, and how often anything has changed.
async fn all_there_is(world: &World, description: &Description, admin: &Who) -> Value {
    let mut seen = Map::new();
    for operation in &description.operations {
        let names = operation.parameters("path").next().is_some()
            || operation.parameters("query").any(|(_, needed)| needed);
        if operation.method == "GET" && !operation.is_stream() && !names {
            let answer = operation.ask(world, Some(admin), &operation.path, None).await;
            seen.insert(operation.to_string(), without_uses(answer.json));
        }
    }
    let mut tx = world.app.engine.store.read().await.unwrap();
    let (_, changes) = concord_store::changes::kept(&mut tx).await.unwrap();
    seen.insert("changes".to_owned(), json!(changes));
    Value::Object(seen)
}

/// That a key was used is no change.
fn without_uses(mut value: Value) -> Value {
    for item in value["items"].as_array_mut().into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            item.remove("usedAt");
        }
    }
    value
}
