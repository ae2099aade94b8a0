//! What becomes of memory that a training step has freed.

/// Asks the C library to keep freed memory at hand, up to 256 MiB a heap.
///
/// A training step frees and asks for the same megabytes again and again. By
/// default glibc gives them back to the system in between, and the kernel
/// clears each page anew: a third to a half of a large step's time. Programs
/// that train call this once, before they start; it changes no result. Where
/// the C library is another one, nothing happens.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::keep_freed_memory();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use nix::libc;

    /// Free bytes at the end of a heap that are kept.
    const KEPT: libc::c_int = 256 << 20;

    /// The largest block that glibc lets a heap hold; larger ones are mapped
    /// by themselves, and given back when they are freed.
    const IN_HEAP: libc::c_int = 32 << 20;

    pub(super) fn keep_freed_memory() {
        #[expect(unsafe_code, reason = "the C library's own settings")]
        // SAFETY: `mallopt` takes a lock of its own and may be called at any
        // time. It refuses what it does not know, and nothing is lost then.
        unsafe {
            libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
            libc::mallopt(libc::M_MMAP_THRESHOLD, IN_HEAP);
        }
    }
}
