//! What users' URLs may reach (BM-160, BM-161, BM-162): a corpus of addresses that all try to arrive at one listener on
//! this machine, and a resolver that lies.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use concord_net::{Allowed, Door, Limits, Lookup};
use concord_providers::http::{Http, Lost};
use futures_util::future::join_all;
use http::{Request, Uri};
use tokio::net::TcpListener;
use url::Url;

use crate::peer::Peer;

/// Answers each question about a name with the next of its answers, and the last one for ever.
#[derive(Default)]
struct Liar {
    answers: BTreeMap<String, Vec<Vec<IpAddr>>>,
    /// What it says of all other names; nothing: that they do not exist.
    otherwise: Vec<IpAddr>,
    asked: Mutex<BTreeMap<String, usize>>,
}

impl Liar {
    fn says(mut self, name: &str, answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        self.answers.insert(name.into(), answers.iter().map(parse).collect());
        self
    }

    fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or(0)
    }
}

#[async_trait]
impl Lookup for Liar {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut asked = self.asked.lock().unwrap();
        let turn = asked.entry(name.to_owned()).or_default();
        let answer = match self.answers.get(name) {
            Some(answers) => answers.get(*turn).or(answers.last()).cloned().unwrap_or_default(),
            None if self.otherwise.is_empty() => return Err(io::ErrorKind::NotFound.into()),
            None => self.otherwise.clone(),
        };
        *turn += 1;
        Ok(answer)
    }
}

fn limits() -> Limits {
    let second = Duration::from_secs(1);
    Limits { connect: second, first_byte: second * 2, total: second * 3, body_bytes: 1 << 16 }
}

fn guarded(allow: &[&str], liar: &Arc<Liar>) -> Door {
    let allow: Vec<Allowed> = allow.iter().map(|a| a.parse().unwrap()).collect();
    Door::guarded_with(limits(), &allow, liar.clone()).unwrap()
}

async fn get(door: &Door, url: &str) -> Result<(), Lost> {
    door.send(Request::get(url).body(Bytes::new()).unwrap()).await.map(drop)
}

const WELCOME: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Listens on 127.0.0.1.
async fn canary() -> Peer {
    Peer::saying(WELCOME).await
}

/// Listens on every address of this machine, in both families where it has both.
async fn canary_everywhere() -> Peer {
    let listener = match TcpListener::bind("[::]:0").await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind("0.0.0.0:0").await.unwrap(),
    };
    Peer::on(listener, |mut talk| async move {
        talk.hear().await;
        talk.say(WELCOME.as_bytes()).await;
    })
}

/// Every way of writing an IPv4 address that some parser has been known to accept.
fn spellings(ip: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = ip.octets();
    let whole = ip.to_bits();
    let (tail2, tail3) = (whole & 0xffff, whole & 0xff_ffff);
    let wide = |text: &str| -> String {
        let widen = |ch: char| match ch {
            '0'..='9' => char::from_u32(ch as u32 - '0' as u32 + 0xff10).unwrap(),
            '.' => '\u{3002}',
            other => other,
        };
        text.chars().map(widen).collect()
    };
    vec![
        format!("{ip}"),
        format!("{ip}."),
        format!("{whole}"),
        format!("0x{whole:x}"),
        format!("0X{whole:08X}"),
        format!("0{whole:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.{b}.0x{c:x}.{d}"),
        format!("{a}.{tail3}"),
        format!("{a}.{b}.{tail2}"),
        format!("0x{a:x}.{tail3}"),
        wide(&ip.to_string()),
        ip.to_string().replace('.', "%2e"),
        ip.to_string().bytes().map(|b| format!("%{b:02x}")).collect(),
        format!("[::ffff:{ip}]"),
        format!("[::ffff:{:x}:{:x}]", whole >> 16, tail2),
        format!("[0:0:0:0:0:ffff:{ip}]"),
        format!("[::{ip}]"),
        format!("[::ffff:0:{ip}]"),
        format!("[64:ff9b::{ip}]"),
        format!("[64:ff9b:1::{ip}]"),
        format!("[2002:{:x}:{:x}::1]", whole >> 16, tail2),
        format!("[2001:0:{:x}:{:x}::]", whole >> 16, tail2),
    ]
}

