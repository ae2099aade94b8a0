//! The columns of a dataset from a table of any format, held in memory.

use std::path::Path;

use crate::column::Column;
use crate::csv_file::{self, Columns};
use crate::declaration::DatasetDeclaration;
use crate::error::Result;
use crate::offences::Offences;
use crate::table::Table;

/// Reads the declared columns, and holds no others.
pub(crate) fn read(path: &Path, declaration: &DatasetDeclaration) -> Result<Columns> {
    let table = Table::open(path)?;
    let (features, label) = chosen(&table, declaration)?;
    let mut wanted = features.clone();
    wanted.push(label.clone());
    let (mut values, mut cells) = (Vec::new(), Vec::new());
    let (mut offences, mut first_row) = (Offences::default(), 0);
    for batch in table.batches(&wanted)? {
        let batch = batch?;
        let mut columns = Vec::with_capacity(features.len());
        for (name, cells) in features.iter().zip(batch.columns()) {
            let column = Column {
                name,
                cells,
                first_row,
            };
            let numbers = column.numbers(&mut offences);
            let numbers = numbers.map_err(|message| table.wrong_in(name, message))?;
            for (row, number) in (first_row..).zip(&numbers) {
                if number.is_finite() && (*number as f32).is_infinite() {
                    offences.note(name, row, "is beyond single precision", number);
                }
            }
            columns.push(numbers);
        }
        let column = Column {
            name: &label,
            cells: batch.column(features.len()),
            first_row,
        };
        let texts = column
            .texts()
            .map_err(|message| table.wrong_in(&label, message))?;
        for row in 0..batch.num_rows() {
            values.extend(columns.iter().map(|column| column[row] as f32));
        }
        let rows = first_row..;
        cells.extend(
            rows.zip(&texts)
                .map(|(row, text)| (row, text.unwrap_or_default().to_owned())),
        );
        first_row += batch.num_rows() as u64;
    }
    offences.refuse(&table)?;
    if cells.is_empty() {
        return Err(table.wrong("the table has no row"));
    }
    let target = csv_file::target(&cells, &label, declaration);
    let target = target.map_err(|(row, message)| {
        // The message names the column already.
        let (path, row) = table.locate(row);
        crate::table::wrong(path, format!("row {row}: {message}"))
    })?;
    Ok(Columns {
        features,
        values,
        label,
        target,
    })
}

/// The names of the features and of the label that a declaration chooses.
pub(crate) fn chosen(
    table: &Table,
    declaration: &DatasetDeclaration,
) -> Result<(Vec<String>, String)> {
    let header: Vec<String> = table.columns().into_iter().map(str::to_owned).collect();
    let choice = csv_file::choose(&header, declaration);
    let choice = choice.map_err(|message| table.wrong(message))?;
    let features = choice.features.iter().map(|&column| header[column].clone());
    Ok((features.collect(), header[choice.label].clone()))
}
