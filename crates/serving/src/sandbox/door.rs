//! Sockets that reach into a sandbox.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{SockaddrIn, connect, getsockopt, sockopt};

use super::control::Control;

/// Opens connections to ports of a sandbox's loopback.
#[derive(Clone, Debug)]
pub struct Door {
    control: Arc<Control>,
}

impl Door {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self { control }
    }

    /// Connects to a port, within a time.
    ///
    /// # Errors
    /// When nobody listens there, or the sandbox is gone.
    pub fn connect(&self, port: u16, within: Duration) -> io::Result<TcpStream> {
        let socket = self.control.socket().map_err(io::Error::other)?;
        let to = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
        let stream = TcpStream::from(socket);
        stream.set_nonblocking(true)?;
        match connect(stream.as_raw_fd(), &to) {
            Ok(()) => {}
            Err(Errno::EINPROGRESS) => wait(&stream, within)?,
            Err(error) => return Err(error.into()),
        }
        stream.set_nonblocking(false)?;
        Ok(stream)
    }
}

fn wait(stream: &TcpStream, within: Duration) -> io::Result<()> {
    let timeout = PollTimeout::try_from(within).unwrap_or(PollTimeout::MAX);
    let mut waiting = [PollFd::new(stream.as_fd(), PollFlags::POLLOUT)];
    if poll(&mut waiting, timeout)? == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    match getsockopt(stream, sockopt::SocketError)? {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}
