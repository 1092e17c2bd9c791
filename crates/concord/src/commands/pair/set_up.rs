//! What a pair is made of, put in place once: one person, an account and a link for each side, and settings that make
//! both sides equals. Everything goes both ways, whole; what both changed is asked; nobody is mailed.

use concord_engine::{connect, links as own_links};
use concord_model::link::{AnswerDays, DeletionPolicy, Direction, Policy, Settings, Sight, Window};
use concord_model::privacy::{ClientNames, Detail, PrivateEvents};
use concord_model::{AccountId, LinkId, ProviderId, UserId, Zone};
use concord_providers::Answer;
use concord_providers::provider::{Calendar, Login};
use concord_store::accounts::{Account, AccountState};
use concord_store::users::{Role, User};
use concord_store::{accounts, links, meta, users};
use secrecy::SecretString;
use url::Url;

use super::side::Side;
use crate::assemble::Program;
use crate::refusal::{needs_person, usage};

/// What the person is called whose calendars they are.
const PERSON: &str = "pair";
/// Questions wait as long as a calendar's life.
const FOR_EVER: AnswerDays = AnswerDays(36_525);

/// The two links, in the order in which the sides were named.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) links: [LinkId; 2],
}

/// A side with the password that was given for it, if one was.
pub(super) struct Given {
    pub(super) side: Side,
    pub(super) password: Option<SecretString>,
}

/// Finds the pair in its state, or connects both sides.
pub(super) async fn pair(program: &Program, given: &[Given; 2]) -> anyhow::Result<Pair> {
    if given.iter().all(|one| matches!(one.side, Side::Feed { .. })) {
        return Err(usage("A and B are both feeds, and a feed is only read: name something to write to"));
    }
    let told = format!("{}\n{}", given[0].side, given[1].side);
    let mut tx = program.engine.store.read().await?;
    let known = meta::get(&mut tx, "pair.sides").await?;
    drop(tx);
    if let Some(known) = known.as_ref().filter(|known| **known != told) {
        let sides = known.replace('\n', " and ");
        return Err(usage(format!("this state is that of {sides}; name them so, or another --state")));
    }
    let user = person(program).await?;
    let mut found = Vec::with_capacity(2);
    for (name, one) in ["a", "b"].into_iter().zip(given) {
        found.push(side(program, user, name, one).await?);
    }
    let [a, b] = found[..] else { unreachable!("there are two sides") };
    if a == b {
        return Err(usage("A and B are the same calendar"));
    }
    if known.is_none() {
        let mut tx = program.engine.store.begin().await?;
        meta::set(&mut tx, "pair.sides", &told).await?;
        tx.commit().await?;
    }
    Ok(Pair { links: [a, b] })
}

async fn person(program: &Program) -> anyhow::Result<UserId> {
    let engine = &program.engine;
    let mut tx = engine.store.read().await?;
    if let Some(user) =
        users::list(&mut tx, program.workspace).await?.into_iter().find(|user| user.name == PERSON)
    {
        return Ok(user.id);
    }
    drop(tx);
    let user = User {
        id: engine.id(),
        workspace: program.workspace,
        name: PERSON.to_owned(),
        address: None,
        role: Role::Provider,
        zone: Zone::utc(),
        created_at: engine.now(),
    };
    let mut tx = engine.store.begin().await?;
    users::add(&mut tx, &user).await?;
    tx.commit().await?;
    Ok(user.id)
}

/// One side's link.
async fn side(program: &Program, user: UserId, name: &str, given: &Given) -> anyhow::Result<LinkId> {
    let key = format!("pair.{name}");
    let engine = &program.engine;
    let mut tx = engine.store.read().await?;
    let noted = meta::get(&mut tx, &key).await?.unwrap_or_default();
    // An earlier try may have been with another side.
    let known = noted.split_once(' ').filter(|(_, side)| *side == given.side.to_string());
    let known: Option<LinkId> = known.and_then(|(id, _)| id.parse().ok()).map(LinkId);
    if let Some(id) = known {
        let link = links::get(&mut tx, program.workspace, id).await?;
        let account = accounts::get(&mut tx, program.workspace, link.account).await?;
        drop(tx);
        let again = matches!(account.state, AccountState::Reconnect { .. });
        if again && given.password.is_none() && matches!(given.side, Side::Server { .. }) {
            return Err(needs_person(format!(
                "{} no longer accepts the password: give a new one (concord pair --help says how)",
                given.side
            )));
        }
        // A password that is handed over again may be a new one; it is tried where the old one no longer serves.
        if again {
            entered(program, user, &given.side, given.password.clone()).await?;
        }
        return Ok(id);
    }
    drop(tx);
    let account = entered(program, user, &given.side, given.password.clone()).await?;
    let offered = own_links::calendars(engine, program.workspace, account.id).await?;
    let calendar = calendar(&given.side, &offered)?;
    let link = linked(program, account.id, &calendar).await?;
    let mut tx = engine.store.begin().await?;
    meta::set(&mut tx, &key, &format!("{link} {}", given.side)).await?;
    tx.commit().await?;
    Ok(link)
}

