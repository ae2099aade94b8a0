//! What is told on paper: inventories, catalogues, answers.

mod accuracy;
mod answers;
mod encode;
mod hostile;
mod inventories;
mod suite;
