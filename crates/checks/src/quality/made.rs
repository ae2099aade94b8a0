//! Predictions that are made here: what a package, or the package that a
//! pipeline makes, says of the rows of a dataset.
//!
//! They are written down as a table beside the columns of the dataset, row by
//! row, so that all that is asked of a table of predictions can be asked of them:
//! metrics, slices, pairs. What does not live here: the asking.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use seatrial_data::predictions::PredictionsDeclaration;
use seatrial_data::table::{Table, TableWriter};
use seatrial_data::{Dataset, DatasetDeclaration, Target};
use seatrial_ledger::{Artifact, FileHashes};
use seatrial_pipeline::stages::PART;
use seatrial_pipeline::{Kind, Options, Package, PipelineError, cells};
use seatrial_spec::{Declaration, SpecPath, SubjectKind};

use super::subject::Version;
use crate::check::{Failure, Outcome};
use crate::context::Context;
use crate::pipeline::workshop::{Workshop, rebuild};
use crate::serving::declaration::PackageDeclaration;

/// The file that makes a folder a package.
pub(super) const MANIFEST: &str = "package.json";

/// The rows of one source after another, as a package takes them.
const ROWS: usize = 8_192;

/// What a declared package says of the dataset that a key of the case names.
pub(super) fn by_package(context: &Context, named: &Declaration, key: &str) -> Outcome<Version> {
    let parsed: PackageDeclaration = seatrial_spec::parse(named.common.clone())
        .map_err(|misfit| Failure::Case(misfit.message))?;
    by_folder(context, parsed.path.as_path(), &named.name, key)
}

/// What the package in a folder says of the dataset that a key of the case names.
pub(super) fn by_folder(
    context: &Context,
    folder: &Path,
    name: &str,
    key: &str,
) -> Outcome<Version> {
    if !folder.join(MANIFEST).is_file() {
        return Err(Failure::Case(format!(
            "the package `{name}` holds no `{MANIFEST}`, so its predictions cannot be made here: \
             only packages that a pipeline made can be asked. Write down what it says of each row, \
             and name that table in `predictions`"
        )));
    }
    let mut package = open(context, folder)?;
    let dataset = context.declaration(key)?;
    let place = Place::of(context, name, &dataset.name)?;
    let source = Source::of(context, key)?;
    let label = source.label().to_owned();
    let outputs = Outputs::of(&package, source.schema(), &label);
    let say = |package: &mut Package, rows: &RecordBatch, row| package.predict_at(rows, row);
    source.ask(context, &mut package, &outputs, &place, say)?;
    Ok(place.version(name, outputs))
}

/// What the package that a pipeline makes says: of the dataset that a key of the
/// case names, or else of the rows that its split kept apart.
pub(super) fn by_pipeline(
    context: &Context,
    named: &Declaration,
    key: Option<&str>,
) -> Outcome<Version> {
    let workshop = Workshop::of_declared(context, named)?;
    let stopped = || context.host.stopped();
    let options = Options::new(context.case.seed, &stopped);
    let done = workshop.pipeline.run(&workshop.store()?, &options)?;
    let name = &named.name;
    let mut made = done.artifacts.values();
    let made = made.rfind(|made| made.kind == Kind::Package);
    let made = made.ok_or_else(|| {
        Failure::Case(format!(
            "the pipeline `{name}` makes no package: give it a `package` stage, or name the table \
             that it writes as `predictions`"
        ))
    })?;
    made.verify()?;
    let hash = FileHashes::new().of(&made.path);
    let hash = hash.map_err(|error| Failure::Host(format!("{}: {error}", made.path.display())))?;
    context.host.made(Artifact {
        name: format!("{}.{name}", SubjectKind::Pipeline.word()),
        hash: hash.to_string(),
        path: Some(made.path.clone()),
    });
    if let Some(key) = key {
        return by_folder(context, &made.path, name, key);
    }
    let table = workshop.model_table().map(|table| done.table(table));
    let table = table
        .transpose()?
        .filter(|table| table.column(PART).is_ok());
    let table = table.ok_or_else(|| {
        Failure::Case(format!(
            "the pipeline `{name}` splits no rows off: name the `dataset` to ask it about"
        ))
    })?;
    let mut package = open(context, &made.path)?;
    let label = package.trained().label.clone();
    let place = Place::of(context, name, "the rows its split kept apart")?;
    let outputs = Outputs::of(&package, table.schema(), &label);
    let source = Source::Parted {
        part: kept_apart(&table)?,
        table,
        label,
    };
    let say = |package: &mut Package, rows: &RecordBatch, row| package.predict_prepared(rows, row);
    source.ask(context, &mut package, &outputs, &place, say)?;
    Ok(place.version(name, outputs))
}

