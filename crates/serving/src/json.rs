//! JSON as inference servers write it, which is not always JSON.
//!
//! Python's and RapidJSON's writers give `NaN`, `Infinity` and `-Infinity` bare;
//! orjson and others give `null` for all three. Both are read.

use std::borrow::Cow;

use serde_json::Value;

use crate::tensor::{Tensor, Values};

/// Stands in a read value for a number that JSON cannot hold. The first
/// character keeps it apart from every text that a model would give.
const NOT_FINITE: char = '\u{fdd0}';

/// Reads JSON, and the numbers that are none.
///
/// # Errors
/// With the place, when it is not even that.
pub(crate) fn read(text: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("not UTF-8: {error}"))?;
    serde_json::from_str(&quoted(text)).map_err(|error| error.to_string())
}

/// Puts numbers that JSON cannot hold in quotes, outside of texts.
fn quoted(text: &str) -> Cow<'_, str> {
    rewritten(text, |word, out| {
        out.extend(['"', NOT_FINITE]);
        out.push_str(word);
        out.push('"');
    })
}

/// A request with `null` for NaN, where it has one: there are servers that read
/// JSON strictly. An infinity has no such form, and stays as it is.
pub(crate) fn with_nulls(text: &str) -> Option<String> {
    let written = rewritten(text, |word, out| {
        out.push_str(if word == "NaN" { "null" } else { word });
    });
    (written != text).then(|| written.into_owned())
}

/// Writes numbers that JSON cannot hold in another way, outside of texts.
fn rewritten(text: &str, write: impl Fn(&str, &mut String)) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 64);
    let (mut rest, mut within, mut escaped) = (text, false, false);
    while let Some(next) = rest.chars().next() {
        let word = WORDS
            .iter()
            .find(|word| !within && rest.starts_with(**word));
        if let Some(word) = word {
            write(word, &mut out);
            rest = &rest[word.len()..];
            continue;
        }
        within ^= next == '"' && !escaped;
        escaped = within && next == '\\' && !escaped;
        out.push(next);
        rest = &rest[next.len_utf8()..];
    }
    out.into()
}

/// A number; NaN for `null`, which is all that some servers have for it.
///
/// Protocol buffers' JSON puts what is not finite in quotes.
fn number_or_word(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => number(value),
    }
}

/// As JSON has it, or bare.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.strip_prefix(NOT_FINITE)? {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            _ => Some(f64::NEG_INFINITY),
        },
        _ => None,
    }
}

/// Reads an array of any depth: its dimensions and its elements, read as their
/// datatype says or, without one, as they look.
///
/// # Errors
/// When it is ragged, or an element does not fit.
pub(crate) fn array(value: &Value, datatype: Option<&str>) -> Result<(Vec<usize>, Values), String> {
    let (mut shape, mut flat) = (Vec::new(), Vec::new());
    flatten(value, 0, &mut shape, &mut flat)?;
    Ok((shape, elements(&flat, datatype)?))
}

fn flatten<'v>(
    value: &'v Value,
    depth: usize,
    shape: &mut Vec<usize>,
    flat: &mut Vec<&'v Value>,
) -> Result<(), String> {
    let Value::Array(items) = value else {
        if depth != shape.len() {
            return Err("its rows are of different depths".into());
        }
        flat.push(value);
        return Ok(());
    };
    match shape.get(depth) {
        None if flat.is_empty() => shape.push(items.len()),
        Some(known) if *known == items.len() => {}
        _ => return Err("its rows are of different lengths".into()),
    }
    items
        .iter()
        .try_for_each(|item| flatten(item, depth + 1, shape, flat))
}

fn elements(flat: &[&Value], datatype: Option<&str>) -> Result<Values, String> {
    let all = |test: fn(&Value) -> bool| !flat.is_empty() && flat.iter().all(|item| test(item));
    let whole = |item: &Value| item.is_i64() || item.is_u64();
    let text = |item: &Value| item.is_string() && number(item).is_none();
    match datatype {
        Some("BOOL") => collect(flat, boolean).map(Values::Booleans),
        Some("BYTES") => collect(flat, |item| item.as_str().map(str::to_owned)).map(Values::Texts),
        Some(word) if word.contains("INT") => collect(flat, Value::as_i64).map(Values::Integers),
        Some(_) => collect(flat, number_or_word).map(Values::Numbers),
        None if all(Value::is_boolean) => collect(flat, Value::as_bool).map(Values::Booleans),
        None if all(text) => {
            collect(flat, |item| item.as_str().map(str::to_owned)).map(Values::Texts)
        }
        None if all(whole) => collect(flat, Value::as_i64).map(Values::Integers),
        None => collect(flat, number).map(Values::Numbers),
    }
}

