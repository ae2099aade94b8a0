//! Tables of rankings, of predicted intervals and of several labels a row that
//! planted specs may name: each made up, sound and spoiled in one way each.

use std::fmt::Write as _;
use std::fs;
use std::io::Result;
use std::path::Path;

use seatrial_rng::{Stream, Streams};

/// Puts those that a spec speaks of into its tree.
pub fn write(tree: &Path, spec: &str) -> Result<()> {
    if spec.contains("ranked") {
        rankings(tree)?;
    }
    if spec.contains("loads") {
        intervals(tree)?;
    }
    if spec.contains("posts") {
        labels(tree)?;
    }
    Ok(())
}

fn drawn(seed: u64, of: &str) -> Stream {
    Streams::new(seed).stream(of)
}

/// A document of a session.
#[derive(Clone)]
struct Document {
    session: usize,
    document: usize,
    grade: i8,
    score: f64,
    /// What an honest earlier version said: a little noisier.
    earlier: f64,
    country: &'static str,
    /// Three sessions have one user.
    user: usize,
    weight: f64,
    /// Where it stood on the page.
    place: usize,
}

const SESSIONS: usize = 600;

fn rankings(tree: &Path) -> Result<()> {
    let sound = documents();
    let put = |name: &str, change: &dyn Fn(&mut Document)| {
        let mut rows = sound.clone();
        rows.iter_mut().for_each(change);
        fs::write(tree.join(name), ranked(&rows))
    };
    // Whichever of its documents stands last in the table.
    let of_last = |change: fn(&mut Document)| {
        let last = sound.iter().rfind(|row| row.session == 77).cloned();
        move |row: &mut Document| {
            let same =
                |last: &Document| (last.session, last.document) == (row.session, row.document);
            if last.as_ref().is_some_and(same) {
                change(row);
            }
        }
    };
    put("ranked.csv", &|_| {})?;
    put("ranked-jp-reversed.csv", &|row| {
        if row.country == "jp" {
            row.score = -row.score;
        }
    })?;
    put("ranked-by-place.csv", &|row| {
        row.score = -(row.place as f64)
    })?;
    put("ranked-nan.csv", &of_last(|row| row.score = f64::NAN))?;
    put("ranked-below-zero.csv", &of_last(|row| row.grade = -1))?;
    put("ranked-torn.csv", &of_last(|row| row.country = "atlantis"))?;
    put("ranked-two-users.csv", &of_last(|row| row.user += 1))?;
    put("ranked-two-weights.csv", &of_last(|row| row.weight += 1.0))?;
    put(
        "ranked-twice.csv",
        &of_last(|row| row.document = 3 - row.document.min(2)),
    )?;
    put("ranked-strange.csv", &of_last(|row| row.document += 100))?;
    // The grades of the next document in the session.
    put("ranked-misaligned.csv", &|row| {
        let next =
            |other: &&Document| (other.session, other.document) == (row.session, row.document + 1);
        row.grade = sound.iter().find(next).map_or(0, |next| next.grade);
    })?;
    let mut shuffled = sound.clone();
    drawn(43, "order").shuffle(&mut shuffled);
    fs::write(tree.join("ranked-shuffled.csv"), ranked(&shuffled))?;
    ranked_before(tree)
}

/// What the NDCG of earlier versions was; that of `ranked.csv` is 0.896.
fn ranked_before(tree: &Path) -> Result<()> {
    let mut draw = drawn(44, "history");
    for (name, fall) in [("ranked-slide.csv", 0.002), ("ranked-flat.csv", 0.0)] {
        let mut text = "ndcg@5\n".to_owned();
        for version in 0..29 {
            let before = f64::from(29 - version);
            let _ = writeln!(text, "{}", 0.896 + fall * before + 0.001 * draw.normal());
        }
        fs::write(tree.join(name), text)?;
    }
    Ok(())
}

/// In no order at all: a session's documents stand anywhere.
fn documents() -> Vec<Document> {
    let mut draw = drawn(40, "documents");
    let mut rows = Vec::new();
    for session in 0..SESSIONS {
        let country = ["de", "de", "de", "fr", "fr", "fr", "us", "us", "us", "jp"][session % 10];
        for document in 1..5 + draw.below(7) {
            let worth = draw.normal();
            let score = worth + 0.4 * draw.normal();
            rows.push(Document {
                session,
                document,
                grade: (worth + 0.7 + 0.3 * draw.normal()).floor().clamp(0.0, 3.0) as i8,
                score,
                earlier: score + 0.2 * draw.normal(),
                country,
                user: session / 30 * 10 + session % 10,
                weight: 1.0 + (session % 3) as f64,
                place: document,
            });
        }
    }
    draw.shuffle(&mut rows);
    rows
}

