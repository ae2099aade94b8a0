//! `seatrial ops`: whether a server can run models, told on paper.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use seatrial_checks::Session;
use seatrial_checks::serving::ModelAt;
use seatrial_serving::{Answer, Catalogue, Inventory, Opinion};
use serde::Serialize;

use super::Surroundings;
use super::catalogue::usage;
use crate::Error;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What the server can run: a catalogue file, or the name of one that comes
    /// with the program, such as onnxruntime-1.23.2. When left out, what the
    /// models hold is listed.
    #[arg(long, value_name = "FILE.toml")]
    catalogue: Option<String>,

    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// ONNX, GGUF or safetensors files; folders that hold a `model.onnx`, or are
    /// packages of pipelines.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// An object a line, one a model.
    Json,
}

/// A model's answer as `--format json` writes it.
#[derive(Serialize)]
struct Line<'a> {
    model: &'a Path,
    server: &'a str,
    version: &'a str,
    #[serde(flatten)]
    opinion: &'a Opinion,
}

/// A model's inventory as `--format json` writes it.
#[derive(Serialize)]
struct InventoryLine<'a> {
    model: &'a Path,
    #[serde(flatten)]
    inventory: &'a Inventory,
}

/// 0 if the server can run every model, 1 if it cannot or that is not known.
pub(super) fn run(arguments: &Arguments, surroundings: Surroundings) -> Result<ExitCode, Error> {
    let session = Session::new(surroundings.registry);
    if let Some(missing) = arguments.models.iter().find(|model| !model.exists()) {
        let shown = missing.display();
        return Err(Error::Usage(format!("there is no model file {shown}")));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let Some(named) = &arguments.catalogue else {
        for model in &arguments.models {
            let inventory = ModelAt::of(model).inventory(&session);
            let inventory = inventory.map_err(Error::Usage)?;
            list(&mut out, arguments.format, model, &inventory)?;
        }
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    };
    let catalogue = Catalogue::named(named).map_err(usage)?;
    let mut gravest = Answer::Supported;
    for model in &arguments.models {
        let (opinion, _) = ModelAt::of(model).ask(&session, &catalogue);
        gravest = gravest.max(opinion.answer);
        say(&mut out, arguments.format, model, &catalogue, &opinion)?;
    }
    out.flush()?;
    Ok(ExitCode::from(u8::from(!gravest.is_for())))
}

fn say(
    out: &mut impl Write,
    format: Format,
    model: &Path,
    catalogue: &Catalogue,
    opinion: &Opinion,
) -> Result<(), Error> {
    match format {
        Format::Json => {
            let line = Line {
                model,
                server: &catalogue.server,
                version: &catalogue.version,
                opinion,
            };
            json(out, &line)
        }
        Format::Human => {
            let (model, title) = (model.display(), catalogue.title());
            writeln!(out, "{model}: {} by {title}", opinion.answer.word())?;
            for reason in &opinion.reasons {
                writeln!(out, "  {}: {}", reason.answer.word(), reason.text())?;
            }
            Ok(())
        }
    }
}

fn list(
    out: &mut impl Write,
    format: Format,
    model: &Path,
    inventory: &Inventory,
) -> Result<(), Error> {
    match format {
        Format::Json => json(out, &InventoryLine { model, inventory }),
        Format::Human => Ok(write!(out, "{}: {}", model.display(), inventory.text())?),
    }
}

fn json(out: &mut impl Write, line: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}
