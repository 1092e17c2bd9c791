//! The consent page: for people a form with the pages to share, for scripts (`auto=1`) an answer at once.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::SignedDuration;

use super::Code;
use crate::chance::TOKEN;
use crate::message::{Call, Reply};
use crate::notion::calls::Caller;
use crate::notion::paper::escape;
use crate::notion::state::{Parent, State, normal};
use crate::notion::{people, values};

/// Answers `GET /v1/oauth/authorize`: a page for people, for scripts (`auto=1`) an answer at once.
pub(super) fn authorize(state: &mut State, call: &Call) -> Reply {
    let client_id = call.param("client_id").unwrap_or_default();
    let redirect = call.param("redirect_uri").unwrap_or_default();
    let Some(client) = state.settings.clients.iter().find(|client| client.id == client_id) else {
        return blocked("Missing or invalid client_id.");
    };
    let known = client.redirects.is_empty() || client.redirects.contains(&redirect);
    let Some(mut back) = url::Url::parse(&redirect).ok().filter(|_| known) else {
        return blocked("Missing or invalid redirect_uri.");
    };
    if call.param("response_type").as_deref() != Some("code")
        || call.param("owner").as_deref() != Some("user")
    {
        return blocked("Missing or invalid response_type or owner.");
    }
    let standing = state.grants.consent.clone();
    let by_script = call.says("auto") || call.param("auto").as_deref() == Some("1");
    let decision = call.param("decision");
    if decision.is_none() && !by_script && standing.auto.is_none() {
        return page(state, call);
    }
    let user = call.param("user").or(standing.auto).unwrap_or_else(|| "alice".to_owned());
    if !state.users.contains_key(&user) {
        return blocked("There is no such account.");
    }
    if let Some(echo) = call.param("state") {
        back.query_pairs_mut().append_pair("state", &echo);
    }
    if standing.deny || call.param("deny").is_some() || decision.as_deref() == Some("deny") {
        back.query_pairs_mut().append_pair("error", "access_denied");
        return Reply::redirect(back.as_str());
    }
    let mut picked = call.params("pick");
    if picked.is_empty() && decision.is_none() {
        picked = standing.pick;
    }
    let caller = state.person(&user);
    let shared: BTreeSet<String> = match picked.is_empty() && decision.is_none() {
        true => home(state, &caller).into_iter().collect(),
        false => picked.iter().filter_map(|name| choice(state, &user, name)).collect(),
    };
    let of = state
        .bots
        .values()
        .find(|bot| bot.person == user && bot.client.as_deref() == Some(client_id.as_str()));
    let bot = match of.map(|bot| bot.id.clone()) {
        Some(bot) => bot,
        None => state.add_bot(&user, Some(client_id.clone())),
    };
    // Whoever allows it again picks again: what is not ticked this time is no longer shared.
    if let Some(bot) = state.bots.get_mut(&bot) {
        bot.shared = shared;
        bot.withheld.clear();
    }
    let code = state.core.chance.text(TOKEN, 36);
    let expires = state.core.after(SignedDuration::from_mins(10));
    state.grants.codes.insert(code.clone(), Code { bot, client: client_id, redirect, expires });
    back.query_pairs_mut().append_pair("code", &code);
    Reply::redirect(back.as_str())
}

/// The page that is somebody's own.
pub(in crate::notion) fn home(state: &State, caller: &Caller) -> Option<String> {
    let all = state.pages.all(state.pages.last());
    all.filter(|(_, page)| page.parent == Parent::Workspace && page.made.by.id == caller.author.id)
        .min_by_key(|(_, page)| page.made.at)
        .map(|(id, _)| id.to_owned())
}

/// The page or database of that id or title.
fn choice(state: &State, user: &str, name: &str) -> Option<String> {
    if let Some(id) = normal(name).filter(|id| state.chain(id).len() > 1 || state.pages.get(id).is_some()) {
        return Some(id);
    }
    let source = people::calendar(state, user, name).ok()?;
    state.sources.get(&source).map(|source| source.database.clone())
}

/// The form for people.
fn page(state: &State, call: &Call) -> Reply {
    let mut hidden = String::new();
    for (name, value) in crate::message::pairs(&call.query) {
        hidden += &format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(&name), escape(&value));
    }
    let mut people = String::new();
    for (n, (name, user)) in state.users.iter().enumerate() {
        people += &format!(
            "<label><input type=\"radio\" name=\"user\" value=\"{name}\"{}> {} <small>{}</small></label>",
            if n == 0 { " checked" } else { "" },
            escape(&user.display),
            escape(&user.email),
        );
    }
    let mut pages = String::new();
    for (name, user) in &state.users {
        let caller = state.person(name);
        let Some(home) = home(state, &caller) else { continue };
        let checked = if Some(name) == state.users.keys().next() { " checked" } else { "" };
        pages += &format!(
            "<label><input type=\"checkbox\" name=\"pick\" value=\"{home}\"{checked}> {}\u{2019}s calendars</label>",
            escape(&user.display),
        );
        for database in state.databases.values() {
            if database.parent == Parent::Page(home.clone()) && database.trashed.is_none() {
                pages += &format!(
                    "<label><small>inside:</small> <input type=\"checkbox\" name=\"pick\" value=\"{}\"> {}</label>",
                    database.id,
                    escape(&values::text::read(&database.title)),
                );
            }
        }
    }
    let client = escape(&call.param("client_id").unwrap_or_default());
    Reply::html(
        StatusCode::OK,
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sign in: Notion twin</title>{STYLE}\
             </head><body><main><h1>Sign in</h1><p>This is a local stand-in for Notion. No real account is involved.\
             </p><form method=\"get\">{hidden}<fieldset><legend>Choose an account</legend>{people}</fieldset>\
             <fieldset><legend><b>{client}</b> gets access to</legend>{pages}</fieldset>\
             <p><button name=\"decision\" value=\"deny\">Cancel</button> \
             <button name=\"decision\" value=\"allow\" class=\"yes\">Allow access</button></p></form></main></body></html>"
        ),
    )
}

fn blocked(words: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error: Notion twin</title>{STYLE}</head>\
         <body><main><h1>Something is wrong</h1><p>{}</p></main></body></html>",
        escape(words)
    );
    Reply::html(StatusCode::BAD_REQUEST, page)
}

const STYLE: &str = "<style>body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f7f6f3;color:#37352f}\
                     main{max-width:30rem;margin:4rem auto;padding:2rem;background:#fff;border-radius:.5rem}\
                     h1{margin-top:0}fieldset{border:1px solid #e3e2e0;border-radius:.25rem;margin:1rem 0}\
                     label{display:block;margin:.5rem 0}small{color:#6b6a66}button{font:inherit;padding:.5rem 1.25rem;\
                     border:1px solid #c7c6c4;border-radius:.25rem;background:#fff;cursor:pointer}\
                     button.yes{background:#0b6e99;border-color:#0b6e99;color:#fff}</style>";
