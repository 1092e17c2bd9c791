//! Bodies, queries and path parts, read so that everything wrong with them is told as a problem with its field.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Path as AxumPath, Request};
use http::request::Parts;
use http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::strict::{self, Fault};

/// The longest body that is taken in.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// A JSON body.
pub struct Json<T>(pub T);

/// The query of the address.
pub struct Query<T>(pub T);

/// The variable parts of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        // What a form can send is no JSON: without this, any page could send one in a visitor's name.
        let json = kind.is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
        });
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "send JSON, with the header Content-Type: application/json",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(unread)?;
        read(&body).map(Json)
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    let status = rejection.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "too_large", format!("the body is longer than {BODY_LIMIT} bytes"));
    }
    Problem::new(StatusCode::BAD_REQUEST, "invalid_body", "the body could not be read to its end")
}

/// Reads JSON; what is wrong with it is told with the path to it. First whether it is JSON at all, for a word in the place of
/// a number must not depend on how far one has read.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|why| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid_body", format!("the body is not JSON: {why}"))
    })?;
    let wrong = |told: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", told);
    if !value.is_object() {
        return Err(wrong("the body is no object; write {…}".to_owned()));
    }
    strict::read(value).map_err(|Fault { place, says }| match place.is_empty() {
        true => wrong(says),
        false => wrong(format!("{place}: {says}")).about(place),
    })
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(given.as_bytes());
        // Read as an object of texts, so that what is wrong is told with the name of the parameter.
        let mut object = serde_json::Map::new();
        for (name, value) in pairs {
            if object.insert(name.clone().into_owned(), value.into_owned().into()).is_some() {
                return Err(Problem::invalid(name.into_owned(), "is given twice"));
            }
        }
        let read = strict::read(serde_json::Value::Object(object)).map(Query);
        read.map_err(|Fault { place, says }| Problem::invalid(place, says))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What cannot be the name of anything names nothing.
        AxumPath::from_request_parts(parts, state)
            .await
            .map(|AxumPath(value)| Path(value))
            .map_err(|_: PathRejection| Problem::not_found("thing at this address"))
    }
}

/// For fields that can be left out (nothing changes), set to null (it is cleared) or set: `Option<Option<T>>`.
pub(crate) fn given<'de, T, D>(reader: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(reader).map(Some)
}

/// For numbers and switches in a query, where everything is text.
pub(crate) fn from_text<'de, T, D>(reader: D) -> Result<Option<T>, D::Error>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
    D: serde::Deserializer<'de>,
{
    let text: Option<String> = serde::Deserialize::deserialize(reader)?;
    text.map(|text| text.parse().map_err(|why| serde::de::Error::custom(format!("\"{text}\": {why}"))))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        start: String,
        #[serde(default)]
        people: Vec<Person>,
    }

    #[derive(serde::Deserialize, Debug)]
    #[expect(dead_code, reason = "only read")]
    struct Person {
        age: u8,
    }

    #[track_caller]
    fn check(body: &str, status: u16, field: Option<&str>) {
        let problem = read::<Body>(body.as_bytes()).unwrap_err();
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!((json["status"].as_u64(), problem.field()), (Some(status.into()), field), "{json}");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        check("{", 400, None);
        check("{} trailing", 400, None);
        check("{\"start\": \"\"} trailing", 400, None);
        check("[]", 422, None);
        check("{}", 422, Some("start"));
        check("{\"start\": 5}", 422, Some("start"));
        check("{\"start\": \"\", \"strat\": 1}", 422, Some("strat"));
        check("{\"start\": \"\", \"people\": [{\"age\": 1}, {\"age\": -1}]}", 422, Some("people[1].age"));
        check("{\"start\": \"\", \"people\": [[1]]}", 422, Some("people[0]"));
    }
}
