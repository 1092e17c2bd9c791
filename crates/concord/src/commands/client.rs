//! `concord client`: people who book.

use clap::Subcommand;
use concord_model::people::Address;
use concord_store::clients::{self, Client};
use serde_json::{Value, json};

use crate::assemble::Program;
use crate::output::columns;
use crate::pick;
use crate::refusal::usage;

/// Add and list people who book
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Add a person who books
    #[command(after_help = "Examples:
  concord client add \"Bob Jones\"
  concord client add Bob --address bob@example.org --phone +4930123456 --user Bob")]
    Add {
        /// What they are called
        name: String,
        /// Their mail address
        #[arg(long, value_name = "MAIL")]
        address: Option<String>,
        /// Their telephone number
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
        /// The user they are, if they have a calendar here too
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// List people who book
    List,
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<()> {
    match command {
        Command::Add { name, address, phone, user } => {
            let name = concord_model::text::line(&name);
            if name.is_empty() {
                return Err(usage("NAME: say what they are called"));
            }
            let user = match user {
                Some(text) => Some(pick::user(program, &text).await?.id),
                None => None,
            };
            let client = Client {
                id: program.engine.id(),
                workspace: program.workspace,
                name,
                address: address.map(Address::from).filter(|address| !address.as_str().is_empty()),
                phone: phone.filter(|phone| !phone.trim().is_empty()),
                user,
            };
            let mut tx = program.engine.store.begin().await?;
            clients::add(&mut tx, &client).await?;
            tx.commit().await?;
            program.out.show(&shown(&client), |_| format!("added {} ({})", client.name, client.id))
        }
        Command::List => {
            let mut tx = program.engine.store.read().await?;
            let rows: Vec<Value> =
                clients::list(&mut tx, program.workspace).await?.iter().map(shown).collect();
            let heads = [("NAME", "name"), ("ADDRESS", "address"), ("PHONE", "phone"), ("ID", "id")];
            program.out.list(
                &rows,
                |rows| columns(rows, &heads),
                "there is no client yet; add one: concord client add NAME",
            )
        }
    }
}

fn shown(client: &Client) -> Value {
    json!({
        "id": client.id,
        "name": client.name,
        "address": client.address,
        "phone": client.phone,
        "userId": client.user,
    })
}
