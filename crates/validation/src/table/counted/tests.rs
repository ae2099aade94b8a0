use super::super::key::Pair;
use super::*;

type Row = ([u64; 2], bool);

/// Pairs of scores that lie close together, many more than the budget.
fn rows(count: usize) -> Vec<Row> {
    let mut stream = seatrial_rng::Streams::new(5).stream("counted");
    let row = |_| {
        let score = 0.1 + 0.8 * stream.unit();
        let other = (score + 0.05 * stream.unit()).min(1.0);
        ([score.to_bits(), other.to_bits()], stream.chance(score))
    };
    (0..count).map(row).collect()
}

fn counted(rows: &[Row], batch: usize) -> Counted<Pair> {
    let mut counted = Counted::new(300);
    rows.chunks(batch)
        .for_each(|rows| counted.add_ones(rows.iter().copied()));
    counted
}

fn read(mut counted: Counted<Pair>) -> (u32, Vec<Cell<Pair>>) {
    counted.settle();
    (counted.level(), counted.cells().to_vec())
}

/// As slow as it is simple: a sorted list, and the finest level that fits.
fn expected(rows: &[Row], budget: usize) -> (u32, Vec<Cell<Pair>>) {
    for level in 0.. {
        let cell =
            |&(raw, label): &Row| Cell::of_row(Pair::of(raw).coarser(level), label, Mass::of(1.0));
        let mut cells: Vec<Cell<Pair>> = rows.iter().map(cell).collect();
        cells.sort_by_key(Cell::key);
        collapse(&mut cells);
        if cells.len() <= budget {
            return (level, cells);
        }
    }
    unreachable!("one cell fits")
}

#[test]
fn cells_depend_on_the_rows_alone_however_they_were_counted() {
    let rows = rows(60_000);
    let wanted = expected(&rows, 300);
    let at_once = counted(&rows, rows.len());
    assert!(at_once.tiles.is_some(), "tiles are what is tested");
    assert_eq!(read(at_once.clone()), wanted);
    assert_eq!(read(counted(&rows, 977)), wanted);
    for parts in [2, 7, 40] {
        let mut whole = Counted::new(300);
        for rows in rows.chunks(rows.len() / parts) {
            whole.merge(counted(rows, 1_000));
        }
        assert_eq!(read(whole), wanted, "{parts} parts");
    }
    // To begin with what is known changes nothing.
    let mut told = Counted::new(300);
    told.begin_at(at_once.known_level());
    told.add_ones(rows.iter().copied());
    assert_eq!(read(told), wanted);
    // The same rows with weights, which tiles do not take.
    let mut weighted = Counted::new(300);
    for &(raw, label) in &rows {
        weighted.add_weighted(raw, label, Mass::of(1.0));
    }
    assert_eq!(read(weighted), wanted);
    let mut mixed = at_once;
    mixed.add_weighted([1.5_f64.to_bits(); 2], true, Mass::of(0.5));
    mixed.settle();
    let weight: f64 = mixed
        .cells()
        .iter()
        .flat_map(|c| c.mass)
        .map(|m| m.weight)
        .sum();
    assert_eq!(weight, 60_000.5);
}

#[test]
fn a_row_that_stands_for_many_counts_as_often() {
    let rows = rows(30_000);
    let (mut once, mut often) = (Counted::new(300), Counted::<Pair>::new(300));
    once.set_many(4);
    for rows in rows.chunks(1_000) {
        once.add_many(rows.iter().copied());
        (0..4).for_each(|_| often.add_ones(rows.iter().copied()));
    }
    assert_eq!(read(once), read(often));
}

#[test]
fn a_smaller_budget_gives_the_cells_that_it_would_have_given_at_first() {
    let rows = rows(30_000);
    let mut shrunk = counted(&rows, 500);
    shrunk.shrink(40);
    assert_eq!(read(shrunk), expected(&rows, 40));
}