/// Links a calendar, or finds the link that an earlier try has left.
async fn linked(program: &Program, account: AccountId, calendar: &Calendar) -> anyhow::Result<LinkId> {
    let engine = &program.engine;
    let mut tx = engine.store.read().await?;
    let all = links::list_account(&mut tx, program.workspace, account).await?;
    drop(tx);
    if let Some(known) = all.into_iter().find(|link| link.calendar == calendar.id) {
        return Ok(known.id);
    }
    // What may only be read is not written to, and what comes from it is not changed at the other side either.
    let direction = if calendar.writable { Direction::Both } else { Direction::Pull };
    let settings = Settings { direction, ..settings() };
    let link = own_links::add(engine, program.workspace, account, &calendar.id, settings).await?;
    Ok(link.id)
}

async fn entered(
    program: &Program,
    user: UserId,
    side: &Side,
    password: Option<SecretString>,
) -> anyhow::Result<Account> {
    let (engine, ws) = (&program.engine, program.workspace);
    let add = async |provider: &str, login: Login| {
        connect::add(engine, ws, user, &ProviderId::from(provider), login, None).await
    };
    let added = match side {
        Side::Folder(path) => {
            let login = Login { address: Some(path.clone()), trusted: true, ..Login::token("-") };
            add("folder", login).await
        }
        Side::Server { url, user, password: own } => {
            let secret = password.or_else(|| own.clone()).unwrap_or_else(|| SecretString::from(""));
            let address = Some(url.to_string());
            add("caldav", Login { user: user.clone(), secret, address, trusted: true }).await
        }
        Side::Feed { address, .. } => {
            let login = Login { user: String::new(), secret: address.clone(), address: None, trusted: true };
            add("ics", login).await
        }
        Side::Account { provider, account, .. } => {
            let id = program.provider(provider)?;
            let mut tx = engine.store.read().await?;
            let mut all = accounts::list(&mut tx, ws).await?;
            all.retain(|one| one.provider == id && one.state == AccountState::Active);
            all.retain(|one| account.is_empty() || one.name == *account);
            let state = program.config.data.dir.display();
            return match (all.pop(), all.is_empty()) {
                (Some(only), true) => Ok(only),
                (Some(_), false) => {
                    Err(usage(format!("{provider}: say which account: {provider}:NAME/CALENDAR")))
                }
                (None, _) => Err(needs_person(format!(
                    "{side} is not connected in this pair's state yet: concord account connect {provider} --user {PERSON} \
                     --data-dir '{state}'"
                ))),
            };
        }
    };
    added.map_err(|error| match error {
        concord_engine::Error::Provider { answer: Answer::SignInExpired, .. } => needs_person(format!(
            "{side} does not accept this name with this password; services with two factors want an app-specific password"
        )),
        concord_engine::Error::Provider { answer: Answer::CalendarGone, .. } => usage(format!("{side} is not there")),
        concord_engine::Error::Provider { answer: Answer::Misconfigured { why }, .. } => {
            usage(format!("{side}: {why}"))
        }
        other => anyhow::Error::from(other).context(format!("{side} cannot be connected")),
    })
}

/// The calendar that a side means.
fn calendar(side: &Side, offered: &[Calendar]) -> anyhow::Result<Calendar> {
    let only = || if let [only] = offered { Some(only) } else { None };
    let found = match side {
        Side::Feed { .. } | Side::Folder(_) => offered.first(),
        Side::Server { url, .. } => {
            let here = |id: &str| is_at(id, url);
            offered.iter().find(|one| here(one.id.as_str())).or_else(only)
        }
        // Where no calendar is the main one, an only one is.
        Side::Account { calendar, .. } if calendar == "primary" => {
            offered.iter().find(|one| one.primary).or_else(only)
        }
        Side::Account { calendar, .. } => {
            offered.iter().find(|one| one.id.as_str() == calendar || one.name == *calendar)
        }
    };
    found.cloned().ok_or_else(|| {
        let names: Vec<String> =
            offered.iter().map(|one| format!("\"{}\" ({})", one.name, address(side, one))).collect();
        match names.is_empty() {
            true => usage(format!("{side} has no calendar that events can be kept in")),
            false => usage(format!(
                "{side} is no calendar; name one of those that are there: {}",
                names.join(", ")
            )),
        }
    })
}

/// How a calendar is named as a side.
fn address(side: &Side, calendar: &Calendar) -> String {
    match side {
        Side::Server { url, .. } => {
            url.join(calendar.id.as_str()).map(|url| url.to_string()).unwrap_or_default()
        }
        Side::Feed { .. } | Side::Folder(_) | Side::Account { .. } => calendar.id.to_string(),
    }
}

/// Whether a calendar's id, which is a path or a whole address, means that address.
fn is_at(id: &str, url: &Url) -> bool {
    let Ok(there) = url.join(id) else { return false };
    let plain = |url: &Url| url.path().trim_end_matches('/').replace("%40", "@").to_lowercase();
    there.origin() == url.origin() && plain(&there) == plain(url)
}

/// Both sides are equals: everything goes both ways, whole and of all times. A question waits until it is answered.
fn settings() -> Settings {
    Settings {
        direction: Direction::Both,
        window: Window { back_days: Window::MOST_DAYS, ahead_days: Window::MOST_DAYS },
        sight: Sight {
            detail: Detail::Full,
            private: PrivateEvents::Show,
            client_names: ClientNames::Shown,
            notes: true,
            contacts: true,
            guests: true,
        },
        conflicts: Policy::Ask,
        booking_time: Policy::Ask,
        deletion: DeletionPolicy::Delete,
        booking_deletion: DeletionPolicy::Delete,
        answer_days: FOR_EVER,
        mail_guests: false,
        ..Settings::default()
    }
}
