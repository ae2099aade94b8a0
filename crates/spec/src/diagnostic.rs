//! Errors for the person who wrote the spec.

/// One thing that is wrong in a spec file.
#[derive(Clone, Debug)]
pub struct Diagnostic {}

/// Everything that is wrong in a spec tree.
#[derive(Clone, Debug)]
pub struct Diagnostics {}
