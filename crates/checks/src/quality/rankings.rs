//! Documents put together to queries, and queries reduced overall and by slice.
//!
//! Documents of a query may stand anywhere in a table, so that none is known to be
//! whole before the last row. The table is therefore read once for each part of
//! all queries, as pairs of versions are, and the documents of that part are held:
//! about 60 bytes each, four million at a time. A query is ranked once, and its
//! numbers are then a row like any other.

use arrow::array::RecordBatch;
use seatrial_data::predictions::{Chunk, Part, Predictions, Previous, Reader};
use seatrial_data::{
    Aggregate, Column, DataError, Groups, Key, Offences, Result, aggregate, quoted,
};
use seatrial_validation::Error;
use seatrial_validation::evidence::{Queries, Which};

use super::evidence::Sliced;
use super::reduce::{Asked, Reduce};
use super::slices::{SliceCoder, Slicing};

/// Reduces the queries of one table, part after part: of one version, or of two
/// whose scores stand side by side.
pub(super) fn of_table<R: Reduce>(
    parts: impl Iterator<Item = Part>,
    of: &Predictions,
    previous: Option<&Predictions>,
    slicing: &Slicing,
    asked: Asked<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<R>> {
    let mut columns = of.columns();
    slicing.add_columns(&mut columns);
    for column in previous.into_iter().flat_map(Predictions::columns) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let mut ranker = Ranker::new(of, slicing, asked);
    for part in parts {
        let new = || Gatherer::new(of, previous, slicing, part);
        ranker.add(aggregate(of.table(), &columns, stopped, new)?)?;
    }
    ranker.finish()
}

/// Reduces the queries of two tables, whose documents are paired by key, part after
/// part.
pub(super) fn of_tables<R: Reduce>(
    parts: impl Iterator<Item = Part>,
    candidate: &Predictions,
    previous: &Predictions,
    slicing: &Slicing,
    asked: Asked<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<R>> {
    let mut columns = candidate.columns();
    slicing.add_columns(&mut columns);
    let key = candidate.key()?;
    if !columns.contains(&key) {
        columns.push(key);
    }
    let mut ranker = Ranker::new(candidate, slicing, asked);
    let mut unpaired = Offences::default();
    for part in parts {
        let mut partners = Previous::read(previous, part, stopped)?;
        let mut gatherer = Gatherer::new(candidate, None, slicing, part);
        let mut row = 0;
        for batch in candidate.table().batches(&columns)? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let batch = batch?;
            let rows = gatherer.reader.read(&batch, row, &mut gatherer.wrong)?;
            let (places, pairs) = partners.pair(candidate, &rows, row, &mut ranker.offences)?;
            gatherer.add(pairs.candidate, pairs.previous, &batch, row, &places)?;
            row += batch.num_rows() as u64;
        }
        ranker.add(gatherer)?;
        partners.note_unpaired(&mut unpaired)?;
    }
    let sliced = ranker.finish()?;
    unpaired.refuse(previous.table())?;
    Ok(sliced)
}

/// Documents, a column for each thing that is known of them.
#[derive(Default)]
struct Documents {
    queries: Vec<Key>,
    /// Of the table.
    rows: Vec<u64>,
    grades: Vec<f64>,
    scores: Vec<f64>,
    /// The other version's scores, where there are two.
    previous: Vec<f64>,
    weights: Vec<f64>,
    clusters: Vec<Key>,
    /// The slice of each slicing.
    codes: Vec<Vec<u32>>,
}

impl Documents {
    /// Places of all of them, query after query, as they stand in the table.
    fn by_query(&self) -> Vec<u32> {
        let places = (0..).zip(&self.queries);
        let mut order: Vec<(u64, u32)> = places.map(|(at, name)| (name.scattered(), at)).collect();
        // Documents came in the order of the table.
        let name = |at: u32| self.queries[at as usize];
        order.sort_unstable_by(|(a, first), (b, second)| {
            (a.cmp(b)).then_with(|| (name(*first), first).cmp(&(name(*second), second)))
        });
        order.into_iter().map(|(_, at)| at).collect()
    }

    /// Such places, of one query at a time.
    fn queries_of<'a>(&'a self, order: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
        order.chunk_by(|a, b| self.queries[*a as usize] == self.queries[*b as usize])
    }
}

