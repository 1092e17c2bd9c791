//! Signing in at the Microsoft twin, limits, and batches.

use concord_twins::{Call, Reply};
use http::Method;
use serde_json::{Value, json};

use crate::microsoft_world::{World, each, event, having, id, json_of, refusal};

const SCOPES: &str = "openid profile email offline_access User.Read Calendars.ReadWrite";

/// With what a browser is sent back; `None` if it is shown a page.
fn asked(world: &World, tenant: &str, more: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
    let usual = [
        ("client_id", "twin-client"),
        ("redirect_uri", "http://app/back"),
        ("response_type", "code"),
        ("auto", "1"),
    ];
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(usual);
    if !more.iter().any(|(name, _)| *name == "scope") {
        query.append_pair("scope", SCOPES);
    }
    query.extend_pairs(more);
    let target = format!("/{tenant}/oauth2/v2.0/authorize?{}", query.finish());
    let reply = world.twin.answer(Call::new(Method::GET, &target, ""));
    let back = url::Url::parse(reply.headers.get("location")?.to_str().unwrap()).unwrap();
    Some(back.query_pairs().into_owned().collect())
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

fn token(world: &World, tenant: &str, fields: &[(&str, &str)]) -> Value {
    let client = [("client_id", "twin-client"), ("client_secret", "twin-secret")];
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(client.iter().filter(|(name, _)| !fields.iter().any(|(field, _)| field == name)));
    form.extend_pairs(fields);
    let call = Call::new(Method::POST, &format!("/{tenant}/oauth2/v2.0/token"), form.finish());
    json_of(&world.twin.answer(call))
}

fn with_code(world: &World, back: &[(String, String)]) -> Value {
    let code = value(back, "code");
    token(
        world,
        "common",
        &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "http://app/back")],
    )
}

fn refreshed(world: &World, refresh: &Value) -> Value {
    token(world, "common", &[("grant_type", "refresh_token"), ("refresh_token", refresh.as_str().unwrap())])
}

fn number(body: &Value) -> u64 {
    body["error_codes"][0].as_u64().unwrap_or_else(|| panic!("{body} is no refusal"))
}

fn me(world: &World, token: &Value) -> Reply {
    world.with(token.as_str().unwrap(), "GET", "/me", &[], &Value::Null)
}

#[test]
fn a_code_becomes_tokens_once() {
    let world = World::new();
    let back = asked(&world, "common", &[("state", "s"), ("user", "bob")]).unwrap();
    assert_eq!(value(&back, "state"), "s");
    let tokens = with_code(&world, &back);
    assert_eq!(json_of(&me(&world, &tokens["access_token"]))["userPrincipalName"], "bob@twin.test");
    assert!(!tokens["scope"].as_str().unwrap().contains("offline_access"));
    let life = tokens["expires_in"].as_i64().unwrap();
    assert!((3600..5400).contains(&life), "{life}");
    assert_eq!(number(&with_code(&world, &back)), 54005);
    world.wait(life + 1);
    assert_eq!(refusal(&me(&world, &tokens["access_token"])), (401, "InvalidAuthenticationToken".into()));
}

#[test]
fn proof_of_the_key_is_asked_for() {
    let world = World::new();
    // The pair of RFC 7636, appendix B.
    let challenge = [
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
    ];
    let exchange = |verifier: &str| {
        let back = asked(&world, "common", &challenge).unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", value(&back, "code")),
            ("redirect_uri", "http://app/back"),
            ("code_verifier", verifier),
        ];
        token(&world, "common", &fields)
    };
    assert!(exchange("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")["access_token"].is_string());
    assert_eq!(number(&exchange("another")), 501_481);
}

