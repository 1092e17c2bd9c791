//! Microsoft: what is missing before its calendars can be connected, whether it answers, and whether it can reach us.

use super::findings::Findings;
use super::google::{PATIENCE, reachable};
use crate::assemble;
use crate::config::{Config, MicrosoftClient};

/// Checks it.
pub(super) async fn check(config: &Config, offline: bool, checks: &mut Findings) -> anyhow::Result<()> {
    let Some(client) = &config.microsoft.client else {
        checks.note(
            "Microsoft",
            "not set up: CONCORD_MICROSOFT_CLIENT_ID is missing, so no calendar of Microsoft 365 or Outlook.com can be connected",
            Some(&steps(config)),
        );
        return Ok(());
    };
    is_plausible(config, client, checks);
    notices(config, checks);
    if offline {
        checks.note("Microsoft", "was not asked, as --offline says", None);
        return Ok(());
    }
    let door = assemble::door(PATIENCE)?;
    reachable(&door, "Microsoft", &config.microsoft.graph_url, checks).await;
    reachable(&door, "Microsoft sign-in", &config.microsoft.token_url, checks).await;
    Ok(())
}

/// The way to an application, in the order in which Microsoft's pages are walked through.
fn steps(config: &Config) -> String {
    format!(
        "register an application: https://entra.microsoft.com, Identity, Applications, App registrations, New registration\n\
         choose who may sign in: any organisation and personal accounts, unless you know better\n\
         add a redirect address of the kind \"Web\", exactly this:\n  \
           {}\n\
         add a client secret, and copy its value at once\n\
         set CONCORD_MICROSOFT_CLIENT_ID and CONCORD_MICROSOFT_CLIENT_SECRET to what it shows (docs/microsoft.md has every step)",
        redirect(config)
    )
}

/// Where Microsoft sends people back to.
fn redirect(config: &Config) -> String {
    let ours = config.server.public_url(config.server.listen);
    format!("{}/api/calendar/sync/outlook/callback", ours.as_str().trim_end_matches('/'))
}

fn is_plausible(config: &Config, client: &MicrosoftClient, checks: &mut Findings) {
    let is_id = client.id.len() == 36 && client.id.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let back = redirect(config);
    if config.microsoft.counts && !is_id {
        checks.note(
            "Microsoft",
            "the client id has not the form of an application's id",
            Some("copy \"Application (client) ID\" anew from the application's overview at https://entra.microsoft.com"),
        );
    } else {
        let secret =
            if client.secret.is_some() { "and its secret are set" } else { "is set, without a secret" };
        checks.good("Microsoft", format!("the client id {secret}; sign-in comes back to {back}"));
    }
    if assemble::is_here(&config.microsoft.graph_url) {
        checks.note(
            "Microsoft",
            format!("an emulator stands in for it: {}", config.microsoft.graph_url),
            None,
        );
    }
}

/// Whether Microsoft can tell us of changes, or has to be asked.
fn notices(config: &Config, checks: &mut Findings) {
    match assemble::notices_url(config) {
        Some(url) => checks.good("notices", format!("Microsoft sends them to {url}outlook")),
        None => checks.note(
            "notices",
            format!(
                "Microsoft cannot reach this service, so its calendars are asked every {:#} to {:#}",
                config.timing.poll_min, config.timing.poll_max
            ),
            Some("to hear of changes within seconds, set CONCORD_PUBLIC_URL to an https address that the internet reaches"),
        ),
    }
}
