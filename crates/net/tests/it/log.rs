//! What is written down about a call: that it was made, and nothing of what was in it (I-30).

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use concord_net::{Door, Limits};
use concord_providers::http::Http;
use http::Request;
use tracing::Level;

use crate::peer::Peer;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn secret_call(url: &str) -> Request<Bytes> {
    Request::post(format!("{url}/calendars/s3cr3t@example.org/events?q=s3cr3t"))
        .header("authorization", "Bearer s3cr3t")
        .body(Bytes::from_static(b"s3cr3t"))
        .unwrap()
}

#[tokio::test]
async fn a_call_is_written_down_once_and_nothing_of_what_was_in_it() {
    let peer = Peer::saying("HTTP/1.1 403 No\r\nx-token: s3cr3t\r\ncontent-length: 6\r\n\r\ns3cr3t").await;
    let closing = Peer::saying("").await;
    let door = Door::trusted(Limits::default()).unwrap();

    let paper = Paper::default();
    let pen = paper.clone();
    // Of this crate at its most talkative, and of the libraries below it as an operator would have them.
    let log = tracing_subscriber::fmt()
        .with_env_filter("concord_net=trace,info")
        .with_ansi(false)
        .with_writer(move || pen.clone())
        .finish();
    let writing = tracing::subscriber::set_default(log);
    door.send(secret_call(&peer.url(""))).await.unwrap();
    door.send(secret_call(&closing.url(""))).await.unwrap_err();
    drop(writing);

    let written = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = written.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains(Level::DEBUG.as_str())), "{written}");
    assert!(lines[0].contains("POST to 127.0.0.1: 403") && lines[1].contains("did not answer"), "{written}");
    assert!(!written.contains("s3cr3t") && !written.contains("calendars"), "{written}");
}
