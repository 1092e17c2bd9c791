//! The settings of a linked calendar: what goes there, what may be seen there, and who decides (PV-1, PV-2, CF-2).

use axum::extract::State;
use concord_engine::{Error, links};
use concord_model::ClientId;
use concord_model::link::{
    AnswerDays, DeletionPolicy, Direction, Filter, Frequency, Keep, Policy, Rule as ModelRule, RuleField,
    Settings, Window as ModelWindow,
};
use concord_model::privacy::{ClientNames, Detail, PrivateEvents};
use concord_store::links::Link;
use concord_store::{Tx, clients};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::columns::{Columns, ColumnsWanted};
use super::meant;
use crate::app::App;
use crate::extract::{Json, Query, given};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// The longest list of a filter.
const MANY: usize = 200;
/// The longest word or pattern, in characters.
const LONG: usize = 200;
/// The most seldom that a calendar is looked at: once a week.
const SELDOM: u32 = 7 * 24 * 60;
/// The longest that a question waits.
const PATIENT: u16 = 365;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// The settings of a linked calendar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkSettings {
    link_id: Uuid,
    provider: String,
    #[schema(value_type = words::Direction)]
    sync_direction: Direction,
    /// 0 is real time.
    sync_frequency_minutes: u32,
    /// Whether no filter keeps anything back. Private events are a matter of `private`.
    sync_all: bool,
    filters: Filters,
    window: Window,
    #[schema(value_type = words::Detail)]
    detail: Detail,
    #[schema(value_type = words::PrivateEvents)]
    private: PrivateEvents,
    #[schema(value_type = words::ClientNames)]
    client_names: ClientNames,
    notes: bool,
    contacts: bool,
    guests: bool,
    mail_guests: bool,
    #[schema(value_type = words::ConflictPolicy)]
    conflicts: Policy,
    #[schema(value_type = words::ConflictPolicy)]
    booking_time: Policy,
    #[schema(value_type = words::DeletedPolicy)]
    deletion: DeletionPolicy,
    #[schema(value_type = words::DeletedPolicy)]
    booking_deletion: DeletionPolicy,
    answer_days: u16,
    brake: Brake,
    /// Which columns hold what, where the calendar is a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Columns>,
}

/// What goes there. Empty lists restrict nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    appointment_types: Vec<String>,
    #[schema(value_type = Vec<Uuid>)]
    client_ids: Vec<ClientId>,
    /// The same as `private: exclude`.
    exclude_private: bool,
    date_range: DateRange,
    only_confirmed: bool,
    rules: Vec<Rule>,
}

/// From and up to which day.
#[derive(Serialize, ToSchema)]
pub struct DateRange {
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

/// How far back and ahead events are added.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    back_days: u32,
    ahead_days: u32,
}

/// How large a change needs consent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Brake {
    /// So many deletions and rewrites never do.
    at_least: u32,
    /// Beyond that, this share of the calendar does not.
    percent: u32,
}

/// A rule of one's own.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rule {
    /// `title`, `description`, `location`, `sessionType` or `tag`.
    #[schema(value_type = words::RuleField)]
    field: RuleField,
    /// Text to look for; `*` stands for anything.
    pattern: String,
    /// `matching` keeps what matches, `others` what does not.
    #[serde(default)]
    #[schema(value_type = words::RuleKeep, default = "matching")]
    keep: Keep,
}

impl Filters {
    fn of(Settings { filter, sight, .. }: &Settings) -> Filters {
        let rules = filter.rules.iter();
        Filters {
            appointment_types: filter.session_types.clone(),
            client_ids: filter.clients.clone(),
            exclude_private: sight.private == PrivateEvents::Exclude,
            date_range: DateRange { from: filter.from_on, until: filter.until_on },
            only_confirmed: filter.only_confirmed,
            rules: rules
                .map(|rule| Rule { field: rule.field, pattern: rule.pattern.clone(), keep: rule.keep })
                .collect(),
        }
    }
}

