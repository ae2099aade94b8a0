//! The package runs on the server that it is meant for.

mod declaration;
mod exam;
mod rollback;
mod serves;
mod staged;

pub use declaration::{PackageDeclaration, ServerDeclaration};
pub use rollback::Rollback;
pub use serves::Serves;

use crate::registry::Registry;

pub(crate) fn register(registry: Registry) -> Registry {
    registry.check::<Serves>().check::<Rollback>()
}
