//! Text from elsewhere, made safe to show.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything that a terminal would obey instead of show written
/// as an escape: control characters but for line ends and tabs, and the
/// characters that turn the direction of writing.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if obeyed(c) {
            let _ = write!(safe, "{}", c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

fn obeyed(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(
            plain("\u{1b}[2Jgone\r\u{9b}31m"),
            "\\u{1b}[2Jgone\\u{d}\\u{9b}31m"
        );
        assert_eq!(plain("abc\u{202e}fed"), "abc\\u{202e}fed");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        let text = "loss ≤ 0.7\n\tsecond line, ünïcödé";
        assert!(matches!(plain(text), Cow::Borrowed(same) if same == text));
    }
}
