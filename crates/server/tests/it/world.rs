//! A server over a database of its own, an emulated Google, Outlook and Notion and a calendar server, and people to ask it
//! things.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_engine::schedule::{self, Worked};
use concord_engine::{Chance, Clock, Engine, Timing};
use concord_model::{UserId, WorkspaceId, Zone};
use concord_providers::caldav::{self, CalDav};
use concord_providers::google::{Google, Settings as GoogleSettings};
use concord_providers::http::{Http, Lost};
use concord_providers::ics::{self, Ics};
use concord_providers::microsoft::{Microsoft, Settings as MicrosoftSettings, TENANT};
use concord_providers::notion::{self, Notion, Settings as NotionSettings};
use concord_server::app::Purpose;
use concord_server::{App, Settings};
use concord_store::api_keys::Scope;
use concord_store::users::{Role, User};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Store, users, workspaces};
use concord_twins::google::{Settings as TwinSettings, Twin};
use concord_twins::microsoft;
use concord_twins::notices::Answer as NoticeAnswer;
use http::{HeaderMap, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;
use url::Url;

/// A server, and who can ask it.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) twin: Twin,
    pub(crate) outlook: Outlook,
    /// A calendar server, at `https://dav.test`.
    pub(crate) dav: concord_twins::caldav::Twin,
    pub(crate) notion: concord_twins::notion::Twin,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) workspace: WorkspaceId,
    _folder: tempfile::TempDir,
}

/// A clock that stands still until it is moved.
pub(crate) struct VirtualClock(AtomicI64);

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

struct Dice(Mutex<StdRng>);

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

/// The way to the twin, in this process.
struct Door(Twin);

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let answer = self.0.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(Response::from_parts(parts, body))
    }
}

/// The way to the emulated Notion.
struct InNotion(concord_twins::notion::Twin);

#[async_trait]
impl Http for InNotion {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let answer = self.0.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(Response::from_parts(parts, body))
    }
}

/// The emulated Outlook, and the way from it to us. Clones are the same.
#[derive(Clone)]
pub(crate) struct Outlook {
    pub(crate) twin: microsoft::Twin,
    ours: Arc<OnceLock<Router>>,
}

impl Outlook {
    /// Brings us what it has to tell. Returns how each was answered.
    pub(crate) async fn deliver(&self) -> Vec<StatusCode> {
        let mut answers = Vec::new();
        for notice in self.twin.take_notices() {
            let response =
                self.ours.get().unwrap().clone().oneshot(notice.request.map(Body::from)).await.unwrap();
            let (parts, body) = response.into_parts();
            let content_type =
                parts.headers.get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            let answer = NoticeAnswer {
                status: parts.status.as_u16(),
                content_type: content_type.unwrap_or_default(),
                body: to_bytes(body, usize::MAX).await.unwrap(),
            };
            self.twin.answered(notice.id, &answer);
            answers.push(parts.status);
        }
        answers
    }
}

#[async_trait]
impl Http for Outlook {
    /// While it works on a call it may ask us something: an address is tried out before it is taken (trap 20).
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let asks = async {
            loop {
                self.deliver().await;
                tokio::task::yield_now().await;
            }
        };
        let answer = tokio::select! {
            biased;
            answer = self.twin.router().oneshot(request.map(Body::from)) => answer.unwrap(),
            () = asks => unreachable!("it asks as long as the call lasts"),
        };
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(Response::from_parts(parts, body))
    }
}

/// The way to the calendar server, for addresses that people give.
struct Guarded(concord_twins::caldav::Twin);

#[async_trait]
impl Http for Guarded {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        match request.uri().host() {
            Some("dav.test") => {}
            Some("nowhere.test") => return Err(Lost::NotSent("no such name".into())),
            _ => return Err(Lost::Forbidden("it is an internal address".to_owned())),
        }
        let answer = self.0.router().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| Lost::NoAnswer(e.into()))?;
        Ok(Response::from_parts(parts, body))
    }
}

/// The way for addresses that the operator gives: nobody who asks by the API may take it.
struct NotForYou;

