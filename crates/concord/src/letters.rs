//! Mail at work: letters that are due go out, and what lies in the mailbox is read: answers of guests, and invitations of
//! others.

use std::path::Path;
use std::sync::Arc;

use concord_engine::Engine;
use concord_engine::invitations::{self, Mail, Taken};
use concord_mail::Letters;
use jiff::SignedDuration;
use tracing::{info, warn};

use crate::config::Config;
use crate::pause;
use crate::refusal::usage;

/// How long between two looks.
const LOOK: SignedDuration = SignedDuration::from_secs(5);
/// The largest letter that is read.
const LARGEST: u64 = 4 << 20;

/// What sends and reads mail here, where it is set up.
pub fn set_up(config: &Config) -> anyhow::Result<Option<Arc<dyn Mail>>> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let letters = Letters::new(&mail.server, &mail.from).map_err(|unusable| {
        let setting = match unusable {
            concord_mail::Unusable::Server => "smtp_url",
            concord_mail::Unusable::Address => "mail_from",
        };
        usage(format!("{setting}: {unusable}"))
    })?;
    Ok(Some(Arc::new(letters)))
}

/// Sends what is due and reads what came in, for ever.
pub async fn keep(engine: &Engine, mail: &dyn Mail, drop: Option<&Path>) {
    loop {
        if let Err(trouble) = invitations::deliver(engine, mail).await {
            warn!("letters could not be sent: {trouble}");
        }
        if let Some(drop) = drop
            && let Err(trouble) = collect(engine, mail, drop).await
        {
            warn!("the mailbox could not be read: {trouble}");
        }
        pause::lasting(LOOK).await;
    }
}

/// Reads the new letters of a Maildir. One that was read is moved to `cur`, whatever it was; one that could not be kept stays
/// for the next time. Returns how many of them changed something.
pub async fn collect(engine: &Engine, mail: &dyn Mail, drop: &Path) -> anyhow::Result<u32> {
    let (new, cur) = (drop.join("new"), drop.join("cur"));
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&new)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.push(entry.file_name());
        }
    }
    names.sort();
    let mut noted = 0;
    for name in names {
        let file = new.join(&name);
        let small = std::fs::metadata(&file)?.len() <= LARGEST;
        if small {
            match mail.read(&std::fs::read(&file)?) {
                Ok(came) => {
                    let taken = invitations::take(engine, &came).await?;
                    noted += u32::from(is_news(taken));
                    info!("a letter came in: {}", taken.told());
                }
                Err(why) => info!("a letter came in that was left alone: {why}"),
            }
        }
        std::fs::create_dir_all(&cur)?;
        let mut seen = name;
        if !seen.to_string_lossy().contains(":2,") {
            seen.push(":2,S");
        }
        std::fs::rename(&file, cur.join(seen))?;
    }
    Ok(noted)
}

/// Whether a letter changed something here.
pub fn is_news(taken: Taken) -> bool {
    matches!(taken, Taken::Noted | Taken::Invited | Taken::Renewed | Taken::Ended)
}