fn boolean(item: &Value) -> Option<bool> {
    item.as_bool().or_else(|| match item.as_i64() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => None,
    })
}

fn collect<T>(flat: &[&Value], one: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, String> {
    let each = flat.iter().map(|item| {
        one(item).ok_or_else(|| format!("`{}` is not an element of its type", brief(item)))
    });
    each.collect()
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    text.chars().take(40).collect()
}

/// The elements as JSON texts. NaN and infinities are bare, as there is nothing
/// better that a server might understand.
fn written(values: &Values) -> Vec<String> {
    match values {
        Values::Numbers(values) => values.iter().map(|value| bare(*value)).collect(),
        Values::Integers(values) => values.iter().map(i64::to_string).collect(),
        Values::Booleans(values) => values.iter().map(bool::to_string).collect(),
        Values::Texts(values) => values
            .iter()
            .map(|text| Value::from(text.as_str()).to_string())
            .collect(),
    }
}

fn bare(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        value => format!("{value:?}"),
    }
}

/// A tensor's elements as a flat array.
pub(crate) fn flat(tensor: &Tensor) -> String {
    format!("[{}]", written(&tensor.values).join(","))
}

/// A tensor's elements as arrays in arrays, as deep as its shape.
pub(crate) fn nested(tensor: &Tensor) -> String {
    let mut parts = written(&tensor.values);
    for (depth, size) in tensor.shape.iter().enumerate().rev() {
        let count: usize = tensor.shape[..depth].iter().product();
        parts = (0..count)
            .map(|at| {
                let own = parts.get(at * size..(at + 1) * size).unwrap_or_default();
                format!("[{}]", own.join(","))
            })
            .collect();
    }
    parts.concat()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn bare_and_missing_numbers_are_read_and_texts_are_left_alone() {
        let read =
            read(br#"{"say \"NaN\"": ["NaN"], "data": [NaN, -Infinity, null, 1e3]}"#).unwrap();
        let (shape, values) = array(&read["data"], Some("FP32")).unwrap();
        assert_eq!(shape, [4]);
        let Values::Numbers(values) = values else {
            panic!()
        };
        assert!(values[0].is_nan() && values[2].is_nan());
        assert_eq!((values[1], values[3]), (f64::NEG_INFINITY, 1000.0));
        let (_, values) = array(&read["say \"NaN\""], Some("FP32")).unwrap();
        assert!(matches!(values, Values::Numbers(values) if values[0].is_nan()));
        let (_, texts) = array(&read["say \"NaN\""], Some("BYTES")).unwrap();
        assert_eq!(texts, Values::Texts(vec!["NaN".into()]));
    }

    #[test]
    fn nan_is_written_as_null_where_that_is_wanted_and_nowhere_else() {
        let given = r#"{"NaN": [NaN, 1.0], "say \"NaN": [-Infinity]}"#;
        let null = r#"{"NaN": [null, 1.0], "say \"NaN": [-Infinity]}"#;
        assert_eq!(with_nulls(given).as_deref(), Some(null));
        assert_eq!(with_nulls(null), None);
    }

    #[test]
    fn what_is_written_nested_is_read_with_its_shape() {
        let tensor = Tensor {
            name: "x".into(),
            datatype: None,
            shape: vec![2, 3, 1],
            values: Values::Numbers((0..6).map(f64::from).collect()),
        };
        let text = nested(&tensor);
        assert_eq!(text, "[[[0.0],[1.0],[2.0]],[[3.0],[4.0],[5.0]]]");
        let (shape, values) = array(&read(text.as_bytes()).unwrap(), None).unwrap();
        assert_eq!((shape, values), (tensor.shape, tensor.values));
    }

    #[test]
    fn whole_numbers_keep_every_digit() {
        let read = read(b"[9007199254740993]").unwrap();
        let (_, values) = array(&read, Some("INT64")).unwrap();
        assert_eq!(values, Values::Integers(vec![9_007_199_254_740_993]));
    }

    #[test]
    fn ragged_rows_and_foreign_elements_are_refused() {
        for (text, says) in [
            ("[[1,2],[3]]", "different lengths"),
            ("[[1],2]", "different depths"),
            ("[1,\"x\"]", "`\"x\"` is not an element"),
            ("[1,{}]", "is not an element"),
        ] {
            let error = array(&read(text.as_bytes()).unwrap(), Some("FP32")).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
