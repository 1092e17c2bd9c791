//! What comes back, and what is known when nothing does: the difference between a request that never left and one
//! whose answer was lost decides whether the engine may simply try again.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use concord_net::{Door, Limits};
use concord_providers::http::{Http, Lost};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::peer::{Peer, Talk};

const LIMIT: usize = 1 << 20;

/// Limits short enough to wait for. The peers that must be heard out answer at once.
fn door() -> Door {
    let ms = Duration::from_millis;
    Door::trusted(Limits { connect: ms(300), first_byte: ms(600), total: ms(1200), body_bytes: LIMIT })
        .unwrap()
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

fn post(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::from_static(b"{\"summary\":\"x\"}")).unwrap()
}

fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{head}\r\n", body.len()).as_bytes(), body].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn check(outcome: Result<Response<Bytes>, Lost>, expected: &str) {
    let kind = match &outcome {
        Ok(answer) => format!("{} {}", answer.status().as_u16(), String::from_utf8_lossy(answer.body())),
        Err(Lost::NotSent(_)) => "not sent".into(),
        Err(Lost::NoAnswer(_)) => "no answer".into(),
        Err(Lost::TooLarge { limit_bytes }) => format!("larger than {limit_bytes}"),
        Err(Lost::Forbidden(why)) => format!("forbidden: {why}"),
    };
    assert_eq!(kind, expected, "{:?}", outcome.err());
}

#[tokio::test]
async fn an_answer_comes_back_whole() {
    let peer = Peer::saying(answer("etag: \"7\"\r\n", b"hello")).await;
    let whole = door().send(get(&peer.url("/x"))).await.unwrap();
    assert_eq!((whole.status(), whole.headers()["etag"].as_bytes()), (StatusCode::OK, &b"\"7\""[..]));
    assert_eq!(whole.body(), "hello");
}

#[tokio::test]
async fn the_request_arrives_as_it_was_made() {
    let peer = Peer::new(|mut talk| async move {
        let heard = talk.hear().await.unwrap();
        talk.say(&answer("", heard.as_bytes())).await;
    })
    .await;
    let mut request = post(&peer.url("/calendars/a%2Fb?q=1%202"));
    *request.method_mut() = http::Method::from_bytes(b"PROPFIND").unwrap();
    request.headers_mut().insert("if-match", "\"7\"".parse().unwrap());
    let whole = door().send(request).await.unwrap();
    let heard = String::from_utf8_lossy(whole.body()).into_owned();
    assert!(heard.starts_with("PROPFIND /calendars/a%2Fb?q=1%202 HTTP/1.1\r\n"), "{heard}");
    for line in ["if-match: \"7\"", "content-length: 15", "accept-encoding: gzip", "user-agent: concord/"] {
        assert!(heard.contains(line), "{line} in {heard}");
    }
    assert!(heard.ends_with("{\"summary\":\"x\"}"), "{heard}");
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in ["204 No Content", "304 Not Modified", "412 Precondition Failed", "503 Service Unavailable"]
    {
        let peer = Peer::saying(format!("HTTP/1.1 {status}\r\n\r\n")).await;
        check(door().send(get(&peer.url("/"))).await, &format!("{} ", &status[..3]));
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let there = Peer::saying(answer("", b"credentials, please")).await;
    let peer =
        Peer::saying(format!("HTTP/1.1 307 Go\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", there.url("/")))
            .await;
    check(door().send(get(&peer.url("/"))).await, "307 ");
    assert_eq!((peer.requests(), there.connections()), (1, 0));
}

#[tokio::test]
async fn a_cookie_is_not_kept() {
    let peer = Peer::new(|mut talk| async move {
        while let Some(heard) = talk.hear().await {
            let cookie = heard.to_lowercase().contains("cookie: ");
            talk.say(&answer("set-cookie: who=me; Path=/\r\n", if cookie { b"kept" } else { b"none" })).await;
        }
    })
    .await;
    let door = door();
    for _ in 0..2 {
        check(door.send(get(&peer.url("/"))).await, "200 none");
    }
}

#[tokio::test]
async fn nobody_listening_means_not_sent() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    check(door().send(post(&format!("http://{address}/"))).await, "not sent");
}

#[tokio::test]
async fn an_address_that_cannot_be_called_means_not_sent() {
    check(door().send(post("ftp://127.0.0.1/")).await, "not sent");
    check(door().send(post("/only/a/path")).await, "not sent");
}