/// What goes into a feed and what is seen of it: as for a linked calendar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedSettings {
    filters: Filters,
    window: Window,
    #[schema(value_type = words::Detail)]
    detail: Detail,
    #[schema(value_type = words::PrivateEvents)]
    private: PrivateEvents,
    #[schema(value_type = words::ClientNames)]
    client_names: ClientNames,
    notes: bool,
    contacts: bool,
    guests: bool,
}

impl FeedSettings {
    /// Of what is kept.
    pub(in crate::api) fn of(settings: &Settings) -> FeedSettings {
        let Settings { sight, window, .. } = settings;
        FeedSettings {
            filters: Filters::of(settings),
            window: Window { back_days: window.back_days, ahead_days: window.ahead_days },
            detail: sight.detail,
            private: sight.private,
            client_names: sight.client_names,
            notes: sight.notes,
            contacts: sight.contacts,
            guests: sight.guests,
        }
    }
}

/// What goes into a new feed and what is seen of it; what is left out is at its default.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeedSettingsWanted {
    filters: Option<FiltersWanted>,
    window: Option<WindowWanted>,
    /// `full`, `title` or `busy`.
    #[schema(value_type = Option<words::Detail>)]
    detail: Option<Detail>,
    /// What becomes of private events: `exclude`, `busy` or `show`.
    #[schema(value_type = Option<words::PrivateEvents>)]
    private: Option<PrivateEvents>,
    /// `shown`, `initials` or `hidden`.
    #[schema(value_type = Option<words::ClientNames>)]
    client_names: Option<ClientNames>,
    /// Whether the platform's notes go along.
    notes: Option<bool>,
    /// Whether clients' addresses and telephone numbers may appear.
    contacts: Option<bool>,
    /// Whether guests are named.
    guests: Option<bool>,
}

impl FeedSettingsWanted {
    /// The settings that are meant.
    pub(in crate::api) async fn read(self, tx: &mut Tx, caller: &Caller) -> Result<Settings> {
        let wanted = Wanted {
            filters: self.filters,
            window: self.window,
            detail: self.detail,
            private: self.private,
            client_names: self.client_names,
            notes: self.notes,
            contacts: self.contacts,
            guests: self.guests,
            ..Wanted::default()
        };
        wanted.for_new(tx, caller).await
    }
}

impl LinkSettings {
    fn of(link: &Link) -> LinkSettings {
        let Settings { filter, sight, window, brake, .. } = &link.settings;
        LinkSettings {
            link_id: link.id.0,
            provider: link.provider.to_string(),
            sync_direction: link.settings.direction,
            sync_frequency_minutes: match link.settings.frequency {
                Frequency::RealTime => 0,
                Frequency::EveryMinutes(minutes) => minutes,
            },
            sync_all: *filter == Filter::default(),
            filters: Filters::of(&link.settings),
            window: Window { back_days: window.back_days, ahead_days: window.ahead_days },
            detail: sight.detail,
            private: sight.private,
            client_names: sight.client_names,
            notes: sight.notes,
            contacts: sight.contacts,
            guests: sight.guests,
            mail_guests: link.settings.mail_guests,
            conflicts: link.settings.conflicts,
            booking_time: link.settings.booking_time,
            deletion: link.settings.deletion,
            booking_deletion: link.settings.booking_deletion,
            answer_days: link.settings.answer_days.0,
            brake: Brake { at_least: brake.at_least, percent: brake.percent },
            columns: Columns::of(&link.settings.columns),
        }
    }
}

