//! Requests to the server's router: what is wrong is told with its field and changes nothing, and nothing ends in a
//! server's error.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use concord_engine::{Chance, Clock, Engine, Timing, edit};
use concord_model::link::Settings as LinkSettings;
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::{
    CalendarId, ChannelId, LinkId, Moment, ProviderId, Span, UserId, View, WorkspaceId, Zone,
};
use concord_providers::google::{Google, Settings as GoogleSettings};
use concord_providers::http::{Http, Lost};
use concord_server::app::Purpose;
use concord_server::{App, Settings};
use concord_store::accounts::{Account, AccountState};
use concord_store::api_keys::Scope;
use concord_store::channels::{Channel, ChannelState};
use concord_store::links::{Link, LinkState};
use concord_store::users::{Role, User};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Store, accounts, channels, events, links, users, workspaces};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

pub(crate) const WORDS: &[&str] = &[
    "\"title\":",
    "\"start\":\"2026-11-20T09:00:00\"",
    "\"start\":\"2026-11-20\"",
    "\"start\":\"2026-10-25T02:30:00\"",
    "\"end\":\"2026-11-20T08:00:00Z\"",
    "\"zone\":\"Europe/Berlin\"",
    "\"zone\":null",
    "\"zone\":\"Middle/Earth\"",
    "\"allDay\":true",
    "\"recurrence\":{\"rules\":[\"FREQ=DAILY\"]}",
    "\"recurrence\":null",
    "FREQ=SECONDLY;COUNT=1000000000",
    "\"status\":\"cancelled\"",
    "\"attendees\":[{\"email\":\"a@b\"}]",
    "\"reminders\":[{\"minutesBefore\":4294967295}]",
    "\"extension\":{\"a\":[{}]}",
    "\"externalRef\":\"r\"",
    "\"participants\":[]",
    "\"tags\":[\"\"]",
    "\"linkId\":",
    "\"filters\":{\"appointmentTypes\":[]}",
    "\"window\":{\"back\":0,\"ahead\":99999999}",
    "\"direction\":\"pull\"",
    "\"detail\":\"busy\"",
    "\"frequency\":",
    "\"brake\":{\"percent\":101}",
    "\"answerDays\":0",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "1e400",
    "-1",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "X-Goog-Channel-ID: channel\n",
    "X-Goog-Channel-Token: hush\n",
    "X-Goog-Resource-State: exists\n",
    "X-Goog-Message-Number: 1\n",
    "\n\n",
    "&",
    "=",
    "%00",
];

/// By what a notice of the one channel is known.
const SECRET: &str = "hush";

/// One server for all inputs: an administrator with a calendar, a single event and a series.
struct World {
    runtime: Runtime,
    router: Router,
    store: Store,
    workspace: WorkspaceId,
    link: LinkId,
    key: String,
    single: String,
    series: String,
    /// How many inputs were taken in since it was made.
    taken: u32,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).expect("an instant")
    }
}

/// Chance that counts.
struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            chunk.copy_from_slice(&n.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// Nobody is there.
struct Nobody(Mutex<u64>);

#[async_trait]
impl Http for Nobody {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.0.lock().expect("nobody panics while it is held") += 1;
        Err(Lost::NotSent("there is no network".into()))
    }
}

impl World {
    fn new() -> World {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime
            .block_on(async {
                let store = Store::open("sqlite::memory:").await.expect("a database in memory");
                store.migrate().await.expect("tables");
                let chance = Arc::new(Counting(AtomicU64::new(1)));
                let google = Google::new(
                    GoogleSettings::new("id", SecretString::from("secret")),
                    Arc::new(Nobody(Mutex::new(0))),
                );
                let provider: Arc<dyn concord_providers::Provider> = Arc::new(google);
                let key = MasterKey::generate(&mut |bytes: &mut [u8]| chance.fill(bytes));
                let engine = Engine {
                    store: store.clone(),
                    providers: [(ProviderId::from("google"), provider)].into(),
                    vault: Arc::new(Vault::new(vec![key]).expect("one key")),
                    clock: Arc::new(Still),
                    chance,
                    timing: Timing::default(),
                    notices_url: None,
                    worker: "fuzz".to_owned(),
                };
                furnished(engine).await
            })
            .with(runtime)
    }
}

/// A world that still lacks its runtime.
struct Furnished {
    router: Router,
    store: Store,
    workspace: WorkspaceId,
    link: LinkId,
    key: String,
    single: String,
    series: String,
}

impl Furnished {
    fn with(self, runtime: Runtime) -> World {
        let Furnished { router, store, workspace, link, key, single, series } = self;
        World { runtime, router, store, workspace, link, key, single, series, taken: 0 }
    }
}

