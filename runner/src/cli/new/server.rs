//! A package, and the server that it is meant for.

use std::path::Path;

use seatrial_serving::shipped_names;
use seatrial_spec::did_you_mean;

use super::place::Place;
use super::{Arguments, Draft, ask, refuse, table};
use crate::Error;

pub(super) fn draft(arguments: &Arguments, place: &mut Place) -> Result<Draft, Error> {
    let [package] = ask::missing([(
        "--package",
        "the model as it is shipped, such as model.onnx",
        ask::path(arguments.package.as_ref()),
    )])?;
    let mut server = toml::Table::new();
    if let Some(catalogue) = &arguments.catalogue {
        server.insert("catalogue".into(), known(catalogue, place)?.into());
    }
    let starts = !arguments.command.is_empty() || arguments.catalogue.is_none();
    let mut says = table([("path", place.take(Path::new(&package))?.into())]);
    if starts {
        let command = ask::command(
            &arguments.command,
            "command that starts the server, with {port} and {package}; or give --catalogue",
        )?;
        let [examples] = ask::missing([(
            "--examples",
            "JSON file of inputs with the trainer's answers",
            ask::path(arguments.examples.as_ref()),
        )])?;
        if !command.iter().any(|word| word.contains("{port}")) {
            return Err(refuse(
                "the command does not say on which port the server listens: put {port} there",
            ));
        }
        says.insert("examples".into(), place.take(Path::new(&examples))?.into());
        let words = super::files_of(&command, place, str::to_owned)?;
        server.insert("command".into(), words.into());
    }
    let mut draft = Draft {
        explain: if starts { "serves" } else { "ops-supported" },
        ..Draft::default()
    };
    draft.table("package.candidate", &says);
    if starts {
        draft
            .text
            .push_str("\n# It is asked by the Open Inference Protocol; `protocol` names others.");
    }
    draft.table("server.production", &server);
    draft.table(
        "defaults",
        &table([
            ("package", "candidate".into()),
            ("server", "production".into()),
        ]),
    );
    if arguments.catalogue.is_some() {
        draft.case(
            "operations-are-supported",
            "ops-supported",
            "Told on paper, in milliseconds: can the server load it?",
            &toml::Table::new(),
        );
    }
    if starts {
        draft.case(
            "serves",
            "serves",
            "Started in a sandbox, it answers as the trainer did, and goes without a trace.",
            &table([("tier", "slow".into())]),
        );
    }
    Ok(draft)
}

/// A catalogue as the spec names it: one that comes with the program, or a file.
fn known(catalogue: &str, place: &mut Place) -> Result<String, Error> {
    if shipped_names().any(|name| name == catalogue) {
        return Ok(catalogue.to_owned());
    }
    if Path::new(catalogue).is_file() {
        return place.take(Path::new(catalogue));
    }
    let names: Vec<_> = shipped_names().collect();
    let help = did_you_mean(catalogue, names.iter().copied());
    Err(refuse(format!(
        "no catalogue is named `{catalogue}`, and it is no file: {}",
        help.unwrap_or_else(|| format!("there are {}", names.join(", ")))
    )))
}