/// What is to change; the rest stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = LinkSettingsWanted)]
pub struct Wanted {
    /// Of which link.
    link_id: Option<Uuid>,
    /// At which provider: your own link there. Where you have several, the answer is 409 with their ids.
    provider: Option<String>,
    /// `both`, `push` (only from here to there) or `pull`.
    #[schema(value_type = Option<words::Direction>)]
    sync_direction: Option<Direction>,
    /// 0 is real time; a week at most.
    sync_frequency_minutes: Option<u32>,
    /// True takes all filters away.
    sync_all: Option<bool>,
    filters: Option<FiltersWanted>,
    window: Option<WindowWanted>,
    /// `full`, `title` or `busy`.
    #[schema(value_type = Option<words::Detail>)]
    detail: Option<Detail>,
    /// What becomes of private events: `exclude`, `busy` or `show`.
    #[schema(value_type = Option<words::PrivateEvents>)]
    private: Option<PrivateEvents>,
    /// `shown`, `initials` or `hidden`.
    #[schema(value_type = Option<words::ClientNames>)]
    client_names: Option<ClientNames>,
    /// Whether the platform's notes go along.
    notes: Option<bool>,
    /// Whether clients' addresses and telephone numbers may appear.
    contacts: Option<bool>,
    /// Whether guests are written into copies.
    guests: Option<bool>,
    /// Whether the provider may mail guests about changes.
    mail_guests: Option<bool>,
    /// When both sides changed the same: `last_write_wins`, `keep_platform`, `keep_external` or `ask`.
    #[schema(value_type = Option<words::ConflictPolicy>)]
    conflicts: Option<Policy>,
    /// The same for the time of a booking.
    #[schema(value_type = Option<words::ConflictPolicy>)]
    booking_time: Option<Policy>,
    /// When an event is deleted there: `delete`, `restore` or `ask`.
    #[schema(value_type = Option<words::DeletedPolicy>)]
    deletion: Option<DeletionPolicy>,
    /// The same for a booking.
    #[schema(value_type = Option<words::DeletedPolicy>)]
    booking_deletion: Option<DeletionPolicy>,
    /// How many days a question waits.
    answer_days: Option<u16>,
    brake: Option<BrakeWanted>,
    /// Which columns hold what, where the calendar is a table.
    columns: Option<ColumnsWanted>,
}

/// What is to change of the filters.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FiltersWanted {
    /// Only bookings of these types.
    appointment_types: Option<Vec<String>>,
    /// Only events with one of these clients.
    client_ids: Option<Vec<Uuid>>,
    /// The same as `private: exclude`; false makes them `busy` there, unless they are shown.
    exclude_private: Option<bool>,
    /// Null takes both ends away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateRangeWanted>)]
    date_range: Option<Option<DateRangeWanted>>,
    /// Not those that are tentative or cancelled.
    only_confirmed: Option<bool>,
    rules: Option<Vec<Rule>>,
}

/// What is to change of the days; null takes an end away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateRangeWanted {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Option<String>>,
}

/// What is to change of the window.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowWanted {
    back_days: Option<u32>,
    ahead_days: Option<u32>,
}

/// What is to change of the brake.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrakeWanted {
    at_least: Option<u32>,
    percent: Option<u32>,
}

/// Puts what was given in its place.
fn put<T: Clone>(place: &mut T, given: Option<&T>) {
    if let Some(value) = given {
        place.clone_from(value);
    }
}

impl Wanted {
    /// The settings of a link that is made with these.
    pub(super) async fn for_new(&self, tx: &mut Tx, caller: &Caller) -> Result<Settings> {
        let within = |problem: Problem| problem.within("settings");
        if self.link_id.is_some() || self.provider.is_some() {
            let field = if self.link_id.is_some() { "settings.linkId" } else { "settings.provider" };
            return Err(Problem::invalid(field, "does not go with a new link"));
        }
        self.check_clients(tx, caller).await.map_err(within)?;
        self.over(&Settings::default()).map_err(within)
    }

