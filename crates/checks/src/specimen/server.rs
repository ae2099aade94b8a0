//! Servers that are broken on purpose, and sound ones: this program, started
//! under another name.
//!
//! They serve a small logistic model in every protocol and dialect.

mod connection;
mod model;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use connection::{Asked, Reply, read_request};
use model::Model;
use serde_json::{Value, json};

/// The name under which this program is a server.
pub const NAME: &str = "specimen-server";

const FOR_EVER: Duration = Duration::from_secs(3600);

/// For the start of a program's `main`: serves if this program was started
/// under [`NAME`], and gives the exit code to end with.
pub fn serve_if_named() -> Option<ExitCode> {
    let mut arguments = std::env::args();
    let own = arguments.next()?;
    if !own.ends_with(NAME) {
        return None;
    }
    let flags = arguments.filter_map(|argument| {
        let (name, value) = argument.strip_prefix("--")?.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    Some(ExitCode::from(serve(flags.collect())))
}

/// A server at work.
struct Server {
    flags: BTreeMap<String, String>,
    model: Model,
    loaded: AtomicBool,
    inferred: AtomicUsize,
    leaked: Mutex<Vec<Vec<u8>>>,
}

fn serve(flags: BTreeMap<String, String>) -> u8 {
    let flag = |name: &str| flags.get(name).map(String::as_str);
    let mut err = std::io::stderr();
    let model = match Model::read(flag("model").unwrap_or_default(), flag("understands")) {
        Ok(model) => model,
        Err(why) => {
            let _ = writeln!(err, "cannot load: {why}");
            return 4;
        }
    };
    let fault = flag("fault").unwrap_or_default().to_owned();
    match fault.as_str() {
        "exits" => {
            let _ = writeln!(err, "no licence found");
            return 3;
        }
        "never-listens" => thread::sleep(FOR_EVER),
        "prints-a-gigabyte" => print_a_gigabyte(),
        "forks-and-leaves" => {
            start_again(&flags);
            // The child listens by then.
            thread::sleep(Duration::from_millis(300));
            return 0;
        }
        "leaves-a-child" => {
            start_again(&flags);
            thread::sleep(FOR_EVER);
        }
        _ => {}
    }
    let port: u16 = flag("port").and_then(|port| port.parse().ok()).unwrap_or(0);
    let port = if fault == "wrong-port" {
        port + 1
    } else {
        port
    };
    let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) else {
        return 5;
    };
    let loaded = AtomicBool::new(flag("load") != Some("request"));
    let server = Server {
        flags,
        model,
        loaded,
        inferred: AtomicUsize::new(0),
        leaked: Mutex::default(),
    };
    thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            let server = &server;
            scope.spawn(move || server.converse(stream));
        }
    });
    0
}

/// The same server without its fault, as a child that is not waited for.
fn start_again(flags: &BTreeMap<String, String>) {
    let sound = flags.iter().filter(|(name, _)| *name != "fault");
    let Some(own) = std::env::args_os().next() else {
        return;
    };
    let child = Command::new(own)
        .args(sound.map(|(name, value)| format!("--{name}={value}")))
        .spawn();
    std::mem::forget(child);
}

fn print_a_gigabyte() {
    let mut out = std::io::stdout().lock();
    let line = [b'x'; 64 << 10];
    for _ in 0..(1 << 30) / line.len() {
        if out.write_all(&line).is_err() {
            return;
        }
    }
}

impl Server {
    fn flag(&self, name: &str) -> &str {
        self.flags.get(name).map_or("", String::as_str)
    }

    fn has(&self, fault: &str) -> bool {
        self.flag("fault") == fault
    }

    fn converse(&self, mut stream: TcpStream) {
        while let Some(asked) = read_request(&mut stream) {
            let reply = self.reply(&asked);
            if reply.send(&mut stream).is_err() {
                return;
            }
        }
    }

