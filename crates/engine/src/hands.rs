//! What the engine is handed: the store, the providers, the vault, a clock, chance, and its intervals.

use std::collections::BTreeMap;
use std::sync::Arc;

use concord_model::ProviderId;
use concord_providers::Provider;
use concord_providers::called::Titled;
use concord_store::{Store, vault::Vault};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Tells the time. The real one is read in one place of the program; the simulator's is virtual.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Where chance comes from. Seeded in the simulator, so that a run can be replayed.
pub trait Chance: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Every interval. All of them are settings.
#[derive(Clone, Debug)]
pub struct Timing {
    /// How long a worker holds a link.
    pub lease: SignedDuration,
    /// The shortest time between two looks at a calendar that cannot notify us.
    pub poll_min: SignedDuration,
    /// The longest, when it is quiet.
    pub poll_max: SignedDuration,
    /// How often a calendar that can notify us is looked at all the same.
    pub safety_poll: SignedDuration,
    /// How often everything is listed, whatever the changes said.
    pub full_every: SignedDuration,
    /// How long before its end a channel is renewed.
    pub channel_renew_lead: SignedDuration,
    /// The first wait after a failure.
    pub backoff_base: SignedDuration,
    /// The longest wait after failures.
    pub backoff_cap: SignedDuration,
    /// How long before its end an access token is refreshed.
    pub refresh_lead: SignedDuration,
    /// The longest that one call to a provider may take; a lease must outlast it (I-13).
    pub call_limit: SignedDuration,
}

impl Default for Timing {
    fn default() -> Timing {
        let seconds = SignedDuration::from_secs;
        Timing {
            lease: seconds(120),
            poll_min: seconds(30),
            poll_max: seconds(60),
            safety_poll: seconds(15 * 60),
            full_every: seconds(24 * 3600),
            channel_renew_lead: seconds(24 * 3600),
            backoff_base: seconds(2),
            backoff_cap: seconds(30 * 60),
            refresh_lead: seconds(120),
            call_limit: seconds(60),
        }
    }
}

/// The engine: everything it works with, handed in.
#[derive(Clone)]
pub struct Engine {
    /// What is remembered.
    pub store: Store,
    /// Who speaks with each provider.
    pub providers: BTreeMap<ProviderId, Arc<dyn Provider>>,
    /// Who opens credentials.
    pub vault: Arc<Vault>,
    /// Who tells the time.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub chance: Arc<dyn Chance>,
    /// How long things take.
    pub timing: Timing,
    /// Where providers reach us, if they can.
    pub notices_url: Option<url::Url>,
    /// The name of this worker in leases.
    pub worker: String,
}

impl Engine {
    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identifier, ordered by time.
    pub fn id<T: From<Uuid>>(&self) -> T {
        let random: [u8; 10] = self.random();
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        T::from(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut random = [0u8; N];
        self.chance.fill(&mut random);
        random
    }

    /// Chance in the form that the store takes it.
    pub fn dice(&self) -> impl FnMut(&mut [u8]) + Send + '_ {
        |bytes| self.chance.fill(bytes)
    }

    /// Random text of that many bytes, for secrets and states.
    pub fn secret<const N: usize>(&self) -> String {
        self.random::<N>().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// A wait of between half of it and all of it, so that no two wait alike.
    pub fn jittered(&self, wait: SignedDuration) -> SignedDuration {
        let share = i64::from(u16::from_le_bytes(self.random()));
        let millis = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 4);
        SignedDuration::from_millis(
            millis / 2 + (millis / 2) / 65_536 * share + (millis / 2) % 65_536 * share / 65_536,
        )
    }

    /// The wait before the n-th new try.
    pub fn backoff(&self, attempts: i64) -> SignedDuration {
        let doubled = self.timing.backoff_base.as_millis() << attempts.clamp(0, 20);
        let capped = doubled.min(self.timing.backoff_cap.as_millis());
        self.jittered(SignedDuration::from_millis(i64::try_from(capped).unwrap_or(i64::MAX)))
    }

    /// Who speaks with that provider.
    pub fn provider(&self, id: &ProviderId) -> crate::error::Result<&Arc<dyn Provider>> {
        self.providers.get(id).ok_or_else(|| crate::Error::Invalid {
            field: "provider",
            why: format!("{} is not set up in this program", id.title()),
        })
    }
}
