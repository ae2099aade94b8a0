//! Why there is no sandbox, or no way into it.

/// Why a server cannot be put into a sandbox, or be reached in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The kernel, or what surrounds this process, allows no namespaces.
    #[error(
        "no sandbox: this system does not let this process make namespaces ({0}). A server is \
         staged in a sandbox or not at all: allow unprivileged user namespaces \
         (`sysctl user.max_user_namespaces`, `kernel.apparmor_restrict_unprivileged_userns`; in a \
         container, its seccomp profile)"
    )]
    Forbidden(String),

    /// There are no namespaces here.
    #[error(
        "no sandbox: it is made of namespaces, which Linux has and this system has not. A server is \
         staged in a sandbox or not at all: stage it on Linux"
    )]
    NotHere,

    /// The sandbox could not be furnished.
    #[error("no sandbox: {0}")]
    Setup(String),

    /// The program of the server could not be started.
    #[error("the server cannot be started: `{program}`: {reason}")]
    Start {
        /// The program, as the command names it.
        program: String,
        /// What the system says.
        reason: String,
    },

    /// The first process inside is gone.
    #[error("the sandbox is gone: {0}")]
    Gone(String),
}
