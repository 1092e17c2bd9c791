//! Signing in at Google's twin, from the consent page to the end of the grant.

use concord_providers::provider::{Grant, SignInStart};
use secrecy::ExposeSecret;

use super::*;

fn start() -> SignInStart {
    SignInStart {
        state: "state-1".to_owned(),
        verifier: SecretString::from("a".repeat(64)),
        redirect: Url::parse("https://concord.test/callback").unwrap(),
        hint: None,
    }
}

/// What a person's browser does: follows our address, and comes back with a code or an error.
fn consent(world: &World, more: &str) -> Url {
    let url = world.google.sign_in(&start()).unwrap().url;
    let target = format!("{}?{}&{more}", url.path(), url.query().unwrap());
    let reply = world.twin.answer(Call::new(http::Method::GET, &target, Bytes::new()));
    let back = reply.headers.get("location").expect("the browser is sent back").to_str().unwrap();
    Url::parse(back).unwrap()
}

fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn sign_in(world: &World, more: &str) -> Result<Grant, Answer> {
    let back = consent(world, more);
    assert_eq!(param(&back, "state").as_deref(), Some("state-1"));
    world.google.exchange(&start(), &param(&back, "code").unwrap(), world.access().now).await
}

fn access(world: &World, grant: &Grant) -> Access {
    world.access_to(grant.access.expose_secret())
}

#[tokio::test]
async fn a_person_signs_in_works_and_signs_out() {
    let world = World::new();
    let grant = sign_in(&world, "auto=1&user=alice").await.unwrap();
    let identity = world.google.identity(&access(&world, &grant)).await.unwrap();
    assert_eq!(identity.name, world.calendar().as_str());
    assert_ne!(identity.subject, identity.name, "people are known by something that stays");
    let calendars = world.google.calendars(&access(&world, &grant)).await.unwrap();
    let names: Vec<(&str, bool, bool)> = calendars
        .iter()
        .map(|calendar| (calendar.name.as_str(), calendar.primary, calendar.writable))
        .collect();
    assert_eq!(names.iter().filter(|(_, primary, _)| *primary).count(), 1);
    assert!(names.contains(&("Team", false, true)), "{names:?}");
    let primary = calendars.iter().find(|calendar| calendar.primary).unwrap();
    assert_eq!(primary.id, world.calendar(), "the real id, not an alias");
    assert_eq!(primary.zone.as_ref().unwrap().name(), "America/New_York");
    world.google.changes(&access(&world, &grant), &primary.id, None).await.unwrap();

    world.pass(3601);
    let answer = world.google.calendars(&access(&world, &grant)).await;
    assert_eq!(answer, Err(Answer::SignInExpired));
    let fresh = world.google.refresh(&grant, world.access().now).await.unwrap();
    assert_eq!(
        fresh.refresh.as_ref().unwrap().expose_secret(),
        grant.refresh.as_ref().unwrap().expose_secret()
    );
    assert!(world.google.calendars(&access(&world, &fresh)).await.is_ok());

    assert_eq!(world.google.revoke(&fresh).await, Ok(()));
    assert_eq!(world.google.revoke(&fresh).await, Ok(()), "already ended is ended");
    assert_eq!(world.google.calendars(&access(&world, &fresh)).await, Err(Answer::SignInExpired));
    let answer = world.google.refresh(&fresh, world.access().now).await.err();
    assert!(matches!(answer, Some(Answer::AccessRevoked { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_second_sign_in_brings_a_refresh_token_too() {
    let world = World::new();
    for _ in 0..2 {
        assert!(sign_in(&world, "auto=1&user=alice").await.unwrap().refresh.is_some());
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_verifier() {
    let world = World::new();
    let code = param(&consent(&world, "auto=1&user=alice"), "code").unwrap();
    let wrong = SignInStart { verifier: SecretString::from("b".repeat(64)), ..start() };
    let answer = world.google.exchange(&wrong, &code, world.access().now).await.err();
    assert!(matches!(answer, Some(Answer::AccessRevoked { .. })), "{answer:?}");
    let code = param(&consent(&world, "auto=1&user=alice"), "code").unwrap();
    world.google.exchange(&start(), &code, world.access().now).await.unwrap();
    let answer = world.google.exchange(&start(), &code, world.access().now).await.err();
    assert!(matches!(answer, Some(Answer::AccessRevoked { .. })), "{answer:?}");
}

#[tokio::test]
async fn trap_22_a_token_of_a_testing_project_dies_after_a_week() {
    let world = World::with(json!({ "refreshTokenSeconds": 604_800 }));
    let grant = sign_in(&world, "auto=1&user=alice").await.unwrap();
    world.pass(604_000);
    let grant = world.google.refresh(&grant, world.access().now).await.unwrap();
    world.pass(801);
    let answer = world.google.refresh(&grant, world.access().now).await.err();
    assert!(matches!(answer, Some(Answer::AccessRevoked { .. })), "{answer:?}");
}

#[tokio::test]
async fn trap_23_an_unticked_permission_is_named_at_once() {
    let world = World::new();
    for (scope, missing) in [
        ("calendar.events", "to read and write events"),
        ("calendar.calendarlist.readonly", "to list the calendars"),
    ] {
        match sign_in(&world, &format!("auto=1&user=alice&untick={scope}")).await {
            Err(Answer::AccessRevoked { why }) => assert!(why.contains(missing), "{why}"),
            other => panic!("{:?}", other.err()),
        }
    }
    let back = consent(&world, "auto=1&deny=1");
    assert_eq!((param(&back, "error").as_deref(), param(&back, "code")), (Some("access_denied"), None));
}

#[tokio::test]
async fn a_refresh_token_that_is_replaced_is_taken_over() {
    let world = World::with(json!({ "rotateRefreshTokens": true }));
    let grant = sign_in(&world, "auto=1&user=alice").await.unwrap();
    let next = world.google.refresh(&grant, world.access().now).await.unwrap();
    assert_ne!(
        next.refresh.as_ref().unwrap().expose_secret(),
        grant.refresh.as_ref().unwrap().expose_secret()
    );
    assert!(world.google.refresh(&next, world.access().now).await.is_ok());
}

#[tokio::test]
async fn trouble_of_the_token_endpoint_ends_no_grant() {
    let world = World::new();
    let grant = sign_in(&world, "auto=1&user=alice").await.unwrap();
    for loss in [Loss::Request, Loss::Answer, Loss::Half, Loss::Garbage, Loss::Trouble] {
        world.lose(loss, 0);
        let answer = world.google.refresh(&grant, world.access().now).await.err();
        assert!(matches!(answer, Some(Answer::Transient(_))), "{loss:?}: {answer:?}");
    }
    world.fault(json!({ "kind": "status", "status": 401, "reason": "deleted_client", "count": 1 }));
    let answer = world.google.refresh(&grant, world.access().now).await.err();
    assert!(matches!(answer, Some(Answer::Misconfigured { .. })), "{answer:?}");
    assert!(world.google.refresh(&grant, world.access().now).await.is_ok());
}

#[tokio::test]
async fn a_key_without_the_right_says_what_to_do() {
    let world = World::new();
    world.fault(json!({ "kind": "status", "status": 403, "reason": "insufficientPermissions", "count": 1 }));
    let answer = world.page(None).await.err();
    assert!(matches!(answer, Some(Answer::AccessRevoked { .. })), "{answer:?}");
    world.fault(json!({ "kind": "status", "status": 403, "reason": "accessNotConfigured", "count": 1 }));
    let answer = world.page(None).await.err();
    assert!(matches!(answer, Some(Answer::Misconfigured { .. })), "{answer:?}");
}
