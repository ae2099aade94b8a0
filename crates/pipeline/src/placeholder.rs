//! `{in.raw}` and the like in the arguments of a command.

/// A piece of an argument.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// As it is.
    Text(String),
    /// The path of an input.
    In(String),
    /// The path of an output.
    Out(String),
    /// The path of a declared file.
    File(String),
    /// The case's seed.
    Seed,
}

/// Takes an argument apart. `{{` and `}}` stand for braces.
///
/// # Errors
/// When a placeholder is none, or has no end.
pub(crate) fn parse(argument: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = argument;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err("`}` ends no placeholder; write `}}` for a brace".to_owned());
        }
        let Some((inside, after)) = after.split_once('}') else {
            return Err("a placeholder has no `}`; write `{{` for a brace".to_owned());
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(placeholder(inside)?);
        rest = after;
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

fn placeholder(inside: &str) -> Result<Piece, String> {
    let piece = match inside.split_once('.') {
        Some(("in", name)) => Piece::In(name.to_owned()),
        Some(("out", name)) => Piece::Out(name.to_owned()),
        Some(("file", name)) => Piece::File(name.to_owned()),
        None if inside == "seed" => Piece::Seed,
        _ => {
            return Err(format!(
                "`{{{inside}}}` is no placeholder; there are `{{in.NAME}}`, `{{out.NAME}}`, \
                 `{{file.NAME}}` and `{{seed}}`"
            ));
        }
    };
    Ok(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_anywhere_in_an_argument_and_braces_are_doubled() {
        let pieces = parse("--in={in.raw}:{{x}}{seed}");
        let text = |text: &str| Piece::Text(text.to_owned());
        let expected = vec![
            text("--in="),
            Piece::In("raw".into()),
            text(":{x}"),
            Piece::Seed,
        ];
        assert_eq!(pieces, Ok(expected));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn what_is_no_placeholder_is_refused() {
        for bad in ["{in}", "{im.raw}", "{in.raw", "in}", "{}", "{{in.raw}"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