#[test]
fn microsoft_trap_25_a_refresh_brings_another_token_and_the_one_before_stays_good() {
    let world = World::new();
    let first = with_code(&world, &asked(&world, "common", &[]).unwrap());
    let second = refreshed(&world, &first["refresh_token"]);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert!(refreshed(&world, &first["refresh_token"])["access_token"].is_string());
    world.control("tokens", &json!({"do": "rotate"}));
    let third = refreshed(&world, &second["refresh_token"]);
    assert_eq!(number(&refreshed(&world, &second["refresh_token"])), 70000);
    world.quirks(json!({"signin": {"rotates": false, "endsRotated": false}}));
    assert_eq!(refreshed(&world, &third["refresh_token"]).get("refresh_token"), None, "keep the old one");
}

#[test]
fn a_refresh_token_ends_when_nobody_uses_it_and_when_it_is_revoked() {
    let world = World::new();
    let first = with_code(&world, &asked(&world, "common", &[]).unwrap())["refresh_token"].clone();
    world.wait(80 * 86_400);
    assert!(refreshed(&world, &first)["access_token"].is_string(), "use keeps it alive");
    world.wait(80 * 86_400);
    let second = refreshed(&world, &first)["refresh_token"].clone();
    world.wait(91 * 86_400);
    let idle = refreshed(&world, &second);
    assert_eq!(
        (&idle["error"], number(&idle), &idle["suberror"]),
        (&json!("invalid_grant"), 700_082, &json!("bad_token"))
    );
    assert!(idle["error_description"].as_str().unwrap().starts_with("AADSTS700082: "));
    let fresh = with_code(&world, &asked(&world, "common", &[]).unwrap());
    world.control("tokens", &json!({"do": "revoke", "user": "alice"}));
    assert_eq!(number(&refreshed(&world, &fresh["refresh_token"])), 50173);
    assert_eq!(me(&world, &fresh["access_token"]).status, 401);
    assert_eq!(world.call("GET", "/me", &Value::Null).status, 401);
    world.control("tokens", &json!({"do": "restore"}));
    world.get("/me");
}

#[test]
fn what_an_administrator_has_to_approve_waits_for_that() {
    let world = World::new();
    world.quirks(json!({"signin": {"adminOnly": ["Calendars.ReadWrite"]}}));
    let back = asked(&world, "common", &[("state", "s")]).unwrap();
    assert_eq!((value(&back, "error"), value(&back, "state")), ("access_denied", "s"));
    assert!(value(&back, "error_description").contains("AADSTS90094"));
    let approve = "/organizations/adminconsent?client_id=twin-client&redirect_uri=http://app/back";
    let reply = world.twin.answer(Call::new(Method::GET, approve, ""));
    assert!(reply.headers["location"].to_str().unwrap().contains("admin_consent=True"));
    assert!(!value(&asked(&world, "common", &[]).unwrap(), "code").is_empty());
}

#[test]
fn who_says_no_is_sent_back_with_that() {
    let world = World::new();
    let back = asked(&world, "common", &[("deny", "1")]).unwrap();
    assert!(value(&back, "error_description").contains("AADSTS65004"));
    world.control("consent", &json!({"deny": true}));
    assert_eq!(value(&asked(&world, "common", &[]).unwrap(), "error"), "access_denied");
}

#[test]
fn a_tenant_is_for_some_accounts() {
    let world = World::new();
    world.control("account", &json!({"user": "bob", "kind": "personal"}));
    let code = |tenant: &str, user: &str| {
        asked(&world, tenant, &[("user", user)]).is_some_and(|back| !value(&back, "code").is_empty())
    };
    let rows = [
        ("common", true, true),
        ("organizations", true, false),
        ("consumers", false, true),
        ("twin.test", true, false),
        ("nowhere", false, false),
    ];
    for (tenant, work, personal) in rows {
        assert_eq!((code(tenant, "alice"), code(tenant, "bob")), (work, personal), "{tenant}");
    }
    let tokens = with_code(&world, &asked(&world, "common", &[("user", "bob")]).unwrap());
    assert!(!tokens["access_token"].as_str().unwrap().starts_with("eyJ"), "not even a JWT");
    assert_eq!(json_of(&me(&world, &tokens["access_token"]))["mail"], Value::Null);
    let at = |time: &str| json!({"dateTime": time, "timeZone": "UTC"});
    let ask = json!({"schedules": ["alice@twin.test"], "startTime": at("2027-03-09T08:00:00"), "endTime": at("2027-03-09T10:00:00"), "availabilityViewInterval": 60});
    let bob = tokens["access_token"].as_str().unwrap();
    assert_eq!(world.with(bob, "POST", "/me/calendar/getSchedule", &[], &ask).status, 403);
    world.made(&having(event(9, 9), json!({"showAs": "oof"})));
    let told = world.done("POST", "/me/calendar/getSchedule", &ask);
    assert_eq!(told["value"][0]["availabilityView"], "30");
}

