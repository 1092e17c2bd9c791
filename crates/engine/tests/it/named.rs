//! A provider that gives its own names to what is made: nothing is lost, doubled or left under a name that it does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use concord_engine::schedule;
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, Generation, LinkId, OccurrenceKey, ProviderId,
};
use concord_providers::provider::{
    Allowance, Calendar, Channel, Cost, Grant, Identity, Mail, Notice, Page, SignIn, SignInStart, Watch,
    Write, Written,
};
use concord_providers::{Access, Answer, Provider};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::World;

/// What begins the names that we ask under.
const OURS: &str = "asked-";

/// Google, seen by someone who cannot choose its ids: what is asked for under a name of ours gets another one.
struct GivesNames {
    inner: Arc<dyn Provider>,
    /// Names that are said to be taken, by something that nobody can find.
    taken: Mutex<BTreeSet<ExternalId>>,
    /// Whether a search by our name finds nothing yet.
    lags: Mutex<bool>,
}

impl GivesNames {
    fn named(&self, mut item: Item) -> Item {
        if item.id.as_str().starts_with("cc") && item.mark.is_some() {
            item.made_as = Some(ExternalId(format!("{OURS}{}", item.id)));
        }
        item
    }

    fn all(&self, items: Vec<Item>) -> Vec<Item> {
        items.into_iter().map(|item| self.named(item)).collect()
    }
}

fn of_ours(id: &ExternalId) -> Option<ExternalId> {
    id.as_str().strip_prefix(OURS).map(ExternalId::from)
}

#[async_trait]
impl Provider for GivesNames {
    fn id(&self) -> ProviderId {
        self.inner.id()
    }
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        ExternalId(format!("{OURS}{}", self.inner.id_for(event, link, generation, part)))
    }
    fn allowance(&self) -> Allowance {
        self.inner.allowance()
    }
    fn cost(&self, call: Cost) -> u32 {
        self.inner.cost(call)
    }
    fn batch_size(&self) -> usize {
        self.inner.batch_size()
    }
    fn sign_in(&self, start: &SignInStart) -> Result<SignIn, Answer> {
        self.inner.sign_in(start)
    }
    async fn exchange(&self, start: &SignInStart, code: &str, now: Timestamp) -> Result<Grant, Answer> {
        self.inner.exchange(start, code, now).await
    }
    async fn refresh(&self, grant: &Grant, now: Timestamp) -> Result<Grant, Answer> {
        self.inner.refresh(grant, now).await
    }
    async fn revoke(&self, grant: &Grant) -> Result<(), Answer> {
        self.inner.revoke(grant).await
    }
    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        self.inner.identity(access).await
    }
    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        self.inner.calendars(access).await
    }
    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        let page = self.inner.changes(access, calendar, from).await?;
        Ok(Page { items: self.all(page.items), ..page })
    }
    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        let real: Vec<ExternalId> = ids.iter().map(|id| of_ours(id).unwrap_or_else(|| id.clone())).collect();
        let readings = self.inner.read(access, calendar, &real).await;
        let lags = *self.lags.lock().unwrap();
        let hidden =
            |id: &ExternalId| of_ours(id).is_some() && (lags || self.taken.lock().unwrap().contains(id));
        let one = |(id, reading): (&ExternalId, Result<Reading, Answer>)| match reading {
            Ok(_) if hidden(id) => Ok(Reading::Missing),
            // Nobody finds what was deleted by a name that it was asked for under.
            Ok(Reading::Deleted) if of_ours(id).is_some() => Ok(Reading::Missing),
            Ok(Reading::Present(items)) => Ok(Reading::Present(self.all(items))),
            other => other,
        };
        ids.iter().zip(readings).map(one).collect()
    }
    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let found = self.inner.find(access, calendar, uids).await?;
        Ok(found.into_iter().map(|(uid, items)| (uid, self.all(items))).collect())
    }
    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let mut answers = Vec::new();
        for write in writes {
            let mut write = write.clone();
            if let Write::Create { id, .. } = &mut write {
                let Some(real) = of_ours(id) else {
                    answers.push(Err(Answer::Exists));
                    continue;
                };
                if self.taken.lock().unwrap().contains(id) {
                    answers.push(Err(Answer::Exists));
                    continue;
                }
                *id = real;
            }
            let answer = self.inner.write(access, calendar, &[write], mail).await.remove(0);
            answers.push(answer.map(|written| match written {
                Written::There(items) => Written::There(self.all(items)),
                Written::Gone => Written::Gone,
            }));
        }
        answers
    }
    async fn watch(
        &self,
        access: &Access,
        calendar: &CalendarId,
        watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        self.inner.watch(access, calendar, watch).await
    }
    async fn unwatch(&self, access: &Access, channel: &Channel) -> Result<(), Answer> {
        self.inner.unwatch(access, channel).await
    }
    fn notices(&self, headers: &http::HeaderMap, body: &[u8]) -> Vec<Notice> {
        self.inner.notices(headers, body)
    }
}

