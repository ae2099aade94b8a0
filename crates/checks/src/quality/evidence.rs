//! Rows of predictions, reduced overall and by slice.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use seatrial_data::predictions::{Chunk, Part, Predictions, Previous, Reader};
use seatrial_data::{Aggregate, DataError, Groups, Offences, Result, aggregate};
use seatrial_validation::clustered::{Clustered, Reduced};
use seatrial_validation::evidence::{Paired, Which};
use seatrial_validation::interval::Estimate;
use seatrial_validation::metric::{Confidence, Difference};
use seatrial_validation::{Error, Metric};

use super::clusters::Units;
use super::rankings;
use super::reduce::{Asked, Known, Reduce};
pub(super) use super::reduce::{One, Two};
use super::slices::{By, CROSS, SliceCoder, Slicing};

/// All rows, and those of each slice.
pub(super) struct Sliced<R> {
    /// Of all rows.
    pub whole: R,
    /// For each slicing, its slices by name.
    pub slices: Vec<BTreeMap<String, R>>,
    /// The same by units of clusters, where rows come in clusters: all rows, then
    /// each slicing's.
    pub(super) groups: Option<Vec<BTreeMap<String, Clustered<R>>>>,
}

impl<R> Sliced<R> {
    /// All rows.
    pub fn all(&self) -> Rows<'_, R> {
        self.rows(&self.whole, 0, "")
    }

    /// The slices of a slicing, with their names.
    pub fn of(&self, slicing: usize) -> impl Iterator<Item = (&str, Rows<'_, R>)> {
        let slices = self.slices[slicing].iter();
        slices.map(move |(name, rows)| (name.as_str(), self.rows(rows, slicing + 1, name)))
    }

    /// What is to be said of buckets that are declared, in the first slicings, and
    /// have no row.
    pub fn empty_buckets(&self, declared: &[By]) -> Vec<String> {
        let of = |(by, seen): (&By, &BTreeMap<String, R>)| {
            let buckets = by.buckets().into_iter();
            let empty = buckets.filter(|bucket| !seen.contains_key(bucket));
            let empty = empty.map(|bucket| format!("the slice {}={bucket} has no row", by.name));
            empty.collect::<Vec<String>>()
        };
        declared.iter().zip(&self.slices).flat_map(of).collect()
    }

    fn rows<'a>(&'a self, rows: &'a R, place: usize, name: &str) -> Rows<'a, R> {
        Rows {
            rows,
            groups: self.groups.as_ref().and_then(|all| all[place].get(name)),
        }
    }
}

/// Rows to ask for a metric, in clusters or each by itself.
pub(super) struct Rows<'a, R> {
    rows: &'a R,
    groups: Option<&'a Clustered<R>>,
}

impl<R> Clone for Rows<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Rows<'_, R> {}

impl Rows<'_, One> {
    /// The metric with its interval.
    pub fn estimate(
        &self,
        metric: &Metric,
        how: &Confidence,
    ) -> std::result::Result<Estimate, Error> {
        let Some(groups) = self.groups else {
            return metric.estimate(self.rows.evidence(), how);
        };
        let value = metric.value(self.rows.evidence())?;
        Ok(moved(metric.estimate_clustered(groups, how)?, value))
    }
}

impl Rows<'_, Two> {
    /// Both versions' rows.
    pub fn paired(&self) -> Paired<'_> {
        self.rows.paired()
    }

    /// How the versions compare.
    pub fn compare(
        &self,
        metric: &Metric,
        how: &Confidence,
    ) -> std::result::Result<Difference, Error> {
        let paired = self.rows.paired();
        let Some(groups) = self.groups else {
            return metric.compare(paired, how);
        };
        let candidate = metric.value(paired.candidate())?;
        let previous = metric.value(paired.previous())?;
        let of_groups = metric.compare_clustered(groups, how.false_alarm)?;
        Ok(Difference {
            candidate,
            previous,
            difference: moved(of_groups.difference, candidate - previous),
        })
    }
}