/// URLs that must not be called, each with the listener's port where a port can stand.
fn corpus(port: u16) -> BTreeSet<String> {
    let mut urls = BTreeSet::new();
    let v4 = [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "169.254.170.2",
        "192.0.0.192",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ];
    for ip in v4 {
        for host in spellings(ip.parse().unwrap()) {
            urls.insert(format!("http://{host}:{port}/latest/meta-data/"));
        }
    }
    for host in [
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25lo]",
        "[fe80::1%25eth0]",
        "[::1%25lo]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fdff::1]",
        "[ff02::1]",
        "[ff05::1:3]",
        "[fec0::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[100::1]",
        "[5f00::1]",
    ] {
        urls.insert(format!("http://{host}:{port}/"));
        urls.insert(format!("https://{host}:{port}/"));
    }
    for name in NAMES_INSIDE {
        urls.insert(format!("http://{name}:{port}/"));
        urls.insert(format!("https://{name}:{port}/"));
        urls.insert(format!("http://{}:{port}/", name.to_uppercase()));
        urls.insert(format!("http://{name}.:{port}/"));
    }
    for scheme in
        ["ftp", "gopher", "file", "dict", "ldap", "tftp", "ws", "wss", "unix", "jar", "data", "javascript"]
    {
        urls.insert(format!("{scheme}://127.0.0.1:{port}/"));
        urls.insert(format!("{scheme}:127.0.0.1:{port}"));
    }
    for odd in [
        "http://public.example@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}@public.example/",
        "http://public.example:{port}@127.0.0.1/",
        "http://user:password@public.example:{port}/",
        "http://public.example#@127.0.0.1:{port}/",
        "http://public.example\\@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}#.public.example/",
        "http://127.0.0.1:{port}\\.public.example/",
        "http:127.0.0.1:{port}/",
        "http:/127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "\thttp://127.0.0.1:{port}/",
        "http://127.0.0.1\t:{port}/",
        "ht\ntp://127.0.0.1:{port}/",
        "http://127.0.0.1%00.public.example:{port}/",
        "http://127.0.0.1%0d%0a.public.example:{port}/",
        "http://127。0。0。1:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://ⓛocalhost:{port}/",
        "http://loc%61lhost:{port}/",
        "http://127.0.0.1:0{port}/",
        "http://256.256.256.256:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://0:{port}/",
        "http://0/",
        "http://127.1/",
        "http://public.example:22/",
        "http://public.example:25/",
        "http://public.example:0/",
    ] {
        urls.insert(odd.replace("{port}", &port.to_string()));
    }
    urls
}

const NAMES_INSIDE: &[&str] = &[
    "localhost",
    "app.localhost",
    "ip6-localhost",
    "metadata.google.internal",
    "metadata",
    "instance-data.ec2.internal",
    "kubernetes.default.svc.cluster.local",
    "host.docker.internal",
    "router.lan",
    "127.0.0.1.nip.example",
    "both-inside.example",
    "mapped.example",
    "translated.example",
];

/// A hostile resolver: every name in the world leads to this machine. `public.example` too: whatever is asked of it must
/// be refused, for one reason or another.
fn liar() -> Arc<Liar> {
    let liar = Liar { otherwise: vec![Ipv4Addr::LOCALHOST.into()], ..Liar::default() };
    Arc::new(
        liar.says("metadata.google.internal", &[&["169.254.169.254", "127.0.0.1"]])
            .says("both-inside.example", &[&["::1", "127.0.0.1", "10.0.0.1"]])
            .says("mapped.example", &[&["::ffff:127.0.0.1"]])
            .says("translated.example", &[&["64:ff9b::7f00:1"]]),
    )
}

/// Calls every address of the corpus: as it stands and, where only the parser of URLs can make sense of it, as that one
/// reads it. Returns each form that could be called at all, with what came of it.
async fn try_all(door: &Door, port: u16) -> Vec<(String, Result<(), Lost>)> {
    let corpus = corpus(port);
    assert!(corpus.len() >= 300, "the corpus has shrunk to {}", corpus.len());
    let normal = corpus.iter().filter_map(|text| Some(String::from(Url::parse(text).ok()?)));
    let forms: BTreeSet<String> =
        corpus.iter().cloned().chain(normal).filter(|t| t.parse::<Uri>().is_ok()).collect();
    assert!(forms.len() >= 300, "only {} forms can be called", forms.len());
    join_all(forms.into_iter().map(async |form| (form.clone(), get(door, &form).await))).await
}

#[tokio::test]
async fn bm_160_no_user_given_address_reaches_this_machine() {
    let canary = canary_everywhere().await;
    let tried = try_all(&guarded(&[], &liar()), canary.address.port()).await;
    for (form, outcome) in &tried {
        // What is no URL cannot be sent. Everything else the guard must have stopped: that a connection merely failed
        // would prove nothing.
        let stopped = match Url::parse(form) {
            Ok(_) => matches!(outcome, Err(Lost::Forbidden(_))),
            Err(_) => matches!(outcome, Err(Lost::NotSent(_))),
        };
        assert!(stopped, "{form:?}: {outcome:?}");
    }
    assert_eq!(canary.connections(), 0);
}

