//! What a verdict rests on: the case's effective parameters, and the content of
//! the files that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use seatrial_checks::pipeline::code_of;
use seatrial_ledger::{CODE, CaseRecord, FileHashes, name_from};
use seatrial_spec::{Case, Declaration};
use serde_json::{Value, json};

use crate::crew::Finished;
use crate::result::tier;

/// A spec tree, from which files are named: so that they are called the same in
/// every checkout.
pub(super) struct Tree {
    root: PathBuf,
}

impl Tree {
    pub fn new(root: &Path) -> Self {
        let root = root.canonicalize();
        Self {
            root: root.unwrap_or_default(),
        }
    }

    /// A case and its verdict, as the ledger keeps them.
    pub fn record(&self, case: &Case, finished: &Finished, hashes: &mut FileHashes) -> CaseRecord {
        let verdict = &finished.verdict;
        CaseRecord {
            id: case.id.clone(),
            check: case.check.clone(),
            tier: tier(case.tier).to_owned(),
            status: verdict.status,
            seconds: finished.took.as_secs_f64(),
            message: verdict.message.clone(),
            seed: case.seed,
            measurements: verdict.measurements.clone(),
            parameters: self.parameters(case),
            inputs: self.inputs(case, hashes),
            artifacts: finished.artifacts.clone(),
            series: verdict.series.clone(),
            figures: verdict.figures.clone(),
        }
    }

    /// Everything that the spec says of a case, defaults applied.
    pub fn parameters(&self, case: &Case) -> String {
        let subjects = self.subjects(&case.subjects);
        let mut all = json!({
            "check": case.check,
            "seed": case.seed,
            "runs": case.runs,
            "timeout_s": case.timeout.as_secs_f64(),
            "inconclusive_passes": case.inconclusive_passes,
            "first_release": case.first_release,
            "parameters": case.parameters,
            "subjects": subjects,
        });
        self.rename(&mut all, &case.all_files());
        all.to_string()
    }

    fn subjects(&self, named: &BTreeMap<String, std::sync::Arc<Declaration>>) -> Value {
        let subject = |(key, declaration): (&String, &std::sync::Arc<Declaration>)| {
            let told = json!({
                "kind": declaration.kind.word(),
                "name": declaration.name,
                "common": declaration.common,
                "variant": declaration.variant,
                "subjects": self.subjects(&declaration.subjects),
            });
            (key.clone(), told)
        };
        named.iter().map(subject).collect()
    }

    /// The content hash of every file that a case reads, by name in the tree, and of
    /// the code of programs that it starts.
    pub fn inputs(&self, case: &Case, hashes: &mut FileHashes) -> BTreeMap<String, String> {
        let mut files: BTreeSet<PathBuf> =
            case.all_files().into_iter().map(Path::to_owned).collect();
        let recorded = self.root.join(&case.file).with_extension("recorded.toml");
        files.extend(recorded.is_file().then_some(recorded));
        let hashed = files.iter().map(|file| {
            let hash = hashes.of(file).map(|hash| hash.to_string());
            let hash = hash.unwrap_or_else(|error| format!("unreadable: {error}"));
            (self.name(file), hash)
        });
        let mut inputs: BTreeMap<_, _> = hashed.collect();
        for file in code_of(case).files {
            let name = self.name(&file);
            // What is declared is told as such.
            if let Ok(hash) = hashes.of(&file)
                && !inputs.contains_key(&name)
            {
                inputs.insert(format!("{CODE}{name}"), hash.to_string());
            }
        }
        inputs
    }

    /// Writes the files in a value by their names in the tree.
    fn rename(&self, value: &mut Value, files: &BTreeSet<&Path>) {
        match value {
            Value::String(text) if files.contains(Path::new(text.as_str())) => {
                *text = self.name(Path::new(text.as_str()));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.rename(item, files)),
            Value::Object(keys) => keys.values_mut().for_each(|item| self.rename(item, files)),
            _ => {}
        }
    }

    /// A path from the tree's root, with forward slashes.
    fn name(&self, file: &Path) -> String {
        name_from(&self.root, file)
    }
}
