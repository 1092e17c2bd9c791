//! Google: what is missing before its calendars can be connected, whether it answers, and whether it can reach us.

use bytes::Bytes;
use concord_net::Door;
use concord_providers::http::Http;
use http::{Method, Request, header};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::findings::Findings;
use crate::assemble;
use crate::config::{Config, OauthClient};
use crate::exit::Exit;
use crate::refusal;

/// A provider's clock and ours may be this far apart before somebody should know.
const SKEW: SignedDuration = SignedDuration::from_secs(30);
/// How long a provider may take to answer.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// Checks it.
pub(super) async fn check(config: &Config, offline: bool, checks: &mut Findings) -> anyhow::Result<()> {
    let Some(client) = &config.google.client else {
        checks.note(
            "Google",
            "not set up: CONCORD_GOOGLE_CLIENT_ID and CONCORD_GOOGLE_CLIENT_SECRET are missing, so none of its calendars can \
             be connected",
            Some(&steps(config)),
        );
        return Ok(());
    };
    is_plausible(config, client, checks);
    notices(config, checks);
    if offline {
        checks.note("Google", "was not asked, as --offline says", None);
        return Ok(());
    }
    let door = assemble::door(PATIENCE)?;
    reachable(&door, "Google", &config.google.api_url, checks).await;
    reachable(&door, "Google sign-in", &config.google.token_url, checks).await;
    Ok(())
}

/// The way to a client, in the order in which Google's pages are walked through.
fn steps(config: &Config) -> String {
    format!(
        "make a project: https://console.cloud.google.com/projectcreate\n\
         switch its API on: https://console.cloud.google.com/apis/library/calendar-json.googleapis.com\n\
         make an OAuth client: https://console.cloud.google.com/auth/clients\n  \
           \"Desktop app\" to try it on this machine; \"Web application\" for a server, with exactly this redirect URI:\n  \
           {}\n\
         set CONCORD_GOOGLE_CLIENT_ID and CONCORD_GOOGLE_CLIENT_SECRET to what it shows (docs/google.md has every step)",
        redirect(config)
    )
}

/// Where Google sends people back to.
fn redirect(config: &Config) -> String {
    let ours = config.server.public_url(config.server.listen);
    format!("{}/api/calendar/sync/google/callback", ours.as_str().trim_end_matches('/'))
}

fn is_plausible(config: &Config, client: &OauthClient, checks: &mut Findings) {
    let real = config.google.api_url.host_str() == Some("www.googleapis.com");
    if real && !client.id.ends_with(".apps.googleusercontent.com") {
        checks.note(
            "Google",
            "the client id does not end with .apps.googleusercontent.com",
            Some("copy it anew: https://console.cloud.google.com/auth/clients"),
        );
    } else {
        let back = redirect(config);
        checks.good("Google", format!("the client id and its secret are set; sign-in comes back to {back}"));
    }
    if assemble::is_here(&config.google.api_url) {
        checks.note("Google", format!("an emulator stands in for it: {}", config.google.api_url), None);
    } else {
        checks.note(
            "Google",
            "while its consent screen is in \"Testing\", Google ends every sign-in after seven days",
            Some("set the publishing status to \"In production\": https://console.cloud.google.com/auth/audience"),
        );
    }
}

/// Whether Google can tell us of changes, or has to be asked.
fn notices(config: &Config, checks: &mut Findings) {
    match assemble::notices_url(config) {
        Some(url) => checks.good("notices", format!("Google sends them to {url}google")),
        None => checks.note(
            "notices",
            format!(
                "Google cannot reach this service, so its calendars are asked every {:#} to {:#}",
                config.timing.poll_min, config.timing.poll_max
            ),
            Some("to hear of changes within seconds, set CONCORD_PUBLIC_URL to an https address that the internet reaches"),
        ),
    }
}

/// Any answer at all is good; its date tells whose clock is wrong.
pub(super) async fn reachable(door: &Door, what: &'static str, url: &Url, checks: &mut Findings) {
    let Ok(request) = Request::builder().method(Method::GET).uri(url.as_str()).body(Bytes::new()) else {
        return;
    };
    match door.send(request).await {
        Ok(answer) => {
            checks.good(what, format!("{} answers", url.host_str().unwrap_or_default()));
            let theirs = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            let theirs =
                theirs.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()).map(|zoned| zoned.timestamp());
            let ours: Timestamp = crate::clock::Clock::ahead_by(SignedDuration::ZERO).now();
            if let Some(theirs) = theirs
                && ours.duration_since(theirs).abs() > SKEW
                && !assemble::is_here(url)
            {
                checks.note(
                    "clock",
                    format!(
                        "this machine's clock and {}'s are {:#} apart",
                        url.host_str().unwrap_or_default(),
                        ours.duration_since(theirs).abs()
                    ),
                    Some("let this machine set its clock by NTP"),
                );
            }
        }
        Err(lost) => checks.bad(
            Exit::Later,
            what,
            format!("{} {}", url.host_str().unwrap_or_default(), refusal::told(&lost.into())),
            "check this machine's network, DNS and firewall",
        ),
    }
}