fn open(context: &Context, folder: &Path) -> Outcome<Package> {
    let session = context.session();
    Ok(Package::open(folder, &|model| rebuild(session, model))?)
}

/// The part that models are judged on: the test rows if there are any, else
/// those that they were chosen by.
fn kept_apart(table: &Table) -> Outcome<&'static str> {
    for batch in table.batches(&[PART])? {
        let parts = cells::texts(batch?.column(0))?;
        if parts.iter().flatten().any(|part| part == "test") {
            return Ok("test");
        }
    }
    Ok("validation")
}

/// Where the predictions are written down.
struct Place {
    file: std::path::PathBuf,
}

impl Place {
    fn of(context: &Context, name: &str, rows: &str) -> Outcome<Self> {
        let folder = context.scratch()?;
        let file = folder.join(format!("{name} on {rows}.parquet").replace('/', "-"));
        Ok(Self { file })
    }

    fn version(self, name: &str, outputs: Outputs) -> Version {
        let columns = outputs.columns.clone();
        let (mut score, mut scores, mut prediction) = (None, None, None);
        match outputs.classes.as_deref() {
            Some([_, _]) => score = columns.into_iter().next(),
            Some(_) => scores = Some(columns),
            None => prediction = columns.into_iter().next(),
        }
        Version {
            name: name.to_owned(),
            made: true,
            declaration: PredictionsDeclaration {
                path: SpecPath::from(self.file),
                key: Some(outputs.row),
                label: Some(outputs.label),
                labels: None,
                score,
                scores,
                prediction,
                lower: None,
                upper: None,
                query: None,
                task: None,
                classes: outputs.classes,
                threshold: None,
                scale: None,
                cluster: None,
                weight: None,
            },
        }
    }
}

/// What is written beside the columns of the rows.
struct Outputs {
    label: String,
    /// The column that numbers the rows.
    row: String,
    /// Of what the package says.
    columns: Vec<String>,
    classes: Option<Vec<String>>,
    schema: SchemaRef,
}

