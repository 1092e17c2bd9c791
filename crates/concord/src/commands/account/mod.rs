//! `concord account`: whose calendars can be reached.

mod callback;
mod connect;

use clap::Subcommand;
use concord_engine::links::{Leftovers, calendars};
use concord_model::ProviderId;
use concord_store::accounts::{Account, AccountState};
use concord_store::users;
use serde_json::{Value, json};

use super::secret;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::{columns, text};
use crate::refusal::usage;
use crate::{pick, refusal};

/// Connect, test and remove accounts at calendar providers
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Sign in at a provider with a browser
    ///
    /// Prints an address to open in a browser on this machine, and waits up to ten minutes until the provider sends the
    /// browser back.
    #[command(after_help = "Examples:
  concord account connect google --user Alice
  concord account connect google --user Alice --no-browser    only print the address

The browser comes back to http://127.0.0.1:PORT/api/calendar/sync/google/callback. If your project at Google insists on
a fixed address, set CONCORD_PUBLIC_URL=http://127.0.0.1:PORT.")]
    Connect {
        /// Where: google
        provider: String,
        /// Whose account it is [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Do not open a browser, only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Take over a token from standard input, without a browser
    #[command(after_help = "Examples:
  echo \"$ACCESS_TOKEN\" | concord account add google --user Alice
  printf '%s\\n%s\\n' \"$ACCESS_TOKEN\" \"$REFRESH_TOKEN\" | concord account add google --user Alice --refresh-token-stdin")]
    Add {
        /// Where: google
        provider: String,
        /// Whose account it is [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// A second line of standard input is the token that brings new ones
        #[arg(long)]
        refresh_token_stdin: bool,
    },
    /// List connected accounts
    List {
        /// Only those of this user
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// Make one honest call, and show the account's calendars
    Test {
        /// Which: name or id [default: the only account]
        account: Option<String>,
    },
    /// Disconnect an account: its links end, its sign-in is given back
    ///
    /// Events stay on both sides. What both sides agreed on is remembered, so that connecting again doubles nothing.
    Remove {
        /// Which: name or id
        account: String,
        /// Take away the copies that Concord made in its calendars
        #[arg(long)]
        remove_synced: bool,
    },
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    match command {
        Command::Connect { provider, user, no_browser } => {
            let provider = program.provider(&provider)?;
            let user = pick::user_or_only(program, user.as_deref()).await?;
            let account = connect::connect(program, &provider, user.id, !no_browser).await?;
            added(program, &account).await
        }
        Command::Add { provider, user, refresh_token_stdin } => {
            let provider = program.provider(&provider)?;
            let user = pick::user_or_only(program, user.as_deref()).await?;
            let token = secret::line(program.out, "the access token")?;
            let refresh = match refresh_token_stdin {
                true => Some(secret::line(program.out, "the refresh token")?),
                false => None,
            };
            let account = concord_engine::connect::add(
                &program.engine,
                program.workspace,
                user.id,
                &provider,
                token,
                refresh,
            )
            .await
            .map_err(|error| unaccepted(error, &provider))?;
            added(program, &account).await
        }
        Command::List { user } => list(program, user.as_deref()).await,
        Command::Test { account } => test(program, account.as_deref()).await,
        Command::Remove { account, remove_synced } => {
            let account = pick::account(program, &account).await?;
            let leftovers = if remove_synced { Leftovers::Remove } else { Leftovers::Leave };
            if remove_synced {
                program.provider(account.provider.as_str())?;
            }
            let progress = program.out.progress("disconnecting");
            concord_engine::connect::disconnect(&program.engine, program.workspace, account.id, leftovers)
                .await?;
            drop(progress);
            let result = json!({ "id": account.id, "name": account.name, "removedSynced": remove_synced });
            program.out.show(&result, |_| format!("disconnected {}", account.name))?;
            Ok(Exit::Agrees)
        }
    }
}

