//! Tables of predictions that planted specs may name: one made-up log, sound and
//! spoiled in one way each.

use std::fmt::Write as _;
use std::fs;
use std::io::{Error, Result};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, TimestampMillisecondArray,
};
use seatrial_data::table::TableWriter;
use seatrial_rng::Streams;

/// A row of the log.
#[derive(Clone)]
struct Row {
    id: usize,
    label: u8,
    /// Calibrated.
    score: f64,
    /// What an honest earlier version said: a little noisier.
    earlier: f64,
    country: &'static str,
    device: &'static str,
    age: f64,
}

const COUNTRIES: [&str; 10] = ["de", "de", "de", "fr", "fr", "fr", "us", "us", "us", "jp"];
const ROWS: usize = 4_000;

/// Puts them into a spec tree.
pub fn write(tree: &Path) -> Result<()> {
    let sound = log();
    let put = |name: &str, rows: &[Row]| fs::write(tree.join(name), csv(rows));
    put("log.csv", &sound)?;
    put("log-shuffled.csv", &shuffled(&sound))?;
    let text = csv(&sound);
    let open = text.trim_end();
    fs::write(tree.join("log-open.csv"), open)?;
    fs::write(tree.join("log-cut.csv"), &open[..open.len() - 1])?;
    put(
        "log-jp-ruined.csv",
        &changed(&sound, |row, noise| {
            if row.country == "jp" {
                row.score = noise;
            }
        }),
    )?;
    put(
        "log-label-swapped.csv",
        &changed(&sound, |row, _| row.label = 1 - row.label),
    )?;
    put(
        "log-overconfident.csv",
        &changed(&sound, |row, _| row.score = sharper(row.score, 3.0)),
    )?;
    let nan = changed(&sound, |row, _| {
        if row.id == 1_234 {
            row.score = f64::NAN;
        }
    });
    put("log-nan.csv", &nan)?;
    let words = csv(&nan).replacen("NaN", "n/a", 1);
    fs::write(tree.join("log-words.csv"), words)?;
    let object = |Row {
                      id, label, score, ..
                  }: &Row| match score.is_nan() {
        true => format!("{{\"id\": {id}, \"label\": {label}, \"score\": \"0.5\"}}\n"),
        false => format!("{{\"id\": {id}, \"label\": {label}, \"score\": {score}}}\n"),
    };
    let mixed: String = nan.iter().map(object).collect();
    fs::write(tree.join("log-mixed.jsonl"), mixed)?;
    put(
        "log-percent.csv",
        &changed(&sound, |row, _| row.score *= 100.0),
    )?;
    put("log-no-jp.csv", &kept(&sound, |row| row.country != "jp"))?;
    put(
        "log-misaligned.csv",
        &changed(&sound, |row, _| row.id = (row.id + 1) % ROWS),
    )?;
    put("log-short.csv", &kept(&sound, |row| row.id != 77))?;
    put(
        "log-twice.csv",
        &changed(&sound, |row, _| {
            row.id = if row.id == 78 { 77 } else { row.id }
        }),
    )?;
    put("log-few.csv", &kept(&sound, |row| row.id < 60))?;
    put("log-later.csv", &kept(&sound, |row| row.id >= 60))?;
    // Right in the middle, and lost where it counts: sure of what is wrong.
    put(
        "log-bad-tail.csv",
        &changed(&sound, |row, _| {
            if row.id.is_multiple_of(20) {
                row.score = if row.label == 1 { 1e-4 } else { 1.0 - 1e-4 };
            }
        }),
    )?;
    for (name, spoilt) in [("log-days", None), ("log-days-nan", Some(1_234))] {
        for (file, rows) in sound.chunks(ROWS / 4).enumerate() {
            let nan = |row: &mut Row| {
                if Some(row.id) == spoilt {
                    row.score = f64::NAN;
                }
            };
            let folder = tree.join(format!("{name}/day={}", file + 1));
            fs::create_dir_all(&folder)?;
            let rows = changed(rows, |row, _| nan(row));
            fs::write(folder.join(format!("part-{}.csv", file + 1)), csv(&rows))?;
        }
    }
    let users = users(&sound);
    fs::write(
        tree.join("log-users-gap.csv"),
        users.replacen(",u0\n", ",\n", 1),
    )?;
    fs::write(tree.join("log-users.csv"), users)?;
    fs::write(tree.join("log-shops.csv"), shops(&sound, false))?;
    fs::write(tree.join("log-shops-ruined.csv"), shops(&sound, true))?;
    fs::write(tree.join("prices.csv"), prices())?;
    fs::write(
        tree.join("log-gap.csv"),
        csv(&sound).replacen("de,phone", ",phone", 1),
    )?;
    dates(tree, &sound)?;
    worlds(tree)?;
    habits(tree)?;
    visits(tree)?;
    histories(tree)
}

