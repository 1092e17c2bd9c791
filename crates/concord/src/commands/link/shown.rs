//! A link as it is shown: how it stands, in the words of the API, and its settings.

use concord_model::EventId;
use concord_model::link::Settings;
use concord_store::accounts::{self, AccountState};
use concord_store::links::{Link, LinkState};
use concord_store::{events, mappings, users};
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::commands::words::{self, word};

/// The errors that are listed; the count is whole.
const MOST_ERRORS: u32 = 20;

/// A link for people and for `--json`.
pub async fn shown(program: &Program, link: &Link) -> anyhow::Result<Value> {
    let mut tx = program.engine.store.read().await?;
    let counts = mappings::counts(&mut tx, link.id).await?;
    let account = accounts::get(&mut tx, program.workspace, link.account).await?;
    let waiting = mappings::queue(&mut tx, program.workspace, Some(link.id), None, MOST_ERRORS).await?;
    let ids: Vec<EventId> = waiting.iter().filter_map(|mapping| mapping.event).collect();
    let named = events::find(&mut tx, program.workspace, &ids).await?;
    let errors: Vec<Value> = waiting
        .iter()
        .filter_map(|mapping| {
            let error = mapping.error.as_ref()?;
            Some(json!({
                "code": error.code,
                "error": error.text,
                "parked": error.parked,
                "eventId": mapping.event,
                "title": mapping.event.and_then(|id| named.get(&id)).map(|event| &event.content.title),
                "externalId": mapping.external_id,
                "retryAt": mapping.retry_at,
            }))
        })
        .collect();
    let (state, why) = match (&link.state, &account.state) {
        (LinkState::Paused, _) => ("paused", None),
        (LinkState::Stopped { why }, _) => ("stopped", Some(why.clone())),
        (LinkState::Braked { plan }, _) => {
            ("braked", Some(format!("a large change waits for consent: concord plan show {plan}")))
        }
        (LinkState::Removed { .. }, _) => ("removed", None),
        (LinkState::Active, AccountState::Active) => ("active", None),
        (LinkState::Active, _) => {
            let user = users::get(&mut tx, program.workspace, link.user).await?.name;
            let how = format!(
                "connect the account again: concord account connect {} --user \"{user}\"",
                link.provider
            );
            ("reconnect", Some(how))
        }
    };
    Ok(json!({
        "id": link.id,
        "provider": link.provider,
        "accountId": link.account,
        "account": account.name,
        "userId": link.user,
        "calendarId": link.calendar,
        "calendar": link.name,
        "zone": link.zone,
        "writable": link.writable,
        "isActive": state == "active",
        "state": state,
        "why": why,
        "syncDirection": word(words::DIRECTION, &link.settings.direction),
        "itemsSynced": counts.agree,
        "pending": counts.pending,
        "waiting": counts.waiting,
        "conflicts": counts.conflicts,
        "errorCount": counts.errors,
        "errors": errors,
        "lastSyncAt": link.last_success_at,
        "lastAttemptAt": link.last_attempt_at,
        "lastSyncStatus": link.last_status.map(|status| status.to_string()),
        "lastError": link.last_error,
        "nextSyncAt": link.due_at,
        "settings": settings(&link.settings),
    }))
}

/// Whether a person has to do something about it.
pub fn needs_person(shown: &Value) -> bool {
    matches!(shown["state"].as_str(), Some("stopped" | "braked" | "reconnect"))
        || shown["conflicts"].as_i64() > Some(0)
        || shown["errorCount"].as_i64() > Some(0)
}

/// Settings by the names of their flags.
fn settings(settings: &Settings) -> Value {
    let filter = &settings.filter;
    let sight = &settings.sight;
    json!({
        "direction": word(words::DIRECTION, &settings.direction),
        "every": words::frequency_word(settings.frequency),
        "types": filter.session_types,
        "clients": filter.clients,
        "from": filter.from_on,
        "until": filter.until_on,
        "onlyConfirmed": filter.only_confirmed,
        "rules": filter.rules.iter().map(words::rule_word).collect::<Vec<_>>(),
        "private": word(words::PRIVATE, &sight.private),
        "detail": word(words::DETAIL, &sight.detail),
        "clientNames": word(words::CLIENT_NAMES, &sight.client_names),
        "notes": word(words::SWITCH, &sight.notes),
        "contacts": word(words::SWITCH, &sight.contacts),
        "guests": word(words::SWITCH, &sight.guests),
        "policy": word(words::POLICY, &settings.conflicts),
        "bookingTimePolicy": word(words::POLICY, &settings.booking_time),
        "deletion": word(words::DELETION, &settings.deletion),
        "bookingDeletion": word(words::DELETION, &settings.booking_deletion),
        "answerDays": settings.answer_days.0,
        "windowBack": settings.window.back_days,
        "windowAhead": settings.window.ahead_days,
        "brakeAtLeast": settings.brake.at_least,
        "brakePercent": settings.brake.percent,
        "mailGuests": word(words::SWITCH, &settings.mail_guests),
    })
}