async fn linked() -> (World, Arc<GivesNames>) {
    let (mut world, _) = World::linked().await;
    let google = ProviderId::from("google");
    let inner = world.engine.providers[&google].clone();
    let gives = Arc::new(GivesNames { inner, taken: Mutex::default(), lags: Mutex::default() });
    world.engine.providers.insert(google, gives.clone());
    (world, gives)
}

/// One event on both sides, known by the name that the provider gave it.
async fn agrees(world: &World, event: &concord_model::Event, title: &str, about: &str) {
    assert_eq!(world.there("primary"), [format!("20261110T100000 {title}")], "{about}");
    assert_eq!(world.here().await, [format!("20261110T100000 {title}")], "{about}");
    let mappings = world.mappings(event).await;
    assert_eq!(mappings.len(), 1, "{about}");
    let id = mappings[0].external_id.as_ref().unwrap();
    assert!(of_ours(id).is_none(), "{about}: still known as {id}");
}

#[tokio::test]
async fn what_was_made_is_known_by_the_name_that_it_got() {
    let (world, _) = linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    agrees(&world, &event, "Coaching", "made").await;
    world.edit(&event, |view| view.title = "Ours".to_owned()).await;
    world.settle().await;
    agrees(&world, &event, "Ours", "changed here").await;
    let id = world.mappings(&event).await[0].external_id.clone().unwrap();
    world.person(json!({ "calendar": "primary", "do": "change", "id": id.as_str(), "fields": { "summary": "Theirs" } }));
    world.settle().await;
    agrees(&world, &event, "Theirs", "changed there").await;
    world.delete(&event).await;
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
}

#[tokio::test]
async fn i_05_a_lost_answer_or_a_crash_at_any_call_leaves_one_event_under_its_own_name() {
    for calls in 1..=6 {
        let (world, _) = linked().await;
        let event = world.make("2026-11-10 10:00", "Coaching").await;
        world.fuse.light(calls);
        tokio::select! {
            biased;
            () = world.fuse.burnt.notified() => {}
            _ = schedule::work(&world.engine) => {}
        }
        world.fuse.light(0);
        world.advance(SignedDuration::from_mins(10));
        world.settle().await;
        agrees(&world, &event, "Coaching", &format!("crash at call {calls}")).await;
    }
    for kind in ["drop_before", "drop_after", "garbage", "truncate"] {
        let (world, _) = linked().await;
        let event = world.make("2026-11-10 10:00", "Coaching").await;
        world.faults(json!({"match": {"method": "POST"}, "kind": kind, "count": 1}));
        world.settle().await;
        world.calm();
        world.settle().await;
        agrees(&world, &event, "Coaching", kind).await;
    }
}

#[tokio::test]
async fn i_04_what_the_changes_tell_before_a_search_finds_it_is_the_same_event() {
    let (world, gives) = linked().await;
    *gives.lags.lock().unwrap() = true;
    world.faults(json!({"match": {"method": "POST", "path": "/events"}, "kind": "drop_after", "count": 1}));
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.calm();
    world.settle().await;
    agrees(&world, &event, "Coaching", "told by the changes").await;
    *gives.lags.lock().unwrap() = false;
    world.advance(SignedDuration::from_hours(25));
    world.settle().await;
    agrees(&world, &event, "Coaching", "listed whole").await;
}

#[tokio::test]
async fn bm_140_a_name_that_is_taken_by_nothing_is_given_up_after_a_while() {
    let (world, gives) = linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    let link = world.mappings(&event).await[0].link;
    let name = gives.id_for(event.id, link, Generation(0), None);
    // The first try is lost on the way; from then on its name is said to be taken.
    world.faults(json!({"match": {"method": "POST"}, "kind": "drop_before", "count": 1}));
    world.advance(SignedDuration::from_secs(70));
    schedule::work(&world.engine).await.unwrap();
    world.calm();
    gives.taken.lock().unwrap().insert(name);
    for _ in 0..40 {
        world.advance(SignedDuration::from_mins(10));
        world.settle().await;
    }
    agrees(&world, &event, "Coaching", "made under the next name").await;
    assert_eq!(world.mappings(&event).await[0].generation, Generation(1));
}
