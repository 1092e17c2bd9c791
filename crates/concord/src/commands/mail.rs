//! `concord mail`: guests who are told by mail, and their answers; invitations of others, and one's own answers.

use clap::Subcommand;
use concord_engine::invitations::{self, Invited, Mail};
use concord_engine::reply::{self, Standing};
use concord_engine::{Error, letterbox};
use concord_model::OccurrenceKey;
use concord_model::people::Answer;
use concord_store::Actor;
use serde_json::{Value, json};
use std::io::Read;
use std::sync::Arc;

use super::words::choice;
use crate::assemble::Program;
use crate::exit::Exit;
use crate::output::columns;
use crate::refusal::usage;
use crate::{letters, pick};

/// Tell guests by mail and take in their answers; take in invitations of others and answer them
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
    /// Show the secret address to which somebody has invitations of others sent or forwarded
    #[command(after_help = "Examples:
  concord mail address --user Mia
  concord mail address --user Mia --new        make one; the one before takes in nothing any more
  concord mail address --user Mia --revoke")]
    Address {
        /// Whose [default: the only user]
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Make a new one
        #[arg(long)]
        new: bool,
        /// Let it take in nothing any more
        #[arg(long, conflicts_with = "new")]
        revoke: bool,
    },
    /// Answer somebody else's invitation that came by mail; with --send, tell its organiser
    #[command(after_help = "Examples:
  concord mail answer Planning                        show who invites, and what was answered
  concord mail answer Planning accepted               note it here, tell nobody
  concord mail answer Planning declined --send        and tell the organiser
  concord mail answer Planning declined --occurrence 20261208T090000 --send")]
    Answer {
        /// Which event: its title or id
        event: String,
        /// What to answer
        #[arg(value_parser = choice(ANSWERS))]
        answer: Option<Answer>,
        /// Only this occurrence of a series: when it would have begun, as 20261208T090000 or 20261208
        #[arg(long, value_name = "KEY")]
        occurrence: Option<OccurrenceKey>,
        /// Tell the organiser
        #[arg(long, requires = "answer")]
        send: bool,
    },
    /// Read a letter from standard input: the answer of a guest is noted, an invitation becomes an event
    Receive,
    /// Send the letters that wait, and read what lies in the mailbox (the service does so by itself)
    Deliver,
}

/// The answers, as one writes them.
const ANSWERS: &[(&str, Answer)] =
    &[("accepted", Answer::Accepted), ("tentative", Answer::Tentative), ("declined", Answer::Declined)];

