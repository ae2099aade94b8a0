//! `seatrial new`: a first spec for a model on a CSV file.