#[async_trait]
impl Http for NotForYou {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        panic!("an address that a person gave is called as if the operator had given it");
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

/// Somebody with an API key.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) id: UserId,
    pub(crate) key: String,
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(None).await
    }

    /// The same, where providers can send notices.
    pub(crate) async fn reachable() -> World {
        World::with(Some("http://concord.test/api/calendar/webhook/".parse().unwrap())).await
    }

    async fn with(notices_url: Option<Url>) -> World {
        let start: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let clock = Arc::new(VirtualClock(AtomicI64::new(start.as_microsecond())));
        let twin_clock = clock.clone();
        let twin = Twin::new(TwinSettings::new("http://google.test", Arc::new(move || twin_clock.now())));
        let urls = twin.urls();
        let google = Google::new(
            GoogleSettings {
                api_url: urls.api.parse().unwrap(),
                batch_url: urls.batch.parse().unwrap(),
                authorize_url: urls.authorize.parse().unwrap(),
                token_url: urls.token.parse().unwrap(),
                revoke_url: urls.revoke.parse().unwrap(),
                userinfo_url: urls.userinfo.parse().unwrap(),
                account_per_minute: 1_000_000,
                app_per_minute: 1_000_000,
                ..GoogleSettings::new("twin-client", SecretString::from("twin-secret"))
            },
            Arc::new(Door(twin.clone())),
        );
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/concord.db", folder.path().display())).await.unwrap();
        store.migrate().await.unwrap();
        let dice = Arc::new(Dice(Mutex::new(StdRng::seed_from_u64(7))));
        let key = MasterKey::generate(&mut |bytes: &mut [u8]| dice.fill(bytes));
        let outlook_clock = clock.clone();
        let outlook = Outlook {
            twin: microsoft::Twin::new(microsoft::Settings::new(
                "http://outlook.test",
                Arc::new(move || outlook_clock.now()),
            )),
            ours: Arc::default(),
        };
        let urls = outlook.twin.urls();
        let by_graph = Microsoft::new(
            MicrosoftSettings {
                graph_url: urls.graph.parse().unwrap(),
                authorize_url: urls.authorize.parse().unwrap(),
                token_url: urls.token.parse().unwrap(),
                ..MicrosoftSettings::new("twin-client", Some(SecretString::from("twin-secret")), TENANT)
            },
            Arc::new(outlook.clone()),
        );
        let dav_clock = clock.clone();
        let dav = concord_twins::caldav::Twin::new(concord_twins::caldav::Settings::new(
            "https://dav.test",
            Arc::new(move || dav_clock.now()),
        ));
        let notion_clock = clock.clone();
        let notion = concord_twins::notion::Twin::new(concord_twins::notion::Settings::new(
            "http://notion.test",
            Arc::new(move || notion_clock.now()),
        ));
        let urls = notion.urls();
        let client =
            notion::Client { id: "twin-client".to_owned(), secret: SecretString::from("twin-secret") };
        let tables = Notion::new(
            NotionSettings {
                api_url: urls.api.parse().unwrap(),
                authorize_url: urls.authorize.parse().unwrap(),
                token_url: urls.token.parse().unwrap(),
                revoke_url: urls.revoke.parse().unwrap(),
                account_per_minute: 1_000_000,
                ..NotionSettings::new(Some(client))
            },
            Arc::new(InNotion(notion.clone())),
        );
        let guarded = Arc::new(Guarded(dav.clone()));
        let server = CalDav::new(caldav::Settings::any(), Arc::new(NotForYou), guarded.clone());
        let feeds = Ics::new(ics::Settings::default(), Arc::new(NotForYou), guarded);
        let providers: Vec<Arc<dyn concord_providers::Provider>> =
            vec![Arc::new(google), Arc::new(by_graph), Arc::new(server), Arc::new(feeds), Arc::new(tables)];
        let engine = Engine {
            store,
            providers: providers.into_iter().map(|provider| (provider.id(), provider)).collect(),
            vault: Arc::new(Vault::new(vec![key]).unwrap()),
            clock: clock.clone(),
            chance: dice,
            timing: Timing::default(),
            notices_url,
            worker: "test".to_owned(),
        };
        let workspace: WorkspaceId = engine.id();
        let mut tx = engine.store.begin().await.unwrap();
        workspaces::ensure_default(&mut tx, workspace, "Test", start).await.unwrap();
        tx.commit().await.unwrap();
        let settings = Settings {
            public_url: "http://concord.test".parse().unwrap(),
            workspace,
            purpose: Purpose::Service,
        };
        let app = App::new(engine, settings);
        let router = concord_server::router(app.clone());
        outlook.ours.set(router.clone()).unwrap();
        World { router, app, twin, outlook, dav, notion, clock, workspace, _folder: folder }
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.clock.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::Relaxed);
    }

    /// Adds a user of the workspace, with a key for all that they may do.
    pub(crate) async fn user(&self, name: &str, role: Role) -> Who {
        let scope = if role == Role::Admin { Scope::Admin } else { Scope::Write };
        self.user_in(self.workspace, name, role, scope).await
    }

    pub(crate) async fn user_in(&self, workspace: WorkspaceId, name: &str, role: Role, scope: Scope) -> Who {
        let engine = &self.app.engine;
        let user = User {
            id: engine.id(),
            workspace,
            name: name.to_owned(),
            address: Some(format!("{}@example.org", name.to_lowercase()).into()),
            role,
            zone: Zone::new("America/New_York").unwrap(),
            created_at: engine.now(),
        };
        let mut tx = engine.store.begin().await.unwrap();
        users::add(&mut tx, &user).await.unwrap();
        tx.commit().await.unwrap();
        let (_, key) = concord_server::api::keys::make(engine, workspace, user.id, name.to_owned(), scope)
            .await
            .unwrap();
        Who { id: user.id, key }
    }

    /// Asks as somebody, with a JSON body where there is one.
    pub(crate) async fn ask(&self, who: &Who, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask_with(Some(who), method, path, body, &[]).await
    }

    pub(crate) async fn ask_with(
        &self,
        who: Option<&Who>,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        if let Some(who) = who {
            request = request.header("authorization", format!("Bearer {}", who.key));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            None => Body::empty(),
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        Answer { status: parts.status, headers: parts.headers, json }
    }

    /// Somebody agrees at the emulated Google, or not, as the address says; returns where their browser is sent.
    pub(crate) async fn consent(&self, address: &str, says: &str) -> Url {
        agree(self.twin.router(), address, says).await
    }

    /// Connects the account of Google's Alice for somebody, as a platform does it. Returns its id.
    pub(crate) async fn connect(&self, who: &Who) -> String {
        self.connect_at("google", self.twin.router(), who).await
    }

    /// The same with Outlook's Alice.
    pub(crate) async fn connect_outlook(&self, who: &Who) -> String {
        self.connect_at("microsoft", self.outlook.twin.router(), who).await
    }

    async fn connect_at(&self, provider: &str, there: Router, who: &Who) -> String {
        let wish = json!({ "provider": provider });
        let begun = self.ask(who, "POST", "/schedule/sync/connect", Some(wish)).await.ok();
        let back = agree(there, word(&begun, "authUrl"), "&user=alice").await;
        let brought: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        let brought = json!({ "provider": provider, "code": brought["code"], "state": brought["state"] });
        let connected = self.ask(who, "POST", "/schedule/sync/callback", Some(brought)).await.ok();
        word(&connected, "accountId").to_owned()
    }

    /// Connects the account of Google's Alice and links its main calendar. Returns the link's id.
    pub(crate) async fn link(&self, who: &Who, settings: Value) -> String {
        let account = self.connect(who).await;
        self.link_main(who, &account, settings).await
    }

    /// Links an account's main calendar. Returns the link's id.
    pub(crate) async fn link_main(&self, who: &Who, account: &str, settings: Value) -> String {
        let offered =
            self.ask(who, "GET", &format!("/schedule/sync/calendars?accountId={account}"), None).await.ok();
        let main = offered["items"].as_array().unwrap().iter().find(|one| one["primary"] == json!(true));
        let main = main.unwrap_or_else(|| panic!("no main calendar: {offered:#}"));
        let new = json!({ "accountId": account, "calendarId": main["id"], "settings": settings });
        let made = self.ask(who, "POST", "/schedule/sync/links", Some(new)).await;
        assert_eq!(made.status, 201, "{}", made.json);
        self.settle().await;
        word(&made.json, "linkId").to_owned()
    }

    /// A minute passes, so that every calendar is looked at, and what is due is run until nothing is.
    pub(crate) async fn settle(&self) {
        self.advance(SignedDuration::from_secs(61));
        for _ in 0..20 {
            if let Worked::Idle(_) = schedule::work(&self.app.engine).await.unwrap() {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    /// What a run came to that was begun in the background.
    pub(crate) async fn ended(&self, who: &Who, run: &Value) -> Value {
        let path =
            format!("/schedule/sync/history/{}", run.as_str().unwrap_or_else(|| panic!("{run} is no id")));
        for _ in 0..10_000 {
            let told = self.ask(who, "GET", &path, None).await.ok();
            if told["status"] != "running" {
                return told;
            }
            tokio::task::yield_now().await;
        }
        panic!("the run does not end");
    }

    /// A person does something in Alice's main calendar at Google.
    pub(crate) fn person(&self, does: &str, id: Option<&str>, fields: Value) -> Value {
        self.advance(SignedDuration::from_secs(5));
        let body = json!({ "calendar": "primary", "do": does, "id": id, "fields": fields });
        self.twin.control("POST", "event", &body).unwrap()
    }

    /// What lives in that calendar.
    pub(crate) fn there(&self) -> Vec<Value> {
        let mut all = self.twin.events("alice@twin.test");
        all.retain(|event| event["status"] != "cancelled");
        all
    }

    /// The one event there of that title.
    #[track_caller]
    pub(crate) fn one_there(&self, title: &str) -> Value {
        let all = self.there();
        all.iter()
            .find(|event| event["summary"] == title)
            .unwrap_or_else(|| panic!("no {title}: {all:#?}"))
            .clone()
    }

    /// The titles there, ordered.
    pub(crate) fn titles_there(&self) -> Vec<String> {
        sorted(&self.there(), "summary")
    }

    /// The titles of somebody's events here, ordered.
    pub(crate) async fn titles(&self, who: &Who) -> Vec<String> {
        let all = self.ask(who, "GET", "/calendar/events", None).await.ok();
        sorted(all["items"].as_array().unwrap(), "title")
    }

    /// Makes an event of somebody's.
    pub(crate) async fn make(&self, who: &Who, body: Value) -> Value {
        let made = self.ask(who, "POST", "/calendar/events", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.json);
        made.json
    }

    /// Changes fields of an event.
    pub(crate) async fn change(&self, who: &Who, event: &Value, fields: Value) -> Value {
        self.advance(SignedDuration::from_secs(5));
        let path = format!("/calendar/events/{}", word(event, "id"));
        self.ask(who, "PATCH", &path, Some(fields)).await.ok()
    }
}

impl Answer {
    /// What was answered, where all went well.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {:#}", self.status, self.json);
        self.json
    }
}

/// A browser goes to the address and says there what is to be said; returns where it is sent.
async fn agree(there: Router, address: &str, says: &str) -> Url {
    let request = Request::get(format!("{address}&auto=1{says}")).body(Body::empty()).unwrap();
    let answer = there.oneshot(request).await.unwrap();
    answer.headers()["location"].to_str().unwrap().parse().unwrap()
}

/// A text in a JSON object.
#[track_caller]
pub(crate) fn word<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json:#}"))
}

fn sorted(all: &[Value], name: &str) -> Vec<String> {
    let mut titles: Vec<String> = all.iter().map(|one| word(one, name).to_owned()).collect();
    titles.sort();
    titles
}