/// The log with the shop of each row: two that have most of them, and a hundred
/// that share a fifth. In those everything may be the wrong way round.
fn shops(rows: &[Row], ruined: bool) -> String {
    let mut text = "id,label,score,earlier,shop\n".to_owned();
    for row in rows {
        let small = row.id % 5 == 0;
        let shop = match small {
            true => format!("small-{}", row.id % 500 / 5),
            false => format!("large-{}", row.id % 2),
        };
        let score = if small && ruined {
            1.0 - row.score
        } else {
            row.score
        };
        let Row {
            id, label, earlier, ..
        } = row;
        text.push_str(&format!("{id},{label},{score},{earlier},{shop}\n"));
    }
    text
}

/// The log with the date of each row, on the third of which nothing was right.
fn dates(tree: &Path, rows: &[Row]) -> Result<()> {
    const FIRST: i32 = 19_723; // 2024-01-01, in days since 1970.
    let day = |row: &Row| (row.id % 5) as i32;
    let score = |row: &Row| match day(row) {
        2 => 1.0 - row.score,
        _ => row.score,
    };
    let ids = Int64Array::from_iter_values(rows.iter().map(|row| row.id as i64));
    let labels = Int64Array::from_iter_values(rows.iter().map(|row| row.label.into()));
    let scores = Float64Array::from_iter_values(rows.iter().map(score));
    let dates = Date32Array::from_iter_values(rows.iter().map(|row| FIRST + day(row)));
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(ids)),
        ("label", Arc::new(labels)),
        ("score", Arc::new(scores)),
        ("date", Arc::new(dates)),
    ];
    parquet(&tree.join("log-dates.parquet"), columns)
}

/// A row of a world: two numbers, which may hang together, and two categories.
struct World {
    seed: u64,
    shift: f64,
    correlation: f64,
    countries: &'static [&'static str],
    positive: f64,
}

/// Samples of one world, and of others.
fn worlds(tree: &Path) -> Result<()> {
    let sound = World {
        seed: 20,
        shift: 0.0,
        correlation: 0.8,
        countries: &COUNTRIES,
        positive: 0.3,
    };
    const MORE_JP: [&str; 5] = ["de", "fr", "us", "jp", "jp"];
    const WITH_BR: [&str; 10] = ["de", "de", "de", "fr", "fr", "fr", "us", "us", "us", "br"];
    let put = |name: &str, world: World| fs::write(tree.join(name), world.csv());
    put("world-again.csv", World { seed: 21, ..sound })?;
    put(
        "world-warmer.csv",
        World {
            seed: 22,
            shift: 0.4,
            ..sound
        },
    )?;
    put(
        "world-more-jp.csv",
        World {
            seed: 23,
            countries: &MORE_JP,
            ..sound
        },
    )?;
    put(
        "world-br.csv",
        World {
            seed: 24,
            countries: &WITH_BR,
            ..sound
        },
    )?;
    put(
        "world-uncorrelated.csv",
        World {
            seed: 25,
            correlation: -0.2,
            ..sound
        },
    )?;
    put(
        "world-more-positive.csv",
        World {
            seed: 26,
            positive: 0.5,
            ..sound
        },
    )?;
    put("world.csv", sound)
}

