//! The parts that this program plays inside a sandbox, and the prober's.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::thread::sleep;
use std::time::Duration;

use seatrial_serving::sandbox::Sandbox;

const FOR_EVER: Duration = Duration::from_secs(3600);

/// Plays the part that the arguments name, if they name one.
pub fn play() -> Option<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["listen", port, says] => listen(port, says),
        ["fork-away", port, says] => {
            start(&["listen", port, says]);
        }
        ["with-child", port, says] => {
            start(&["listen", port, says]);
            sleep(FOR_EVER);
        }
        ["one-at-a-time", port] => one_at_a_time(port),
        ["reach-out", port] => reach_out(port),
        ["write"] => write(),
        ["exit"] => {
            println!("its last words");
            return Some(ExitCode::from(7));
        }
        ["abort"] => {
            println!("its last words");
            std::process::abort();
        }
        ["eat"] => eat(),
        ["processors"] => {
            println!(
                "{} processors",
                std::thread::available_parallelism().unwrap()
            );
            sleep(FOR_EVER);
        }
        ["print-a-gigabyte"] => print_a_gigabyte(),
        ["probe", word] => {
            let plan = super::plan(&["listen", "8000", word]);
            let scratch = plan.scratch.clone();
            let _sandbox = Sandbox::start(plan).unwrap();
            println!("{}", scratch.display());
            sleep(FOR_EVER);
        }
        _ => return None,
    }
    Some(ExitCode::SUCCESS)
}

fn start(part: &[&str]) {
    let program = std::env::current_exe().unwrap();
    #[expect(clippy::zombie_processes, reason = "left behind on purpose")]
    Command::new(program).args(part).spawn().unwrap();
}

fn listen(port: &str, says: &str) {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        stream.read_exact(&mut [0]).unwrap();
        stream.write_all(says.as_bytes()).unwrap();
    }
}

/// A server of JSON that keeps a connection until its other end goes, and sees to
/// the next one only then. It takes 1 and `null`, and refuses all else.
fn one_at_a_time(port: &str) {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        while let Some(body) = body_of_request(&mut stream) {
            let (status, answer) = match body.as_str() {
                "" => ("200 OK", "{}"),
                r#"{"x":[[1.0]]}"# => ("200 OK", r#"{"y":[[2.0]]}"#),
                r#"{"x":[[null]]}"# => ("200 OK", r#"{"y":[[null]]}"#),
                _ => ("400 Bad Request", "{}"),
            };
            let length = answer.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{answer}");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    }
}

fn body_of_request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

fn reach_out(port: &str) {
    // This host's loopback, documentation's networks, and a name server.
    for address in [
        format!("127.0.0.1:{port}"),
        "192.0.2.1:80".into(),
        "198.51.100.1:53".into(),
    ] {
        let address = address.parse().unwrap();
        if TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
            println!("reached {address}");
        }
    }
    let interfaces = std::fs::read_to_string("/proc/net/dev").unwrap();
    let names = interfaces
        .lines()
        .skip(2)
        .filter_map(|line| line.split(':').next());
    if names.map(str::trim).eq(["lo"]) {
        println!("loopback alone");
    }
    println!("tried");
    sleep(FOR_EVER);
}

fn write() {
    let scratch = std::env::var("TMPDIR").unwrap();
    println!("here: {}", std::fs::write("kept.txt", "changed").is_ok());
    println!(
        "scratch: {}",
        std::fs::write(format!("{scratch}/x"), "x").is_ok()
    );
    println!(
        "/dev/shm: {}",
        std::fs::write("/dev/shm/seatrial-trace", "x").is_ok()
    );
    println!("/: {}", std::fs::write("/seatrial-trace", "x").is_ok());
    let writable = nix::mount::MsFlags::MS_REMOUNT | nix::mount::MsFlags::MS_BIND;
    let again = nix::mount::mount(None::<&str>, "/", None::<&str>, writable, None::<&str>);
    println!("remount: {}", again.is_ok());
    println!("wrote");
    sleep(FOR_EVER);
}

fn eat() {
    let mut eaten: Vec<Vec<u8>> = Vec::new();
    loop {
        eaten.push(vec![1; 1 << 20]);
        sleep(Duration::from_millis(1));
    }
}

fn print_a_gigabyte() {
    let mut out = std::io::stdout().lock();
    let line = [b'x'; 64 << 10];
    for _ in 0..=(1 << 30) / line.len() {
        out.write_all(&line).unwrap();
    }
    out.write_all(b"the end").unwrap();
    out.flush().unwrap();
    sleep(FOR_EVER);
}
