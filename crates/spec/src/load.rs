//! From files to a suite.
use crate::*;
/// L
pub fn load(_root: &std::path::Path, _vocabulary: &Vocabulary) -> Result<Suite, Diagnostics> {
    Err(Diagnostics {})
}
/// L
pub fn load_exact(
    _root: &std::path::Path,
    _vocabulary: &Vocabulary,
    _id: &str,
) -> Result<Suite, Diagnostics> {
    Err(Diagnostics {})
}