#[test]
fn whose_fault_it_is_when_a_client_is_refused() {
    let world = World::new();
    let refused = |fields: &[(&str, &str)]| {
        let mut all = vec![("grant_type", "refresh_token"), ("refresh_token", "x")];
        all.extend_from_slice(fields);
        number(&token(&world, "common", &all))
    };
    assert_eq!(refused(&[("client_id", "nobody")]), 700_016);
    assert_eq!(refused(&[("client_secret", "wrong")]), 7_000_215);
    assert_eq!(refused(&[]), 70000);
    world.control(
        "faults",
        &json!({"kind": "status", "status": 400, "reason": "50076", "match": {"path": "/token"}, "count": 1}),
    );
    let body = token(&world, "common", &[("grant_type", "refresh_token")]);
    assert_eq!((&body["error"], number(&body)), (&json!("interaction_required"), 50076));
}

#[test]
fn microsoft_trap_24_scopes_come_back_with_graph_in_front() {
    let world = World::new();
    world.quirks(json!({"signin": {"prefixedScopes": true}}));
    let tokens = with_code(&world, &asked(&world, "common", &[]).unwrap());
    assert!(tokens["scope"].as_str().unwrap().contains("https://graph.microsoft.com/Calendars.ReadWrite"));
    let read = with_code(
        &world,
        &asked(&world, "common", &[("scope", "https://graph.microsoft.com/Calendars.Read")]).unwrap(),
    );
    let with = |method: &str, body: &Value| {
        world.with(read["access_token"].as_str().unwrap(), method, "/me/events", &[], body)
    };
    assert_eq!(with("GET", &Value::Null).status, 200);
    assert_eq!(refusal(&with("POST", &event(9, 9))), (403, "ErrorAccessDenied".into()));
    assert_eq!(read.get("refresh_token"), None, "nobody asked for offline_access");
}

#[test]
fn microsoft_trap_23_a_good_token_is_refused_now_and_then() {
    let world = World::new();
    world.quirks(json!({"signin": {"flakyEvery": 2}}));
    let statuses: Vec<u16> = (0..4).map(|_| world.call("GET", "/me", &Value::Null).status.as_u16()).collect();
    assert_eq!(statuses, [200, 401, 200, 401]);
    world.quirks(json!({"signin": {"flakyEvery": null, "claims": "eyJhY2Nlc3Nf"}}));
    let reply = world.call("GET", "/me", &Value::Null);
    assert!(reply.headers["www-authenticate"].to_str().unwrap().contains("claims=\"eyJhY2Nlc3Nf\""));
}

#[test]
fn microsoft_trap_23_the_wait_is_told_in_fractions_or_not_at_all() {
    let world = World::new();
    world.quirks(json!({"load": {"perTenMinutes": 2}}));
    world.get("/me");
    world.get("/me");
    let wait = |form: &str| {
        world.quirks(json!({"load": {"retryAfter": form}}));
        let reply = world.call("GET", "/me", &Value::Null);
        let after = reply.headers.get("retry-after").map(|after| after.to_str().unwrap().to_owned());
        (reply.status.as_u16(), after)
    };
    assert_eq!(wait("whole"), (429, Some("60".into())));
    assert_eq!(wait("fraction"), (429, Some("60.128".into())));
    world.quirks(json!({"load": {"as503": true}}));
    assert_eq!(wait("absent"), (503, None));
    world.wait(601);
    world.get("/me");
}

