//! Documents ranked for queries.

use crate::Error;
use crate::table::{Moments, rows};

/// A number that each query has, and whose mean is a metric; of the first `k`
/// documents where there is a `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query {
    /// Normalised discounted cumulative gain.
    Ndcg(Option<usize>),
    /// Reciprocal rank of the first relevant document.
    ReciprocalRank(Option<usize>),
    /// Average precision.
    AveragePrecision(Option<usize>),
}

/// Queries, reduced to the numbers that were asked for.
#[derive(Clone, Debug)]
pub struct Queries {
    numbers: Vec<(Query, Moments)>,
    queries: u64,
}

impl Queries {
    /// Of no queries, for these numbers: [`Metric::query`](crate::Metric::query)
    /// says which one a metric needs.
    pub fn new(numbers: &[Query]) -> Self {
        let numbers = numbers.iter().map(|number| (*number, Moments::new()));
        Self {
            numbers: numbers.collect(),
            queries: 0,
        }
    }

    /// Adds one query: the scores and relevances (zero for none, more for more)
    /// of its documents, in any order.
    ///
    /// A query without a relevant document counts as zero. Where scores are
    /// equal, gains are averaged over the orders that are possible (McSherry and
    /// Najork, 2008), and for the other numbers the relevant documents come last.
    ///
    /// # Errors
    /// No documents, slices of different lengths, a score that is not finite, a
    /// relevance that is not finite or is negative, a bad weight. The table is
    /// then as it was.
    pub fn update(&mut self, scores: &[f64], relevances: &[f64], weight: f64) -> Result<(), Error> {
        rows::weights(Some(&[weight]), 1)?;
        let numbers = self.numbers_of(scores, relevances)?;
        self.queries += 1;
        for ((_, moments), number) in self.numbers.iter_mut().zip(numbers) {
            moments.add(&[number], Some(&[weight]));
        }
        Ok(())
    }

    /// The numbers that were asked for, of one query: what [`add`](Self::add)
    /// takes. A query is ranked once, however many tables it is added to.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn numbers_of(&self, scores: &[f64], relevances: &[f64]) -> Result<Vec<f64>, Error> {
        rows::same_length("relevance", relevances.len(), scores.len())?;
        rows::finite("score", scores)?;
        rows::all(
            "relevance",
            relevances,
            "finite and not negative",
            |relevance| relevance.is_finite() && relevance >= 0.0,
        )?;
        if scores.is_empty() {
            return Err(Error::undefined("a query", "it has no documents"));
        }
        let documents = scores.iter().copied().zip(relevances.iter().copied());
        let mut ranked: Vec<(f64, f64)> = documents.collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
        let numbers = self.numbers.iter();
        Ok(numbers.map(|(number, _)| number.of(&ranked)).collect())
    }

    /// Adds queries by their numbers: all of the first, then of the second. Where
    /// no number was asked for, queries cannot be told and none is added.
    ///
    /// # Errors
    /// A number that is not finite, some of a query's numbers only, a bad weight.
    /// The table is then as it was.
    pub fn add(&mut self, numbers: &[f64], weights: Option<&[f64]>) -> Result<(), Error> {
        let width = self.numbers.len().max(1);
        let queries = numbers.len() / width;
        rows::same_length("numbers", numbers.len(), queries * width)?;
        rows::finite("number", numbers)?;
        rows::weights(weights, queries)?;
        for (at, (_, moments)) in self.numbers.iter_mut().enumerate() {
            let of_number: Vec<f64> = numbers.iter().skip(at).step_by(width).copied().collect();
            moments.add(&of_number, weights);
        }
        self.queries += queries as u64;
        Ok(())
    }

    /// Adds another's queries.
    ///
    /// # Errors
    /// Other numbers.
    pub fn merge(&mut self, other: Self) -> Result<(), Error> {
        if self
            .numbers
            .iter()
            .map(|n| n.0)
            .ne(other.numbers.iter().map(|n| n.0))
        {
            return Err(Error::Unlike("numbers asked for"));
        }
        for ((_, moments), (_, more)) in self.numbers.iter_mut().zip(&other.numbers) {
            moments.merge(more);
        }
        self.queries += other.queries;
        Ok(())
    }

    /// The table as metrics read it.
    pub fn finish(self) -> Self {
        self
    }

    /// The number of queries, those of weight zero included.
    pub fn rows(&self) -> u64 {
        self.queries
    }

    /// One of the numbers that were asked for.
    pub fn moments(&self, query: Query) -> Option<&Moments> {
        Some(&self.numbers[self.place(query)?].1)
    }

    pub(super) fn place(&self, query: Query) -> Option<usize> {
        self.numbers.iter().position(|(number, _)| *number == query)
    }
}

impl Query {
    /// From documents by descending score, less relevant ones first of equals.
    pub(crate) fn of(self, ranked: &[(f64, f64)]) -> f64 {
        let first = |k: Option<usize>| k.unwrap_or(ranked.len()).min(ranked.len());
        match self {
            Query::Ndcg(k) => ndcg(ranked, first(k)),
            Query::ReciprocalRank(k) => {
                let mut top = ranked[..first(k)].iter();
                let place = top.position(|(_, relevance)| *relevance > 0.0);
                place.map_or(0.0, |place| 1.0 / (place + 1) as f64)
            }
            Query::AveragePrecision(k) => average_precision(ranked, first(k)),
        }
    }
}

/// Gains are the relevances themselves, discounted by log₂ of the rank plus one
/// (Järvelin and Kekäläinen, 2002).
fn ndcg(ranked: &[(f64, f64)], k: usize) -> f64 {
    let discount = |place: usize| {
        if place < k {
            1.0 / ((place + 2) as f64).log2()
        } else {
            0.0
        }
    };
    let mut ideal: Vec<f64> = ranked.iter().map(|(_, relevance)| *relevance).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best: f64 = ideal
        .iter()
        .enumerate()
        .map(|(place, gain)| gain * discount(place))
        .sum();
    if best <= 0.0 {
        return 0.0;
    }
    let (mut place, mut gained) = (0, 0.0);
    for tied in ranked.chunk_by(|a, b| a.0 == b.0) {
        let discounts: f64 = (place..place + tied.len()).map(discount).sum();
        let gains: f64 = tied.iter().map(|(_, relevance)| relevance).sum();
        gained += gains * discounts / tied.len() as f64;
        place += tied.len();
    }
    gained / best
}

/// The mean precision at the ranks of relevant documents, over as many of them
/// as could be among the first k.
fn average_precision(ranked: &[(f64, f64)], k: usize) -> f64 {
    let relevant = ranked
        .iter()
        .filter(|(_, relevance)| *relevance > 0.0)
        .count();
    let (mut found, mut sum) = (0.0, 0.0);
    for (place, (_, relevance)) in ranked[..k].iter().enumerate() {
        if *relevance > 0.0 {
            found += 1.0;
            sum += found / (place + 1) as f64;
        }
    }
    if relevant == 0 {
        0.0
    } else {
        sum / relevant.min(k) as f64
    }
}
