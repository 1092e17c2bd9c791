//! How a write of an event is asked for: by whom, which event, which part of it, under which key, for which revision.

use axum::extract::{FromRequest, FromRequestParts, Request};
use concord_engine::edit::Scope;
use concord_model::{OccurrenceKey, Rev};
use http::header;
use http::request::Parts;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Wanted;
use crate::api::idempotency::Key;
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;

/// A change of an event, or of a part of it.
pub(super) struct Edit {
    pub(super) caller: Caller,
    pub(super) id: Uuid,
    pub(super) part: Part,
    pub(super) key: Key,
    pub(super) only_if: Option<Rev>,
    pub(super) wanted: Wanted,
}

impl FromRequest<App> for Edit {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        // Who asks comes first: a stranger learns nothing of what is wrong with the rest.
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        let Path(id) = Path::from_request_parts(&mut parts, app).await?;
        let Query(part) = Query::from_request_parts(&mut parts, app).await?;
        let key = Key::from_request_parts(&mut parts, app).await?;
        let IfMatch(only_if) = IfMatch::from_request_parts(&mut parts, app).await?;
        let Json(wanted) = Json::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Edit { caller, id, part, key, only_if, wanted })
    }
}

/// The revision that a write is meant for (`If-Match`); any, where it names none.
pub(super) struct IfMatch(pub(super) Option<Rev>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(IfMatch(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(IfMatch(None));
        }
        let number = text.trim_start_matches("W/").trim_matches('"').parse();
        number.map(|rev| IfMatch(Some(Rev(rev)))).map_err(|_| {
            Problem::invalid(
                "If-Match",
                "is not the ETag of an event; send the one that reading it has given",
            )
        })
    }
}

/// Which part of a series is meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// `all` (the default), `this` or `following`.
    #[param(inline)]
    scope: Option<Which>,
    /// Which occurrence `this` and `following` are about: when it would have begun.
    #[param(example = "20261120T090000")]
    occurrence: Option<String>,
}

/// How much of a series.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Which {
    All,
    This,
    Following,
}

impl Part {
    pub(super) fn scope(&self) -> Result<Scope> {
        let key = self.occurrence.as_deref().map(str::parse::<OccurrenceKey>).transpose();
        let key = key.map_err(|why| Problem::invalid("occurrence", why))?;
        let named = || {
            key.ok_or_else(|| {
                Problem::invalid("occurrence", "is missing: say which occurrence of the series is meant")
            })
        };
        match self.scope {
            None if key.is_some() => Err(Problem::invalid(
                "scope",
                "is missing: say whether this occurrence or it and all following are meant",
            )),
            None | Some(Which::All) => Ok(Scope::All),
            Some(Which::This) => Ok(Scope::This(named()?)),
            Some(Which::Following) => Ok(Scope::Following(named()?)),
        }
    }
}
