//! Questions, where a person can answer them.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{Arguments, refuse};
use crate::Error;

/// What is under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dataset,
    Predictions,
    Pipeline,
    Server,
}

/// Each kind in a word, and the option that chooses it.
const KINDS: [(&str, &str, Kind); 4] = [
    ("dataset", "--csv", Kind::Dataset),
    ("predictions", "--predictions", Kind::Predictions),
    ("pipeline", "--pipeline", Kind::Pipeline),
    ("server", "--package", Kind::Server),
];

/// What the options say is under test; a person is asked if they do not.
pub(super) fn kind(arguments: &Arguments) -> Result<Kind, Error> {
    let given = [
        arguments.csv.is_some(),
        arguments.predictions.is_some(),
        arguments.pipeline.is_some(),
        arguments.package.is_some(),
    ];
    if let Some(place) = given.iter().position(|given| *given) {
        return Ok(KINDS[place].2);
    }
    let options: Vec<_> = KINDS
        .iter()
        .map(|(word, flag, _)| format!("{flag} ({word})"))
        .collect();
    let missing = || {
        refuse(format!(
            "missing: {}: what is under test",
            options.join(", or ")
        ))
    };
    if !io::stdin().is_terminal() {
        return Err(missing());
    }
    let words: Vec<_> = KINDS.iter().map(|(word, ..)| *word).collect();
    let answer = answer(&format!("what is under test ({})", words.join(", ")))?;
    if answer.is_empty() {
        return Err(missing());
    }
    // The beginning of a word is enough, if it is of one alone.
    let mut meant = KINDS.iter().filter(|(word, ..)| word.starts_with(&answer));
    match (meant.next(), meant.next()) {
        (Some((.., kind)), None) => Ok(*kind),
        _ => Err(refuse(format!(
            "`{answer}` is none of {}",
            words.join(", ")
        ))),
    }
}

/// Options that must be given: flag, what it is, and its value if there is one.
/// What is missing is asked for on a terminal, and elsewhere an error.
pub(super) fn missing<const N: usize>(
    options: [(&str, &str, Option<String>); N],
) -> Result<[String; N], Error> {
    let missing: Vec<_> = options
        .iter()
        .filter(|(.., value)| value.is_none())
        .collect();
    if !missing.is_empty() && !io::stdin().is_terminal() {
        let flags: Vec<_> = missing
            .iter()
            .map(|(flag, what, _)| format!("{flag} ({what})"))
            .collect();
        return Err(refuse(format!("missing: {}", flags.join(", "))));
    }
    let mut answers = [const { String::new() }; N];
    for (given, (flag, what, value)) in answers.iter_mut().zip(options) {
        *given = match value {
            Some(value) => value,
            None => match answer(what)? {
                none if none.is_empty() => {
                    return Err(refuse(format!("missing: {flag} ({what})")));
                }
                answer => answer,
            },
        };
    }
    Ok(answers)
}

/// The command after `--`, or what a person types, word by word.
pub(super) fn command(given: &[String], what: &str) -> Result<Vec<String>, Error> {
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let [line] = missing([("-- COMMAND", what, None)])?;
    Ok(line.split_whitespace().map(str::to_owned).collect())
}

fn answer(what: &str) -> Result<String, Error> {
    let unanswered = |error: io::Error| refuse(format!("no answer for {what}: {error}"));
    write!(io::stderr(), "{what}: ")?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(unanswered)?;
    Ok(answer.trim().to_owned())
}

/// A path as an option gave it.
pub(super) fn path(given: Option<&std::path::PathBuf>) -> Option<String> {
    given.map(|path| path.display().to_string())
}