impl World {
    fn csv(&self) -> String {
        let mut draw = Streams::new(self.seed).stream("world");
        let mut text = "seen_at,warmth,wind,country,label\n".to_owned();
        for row in 0..3_000 {
            let warmth = draw.normal();
            let own = (1.0 - self.correlation * self.correlation).sqrt();
            let wind = self.correlation * warmth + own * draw.normal();
            let country = self.countries[draw.below(self.countries.len())];
            let label = u8::from(draw.uniform(0.0, 1.0) < self.positive);
            let (warmth, seed) = (warmth + self.shift, self.seed);
            let _ = writeln!(text, "w{seed}-{row},{warmth},{wind},{country},{label}");
        }
        text
    }
}

/// Samples of one habit, in words, and of others whose columns look the same.
fn habits(tree: &Path) -> Result<()> {
    let put = |name: &str, seed, turned, apart| {
        let mut draw = Streams::new(seed).stream("habits");
        let mut text = "place,way,hour,tip,bought\n".to_owned();
        for _ in 0..2_000 {
            let (place, other) = (draw.below(4), draw.below(4));
            let way = if apart { other } else { place };
            let hour = draw.normal();
            let bought = (hour + 0.5 * draw.normal() > 0.0) != turned;
            // Hardly ever given: a row without it is a row all the same.
            let tip = ["", "1.5"][usize::from(draw.uniform(0.0, 1.0) < 0.004)];
            let place = ["inn", "shop", "fair", "road"][place];
            let way = ["walk", "cart", "boat", "sled"][way];
            let bought = ["no", "yes"][usize::from(bought)];
            let _ = writeln!(text, "{place},{way},{hour},{tip},{bought}");
        }
        fs::write(tree.join(name), text)
    };
    put("habits.csv", 40, false, false)?;
    put("habits-again.csv", 41, false, false)?;
    put("habits-turned.csv", 42, true, false)?;
    put("habits-apart.csv", 43, false, true)
}

/// When people came, in sixty days of evenings, in the sixty after, and in others.
fn visits(tree: &Path) -> Result<()> {
    const ROWS: usize = 1_000;
    const NEW_YEAR_S: i64 = 1_767_225_600; // 2026-01-01.
    let put = |name: &str, seed, days: [f64; 2], hour: f64, given: bool| {
        let mut draw = Streams::new(seed).stream("visits");
        let mut came_at = Vec::new();
        for _ in 0..ROWS {
            let day = draw.uniform(days[0], days[1]).floor();
            let came_s = 86_400.0 * day + 3_600.0 * (hour + 1.5 * draw.normal());
            came_at.push(given.then_some(1_000 * (NEW_YEAR_S + came_s as i64)));
        }
        let came_at = TimestampMillisecondArray::from(came_at).with_timezone("UTC");
        let spent = Float64Array::from_iter_values((0..ROWS).map(|_| draw.normal()));
        let bought = Int64Array::from_iter_values((0..ROWS).map(|_| draw.below(2) as i64));
        let columns: [(&str, ArrayRef); 3] = [
            ("came_at", Arc::new(came_at)),
            ("spent", Arc::new(spent)),
            ("bought", Arc::new(bought)),
        ];
        parquet(&tree.join(name), columns)
    };
    put("visits.parquet", 50, [0.0, 60.0], 18.0, true)?;
    put("visits-later.parquet", 51, [60.0, 120.0], 18.0, true)?;
    put("visits-moved.parquet", 52, [60.0, 120.0], 12.0, true)?;
    put("visits-unknown.parquet", 54, [60.0, 120.0], 18.0, false)?;
    put("visits-of-a-day.parquet", 53, [60.0, 61.0], 12.0, true)
}

fn parquet<const COLUMNS: usize>(path: &Path, columns: [(&str, ArrayRef); COLUMNS]) -> Result<()> {
    let batch = RecordBatch::try_from_iter(columns).map_err(Error::other)?;
    let mut writer = TableWriter::create(path, batch.schema()).map_err(Error::other)?;
    writer.write(&batch).map_err(Error::other)?;
    writer.finish().map_err(Error::other)?;
    Ok(())
}

