//! Questions, where a person can answer them.

use std::io::{self, BufRead, IsTerminal, Write};

use super::refuse;
use crate::Error;

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
    for (answer, (flag, what, value)) in answers.iter_mut().zip(options) {
        *answer = match value {
            Some(value) => value,
            None => ask(flag, what)?,
        };
    }
    Ok(answers)
}

fn ask(flag: &str, what: &str) -> Result<String, Error> {
    let unanswered = |error: io::Error| refuse(format!("no answer for {flag}: {error}"));
    write!(io::stderr(), "{what}: ")?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(unanswered)?;
    match answer.trim() {
        "" => Err(refuse(format!("missing: {flag} ({what})"))),
        answer => Ok(answer.to_owned()),
    }
}
