//! What is there: calendars, changes, events read directly, events looked for by their name.
//!
//! A listing says of each event only its name and version; whoever keeps those asks for the files of what is new. It is
//! made by a query for events, not from the server's record of changes, so it finds what that record has left out
//! (traps 5, 8 and 9). Where the calendar stands is asked before it is listed: what changes in between is told again.

use std::collections::BTreeMap;

use concord_model::observed::{Hold, Item, Reading, State};
use concord_model::{CalendarId, Etag, ExternalId, text};
use http::header;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::answers::{self, About};
use super::calls::{Ask, Depth, Line, Told, Untold, etag};
use super::cursor::{Place, Since, fingerprint};
use super::pace::Job;
use super::site::Changes;
use super::wire::{self, Props};
use super::{href, signin};
use crate::answer::Answer;
use crate::file::{self, Body};
use crate::pace;
use crate::provider::{Calendar, Next, Page};

/// The way to one calendar for the length of one call.
pub(super) struct Desk<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) calendar: &'a CalendarId,
    pub(super) url: Url,
    /// Where the calendar is, once it was looked for.
    found: futures_util::lock::Mutex<Option<Whereabouts>>,
}

/// Where a calendar is of which the server says that it is not there.
#[derive(Clone, Debug)]
enum Whereabouts {
    /// The server lists it all the same.
    Listed,
    /// Its account has moved to another host.
    Moved,
    /// Nowhere.
    Nowhere,
    /// It could not be looked for.
    Unsaid(Answer),
}

impl From<Whereabouts> for Answer {
    fn from(found: Whereabouts) -> Answer {
        let transient = |why: &str| Answer::Transient(why.to_owned());
        match found {
            Whereabouts::Listed => transient("the server lists the calendar, and says that it is missing"),
            Whereabouts::Moved => transient("the server has moved the account to another host"),
            Whereabouts::Nowhere => Answer::CalendarGone,
            Whereabouts::Unsaid(answer) => answer,
        }
    }
}

/// Files by their names.
type Bodies = Vec<(ExternalId, Body)>;

/// What became of a resource that was asked for.
#[derive(Clone, Debug)]
pub(super) enum Fetched {
    There(Body),
    /// The server says that it was, and is no more.
    Deleted,
    Missing,
}

/// The calendars in an account's homes that can hold events.
pub(super) async fn calendars(line: &Line<'_>) -> Result<Vec<(Calendar, Url, Props)>, Answer> {
    let mut found: BTreeMap<CalendarId, (Calendar, Url, Props)> = BTreeMap::new();
    let mut order = Vec::new();
    for home in &line.site.homes {
        let ask = Ask::properties(home, About::Account, Depth::One, wire::CALENDAR);
        let told = line.tell(&ask).await?;
        for one in told.all.responses {
            let props = one.props;
            if !props.calendar || props.subscribed || !props.holds_events() {
                continue;
            }
            let Some(url) = href::resolved(&told.url, &one.href) else { continue };
            let id = href::calendar_id(home, &url);
            let name = props.name.as_deref().map(text::line).filter(|name| !name.is_empty());
            let name = name.or_else(|| href::plain(url.path()).pop()).unwrap_or_default();
            let calendar = Calendar {
                id: id.clone(),
                name,
                zone: props.zone.as_deref().and_then(zone),
                writable: props.writable(),
                primary: false,
            };
            if found.insert(id.clone(), (calendar, url, props)).is_none() {
                order.push(id);
            }
        }
    }
    let mut all: Vec<_> = order.iter().filter_map(|id| found.remove(id)).collect();
    if let [(only, ..)] = all.as_mut_slice() {
        only.primary = true;
    }
    Ok(all)
}

/// The zone of a calendar: it is told as a file with a definition.
fn zone(file: &str) -> Option<concord_model::Zone> {
    let line = file.lines().find_map(|line| line.trim().strip_prefix("TZID:"))?;
    concord_ical::zones::named(line)
}

