//! Syncing: what is connected, what goes where, how it stands, what it did, and what a person has to say to it.
//!
//! A person has their own accounts, links, runs and questions; an administrator has all of the workspace. Whatever else
//! there is, is not there. A name of a provider alone means one's own at that provider.

mod meant;
mod providers;
mod columns;
mod connect;
mod accounts;
mod links;
pub mod status;
pub mod settings;
mod sync_now;
mod history;
mod queue;
mod conflicts;
mod plans;
mod preview;
mod tables;
mod disconnect;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(providers::routes())
        .merge(connect::routes())
        .merge(accounts::routes())
        .merge(links::routes())
        .merge(status::routes())
        .merge(settings::routes())
        .merge(sync_now::routes())
        .merge(history::routes())
        .merge(queue::routes())
        .merge(conflicts::routes())
        .merge(plans::routes())
        .merge(preview::routes())
        .merge(tables::routes())
        .merge(disconnect::routes())
}