    fn reply(&self, asked: &Asked) -> Reply {
        let path = asked.path.as_str();
        if path.ends_with("/load") {
            return self.load();
        }
        if path.ends_with("/index") {
            return self.index();
        }
        if path.ends_with("/infer") || path.ends_with(":predict") || path == "/predict" {
            return self.infer(asked);
        }
        match (self.loaded.load(Ordering::Relaxed), self.flag("dialect")) {
            _ if self.has("never-ready") => Reply::error(503, "warming up"),
            _ if self.has("redirects") => Reply::redirect("http://192.0.2.1/elsewhere"),
            (false, "mlserver") => Reply::error(400, "not ready"),
            (false, _) => Reply::error(404, "unknown model"),
            (true, "tensorflow") => Reply::json(
                &json!({"model_version_status": [{"version": "1", "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""}}]}),
            ),
            (true, _) => Reply::json(&json!({"ready": true})),
        }
    }

    fn load(&self) -> Reply {
        if self.has("hangs-on-load") {
            thread::sleep(FOR_EVER);
        }
        if self.has("refuses-load") {
            let why = "failed to load 'loans': no kernel for operation Erf(13)";
            return match self.flag("dialect") {
                "mlserver" => Reply::text(500, "Internal Server Error"),
                "kserve" => Reply::error(503, why),
                _ => Reply::error(400, why),
            };
        }
        self.loaded.store(true, Ordering::Relaxed);
        Reply::json(&json!({}))
    }

    fn index(&self) -> Reply {
        match self.flag("dialect") {
            "kserve" | "tensorflow" => Reply::error(404, "not found"),
            _ if self.has("never-ready") => Reply::json(&json!([])),
            _ => Reply::json(&json!([{"name": "loans", "version": "1", "state": "READY"}])),
        }
    }

    fn infer(&self, asked: &Asked) -> Reply {
        let before = self.inferred.fetch_add(1, Ordering::Relaxed);
        match self.flag("fault") {
            "ready-and-broken" => return Reply::error(500, "the worker is gone"),
            "dies-on-the-tenth" if before == 9 => std::process::abort(),
            "slow" => thread::sleep(Duration::from_millis(30)),
            "answers-a-gigabyte" => return Reply::Endless(1 << 30),
            "never-closes" => return Reply::Hanging,
            "leaks" => {
                let mut leaked = self.leaked.lock().unwrap_or_else(PoisonError::into_inner);
                leaked.push(vec![1; 1 << 20]);
            }
            _ => {}
        }
        let read = match serde_json::from_slice::<Value>(&asked.body) {
            Ok(read) => read,
            Err(_) if self.has("dies-of-bad-json") => std::process::abort(),
            Err(error) => return Reply::error(400, &error.to_string()),
        };
        let lenient = self.has("takes-anything");
        match self.rows(&read) {
            Ok(rows) => self.outputs(&read, &rows),
            Err(_) if lenient => self.outputs(&read, &[vec![0.0; self.model.width()]]),
            Err(why) if self.flag("dialect") == "mlserver" => Reply::text(500, &why),
            Err(why) => Reply::error(400, &why),
        }
    }

    /// The rows that a request holds, if it is a good one.
    fn rows(&self, read: &Value) -> Result<Vec<Vec<f64>>, String> {
        let width = self.model.width();
        let rows: Vec<Vec<f64>> = match self.flag("dialect") {
            "tensorflow" => nested(&read["inputs"]["x"])?,
            "generic" => nested(&read["rows"])?,
            dialect => {
                if dialect == "kserve" && read["id"].as_str().is_none() {
                    return Err("id: a text is needed".into());
                }
                let input = &read["inputs"][0];
                if input["name"] != "x" || input["datatype"] != "FP32" {
                    return Err("unexpected inference input".into());
                }
                let flat: Option<Vec<f64>> = input["data"]
                    .as_array()
                    .and_then(|data| data.iter().map(Value::as_f64).collect());
                let flat = flat.ok_or("data that is no number")?;
                if input["shape"] != json!([flat.len() / width, width]) {
                    return Err("unexpected shape".into());
                }
                flat.chunks(width).map(<[f64]>::to_vec).collect()
            }
        };
        match rows.iter().all(|row| row.len() == width) && !rows.is_empty() {
            true => Ok(rows),
            false => Err(format!("rows of {width} numbers are needed")),
        }
    }

    fn outputs(&self, read: &Value, rows: &[Vec<f64>]) -> Reply {
        let scaled = !self.has("forgets-preprocessing");
        let mut probability: Vec<f64> = rows
            .iter()
            .map(|row| self.model.probability(row, scaled))
            .collect();
        let mut ratio: Vec<f64> = rows.iter().map(|row| row[1] / row[0]).collect();
        if self.has("swaps-outputs") {
            std::mem::swap(&mut probability, &mut ratio);
        }
        if self.has("loses-nan") {
            ratio
                .iter_mut()
                .filter(|one| one.is_nan())
                .for_each(|one| *one = 0.0);
        }
        let bare = self.flag("dialect") != "mlserver" && self.flag("dialect") != "kserve";
        let [probability, ratio] = [probability, ratio].map(|all| {
            let all = all.iter().map(|one| match one.is_finite() {
                true => format!("{one}"),
                false if bare && one.is_nan() => "NaN".into(),
                false => "null".into(),
            });
            format!("[{}]", all.collect::<Vec<_>>().join(","))
        });
        let count = match self.flag("dialect") {
            "mlserver" => format!("{}, 1", rows.len()),
            _ => rows.len().to_string(),
        };
        Reply::Text(
            200,
            match self.flag("dialect") {
                "tensorflow" => format!(
                    "{{\"outputs\": {{\"probability\": {probability}, \"ratio\": {ratio}}}}}"
                ),
                "generic" => format!("{{\"result\": {{\"p\": {probability}, \"r\": {ratio}}}}}"),
                _ => format!(
                    "{{\"model_name\": \"loans\", \"id\": {}, \"outputs\": [\
                 {{\"name\": \"ratio\", \"datatype\": \"FP32\", \"shape\": [{count}], \"data\": {ratio}}},\
                 {{\"name\": \"probability\", \"datatype\": \"FP32\", \"shape\": [{count}], \"data\": {probability}}}]}}",
                    read["id"]
                ),
            },
        )
    }
}

fn nested(rows: &Value) -> Result<Vec<Vec<f64>>, String> {
    let row =
        |row: &Value| -> Option<Vec<f64>> { row.as_array()?.iter().map(Value::as_f64).collect() };
    let rows: Option<Vec<Vec<f64>>> = rows
        .as_array()
        .and_then(|rows| rows.iter().map(row).collect());
    rows.ok_or_else(|| "rows of numbers are needed".into())
}