    async fn check_clients(&self, tx: &mut Tx, caller: &Caller) -> Result<()> {
        let Some(ids) = self.filters.as_ref().and_then(|filters| filters.client_ids.as_ref()) else {
            return Ok(());
        };
        let ids: Vec<ClientId> = ids.iter().copied().map(ClientId).collect();
        at_most("filters.clientIds", ids.len())?;
        let known = clients::by_ids(tx, caller.workspace(), &ids).await?;
        match ids.iter().find(|id| !known.contains_key(id)) {
            None => Ok(()),
            Some(id) => Err(Problem::invalid("filters.clientIds", format!("there is no client {id}"))),
        }
    }

    /// The settings with what is wanted over them, if that can be meant.
    fn over(&self, before: &Settings) -> Result<Settings> {
        let mut all = before.clone();
        put(&mut all.direction, self.sync_direction.as_ref());
        if let Some(minutes) = self.sync_frequency_minutes {
            all.frequency = match minutes {
                0 => Frequency::RealTime,
                1..=SELDOM => Frequency::EveryMinutes(minutes),
                _ => {
                    let why = format!("is more than {SELDOM} minutes, a week");
                    return Err(Problem::invalid("syncFrequencyMinutes", why));
                }
            };
        }
        if self.sync_all == Some(true) {
            all.filter = Filter::default();
        }
        if let Some(filters) = &self.filters {
            filters.put(&mut all)?;
        }
        if self.sync_all == Some(true) && all.filter != Filter::default() {
            return Err(Problem::invalid("syncAll", "does not go with filters that keep something back"));
        }
        if let Some(window) = &self.window {
            put(&mut all.window.back_days, window.back_days.as_ref());
            put(&mut all.window.ahead_days, window.ahead_days.as_ref());
        }
        for (field, days) in
            [("window.backDays", all.window.back_days), ("window.aheadDays", all.window.ahead_days)]
        {
            if days > ModelWindow::MOST_DAYS {
                let why = format!("is more than {} days", ModelWindow::MOST_DAYS);
                return Err(Problem::invalid(field, why));
            }
        }
        put(&mut all.sight.detail, self.detail.as_ref());
        all.sight.private = self.private_over(before.sight.private)?;
        put(&mut all.sight.client_names, self.client_names.as_ref());
        put(&mut all.sight.notes, self.notes.as_ref());
        put(&mut all.sight.contacts, self.contacts.as_ref());
        put(&mut all.sight.guests, self.guests.as_ref());
        put(&mut all.mail_guests, self.mail_guests.as_ref());
        put(&mut all.conflicts, self.conflicts.as_ref());
        put(&mut all.booking_time, self.booking_time.as_ref());
        put(&mut all.deletion, self.deletion.as_ref());
        put(&mut all.booking_deletion, self.booking_deletion.as_ref());
        if let Some(days) = self.answer_days {
            if !(1..=PATIENT).contains(&days) {
                let why = format!("is not between 1 and {PATIENT} days");
                return Err(Problem::invalid("answerDays", why));
            }
            all.answer_days = AnswerDays(days);
        }
        if let Some(brake) = &self.brake {
            if brake.percent.is_some_and(|percent| percent > 100) {
                return Err(Problem::invalid("brake.percent", "is more than 100"));
            }
            put(&mut all.brake.at_least, brake.at_least.as_ref());
            put(&mut all.brake.percent, brake.percent.as_ref());
        }
        if let Some(columns) = &self.columns {
            columns.put(&mut all.columns)?;
        }
        Ok(all)
    }

    /// What becomes of private events. It is said in two places; what only repeats how it was says nothing.
    fn private_over(&self, before: PrivateEvents) -> Result<PrivateEvents> {
        let excluded = self.filters.as_ref().and_then(|filters| filters.exclude_private);
        let excluded = excluded.filter(|excluded| *excluded != (before == PrivateEvents::Exclude));
        let named = self.private.filter(|private| *private != before);
        match (excluded, named) {
            (None, None) => Ok(before),
            (None, Some(private)) => Ok(private),
            (Some(true), None | Some(PrivateEvents::Exclude)) => Ok(PrivateEvents::Exclude),
            (Some(false), None) => Ok(PrivateEvents::Busy),
            (Some(false), Some(private @ (PrivateEvents::Busy | PrivateEvents::Show))) => Ok(private),
            (Some(_), Some(_)) => {
                Err(Problem::invalid("filters.excludePrivate", "says something else than `private`"))
            }
        }
    }
}