impl<'a> Desk<'a> {
    /// The way to the calendar at that address.
    pub(super) fn new(line: &'a Line<'a>, calendar: &'a CalendarId, url: Url) -> Desk<'a> {
        Desk { line, calendar, url, found: Default::default() }
    }

    /// One page of changes.
    pub(super) async fn changes(&self, from: Option<&concord_model::Cursor>) -> Result<Page, Answer> {
        let since = match from {
            None => return self.list().await,
            Some(cursor) => Place::read(self.calendar, cursor)?,
        };
        match since {
            Since::Token(token) => self.since(&token).await,
            Since::Tag(tag) => {
                let now = self.stand(wire::TAG).await?.ctag;
                let same = now.as_deref() == Some(tag.as_str());
                Ok(self.compared(same, Since::Tag(tag)))
            }
            Since::All(known) => {
                let same = all_of(&self.inventory().await?) == known;
                Ok(self.compared(same, Since::All(known)))
            }
        }
    }

    /// What a comparison with an earlier state comes to.
    fn compared(&self, same: bool, since: Since) -> Page {
        let next = if same { Next::Done(Place::at(self.calendar, since)) } else { Next::Everything };
        Page { items: Vec::new(), next }
    }

    /// Everything that is there.
    async fn list(&self) -> Result<Page, Answer> {
        let stand = self.stand(wire::STAND).await?;
        let all = self.inventory().await?;
        let able = self.line.site.able.changes;
        let tells = able == Changes::Tokens || (able == Changes::Untried && stand.tells_changes());
        let since = match (stand.sync_token.filter(|_| tells), stand.ctag) {
            (Some(token), _) => Since::Token(token),
            (None, Some(tag)) => Since::Tag(tag),
            (None, None) => Since::All(all_of(&all)),
        };
        let items = all.into_iter().map(|(id, etag)| seen(id, etag, State::Unread)).collect();
        Ok(Page { items, next: Next::Done(Place::at(self.calendar, since)) })
    }

    /// How far the calendar has come.
    async fn stand(&self, props: &[&str]) -> Result<Props, Answer> {
        let ask = Ask::properties(&self.url, About::Calendar, Depth::Zero, props);
        let told = match self.line.tell(&ask).await {
            Ok(told) => told,
            Err(untold) => return Err(self.sure(untold).await),
        };
        let own = told.all.responses.into_iter().find(|one| href::same_path(&one.href, told.url.path()));
        match own {
            Some(own) => Ok(own.props),
            None => Err(answers::unreadable()),
        }
    }

    /// Every event of the calendar, by name and version.
    async fn inventory(&self) -> Result<BTreeMap<ExternalId, Option<Etag>>, Answer> {
        let ask = Ask::report(&self.url, About::Calendar, Depth::One, wire::inventory());
        let all = match self.line.tell(&ask).await {
            Ok(told) => self.members(&told),
            Err(Untold::Odd) => None,
            Err(Untold::TooMuch(answer)) if answer != Answer::CalendarGone => None,
            Err(untold) => return Err(self.sure(untold).await),
        };
        if let Some(all) = all {
            return Ok(all);
        }
        // Of a server that cannot be asked for events alone, all members are taken.
        let ask = Ask::properties(&self.url, About::Calendar, Depth::One, wire::MEMBERS);
        let told = match self.line.tell(&ask).await {
            Ok(told) => told,
            Err(untold) => return Err(self.sure(untold).await),
        };
        self.members(&told)
            .ok_or_else(|| Answer::Transient("the server does not list all of the calendar".to_owned()))
    }

    /// The members that an answer names; `None` where it says that there are more.
    fn members(&self, told: &Told) -> Option<BTreeMap<ExternalId, Option<Etag>>> {
        let mut all = BTreeMap::new();
        for one in &told.all.responses {
            match (href::member(&self.url, &one.href), one.status) {
                (_, Some(507)) => return None,
                (Some(id), None) if one.props.any && !one.props.collection => {
                    all.insert(id, one.props.etag.as_deref().and_then(etag));
                }
                _ => {}
            }
        }
        Some(all)
    }

    /// What changed since a token.
    async fn since(&self, token: &str) -> Result<Page, Answer> {
        let ask = Ask::report(&self.url, About::Changes, Depth::Zero, wire::sync_collection(token));
        let told = match self.line.tell(&ask).await {
            Ok(told) => told,
            Err(untold) => return Err(self.sure(untold).await),
        };
        let mut items: BTreeMap<ExternalId, Item> = BTreeMap::new();
        let mut more = false;
        for one in &told.all.responses {
            let Some(id) = href::member(&self.url, &one.href) else {
                // The calendar itself: some servers list it, and this is how one says that there is more.
                more |= one.status == Some(507);
                continue;
            };
            let item = match one.status {
                // 418 is what old servers say.
                Some(404 | 410 | 418) => seen(id, None, State::Gone),
                Some(_) => continue,
                None if one.props.collection => continue,
                None => seen(id, one.props.etag.as_deref().and_then(etag), State::Unread),
            };
            items.insert(item.id.clone(), item);
        }
        let Some(next) = told.all.sync_token else {
            // Some servers tell no token for a while. What comes next would not be told, so all of it is listed.
            return Ok(Page { items: Vec::new(), next: Next::Everything });
        };
        if more && next == token {
            return Err(Answer::Transient("the server's changes have no end".to_owned()));
        }
        let cursor = Place::at(self.calendar, Since::Token(next));
        let next = if more { Next::More(cursor) } else { Next::Done(cursor) };
        Ok(Page { items: items.into_values().collect(), next })
    }

    /// Events, each whole. One answer for each id, in order.
    pub(super) async fn read(&self, ids: &[ExternalId]) -> Vec<Result<Reading, Answer>> {
        let fetched = self.fetch(ids).await;
        let reading = |(id, fetched): (&ExternalId, Result<Fetched, Answer>)| {
            Ok(match fetched? {
                Fetched::Deleted => Reading::Deleted,
                Fetched::Missing => Reading::Missing,
                Fetched::There(body) => match self.item(id, &body) {
                    Some(item) => Reading::Present(vec![item]),
                    // A task or a note is no event.
                    None => Reading::Missing,
                },
            })
        };
        ids.iter().zip(fetched).map(reading).collect()
    }

    pub(super) fn item(&self, id: &ExternalId, body: &Body) -> Option<Item> {
        file::item(&self.line.whose(), id, body, self.line.access.now)
    }

    /// Living events by their name.
    pub(super) async fn find(&self, uids: &[String]) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let ask = |uid: &String| Ask::report(&self.url, About::Calendar, Depth::One, wire::named(uid));
        let asks: Vec<Ask> = uids.iter().map(ask).collect();
        let mut jobs: Vec<Job<'_, Result<Bodies, Untold>>> = Vec::new();
        for ask in &asks {
            jobs.push(Box::pin(async { self.line.tell(ask).await.map(|told| self.bodies(&told)) }));
        }
        let pace = self.line.pace(false);
        let told = pace.together(jobs, |told| match told {
            Err(Untold::Answer(answer)) => answer.of_calendar().map(|answer| Err(Untold::Answer(answer))),
            _ => None,
        });
        let mut found: BTreeMap<String, BTreeMap<ExternalId, Item>> = BTreeMap::new();
        // Servers match text in their own ways: what counts is what the file says.
        let named = |uid: &String, id: &ExternalId, body: &Body| {
            self.item(id, body).filter(|item| item.uid.as_ref() == Some(uid))
        };
        for (uid, told) in uids.iter().zip(told.await) {
            match told {
                Ok(bodies) => {
                    for item in bodies.iter().filter_map(|(id, body)| named(uid, id, body)) {
                        found.entry(uid.clone()).or_default().insert(item.id.clone(), item);
                    }
                }
                Err(Untold::Odd | Untold::TooMuch(Answer::Transient(_))) => {}
                Err(untold) => return Err(self.sure(untold).await),
            }
        }
        // Of a server that cannot search, or does so badly, it is asked under the name that its file would usually have.
        let unfound: Vec<&String> = uids.iter().filter(|uid| !found.contains_key(*uid)).collect();
        let usual: Vec<ExternalId> = unfound.iter().map(|uid| href::usual_name(uid)).collect();
        for ((uid, id), fetched) in unfound.into_iter().zip(&usual).zip(self.fetch(&usual).await) {
            let Fetched::There(body) = fetched? else { continue };
            if let Some(item) = named(uid, id, &body) {
                found.entry(uid.clone()).or_default().insert(id.clone(), item);
            }
        }
        Ok(found.into_iter().map(|(uid, items)| (uid, items.into_values().collect())).collect())
    }

