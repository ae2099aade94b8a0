//! Packages that planted specs may name: one pipeline's, trained well and hardly.

use std::fs;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use seatrial_checks::{Host, Session};
use seatrial_data::generate::unicorn::{Sighting, features};
use seatrial_rng::Streams;
use seatrial_verdict::Status;
use tempfile::TempDir;

/// Makes each of them once, whoever asks first.
static MADE: OnceLock<std::result::Result<TempDir, String>> = OnceLock::new();

/// Name of each, and for how many steps it was trained.
const PACKAGES: [(&str, u32); 2] = [("packaged", 600), ("packaged-hardly", 2)];

/// Puts them, and rows to ask them about, into a spec tree.
pub fn write(session: &Session, host: &dyn Fn(&Path) -> Box<dyn Host>, tree: &Path) -> Result<()> {
    let made = MADE.get_or_init(|| make(session, host).map_err(|error| error.to_string()));
    let made = made
        .as_ref()
        .map_err(|error| Error::other(error.as_str()))?;
    for (name, _) in PACKAGES {
        copy(&made.path().join(name), &tree.join(name))?;
    }
    rows(tree)
}

fn rows(tree: &Path) -> Result<()> {
    fs::write(tree.join("seen.csv"), seen(1, 3_000, |_| ()))?;
    fs::write(tree.join("seen-later.csv"), seen(2, 3_000, |_| ()))?;
    // People have begun to look under thinner trees.
    fs::write(
        tree.join("seen-in-the-open.csv"),
        seen(3, 3_000, |sighting| sighting.forest *= 0.4),
    )?;
    let whole = seen(1, 3_000, |_| ());
    fs::write(
        tree.join("seen-no-moon.csv"),
        whole.replacen("moon", "lune", 1),
    )?;
    let mut gap: Vec<&str> = whole.lines().collect();
    let cut = gap[41].rsplitn(3, ',').nth(2).map(str::to_owned);
    let cut = format!("{},,0", cut.unwrap_or_default());
    gap[41] = &cut;
    fs::write(tree.join("seen-gap.csv"), gap.join("\n"))?;
    fs::write(tree.join("seen-train.csv"), seen(0, 3_000, |_| ()))?;
    histories(tree)
}

/// The log loss of `packaged` on `seen.csv`.
const LOG_LOSS: f64 = 0.3818;

/// What that of earlier packages was.
fn histories(tree: &Path) -> Result<()> {
    let mut draw = Streams::new(4).stream("seen-history");
    let (mut slide, mut flat) = ("log_loss\n".to_owned(), "log_loss\n".to_owned());
    for version in 0..29 {
        let noise = 0.0005 * draw.normal();
        // A fifth of a percent from one to the next.
        let before = LOG_LOSS / 1.002_f64.powi(29 - version);
        slide.push_str(&format!("{}\n", before + noise));
        flat.push_str(&format!("{}\n", LOG_LOSS + noise));
    }
    fs::write(tree.join("seen-history-slide.csv"), slide)?;
    fs::write(tree.join("seen-history-flat.csv"), flat)
}

/// Sightings of which about a third are unicorns, by a rule with some luck in it.
fn seen(seed: u64, rows: usize, change: impl Fn(&mut Sighting)) -> String {
    let mut draw = Streams::new(seed).stream("seen");
    let mut text = "id,place,dusk,moon,forest,noise,unicorn\n".to_owned();
    for id in 0..rows {
        let mut sighting = Sighting {
            seen_at_s: draw.below(86_400) as i64,
            utc_offset_s: 0,
            moon: draw.uniform(0.0, 1.0),
            forest: draw.uniform(0.0, 1.0),
            noise: draw.normal(),
            unicorn: false,
        };
        let place = ["east", "north", "west"][draw.below(3)];
        let luck = draw.uniform(0.0, 1.0);
        change(&mut sighting);
        let [dusk, _, moon, forest, noise] = features(&sighting);
        let logit = -3.0 * dusk + 3.0 * (moon - 0.5) + 3.0 * (forest - 0.5) - 1.0;
        let unicorn = u8::from(luck < f64::from(1.0 / (1.0 + (-logit).exp())));
        text.push_str(&format!(
            "s{id},{place},{dusk},{moon},{forest},{noise},{unicorn}\n"
        ));
    }
    text
}

fn make(session: &Session, host: &dyn Fn(&Path) -> Box<dyn Host>) -> Result<TempDir> {
    let made = tempfile::tempdir()?;
    for (name, steps) in PACKAGES {
        let (tree, state) = (tempfile::tempdir()?, tempfile::tempdir()?);
        fs::write(tree.path().join("seen-train.csv"), seen(0, 3_000, |_| ()))?;
        fs::write(tree.path().join("seatrial.toml"), MODEL)?;
        fs::write(tree.path().join("case.toml"), pipeline(steps))?;
        let suite = seatrial_spec::load(tree.path(), &session.registry().vocabulary());
        let suite = suite.map_err(|error| Error::other(error.to_string()))?;
        let host = host(state.path());
        let verdict = session.run(&suite.root, &suite.cases[0], host.as_ref());
        if verdict.status != Status::Pass {
            return Err(Error::other(verdict.message));
        }
        let package = find(&state.path().join("artifacts"))?;
        let package = package.ok_or_else(|| Error::other("no package was made"))?;
        copy(&package, &made.path().join(name))?;
    }
    Ok(made)
}

const MODEL: &str = "[model.logistic]\nfamily = \"logistic\"\n";

fn pipeline(steps: u32) -> String {
    format!(
        r#"
[pipeline.p.stage.raw]
kind = "load"
path = "seen-train.csv"
[pipeline.p.stage.parted]
kind = "split"
in = "raw"
[pipeline.p.stage.filled]
kind = "standardise"
in = "parted"
columns = ["noise"]
[pipeline.p.stage.fit]
kind = "train"
in = "filled"
model = "logistic"
label = "unicorn"
features = ["dusk", "moon", "forest", "noise"]
steps = {steps}
[pipeline.p.stage.shipped]
kind = "package"
trained = "fit"
[test.x]
check = "end-to-end"
pipeline = "p"
"#
    )
}

/// The folder below that holds a package.
fn find(folder: &Path) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.join("package.json").is_file() {
            return Ok(Some(path));
        }
        if path.is_dir()
            && let Some(found) = find(&path)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}
