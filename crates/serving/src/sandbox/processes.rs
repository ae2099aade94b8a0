//! What the sandbox's own `/proc` says of the processes in it.

use std::fs;
use std::io;

use nix::unistd::{SysconfVar, sysconf};

use super::{Process, State};

/// At most this many processes are named.
const NAMED_MAX: usize = 64;

/// Writes into `state` what can be seen: memory, processor time, processes and
/// ports. The first process itself is left out.
pub(super) fn look(state: &mut State) -> io::Result<()> {
    let ticks_a_second = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100) as f64;
    (state.memory_bytes, state.cpu_s) = (0, 0.0);
    state.processes.clear();
    for id in ids()? {
        // It may end while it is looked at.
        let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) else {
            continue;
        };
        if field(&status, "State:").is_some_and(|word| word.starts_with('Z')) {
            continue;
        }
        state.memory_bytes += memory_bytes(&status);
        state.cpu_s += ticks(id).unwrap_or(0.0) / ticks_a_second;
        if state.processes.len() < NAMED_MAX {
            let name = field(&status, "Name:").unwrap_or_default().to_owned();
            state.processes.push(Process { id, name });
        }
    }
    state.memory_peak_bytes = state.memory_peak_bytes.max(state.memory_bytes);
    state.listening = listening();
    Ok(())
}

/// Only the memory, which is looked at all the time.
pub(super) fn memory_bytes_of_all() -> io::Result<u64> {
    let status = |id: i32| fs::read_to_string(format!("/proc/{id}/status"));
    let all = ids()?.into_iter().filter_map(|id| status(id).ok());
    Ok(all.map(|status| memory_bytes(&status)).sum())
}

fn ids() -> io::Result<Vec<i32>> {
    let numbers = fs::read_dir("/proc")?.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        name.to_str()?.parse().ok()
    });
    let mut ids: Vec<i32> = numbers.filter(|id| *id != 1).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// What is the process's own: pages of files can be had again, and are shared.
fn memory_bytes(status: &str) -> u64 {
    ["RssAnon:", "RssShmem:"]
        .iter()
        .filter_map(|name| {
            field(status, name)?
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        })
        .map(|kib| kib << 10)
        .sum()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim())
}

/// User and system time: fields 14 and 15 of proc_pid_stat(5).
fn ticks(id: i32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

/// Ports in state `0A`, which is listening: proc_net_tcp of the kernel's docs.
fn listening() -> Vec<u16> {
    let mut ports: Vec<u16> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .flat_map(|text| text.lines().filter_map(port).collect::<Vec<_>>())
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn port(line: &str) -> Option<u16> {
    let mut fields = line.split_whitespace().skip(1);
    let (local, state) = (fields.next()?, fields.nth(1)?);
    let (_, port) = local.rsplit_once(':')?;
    (state == "0A").then(|| u16::from_str_radix(port, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listening_port_is_read_and_a_connected_one_is_not() {
        let line = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000";
        assert_eq!(port(line), Some(8080));
        assert_eq!(port(&line.replace(" 0A ", " 01 ")), None);
        assert_eq!(port("  sl  local_address rem_address   st"), None);
    }

    #[test]
    fn memory_is_what_no_file_backs() {
        let status =
            "Name:\tx\nVmRSS:\t 900 kB\nRssAnon:\t 100 kB\nRssFile:\t 780 kB\nRssShmem:\t 20 kB\n";
        assert_eq!(memory_bytes(status), 120 << 10);
    }
}
