//! A hard limit on memory: a control group where there may be one, else a limit
//! on each process. The first process watches the sum in any case.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::Pid;

/// A folder where a keeper's group may be, and the file that holds its limit.
type Group = (PathBuf, &'static str);

/// Where the group of a keeper may be: below the group that this process is in,
/// so that what holds for this process holds there too. Version 2 mostly keeps
/// groups with processes in them from having groups with limits; then beside it.
fn groups(keeper: u32) -> Vec<Group> {
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mut groups = Vec::new();
    for line in own.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(kind), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (root, file) = match kind {
            "" => ("/sys/fs/cgroup", "memory.max"),
            "memory" => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let own = Path::new(root).join(path.trim_start_matches('/'));
        let beside = own.parent().filter(|parent| parent.starts_with(root));
        for folder in [Some(own.as_path()), beside].into_iter().flatten() {
            groups.push((folder.join(format!("seatrial-{keeper}")), file));
        }
    }
    groups
}

/// Puts a process, and all that will come of it, into a group with this limit.
/// Gives whether that could be done: mostly, only root may.
pub(super) fn confine(keeper: u32, process: Pid, bytes: u64) -> bool {
    groups(keeper).into_iter().any(|(group, file)| {
        let confined = fs::create_dir(&group).is_ok()
            && fs::write(group.join(file), bytes.to_string()).is_ok()
            && fs::write(group.join("cgroup.procs"), process.to_string()).is_ok();
        if !confined {
            let _ = fs::remove_dir(&group);
        }
        confined
    })
}

/// Removes a keeper's group. It must be empty, and may be gone.
pub(super) fn remove(keeper: u32) {
    for (group, _) in groups(keeper) {
        let _ = fs::remove_dir(group);
    }
}

/// Whether the kernel ended one of a keeper's processes for want of memory.
pub(super) fn ran_out(keeper: u32) -> bool {
    let counts = |(group, _): Group| {
        let read = |file: &str| fs::read_to_string(group.join(file)).ok();
        read("memory.events").or_else(|| read("memory.oom_control"))
    };
    let kills = |text: String| {
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.is_some_and(|count| count.trim() != "0")
    };
    groups(keeper).into_iter().filter_map(counts).any(kills)
}

/// Limits the data of this process and of each that comes of it.
pub(super) fn limit_each(bytes: u64) -> io::Result<()> {
    Ok(setrlimit(Resource::RLIMIT_DATA, bytes, bytes)?)
}

/// Keeps this process, and all that comes of it, on so many processors.
pub(super) fn keep_on(cpus: usize) -> io::Result<()> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let mut kept = CpuSet::new();
    let of_allowed = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    for cpu in of_allowed.take(cpus) {
        kept.set(cpu)?;
    }
    Ok(sched_setaffinity(this, &kept)?)
}
