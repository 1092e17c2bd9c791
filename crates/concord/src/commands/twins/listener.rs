//! A listener that can break a connection instead of answering, as fault rules want it.
//!
//! An answer that a twin marks as lost never leaves: the connection that it would have gone out on fails at its next
//! write, before the first byte. So the other side cannot tell whether its request had an effect, which is the point.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use concord_twins::faults::Lost;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Serves a twin's router. Ends only with an error.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let router = router.layer(middleware::from_fn(lose));
    axum::serve(Breakable(listener), router.into_make_service_with_connect_info::<Cut>()).await
}

/// Cuts the connection of an answer that is to be lost as a whole. One that breaks in the middle does so by its body.
async fn lose(ConnectInfo(cut): ConnectInfo<Cut>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<Lost>().is_some() && !response.headers().contains_key("content-length") {
        cut.0.store(true, Ordering::Release);
    }
    response
}

/// Whether a connection is to be broken.
#[derive(Clone, Debug, Default)]
struct Cut(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Breakable>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Cut {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be broken.
struct Breakable(TcpListener);

impl Listener for Breakable {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // The listener of axum knows what to do about errors of accepting.
        let (stream, address) = Listener::accept(&mut self.0).await;
        stream.set_nodelay(true).ok();
        (Connection { stream, cut: Cut::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection that can be broken.
struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl Connection {
    fn whole(&self) -> io::Result<()> {
        match self.cut.0.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
