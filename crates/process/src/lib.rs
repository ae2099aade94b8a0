//! Programs of others, run so that nothing of them is left behind.
//!
//! A [`Program`] is an argument list, never a shell string. It sees only the
//! environment it needs, its output is bounded however much it prints, and its
//! whole process tree ends with it: also descendants that changed their group or
//! session, and also when this very process is killed.
//!
//! What does not live here: what the programs are for. Pipelines run stages, the
//! ledger asks git, and serving stages servers, all through this one door.
//!
//! ```
//! use seatrial_process::Program;
//!
//! let finished = Program::new("sort").stdin("b\na\n").run()?;
//! assert_eq!(finished.stdout.text(), "a\nb\n");
//! # Ok::<(), seatrial_process::ProcessError>(())
//! ```

mod captured;
mod error;
mod limit;
mod lookup;
mod program;
mod running;
mod spawn;
#[cfg(target_os = "linux")]
#[path = "tree/subreaper.rs"]
mod tree;
#[cfg(not(target_os = "linux"))]
#[path = "tree/group.rs"]
mod tree;

pub use captured::Captured;
pub use error::{ProcessError, Result};
pub use program::{Input, Program};
pub use running::{Finished, Running};
