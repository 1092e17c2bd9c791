//! Signing in: where people are sent, what comes back, and what each refusal means.

use std::sync::Mutex;

use bytes::Bytes;
use http::{Request, Response};

use super::*;
use crate::http::Lost;

/// A token endpoint that gives one answer, and keeps what it was asked.
struct Login(u16, Value, Mutex<String>);

#[async_trait]
impl Http for Login {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.2.lock().unwrap() = String::from_utf8(request.body().to_vec()).unwrap();
        Ok(Response::builder()
            .status(self.0)
            .header("content-type", "application/json")
            .body(Bytes::from(self.1.to_string()))
            .unwrap())
    }
}

fn start() -> SignInStart {
    SignInStart {
        state: "st".to_owned(),
        verifier: SecretString::from("v".repeat(43)),
        redirect: Url::parse("https://concord.example/api/calendar/sync/outlook/callback").unwrap(),
        hint: None,
    }
}

fn outlook(status: u16, answer: Value, secret: Option<&str>) -> (Microsoft, Arc<Login>) {
    let door = Arc::new(Login(status, answer, Mutex::default()));
    let settings = Settings::new("client", secret.map(SecretString::from), "organizations");
    (Microsoft::new(settings, door.clone()), door)
}

fn grant() -> Grant {
    Grant {
        access: SecretString::from("a"),
        access_ends_at: None,
        refresh: Some(SecretString::from("old")),
        scopes: vec!["x".to_owned()],
    }
}

fn tokens(more: Value) -> Value {
    let mut all = json!({ "token_type": "Bearer", "access_token": "new", "expires_in": 3600 });
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

fn now() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

#[test]
fn people_are_sent_to_their_own_tenant_and_asked_for_lasting_access() {
    let (outlook, _) = outlook(200, json!({}), Some("s"));
    let url = outlook.sign_in(&start()).unwrap().url;
    assert_eq!(url.path(), "/organizations/oauth2/v2.0/authorize");
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert!(query["scope"].split(' ').any(|scope| scope == "offline_access"));
    assert_eq!(
        (query["prompt"].as_str(), query["code_challenge_method"].as_str()),
        ("select_account", "S256")
    );
    let known = SignInStart { hint: Some("jo@example.com".to_owned()), ..start() };
    let query: BTreeMap<String, String> =
        outlook.sign_in(&known).unwrap().url.query_pairs().into_owned().collect();
    assert_eq!((query.get("prompt"), query["login_hint"].as_str()), (None, "jo@example.com"));
}

#[tokio::test]
async fn microsoft_trap_24_scopes_with_an_address_before_them_are_the_same() {
    for scope in [
        "User.Read Calendars.ReadWrite",
        "https://graph.microsoft.com/User.Read https://graph.microsoft.com/calendars.readwrite.shared",
    ] {
        let (outlook, _) = outlook(200, tokens(json!({ "scope": scope, "refresh_token": "r" })), Some("s"));
        outlook.exchange(&start(), "code", now()).await.map_err(|e| e.to_string()).unwrap();
    }
    let less = tokens(json!({ "scope": "User.Read Calendars.Read", "refresh_token": "r" }));
    let (outlook, _) = outlook(200, less, Some("s"));
    let why = outlook.exchange(&start(), "code", now()).await.err().unwrap().to_string();
    assert!(why.contains("to read and write events"), "{why}");
}

#[tokio::test]
async fn a_public_client_sends_no_secret() {
    for (secret, sent) in [(None, false), (Some("hush"), true)] {
        let answer = tokens(json!({ "scope": "User.Read Calendars.ReadWrite", "refresh_token": "r" }));
        let (outlook, door) = outlook(200, answer, secret);
        outlook.exchange(&start(), "code", now()).await.map_err(|e| e.to_string()).unwrap();
        assert_eq!(door.2.lock().unwrap().contains("client_secret=hush"), sent);
        assert!(door.2.lock().unwrap().contains("code_verifier="));
    }
}

#[tokio::test]
async fn microsoft_trap_25_each_renewal_brings_another_token_and_one_without_keeps_the_old() {
    use secrecy::ExposeSecret;
    for (answer, expected) in [
        (tokens(json!({ "refresh_token": "next" })), "next"),
        (tokens(json!({})), "old"),
        (tokens(json!({ "refresh_token": "" })), "old"),
    ] {
        let (outlook, _) = outlook(200, answer, Some("s"));
        let new = outlook.refresh(&grant(), now()).await.map_err(|e| e.to_string()).unwrap();
        assert_eq!(new.refresh.unwrap().expose_secret(), expected);
        assert_eq!(new.scopes, ["x"]);
        assert_eq!(new.access_ends_at, Some("2026-11-20T11:00:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn every_refusal_is_understood_by_its_number() {
    let check = async |error: &str, code: i64, expected: &str| {
        let body = json!({ "error": error, "error_description": format!("AADSTS{code}: secret words"), "error_codes": [code], "suberror": "bad_token" });
        let (outlook, _) = outlook(400, body, Some("s"));
        let told = format!("{:?}", outlook.refresh(&grant(), now()).await.err().unwrap());
        assert!(told.starts_with(expected), "{code}: {told} instead of {expected}");
        assert!(!told.contains("secret words"));
    };
    check("invalid_grant", 700_082, "AccessRevoked { why: \"Microsoft has ended the sign-in").await;
    check("invalid_grant", 50_173, "AccessRevoked").await;
    check("interaction_required", 50_076, "AccessRevoked { why: \"the organisation wants").await;
    check("invalid_grant", 53_003, "AccessRevoked { why: \"the organisation wants").await;
    check("invalid_grant", 65_001, "AccessRevoked { why: \"access was not allowed").await;
    check("invalid_grant", 90_094, "AccessRevoked { why: \"an administrator").await;
    check("invalid_client", 7_000_215, "Misconfigured { why: \"Microsoft refuses our client secret").await;
    check("unauthorized_client", 700_016, "Misconfigured { why: \"Microsoft does not know our client id")
        .await;
    check("invalid_client", 700_025, "Misconfigured").await;
    check("temporarily_unavailable", 90_033, "Transient").await;
    check("invalid_grant", 50_196, "RetryAfter { at: None, long: true }").await;
    check("invalid_grant", 1, "AccessRevoked").await;
    check("something", 1, "Transient").await;
}

#[tokio::test]
async fn trouble_of_the_sign_in_is_no_end_of_it() {
    for (status, answer) in
        [(503, json!("busy")), (500, json!({})), (200, json!("what")), (400, json!("what"))]
    {
        let (outlook, _) = outlook(status, answer, Some("s"));
        let told = outlook.refresh(&grant(), now()).await.err().unwrap();
        assert!(matches!(told, Answer::Transient(_)), "{status}: {told:?}");
    }
    assert_eq!(outlook(200, json!({}), None).0.revoke(&grant()).await, Ok(()));
}