    // --- files

    /// Files, many with one call. One answer for each id, in order.
    pub(super) async fn fetch(&self, ids: &[ExternalId]) -> Vec<Result<Fetched, Answer>> {
        let size = self.line.memory.chunk(self.line.site);
        let jobs = ids.chunks(size).map(|chunk| self.fetch_together(chunk)).collect();
        let stop = |chunk: &Vec<Result<Fetched, Answer>>| {
            chunk.iter().find_map(|one| one.as_ref().err()?.of_calendar())
        };
        let of_the_rest = |chunk: &Vec<Result<Fetched, Answer>>| Some(vec![Err(stop(chunk)?)]);
        let chunks = self.line.pace(false).together(jobs, of_the_rest).await;
        let mut all = Vec::with_capacity(ids.len());
        for (asked, fetched) in ids.chunks(size).zip(chunks) {
            match stop(&fetched) {
                Some(stop) => all.extend(asked.iter().map(|_| Err(stop.clone()))),
                None => all.extend(fetched),
            }
        }
        all
    }

    /// Files with one call; with more of them where the server does not give so many, or one of them spoils it all.
    fn fetch_together<'s>(&'s self, ids: &'s [ExternalId]) -> Job<'s, Vec<Result<Fetched, Answer>>> {
        Box::pin(self.fetch_now(ids))
    }