impl FiltersWanted {
    fn put(&self, all: &mut Settings) -> Result<()> {
        let filter = &mut all.filter;
        if let Some(types) = &self.appointment_types {
            at_most("filters.appointmentTypes", types.len())?;
            filter.session_types = types
                .iter()
                .enumerate()
                .map(|(n, word)| text(&format!("filters.appointmentTypes[{n}]"), word))
                .collect::<Result<_>>()?;
        }
        if let Some(ids) = &self.client_ids {
            filter.clients = ids.iter().copied().map(ClientId).collect();
        }
        match &self.date_range {
            None => {}
            Some(None) => (filter.from_on, filter.until_on) = (None, None),
            Some(Some(range)) => {
                put(&mut filter.from_on, day("filters.dateRange.from", range.from.as_ref())?.as_ref());
                put(&mut filter.until_on, day("filters.dateRange.until", range.until.as_ref())?.as_ref());
            }
        }
        if let (Some(from), Some(until)) = (filter.from_on, filter.until_on)
            && until < from
        {
            let why = format!("lies before the first day, {from}");
            return Err(Problem::invalid("filters.dateRange.until", why));
        }
        put(&mut filter.only_confirmed, self.only_confirmed.as_ref());
        if let Some(rules) = &self.rules {
            at_most("filters.rules", rules.len())?;
            let read = |(n, rule): (usize, &Rule)| {
                let pattern = text(&format!("filters.rules[{n}].pattern"), &rule.pattern)?;
                Ok(ModelRule { field: rule.field, pattern, keep: rule.keep })
            };
            filter.rules = rules.iter().enumerate().map(read).collect::<Result<_>>()?;
        }
        Ok(())
    }
}

fn day(field: &str, given: Option<&Option<String>>) -> Result<Option<Option<Date>>> {
    let read = |text: &String| {
        let right = text.len() == 10;
        text.parse::<Date>()
            .ok()
            .filter(|_| right)
            .ok_or_else(|| Problem::invalid(field, "is not a day; write it as 2026-12-01"))
    };
    given.map(|text| text.as_ref().map(read).transpose()).transpose()
}

fn text(field: &str, given: &str) -> Result<String> {
    let trimmed = given.trim();
    match trimmed.chars().count() {
        0 => Err(Problem::invalid(field, "is empty")),
        n if n > LONG => Err(Problem::invalid(field, format!("is longer than {LONG} characters"))),
        _ => Ok(trimmed.to_owned()),
    }
}

fn at_most(field: &str, count: usize) -> Result<()> {
    if count > MANY { Err(Problem::invalid(field, format!("has more than {MANY} entries"))) } else { Ok(()) }
}

/// Of which link.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Which link.
    link_id: Uuid,
}

/// The settings of a linked calendar.
#[utoipa::path(get, path = "/schedule/sync/settings", tag = "sync", params(Of),
    responses((status = 200, body = LinkSettings), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Query(of): Query<Of>,
) -> Result<axum::Json<LinkSettings>> {
    let mut tx = app.engine.store.read().await?;
    let link = meant::link(&mut tx, &caller, of.link_id).await?;
    let link = link.ok_or_else(|| Problem::not_found("linked calendar"))?;
    Ok(axum::Json(LinkSettings::of(&link)))
}