fn ranked(rows: &[Document]) -> String {
    let mut text = "session,document,grade,score,earlier,country,user,weight,place\n".to_owned();
    for row in rows {
        let Document {
            session,
            document,
            grade,
            score,
            earlier,
            country,
            user,
            weight,
            place,
        } = row;
        let _ = writeln!(
            text,
            "s{session},d{document},{grade},{score},{earlier},{country},u{user},{weight},{place}"
        );
    }
    text
}

/// A load, and two versions' intervals that hold it nine times in ten.
#[derive(Clone)]
struct Load {
    id: usize,
    load: f64,
    site: &'static str,
    guess: f64,
    half: f64,
    earlier: f64,
    earlier_half: f64,
}

fn intervals(tree: &Path) -> Result<()> {
    let mut draw = drawn(41, "loads");
    let sites = ["north", "south", "south", "west", "west", "west"];
    let rows: Vec<Load> = (0..1_500)
        .map(|id| {
            let (load, hard) = (50.0 + 10.0 * draw.normal(), 0.5 + draw.unit());
            let guess = load + hard * draw.normal();
            Load {
                id,
                load,
                site: sites[id % sites.len()],
                guess,
                half: 1.645 * hard,
                earlier: guess + 0.3 * draw.normal(),
                earlier_half: 1.75 * hard,
            }
        })
        .collect();
    let put = |name: &str, change: &dyn Fn(&mut Load)| {
        let mut rows = rows.clone();
        rows.iter_mut().for_each(change);
        fs::write(tree.join(name), loads(&rows))
    };
    put("loads.csv", &|_| {})?;
    put("loads-narrow.csv", &|row| row.half *= 0.7)?;
    put("loads-wide.csv", &|row| row.half *= 1.3)?;
    put("loads-narrow-north.csv", &|row| {
        row.half *= if row.site == "north" { 0.5 } else { 1.02 };
    })?;
    put("loads-crossed.csv", &|row| {
        if row.id >= 1_497 {
            row.half = -row.half;
        }
    })
}

fn loads(rows: &[Load]) -> String {
    let mut text = "id,load,site,guess,low,high,earlier,earlier_low,earlier_high\n".to_owned();
    for row in rows {
        let Load {
            id,
            load,
            site,
            guess,
            half,
            earlier,
            earlier_half,
        } = row;
        let (low, high) = (guess - half, guess + half);
        let (earlier_low, earlier_high) = (earlier - earlier_half, earlier + earlier_half);
        let _ = writeln!(
            text,
            "{id},{load},{site},{guess},{low},{high},{earlier},{earlier_low},{earlier_high}"
        );
    }
    text
}

const LABELS: [&str; 3] = ["spam", "advert", "news"];

/// A post, which is any of spam, an advertisement and news.
#[derive(Clone)]
struct Post {
    id: usize,
    language: &'static str,
    is: [u8; 3],
    /// Calibrated.
    scores: [f64; 3],
    earlier: [f64; 3],
}

fn labels(tree: &Path) -> Result<()> {
    let mut draw = drawn(42, "posts");
    let sigmoid = |logit: f64| 1.0 / (1.0 + (-logit).exp());
    let rows: Vec<Post> = (0..2_000)
        .map(|id| {
            let logits = [-1.0, -0.5, 0.0].map(|usual| usual + 2.5 * draw.normal());
            Post {
                id,
                language: ["de", "de", "en", "en", "en", "fi"][id % 6],
                is: logits.map(|logit| u8::from(draw.unit() < sigmoid(logit))),
                scores: logits.map(sigmoid),
                earlier: logits.map(|logit| sigmoid(logit + 0.6 * draw.normal())),
            }
        })
        .collect();
    let put = |name: &str, change: &dyn Fn(&mut Post)| {
        let mut rows = rows.clone();
        rows.iter_mut().for_each(change);
        fs::write(tree.join(name), posts(&rows))
    };
    put("posts.csv", &|_| {})?;
    put("posts-swapped.csv", &|row| row.scores.swap(1, 2))?;
    put("posts-fi-ruined.csv", &|row| {
        if row.language == "fi" {
            row.scores.rotate_left(1);
        }
    })?;
    put("posts-news-too-sure.csv", &|row| {
        let score = row.scores[2];
        row.scores[2] = sigmoid(3.0 * (score / (1.0 - score)).ln());
    })?;
    put("posts-two.csv", &|row| {
        if row.id == 7 {
            row.is[1] = 2;
        }
    })
}

fn posts(rows: &[Post]) -> String {
    let mut text = "id,language".to_owned();
    for of in ["is", "p", "q"] {
        for label in LABELS {
            let _ = write!(text, ",{of}_{label}");
        }
    }
    text.push('\n');
    for row in rows {
        let _ = write!(text, "{},{}", row.id, row.language);
        for is in row.is {
            let _ = write!(text, ",{is}");
        }
        for score in row.scores.iter().chain(&row.earlier) {
            let _ = write!(text, ",{score}");
        }
        text.push('\n');
    }
    text
}