    async fn fetch_now(&self, ids: &[ExternalId]) -> Vec<Result<Fetched, Answer>> {
        let paths: Vec<String> =
            ids.iter().map(|id| href::member_url(&self.url, id).path().to_owned()).collect();
        let body = wire::multiget(paths.iter().map(String::as_str));
        let ask = Ask::report(&self.url, About::Calendar, Depth::One, body);
        let told = match self.line.tell(&ask).await {
            Ok(told) => told,
            Err(Untold::TooMuch(Answer::CalendarGone)) => match self.stand(wire::TAG).await {
                // The calendar is there: it was one of the members.
                Ok(_) => return self.fetch_apart(ids).await,
                Err(answer) => return ids.iter().map(|_| Err(answer.clone())).collect(),
            },
            Err(Untold::Slow(answer)) => {
                // Nobody knows whether it was too much; next time it is less.
                self.line.memory.too_many(self.line.site, ids.len());
                return ids.iter().map(|_| Err(answer.clone())).collect();
            }
            Err(Untold::Odd | Untold::TooMuch(_)) => return self.fetch_apart(ids).await,
            Err(Untold::Answer(answer)) => return ids.iter().map(|_| Err(answer.clone())).collect(),
        };
        let mut found: BTreeMap<ExternalId, Result<Fetched, Answer>> = BTreeMap::new();
        for one in &told.all.responses {
            let Some(id) = href::member(&self.url, &one.href) else { continue };
            match one.status {
                Some(404) => drop(found.insert(id, Ok(Fetched::Missing))),
                Some(410) => drop(found.insert(id, Ok(Fetched::Deleted))),
                _ => {}
            }
        }
        // Without a version it is fetched apart: there are servers that tell it only so.
        for (id, body) in self.bodies(&told).into_iter().filter(|(_, body)| body.etag.is_some()) {
            self.keep(&id, &body);
            found.insert(id, Ok(Fetched::There(body)));
        }
        let (mut all, mut doubtful) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            all.push(match found.remove(id) {
                Some(fetched) => fetched,
                // Left out, or without its content: some servers do so.
                None => {
                    let told = self.told(id).await;
                    doubtful.extend(is_doubtful(&told).then_some(all.len()));
                    told
                }
            });
        }
        if !doubtful.is_empty()
            && let Err(answer) = self.is_in_place().await
        {
            doubtful.into_iter().for_each(|at| all[at] = Err(answer.clone()));
        }
        all
    }

    /// Halves, down to single resources.
    async fn fetch_apart(&self, ids: &[ExternalId]) -> Vec<Result<Fetched, Answer>> {
        if let [id] = ids {
            return vec![self.resource(id).await];
        }
        let (one, other) = ids.split_at(ids.len() / 2);
        let mut all = self.fetch_together(one).await;
        all.extend(self.fetch_together(other).await);
        all
    }

    /// One file, as it is. That it is missing, or not shown, is believed only while its calendar is there.
    pub(super) async fn resource(&self, id: &ExternalId) -> Result<Fetched, Answer> {
        let told = self.told(id).await;
        if is_doubtful(&told) {
            self.is_in_place().await?;
        }
        told
    }

    /// What its address says of one file.
    async fn told(&self, id: &ExternalId) -> Result<Fetched, Answer> {
        let ask = Ask::resource(&href::member_url(&self.url, id));
        let heard = match self.line.ask(&ask).await {
            Ok(heard) => heard,
            Err(Answer::Gone) => return Ok(Fetched::Missing),
            Err(answer) => return Err(answer),
        };
        // A page for people is no file.
        let begins = heard.body.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
        if heard.body[begins..].first() == Some(&b'<') || !ends(&heard.body) {
            return Err(answers::unreadable());
        }
        let modified_at = modified_at(heard.text(header::LAST_MODIFIED), heard.ahead);
        let body = Body { etag: heard.version(), file: heard.body, modified_at };
        self.keep(id, &body);
        Ok(Fetched::There(body))
    }

    /// The files in an answer.
    fn bodies(&self, told: &Told) -> Bodies {
        let body = |one: &wire::Answered| {
            let id = href::member(&self.url, &one.href)?;
            // XML has no carriage returns; files do.
            let file = one.props.data.as_deref()?.replace("\r\n", "\n").replace('\n', "\r\n");
            let modified_at = modified_at(one.props.last_modified.as_deref(), told.ahead);
            Some((
                id,
                Body { etag: one.props.etag.as_deref().and_then(etag), file: file.into(), modified_at },
            ))
        };
        told.all.responses.iter().filter_map(body).collect()
    }

    /// Keeps a file for a later change.
    pub(super) fn keep(&self, id: &ExternalId, body: &Body) {
        let Line { memory, site, .. } = self.line;
        match &body.etag {
            Some(version) => memory.keep(site, &self.url, id, version, body.file.clone()),
            None => memory.forget(site, &self.url, id),
        }
    }

    /// Whether the calendar is where it is looked for, asked after something was missing in it: from a place that an
    /// account has moved away from, everything is (trap 28).
    pub(super) async fn is_in_place(&self) -> Result<(), Answer> {
        self.stand(wire::TAG).await.map(drop)
    }

    /// An answer that the calendar is gone is believed only when its home no longer lists it, and when the account has
    /// not moved to another host (trap 28). Nor does trouble pass by itself at a host that the account has left.
    pub(super) async fn sure(&self, untold: Untold) -> Answer {
        // Who is slow is there, and several calls more would not fit into the time of one.
        let may_have_moved = self.line.site.is_elsewhere() && !matches!(untold, Untold::Slow(_));
        match Answer::from(untold) {
            Answer::CalendarGone => self.whereabouts().await.into(),
            answer @ Answer::Transient(_) if may_have_moved => match self.whereabouts().await {
                moved @ Whereabouts::Moved => moved.into(),
                // Who was asked to wait while looking for it waits (I-33).
                Whereabouts::Unsaid(wait @ Answer::RetryAfter { .. }) => wait,
                _ => answer,
            },
            other => other,
        }
    }

    /// Whether the server lists the calendar of which it says that it is missing.
    pub(super) async fn is_there_all_the_same(&self) -> bool {
        matches!(self.whereabouts().await, Whereabouts::Listed)
    }

    /// Looks for the calendar: once, however many want to know.
    async fn whereabouts(&self) -> Whereabouts {
        let mut found = self.found.lock().await;
        if let Some(found) = &*found {
            return found.clone();
        }
        let now = match self.is_listed(self.line).await {
            Ok(true) => Whereabouts::Listed,
            Err(answer) if answers::may_be_of_the_place(&answer) => match self.look_elsewhere().await {
                // Who is not let in here, and is led nowhere else, is not let in.
                Whereabouts::Nowhere if answer != Answer::CalendarGone => Whereabouts::Unsaid(answer),
                found => found,
            },
            Err(answer) => Whereabouts::Unsaid(answer),
            Ok(false) => self.look_elsewhere().await,
        };
        found.insert(now).clone()
    }

    async fn is_listed(&self, line: &Line<'_>) -> Result<bool, Answer> {
        let all = calendars(line).await?;
        Ok(all.iter().any(|(calendar, ..)| calendar.id == *self.calendar))
    }

    /// Looks for the account anew, from the address that its person gave.
    async fn look_elsewhere(&self) -> Whereabouts {
        let unsaid = |answer: Answer| match answer {
            Answer::Misconfigured { .. } | Answer::CalendarGone => Whereabouts::Nowhere,
            _ => Whereabouts::Unsaid(answer),
        };
        let found = match signin::search(self.line).await {
            Ok(found) => found,
            Err(answer) => return unsaid(answer),
        };
        let line = Line { site: &found, ..self.line.clone() };
        match self.is_listed(&line).await {
            Ok(true) if found.homes != self.line.site.homes => {
                self.line.memory.moved(&found);
                Whereabouts::Moved
            }
            Ok(true) => Whereabouts::Listed,
            Ok(false) => Whereabouts::Nowhere,
            Err(answer) => unsaid(answer),
        }
    }
}

