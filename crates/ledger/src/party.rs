//! The processes that take part in a run, and what became of them.
//!
//! A number of a process is given again after its end; with its time of start
//! and the system's boot it is not. In another container the same number means
//! another process, so such parties are told apart by their process space.

use std::fs;

/// A process, told apart from all others that ever had its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which start of the system.
    pub(crate) boot: String,
    /// Which space of process numbers.
    pub(crate) space: String,
    /// Its number there.
    pub(crate) pid: u32,
    /// When it started, in ticks since boot.
    pub(crate) started: String,
}

/// What became of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes on.
    Alive,
    /// It is no more.
    Gone,
    /// It cannot be seen from here.
    Unknown,
}

impl Party {
    /// This process.
    pub fn this() -> Self {
        Self::of(std::process::id())
    }

    /// The process that started this one.
    #[cfg(unix)]
    pub fn parent() -> Self {
        Self::of(std::os::unix::process::parent_id())
    }

    /// The process that started this one cannot be told.
    #[cfg(not(unix))]
    pub fn parent() -> Self {
        Self::this()
    }

    fn of(pid: u32) -> Self {
        Self {
            boot: boot(),
            space: space(),
            pid,
            started: started(pid).unwrap_or_default(),
        }
    }

    /// What became of it.
    pub fn fate(&self) -> Fate {
        let boot = boot();
        if boot.is_empty() || self.boot.is_empty() {
            return Fate::Unknown;
        }
        if boot != self.boot {
            return Fate::Gone;
        }
        if space() != self.space {
            return Fate::Unknown;
        }
        match started(self.pid) {
            Some(started) if started == self.started => Fate::Alive,
            _ => Fate::Gone,
        }
    }
}

fn boot() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.map(|id| id.trim().to_owned()).unwrap_or_default()
}

fn space() -> String {
    let link = fs::read_link("/proc/self/ns/pid");
    link.map(|link| link.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// When a process started, in ticks since boot: field 22 of `proc_pid_stat(5)`.
/// `None` if there is none of this number, or only what is left of one.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold any.
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    (!matches!(state, "Z" | "X")).then(|| started.to_owned())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive() {
        assert_eq!(Party::this().fate(), Fate::Alive);
        assert_eq!(Party::parent().fate(), Fate::Alive);
    }

    #[test]
    fn one_of_another_boot_or_another_start_is_gone() {
        let rebooted = Party {
            boot: "another".into(),
            ..Party::this()
        };
        assert_eq!(rebooted.fate(), Fate::Gone);
        let reused = Party {
            started: "1".into(),
            ..Party::this()
        };
        assert_eq!(reused.fate(), Fate::Gone);
    }

    #[test]
    fn one_in_another_process_space_is_unknown() {
        let elsewhere = Party {
            space: "pid:[1]".into(),
            ..Party::this()
        };
        assert_eq!(elsewhere.fate(), Fate::Unknown);
    }

    #[test]
    fn one_that_was_killed_is_gone_even_before_it_is_buried() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("sleep");
        let party = Party::of(child.id());
        assert_eq!(party.fate(), Fate::Alive);
        child.kill().expect("killed");
        while party.fate() == Fate::Alive {
            std::thread::yield_now();
        }
        assert_eq!(party.fate(), Fate::Gone);
        child.wait().expect("buried");
        assert_eq!(party.fate(), Fate::Gone);
    }
}
