//! As much of HTTP as a specimen server needs.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// A request.
pub(super) struct Asked {
    pub path: String,
    pub body: Vec<u8>,
}

/// Reads the next request; `None` at the end.
pub(super) fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let path = head.split_whitespace().nth(1)?.to_owned();
    Some(Asked { path, body })
}

/// What is answered.
pub(super) enum Reply {
    /// A status and a text.
    Text(u16, String),
    /// A status that sends elsewhere.
    Redirect(String),
    /// So many bytes.
    Endless(u64),
    /// A beginning without an end.
    Hanging,
}

impl Reply {
    pub fn json(value: &Value) -> Self {
        Reply::Text(200, value.to_string())
    }

    pub fn error(status: u16, why: &str) -> Self {
        Reply::Text(status, json!({ "error": why }).to_string())
    }

    pub fn text(status: u16, text: &str) -> Self {
        Reply::Text(status, text.to_owned())
    }

    pub fn redirect(to: &str) -> Self {
        Reply::Redirect(to.to_owned())
    }

    pub fn send(&self, stream: &mut TcpStream) -> io::Result<()> {
        match self {
            Reply::Text(status, text) => {
                let length = text.len();
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n");
                stream.write_all((head + text).as_bytes())
            }
            Reply::Redirect(to) => {
                let head = format!("HTTP/1.1 307 X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes())
            }
            Reply::Endless(bytes) => {
                stream.write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n")?;
                let chunk = [b' '; 64 << 10];
                for _ in 0..bytes / chunk.len() as u64 {
                    stream.write_all(&chunk)?;
                }
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Reply::Hanging => {
                stream.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n{")?;
                thread::sleep(Duration::from_secs(3600));
                Ok(())
            }
        }
    }
}