/// Without the guard the same corpus arrives: the test above can fail.
#[tokio::test]
async fn the_corpus_is_dangerous() {
    let canary = canary_everywhere().await;
    let door = guarded(&["127.0.0.0/8", "0.0.0.0"], &liar());
    let tried = try_all(&door, canary.address.port()).await;
    let arrived = tried.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    assert!(arrived >= 50 && canary.connections() >= 50, "{arrived} arrived at {}", canary.connections());
}

#[tokio::test]
async fn a_name_that_nobody_knows_means_not_sent() {
    let outcome = get(&guarded(&[], &Arc::new(Liar::default())), "http://nobody.example/").await;
    assert!(matches!(outcome, Err(Lost::NotSent(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_refusal_is_not_a_call() {
    let calls = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let door = guarded(&[], &liar()).metered(calls.clone());
    get(&door, "http://127.0.0.1:1/").await.unwrap_err();
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_without_telling_where() {
    let canary = canary().await;
    let outcome = get(&guarded(&[], &liar()), &format!("http://router.lan:{}/", canary.address.port())).await;
    let Err(Lost::Forbidden(why)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "router.lan leads to internal addresses only");
}

/// Here 127.0.0.2 stands for the public address, and 127.0.0.1 for what it must not become.
#[tokio::test]
async fn bm_161_a_name_that_changes_its_mind_is_judged_again_for_each_connection() {
    let canary = canary().await;
    let port = canary.address.port();
    let public = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
    let liar = Arc::new(Liar::default().says("rebind.example", &[&["127.0.0.2"], &["127.0.0.1"]]));
    let door = guarded(&["127.0.0.2"], &liar);
    let url = format!("http://rebind.example:{port}/");

    let answering = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = public.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await.unwrap();
    });
    get(&door, &url).await.unwrap();
    answering.await.unwrap();
    assert_eq!(liar.asked("rebind.example"), 1, "checked and connected with one and the same answer");

    for _ in 0..3 {
        let outcome = get(&door, &url).await;
        assert!(matches!(outcome, Err(Lost::Forbidden(_))), "{outcome:?}");
    }
    assert_eq!((liar.asked("rebind.example"), canary.connections()), (4, 0));
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_allowed_address_is_tried() {
    let canary = canary().await;
    // Nobody listens on 127.0.0.2: falling back to the other address is what must not happen.
    let liar =
        Arc::new(Liar::default().says("mixed.example", &[&["::ffff:127.0.0.1", "127.0.0.2", "127.0.0.1"]]));
    let door = guarded(&["127.0.0.2"], &liar);
    let outcome = get(&door, &format!("http://mixed.example:{}/", canary.address.port())).await;
    assert!(matches!(outcome, Err(Lost::NotSent(_))), "{outcome:?}");
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn what_the_operator_allows_is_reached() {
    let canary = canary().await;
    let port = canary.address.port();
    for (allow, host) in [
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ("router.lan", "router.lan"),
        ("127.0.0.1", "router.lan"),
    ] {
        get(&guarded(&[allow], &liar()), &format!("http://{host}:{port}/")).await.unwrap();
    }
    let outcome = get(&guarded(&["router.lan"], &liar()), &format!("http://localhost:{port}/")).await;
    assert!(matches!(outcome, Err(Lost::Forbidden(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_redirect_inside_is_handed_back_and_the_next_hop_is_judged() {
    let canary = canary().await;
    let port = canary.address.port();
    let hop =
        format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{port}/\r\ncontent-length: 0\r\n\r\n");
    let outside = Peer::saying(hop).await;
    let liar = Arc::new(Liar::default().says("outside.example", &[&["127.0.0.1"]]));
    let door = guarded(&["outside.example"], &liar);
    let url = format!("http://outside.example:{}/", outside.address.port());
    let answer = door.send(Request::get(url).body(Bytes::new()).unwrap()).await.unwrap();
    let next = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(matches!(get(&door, &next).await, Err(Lost::Forbidden(_))));
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_form_can_refuse_an_address_before_it_is_called() {
    let door = guarded(&[], &liar());
    assert!(matches!(door.check(&"http://10.0.0.1/".parse().unwrap()), Err(Lost::Forbidden(_))));
    assert!(door.check(&"https://calendar.example/dav/".parse().unwrap()).is_ok());
    assert!(Door::trusted(limits()).unwrap().check(&"http://10.0.0.1/".parse().unwrap()).is_ok());
}
