//! What every handler is handed.

use std::sync::Arc;

use concord_engine::Engine;
use concord_engine::invitations::Mail;
use concord_model::WorkspaceId;
use metrics_exporter_prometheus::PrometheusRecorder;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::live::Live;
use crate::published::Asked;
use crate::signin::attempts::Attempts;

/// What the server has to be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the world reaches us: redirect addresses and notice addresses are built from it.
    pub public_url: Url,
    /// The workspace in which the first administrator is made.
    pub workspace: WorkspaceId,
    /// What this installation is for.
    pub purpose: Purpose,
}

/// What an installation is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Somebody's calendars.
    Service,
    /// To be tried: providers are emulated, and their side can be seen and edited.
    Demo,
}

/// The server's parts, shared by all requests.
#[derive(Clone)]
pub struct App {
    /// What syncs.
    pub engine: Engine,
    /// What the server was told.
    pub settings: Arc<Settings>,
    /// What every open screen hears.
    pub live: Live,
    /// How often somebody has tried to sign in.
    pub(crate) attempts: Arc<Attempts>,
    /// What sends and reads mail, where it is set up.
    pub mail: Option<Arc<dyn Mail>>,
    /// How often feeds were asked for.
    pub(crate) asked: Arc<Asked>,
    /// What is counted.
    pub(crate) counted: Arc<PrometheusRecorder>,
    /// Ends what would otherwise go on for ever, such as live streams.
    pub stop: CancellationToken,
}

impl App {
    /// Puts the parts together.
    pub fn new(engine: Engine, settings: Settings) -> App {
        App {
            live: Live::new(engine.store.clone()),
            engine,
            settings: Arc::new(settings),
            attempts: Arc::default(),
            mail: None,
            asked: Arc::default(),
            counted: Arc::new(crate::metrics::recorder()),
            stop: CancellationToken::new(),
        }
    }

    /// The same, with mail.
    pub fn with_mail(self, mail: Option<Arc<dyn Mail>>) -> App {
        App { mail, ..self }
    }

    /// Whether cookies may only travel over https.
    pub(crate) fn is_secure(&self) -> bool {
        self.settings.public_url.scheme() == "https"
    }
}
