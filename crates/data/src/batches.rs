//! The order in which rows are trained on.

use seatrial_rng::Streams;

/// Rows of each training step: a function of the streams and the step alone,
/// so that a resumed run sees what an uninterrupted one would have seen.
///
/// Rows are shuffled anew for each epoch, by a stream named after the epoch;
/// a batch may reach across two epochs, and every batch is of the same size.
#[derive(Clone, Debug)]
pub struct BatchOrder {
    streams: Streams,
    rows: Vec<usize>,
    batch: usize,
    /// The permutations last used: epoch number and order of rows.
    cache: Option<(usize, Vec<usize>)>,
}

impl BatchOrder {
    /// Batches of `batch` rows out of `rows`, fewer when there are fewer.
    pub fn new(streams: &Streams, rows: &[usize], batch: usize) -> Self {
        Self {
            streams: streams.child("batches"),
            rows: rows.to_vec(),
            batch: batch.min(rows.len()),
            cache: None,
        }
    }

    /// The rows of this step, from 0. Empty when there are no rows.
    pub fn step(&mut self, step: usize) -> Vec<usize> {
        let first = step * self.batch;
        (first..first + self.batch)
            .map(|place| self.row_at(place))
            .collect()
    }

    fn row_at(&mut self, place: usize) -> usize {
        let (epoch, within) = (place / self.rows.len(), place % self.rows.len());
        if !matches!(self.cache, Some((cached, _)) if cached == epoch) {
            let mut order = self.rows.clone();
            self.streams
                .stream(&format!("epoch/{epoch}"))
                .shuffle(&mut order);
            self.cache = Some((epoch, order));
        }
        self.cache.as_ref().map_or(0, |(_, order)| order[within])
    }
}