/// Documents of the queries of one part, as they come in.
struct Gatherer<'a> {
    reader: Reader<'a>,
    previous: Option<Reader<'a>>,
    of: &'a Predictions,
    part: Part,
    coders: Vec<SliceCoder<'a>>,
    documents: Documents,
    /// What is wrong with single rows, whatever part they lie in.
    wrong: Offences,
}

impl<'a> Gatherer<'a> {
    fn new(
        of: &'a Predictions,
        previous: Option<&'a Predictions>,
        slicing: &'a Slicing,
        part: Part,
    ) -> Self {
        Self {
            reader: of.reader(),
            previous: previous.map(Predictions::reader),
            of,
            part,
            coders: slicing.coders(),
            documents: Documents {
                codes: vec![Vec::new(); slicing.by.len()],
                ..Documents::default()
            },
            wrong: Offences::default(),
        }
    }

    /// Adds documents, which stand at these places of the batch.
    fn add(
        &mut self,
        rows: Chunk,
        previous: Vec<f64>,
        batch: &RecordBatch,
        first_row: u64,
        places: &[u32],
    ) -> Result<()> {
        let (of, held) = (self.of, &mut self.documents);
        for (coder, codes) in self.coders.iter_mut().zip(&mut held.codes) {
            let all = coder.codes(of.table(), batch, first_row, &mut self.wrong)?;
            codes.extend(places.iter().map(|&place| all[place as usize]));
        }
        if let Some(name) = of.cluster() {
            let wrong = |message: String| of.table().wrong_in(name, message);
            let cells = batch.column_by_name(name);
            let cells = cells.ok_or_else(|| wrong("was not read".into()))?;
            let column = Column {
                name,
                cells,
                first_row,
            };
            // Missing ones are noted where clusters are put in groups.
            let all = column.keys(&mut Offences::default()).map_err(wrong)?;
            let clusters = places.iter().map(|&place| all[place as usize]);
            held.clusters.extend(clusters);
        }
        let placed = places.iter().map(|&place| first_row + u64::from(place));
        held.rows.extend(placed);
        held.queries.extend(rows.queries);
        held.grades.extend(rows.labels);
        held.scores.extend(rows.values);
        held.weights.extend(rows.weights.into_iter().flatten());
        held.previous.extend(previous);
        self.part.refuse_many(of, held.rows.len())
    }
}

impl Aggregate for Gatherer<'_> {
    type Output = Self;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let rows = self.reader.read(batch, first_row, &mut self.wrong)?;
        let places = self.part.places(&rows);
        let widths = self.of.task().widths();
        let previous = match &self.previous {
            None => Vec::new(),
            Some(reader) => {
                let all = reader.read(batch, first_row, &mut self.wrong)?.values;
                Chunk::pick_values(&all, widths.values, &places)
            }
        };
        let rows = rows.pick(widths, &places);
        self.add(rows, previous, batch, first_row, &places)
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.wrong.merge(later.wrong);
        let (held, more) = (&mut self.documents, later.documents);
        let coders = self.coders.iter_mut().zip(&later.coders);
        for ((here, there), (codes, more)) in coders.zip(held.codes.iter_mut().zip(more.codes)) {
            let numbers = here.adopt_all(there);
            codes.extend(more.iter().map(|&code| numbers[code as usize]));
            here.refuse_many(self.of.table())?;
        }
        held.queries.extend(more.queries);
        held.rows.extend(more.rows);
        held.grades.extend(more.grades);
        held.scores.extend(more.scores);
        held.previous.extend(more.previous);
        held.weights.extend(more.weights);
        held.clusters.extend(more.clusters);
        self.part.refuse_many(self.of, held.rows.len())
    }

    fn finish(self) -> Result<Self> {
        Ok(self)
    }
}

/// Queries, reduced part after part.
struct Ranker<'a, R> {
    of: &'a Predictions,
    slicing: &'a Slicing,
    coders: Vec<SliceCoder<'a>>,
    asked: Asked<'a>,
    whole: R,
    /// For each slicing, its slices by number.
    slices: Vec<Vec<R>>,
    /// Slicings that nobody declared and that cut through queries.
    dropped: Vec<bool>,
    offences: Offences,
}

impl<'a, R: Reduce> Ranker<'a, R> {
    fn new(of: &'a Predictions, slicing: &'a Slicing, asked: Asked<'a>) -> Self {
        Self {
            of,
            slicing,
            coders: slicing.coders(),
            asked,
            whole: R::new(of.task(), asked),
            slices: slicing.by.iter().map(|_| Vec::new()).collect(),
            dropped: vec![false; slicing.by.len()],
            offences: Offences::default(),
        }
    }

