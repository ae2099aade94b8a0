//! One door for all randomness, and one measure of sameness.
//!
//! A run has one root seed. A [`Streams`] turns that seed and a **name**, such
//! as `"run/3/init/encoder.cell.weight"`, into a [`Stream`] of numbers. A
//! stream depends on the seed and its name alone: never on which stream was
//! asked for first, on threads, or on how many others exist. Adding a layer to
//! a model therefore moves no other layer's numbers.
//!
//! [`Sequential`] is the other way, the one most frameworks follow: numbers are
//! handed out in the order of asking. It records that order, because a model
//! ported from elsewhere may depend on it and a test must be able to say so.
//!
//! [`Fingerprint`] tells whether two tensors, or two sets of them, are equal to
//! the bit.
//!
//! The same seed gives the same bits on every platform: integers come from
//! xoshiro256++, and every floating-point number is made from them by exact
//! IEEE 754 operations and the portable `libm`. What does not live here:
//! tensors, files, clocks.

mod distribution;
mod fingerprint;
mod sample;
mod sequential;
mod stream;

pub use fingerprint::{Fingerprint, Fingerprinter};
pub use sample::{Split, bootstrap_counts, bootstrap_indices, stratified_split};
pub use sequential::{Draws, Sequential};
pub use stream::{Stream, Streams};
