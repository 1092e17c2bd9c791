//! Signing in at Notion's twin.

use concord_providers::provider::{Entrance, Grant, SignInStart};
use secrecy::ExposeSecret;

use super::*;

fn start() -> SignInStart {
    SignInStart {
        state: "state-1".to_owned(),
        verifier: SecretString::from("v".repeat(43)),
        redirect: Url::parse("https://concord.test/back").unwrap(),
        hint: None,
    }
}

/// Alice lets us in; returns the code.
fn consent(world: &World) -> String {
    let url = world.notion.sign_in(&start()).unwrap().url;
    let path = format!("{}?{}&auto=1", url.path(), url.query().unwrap());
    let reply = world.twin.answer(Call::new(http::Method::GET, &path, ""));
    let back = Url::parse(reply.headers["location"].to_str().unwrap()).unwrap();
    let told = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(told("state"), "state-1");
    told("code")
}

async fn signed_in(world: &World) -> Grant {
    world.notion.exchange(&start(), &consent(world), world.access().now).await.unwrap()
}

#[tokio::test]
async fn whoever_signs_in_again_is_the_same_account() {
    let world = World::new().await;
    assert_eq!(world.notion.entrance(), Entrance::Browser);
    let first = signed_in(&world).await;
    let identity = world.notion.identity(&world.access_to(first.access.expose_secret())).await.unwrap();
    let second = signed_in(&world).await;
    let again = world.notion.identity(&world.access_to(second.access.expose_secret())).await.unwrap();
    assert_eq!(identity.subject, again.subject);
    assert!(!identity.name.is_empty());
}

/// Notion where the token is one that acts as a person.
struct Personal;

#[async_trait]
impl Http for Personal {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        assert_eq!(request.uri().path(), "/v1/users/me");
        let told = json!({ "object": "user", "id": "44444444-4444-4444-8444-444444444444", "type": "person", "person": {} });
        let mut response = Response::new(Bytes::from(told.to_string()));
        response.headers_mut().insert("content-type", "application/json".parse().unwrap());
        Ok(response)
    }
}

#[tokio::test]
async fn a_token_that_acts_as_a_person_is_refused_for_that_persons_pages_would_seem_to_be_ours() {
    let world = World::new().await;
    let notion = Notion::new(settings(&world.twin), Arc::new(Personal));
    let login = concord_providers::provider::Login::token("ntn_personal");
    let entered = notion.enter(&login, world.access().now).await;
    assert!(
        matches!(entered.err(), Some(Answer::Rejected { why, .. }) if why.contains("internal connection"))
    );
}

#[tokio::test]
async fn a_code_is_good_once() {
    let world = World::new().await;
    let code = consent(&world);
    world.notion.exchange(&start(), &code, world.access().now).await.unwrap();
    let again = world.notion.exchange(&start(), &code, world.access().now).await;
    assert!(matches!(again.err(), Some(Answer::AccessRevoked { .. })));
}

#[tokio::test]
async fn notion_trap_14_a_refresh_changes_both_tokens_and_the_old_one_is_dead() {
    let world = World::new().await;
    let old = signed_in(&world).await;
    let new = world.notion.refresh(&old, world.access().now).await.unwrap();
    let told = |grant: &Grant| grant.refresh.as_ref().unwrap().expose_secret().to_owned();
    assert_ne!(told(&old), told(&new));
    assert_ne!(old.access.expose_secret(), new.access.expose_secret());
    let again = world.notion.refresh(&old, world.access().now).await;
    assert!(matches!(again.err(), Some(Answer::AccessRevoked { .. })));
    assert!(world.notion.refresh(&new, world.access().now).await.is_ok());
}

#[tokio::test]
async fn a_connection_without_a_refresh_token_is_good_until_it_is_ended() {
    let world = World::with(json!({ "refreshTokens": false })).await;
    let grant = signed_in(&world).await;
    assert!(grant.refresh.is_none());
    world.notion.revoke(&grant).await.unwrap();
    let access = world.access_to(grant.access.expose_secret());
    assert_eq!(world.notion.identity(&access).await.err(), Some(Answer::SignInExpired));
    let refreshed = world.notion.refresh(&grant, access.now).await;
    assert!(matches!(refreshed.err(), Some(Answer::AccessRevoked { .. })));
    // What has ended is ended.
    world.notion.revoke(&grant).await.unwrap();
}

#[tokio::test]
async fn without_a_client_the_token_of_an_internal_connection_opens_an_account() {
    let world = World::new().await;
    let notion = Notion::new(Settings { client: None, ..settings(&world.twin) }, world.door.clone());
    assert_eq!(notion.entrance(), Entrance::Token);
    assert!(matches!(notion.sign_in(&start()).err(), Some(Answer::Misconfigured { .. })));
    let login = concord_providers::provider::Login::token("twin-alice");
    let entered = notion.enter(&login, world.access().now).await.unwrap();
    assert!(!entered.identity.subject.is_empty());
    assert!(notion.revoke(&entered.grant).await.is_ok());
    let wrong = concord_providers::provider::Login::token("wrong");
    assert_eq!(notion.enter(&wrong, world.access().now).await.err(), Some(Answer::SignInExpired));
}

#[tokio::test]
async fn a_wrong_secret_is_the_operators() {
    let world = World::new().await;
    let client = Client { id: "twin-client".to_owned(), secret: SecretString::from("wrong") };
    let notion = Notion::new(Settings { client: Some(client), ..settings(&world.twin) }, world.door.clone());
    let answer = notion.exchange(&start(), &consent(&world), world.access().now).await;
    assert!(matches!(answer.err(), Some(Answer::Misconfigured { .. })));
}