/// Does it.
pub async fn run(command: Command, program: &Program) -> anyhow::Result<Exit> {
    let mail = letters::set_up(&program.config)?.ok_or_else(|| {
        usage("mail is not set up: set CONCORD_SMTP_URL and CONCORD_MAIL_FROM (docs/mail.md)")
    })?;
    match command {
        Command::Invite { event, send } => invite(program, &event, send, &mail).await,
        Command::Address { user, new, revoke } => address(program, user.as_deref(), new, revoke, &mail).await,
        Command::Answer { event, answer: given, occurrence, send } => {
            answer(program, &event, given, occurrence, send, &mail).await
        }
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

async fn address(
    program: &Program,
    user: Option<&str>,
    new: bool,
    revoke: bool,
    mail: &Arc<dyn Mail>,
) -> anyhow::Result<Exit> {
    let (engine, workspace) = (&program.engine, program.workspace);
    let user = pick::user_or_only(program, user).await?;
    if revoke {
        match letterbox::close(engine, workspace, user.id).await {
            Err(Error::NotFound(_)) => return Err(usage(format!("{} has no address to revoke", user.name))),
            other => other?,
        }
        program.out.show(&json!({ "userId": user.id, "address": null }), |_| {
            format!("the address of {} takes in nothing any more; what came by it stays", user.name)
        })?;
        return Ok(Exit::Agrees);
    }
    let own = match new {
        true => Some(letterbox::open(engine, workspace, user.id).await?),
        false => letterbox::of(engine, workspace, user.id).await?,
    };
    let Some((letterbox, word)) = own else {
        return Err(usage(format!("{} has no address yet; make one with --new", user.name)));
    };
    let address = mail.address(&word);
    let told = json!({ "userId": user.id, "address": address, "createdAt": letterbox.created_at,
                       "usedAt": letterbox.used_at });
    program.out.show(&told, |_| {
        format!(
            "{}\nInvitations that come to it are in the calendar of {}. Whoever knows it can put some there.",
            address.as_str(),
            user.name
        )
    })?;
    Ok(Exit::Agrees)
}

async fn answer(
    program: &Program,
    event: &str,
    given: Option<Answer>,
    of: Option<OccurrenceKey>,
    send: bool,
    mail: &Arc<dyn Mail>,
) -> anyhow::Result<Exit> {
    let (engine, workspace) = (&program.engine, program.workspace);
    let id = pick::event(program, event).await?;
    let look = async || match reply::look(engine, workspace, id, of).await {
        Err(Error::NotFound("invitation")) => Err(usage("this is no invitation that came by mail")),
        other => Ok(other?),
    };
    let mut standing = look().await?;
    if let Some(answer) = given {
        if let Some(why) = &standing.hindered {
            return Err(usage(why.clone()));
        }
        let consent = standing.consent.iter().find(|(one, _)| *one == answer).map(|(_, word)| word.clone());
        let consent = match (send, consent) {
            (true, None) => return Err(usage("the organiser was told so already")),
            (true, consent) => consent,
            (false, _) => None,
        };
        let to_send = consent.as_deref().map(|consent| (consent, &**mail));
        reply::answer(engine, workspace, id, of, answer, to_send, Actor::Program).await?;
        if send {
            invitations::deliver(engine, &**mail).await?;
        }
        standing = look().await?;
    }
    let told = standing_json(&standing);
    program.out.show(&told, |_| standing_told(&standing, given, send))?;
    Ok(Exit::Agrees)
}

fn standing_json(standing: &Standing) -> Value {
    json!({
        "organiser": { "email": standing.organiser.address, "name": standing.organiser.name },
        "answer": standing.answer, "told": standing.told, "hindered": standing.hindered,
        "letter": standing.letter.as_ref().map(|letter| letter.state),
        "note": standing.letter.as_ref().and_then(|letter| letter.note.clone()),
    })
}

fn standing_told(standing: &Standing, given: Option<Answer>, send: bool) -> String {
    let said = |answer: Answer| match answer {
        Answer::Awaited => "not yet answered",
        Answer::Accepted => "accepted",
        Answer::Tentative => "tentative",
        Answer::Declined => "declined",
    };
    let organiser = standing.organiser.address.as_str();
    let letter = standing.letter.as_ref().map(|letter| format!("; the last letter is {}", letter.state));
    let known = match standing.told {
        Some(told) => format!("{organiser} was told: {}{}", said(told), letter.unwrap_or_default()),
        None => format!("{organiser} invites, and was told nothing"),
    };
    let hint = match (&standing.hindered, given, send) {
        (Some(why), _, _) => format!("\n{why}"),
        (None, Some(_), false) if standing.told != Some(standing.answer) => {
            "\nnothing was sent; to tell the organiser: concord mail answer … --send".to_owned()
        }
        _ => String::new(),
    };
    format!("your answer: {}\n{known}{hint}", said(standing.answer))
}

async fn receive(program: &Program, mail: &Arc<dyn Mail>) -> anyhow::Result<Exit> {
    let mut letter = Vec::new();
    std::io::stdin().lock().take(8 << 20).read_to_end(&mut letter)?;
    let (noted, told) = match mail.read(&letter) {
        Err(why) => (false, why),
        Ok(came) => {
            let taken = invitations::take(&program.engine, &came).await?;
            (letters::is_news(taken), taken.told().to_owned())
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
    program.out.show(&told, |_| format!("tried {sent} letters; {noted} letters brought news"))?;
    Ok(Exit::Agrees)
}
