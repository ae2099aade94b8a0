//! What can be wrong with the names of columns, in words for whoever wrote the
//! file.

/// Names that a message lists.
const LISTED_MAX: usize = 20;

/// Refuses a header whose names cannot be used: one cell where another
/// separator than the comma was meant.
pub(crate) fn one_cell(header: &[String]) -> Result<(), String> {
    let [name] = header else { return Ok(()) };
    let Some(separator) = name.chars().find(|c| [';', '\t', '|'].contains(c)) else {
        return Ok(());
    };
    let separator = match separator {
        '\t' => "tabs".to_owned(),
        other => format!("`{other}`"),
    };
    Err(format!(
        "the header is one cell, `{}`: cells are parted by commas, and here by {separator}",
        name.escape_debug()
    ))
}

/// A column without a name, at this place from 1.
pub(crate) fn unnamed(place: usize) -> String {
    // Such as the index that some tools write: it tells the row's place, which
    // no model should learn from unawares.
    format!(
        "column {place} has no name; if it numbers the rows, write the file without it \
         (`index=False` in pandas, `row.names = FALSE` in R)"
    )
}

/// A column that is not there, with those that are.
pub(crate) fn unknown(name: &str, header: &[&str]) -> String {
    let known = listed(header.iter().copied());
    let meant = seatrial_spec::nearest_name(name, header.iter().copied());
    let meant = meant.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("no column is named `{name}`; there are {known}{meant}")
}

/// Names, to be shown: of many, the first.
pub(crate) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED_MAX);
    let shown = names.take(LISTED_MAX).map(|name| format!("`{name}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What to do about a cell that no model can take, after a message that says so.
pub(crate) fn mend(cell: &str) -> &'static str {
    const MISSING: [&str; 7] = ["", "na", "n/a", "nan", "null", "none", "-"];
    let cell = cell.trim();
    if MISSING.contains(&cell.to_ascii_lowercase().as_str()) {
        "; fill in what is missing first, or leave the column out of `features`"
    } else if cell.parse::<f64>().is_err() && cell.chars().any(char::is_alphabetic) {
        "; features are numbers: make some of it first, or leave the column out of `features`"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_listed() {
        assert_eq!(listed(["a", "b"].into_iter()), "`a`, `b`");
        let many = vec!["x"; LISTED_MAX + 3];
        let said = listed(many.into_iter());
        assert!(said.ends_with("`x` and 3 more"), "{said}");
        assert_eq!(said.matches("`x`").count(), LISTED_MAX);
    }
}
