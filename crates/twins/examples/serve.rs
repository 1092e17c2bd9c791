//! A twin behind a listener on a free port, for clients in other languages: Google's, or with the argument `microsoft`
//! Microsoft's, with `caldav` a CalDAV server, with `notion` Notion's. Prints its base URL, serves until its standard input
//! closes, and delivers its notices over plain HTTP.
#![expect(clippy::disallowed_methods, reason = "a program that stands alone has a clock and sleeps")]
#![expect(clippy::print_stdout, reason = "whoever starts it reads the address from there")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use concord_twins::notices::{Answer, Notice};
use concord_twins::twin::{Provider, Twin};
use concord_twins::{caldav, google, microsoft, notion};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt, stdin};
use tokio::net::{TcpListener, TcpStream};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = match std::env::args().nth(1).as_deref() {
        Some("microsoft") => {
            served(microsoft::Twin::new(microsoft::Settings::new(&base, Arc::new(Timestamp::now))))
        }
        Some("caldav") => served(caldav::Twin::new(caldav::Settings::new(&base, Arc::new(Timestamp::now)))),
        Some("notion") => served(notion::Twin::new(notion::Settings::new(&base, Arc::new(Timestamp::now)))),
        _ => served(google::Twin::new(google::Settings::new(&base, Arc::new(Timestamp::now)))),
    };
    println!("{base}");
    tokio::select! {
        served = axum::serve(listener, router) => served,
        () = closed() => Ok(()),
    }
}

fn served<P: Provider>(twin: Twin<P>) -> Router {
    tokio::spawn(deliver(twin.clone()));
    twin.listening()
}

/// Waits until nobody holds the other end of standard input.
async fn closed() {
    let mut rest = [0; 64];
    while stdin().read(&mut rest).await.is_ok_and(|read| read > 0) {}
}

async fn deliver<P: Provider>(twin: Twin<P>) {
    loop {
        for notice in twin.take_notices() {
            let answer = post(&notice).await.unwrap_or_default();
            twin.answered(notice.id, &answer);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Sends one notice and returns its answer.
async fn post(notice: &Notice) -> Option<Answer> {
    let uri = notice.request.uri();
    let (authority, target) = (uri.authority()?.as_str(), uri.path_and_query()?.as_str());
    let body = notice.request.body();
    let mut stream = TcpStream::connect(authority).await.ok()?;
    let mut head = format!("POST {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    head += &format!("Content-Length: {}\r\n", body.len());
    for (name, value) in notice.request.headers().iter().filter(|(name, _)| *name != "content-length") {
        head += &format!("{name}: {}\r\n", value.to_str().ok()?);
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await.ok()?;
    stream.write_all(body).await.ok()?;
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(5), stream.read_to_string(&mut answer)).await.ok()?.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let kind = head.lines().filter_map(|line| line.split_once(": "));
    let kind = kind
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, kind)| kind.to_owned())
        .next();
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        content_type: kind.unwrap_or_default(),
        body: body.to_owned().into(),
    })
}
