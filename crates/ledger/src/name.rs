//! Names of runs: short, readable, pronounceable.
//!
//! Four bytes as two words of five letters, such as `lusab-babad`: proquints
//! (D. S. Wilkerson, *A Proposal for Proquints*, arXiv:0901.4016).

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// The name of these bits.
pub(crate) fn of(bits: u32) -> String {
    let mut name = String::with_capacity(11);
    for half in [bits >> 16, bits & 0xffff] {
        if !name.is_empty() {
            name.push('-');
        }
        // Sixteen bits: consonant 4, vowel 2, consonant 4, vowel 2, consonant 4.
        for (shift, letters) in [
            (12, &CONSONANTS[..]),
            (10, VOWELS),
            (6, CONSONANTS),
            (4, VOWELS),
            (0, CONSONANTS),
        ] {
            let place = (half >> shift) as usize % letters.len();
            name.push(char::from(letters[place]));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the proposal: IPv4 addresses.
    #[test]
    fn names_are_those_of_the_proposal() {
        let cases = [
            ([127, 0, 0, 1], "lusab-babad"),
            ([63, 84, 220, 193], "gutih-tugad"),
            ([198, 81, 129, 136], "sinid-makam"),
            ([12, 110, 110, 204], "budov-kuras"),
        ];
        for (bytes, name) in cases {
            assert_eq!(of(u32::from_be_bytes(bytes)), name);
        }
    }
}
