//! The other sides of a demo: an emulated Google, an emulated iCloud, an emulated Outlook and an emulated Notion, each with a
//! listener and a file of its own.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use concord_twins::twin::Provider;
use concord_twins::{Now, Twin, caldav, google, microsoft, notion};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::sample;
use crate::commands::twins::keeping::Kept;
use crate::commands::twins::listener;
use crate::refusal::usage;

/// Where the emulated Google is asked for, unless somebody else is there.
const GOOGLE: u16 = 8441;
/// Where the emulated iCloud is.
const APPLE: u16 = 8442;
/// Where the emulated Outlook is.
const OUTLOOK: u16 = 8443;
/// Where the emulated Notion is.
const NOTION: u16 = 8444;

/// An emulator that is served and kept until it is dropped.
pub(super) struct Side<P> {
    /// Where it is.
    pub(super) base: String,
    pub(super) twin: Twin<P>,
    kept: Kept<P>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// The emulated Google. Where it is may change from one start to the next: settings say it.
pub(super) async fn google(folder: &Path, now: Now) -> anyhow::Result<Side<google::State>> {
    let listener = match listening_at(GOOGLE).await {
        Ok(listener) => listener,
        Err(_) => listening_at(0).await.context("no port is free")?,
    };
    let make = |base: &str| {
        google::Twin::new(google::Settings {
            time_zone: sample::ZONE.to_owned(),
            ..google::Settings::new(base, now)
        })
    };
    Side::open(listener, folder, make)
}

/// The emulated iCloud. An account there is known by its address, so once there is one, that stays.
pub(super) async fn apple(folder: &Path, now: Now) -> anyhow::Result<Side<caldav::State>> {
    let listener = where_it_was(folder, "apple", "iCloud", APPLE).await?;
    let make = |base: &str| {
        caldav::Twin::new(caldav::Settings {
            time_zone: sample::ZONE.to_owned(),
            quirks: manners(),
            more_people: vec![sample::LERATO.to_owned()],
            ..caldav::Settings::new(base, now)
        })
    };
    Side::open(listener, folder, make)
}

/// The emulated Outlook. It tells where its listings go on, and those addresses are kept, so it stays where it was.
pub(super) async fn outlook(folder: &Path, now: Now) -> anyhow::Result<Side<microsoft::State>> {
    let listener = where_it_was(folder, "outlook", "Outlook", OUTLOOK).await?;
    let make = |base: &str| {
        microsoft::Twin::new(microsoft::Settings {
            time_zone: sample::ZONE.to_owned(),
            more_people: vec![sample::SIPHO.to_owned()],
            ..microsoft::Settings::new(base, now)
        })
    };
    Side::open(listener, folder, make)
}

/// The emulated Notion. Addresses of its pages are kept, so it stays where it was.
pub(super) async fn notion(folder: &Path, now: Now) -> anyhow::Result<Side<notion::State>> {
    let listener = where_it_was(folder, "notion", "Notion", NOTION).await?;
    let make = |base: &str| {
        notion::Twin::new(notion::Settings {
            more_people: vec![sample::NALEDI.to_owned()],
            ..notion::Settings::new(base, now)
        })
    };
    Side::open(listener, folder, make)
}

/// Listens where it was at the first start, which is its usual port if nobody else was there.
async fn where_it_was(folder: &Path, name: &str, title: &str, usual: u16) -> anyhow::Result<TcpListener> {
    let note = folder.join(format!("{name}.port"));
    let before = fs::read_to_string(&note).ok().and_then(|port| port.trim().parse().ok());
    let listener = match (listening_at(before.unwrap_or(usual)).await, before) {
        (Ok(listener), _) => listener,
        (Err(_), None) => listening_at(0).await.context("no port is free")?,
        (Err(_), Some(port)) => {
            return Err(usage(format!(
                "the demo's emulated {title} is at 127.0.0.1:{port}, and another program is there; end that one, or begin \
                 anew with --fresh"
            )));
        }
    };
    let port = listener.local_addr()?.port();
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&note, port.to_string()))
        .with_context(|| format!("{} cannot be written", note.display()))?;
    Ok(listener)
}

/// iCloud's, but for two. It is slow to show what was done, which is to be seen here at once; and it keeps calendars on
/// another host than the one that is asked first, while this machine surely has but one.
fn manners() -> caldav::Quirks {
    let mut quirks = caldav::preset("icloud").expect("iCloud is one of the servers that the emulator knows");
    quirks.discovery.home_on_partition = false;
    quirks.sync.visibility_delay_ms = 0;
    quirks.calendars.appears_after_ms = 0;
    quirks
}

async fn listening_at(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

impl<P: Provider> Side<P> {
    fn open(
        listener: TcpListener,
        folder: &Path,
        make: impl FnOnce(&str) -> Twin<P>,
    ) -> anyhow::Result<Side<P>> {
        let base = format!("http://{}", listener.local_addr()?);
        let twin = make(&base);
        let kept = Kept::open(folder, twin.clone())?;
        let serving = tokio::spawn(listener::serve(listener, twin.listening()));
        Ok(Side { base, twin, kept, serving })
    }

    /// Writes down what is new.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        self.kept.save()
    }

    /// Keeps what changes. Ends only when it cannot be kept or served any more.
    pub(super) async fn last(&mut self) -> anyhow::Result<()> {
        tokio::select! {
            served = &mut self.serving => served.context("an emulator ended")?.context("an emulator ended"),
            failed = self.kept.keep() => Err(failed),
        }
    }
}

impl<P> Drop for Side<P> {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