/// Groups have coarser scores than all rows: theirs is the width, not the value.
fn moved(estimate: Estimate, value: f64) -> Estimate {
    let by = value - estimate.value;
    Estimate {
        value,
        low: estimate.low + by,
        high: estimate.high + by,
        ..estimate
    }
}

/// What [`Sliced`] is while rows come in.
struct Slicer<'a, R> {
    reader: Reader<'a>,
    previous: Option<Reader<'a>>,
    of: &'a Predictions,
    asked: Asked<'a>,
    coders: Vec<SliceCoder<'a>>,
    whole: R,
    /// For each slicing, its slices by number.
    slices: Vec<Vec<R>>,
    /// Cells of scores that a slice may have.
    budget: usize,
    /// What the rows merged so far tell of those to come.
    levels: &'a Levels,
    offences: Offences,
}

/// How finely scores are told apart in what was merged so far.
#[derive(Default)]
struct Levels(Mutex<Found>);

/// Levels of all rows, and of each slicing's slices by name.
#[derive(Default)]
struct Found {
    whole: Known,
    slices: BTreeMap<(usize, String), Known>,
}

impl Levels {
    fn of_whole(&self) -> Known {
        self.lock().whole
    }

    fn of_slice(&self, slicing: usize, name: &str) -> Known {
        let found = self.lock();
        let known = found.slices.get(&(slicing, name.to_owned()));
        known.copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a, R: Reduce> Slicer<'a, R> {
    fn new(
        of: &'a Predictions,
        previous: Option<&'a Predictions>,
        slicing: &'a Slicing,
        asked: Asked<'a>,
        levels: &'a Levels,
    ) -> Self {
        let mut whole = R::new(of.task(), asked.and_drawn());
        whole.begin_at(levels.of_whole());
        Self {
            reader: of.reader(),
            previous: previous.map(Predictions::reader),
            of,
            asked,
            coders: slicing.coders(),
            whole,
            slices: slicing.by.iter().map(|_| Vec::new()).collect(),
            budget: R::SLICES_CELLS,
            levels,
            offences: Offences::default(),
        }
    }

    /// Adds the rows of a batch, unless one of the table was wrong: all of them,
    /// or those at the places that `only` names.
    fn add(
        &mut self,
        rows: Chunk,
        previous: Vec<f64>,
        batch: &RecordBatch,
        first_row: u64,
        only: Option<&[u32]>,
    ) -> Result<()> {
        let (of, mut codes) = (self.of, Vec::with_capacity(self.coders.len()));
        for coder in &mut self.coders {
            let all = coder.codes(of.table(), batch, first_row, &mut self.offences)?;
            codes.push(match only {
                None => all,
                Some(places) => places.iter().map(|&place| all[place as usize]).collect(),
            });
        }
        if !self.offences.is_empty() {
            return Ok(());
        }
        let wrong = |error: Error| of.table().wrong(error.to_string());
        let rows = R::rows(of.task(), self.asked.and_drawn(), rows, previous).map_err(wrong)?;
        self.whole.update(&rows, Which::All).map_err(wrong)?;
        self.make_slices();
        for (slices, codes) in self.slices.iter_mut().zip(&codes) {
            for (slice, places) in Groups::new(codes, slices.len()).iter() {
                let some = Which::At(places);
                slices[slice].update(&rows, some).map_err(wrong)?;
            }
        }
        Ok(())
    }

    /// A place for every slice that was seen, and for all of them together no
    /// more cells than one slicing may have. The budget depends on how many
    /// slices there are, and never grows: what comes of all rows does not depend
    /// on when they were seen.
    fn make_slices(&mut self) {
        for (at, (slices, coder)) in self.slices.iter_mut().zip(&self.coders).enumerate() {
            for name in &coder.names()[slices.len()..] {
                let mut slice = R::new(self.of.task(), self.asked);
                slice.shrink(self.budget);
                slice.begin_at(self.levels.of_slice(at, name));
                slices.push(slice);
            }
        }
        let count: usize = self.slices.iter().map(Vec::len).sum();
        let budget = (R::SLICES_CELLS / count.next_power_of_two()).max(SLICE_CELLS_MIN);
        if budget < self.budget {
            self.budget = budget;
            let slices = self.slices.iter_mut().flatten();
            slices.for_each(|slice| slice.shrink(budget));
        }
    }
}

/// Cells of scores that a slice has at least, of however many.
const SLICE_CELLS_MIN: usize = 1 << 10;

impl<R: Reduce> Aggregate for Slicer<'_, R> {
    type Output = Sliced<R>;

