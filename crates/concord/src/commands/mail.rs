//! `concord mail`: guests who are told by mail, and their answers.

use clap::Subcommand;
use concord_engine::invitations::{self, Invited, Mail};
use concord_store::Actor;
use serde_json::{Value, json};
use std::io::Read;
use std::sync::Arc;

use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::columns;
use crate::refusal::usage;
use crate::{letters, pick};

/// Tell guests by mail, and take in their answers
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show which guests of an event would be told what; with --send, tell them
    #[command(after_help = "Examples:
  concord mail invite Coaching
  concord mail invite Coaching --send")]
    Invite {
        /// Which event: its title or id
        event: String,
        /// Send the letters
        #[arg(long)]
        send: bool,
    },
    /// Read a letter from standard input: the answer of a guest is noted with the event
    Receive,
    /// Send the letters that wait, and read what lies in the mailbox (the service does so by itself)
    Deliver,
}

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    let mail = letters::set_up(&program.config)?.ok_or_else(|| {
        usage("mail is not set up: set CONCORD_SMTP_URL and CONCORD_MAIL_FROM (docs/mail.md)")
    })?;
    match command {
        Command::Invite { event, send } => invite(program, &event, send, &mail).await,
        Command::Receive => receive(program, &mail).await,
        Command::Deliver => deliver(program, &mail).await,
    }
}

async fn invite(program: &Program, event: &str, send: bool, mail: &Arc<dyn Mail>) -> anyhow::Result<Exit> {
    let (engine, workspace) = (&program.engine, program.workspace);
    let id = pick::event(program, event).await?;
    let mut invited = invitations::look(engine, workspace, id, mail.able()).await?;
    if let Some(why) = &invited.hindered {
        return Err(usage(why.clone()));
    }
    let mut told = 0;
    if let (true, Some(consent)) = (send, invited.consent.clone()) {
        told = invited.guests.iter().filter(|guest| guest.due.is_some()).count();
        invited = invitations::send(engine, workspace, id, &consent, &**mail, Actor::Program).await?;
        invitations::deliver(engine, &**mail).await?;
        invited = Invited {
            guests: invitations::look(engine, workspace, id, mail.able()).await?.guests,
            ..invited
        };
    }
    let rows: Vec<Value> = invited
        .guests
        .iter()
        .map(|guest| {
            json!({
                "email": guest.address, "name": guest.name, "answer": guest.answer, "due": guest.due,
                "invitedAt": guest.invited_at,
                "letter": guest.letter.as_ref().map(|letter| letter.state),
                "note": guest.letter.as_ref().and_then(|letter| letter.note.clone()),
            })
        })
        .collect();
    let heads =
        [("GUEST", "email"), ("ANSWER", "answer"), ("WOULD BE TOLD", "due"), ("LAST LETTER", "letter")];
    let due = invited.consent.is_some();
    program.out.list(
        &rows,
        |rows| {
            let table = columns(rows, &heads);
            match (send, told, due) {
                (true, 0, _) | (false, _, false) => format!("{table}\n\nnobody is to be told anything"),
                (true, n, _) => format!("{table}\n\nwrote {n} letters"),
                (false, _, true) => {
                    format!("{table}\n\nnothing was sent; to tell them: concord mail invite … --send")
                }
            }
        },
        "the event has no guests",
    )?;
    Ok(Exit::Agrees)
}

async fn receive(program: &Program, mail: &Arc<dyn Mail>) -> anyhow::Result<Exit> {
    let mut letter = Vec::new();
    std::io::stdin().lock().take(8 << 20).read_to_end(&mut letter)?;
    let (noted, told) = match mail.read(&letter) {
        Err(why) => (false, why),
        Ok(answered) => {
            let taken = invitations::answered(&program.engine, &answered).await?;
            (taken == invitations::Taken::Noted, taken.told().to_owned())
        }
    };
    program.out.show(&json!({ "noted": noted, "message": told }), |_| told.clone())?;
    Ok(Exit::Agrees)
}

async fn deliver(program: &Program, mail: &Arc<dyn Mail>) -> anyhow::Result<Exit> {
    let sent = invitations::deliver(&program.engine, &**mail).await?;
    let drop = program.config.mail.as_ref().and_then(|mail| mail.drop.clone());
    let noted = match &drop {
        Some(drop) => letters::collect(&program.engine, &**mail, drop).await?,
        None => 0,
    };
    let told = json!({ "tried": sent, "noted": noted });
    program.out.show(&told, |_| format!("tried {sent} letters; noted {noted} answers"))?;
    Ok(Exit::Agrees)
}