async fn furnished(engine: Engine) -> Furnished {
    let now = engine.now();
    let (workspace, user): (WorkspaceId, UserId) = (engine.id(), engine.id());
    let zone = Zone::new("Europe/Berlin").expect("a known zone");
    let mut tx = engine.store.begin().await.expect("a transaction");
    workspaces::ensure_default(&mut tx, workspace, "Fuzz", now).await.expect("a workspace");
    let ada = User {
        id: user,
        workspace,
        name: "Ada".to_owned(),
        address: Some("ada@example.org".into()),
        role: Role::Admin,
        zone: zone.clone(),
        created_at: now,
    };
    users::add(&mut tx, &ada).await.expect("a user");
    let account = Account {
        id: engine.id(),
        workspace,
        user,
        provider: ProviderId::from("google"),
        subject: "1".to_owned(),
        name: "ada@example.org".to_owned(),
        state: AccountState::Active,
        site: None,
        scopes: Vec::new(),
        access_ends_at: None,
        wait_until: None,
        created_at: now,
    };
    let account = accounts::upsert(&mut tx, &account).await.expect("an account");
    let link = links::add(&mut tx, &link(&engine, &account, now)).await.expect("a link");
    let channel = Channel {
        id: engine.id::<ChannelId>(),
        workspace,
        link: link.id,
        external: "channel".to_owned(),
        resource: Some("r".to_owned()),
        state: ChannelState::Open,
        ends_at: Some(now + SignedDuration::from_hours(24)),
        opened_at: now,
        last_notice_at: None,
        notices: 0,
        why: None,
        missed: 0,
        missed_at: None,
        trial: None,
    };
    let secret = SecretString::from(SECRET);
    channels::insert(&mut tx, &mut engine.vault.with(&mut engine.dice()), &channel, &secret)
        .await
        .expect("a channel");
    tx.commit().await.expect("a commit");
    let at = |wall: &str| Moment::new(wall.parse().expect("a wall time"), zone.clone());
    let span = Span::timed(at("2027-02-01T10:00:00"), at("2027-02-01T11:00:00")).expect("a span");
    let mut made = Vec::new();
    for rule in [None, Some("FREQ=WEEKLY;COUNT=5")] {
        let mut content = View::new(span.clone(), "Coaching");
        content.time.recurrence =
            rule.map(|rule| Recurrence::from(Rule::parse(rule, &span).expect("a rule")));
        let new = edit::New { owner: user, content, booking: Default::default(), uid: None };
        made.push(edit::create(&engine, workspace, new).await.expect("an event").id.to_string());
    }
    let (_, key) = concord_server::api::keys::make(&engine, workspace, user, "fuzz".to_owned(), Scope::Admin)
        .await
        .expect("a key");
    let (store, link) = (engine.store.clone(), link.id);
    let public_url = "http://concord.test".parse().expect("an address");
    let app = App::new(engine, Settings { public_url, workspace, purpose: Purpose::Service });
    let router = concord_server::router(app);
    let (single, series) = (made[0].clone(), made[1].clone());
    Furnished { router, store, workspace, link, key, single, series }
}

fn link(engine: &Engine, account: &Account, now: Timestamp) -> Link {
    Link {
        id: engine.id(),
        workspace: account.workspace,
        account: account.id,
        user: account.user,
        provider: account.provider.clone(),
        calendar: CalendarId::from("ada@example.org"),
        name: "Ada".to_owned(),
        zone: None,
        writable: true,
        settings: LinkSettings::default(),
        settings_rev: 1,
        state: LinkState::Active,
        cursor: None,
        listing: None,
        window_until: None,
        first_done: true,
        due_at: Some(now + SignedDuration::from_hours(1)),
        wake: false,
        lease_until: None,
        lease_epoch: 0,
        holder: None,
        failures: 0,
        last_attempt_at: None,
        last_success_at: None,
        last_run: None,
        last_status: None,
        last_error: None,
        last_full_at: None,
        next_safety_at: None,
        created_at: now,
    }
}

/// How many inputs one server takes in before there is a new one.
const MOST_TAKEN: u32 = 200;

/// Lets the one server of this thread meet something. It is made anew when it is full, and after a panic.
fn in_world(meet: impl FnOnce(&mut World)) {
    let mut world = WORLD.with(RefCell::take).unwrap_or_else(World::new);
    meet(&mut world);
    if world.taken < MOST_TAKEN {
        WORLD.with(|place| place.replace(Some(world)));
    }
}