/// Whether that would also be said of a file whose calendar has moved away.
fn is_doubtful(told: &Result<Fetched, Answer>) -> bool {
    matches!(told, Ok(Fetched::Missing | Fetched::Deleted) | Err(Answer::Rejected { .. }))
}

/// Whether a file has its end. Half of one would seem to be an event that is odd, or that has lost occurrences.
fn ends(file: &[u8]) -> bool {
    const END: &[u8] = b"END:VCALENDAR";
    let file = file.trim_ascii_end();
    file.len().checked_sub(END.len()).is_some_and(|at| file[at..].eq_ignore_ascii_case(END))
}

/// A sign of something whose content is not told.
fn seen(id: ExternalId, etag: Option<Etag>, state: State) -> Item {
    Item {
        id,
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag,
        stamp: None,
        mark: None,
        hold: Hold::Free,
        page: None,
        complete: true,
        state,
    }
}

/// The fingerprint of all names and versions.
fn all_of(all: &BTreeMap<ExternalId, Option<Etag>>) -> String {
    let texts = all.iter().flat_map(|(id, etag)| [id.as_str(), etag.as_ref().map_or("", Etag::as_str)]);
    fingerprint(texts)
}

/// When it was last modified, by what the server says.
fn modified_at(told: Option<&str>, ahead: SignedDuration) -> Option<Timestamp> {
    pace::http_date(told?)?.checked_add(ahead).ok()
}
