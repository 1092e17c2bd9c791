//! Notion: how people connect it, whether it answers, and whether it can tell us of changes.

use super::findings::Findings;
use super::google::{PATIENCE, reachable};
use crate::assemble;
use crate::config::Config;

/// Checks it.
pub(super) async fn check(config: &Config, offline: bool, checks: &mut Findings) -> anyhow::Result<()> {
    let notion = &config.notion;
    match &notion.client {
        Some(_) => checks.good("Notion", format!("people sign in, and come back to {}", redirect(config))),
        None => checks.note(
            "Notion",
            "people connect with the token of an internal connection, for no client id is set",
            Some(&format!(
                "to let them sign in: make a public connection at https://www.notion.so/profile/integrations with the \
                 redirect address\n  {}\nand set CONCORD_NOTION_CLIENT_ID and CONCORD_NOTION_CLIENT_SECRET \
                 (docs/notion.md has every step)",
                redirect(config)
            )),
        ),
    }
    if notion.client.is_none() && notion.webhook_token.is_none() && notion.counts {
        // Nothing says that anybody here has a table there.
        return Ok(());
    }
    notices(config, checks);
    if assemble::is_here(&notion.api_url) {
        checks.note("Notion", format!("an emulator stands in for it: {}", notion.api_url), None);
    }
    if offline {
        checks.note("Notion", "was not asked, as --offline says", None);
        return Ok(());
    }
    reachable(&assemble::door(PATIENCE)?, "Notion", &notion.api_url, checks).await;
    Ok(())
}

/// Where Notion sends people back to.
fn redirect(config: &Config) -> String {
    let ours = config.server.public_url(config.server.listen);
    format!("{}/api/calendar/sync/notion/callback", ours.as_str().trim_end_matches('/'))
}

/// Whether Notion can tell us of changes, or has to be asked.
fn notices(config: &Config, checks: &mut Findings) {
    match (assemble::notices_url(config), &config.notion.webhook_token) {
        (Some(url), Some(_)) => checks.good("notices", format!("Notion sends them to {url}notion")),
        (Some(url), None) => checks.note(
            "notices",
            "Notion's tables are asked for changes, for no token is set with which it signs notices",
            Some(&format!(
                "enter {url}notion as the webhook of your connection, and set CONCORD_NOTION_WEBHOOK_TOKEN to the token that \
                 then stands in the log"
            )),
        ),
        (None, _) => checks.note(
            "notices",
            "Notion cannot reach this service, so its tables are asked for changes",
            Some("to hear of changes within a minute, set CONCORD_PUBLIC_URL to an https address that the internet reaches"),
        ),
    }
}