#[tokio::test]
async fn a_failed_or_stalled_handshake_means_not_sent() {
    let garbage = Peer::new(|mut talk| async move {
        talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let silent = Peer::new(Talk::fall_silent).await;
    for peer in [garbage, silent] {
        check(door().send(post(&format!("https://{}/", peer.address))).await, "not sent");
        assert_eq!((peer.connections(), peer.requests()), (1, 0));
    }
}

#[tokio::test]
async fn a_connection_closed_after_the_request_means_no_answer() {
    let peer = Peer::saying("").await;
    check(door().send(post(&peer.url("/"))).await, "no answer");
    assert_eq!(peer.requests(), 1, "a request that may have had its effect is not sent again");
}

#[tokio::test]
async fn a_connection_closed_before_the_request_was_read_means_no_answer() {
    let peer = Peer::new(|talk| async move { drop(talk) }).await;
    check(door().send(post(&peer.url("/"))).await, "no answer");
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    for half in [
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"items\":[",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n{\"items\":[\r\n",
        "SMTP ready\r\n\r\n",
    ] {
        let peer = Peer::saying(half).await;
        check(door().send(post(&peer.url("/"))).await, "no answer");
        assert_eq!(peer.requests(), 1, "{half}");
    }
}

#[tokio::test]
async fn half_a_compressed_answer_is_no_answer() {
    let whole = gzip(&b"{\"items\":[]}".repeat(1000));
    let peer = Peer::saying(answer("content-encoding: gzip\r\n", &whole[..whole.len() / 2])).await;
    check(door().send(get(&peer.url("/"))).await, "no answer");
}

#[tokio::test]
async fn bm_158_silence_after_the_request_ends_at_the_first_limit() {
    let peer = Peer::new(|mut talk| async move {
        talk.hear().await;
        talk.fall_silent().await;
    })
    .await;
    let waited = timeout(Duration::from_secs(10), door().send(post(&peer.url("/")))).await;
    check(waited.expect("the door gives up by itself"), "no answer");
}

#[tokio::test]
async fn bm_163_an_answer_that_trickles_ends_at_the_total_limit() {
    let peer = Peer::new(|mut talk| async move {
        talk.hear().await;
        talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").await;
        talk.fall_silent().await;
    })
    .await;
    let waited = timeout(Duration::from_secs(10), door().send(post(&peer.url("/")))).await;
    check(waited.expect("the door gives up by itself"), "no answer");
}

#[tokio::test]
async fn an_answer_as_large_as_the_limit_passes() {
    let peer = Peer::saying(answer("", &vec![b'x'; LIMIT])).await;
    assert_eq!(door().send(get(&peer.url("/"))).await.unwrap().body().len(), LIMIT);
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let peer = Peer::new(|mut talk| async move {
        talk.hear().await;
        talk.say(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", LIMIT + 1).as_bytes()).await;
        talk.fall_silent().await;
    })
    .await;
    check(door().send(get(&peer.url("/"))).await, &format!("larger than {LIMIT}"));
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    let said = Arc::new(AtomicUsize::new(0));
    let count = said.clone();
    let peer = Peer::new(move |mut talk| {
        let said = count.clone();
        async move {
            talk.hear().await;
            talk.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunk = [b"4000\r\n".to_vec(), vec![b'x'; 0x4000], b"\r\n".to_vec()].concat();
            while talk.say(&chunk).await {
                said.fetch_add(0x4000, Ordering::SeqCst);
            }
        }
    })
    .await;
    check(door().send(get(&peer.url("/"))).await, &format!("larger than {LIMIT}"));
    // What was said and not taken waits in socket buffers, a few megabytes at most.
    assert!(said.load(Ordering::SeqCst) < LIMIT + (32 << 20));
}

#[tokio::test]
async fn bm_163_a_small_answer_that_unpacks_to_a_large_one_ends_at_the_limit() {
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < LIMIT / 10);
    let peer = Peer::saying(answer("content-encoding: gzip\r\n", &bomb)).await;
    check(door().send(get(&peer.url("/"))).await, &format!("larger than {LIMIT}"));
}

#[tokio::test]
async fn a_compressed_answer_is_unpacked() {
    let peer = Peer::saying(answer("content-encoding: gzip\r\n", &gzip(b"hello"))).await;
    check(door().send(get(&peer.url("/"))).await, "200 hello");
}

#[tokio::test]
async fn a_kept_connection_is_used_again() {
    let peer = Peer::new(|mut talk| async move {
        while talk.hear().await.is_some() {
            talk.say(&answer("", b"again")).await;
        }
    })
    .await;
    let door = door();
    for _ in 0..3 {
        check(door.clone().send(get(&peer.url("/"))).await, "200 again");
    }
    assert_eq!((peer.connections(), peer.requests()), (1, 3));
}

#[tokio::test]
async fn every_call_is_counted() {
    let peer = Peer::saying(answer("", b"")).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let calls = Arc::new(AtomicU64::new(0));
    let door = door().metered(calls.clone());
    door.send(get(&peer.url("/"))).await.unwrap();
    door.send(get(&format!("http://{nobody}/"))).await.unwrap_err();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_error_tells_neither_path_nor_query() {
    let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let closing = Peer::saying("").await.url("");
    for base in [format!("http://{refusing}"), closing] {
        let lost =
            door().send(get(&format!("{base}/calendars/jane@example.org?token=s3cr3t"))).await.unwrap_err();
        let mut told = format!("{lost} {lost:?}");
        let mut source = lost.source();
        while let Some(error) = source {
            told += &format!(" {error} {error:?}");
            source = error.source();
        }
        assert!(!told.contains("jane") && !told.contains("s3cr3t"), "{told}");
    }
}
