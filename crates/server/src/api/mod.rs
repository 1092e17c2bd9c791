//! The API: a file for each resource, named like its path.

pub mod session;
pub mod people;
pub mod keys;
pub mod events;
pub mod feeds;
pub mod mail;
pub mod schedule;
pub mod channels;
pub mod alerts;
pub(crate) mod idempotency;
pub(crate) mod page;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// All routes, without the prefix under which they answer.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::routes())
        .merge(people::routes())
        .merge(keys::routes())
        .merge(events::routes())
        .merge(schedule::routes())
        .merge(channels::routes())
        .merge(alerts::routes())
        .merge(feeds::routes())
        .merge(mail::routes())
}
