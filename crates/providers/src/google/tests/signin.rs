//! Signing in: codes, grants and their refusals.

use super::*;

fn start() -> SignInStart {
    SignInStart {
        state: "state1".to_owned(),
        verifier: SecretString::from("v".repeat(43)),
        redirect: Url::parse("http://localhost:8080/oauth/google").unwrap(),
        hint: Some("alice@example.com".to_owned()),
    }
}

/// A token endpoint with one answer.
pub(super) struct Tokens(u16, String, Mutex<String>);

#[async_trait]
impl Http for Tokens {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        *self.2.lock().unwrap() = String::from_utf8(request.body().to_vec()).unwrap();
        Ok(Response::builder().status(self.0).body(Bytes::from(self.1.clone())).unwrap())
    }
}

pub(super) fn tokens(status: u16, body: impl ToString) -> (Google, Arc<Tokens>) {
    let door = Arc::new(Tokens(status, body.to_string(), Mutex::default()));
    (Google::new(Settings::new("client1", SecretString::from("hush")), door.clone()), door)
}

const ALL: &str = "https://www.googleapis.com/auth/calendar.events openid \
    https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/calendar.calendarlist.readonly";

fn answer(more: Value) -> Value {
    let mut answer = json!({ "access_token": "ya29.new", "expires_in": 3599, "scope": ALL, "token_type": "Bearer", "id_token": "e.y.J" });
    answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    answer
}

#[test]
fn a_person_is_sent_to_google_with_all_that_it_wants() {
    let (google, _) = tokens(200, "");
    let url = google.sign_in(&start()).unwrap().url;
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let get = |key: &str| query.get(key).map(String::as_str);
    assert!(url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    assert_eq!(get("response_type"), Some("code"));
    assert_eq!(get("access_type"), Some("offline"));
    assert_eq!(get("prompt"), Some("consent"));
    assert_eq!(get("state"), Some("state1"));
    assert_eq!(get("code_challenge_method"), Some("S256"));
    assert_eq!(get("code_challenge"), Some("7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"));
    assert_eq!(get("login_hint"), Some("alice@example.com"));
    assert_eq!(get("redirect_uri"), Some("http://localhost:8080/oauth/google"));
    assert_eq!(
        get("scope"),
        Some(
            "openid email https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/calendar.calendarlist.readonly"
        )
    );
}

#[tokio::test]
async fn a_code_becomes_a_grant() {
    let (google, door) = tokens(200, answer(json!({ "refresh_token": "1//r" })));
    let grant = google.exchange(&start(), "4/code", access().now).await.unwrap();
    assert_eq!(grant.access.expose_secret(), "ya29.new");
    assert_eq!(grant.refresh.unwrap().expose_secret(), "1//r");
    assert_eq!(grant.access_ends_at.unwrap().to_string(), "2026-11-20T10:59:59Z");
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(door.2.lock().unwrap().as_bytes()).into_owned().collect();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "4/code");
    assert_eq!(form["code_verifier"], "v".repeat(43));
    assert_eq!(form["client_secret"], "hush");
    assert_eq!(form["redirect_uri"], "http://localhost:8080/oauth/google");
}

#[tokio::test]
async fn a_grant_that_is_too_small_is_refused_and_says_what_is_missing() {
    let check = async |scope: &str, missing: Option<&str>| {
        let (google, _) = tokens(200, answer(json!({ "refresh_token": "1//r", "scope": scope })));
        match (google.exchange(&start(), "c", access().now).await, missing) {
            (Ok(_), None) => {}
            (Err(Answer::AccessRevoked { why }), Some(missing)) => assert!(why.contains(missing), "{why}"),
            (other, _) => panic!("{scope}: {:?}", other.err()),
        }
    };
    check(ALL, None).await;
    check("openid email https://www.googleapis.com/auth/calendar", None).await;
    check("openid email https://www.googleapis.com/auth/calendar.events", Some("to list the calendars"))
        .await;
    check("openid email https://www.googleapis.com/auth/calendar.readonly", Some("to read and write events"))
        .await;
    check("openid email", Some("to read and write events and to list the calendars")).await;
}

#[tokio::test]
async fn bm_076_a_sign_in_that_would_end_within_the_hour_is_refused() {
    for none in [json!({}), json!({ "refresh_token": "" })] {
        let (google, _) = tokens(200, answer(none));
        let answer = google.exchange(&start(), "c", access().now).await.err();
        assert!(matches!(answer, Some(Answer::AccessRevoked { why }) if why.contains("refresh token")));
    }
}

fn old() -> Grant {
    Grant {
        access: SecretString::from("ya29.old"),
        access_ends_at: None,
        refresh: Some(SecretString::from("1//old")),
        scopes: vec!["openid".to_owned()],
    }
}

#[tokio::test]
async fn a_refresh_keeps_the_old_refresh_token_unless_a_new_one_comes() {
    let check = async |more: Value, expected: &str| {
        let (google, door) = tokens(200, answer(more));
        let grant = google.refresh(&old(), access().now).await.unwrap();
        assert_eq!(grant.access.expose_secret(), "ya29.new");
        assert_eq!(grant.refresh.unwrap().expose_secret(), expected);
        assert!(door.2.lock().unwrap().contains("refresh_token=1%2F%2Fold"));
    };
    check(json!({}), "1//old").await;
    check(json!({ "refresh_token": "" }), "1//old").await;
    check(json!({ "refresh_token": "1//old" }), "1//old").await;
    check(json!({ "refresh_token": "1//new" }), "1//new").await;
}

#[tokio::test]
async fn refusals_of_the_token_endpoint() {
    let check = async |status: u16, body: &str, expected: fn(&Answer) -> bool| {
        let (google, _) = tokens(status, body);
        let answer = google.refresh(&old(), access().now).await.err().unwrap();
        assert!(expected(&answer), "{status} {body}: {answer:?}");
    };
    let dead = |a: &Answer| matches!(a, Answer::AccessRevoked { .. });
    let ours = |a: &Answer| matches!(a, Answer::Misconfigured { .. });
    let later = |a: &Answer| matches!(a, Answer::Transient(_));
    check(400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#, dead)
        .await;
    check(400, r#"{"error":"invalid_grant","error_description":"Bad Request"}"#, dead).await;
    check(400, r#"{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_subtype":"invalid_rapt"}"#, dead).await;
    check(403, r#"{"error":"access_denied"}"#, dead).await;
    check(400, r#"{"error":"admin_policy_enforced"}"#, dead).await;
    check(401, r#"{"error":"invalid_client","error_description":"The OAuth client was not found."}"#, ours)
        .await;
    check(401, r#"{"error":"deleted_client"}"#, ours).await;
    check(401, r#"{"error":"unauthorized_client"}"#, ours).await;
    check(500, r#"{"error":"internal_failure"}"#, later).await;
    check(503, "<html>", later).await;
    check(200, "<html>", later).await;
    check(400, "", later).await;
    check(429, "", |a| matches!(a, Answer::RetryAfter { .. })).await;
}

#[tokio::test]
async fn what_is_revoked_already_is_revoked() {
    for (status, fine) in [(200, true), (400, true), (503, false)] {
        let (google, door) = tokens(status, r#"{"error":"invalid_token"}"#);
        assert_eq!(google.revoke(&old()).await.is_ok(), fine, "{status}");
        assert_eq!(*door.2.lock().unwrap(), "token=1%2F%2Fold");
    }
}
