//! Programs of others, run so that nothing of them is left behind.
//!
//! What does not live here: what the programs are for. Pipelines run stages, the
//! ledger asks git, and serving stages servers, all through this one door.