impl Outputs {
    fn of(package: &Package, rows: &SchemaRef, label: &str) -> Self {
        let classes = package.trained().classes.clone();
        let free = |wanted: &str| {
            let mut name = wanted.to_owned();
            while rows.field_with_name(&name).is_ok() {
                name.push('_');
            }
            name
        };
        let columns = match classes.as_deref() {
            Some([_, positive]) => vec![free(&format!("predicted_{positive}"))],
            Some(classes) => {
                let each = classes.iter();
                each.map(|class| free(&format!("predicted_{class}")))
                    .collect()
            }
            None => vec![free("predicted")],
        };
        let row = free("row");
        let mut fields: Vec<Field> = rows
            .fields()
            .iter()
            .map(|field| (**field).clone())
            .collect();
        if classes.is_some() {
            // As the classes were written when the package was trained.
            let text = |field: &mut Field| *field = Field::new(label, DataType::Utf8, true);
            fields
                .iter_mut()
                .filter(|field| field.name() == label)
                .for_each(text);
        }
        fields.push(Field::new(&row, DataType::UInt64, false));
        let number = |name: &String| Field::new(name, DataType::Float64, false);
        fields.extend(columns.iter().map(number));
        Self {
            label: label.to_owned(),
            row,
            columns,
            classes,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    /// The rows with what was said of them.
    fn beside(
        &self,
        rows: &RecordBatch,
        said: &[Vec<f64>],
        first_row: u64,
    ) -> Outcome<RecordBatch> {
        let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
        if self.classes.is_some() {
            let at = rows.schema().index_of(&self.label)?;
            columns[at] = Arc::new(cells::texts(&columns[at])?);
        }
        let count = rows.num_rows() as u64;
        let numbered: UInt64Array = (first_row + 1..=first_row + count).collect();
        columns.push(Arc::new(numbered));
        // Of two classes, the probability of the second says all.
        let of_two = self
            .classes
            .as_ref()
            .is_some_and(|classes| classes.len() == 2);
        for at in 0..self.columns.len() {
            let at = if of_two { 1 } else { at };
            let values = said.iter().map(|row| row.get(at).copied());
            let values: Float64Array = values
                .map(|value| Some(value.unwrap_or(f64::NAN)))
                .collect();
            columns.push(Arc::new(values));
        }
        Ok(RecordBatch::try_new(
            SchemaRef::clone(&self.schema),
            columns,
        )?)
    }
}

/// Rows to ask about.
enum Source {
    /// Of a table, all of them.
    Table { table: Table, label: String },
    /// Of a table that a pipeline has split, those of one part.
    Parted {
        table: Table,
        label: String,
        part: &'static str,
    },
    /// Generated ones.
    Generated {
        rows: RecordBatch,
        schema: SchemaRef,
        label: String,
    },
}

impl Source {
    fn of(context: &Context, key: &str) -> Outcome<Self> {
        let declaration = context.declaration(key)?;
        let parsed: DatasetDeclaration = seatrial_spec::parse(declaration.common.clone())
            .map_err(|misfit| Failure::Case(misfit.message))?;
        if let Some((table, _, label)) = parsed.table()? {
            return Ok(Source::Table { table, label });
        }
        let dataset = context.dataset_of(key)?;
        let rows = generated(&dataset)?;
        Ok(Source::Generated {
            schema: rows.schema(),
            rows,
            label: dataset.label.clone(),
        })
    }

    fn label(&self) -> &str {
        match self {
            Source::Table { label, .. }
            | Source::Parted { label, .. }
            | Source::Generated { label, .. } => label,
        }
    }

    fn schema(&self) -> &SchemaRef {
        match self {
            Source::Table { table, .. } | Source::Parted { table, .. } => table.schema(),
            Source::Generated { schema, .. } => schema,
        }
    }

    /// Asks a package about every row, and writes down what it says.
    fn ask(
        &self,
        context: &Context,
        package: &mut Package,
        outputs: &Outputs,
        place: &Place,
        say: impl Fn(
            &mut Package,
            &RecordBatch,
            u64,
        ) -> Result<seatrial_pipeline::Predictions, PipelineError>,
    ) -> Outcome<()> {
        let mut writer = TableWriter::create(&place.file, SchemaRef::clone(&outputs.schema))?;
        let mut row = 0;
        let mut add = |rows: &RecordBatch| -> Outcome<()> {
            context.keep_going()?;
            let said = say(package, rows, row).map_err(|error| self.refused(&error))?;
            writer.write(&outputs.beside(rows, &said.outputs, row)?)?;
            row += rows.num_rows() as u64;
            Ok(())
        };
        match self {
            Source::Table { table, .. } => {
                for batch in table.batches(&table.columns())? {
                    add(&batch?)?;
                }
            }
            Source::Parted { table, part, .. } => {
                for batch in table.batches(&table.columns())? {
                    let batch = batch?;
                    let parts = cells::texts(cells::column_of(&batch, PART)?)?;
                    let kept = parts.iter().map(|of| Some(of == Some(*part)));
                    let kept: arrow::array::BooleanArray = kept.collect();
                    add(&arrow::compute::filter_record_batch(&batch, &kept)?)?;
                }
            }
            Source::Generated { rows, .. } => {
                for start in (0..rows.num_rows()).step_by(ROWS) {
                    add(&rows.slice(start, ROWS.min(rows.num_rows() - start)))?;
                }
            }
        }
        writer.finish()?;
        Ok(())
    }

    /// Rows that a package cannot take are the rows' fault or the package's, and
    /// a verdict either way.
    fn refused(&self, error: &PipelineError) -> Failure {
        match self {
            Source::Table { table, .. } | Source::Parted { table, .. } => {
                Failure::Data(table.wrong(error.to_string()))
            }
            Source::Generated { .. } => Failure::Case(error.to_string()),
        }
    }
}

/// Generated rows in the unit in which they were generated.
fn generated(dataset: &Dataset) -> Outcome<RecordBatch> {
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (feature, name) in dataset.features.iter().enumerate() {
        let value = |row: usize| {
            let scaled = dataset.row(row)[feature];
            dataset.unscaled(feature, scaled).unwrap_or(0.0)
        };
        let values: Float64Array = (0..dataset.rows()).map(|row| Some(value(row))).collect();
        fields.push(Field::new(name, DataType::Float64, false));
        columns.push(Arc::new(values));
    }
    let label: ArrayRef = match &dataset.target {
        Target::Classes { names, labels } => {
            let texts = labels.iter().map(|&label| names.get(label as usize));
            Arc::new(texts.collect::<StringArray>())
        }
        Target::Values(values) => {
            let values = values.iter().map(|&value| Some(f64::from(value)));
            Arc::new(values.collect::<Float64Array>())
        }
    };
    fields.push(Field::new(&dataset.label, label.data_type().clone(), true));
    columns.push(label);
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}