    fn update(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let rows = self.reader.read(batch, first_row, &mut self.offences)?;
        let previous = match &self.previous {
            Some(reader) => reader.read(batch, first_row, &mut self.offences)?.values,
            None => Vec::new(),
        };
        self.add(rows, previous, batch, first_row, None)
    }

    fn merge(&mut self, mut later: Self) -> Result<()> {
        self.offences.merge(std::mem::take(&mut later.offences));
        let of = self.of;
        let wrong = |error: Error| of.table().wrong(error.to_string());
        self.whole.merge(later.whole).map_err(wrong)?;
        let mut theirs = Vec::new();
        for (at, slices) in later.slices.into_iter().enumerate() {
            let coder = &mut self.coders[at];
            for (slice, rows) in slices.into_iter().enumerate() {
                theirs.push((at, coder.adopt(&later.coders[at], slice), rows));
            }
            coder.refuse_many(of.table())?;
        }
        self.make_slices();
        for (at, slice, mut rows) in theirs {
            rows.shrink(self.budget);
            self.slices[at][slice].merge(rows).map_err(wrong)?;
        }
        let mut found = self.levels.lock();
        found.whole = self.whole.known();
        for (at, (slices, coder)) in self.slices.iter().zip(&self.coders).enumerate() {
            let of_slices = coder.names().iter().zip(slices);
            let known = of_slices.map(|(name, slice)| ((at, name.clone()), slice.known()));
            found.slices.extend(known);
        }
        Ok(())
    }

    fn finish(self) -> Result<Sliced<R>> {
        self.offences.refuse(self.of.table())?;
        let named = |(coder, slices): (SliceCoder<'_>, Vec<R>)| {
            let names = coder.names().iter().cloned();
            names.zip(slices.into_iter().map(R::finish)).collect()
        };
        let slices = self.coders.into_iter().zip(self.slices).map(named);
        Ok(Sliced {
            slices: slices.collect(),
            whole: self.whole.finish(),
            groups: None,
        })
    }
}

