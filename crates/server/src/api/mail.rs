//! Mail that comes in: answers of guests, handed over by whatever receives mail for this installation.

use axum::body::Bytes;
use axum::extract::State;
use concord_engine::invitations::{self, Taken};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive))
}

/// What became of a letter.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceivedMail)]
struct Received {
    /// `noted`, `old`, `other_time`, `not_theirs`, `unknown`, or `no_answer` for what is no answer at all.
    #[schema(value_type = words::MailTaken)]
    taken: &'static str,
    /// The same for a person.
    message: String,
}

/// Takes a letter as it came (`Content-Type: message/rfc822`). The answer of a guest to an invitation of ours is noted with
/// the event; everything else is left alone. Nothing is ever sent in return.
#[utoipa::path(post, path = "/mail", tag = "mail", extensions(("x-access" = json!("admin"))),
    request_body(content = String, content_type = "message/rfc822"),
    responses((status = 200, body = Received), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 413, body = Problem), (status = 415, body = Problem)))]
async fn receive(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<axum::Json<Received>> {
    caller.admin()?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // What a form can send is no letter: without this, any page could send one in a visitor's name.
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("message/rfc822") {
        let why = "send the letter as it came, with the header Content-Type: message/rfc822";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", why));
    }
    let body =
        body.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the letter is too long"))?;
    let Some(mail) = &app.mail else {
        let why = "mail is not set up here: an operator has to set smtp_url and mail_from";
        return Err(Problem::new(StatusCode::CONFLICT, "no_mail", why));
    };
    let answered = match mail.read(&body) {
        Ok(answered) => answered,
        Err(message) => return Ok(axum::Json(Received { taken: "no_answer", message })),
    };
    let taken = invitations::answered(&app.engine, &answered).await?;
    Ok(axum::Json(Received { taken: word(taken), message: taken.told().to_owned() }))
}

fn word(taken: Taken) -> &'static str {
    match taken {
        Taken::Noted => "noted",
        Taken::Old => "old",
        Taken::OtherTime => "other_time",
        Taken::NotTheirs => "not_theirs",
        Taken::Unknown => "unknown",
    }
}