#[test]
fn a_mailbox_answers_four_calls_at_a_time() {
    let world = World::new();
    world.quirks(json!({"load": {"callMs": 2000}}));
    let status = |token: &str| world.with(token, "GET", "/me", &[], &Value::Null).status.as_u16();
    let statuses: Vec<u16> = (0..5).map(|_| status("twin-alice")).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429]);
    assert_eq!(refusal(&world.call("GET", "/me", &Value::Null)).1, "ApplicationThrottled");
    assert_eq!(status("twin-bob"), 200, "another mailbox");
    world.wait(3);
    assert_eq!(status("twin-alice"), 200);
    world.wait(3);
    let requests: Vec<Value> =
        (0..8).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/me"})).collect();
    let reply = world.call("POST", "/$batch", &json!({"requests": requests}));
    assert_eq!(reply.delay.unwrap().as_secs(), 4, "two rounds of four");
    assert_eq!(status("twin-alice"), 429, "one batch uses it all");
}

#[test]
fn an_application_has_so_many_calls_in_a_second() {
    let world = World::new();
    world.quirks(json!({"load": {"perSecond": 2}}));
    let body = |token: &str| world.with(token, "GET", "/me", &[], &Value::Null);
    assert!(body("twin-alice").status.is_success() && body("twin-bob").status.is_success());
    let refused = body("twin-alice");
    assert_eq!(refusal(&refused), (429, "TooManyRequests".into()));
    assert_eq!(json_of(&refused)["error"]["innerError"]["code"], "429");
}

#[test]
fn errors_have_graphs_envelope_or_no_body_at_all() {
    let world = World::new();
    let target = format!("/me/events/{}", id(&world.made(&event(9, 9))));
    world.done("DELETE", &target, &Value::Null);
    let headers = [("client-request-id", "mine"), ("return-client-request-id", "true")];
    let reply = world.with("twin-alice", "GET", &target, &headers, &Value::Null);
    let error = json_of(&reply)["error"].clone();
    assert_eq!(error["message"], "The specified object was not found in the store.");
    assert_eq!(error["innerError"]["client-request-id"], "mine");
    assert_eq!(
        reply.headers["request-id"].to_str().unwrap(),
        error["innerError"]["request-id"].as_str().unwrap()
    );
    assert_eq!(reply.headers["client-request-id"], "mine");
    world.quirks(json!({"load": {"emptyErrors": true}}));
    assert!(world.call("GET", &target, &Value::Null).body.is_empty());
}

fn batch(world: &World, requests: Value) -> Vec<Value> {
    let mut responses = world.done("POST", "/$batch", &json!({"requests": requests}))["responses"]
        .as_array()
        .unwrap()
        .clone();
    responses.sort_by_key(|one| one["id"].as_str().unwrap().to_owned());
    responses
}

fn statuses(responses: &[Value]) -> Vec<u64> {
    responses.iter().map(|one| one["status"].as_u64().unwrap()).collect()
}

#[test]
fn a_batch_answers_each_part_for_itself() {
    let world = World::new();
    let json_kind = json!({"Content-Type": "application/json"});
    let responses = batch(
        &world,
        json!([
            {"id": "1", "method": "POST", "url": "/me/events", "headers": json_kind, "body": event(9, 9)},
            {"id": "2", "method": "GET", "url": "me/events/nonsense"},
            {"id": "3", "method": "GET", "url": "/me/calendar", "headers": {"Prefer": "IdType=\"ImmutableId\""}},
        ]),
    );
    assert_eq!(statuses(&responses), [201, 400, 200]);
    assert_eq!(responses[1]["body"]["error"]["code"], "ErrorInvalidIdMalformed");
    assert!(responses[0]["headers"]["Content-Type"].as_str().unwrap().starts_with("application/json"));
    world.control(
        "faults",
        &json!({"kind": "status", "status": 429, "retryAfter": 7, "match": {"path": "/me/calendar"}}),
    );
    let responses = batch(
        &world,
        json!([{"id": "a", "method": "GET", "url": "/me"}, {"id": "b", "method": "GET", "url": "/me/calendar"}]),
    );
    assert_eq!(
        (statuses(&responses), &responses[1]["headers"]["Retry-After"]),
        (vec![200, 429], &json!("7"))
    );
    let shown = world.look("log");
    assert_eq!(shown["calls"].as_array().unwrap().iter().filter(|call| call["batched"] == true).count(), 5);
}

