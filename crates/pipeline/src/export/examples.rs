//! Raw rows with what a package answers, as staged servers are asked.

use arrow::array::{Array, Float64Array, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use seatrial_data::table::Table;
use serde_json::{Value, json};

use super::{NUMBERS, PROBABILITIES, PackageInputs, VALUE};
use crate::{Package, PipelineError, Result, cells};

impl Package {
    /// Some rows, spread over a table, as examples for an exported package: a
    /// JSON object of inputs, and of outputs with what the package answers.
    ///
    /// # Errors
    /// When the rows are none, or the package refuses one of them.
    pub fn examples(
        &mut self,
        inputs: &PackageInputs,
        table: &Table,
        count: usize,
    ) -> Result<Value> {
        let rows = spread(table, count)?;
        let answers = self.predict(&rows)?;
        let height = rows.num_rows();
        let mut given = Vec::new();
        if !inputs.numbers.is_empty() {
            let columns = inputs.numbers.iter().map(|name| {
                let column = cells::column_of(&rows, name)?;
                cells::numbers(column, name)
            });
            let columns: Vec<Float64Array> = columns.collect::<Result<_>>()?;
            // A missing number is NaN, which is `null` here.
            let cell = |row: usize, column: &Float64Array| {
                (!column.is_null(row)).then(|| column.value(row))
            };
            let data: Vec<Option<f64>> = (0..height)
                .flat_map(|row| columns.iter().map(move |column| cell(row, column)))
                .collect();
            given.push(tensor(NUMBERS, "FP64", [height, columns.len()], &data));
        }
        for name in &inputs.texts {
            let texts = cells::texts(cells::column_of(&rows, name)?)?;
            let data: Vec<&str> = texts.iter().map(|text| text.unwrap_or("")).collect();
            given.push(tensor(name, "BYTES", [height, 1], &data));
        }
        let name = match answers.classes {
            Some(_) => PROBABILITIES,
            None => VALUE,
        };
        let width = answers.outputs.first().map_or(0, Vec::len);
        let data: Vec<f32> = answers
            .outputs
            .concat()
            .into_iter()
            .map(|x| x as f32)
            .collect();
        let told = tensor(name, "FP32", [height, width], &data);
        Ok(json!({ "inputs": given, "outputs": [told] }))
    }
}

fn tensor(name: &str, datatype: &str, shape: [usize; 2], data: &impl serde::Serialize) -> Value {
    json!({ "name": name, "datatype": datatype, "shape": shape, "data": data })
}

/// At most so many rows, evenly spread.
fn spread(table: &Table, count: usize) -> Result<RecordBatch> {
    let batches = table.batches(&table.columns())?;
    let batches: Vec<RecordBatch> = batches.collect::<Result<_, _>>()?;
    let none = || PipelineError::Stages(format!("{} has no rows", table.path().display()));
    let schema = batches.first().ok_or_else(none)?.schema();
    let all = concat_batches(&schema, &batches)?;
    let count = count.min(all.num_rows());
    if count == 0 {
        return Err(none());
    }
    let places: UInt32Array = (0..count)
        .map(|at| (at * all.num_rows() / count) as u32)
        .collect();
    Ok(take_record_batch(&all, &places)?)
}
