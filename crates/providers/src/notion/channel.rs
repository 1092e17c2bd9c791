//! Notices: of a connection as a whole, signed over the bytes of the request.
//!
//! A person makes the subscription in Notion's own settings. Its first request brings the token that signs all others and
//! has to be brought back by that person; since anybody could send such a request, it is only shown, and the operator sets
//! it. A notice says in which table to look, and nothing else of it is believed: it comes late, twice, out of order or
//! never (trap 17).

use concord_model::CalendarId;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::wire;

/// The header with the signature.
const SIGNATURE: &str = "x-notion-signature";
/// Longer than any token.
const LONGEST_TOKEN: usize = 200;

/// The tables that a request speaks of, if Notion signed it.
pub(super) fn signed(token: Option<&SecretString>, headers: &HeaderMap, body: &[u8]) -> Vec<CalendarId> {
    let told = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()?.strip_prefix("sha256="));
    let Some((token, told)) = token.zip(told) else { return Vec::new() };
    let Ok(told) = data_encoding::HEXLOWER_PERMISSIVE.decode(told.as_bytes()) else { return Vec::new() };
    // Over the bytes as they came: written anew, they would be others (trap 15).
    let mut mac =
        Hmac::<Sha256>::new_from_slice(token.expose_secret().as_bytes()).expect("a key may have any length");
    mac.update(body);
    if mac.verify_slice(&told).is_err() {
        return Vec::new();
    }
    tables(body)
}

/// A new title comes as another kind of event than other properties do (trap 16); all kinds mean: look.
fn tables(body: &[u8]) -> Vec<CalendarId> {
    let Ok(event) = serde_json::from_slice::<wire::Event>(body) else { return Vec::new() };
    let parent = event.data.parent.unwrap_or_default();
    let of_itself = (event.entity.kind == "data_source").then_some(event.entity.id);
    let id = of_itself.or(parent.data_source_id).or(parent.id).filter(|id| !id.is_empty());
    let spoken_of = event.kind.starts_with("page.") || event.kind.starts_with("data_source.");
    id.filter(|_| spoken_of).map(|id| CalendarId(wire::normal(&id))).into_iter().collect()
}

/// The token of a subscription's first request.
pub(super) fn introduction(body: &[u8]) -> Option<String> {
    let told: wire::Introduction = serde_json::from_slice(body).ok()?;
    // Anybody can send it, and it is shown.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let token = told.verification_token;
    (!token.is_empty() && token.len() <= LONGEST_TOKEN && token.chars().all(plain)).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"type":"page.content_updated","entity":{"id":"p","type":"page"},"data":{"parent":{"id":"d","type":"database","data_source_id":"9f0e6ce1b2a84c5d8e7f1a2b3c4d5e6f"}}}"#;

    fn headers(token: &str, body: &[u8]) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(body);
        let told = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
        HeaderMap::from_iter([(SIGNATURE.parse().unwrap(), format!("sha256={told}").parse().unwrap())])
    }

    fn check(token: &str, headers: &HeaderMap, body: &[u8], expected: &[&str]) {
        let token = SecretString::from(token);
        let told: Vec<String> = signed(Some(&token), headers, body).into_iter().map(|id| id.0).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_signed_notice_says_which_table_to_look_at() {
        check("t", &headers("t", BODY), BODY, &["9f0e6ce1-b2a8-4c5d-8e7f-1a2b3c4d5e6f"]);
        let table = br#"{"type":"data_source.schema_updated","entity":{"id":"x","type":"data_source"}}"#;
        check("t", &headers("t", table), table, &["x"]);
        let other = br#"{"type":"comment.created","entity":{"id":"x","type":"comment"}}"#;
        check("t", &headers("t", other), other, &[]);
    }

    #[test]
    fn what_is_signed_otherwise_or_not_at_all_says_nothing() {
        let spaced: Vec<u8> = [BODY, b" "].concat();
        check("t", &headers("t", BODY), &spaced, &[]);
        check("t", &headers("other", BODY), BODY, &[]);
        check("t", &HeaderMap::new(), BODY, &[]);
        let short = HeaderMap::from_iter([(SIGNATURE.parse().unwrap(), "sha256=00".parse().unwrap())]);
        check("t", &short, BODY, &[]);
        assert_eq!(signed(None, &headers("", BODY), BODY), []);
    }

    #[test]
    fn an_introduction_is_shown_only_if_it_is_one() {
        assert_eq!(introduction(br#"{"verification_token":"secret_a-1"}"#).as_deref(), Some("secret_a-1"));
        for odd in
            [&br#"{"verification_token":""}"#[..], br#"{"verification_token":"a\nb"}"#, b"{}", b"", BODY]
        {
            assert_eq!(introduction(odd), None);
        }
    }
}