#[test]
fn what_waits_for_a_failure_fails_with_it() {
    let world = World::new();
    let get = |id: &str, url: &str, after: &[&str]| {
        let mut request = json!({"id": id, "method": "GET", "url": url});
        if !after.is_empty() {
            request["dependsOn"] = json!(after);
        }
        request
    };
    let chain = json!([
        get("1", "/me", &[]),
        get("2", "/me/events/x", &["1"]),
        get("3", "/me", &["2"]),
        get("4", "/me", &["3"])
    ]);
    let responses = batch(&world, chain);
    assert_eq!(statuses(&responses), [200, 400, 424, 424]);
    let refused = |requests: Value| world.refused("POST", "/$batch", &json!({"requests": requests})).0;
    assert_eq!(refused(json!([get("1", "/me", &[]), get("1", "/me", &[])])), 400);
    assert_eq!(refused(json!([get("a", "/me", &[]), get("A", "/me", &[])])), 400, "in any case");
    assert_eq!(refused(json!([get("1", "/me", &["2"]), get("2", "/me", &[])])), 400);
    let mixed = json!([get("1", "/me", &[]), get("2", "/me", &[]), get("3", "/me", &["2"])]);
    assert_eq!(refused(mixed), 400, "chained or side by side");
    let many: Vec<Value> = (0..21).map(|n| get(&n.to_string(), "/me", &[])).collect();
    assert_eq!(refused(json!(many)), 400);
    assert_eq!(
        refused(json!([{"id": "1", "method": "POST", "url": "/me/events", "body": {}}])),
        400,
        "no content type"
    );
}

#[test]
fn ids_are_translated() {
    let world = World::new();
    let usual = id(&world.made(&event(9, 9))).to_owned();
    let ask = json!({"inputIds": [usual, "nonsense"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId"});
    let told = world.done("POST", "/me/translateExchangeIds", &ask);
    let stays = told["value"][0]["targetId"].as_str().unwrap();
    assert_ne!(stays, usual);
    assert_eq!(world.get(&format!("/me/events/{stays}"))["id"], json!(usual));
    assert!(told["value"][1]["errorDetails"].is_object());
}

#[test]
fn books_beside_calendars_can_be_read() {
    let world = World::new();
    assert_eq!(world.get("/me/mailboxSettings")["timeZone"], "Eastern Standard Time");
    let zones =
        world.get("/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')");
    assert!(each(&zones["value"], "alias").contains(&"Europe/Berlin"));
    let groups = world.get("/me/calendarGroups");
    let inside = world.get(&format!("/me/calendarGroups/{}/calendars", id(&groups["value"][0])));
    assert_eq!(each(&inside["value"], "name"), ["Calendar", "Team"]);
    let made = world.done("POST", "/me/calendars", &json!({"name": "New", "color": "lightTeal"}));
    assert_eq!((&made["canEdit"], &made["hexColor"]), (&json!(true), &json!("#00b7c3")));
    assert_eq!(
        world.refused("POST", "/me/calendars", &json!({"name": "new"})),
        (409, "ErrorFolderExists".into())
    );
    let target = format!("/me/calendars/{}", id(&made));
    assert_eq!(world.done("PATCH", &target, &json!({"name": "Newer"}))["name"], "Newer");
    world.done("DELETE", &target, &Value::Null);
    assert_eq!(world.refused("GET", &target, &Value::Null).0, 404);
    assert_eq!(world.refused("DELETE", "/me/calendar", &Value::Null).0, 400);
}
