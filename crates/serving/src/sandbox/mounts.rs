//! The file system inside: as outside, except that nothing written lasts.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;

use super::Plan;

/// Folders for passing things, kept by programs of many habits.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

/// Where shared memory lies.
const SHARED: &str = "/dev/shm";

/// Furnishes the file system of a sandbox:
/// - everything is read-only but the scratch folder;
/// - `/proc` shows the processes inside, `/dev/shm` is empty, and so is `/run`,
///   where sockets of the world outside lie;
/// - what is written to the working folder and to `/tmp` is private, where they
///   are the user's own; otherwise they are read-only.
pub(super) fn furnish(plan: &Plan) -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let everything = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    change(Path::new("/"), None, None, everything)?;
    read_only(Path::new("/"), true)?;

    let quiet = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    change(
        Path::new("/proc"),
        None,
        Some("proc"),
        quiet | MsFlags::MS_NOEXEC,
    )?;
    change(&plan.scratch, Some(&plan.scratch), None, MsFlags::MS_BIND)?;
    read_only(&plan.scratch, false)?;
    let scratch = File::open(&plan.scratch)?;

    // Once covered by the empty folder below, nobody inside sees it.
    let written = Path::new(SHARED);
    change(written, None, Some("tmpfs"), quiet)?;
    let hidden = keep_privately(&plan.folder, written);
    if hidden.iter().any(|folder| plan.scratch.starts_with(folder)) {
        let seen = format!("/proc/self/fd/{}", scratch.as_raw_fd());
        change(
            &plan.scratch,
            Some(Path::new(&seen)),
            None,
            MsFlags::MS_BIND,
        )?;
    }
    change(written, None, Some("tmpfs"), quiet)?;
    let needed = [Path::new(&plan.program), &plan.folder, &plan.scratch];
    let run = Path::new("/run");
    if run.is_dir() && !needed.iter().any(|path| path.starts_with(run)) {
        change(run, None, Some("tmpfs"), quiet)?;
    }
    Ok(())
}

/// Keeps what is written to the working folder and to `/tmp` at another place,
/// where that can be done. Gives those folders.
fn keep_privately(folder: &Path, written: &Path) -> Vec<PathBuf> {
    let mut private: Vec<PathBuf> = Vec::new();
    for folder in TEMPORARY.map(Path::new).into_iter().chain([folder]) {
        // An overlay can lie upon another only once, and need not.
        if private.iter().any(|outer| folder.starts_with(outer)) || !own(folder) {
            continue;
        }
        let at = written.join(private.len().to_string());
        if overlay(folder, &at).is_ok() {
            private.push(folder.to_owned());
        }
    }
    private
}

/// Whether this user may change the folder: else an overlay could not either.
fn own(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|data| data.is_dir() && data.uid() == geteuid().as_raw())
}

/// Shows the folder, and keeps what is written to it at another place.
fn overlay(folder: &Path, at: &Path) -> io::Result<()> {
    let (upper, work) = (at.join("upper"), at.join("work"));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&work)?;
    let option = |path: &Path| {
        // These three part options and layers from each other.
        let text = path
            .to_str()
            .filter(|text| !text.contains([',', ':', '\\']));
        text.map(str::to_owned).ok_or(Errno::EINVAL)
    };
    let options = format!(
        "lowerdir={},upperdir={},workdir={},userxattr",
        option(folder)?,
        option(&upper)?,
        option(&work)?
    );
    let (kind, flags) = (Some("overlay"), MsFlags::empty());
    mount(kind, folder, kind, flags, Some(options.as_str()))?;
    Ok(())
}

fn change(at: &Path, from: Option<&Path>, kind: Option<&str>, flags: MsFlags) -> io::Result<()> {
    mount(from, at, kind, flags, None::<&str>).map_err(|error| {
        let error = io::Error::from(error);
        io::Error::new(error.kind(), format!("mounting {}: {error}", at.display()))
    })
}

/// Makes a mount read-only, with all below it, or one of them writable again.
/// It takes Linux 5.12.
#[expect(unsafe_code, reason = "mount_setattr has no safe call")]
fn read_only(at: &Path, yes: bool) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(at.as_os_str().as_bytes())?;
    let attribute = libc::MOUNT_ATTR_RDONLY;
    let change = libc::mount_attr {
        attr_set: if yes { attribute } else { 0 },
        attr_clr: if yes { 0 } else { attribute },
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if yes { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: both pointers are to what outlives the call, and the size is that
    // of what the second points to.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const change,
            size_of_val(&change),
        )
    };
    Errno::result(result).map_err(|error| {
        let error = io::Error::from(error);
        io::Error::new(
            error.kind(),
            format!("making {} read-only: {error}", at.display()),
        )
    })?;
    Ok(())
}