/// What the log loss of earlier versions was; that of `log.csv` is 0.3929.
fn histories(tree: &Path) -> Result<()> {
    let mut draw = Streams::new(30).stream("history");
    let (mut slide, mut flat) = ("log_loss\n".to_owned(), "log_loss\n".to_owned());
    for version in 0..29 {
        let noise = 0.0005 * draw.normal();
        // A fifth of a percent from one to the next.
        let _ = writeln!(slide, "{}", 0.3929 / 1.002_f64.powi(29 - version) + noise);
        let _ = writeln!(flat, "{}", 0.3929 + noise);
    }
    let rounded = format!("log_loss\n{}", "0.393\n".repeat(29));
    fs::write(tree.join("history-rounded.csv"), rounded)?;
    fs::write(tree.join("history-slide.csv"), slide)?;
    fs::write(tree.join("history-flat.csv"), flat)?;
    fs::write(tree.join("history-short.csv"), "log_loss\n0.391\n0.392\n")
}

fn log() -> Vec<Row> {
    let streams = Streams::new(7);
    let (mut draw, mut noise) = (streams.stream("log"), streams.stream("earlier"));
    let row = |id| {
        let logit = 2.5 * draw.normal();
        Row {
            id,
            label: u8::from(draw.uniform(0.0, 1.0) < sigmoid(logit)),
            score: sigmoid(logit),
            earlier: sigmoid(logit + 0.7 * noise.normal()),
            country: COUNTRIES[draw.below(COUNTRIES.len())],
            device: ["phone", "desk"][draw.below(2)],
            age: draw.uniform(18.0, 90.0).floor(),
        }
    };
    (0..ROWS).map(row).collect()
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// With the same order and `times` the logit.
fn sharper(score: f64, times: f64) -> f64 {
    sigmoid(times * (score / (1.0 - score)).ln())
}

fn changed(rows: &[Row], change: impl Fn(&mut Row, f64)) -> Vec<Row> {
    let mut noise = Streams::new(8).stream("noise");
    let mut rows = rows.to_vec();
    rows.iter_mut()
        .for_each(|row| change(row, noise.uniform(0.0, 1.0)));
    rows
}

fn kept(rows: &[Row], keep: impl Fn(&Row) -> bool) -> Vec<Row> {
    rows.iter().filter(|row| keep(row)).cloned().collect()
}

fn shuffled(rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    Streams::new(9).stream("order").shuffle(&mut rows);
    rows
}

fn csv(rows: &[Row]) -> String {
    let mut text = "id,label,score,earlier,country,device,age\n".to_owned();
    for row in rows {
        let Row {
            id,
            label,
            score,
            earlier,
            country,
            device,
            age,
        } = row;
        let _ = writeln!(
            text,
            "{id},{label},{score},{earlier},{country},{device},{age}"
        );
    }
    text
}

/// Five hundred users with eight rows each, all alike.
fn users(rows: &[Row]) -> String {
    let mut each = rows.to_vec();
    for (place, row) in each.iter_mut().enumerate() {
        let id = row.id;
        *row = rows[place / 8].clone();
        row.id = id;
    }
    let text = csv(&each);
    let mut lines = text.lines();
    let mut text = format!("{},user\n", lines.next().unwrap_or_default());
    for (place, line) in lines.enumerate() {
        let _ = writeln!(text, "{line},u{}", place / 8);
    }
    text
}

/// A regression that is worse than the mean of its targets: R² below zero.
fn prices() -> String {
    let mut draw = Streams::new(10).stream("prices");
    let mut text = "id,price,poor,poorer,fair\n".to_owned();
    for id in 0..2_000 {
        let price = draw.normal();
        let (poor, poorer) = (1.5 * draw.normal(), 1.8 * draw.normal());
        let fair = price + 0.5 * draw.normal();
        let _ = writeln!(text, "{id},{price},{poor},{poorer},{fair}");
    }
    text
}