/// Changes the settings of a linked calendar: what is given changes, the rest stays. What follows from it there is done
/// by the next sync: events that enter the filter are added, those that leave it are removed; what came from that
/// calendar is never removed.
#[utoipa::path(put, path = "/schedule/sync/settings", tag = "sync", request_body = Wanted,
    responses((status = 200, body = LinkSettings), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem),
              (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<LinkSettings>> {
    let mut tx = app.engine.store.read().await?;
    let link = meant::one_link(&mut tx, &caller, wanted.link_id, wanted.provider.as_deref()).await?;
    wanted.check_clients(&mut tx, &caller).await?;
    drop(tx);
    wanted.over(&link.settings)?;
    let link = links::set(&app.engine, link.workspace, link.id, |settings| {
        // Somebody may have changed them since they were looked at; what can be meant over the new ones is.
        if let Ok(after) = wanted.over(settings) {
            *settings = after;
        }
    })
    .await
    .map_err(|error| match error {
        Error::Invalid { field: "direction", why } => Problem::invalid("syncDirection", why),
        other => other.into(),
    })?;
    Ok(axum::Json(LinkSettings::of(&link)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn over(wanted: Value, before: &Settings) -> Result<Settings> {
        serde_json::from_value::<Wanted>(wanted).unwrap().over(before)
    }

    #[track_caller]
    fn refused(wanted: Value, field: &str) {
        let problem = over(wanted.clone(), &Settings::default()).unwrap_err();
        assert_eq!(problem.field(), Some(field), "{wanted}");
    }

    #[test]
    fn what_is_not_given_stays() {
        let before = over(
            json!({ "syncDirection": "push", "filters": { "appointmentTypes": ["one_on_one"], "onlyConfirmed": true },
                    "window": { "backDays": 3 } }),
            &Settings::default(),
        )
        .unwrap();
        assert_eq!(over(json!({}), &before).unwrap(), before);
        let after = over(json!({ "filters": { "onlyConfirmed": false } }), &before).unwrap();
        assert_eq!(after.filter.session_types, ["one_on_one"]);
        assert_eq!((after.window.back_days, after.window.ahead_days), (3, 365));
        assert_eq!(over(json!({ "syncAll": true }), &before).unwrap().filter, Filter::default());
    }

    #[test]
    fn private_events_are_spoken_of_in_two_places_and_the_one_that_changes_something_counts() {
        let check = |wanted: Value, expected: PrivateEvents| {
            assert_eq!(
                over(wanted.clone(), &Settings::default()).unwrap().sight.private,
                expected,
                "{wanted}"
            );
        };
        check(json!({ "filters": { "excludePrivate": false } }), PrivateEvents::Busy);
        check(json!({ "filters": { "excludePrivate": true }, "private": "show" }), PrivateEvents::Show);
        check(json!({ "filters": { "excludePrivate": false }, "private": "show" }), PrivateEvents::Show);
        check(json!({ "filters": { "excludePrivate": true } }), PrivateEvents::Exclude);
        let mut shown = Settings::default();
        shown.sight.private = PrivateEvents::Show;
        let contrary = json!({ "filters": { "excludePrivate": true }, "private": "busy" });
        assert_eq!(over(contrary, &shown).unwrap_err().field(), Some("filters.excludePrivate"));
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_field() {
        refused(json!({ "syncFrequencyMinutes": 10_081 }), "syncFrequencyMinutes");
        refused(json!({ "syncAll": true, "filters": { "onlyConfirmed": true } }), "syncAll");
        refused(json!({ "filters": { "appointmentTypes": ["a", " "] } }), "filters.appointmentTypes[1]");
        refused(json!({ "filters": { "dateRange": { "from": "soon" } } }), "filters.dateRange.from");
        refused(
            json!({ "filters": { "dateRange": { "from": "2026-12-02", "until": "2026-12-01" } } }),
            "filters.dateRange.until",
        );
        refused(
            json!({ "filters": { "rules": [{ "field": "title", "pattern": "" }] } }),
            "filters.rules[0].pattern",
        );
        refused(json!({ "window": { "aheadDays": 36_526 } }), "window.aheadDays");
        refused(json!({ "answerDays": 0 }), "answerDays");
        refused(json!({ "brake": { "percent": 101 } }), "brake.percent");
    }
}
