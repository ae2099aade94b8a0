//! Text that fits the width of a terminal.

use unicode_width::UnicodeWidthChar;

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

/// What a terminal cannot place counts as one column: it is shown as something.
fn of_char(c: char) -> usize {
    c.width().unwrap_or(1)
}

/// The beginning of a text that is too wide.
pub(crate) fn fitted(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut fitted = String::new();
    let mut taken = 1;
    for c in text.chars() {
        taken += of_char(c);
        if taken > width {
            break;
        }
        fitted.push(c);
    }
    fitted.push('…');
    fitted
}

/// Both ends of a text that is too wide: names of cases differ in their ends.
pub(crate) fn fitted_middle(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let front = fitted(text, width / 3 + 1);
    let mut back: Vec<char> = Vec::new();
    let mut taken = columns(&front);
    for c in text.chars().rev() {
        taken += of_char(c);
        if taken > width {
            break;
        }
        back.push(c);
    }
    back.iter().rev().fold(front, |mut text, c| {
        text.push(*c);
        text
    })
}

/// A line in lines that are no wider; those after the first are set in by
/// `indent`. Words wider than that are broken. Without a width, as it is.
pub(crate) fn wrapped(line: &str, width: Option<usize>, indent: usize) -> Vec<String> {
    let Some(width) = width.map(|width| width.max(indent + 8)) else {
        return vec![line.to_owned()];
    };
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for (place, word) in line.split(' ').enumerate() {
        let space = usize::from(place > 0);
        if taken + space + columns(word) <= width {
            let last = lines.len() - 1;
            lines[last].extend(std::iter::repeat_n(' ', space));
            lines[last].push_str(word);
            taken += space + columns(word);
            continue;
        }
        let blank = lines.last().is_none_or(|line| line.trim().is_empty());
        if !blank {
            lines.push(" ".repeat(indent));
            taken = indent;
        }
        for c in word.chars() {
            if taken + of_char(c) > width {
                lines.push(" ".repeat(indent));
                taken = indent;
            }
            let last = lines.len() - 1;
            lines[last].push(c);
            taken += of_char(c);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_it_may_be_and_no_word_is_lost() {
        let text =
            "  the column `amount` has moved: 試験 of-a-word-that-is-wider-than-a-line-is ends";
        for width in [20, 33, 60, 200] {
            let lines = wrapped(text, Some(width), 4);
            assert!(lines.iter().all(|line| columns(line) <= width), "{lines:?}");
            let joined: String = lines.concat().split(' ').collect();
            assert_eq!(joined, text.split(' ').collect::<String>());
        }
        assert_eq!(wrapped("a b", None, 4), ["a b"]);
    }

    #[test]
    fn both_ends_of_a_name_stay() {
        let name = "fraud/quality.toml::no-worse[country=NZ]";
        assert_eq!(columns(&fitted_middle(name, 20)), 20);
        assert!(fitted_middle(name, 20).ends_with("[country=NZ]"));
        assert_eq!(fitted("short", 5), "short");
        assert_eq!(fitted("longer", 5), "long…");
        assert_eq!(columns(&fitted("試験試験", 5)), 5);
    }
}
