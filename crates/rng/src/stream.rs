//! Root seeds and named streams.

use rand::{Rng, SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// Separates these streams from any other use of BLAKE3's key derivation.
/// Changing it changes every number of every run: it never changes.
const CONTEXT: &str = "sea trial 2026 named streams v1";

/// A root seed with a path of names: the source of every [`Stream`] of a run.
///
/// ```
/// use seatrial_rng::Streams;
///
/// let run = Streams::new(7).child("run/3");
/// let mut weights = run.stream("init/encoder.weight");
/// let mut same = Streams::new(7).stream("run/3/init/encoder.weight");
/// assert_eq!(weights.normal(), same.normal());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    seed: u64,
    path: String,
}

impl Streams {
    /// The streams of a run with this root seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            path: String::new(),
        }
    }

    /// The root seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The same root, with `name` and a slash before every name asked of it.
    pub fn child(&self, name: &str) -> Self {
        Self {
            seed: self.seed,
            path: self.full_name(name),
        }
    }

    /// The stream of this name, from its first number.
    pub fn stream(&self, name: &str) -> Stream {
        let name = self.full_name(name);
        let key = blake3::derive_key(CONTEXT, &self.seed.to_le_bytes());
        let state = *blake3::keyed_hash(&key, name.as_bytes()).as_bytes();
        Stream {
            generator: Xoshiro256PlusPlus::from_seed(state),
            drawn: 0,
        }
    }

    /// A seed for something that takes only a number, such as another program.
    pub fn derive_seed(&self, name: &str) -> u64 {
        self.stream(name).next_u64()
    }

    fn full_name(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }
}

/// An endless row of random numbers: xoshiro256++ (Blackman and Vigna, 2021).
///
/// Every number of every distribution but [`below`](Stream::below) uses
/// exactly one 64-bit draw, so that a position in a stream can be reasoned
/// about. A stream can be saved and resumed: it serialises its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub(crate) generator: Xoshiro256PlusPlus,
    pub(crate) drawn: u64,
}

impl Stream {
    /// How many 64-bit numbers have been drawn so far.
    pub fn position(&self) -> u64 {
        self.drawn
    }
}

impl TryRng for Stream {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        // The upper half: xoshiro's lower bits are its weaker ones.
        Ok((self.next_u64() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.drawn += 1;
        Ok(self.generator.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