async fn added(program: &Program, account: &Account) -> anyhow::Result<Exit> {
    let shown = shown(program, account).await?;
    program.out.show(&shown, |_| {
        format!(
            "connected {} at {} ({})\nnext: concord link add --account {}",
            account.name,
            account.provider.title(),
            account.id,
            account.name
        )
    })?;
    Ok(Exit::Agrees)
}

async fn list(program: &Program, user: Option<&str>) -> anyhow::Result<Exit> {
    let user = match user {
        Some(text) => Some(pick::user(program, text).await?.id),
        None => None,
    };
    let mut rows = Vec::new();
    for account in pick::living_accounts(program, user).await? {
        rows.push(shown(program, &account).await?);
    }
    let heads =
        [("NAME", "name"), ("PROVIDER", "provider"), ("USER", "userName"), ("STATE", "state"), ("ID", "id")];
    let reconnect = rows.iter().any(|row| text(row, "state") == "reconnect");
    program.out.list(
        &rows,
        |rows| {
            let mut table = columns(rows, &heads);
            for row in rows.iter().filter(|row| text(row, "state") == "reconnect") {
                table +=
                    &format!("\n\n{} has to be connected again: {}", text(row, "name"), text(row, "why"));
            }
            table
        },
        "no account is connected yet; connect one: concord account connect google --user NAME",
    )?;
    Ok(if reconnect { Exit::NeedsPerson } else { Exit::Agrees })
}

async fn test(program: &Program, account: Option<&str>) -> anyhow::Result<Exit> {
    let account = pick::account_or_only(program, account).await?;
    program.provider(account.provider.as_str())?;
    let found = calendars(&program.engine, program.workspace, account.id)
        .await
        .map_err(|e| reconnect(e, &account))?;
    let rows: Vec<Value> = found
        .iter()
        .map(|calendar| {
            json!({
                "id": calendar.id,
                "name": calendar.name,
                "zone": calendar.zone,
                "writable": calendar.writable,
                "primary": calendar.primary,
            })
        })
        .collect();
    let result = json!({ "account": account.id, "name": account.name, "works": true, "calendars": rows });
    program.out.show(&result, |_| {
        let table =
            columns(&rows, &[("CALENDAR", "name"), ("ZONE", "zone"), ("WRITABLE", "writable"), ("ID", "id")]);
        format!("{} works; its calendars:\n{table}", account.name)
    })?;
    Ok(Exit::Agrees)
}

/// What is wrong with a token that was handed over.
fn unaccepted(error: concord_engine::Error, provider: &ProviderId) -> anyhow::Error {
    use concord_providers::Answer::{AccessRevoked, SignInExpired};
    match error {
        concord_engine::Error::Provider { answer: SignInExpired | AccessRevoked { .. }, .. } => {
            usage(format!(
                "{} does not accept the access token on standard input; is it whole, and not over?",
                provider.title()
            ))
        }
        other => other.into(),
    }
}

/// What to do about a sign-in that has ended.
pub fn reconnect(error: concord_engine::Error, account: &Account) -> anyhow::Error {
    use concord_providers::Answer::{AccessRevoked, SignInExpired};
    match error {
        concord_engine::Error::Provider {
            answer: answer @ (AccessRevoked { .. } | SignInExpired),
            provider,
        } => refusal::needs_person(format!(
            "{} does not let Concord in as {}: {}; connect it again: concord account connect {provider}",
            provider.title(),
            account.name,
            answer.to_string().trim_end_matches(": connect again")
        )),
        other => other.into(),
    }
}

async fn shown(program: &Program, account: &Account) -> anyhow::Result<Value> {
    let mut tx = program.engine.store.read().await?;
    let user = users::get(&mut tx, program.workspace, account.user).await?;
    let (state, why) = match &account.state {
        AccountState::Active => ("active", None),
        AccountState::Reconnect { why } => ("reconnect", Some(why)),
        AccountState::Removed => ("removed", None),
    };
    Ok(json!({
        "id": account.id,
        "provider": account.provider,
        "name": account.name,
        "userId": account.user,
        "userName": user.name,
        "state": state,
        "why": why,
        "scopes": account.scopes,
        "accessEndsAt": account.access_ends_at,
        "createdAt": account.created_at,
    }))
}
