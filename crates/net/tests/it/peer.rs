//! The other side: a listener on loopback that does one thing to everyone who comes, and counts.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Peer {
    /// A peer that hands every connection to `treat`.
    pub(crate) async fn new<F, T>(treat: T) -> Self
    where
        T: Fn(Talk) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), treat)
    }

    /// The same on a listener of the caller's own.
    pub(crate) fn on<F, T>(listener: TcpListener, treat: T) -> Self
    where
        T: Fn(Talk) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let address = listener.local_addr().unwrap();
        let (connections, requests) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let counts = (connections.clone(), requests.clone());
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counts.0.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(treat(Talk { stream, requests: counts.1.clone() }));
            }
        });
        Self { address, connections, requests, task }
    }

    /// A peer that reads a request, says this, and closes.
    pub(crate) async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer: Arc<[u8]> = answer.into().into();
        Self::new(move |mut talk| {
            let answer = answer.clone();
            async move {
                talk.hear().await;
                talk.say(&answer).await;
            }
        })
        .await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection, seen from the other side.
pub(crate) struct Talk {
    stream: TcpStream,
    requests: Arc<AtomicUsize>,
}

impl Talk {
    /// Reads one request (its head, and a body as long as announced); nothing if the connection ended.
    pub(crate) async fn hear(&mut self) -> Option<String> {
        let mut heard = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&heard).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let announced = head.lines().find_map(|l| l.strip_prefix("content-length: "));
                if body.len() >= announced.map_or(0, |n| n.parse().unwrap()) {
                    self.requests.fetch_add(1, Ordering::SeqCst);
                    return Some(text);
                }
            }
            match self.stream.read(&mut piece).await {
                Ok(0) | Err(_) => return None,
                Ok(n) => heard.extend_from_slice(&piece[..n]),
            }
        }
    }

    /// Says this; false if nobody listens any more.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Keeps the connection open and says no more.
    pub(crate) async fn fall_silent(self) {
        pending::<()>().await;
    }
}