/// The slicing with that by units of clusters behind it, where there are any.
fn with_units(
    of: &Predictions,
    slicing: &Slicing,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Slicing> {
    let mut all = slicing.clone();
    if let Some(cluster) = of.cluster() {
        let units = Units::of(of.table(), cluster, stopped)?;
        all.by.extend(slicing.parted(cluster, units).by);
    }
    Ok(all)
}

/// Puts units of clusters together again.
fn grouped<R: Reduce + Reduced>(
    of: &Predictions,
    slicing: &Slicing,
    asked: Asked<'_>,
    mut sliced: Sliced<R>,
) -> Result<Sliced<R>> {
    if of.cluster().is_none() {
        return Ok(sliced);
    }
    let parted = sliced.slices.split_off(slicing.by.len());
    let mut groups = Vec::with_capacity(parted.len());
    for slices in parted {
        let mut together: BTreeMap<String, Vec<(u64, R)>> = BTreeMap::new();
        for (name, rows) in slices {
            let (unit, name) = name.split_once(CROSS).unwrap_or((&name, ""));
            let unit = unit.parse();
            let unit = unit.map_err(|_| of.table().wrong("a unit of clusters is none"))?;
            together
                .entry(name.to_owned())
                .or_default()
                .push((unit, rows));
        }
        let empty = R::new(of.task(), asked);
        let of_units = together
            .into_iter()
            .map(|(name, units)| (name, Clustered::of_units(&empty, units)));
        let together: BTreeMap<_, _> = of_units.collect();
        groups.push(together);
    }
    sliced.groups = Some(groups);
    Ok(sliced)
}

/// Reduces one version.
pub(super) fn reduce_one(
    of: &Predictions,
    slicing: &Slicing,
    metrics: &[Metric],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<One>> {
    of.check_keys(stopped)?;
    let all = with_units(of, slicing, stopped)?;
    let asked = Asked::of(of, metrics);
    if of.query().is_some() {
        let sliced = rankings::of_table(Part::all(of), of, None, &all, asked, stopped)?;
        return grouped(of, slicing, asked, sliced);
    }
    let mut columns = of.columns();
    all.add_columns(&mut columns);
    let levels = Levels::default();
    let sliced = aggregate(of.table(), &columns, stopped, || {
        Slicer::new(of, None, &all, asked, &levels)
    })?;
    grouped(of, slicing, asked, sliced)
}

/// Reduces two versions, paired by key; or row by row, where both are columns
/// of one table.
pub(super) fn reduce_two(
    candidate: &Predictions,
    previous: &Predictions,
    slicing: &Slicing,
    metrics: &[Metric],
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Sliced<Two>> {
    let levels = Levels::default();
    let asked = Asked::of(candidate, metrics).beside(previous);
    let all = with_units(candidate, slicing, stopped)?;
    let mut columns = candidate.columns();
    all.add_columns(&mut columns);
    let weights = candidate.weight().zip(previous.weight());
    let one_table = candidate.table().path() == previous.table().path()
        && candidate.truths() == previous.truths()
        && weights.is_none_or(|(ours, theirs)| ours == theirs)
        && candidate.query() == previous.query();
    if one_table {
        candidate.check_keys(stopped)?;
    }
    if candidate.query().is_some() {
        let sliced = match one_table {
            true => {
                let parts = Part::all(candidate);
                rankings::of_table(parts, candidate, Some(previous), &all, asked, stopped)?
            }
            false => {
                let parts = Part::all(previous);
                rankings::of_tables(parts, candidate, previous, &all, asked, stopped)?
            }
        };
        return grouped(candidate, slicing, asked, sliced);
    }
    if one_table {
        for column in previous.columns() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let new = || Slicer::new(candidate, Some(previous), &all, asked, &levels);
        let sliced = aggregate(candidate.table(), &columns, stopped, new)?;
        return grouped(candidate, slicing, asked, sliced);
    }
    let key = candidate.key()?;
    if !columns.contains(&key) {
        columns.push(key);
    }
    let mut slicer = Slicer::new(candidate, None, &all, asked, &levels);
    let mut unpaired = Offences::default();
    for part in Part::all(previous) {
        let mut partners = Previous::read(previous, part, stopped)?;
        let mut row = 0;
        for batch in candidate.table().batches(&columns)? {
            if stopped() {
                return Err(DataError::Stopped);
            }
            let batch = batch?;
            let mut again = Offences::default();
            let said = match part.is_first() {
                true => &mut slicer.offences,
                false => &mut again,
            };
            let rows = slicer.reader.read(&batch, row, said)?;
            let (places, pairs) = partners.pair(candidate, &rows, row, &mut slicer.offences)?;
            slicer.add(pairs.candidate, pairs.previous, &batch, row, Some(&places))?;
            row += batch.num_rows() as u64;
        }
        partners.note_unpaired(&mut unpaired)?;
    }
    let sliced = slicer.finish()?;
    unpaired.refuse(previous.table())?;
    grouped(candidate, slicing, asked, sliced)
}
