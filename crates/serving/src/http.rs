//! HTTP into a sandbox: bounded in time and size, and to nowhere else.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ureq::config::Config;
use ureq::typestate::WithBody;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Agent, Body, RequestBuilder, http};

use crate::sandbox::Door;

/// Connections kept open for each other request.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// How long a connection on a loopback may take.
const CONNECT_S_MAX: Duration = Duration::from_secs(5);

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Such as 200.
    pub status: u16,
    /// All of it.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Status and body for people.
    pub fn brief(&self) -> String {
        const SHOWN: usize = 400;
        let text = String::from_utf8_lossy(&self.body);
        let text: String = text.trim().chars().take(SHOWN).collect();
        match text.as_str() {
            "" => format!("{} without a word", self.status),
            text => format!("{}: {text}", self.status),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nobody listens.
    NobodyListens,
    /// No whole answer in this time.
    TooLate(Duration),
    /// More than this many bytes.
    TooLong(u64),
    /// It sends us elsewhere.
    Redirected(String),
    /// The connection ended, or what came is not HTTP.
    Broken(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::NobodyListens => f.write_str("nobody listens"),
            NoAnswer::TooLate(after) => {
                let after_s = (after.as_secs_f64() * 1e3).round() / 1e3;
                write!(f, "no whole answer after {after_s} s")
            }
            NoAnswer::TooLong(bytes) => write!(f, "an answer of more than {bytes} bytes"),
            NoAnswer::Redirected(to) => write!(f, "a redirection to `{to}`, which is not followed"),
            NoAnswer::Broken(how) => write!(f, "no answer: {how}"),
        }
    }
}

/// Speaks to one port of a sandbox. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Agent,
    port: u16,
    answer_bytes_max: u64,
}

impl Client {
    /// For a port, with a bound on the size of an answer.
    pub fn new(door: Door, port: u16, answer_bytes_max: u64) -> Self {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(IDLE_CONNECTIONS_MAX)
            .max_idle_connections_per_host(IDLE_CONNECTIONS_MAX)
            .proxy(None)
            .build();
        Self {
            agent: Agent::with_parts(config, Reach { door, port }, DefaultResolver::default()),
            port,
            answer_bytes_max,
        }
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// When no whole answer comes within that time.
    pub fn get(&self, path: &str, within: Duration) -> Result<Answer, NoAnswer> {
        let request = self.agent.get(self.url(path));
        let request = request.config().timeout_global(Some(within)).build();
        self.answer(request.call(), within)
    }

    /// Sends JSON, or what is meant to look like it, to a path.
    ///
    /// # Errors
    /// When no whole answer comes within that time.
    pub fn post(&self, path: &str, body: &[u8], within: Duration) -> Result<Answer, NoAnswer> {
        self.send(self.agent.post(self.url(path)), body, within)
    }

    /// As [`post`](Self::post), on a connection that nothing is asked on again.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn post_last(&self, path: &str, body: &[u8], within: Duration) -> Result<Answer, NoAnswer> {
        let request = self.agent.post(self.url(path));
        self.send(request.header("connection", "close"), body, within)
    }

    fn send(
        &self,
        request: RequestBuilder<WithBody>,
        body: &[u8],
        within: Duration,
    ) -> Result<Answer, NoAnswer> {
        let request = request.header("content-type", "application/json");
        let request = request.config().timeout_global(Some(within)).build();
        self.answer(request.send(body), within)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn answer(
        &self,
        came: Result<http::Response<Body>, ureq::Error>,
        within: Duration,
    ) -> Result<Answer, NoAnswer> {
        let told = |error| self.no_answer(error, within);
        let mut response = came.map_err(told)?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get("location");
            let to = to.map_or("".into(), |to| String::from_utf8_lossy(to.as_bytes()));
            return Err(NoAnswer::Redirected(to.into_owned()));
        }
        if response.body().content_length() > Some(self.answer_bytes_max) {
            return Err(NoAnswer::TooLong(self.answer_bytes_max));
        }
        let body = response.body_mut().with_config();
        let body = body.limit(self.answer_bytes_max).read_to_vec();
        Ok(Answer {
            status: status.as_u16(),
            body: body.map_err(told)?,
        })
    }

    fn no_answer(&self, error: ureq::Error, within: Duration) -> NoAnswer {
        match error {
            ureq::Error::Timeout(_) => NoAnswer::TooLate(within),
            ureq::Error::BodyExceedsLimit(bytes) => NoAnswer::TooLong(bytes),
            ureq::Error::Io(error) => match error.kind() {
                io::ErrorKind::ConnectionRefused => NoAnswer::NobodyListens,
                io::ErrorKind::TimedOut => NoAnswer::TooLate(within),
                _ => NoAnswer::Broken(error.to_string()),
            },
            error => NoAnswer::Broken(error.to_string()),
        }
    }
}

/// Opens connections through a sandbox's door, whatever the address says.
#[derive(Debug)]
struct Reach {
    door: Door,
    port: u16,
}

impl Connector<()> for Reach {
    type Out = Socket;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Socket>, ureq::Error> {
        let within = details
            .timeout
            .not_zero()
            .map_or(CONNECT_S_MAX, |left| *left);
        let stream = self.door.connect(self.port, within.min(CONNECT_S_MAX))?;
        stream.set_nodelay(true)?;
        let config = details.config;
        Ok(Some(Socket {
            stream,
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
        }))
    }
}

/// A connection as ureq wants it.
#[derive(Debug)]
struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let limit = timeout.not_zero().map(|left| *left);
        self.stream.set_write_timeout(limit)?;
        let output = &self.buffers.output()[..amount];
        self.stream
            .write_all(output)
            .map_err(|error| late(error, &timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let limit = timeout.not_zero().map(|left| *left);
        self.stream.set_read_timeout(limit)?;
        let count = self
            .stream
            .read(self.buffers.input_append_buf())
            .map_err(|error| late(error, &timeout))?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        // Bytes that nobody asked for are as bad as an end.
        let quiet = |stream: &TcpStream| {
            stream.set_nonblocking(true)?;
            let waiting = stream.peek(&mut [0]);
            stream.set_nonblocking(false)?;
            Ok::<_, io::Error>(waiting.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock))
        };
        quiet(&self.stream).unwrap_or(false)
    }
}

fn late(error: io::Error, timeout: &NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}