impl World {
    fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("a router always answers");
            let status = response.status();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body in memory");
            (status, serde_json::from_slice(&body).unwrap_or_default())
        })
    }

    /// All that requests could change: the events with their revisions, and the link.
    fn all(&self) -> (Vec<concord_model::Event>, Link) {
        self.runtime.block_on(async {
            let mut tx = self.store.read().await.expect("a transaction");
            let query = events::Query { limit: 10_000, ..Default::default() };
            let all = events::list(&mut tx, self.workspace, &query).await.expect("events");
            (all, links::find(&mut tx, self.link).await.expect("the link"))
        })
    }
}

/// The first byte chooses where to, the rest is a body, or a query.
pub(crate) fn requests(data: &[u8]) {
    let Some((which, body)) = data.split_first() else { return };
    in_world(|world| {
        let (single, series) =
            (format!("/calendar/events/{}", world.single), format!("/calendar/events/{}", world.series));
        let text: String = String::from_utf8_lossy(body)
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { '+' })
            .collect();
        let query = text.replace('#', "%23");
        let (method, path) = match which % 12 {
            0 => ("POST", "/calendar/events".to_owned()),
            1 => ("PUT", single),
            2 => ("PATCH", single),
            3 => ("PATCH", format!("{series}?scope=this&occurrence=20270208T100000")),
            4 => ("PATCH", format!("{series}?scope=following&occurrence=20270208T100000")),
            5 => ("PUT", "/schedule/sync/settings".to_owned()),
            6 => ("POST", "/schedule/sync/links".to_owned()),
            7 => ("POST", "/schedule/sync/callback".to_owned()),
            8 => ("GET", format!("/calendar/events?{query}")),
            9 => ("PATCH", format!("{series}?{query}")),
            10 => ("GET", format!("/calendar/sync/google/callback?{query}")),
            _ => ("GET", format!("/schedule/sync/history?{query}")),
        };
        let Ok(uri) = format!("/api/v1{path}").parse::<http::Uri>() else { return };
        // What the link is called is not to be guessed.
        let body = String::from_utf8_lossy(body).replace("LINK", &world.link.to_string());
        let body = if method == "GET" {
            String::new()
        } else if which % 12 == 9 {
            "{\"title\":\"x\"}".to_owned()
        } else {
            body
        };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {}", world.key))
            .header("content-type", "application/json")
            .body(Body::from(body.clone()))
            .expect("a request");
        let before = world.all();
        let (status, told) = world.ask(request);
        assert!(
            !status.is_server_error() || status == StatusCode::BAD_GATEWAY,
            "{method} {path} {body}: {status} {told}"
        );
        if status.is_client_error() {
            assert_eq!(world.all(), before, "{method} {path} {body}: refused, and changed");
            assert!(told["code"].is_string(), "{method} {path} {body}: {status} {told}");
            let object = serde_json::from_str::<Value>(&body).is_ok_and(|body| body.is_object());
            if status == StatusCode::UNPROCESSABLE_ENTITY && (object || method == "GET") {
                assert!(
                    told["field"].is_string(),
                    "{method} {path} {body}: it is not said what is wrong: {told}"
                );
            }
        } else {
            world.taken += 1;
        }
    });
}

/// Headers, an empty line, a body: a notice is heard only with the secret of its channel.
pub(crate) fn notices(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let at = rest.windows(2).position(|two| two == b"\n\n").unwrap_or(rest.len());
    let (head, body) = (&rest[..at], rest.get(at + 2..).unwrap_or_default());
    let path = match which % 3 {
        0 => "/api/v1/calendar/webhook/google",
        1 => "/api/v1/calendar/sync/google/push",
        _ => "/api/calendar/webhook/google",
    };
    let mut request =
        Request::builder().method("POST").uri(path).body(Body::from(body.to_vec())).expect("a request");
    for line in head.split(|byte| *byte == b'\n').take(40) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = line[colon + 1..].trim_ascii();
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value))
        {
            request.headers_mut().append(name, value);
        }
    }
    let of = |name: &str| request.headers().get(name).map(|value| value.as_bytes().to_vec());
    let genuine = of("x-goog-channel-id").is_some_and(|id| id == b"channel")
        && of("x-goog-channel-token").is_some_and(|token| token == SECRET.as_bytes())
        && of("x-goog-resource-state").is_some();
    in_world(|world| {
        let before = world.all();
        let (status, told) = world.ask(request);
        assert!(!status.is_server_error(), "{status} {told}");
        if genuine {
            world.taken += 1;
        } else {
            assert!(status.is_client_error(), "{status}: heard without its secret");
            assert_eq!(world.all(), before, "refused, and changed");
        }
    });
}
