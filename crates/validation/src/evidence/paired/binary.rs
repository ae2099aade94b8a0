//! Two versions' scores of a positive class on the same rows.

use super::JointConfusion;
use crate::Error;
use crate::evidence::binary::{Side, tally};
use crate::evidence::{Binary, BinaryOptions, Which};
use crate::table::{JointScores, Moments, rows};

/// Two versions' scores of a positive class, reduced.
#[derive(Clone, Debug)]
pub struct PairedBinary {
    candidate: Binary,
    previous: Binary,
    decisions: JointConfusion,
    pub(crate) scores: JointScores,
    log_loss: Moments,
    brier: Moments,
}

/// Pairs of scores serve a variance alone, and have a part of the budget: 256 by
/// 256 of them tell it to one in a thousand where versions differ at all.
const PAIRS: usize = 4;

impl PairedBinary {
    /// Of no rows. The budget holds for each version's table of scores; pairs of
    /// scores have a quarter of it.
    pub fn new(options: BinaryOptions) -> Self {
        Self::with_threshold_before(options, options.threshold)
    }

    /// The same, where the previous version decided at a threshold of its own.
    pub fn with_threshold_before(options: BinaryOptions, threshold: f64) -> Self {
        let before = BinaryOptions {
            threshold,
            ..options
        };
        Self {
            candidate: Binary::new(options),
            previous: Binary::new(before),
            decisions: JointConfusion::new(2),
            scores: JointScores::new(options.scale, options.budget / PAIRS),
            log_loss: Moments::new(),
            brier: Moments::new(),
        }
    }

    /// For a table of many rows: keeps the pair of scores of one row in two to
    /// the power of this, standing for as many. Pairs serve a variance alone; of a
    /// class with few rows all are kept.
    pub fn thin(&mut self, stands_for: u32) {
        self.scores.thin(stands_for);
    }

    /// Adds rows; `true` labels are positive.
    ///
    /// # Errors
    /// Slices of different lengths, a score off its scale, a bad weight. The
    /// table is then as it was.
    pub fn update(
        &mut self,
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<(), Error> {
        let options = [&self.candidate, &self.previous].map(Binary::options);
        let rows = PairedBinaryRows::new(options, candidate, previous, labels, weights)?;
        self.add(&rows, Which::All);
        Ok(())
    }

    /// Adds rows that were made ready, for the same options.
    pub fn add(&mut self, rows: &PairedBinaryRows, which: Which) {
        let labels = which.of(&rows.labels);
        let weights = rows.weights.as_deref().map(|weights| which.of(weights));
        let weights = weights.as_deref();
        let decisions = which.of(&rows.decisions);
        let masses = tally::<8>(decisions.iter().copied(), weights);
        self.decisions.add_masses(&masses);
        // What one version decided, whatever the other did.
        let of_candidate = |cell: usize| masses[2 * cell] + masses[2 * cell + 1];
        let of_previous = |cell: usize| {
            let (label, decision) = (cell / 2, cell % 2);
            masses[4 * label + decision] + masses[4 * label + 2 + decision]
        };
        let cells = [0, 1, 2, 3];
        self.candidate
            .add_decisions(labels.len(), cells.map(of_candidate));
        self.previous
            .add_decisions(labels.len(), cells.map(of_previous));
        let [a, b] = rows
            .sides
            .each_ref()
            .map(|side| side.pick(self.candidate.options(), which));
        self.candidate.add_side(&a, &labels, weights);
        self.previous.add_side(&b, &labels, weights);
        self.scores.add(&a.keys, &b.keys, &labels, weights);
        let less =
            |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
        self.log_loss
            .add(&less(&a.log_losses, &b.log_losses), weights);
        self.brier.add(&less(&a.briers, &b.briers), weights);
    }

    /// As [`Binary::known_level`]: of the candidate, the previous version and
    /// pairs of scores.
    pub fn known_levels(&self) -> [Option<u32>; 3] {
        let sides = [&self.candidate, &self.previous].map(Binary::known_level);
        [sides[0], sides[1], self.scores.known_level()]
    }

    /// As [`Binary::begin_at`].
    pub fn begin_at(&mut self, known: [Option<u32>; 3]) {
        self.candidate.begin_at(known[0]);
        self.previous.begin_at(known[1]);
        self.scores.begin_at(known[2]);
    }

    /// At most so many cells from now on, in each of the tables of scores.
    pub fn shrink(&mut self, budget: usize) {
        self.candidate.shrink(budget);
        self.previous.shrink(budget);
        self.scores.shrink(budget / PAIRS);
    }

    /// Adds another's rows.
    ///
    /// # Errors
    /// Other options.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        self.candidate.merge(other.candidate)?;
        self.previous.merge(other.previous)?;
        self.decisions.merge(&other.decisions);
        self.scores.merge(other.scores);
        self.log_loss.merge(&other.log_loss);
        self.brier.merge(&other.brier);
        Ok(())
    }

    /// The table with nothing left waiting: what metrics read.
    pub fn finish(mut self) -> Self {
        self.candidate = self.candidate.finish();
        self.previous = self.previous.finish();
        self.scores.settle();
        self
    }

    /// Labels by both versions' decisions.
    pub fn decisions(&self) -> &JointConfusion {
        &self.decisions
    }

    /// The candidate alone.
    pub fn candidate(&self) -> &Binary {
        &self.candidate
    }

    /// The previous version alone.
    pub fn previous(&self) -> &Binary {
        &self.previous
    }

    /// By how much a row costs the candidate more than the previous version.
    pub(super) fn log_loss(&self) -> &Moments {
        &self.log_loss
    }

    pub(super) fn brier(&self) -> &Moments {
        &self.brier
    }
}

/// Rows of two classes by two versions, made ready for [`PairedBinary::add`].
#[derive(Clone, Debug)]
pub struct PairedBinaryRows {
    sides: [Side; 2],
    /// 4 × label + 2 × candidate's decision + previous version's.
    decisions: Vec<u8>,
    labels: Vec<bool>,
    weights: Option<Vec<f64>>,
}

impl PairedBinaryRows {
    /// Rows as [`PairedBinary::update`] takes them, for the options of both
    /// versions.
    ///
    /// # Errors
    /// As there.
    pub fn new(
        [options, before]: [BinaryOptions; 2],
        candidate: &[f64],
        previous: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self, Error> {
        rows::same_length("previous score", previous.len(), labels.len())?;
        let sides = [
            Side::new(options, candidate, labels)?,
            Side::new(before, previous, labels)?,
        ];
        rows::weights(weights, labels.len())?;
        let decided = sides[0].decisions.iter().zip(&sides[1].decisions);
        let decisions = (labels.iter().zip(decided))
            .map(|(&l, (&a, &b))| 4 * u8::from(l) + 2 * u8::from(a) + u8::from(b));
        Ok(Self {
            decisions: decisions.collect(),
            sides,
            labels: labels.to_vec(),
            weights: weights.map(<[f64]>::to_vec),
        })
    }
}
