//! `concord user`: people who sign in.

use clap::Subcommand;
use concord_model::Zone;
use concord_model::people::Address;
use concord_server::signin::password;
use concord_store::users::{self, Role, User};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::secret;
use crate::assemble::Program;
use crate::output::columns;
use crate::pick;
use crate::refusal::usage;

/// The zone of somebody whose zone nobody said.
const ZONE: &str = "Africa/Johannesburg";

/// Add and list people who have calendars here
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Add a person
    #[command(after_help = "Examples:
  concord user add Alice
  concord user add \"Alice Smith\" --address alice@example.org --zone Europe/Berlin --role admin")]
    Add {
        /// What they are called
        name: String,
        /// Their mail address; they sign in with it
        #[arg(long, value_name = "MAIL")]
        address: Option<String>,
        /// What they may do: admin, provider or client
        #[arg(long, id = "role", value_name = "ROLE", default_value = "provider")]
        role: String,
        /// The time zone they think in
        #[arg(long, value_name = "ZONE", default_value = ZONE)]
        zone: String,
    },
    /// Give a person a password, read from standard input
    Passwd {
        /// Whom: name, address or id
        user: String,
    },
    /// List people
    List,
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<()> {
    match command {
        Command::Add { name, address, role, zone } => add(program, name, address, &role, &zone).await,
        Command::Passwd { user } => passwd(program, &user).await,
        Command::List => list(program).await,
    }
}

async fn add(
    program: &Program,
    name: String,
    address: Option<String>,
    role: &str,
    zone: &str,
) -> anyhow::Result<()> {
    let name = concord_model::text::line(&name);
    if name.is_empty() {
        return Err(usage("NAME: say what they are called"));
    }
    let role = match role {
        "admin" => Role::Admin,
        "provider" => Role::Provider,
        "client" => Role::Client,
        other => return Err(usage(format!("--role: \"{other}\" is not admin, provider or client"))),
    };
    let zone = Zone::new(zone)
        .map_err(|e| usage(format!("--zone: {e}; write an IANA name such as Europe/Berlin")))?;
    let address = address.map(Address::from).filter(|address| !address.as_str().is_empty());
    if address.as_ref().is_some_and(|address| !address.as_str().contains('@')) {
        return Err(usage("--address: that is not a mail address"));
    }
    let engine = &program.engine;
    let user = User {
        id: engine.id(),
        workspace: program.workspace,
        name,
        address,
        role,
        zone,
        created_at: engine.now(),
    };
    let mut tx = engine.store.begin().await?;
    let others = users::list(&mut tx, program.workspace).await?;
    // Commands name people: one name for two would make every one of them ask back.
    if others.iter().any(|other| other.name.to_lowercase() == user.name.to_lowercase()) {
        return Err(usage(format!("NAME: there is a user \"{}\" already", user.name)));
    }
    match users::add(&mut tx, &user).await {
        Err(concord_store::Error::Taken { .. }) => {
            return Err(usage("--address: another user has this address already"));
        }
        other => other?,
    }
    tx.commit().await?;
    program.out.show(&shown(&user), |_| format!("added {} ({})", user.name, user.id))
}

async fn passwd(program: &Program, text: &str) -> anyhow::Result<()> {
    let user = pick::user(program, text).await?;
    let given = secret::line(program.out, &format!("the new password of {}", user.name))?;
    if let Some(why) = password::fault(given.expose_secret()) {
        return Err(usage(format!("the password {why}")));
    }
    let hash = password::hash(&program.engine, given.expose_secret().to_owned())
        .await
        .map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
    let mut tx = program.engine.store.begin().await?;
    users::set_password_hash(&mut tx, program.workspace, user.id, Some(&hash)).await?;
    tx.commit().await?;
    program.out.show(&shown(&user), |_| format!("{} has a new password", user.name))
}

async fn list(program: &Program) -> anyhow::Result<()> {
    let mut tx = program.engine.store.read().await?;
    let rows: Vec<Value> = users::list(&mut tx, program.workspace).await?.iter().map(shown).collect();
    let heads = [("NAME", "name"), ("ADDRESS", "address"), ("ROLE", "role"), ("ZONE", "zone"), ("ID", "id")];
    program.out.list(
        &rows,
        |rows| columns(rows, &heads),
        "there is no user yet; add one: concord user add NAME",
    )
}

fn shown(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "address": user.address,
        "role": user.role.to_string(),
        "zone": user.zone,
        "createdAt": user.created_at,
    })
}
