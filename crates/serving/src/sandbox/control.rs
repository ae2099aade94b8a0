//! Words between the prober outside and the first process inside: one packet a
//! message, over a pair of sockets that nothing else holds.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, Shutdown, SockFlag, SockType,
    recvmsg, sendmsg, shutdown, socketpair,
};
use serde::{Deserialize, Serialize};

use super::{SandboxError, State};

/// The longest message. Longer lists of processes are cut.
const PACKET_BYTES_MAX: usize = 32 << 10;

/// How long the first process may take for an answer.
const ANSWER_S_MAX: Duration = Duration::from_secs(10);

/// What the first process is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// For a socket inside, not yet connected.
    Socket,
    /// How the server is.
    State,
    /// To let the server's own process end in peace.
    Terminate,
}

/// What the first process, or the keeper, says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Told {
    /// The program runs.
    Started,
    /// There can be no namespaces.
    Forbidden(String),
    /// There is no such program.
    NotStarted(String),
    /// Something else went wrong.
    Broken(String),
    /// How the server is.
    State(State),
    /// Done; a socket may come with it.
    Done,
}

/// Two ends that speak to each other.
pub(super) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?)
}

/// Says something, perhaps handing over a socket.
pub(super) fn say<T: Serialize>(
    to: BorrowedFd,
    what: &T,
    socket: Option<BorrowedFd>,
) -> io::Result<()> {
    let text = serde_json::to_vec(what)?;
    let handed: Vec<RawFd> = socket.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&handed)];
    let rights = if handed.is_empty() { &[][..] } else { &rights };
    let flags = MsgFlags::MSG_NOSIGNAL;
    sendmsg::<()>(to.as_raw_fd(), &[IoSlice::new(&text)], rights, flags, None)?;
    Ok(())
}

/// Hears one message, and the socket that came with it; `None` at the end.
#[expect(unsafe_code, reason = "a file descriptor that the kernel hands over")]
pub(super) fn hear<T: for<'a> Deserialize<'a>>(
    from: BorrowedFd,
) -> io::Result<Option<(T, Option<OwnedFd>)>> {
    let mut text = vec![0; PACKET_BYTES_MAX];
    let mut space = cmsg_space!([RawFd; 1]);
    let (count, handed) = {
        let mut parts = [IoSliceMut::new(&mut text)];
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = recvmsg::<()>(from.as_raw_fd(), &mut parts, Some(&mut space), flags)?;
        let rights = message.cmsgs()?.find_map(|part| match part {
            ControlMessageOwned::ScmRights(handed) => handed.first().copied(),
            _ => None,
        });
        (message.bytes, rights)
    };
    // SAFETY: the kernel has just made this descriptor for us, and no one else
    // in this process knows of it.
    let handed = handed.map(|raw| unsafe { OwnedFd::from_raw_fd(raw) });
    if count == 0 {
        return Ok(None);
    }
    Ok(Some((serde_json::from_slice(&text[..count])?, handed)))
}

/// Whether there is something to hear, after at most this long. The end of the
/// conversation counts.
pub(super) fn something_to_hear(from: BorrowedFd, within: Duration) -> io::Result<bool> {
    let timeout = PollTimeout::try_from(within).unwrap_or(PollTimeout::MAX);
    let mut waiting = [PollFd::new(from, PollFlags::POLLIN)];
    match poll(&mut waiting, timeout) {
        Ok(count) => Ok(count > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The prober's end.
#[derive(Debug)]
pub(super) struct Control {
    /// One question at a time: an answer follows its question.
    end: Mutex<OwnedFd>,
}

impl Control {
    pub(super) fn new(end: OwnedFd) -> Self {
        Self {
            end: Mutex::new(end),
        }
    }

    /// Hears what is said unasked.
    pub(super) fn hear(&self, within: Duration) -> Result<Told, SandboxError> {
        Ok(next(self.end().as_fd(), within)?.0)
    }

    pub(super) fn socket(&self) -> Result<OwnedFd, SandboxError> {
        match self.ask(Asked::Socket)? {
            (Told::Done, Some(socket)) => Ok(socket),
            (told, _) => Err(gone(format!("instead of a socket it gave {told:?}"))),
        }
    }

    pub(super) fn state(&self) -> Result<State, SandboxError> {
        match self.ask(Asked::State)? {
            (Told::State(state), _) => Ok(state),
            (told, _) => Err(gone(format!("instead of its state it gave {told:?}"))),
        }
    }

    pub(super) fn terminate(&self) -> Result<(), SandboxError> {
        self.ask(Asked::Terminate).map(|_| ())
    }

    /// Ends the conversation, and so the sandbox.
    pub(super) fn close(&self) {
        let _ = shutdown(self.end().as_raw_fd(), Shutdown::Both);
    }

    fn ask(&self, what: Asked) -> Result<(Told, Option<OwnedFd>), SandboxError> {
        let end = self.end();
        say(end.as_fd(), &what, None).map_err(gone)?;
        next(end.as_fd(), ANSWER_S_MAX)
    }

    fn end(&self) -> std::sync::MutexGuard<'_, OwnedFd> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(end: BorrowedFd, within: Duration) -> Result<(Told, Option<OwnedFd>), SandboxError> {
    if !something_to_hear(end, within).map_err(gone)? {
        return Err(gone(format!("no word in {} s", within.as_secs())));
    }
    hear(end)
        .map_err(gone)?
        .ok_or_else(|| gone("its first process ended"))
}

fn gone(reason: impl ToString) -> SandboxError {
    SandboxError::Gone(reason.to_string())
}
