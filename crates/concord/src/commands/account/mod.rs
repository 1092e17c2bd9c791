//! `concord account`: whose calendars can be reached.

mod callback;
mod connect;

use clap::Subcommand;
use concord_engine::links::{Leftovers, calendars};
use concord_model::ProviderId;
use concord_providers::called::Titled;
use concord_providers::provider::{Entrance, Login};
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
  concord account connect outlook --user Alice                Microsoft 365 and Outlook.com; microsoft does as well

The browser comes back to http://127.0.0.1:PORT/api/calendar/sync/google/callback. If your project at Google insists on
a fixed address, set CONCORD_PUBLIC_URL=http://127.0.0.1:PORT.")]
    Connect {
        /// Where: google, outlook or notion
        provider: String,
        /// Whose account it is [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Do not open a browser, only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Connect without a browser: with a password or a token from standard input
    ///
    /// A calendar server is found from its address or from a mail address, and what it can do is tried. Where a service
    /// has app-specific passwords (iCloud, Fastmail, Nextcloud with two factors), it is one of those.
    #[command(after_help = "Examples:
  echo \"$PASSWORD\" | concord account add caldav --user Alice --url https://cloud.example.org --login alice
  echo \"$PASSWORD\" | concord account add caldav --user Alice --login alice@example.org
  echo \"$APP_PASSWORD\" | concord account add apple --user Alice --login alice@icloud.com
  echo \"$FEED_URL\" | concord account add ics --user Alice
  echo \"$ACCESS_TOKEN\" | concord account add google --user Alice
  printf '%s\\n%s\\n' \"$ACCESS_TOKEN\" \"$REFRESH_TOKEN\" | concord account add google --user Alice --refresh-token-stdin")]
    Add {
        /// Where: caldav, apple, ics, notion, google or outlook
        provider: String,
        /// Whose account it is [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Where the server is: a URL, a host or a mail address [default: that of the login]. For ics the address of the
        /// feed; whoever knows it can read it, so it can be given on standard input instead
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// The name to sign in with: mostly a mail address
        #[arg(long, value_name = "NAME")]
        login: Option<String>,
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
            let with = match program.engine.provider(&provider)?.entrance() {
                Entrance::Browser => None,
                Entrance::Password { .. } => Some("a password"),
                Entrance::Token => Some("a token"),
                Entrance::Address => Some("its address"),
            };
            if let Some(with) = with {
                let command = program.to_connect(&provider);
                return Err(usage(format!("{} is connected with {with}: {command}", provider.title())));
            }
            let user = pick::user_or_only(program, user.as_deref()).await?;
            let account = connect::connect(program, &provider, user.id, !no_browser).await?;
            added(program, &account).await
        }
        Command::Add { provider, user, url, login, refresh_token_stdin } => {
            let provider = program.provider(&provider)?;
            let user = pick::user_or_only(program, user.as_deref()).await?;
            let entrance = program.engine.provider(&provider)?.entrance();
            let login = match entrance {
                Entrance::Browser | Entrance::Token => {
                    if url.is_some() || login.is_some() {
                        let title = provider.title();
                        return Err(usage(format!(
                            "{title} is in one place, and its token says whose it is"
                        )));
                    }
                    Login::token(secret::line(program.out, "the access token")?)
                }
                Entrance::Password { address } => {
                    let Some(name) = login else {
                        return Err(usage(
                            "say with --login which name to sign in with; it is mostly a mail address",
                        ));
                    };
                    if address && url.is_none() && !name.contains('@') {
                        return Err(usage(
                            "say with --url where the server is; from a mail address it is found",
                        ));
                    }
                    let password = secret::line(program.out, "the password")?;
                    // Whoever has the shell may name any address, also one of this network.
                    Login { user: name, secret: password, address: url, trusted: true }
                }
                Entrance::Address => {
                    if login.is_some() {
                        return Err(usage("a feed has no name to sign in with: its address is all there is"));
                    }
                    let url = match url {
                        Some(url) => url.into(),
                        None => secret::line(program.out, "the address of the feed")?,
                    };
                    Login { trusted: true, ..Login::token(url) }
                }
            };
            let refresh = match refresh_token_stdin {
                true => Some(secret::line(program.out, "the refresh token")?),
                false => None,
            };
            let account = concord_engine::connect::add(
                &program.engine,
                program.workspace,
                user.id,
                &provider,
                login,
                refresh,
            )
            .await
            .map_err(|error| unaccepted(error, &provider, entrance))?;
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
    let able = connect_again(program, &account).await.map_err(|e| reconnect(program, e, &account))?;
    let found = calendars(&program.engine, program.workspace, account.id)
        .await
        .map_err(|e| reconnect(program, e, &account))?;
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
    let result = json!({
        "account": account.id, "name": account.name, "works": true, "calendars": rows, "server": able,
    });
    program.out.show(&result, |_| {
        let table =
            columns(&rows, &[("CALENDAR", "name"), ("ZONE", "zone"), ("WRITABLE", "writable"), ("ID", "id")]);
        let server = match able.is_empty() {
            true => String::new(),
            false => format!("\n\nits server\n- {}", able.join("\n- ")),
        };
        format!("{} works; its calendars:\n{table}{server}", account.name)
    })?;
    Ok(Exit::Agrees)
}

/// Looks anew where the account is and what can be done there.
async fn connect_again(program: &Program, account: &Account) -> Result<Vec<String>, concord_engine::Error> {
    concord_engine::connect::look_around(&program.engine, program.workspace, account.id).await
}

/// What is wrong with a token that was handed over.
fn unaccepted(error: concord_engine::Error, provider: &ProviderId, entrance: Entrance) -> anyhow::Error {
    use concord_providers::Answer::{AccessRevoked, Misconfigured, SignInExpired};
    match (error, entrance) {
        (concord_engine::Error::Provider { answer: SignInExpired, .. }, Entrance::Password { .. }) => usage(
            "the server does not accept this name with this password; services with two factors want an app-specific \
             password (docs/caldav.md says where each has them)",
        ),
        (
            concord_engine::Error::Provider { answer: Misconfigured { why } | AccessRevoked { why }, .. },
            Entrance::Password { .. } | Entrance::Token | Entrance::Address,
        ) => usage(why),
        (concord_engine::Error::Provider { answer: SignInExpired | AccessRevoked { .. }, .. }, _) => {
            usage(format!(
                "{} does not accept the access token on standard input; is it whole, and not over?",
                provider.title()
            ))
        }
        (other, _) => other.into(),
    }
}

/// What to do about a sign-in that has ended.
pub fn reconnect(program: &Program, error: concord_engine::Error, account: &Account) -> anyhow::Error {
    let again = program.to_connect(&account.provider);
    use concord_providers::Answer::{AccessRevoked, SignInExpired};
    match error {
        concord_engine::Error::Provider {
            answer: answer @ (AccessRevoked { .. } | SignInExpired),
            provider,
        } => refusal::needs_person(format!(
            "{} does not let Concord in as {}: {}; connect it again: {again}",
            provider.title(),
            account.name,
            answer
                .to_string()
                .trim_end_matches(": connect again with a new one")
                .trim_end_matches(": connect again")
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
