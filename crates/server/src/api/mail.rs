//! Mail that comes in: answers of guests and invitations of others, handed over by whatever receives mail for this
//! installation; and the secret address that a person has invitations sent to.

use axum::body::Bytes;
use axum::extract::State;
use concord_engine::invitations::{self, Mail, Taken};
use concord_engine::letterbox;
use concord_store::letterboxes::Letterbox;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive)).routes(routes!(look, open, close))
}

/// What sends and reads mail here.
pub(super) fn mail(app: &App) -> Result<&dyn Mail> {
    let why = "mail is not set up here: an operator has to set smtp_url and mail_from";
    app.mail.as_deref().ok_or_else(|| Problem::new(StatusCode::CONFLICT, "no_mail", why))
}

/// The secret address to which one has invitations sent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailAddress)]
struct Own {
    /// The address. Whoever knows it can put invitations into one's calendar. Not there where one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    /// When a letter last came to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    /// Why there can be none, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    hindered: Option<String>,
}

impl Own {
    fn of(mail: &dyn Mail, letterbox: &Letterbox, word: &str) -> Own {
        Own {
            address: Some(mail.address(word).as_str().to_owned()),
            created_at: Some(letterbox.created_at),
            used_at: letterbox.used_at,
            hindered: None,
        }
    }

    fn none(hindered: Option<String>) -> Own {
        Own { address: None, created_at: None, used_at: None, hindered }
    }
}

/// One's own secret mail address, to which one has invitations of others sent or forwarded.
#[utoipa::path(get, path = "/mail/address", tag = "mail",
    responses((status = 200, body = Own), (status = 401, body = Problem)))]
async fn look(State(app): State<App>, caller: Caller) -> Result<axum::Json<Own>> {
    let mail = match mail(&app) {
        Ok(mail) => mail,
        Err(problem) => return Ok(axum::Json(Own::none(Some(problem.detail().to_owned())))),
    };
    let own = letterbox::of(&app.engine, caller.workspace(), caller.user.id).await?;
    Ok(axum::Json(own.map_or_else(|| Own::none(None), |(letterbox, word)| Own::of(mail, &letterbox, &word))))
}

/// Makes a new secret address. The one before takes in nothing any more; what came by it stays.
#[utoipa::path(post, path = "/mail/address", tag = "mail",
    responses((status = 201, body = Own), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem)))]
async fn open(State(app): State<App>, caller: Caller) -> Result<(StatusCode, axum::Json<Own>)> {
    let mail = mail(&app)?;
    let (letterbox, word) = letterbox::open(&app.engine, caller.workspace(), caller.user.id).await?;
    Ok((StatusCode::CREATED, axum::Json(Own::of(mail, &letterbox, &word))))
}

/// Revokes one's secret address: it takes in nothing any more. What came by it stays.
#[utoipa::path(delete, path = "/mail/address", tag = "mail",
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn close(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    letterbox::close(&app.engine, caller.workspace(), caller.user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of a letter.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceivedMail)]
struct Received {
    /// What became of it: of an answer `noted`, of an invitation `invited`, `renewed` or `ended`, or why nothing did;
    /// `ignored` for what is neither.
    #[schema(value_type = words::MailTaken)]
    taken: &'static str,
    /// The same for a person.
    message: String,
}

/// Takes a letter as it came (`Content-Type: message/rfc822`). The answer of a guest to an invitation of ours is noted with
/// the event; an invitation that came to somebody's secret address becomes an event of theirs, or changes or ends one.
/// Everything else is left alone. Nothing is ever sent in return.
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
    let came = match mail(&app)?.read(&body) {
        Ok(came) => came,
        Err(message) => return Ok(axum::Json(Received { taken: "ignored", message })),
    };
    let taken = invitations::take(&app.engine, &came).await?;
    Ok(axum::Json(Received { taken: word(taken), message: taken.told().to_owned() }))
}

fn word(taken: Taken) -> &'static str {
    match taken {
        Taken::Noted => "noted",
        Taken::Old => "old",
        Taken::OtherTime => "other_time",
        Taken::NotTheirs => "not_theirs",
        Taken::Unknown => "unknown",
        Taken::Invited => "invited",
        Taken::Renewed => "renewed",
        Taken::Ended => "ended",
        Taken::NoAddress => "no_address",
        Taken::NotOrganiser => "not_organiser",
        Taken::Elsewhere => "elsewhere",
        Taken::Own => "own",
        Taken::Removed => "removed",
        Taken::TooMany => "too_many",
        Taken::Unfit => "unfit",
    }
}
