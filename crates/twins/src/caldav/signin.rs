//! Who calls: Basic, with the password of an application.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::answers::Refused;
use super::state::{State, User};
use super::switches::{Challenge, Usernames};
use super::xml::{dav, element};
use crate::control::Misunderstood;
use crate::message::Call;

/// Wrong passwords are remembered for so long.
const MEMORY: SignedDuration = SignedDuration::from_mins(10);

/// Who a call says that it is from, if its password is right; without any effect.
pub(super) fn known(state: &State, call: &Call) -> Option<String> {
    let (name, password) = credentials(call)?;
    let user = find(state, &name)?;
    good(state, user, &password).then(|| user.name.clone())
}

/// Who calls. `None`: nobody says so. Wrong passwords are counted.
pub(super) fn user(state: &mut State, call: &Call) -> Result<Option<String>, Refused> {
    if call.header("authorization").is_none() {
        return Ok(None);
    }
    let now = state.core.now;
    state.bad_logins.retain(|at| now.duration_since(*at) < MEMORY);
    if state.quirks.signin.bad_logins.is_some_and(|most| state.bad_logins.len() >= most as usize) {
        let error =
            dav("error").with(element("http://sabredav.org/ns", "exception").saying("TooManyRequests"));
        return Err(Refused::because(429, error).with(RETRY_AFTER, "600"));
    }
    match known(state, call) {
        Some(user) => Ok(Some(user)),
        None => {
            state.bad_logins.push(now);
            Err(unauthorized(state))
        }
    }
}

/// The answer to whoever is not signed in.
pub(super) fn unauthorized(state: &State) -> Refused {
    let refused = Refused::of(401);
    match state.quirks.signin.challenge {
        Challenge::None => refused,
        Challenge::Basic => refused.with(WWW_AUTHENTICATE, "Basic realm=\"twin\", charset=\"UTF-8\""),
        Challenge::Two => refused
            .with(WWW_AUTHENTICATE, "X-MobileMe-AuthToken realm=\"MMCalDav\"")
            .with(WWW_AUTHENTICATE, "Basic realm=\"MMCalDav\""),
        Challenge::Digest => refused.with(
            WWW_AUTHENTICATE,
            "Digest realm=\"twin\", qop=\"auth\", nonce=\"6a1f\", opaque=\"df58bdff8cf60599c939187d0b5c54de\"",
        ),
    }
}

fn credentials(call: &Call) -> Option<(String, String)> {
    let header = call.header("authorization")?;
    let (scheme, told) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let told = String::from_utf8(STANDARD.decode(told.trim()).ok()?).ok()?;
    let (name, password) = told.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn find<'a>(state: &'a State, name: &str) -> Option<&'a User> {
    let names = state.quirks.signin.usernames;
    state.users.values().find(|user| {
        let short = names != Usernames::Address && user.name == name;
        let address = names != Usernames::Short && user.email.eq_ignore_ascii_case(name);
        short || address
    })
}

fn good(state: &State, user: &User, password: &str) -> bool {
    let signin = &state.quirks.signin;
    let of_app = !user.revoked && user.password == password;
    let of_account = !signin.app_passwords_only && account_password(&user.name) == password;
    signin.challenge != Challenge::Digest && (of_app || of_account)
}

/// The password of the account itself.
pub(super) fn account_password(user: &str) -> String {
    format!("account-{user}")
}

/// The control route: `{"do": "revoke" | "change" | "restore", "user"}`.
pub(super) fn control(state: &mut State, body: &Value) -> Result<Value, Misunderstood> {
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    let what = word("do").unwrap_or_default().to_owned();
    let only = word("user").map(ToOwned::to_owned);
    if let Some(name) = only.as_ref().filter(|name| !state.users.contains_key(*name)) {
        return Err(format!("there is no user \"{name}\""));
    }
    for user in state.users.values_mut().filter(|user| only.as_ref().is_none_or(|name| *name == user.name)) {
        match what.as_str() {
            "revoke" | "expire" => user.revoked = true,
            "change" | "rotate" => {
                user.passwords += 1;
                user.password = format!("twin-{}-{}", user.name, user.passwords + 1);
                user.revoked = false;
            }
            "restore" => {
                user.password = format!("twin-{}", user.name);
                user.revoked = false;
            }
            _ => return Err("\"do\" is one of revoke, change, restore".to_owned()),
        }
    }
    if what == "restore" {
        state.bad_logins.clear();
    }
    Ok(summary(state))
}

/// The passwords that are good.
pub(super) fn summary(state: &State) -> Value {
    let users = state.users.values().map(|user| {
        let good = (!user.revoked).then_some(&user.password);
        (user.name.clone(), json!({"username": user.email, "password": good}))
    });
    Value::Object(users.collect())
}
