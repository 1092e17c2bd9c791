//! Which providers there are, and what their calendars can hold.

use axum::extract::State;
use concord_model::capability::Series;
use concord_model::{Capabilities, Field, ProviderId};
use concord_providers::called::{SET_UP, Titled};
use concord_providers::provider::Entrance;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::page::Items;
use crate::app::App;
use crate::problem::Problem;
use crate::signin::Caller;
use crate::words;

/// The routes, without prefix.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What is missing for a provider to be used.
pub(super) fn missing(id: &ProviderId) -> String {
    format!(
        "{} is not set up here: an operator has to enter its credentials in the configuration",
        id.title()
    )
}

/// A provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[schema(example = "google")]
    id: String,
    #[schema(example = "Google Calendar")]
    name: String,
    /// Whether it can be used here.
    configured: bool,
    /// How one signs in: `oauth` sends the browser there, `password` asks for a name and a password, `token` for a token,
    /// `address` for the address of a feed.
    #[schema(value_type = words::SignInWay)]
    sign_in: &'static str,
    /// Whether it has to be said where the server is, for it is in more than one place.
    asks_address: bool,
    /// Whether a token that a person has is taken, too: as `password`.
    takes_token: bool,
    /// Whether its calendars are tables, in which people say which column holds what.
    tables: bool,
    can: Can,
    /// What an operator has to do before it can be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

/// What its calendars can hold.
#[derive(Serialize, ToSchema, Default)]
#[serde(rename_all = "camelCase")]
struct Can {
    /// Series as rules; where not, their occurrences one by one.
    series: bool,
    guests: bool,
    reminders: bool,
    attachments: bool,
    colours: bool,
    privacy: bool,
    /// Links to join by.
    meetings: bool,
}

impl Can {
    fn of(able: &Capabilities) -> Can {
        let has = |field| able.fields.has(field);
        Can {
            series: able.series == Series::Rules,
            guests: has(Field::Attendees),
            reminders: has(Field::Reminders),
            attachments: has(Field::Attachments),
            colours: has(Field::Colour),
            privacy: has(Field::Privacy),
            meetings: has(Field::Conference),
        }
    }
}

/// What people call it.
fn name(id: &ProviderId, entrance: Entrance, tables: bool) -> String {
    match entrance {
        Entrance::Address => "Calendar feed".to_owned(),
        Entrance::Password { address: true } => format!("{} server", id.title()),
        _ if tables => id.title().to_owned(),
        Entrance::Password { address: false } | Entrance::Browser | Entrance::Token => {
            format!("{} Calendar", id.title())
        }
    }
}

/// The providers of calendars, and what each can do.
#[utoipa::path(get, path = "/schedule/sync/providers", tag = "sync",
    responses((status = 200, body = Items<Provider>), (status = 401, body = Problem)))]
async fn list(State(app): State<App>, _: Caller) -> axum::Json<Items<Provider>> {
    let known = SET_UP.iter().map(|id| ProviderId::from(*id));
    let mut ids: Vec<ProviderId> = known.chain(app.engine.providers.keys().cloned()).collect();
    ids.sort();
    ids.dedup();
    let one = |id: ProviderId| {
        let speaks = app.engine.providers.get(&id);
        let entrance = speaks.map_or(Entrance::Browser, |speaks| speaks.entrance());
        let tables = speaks.is_some_and(|speaks| speaks.is_table());
        Provider {
            name: name(&id, entrance, tables),
            configured: speaks.is_some(),
            sign_in: match entrance {
                Entrance::Password { .. } => "password",
                Entrance::Token => "token",
                Entrance::Address => "address",
                Entrance::Browser => "oauth",
            },
            asks_address: entrance == Entrance::Password { address: true },
            takes_token: speaks.is_some_and(|speaks| speaks.takes_token()),
            tables,
            can: speaks.map(|speaks| Can::of(speaks.capabilities())).unwrap_or_default(),
            missing: speaks.is_none().then(|| missing(&id)),
            id: id.to_string(),
        }
    };
    axum::Json(ids.into_iter().map(one).collect::<Vec<_>>().into())
}
