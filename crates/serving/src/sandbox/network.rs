//! The sandbox's one network interface: its loopback.

use std::io;
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket,
};

/// `RTM_NEWLINK` of rtnetlink(7).
const NEW_LINK: u16 = 16;
/// `NLM_F_REQUEST | NLM_F_ACK` of netlink(7).
const REQUEST_AND_ACK: u16 = 1 | 4;
/// `NLMSG_ERROR`, which also carries the acknowledgement, as error 0.
const ERROR: u16 = 2;
/// The loopback is the first interface of every network namespace.
const LOOPBACK: i32 = 1;
/// `IFF_UP` of netdevice(7).
const UP: u32 = 1;

/// Brings the loopback up: a new network comes with it down.
pub(super) fn loopback_up() -> io::Result<()> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    send(socket.as_raw_fd(), &request(), MsgFlags::empty())?;
    let mut answer = [0; 64];
    let count = recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    match code(&answer[..count]) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(-error)),
        None => Err(io::Error::other("the kernel's answer cannot be read")),
    }
}

/// A `nlmsghdr` of 16 bytes and an `ifinfomsg` of 16.
fn request() -> Vec<u8> {
    let mut message = Vec::with_capacity(32);
    message.extend(32u32.to_ne_bytes());
    message.extend(NEW_LINK.to_ne_bytes());
    message.extend(REQUEST_AND_ACK.to_ne_bytes());
    message.extend([0; 8]); // sequence and sender: there is one message
    message.extend([0; 4]); // family, padding and type: any
    message.extend(LOOPBACK.to_ne_bytes());
    message.extend(UP.to_ne_bytes()); // what it shall be
    message.extend(UP.to_ne_bytes()); // what shall change
    message
}

/// The error code of an acknowledgement.
fn code(answer: &[u8]) -> Option<i32> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let code = i32::from_ne_bytes(answer.get(16..20)?.try_into().ok()?);
    (kind == ERROR).then_some(code)
}
