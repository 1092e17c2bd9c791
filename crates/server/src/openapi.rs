//! The description of the API, made from the code.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::signin::COOKIE;

/// The frame that routes are put into.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Concord",
        description = "Keeps a booking platform's appointments and everyone's calendars in agreement, both ways. \
                       Every path answers under `/api/v1` and under `/api`. Errors are problem details (RFC 9457) with a \
                       stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    modifiers(&WaysIn),
    security(("session" = []), ("key" = [])),
)]
pub(crate) struct Frame;

struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let parts = openapi.components.get_or_insert_default();
        parts
            .add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
        let bearer =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("an API key")).build();
        parts.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// The description, as it is kept in `openapi.json`.
pub fn document() -> String {
    let mut text = serde_json::to_string_pretty(&crate::routes::described())
        .expect("a description is made of texts, lists and maps");
    text.push('\n');
    text
}