    /// Ranks the queries of a part, unless a row of the table was wrong.
    fn add(&mut self, part: Gatherer<'a>) -> Result<()> {
        let Gatherer {
            part,
            coders,
            documents,
            wrong,
            ..
        } = part;
        let order = documents.by_query();
        for query in documents.queries_of(&order) {
            self.note_divided(query, &documents, &coders);
        }
        // Each pass reads all rows, and finds the same ones wrong.
        if part.is_first() {
            self.offences.merge(wrong);
        }
        if !self.offences.is_empty() {
            return Ok(());
        }
        let wrong = |error: Error| self.of.table().wrong(error.to_string());
        let rows = self.ranked(&documents, &order).map_err(wrong)?;
        self.whole.update(&rows, Which::All).map_err(wrong)?;
        for (slicing, slices) in self.slices.iter_mut().enumerate() {
            let (coder, codes) = (&mut self.coders[slicing], &documents.codes[slicing]);
            let numbers = coder.adopt_all(&coders[slicing]);
            coder.refuse_many(self.of.table())?;
            let count = coder.names().len();
            slices.resize_with(count, || R::new(self.of.task(), self.asked));
            let queries = documents.queries_of(&order);
            let codes = queries.map(|query| numbers[codes[query[0] as usize] as usize]);
            for (slice, places) in Groups::new(&codes.collect::<Vec<_>>(), count).iter() {
                let places = Which::At(places);
                slices[slice].update(&rows, places).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// The numbers of each query.
    fn ranked(&self, documents: &Documents, order: &[u32]) -> Result<R::Rows, Error> {
        let asked = self.asked.numbers();
        let ranker = Queries::new(&asked);
        let (mut rows, mut previous, mut weights) = (Chunk::default(), Vec::new(), Vec::new());
        for query in documents.queries_of(order) {
            let of = |column: &[f64]| -> Vec<f64> {
                let documents = query.iter().map(|&at| column[at as usize]);
                documents.collect()
            };
            let grades = of(&documents.grades);
            let numbers = ranker.numbers_of(&of(&documents.scores), &grades)?;
            rows.values.extend(numbers);
            if !documents.previous.is_empty() {
                let numbers = ranker.numbers_of(&of(&documents.previous), &grades)?;
                previous.extend(numbers);
            }
            weights.extend(documents.weights.get(query[0] as usize));
        }
        rows.weights = self.of.weight().map(|_| weights);
        Ok(R::queries(asked.len(), rows, previous))
    }

    /// Notes rows that differ from the first of their query in what is one thing
    /// for all of them.
    fn note_divided(&mut self, query: &[u32], documents: &Documents, coders: &[SliceCoder<'_>]) {
        let (first, rest) = (query[0] as usize, query[1..].iter());
        for at in rest.map(|&at| at as usize) {
            let row = documents.rows[at];
            let slicings = self.slicing.by.iter().zip(&documents.codes).enumerate();
            for (slicing, (by, codes)) in slicings.filter(|(_, (_, c))| c[at] != c[first]) {
                if by.searched {
                    self.dropped[slicing] = true;
                } else if !by.is_of_units() {
                    let found = quoted(&coders[slicing].names()[codes[at] as usize]);
                    self.offences.note(&by.name, row, DIVIDED, found);
                }
            }
            if let Some(name) = self.of.cluster()
                && documents.clusters[at] != documents.clusters[first]
            {
                self.offences.note(name, row, DIVIDED, "the cell");
            }
            if let Some(name) = self.of.weight()
                && documents.weights[at] != documents.weights[first]
            {
                let found = documents.weights[at];
                self.offences.note(name, row, DIVIDED, found);
            }
        }
    }

    fn finish(self) -> Result<Sliced<R>> {
        self.offences.refuse(self.of.table())?;
        let each = self.coders.into_iter().zip(self.slices).zip(self.dropped);
        let slices = each.map(|((coder, slices), dropped)| {
            let names = coder.names().iter().cloned();
            let named = names.zip(slices.into_iter().map(R::finish));
            named.filter(|_| !dropped).collect()
        });
        Ok(Sliced {
            slices: slices.collect(),
            whole: self.whole.finish(),
            groups: None,
        })
    }
}

/// What is wrong with a row in a query of another kind.
const DIVIDED: &str = "is not what the first row of its query has";

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use seatrial_rng::Streams;
    use seatrial_validation::Metric;

    use super::super::evidence::{One, Two};
    use super::*;

    /// Three hundred queries of one to six documents that stand anywhere.
    fn documents(order: u64) -> String {
        let mut draw = Streams::new(3).stream("documents");
        let mut lines = Vec::new();
        for query in 0..300 {
            for document in 0..=draw.below(6) {
                let (grade, a, b) = (draw.below(3), draw.unit(), draw.unit());
                let country = ["de", "fr"][query % 2];
                lines.push(format!("q{query},{document},{grade},{a},{b},{country}\n"));
            }
        }
        Streams::new(order).stream("order").shuffle(&mut lines);
        format!("query,document,grade,a,b,country\n{}", lines.concat())
    }

    fn opened(folder: &std::path::Path, name: &str, text: &str, score: &str) -> Predictions {
        let path = folder.join(format!("{name}.csv"));
        std::fs::write(&path, text).unwrap();
        let keys = "query = 'query'\nkey = 'document'\nlabel = 'grade'";
        let declared = format!("path = '{}'\n{keys}\nscore = '{score}'", path.display());
        Predictions::open(name, &toml::from_str(&declared).unwrap()).unwrap()
    }

    fn metrics() -> Vec<Metric> {
        let names = ["ndcg@3", "mrr"];
        names.map(|name| Metric::parse(name).unwrap()).into()
    }

    fn by_country(of: &Predictions) -> Slicing {
        Slicing::new(of, &["country".to_owned()], &Default::default()).unwrap()
    }

    /// Queries and means of both versions, overall and by country.
    fn figures(sliced: &Sliced<Two>) -> Vec<(u64, f64)> {
        let slices = sliced.slices.iter().flat_map(|by| by.values());
        let mut figures = Vec::new();
        for rows in std::iter::once(&sliced.whole).chain(slices) {
            for evidence in [rows.paired().candidate(), rows.paired().previous()] {
                for metric in metrics() {
                    figures.push((evidence.rows(), metric.value(evidence).unwrap()));
                }
            }
        }
        figures
    }

    fn near(a: &[(u64, f64)], b: &[(u64, f64)]) -> bool {
        let same = |((n, x), (m, y)): (&(u64, f64), &(u64, f64))| n == m && (x - y).abs() < 1e-12;
        a.len() == b.len() && a.iter().zip(b).all(same)
    }

    #[test]
    fn queries_are_whole_in_any_number_of_parts_and_tables() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name, order, score| opened(folder.path(), name, &documents(order), score);
        let (a, beside, apart) = (open("a", 1, "a"), open("a", 1, "b"), open("b", 2, "b"));
        let (slicing, metrics, go) = (by_country(&a), metrics(), || false);
        let asked = Asked::of(&a, &metrics);
        let in_one = |parts| {
            let parts = Part::each(parts);
            figures(&of_table(parts, &a, Some(&beside), &slicing, asked, &go).unwrap())
        };
        let in_two = |parts| {
            let parts = Part::each(parts);
            figures(&of_tables(parts, &a, &apart, &slicing, asked, &go).unwrap())
        };
        let whole = in_one(1);
        assert_eq!(whole[0].0, 300);
        assert_eq!(whole[4].0 + whole[8].0, 300);
        for other in [in_one(7), in_two(1), in_two(7)] {
            assert!(near(&whole, &other), "{whole:?} {other:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_once_whatever_the_parts() {
        let folder = tempfile::tempdir().unwrap();
        let torn = documents(1).replacen(",fr\n", ",it\n", 3);
        for (text, said) in [
            (torn.replacen(",0.", ",nought.", 2), "is not a number"),
            (torn, "is not what the first row of its query has"),
        ] {
            let a = opened(folder.path(), "a", &text, "a");
            let refused = |parts| {
                let (slicing, metrics) = (by_country(&a), metrics());
                let (parts, asked) = (Part::each(parts), Asked::of(&a, &metrics));
                let refused = of_table::<One>(parts, &a, None, &slicing, asked, &|| false);
                refused.err().unwrap().to_string()
            };
            assert!(refused(1).contains(said), "{}", refused(1));
            assert_eq!(refused(1), refused(7));
        }
    }
}
