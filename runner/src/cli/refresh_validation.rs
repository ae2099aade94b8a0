//! `seatrial refresh-validation`: the next validation set, from live data.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use seatrial_data::table::Table;
use seatrial_data::{DatasetDeclaration, subset};
use seatrial_rng::Streams;
use seatrial_spec::{Case, Count, Declaration, load_exact};
use toml_edit::{DocumentMut, value};

use super::Surroundings;
use super::gate::{Override, is_data, replace};
use crate::{Error, whole};

/// The check whose cases name a validation set and live rows.
const CHECK: &str = "validation-is-current";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The case that found the validation set stale, of the check
    /// validation-is-current.
    #[arg(value_name = "ID")]
    case: String,

    /// Takes the live rows from here instead of where the spec says, as for the gate.
    #[arg(long, value_name = "SUBJECT=PATH")]
    data: Vec<Override>,

    /// How many rows the next set has [default: as many as the last].
    #[arg(long, value_name = "N", value_parser = count)]
    rows: Option<Count>,

    /// Which rows are drawn.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
}

/// The validation set itself is the spec's: the next one is named there.
fn is_live(key: &str, declaration: &Declaration) -> bool {
    key == "live" && is_data(key, declaration)
}

fn count(text: &str) -> Result<Count, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    Count::try_from(number)
}

pub(super) fn run(arguments: &Arguments, surroundings: &Surroundings) -> Result<(), Error> {
    let root = surroundings.root()?;
    let mut suite = load_exact(&root, &surroundings.registry.vocabulary(), &arguments.case)?;
    replace(&mut suite, &arguments.data, is_live)?;
    let case = suite.cases.first().filter(|case| case.check == CHECK);
    let case =
        case.ok_or_else(|| Error::Usage(format!("`{}` is no case of `{CHECK}`", arguments.case)))?;
    let validation = declared(case, "dataset")?;
    let (last, path) = table(validation)?;
    let (live, live_path) = table(declared(case, "live")?)?;
    if path == live_path {
        let message = "the validation set and the live rows are one file";
        return Err(Error::Usage(message.into()));
    }
    let next = next(&path)?;
    let spec = Spec::find(&root, case, validation, &path, &next)?;
    let columns = last.columns();
    let rows = arguments.rows.map_or(last.rows(), |rows| rows.get() as u64);
    let mut draw = Streams::new(arguments.seed).stream("refresh-validation");
    let wrong = |error: seatrial_data::DataError| Error::Usage(error.to_string());
    let rows = subset(&live, &columns, rows, &mut draw, &next).map_err(wrong)?;
    if rows == 0 {
        let _ = fs::remove_file(&next);
        return Err(Error::Usage(format!("{} has no row", live_path.display())));
    }
    spec.write()?;
    let mut to = anstream::stdout().lock();
    writeln!(
        to,
        "wrote {} with {rows} rows of {}",
        next.display(),
        live_path.display()
    )?;
    writeln!(
        to,
        "{} names it now; {} is kept",
        spec.file.display(),
        path.display()
    )?;
    writeln!(
        to,
        "The same thresholds must hold on it: make predictions of its rows, then seatrial gate"
    )?;
    Ok(())
}

fn declared<'a>(case: &'a Case, key: &str) -> Result<&'a Declaration, Error> {
    let found = case.subjects.get(key);
    found
        .map(AsRef::as_ref)
        .ok_or_else(|| Error::Usage(format!("the case names no `{key}`")))
}

/// The table of a dataset and its file.
fn table(declaration: &Declaration) -> Result<(Table, PathBuf), Error> {
    let name = &declaration.name;
    let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
        .map_err(|misfit| Error::Usage(format!("dataset `{name}`: {}", misfit.message)))?;
    let Some(path) = parsed.path else {
        let message = format!("the dataset `{name}` is generated, and no file");
        return Err(Error::Usage(message));
    };
    let table = Table::open(path.as_path()).map_err(|error| Error::Usage(error.to_string()))?;
    Ok((table, path.as_path().to_owned()))
}

/// `validation.csv`, then `validation-v2.csv`, then `validation-v3.csv`.
fn next(path: &Path) -> Result<PathBuf, Error> {
    let (stem, ending) = match (path.file_stem(), path.extension()) {
        (Some(stem), Some(ending)) if path.is_file() => {
            (stem.to_string_lossy(), ending.to_string_lossy())
        }
        _ => {
            let message = format!("{} is no single file", path.display());
            return Err(Error::Usage(message));
        }
    };
    let numbered = stem.rsplit_once("-v").and_then(|(base, version)| {
        let version: u64 = version.parse().ok()?;
        Some((base, version))
    });
    let (base, version) = numbered.unwrap_or((&stem, 1));
    let versions = version.saturating_add(1)..;
    let named = versions.map(|version| path.with_file_name(format!("{base}-v{version}.{ending}")));
    let free = named.take(10_000).find(|path| !path.exists());
    free.ok_or_else(|| Error::Usage(format!("no version of {} is free", path.display())))
}

/// The spec file that declares a dataset, with the path changed.
struct Spec {
    file: PathBuf,
    text: String,
}

impl Spec {
    fn find(
        root: &Path,
        case: &Case,
        dataset: &Declaration,
        from: &Path,
        to: &Path,
    ) -> Result<Self, Error> {
        let failed = |file: &Path, error: &dyn std::fmt::Display| {
            Error::Harness(format!("cannot change {}: {error}", file.display()))
        };
        // The nearest declaration is the one that counts.
        for file in [root.join(&case.file), root.join("seatrial.toml")] {
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            let mut document: DocumentMut = text.parse().map_err(|error| failed(&file, &error))?;
            let declared = document
                .get_mut("dataset")
                .and_then(|all| all.get_mut(&dataset.name));
            let Some(written) = declared.and_then(|dataset| dataset.get_mut("path")) else {
                continue;
            };
            let old = written.as_str().unwrap_or_default().to_owned();
            let names =
                [from, to].map(|path| path.file_name().unwrap_or_default().to_string_lossy());
            let Some(folder) = old.strip_suffix(&*names[0]) else {
                return Err(failed(
                    &file,
                    &format!("its path `{old}` is written by another name"),
                ));
            };
            *written = value(format!("{folder}{}", names[1]));
            return Ok(Self {
                file,
                text: document.to_string(),
            });
        }
        let name = &dataset.name;
        Err(Error::Harness(format!(
            "no spec file was found that declares the dataset `{name}`"
        )))
    }

    fn write(&self) -> Result<(), Error> {
        whole::write(&self.file, &self.text).map_err(|error| {
            Error::Harness(format!("cannot write {}: {error}", self.file.display()))
        })
    }
}
