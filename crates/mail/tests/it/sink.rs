//! A mail server in miniature, on a socket of this machine: it takes letters, refuses them, or breaks off.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    Takes,
    /// Refuses whom it is for, for good.
    Refuses,
    /// Does not take it now.
    Busy,
    /// Has it, and breaks off without a word.
    BreaksOff,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) text: String,
}

#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    manner: Arc<Mutex<Manner>>,
}

impl Sink {
    pub(crate) async fn open() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let sink = Sink { url, taken: Arc::default(), manner: Arc::new(Mutex::new(Manner::Takes)) };
        let own = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move { drop(own.talk(stream).await) });
            }
        });
        sink
    }

    pub(crate) fn behaves(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let (mut from, mut to) = (String::new(), String::new());
        stream.write_all(b"220 sink\r\n").await?;
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let manner = *self.manner.lock().unwrap();
            let word = line.trim().to_ascii_uppercase();
            let address =
                || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(a, _)| a.to_owned());
            let says: &[u8] = match word.split([' ', ':']).next().unwrap_or_default() {
                "EHLO" | "HELO" => b"250 sink\r\n",
                "MAIL" => {
                    from = address().unwrap_or_default();
                    b"250 fine\r\n"
                }
                "RCPT" if manner == Manner::Refuses => b"550 nobody of that name\r\n",
                "RCPT" if manner == Manner::Busy => b"451 later\r\n",
                "RCPT" => {
                    to = address().unwrap_or_default();
                    b"250 fine\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    let mut text = String::new();
                    loop {
                        line.clear();
                        stream.read_line(&mut line).await?;
                        if line == ".\r\n" {
                            break;
                        }
                        text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    }
                    self.taken.lock().unwrap().push(Taken { from: from.clone(), to: to.clone(), text });
                    if manner == Manner::BreaksOff {
                        return Ok(());
                    }
                    b"250 taken\r\n"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => b"250 fine\r\n",
            };
            stream.write_all(says).await?;
        }
    }
}
