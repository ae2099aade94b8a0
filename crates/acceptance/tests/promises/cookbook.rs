//! The cookbook: every recipe passes as it stands, goes red when it is broken as
//! it says, and its page shows what a user sees.
//!
//! A recipe is a folder of `docs/cookbook`. The comment at the head of its
//! `recipe.toml` holds the question, what to know, and how to break it: the file,
//! and what to put in place of what. `SEATRIAL_RECORD=1` writes the page anew.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Place;

const INTRODUCTION: &str = "\
<!-- Written by a test from docs/cookbook: see crates/acceptance/tests/promises/cookbook.rs. -->

# Cookbook

Each recipe answers one question, is a spec of its own in
[docs/cookbook](cookbook), and can be run and broken:

```sh
seatrial test --specs docs/cookbook                        # all of them
seatrial test --specs docs/cookbook --filter always-no     # one
```

To use one, copy its folder into your spec tree and name your own data. Under each
stands why it says that it did not pass, once it is broken as described; all that was
measured, the place in the spec, the seed and the command that replays the case follow
there. Recipes of `tier = \"slow\"` run with `--tier all`.
";

/// Chapters in the order in which the page has them.
const CHAPTERS: [(&str, &str); 5] = [
    ("training", "Training"),
    ("reproducibility", "Reproducibility"),
    ("pipeline", "Pipelines"),
    ("quality", "Quality"),
    ("serving", "Serving"),
];

struct Recipe {
    /// The folder's name.
    name: String,
    question: String,
    /// Paragraphs between the question and the breakage.
    about: Vec<String>,
    breakage: String,
    /// The spec without its head.
    spec: String,
}

impl Recipe {
    fn read(folder: &Path) -> Self {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(folder.join("recipe.toml")).unwrap();
        let (head, spec) = text.split_once("#:schema").unwrap();
        let lines = head.lines().map(|line| line.trim_start_matches('#').trim());
        let mut paragraphs = vec![String::new()];
        for line in lines {
            let last = paragraphs.last_mut().unwrap();
            match line {
                "" if last.is_empty() => {}
                "" => paragraphs.push(String::new()),
                line if last.is_empty() => *last = line.to_owned(),
                line => write!(last, " {line}").unwrap(),
            }
        }
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        let breakage = paragraphs.pop().unwrap();
        assert!(breakage.starts_with("Break it "), "{name}: {breakage}");
        Self {
            name,
            question: paragraphs.remove(0),
            about: paragraphs,
            breakage,
            spec: format!("#:schema{spec}"),
        }
    }

    /// The file to break, and each text with what is put in its place.
    fn edits(&self) -> (&str, Vec<(&str, &str)>) {
        let quoted: Vec<_> = self.breakage.split('`').skip(1).step_by(2).collect();
        let (file, edits) = quoted.split_first().unwrap();
        assert!(
            !edits.is_empty() && edits.len().is_multiple_of(2),
            "{}",
            self.name
        );
        (
            file,
            edits.chunks(2).map(|pair| (pair[1], pair[0])).collect(),
        )
    }

    /// Does to a copy of the tree what the recipe says.
    fn break_in(&self, place: &Place) {
        let (file, edits) = self.edits();
        let path = place.path().join("docs/cookbook").join(file);
        let text = fs::read_to_string(&path).unwrap();
        // The head of a spec quotes both texts.
        let from = text.find("#:schema").unwrap_or(0);
        let (head, mut body) = (text[..from].to_owned(), text[from..].to_owned());
        for (old, new) in edits {
            assert_eq!(
                body.matches(old).count(),
                1,
                "{}: `{old}` in {file}",
                self.name
            );
            body = body.replace(old, new);
        }
        fs::write(path, head + &body).unwrap();
    }

    /// What is seen once it is broken; nothing where it cannot run here.
    fn broken(&self) -> Option<Seen> {
        let place = copy();
        self.break_in(&place);
        let filter = format!("{}/", self.name);
        let ran = place.seatrial(&[
            "test",
            "--specs",
            "docs/cookbook",
            "--tier",
            "all",
            "--filter",
            &filter,
            "--report",
            "report",
        ]);
        if ran.out.contains("is not here") {
            return None;
        }
        assert_eq!(ran.code, 1, "{} goes red: {ran:?}", self.name);
        let events = fs::read_to_string(place.path().join("report/events.jsonl")).unwrap();
        let mut events = events
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let case = events.find(|event| event["event"] == "case").unwrap();
        Some(Seen {
            chapter: case["chapter"].as_str().unwrap().to_owned(),
            told: told(&ran.out, &place.path().to_string_lossy()),
        })
    }

    fn section(&self, told: &str) -> String {
        let Self {
            name,
            question,
            about,
            breakage,
            spec,
        } = self;
        let (file, _) = self.edits();
        let breakage = breakage.replacen(
            &format!("`{file}`"),
            &format!("[`{file}`](cookbook/{file})"),
            1,
        );
        let about = about.join("\n\n");
        let title = format!("### {question}\n\n{about}\n");
        let breakage = breakage.replacen("Break it", "**Break it**", 1);
        let others = self.others();
        format!(
            "\n{title}\n[`{name}`](cookbook/{name}/recipe.toml){others}\n\n```toml\n{spec}```\n\n{breakage}\n\n```text\n{told}```\n"
        )
    }

    /// The programs beside the spec, as links.
    fn others(&self) -> String {
        let mut names = Vec::new();
        for entry in fs::read_dir(cookbook().join(&self.name)).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            let ending = Path::new(&name).extension();
            if ending.is_some_and(|ending| ["awk", "sh", "py"].iter().any(|known| ending == *known))
            {
                names.push(name);
            }
        }
        names.sort();
        let mut links = String::new();
        for name in names {
            write!(links, ", with [`{name}`](cookbook/{}/{name})", self.name).unwrap();
        }
        links
    }
}

struct Seen {
    chapter: String,
    told: String,
}

fn cookbook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cookbook")
}

fn page() -> PathBuf {
    cookbook().with_extension("md")
}

fn recipes() -> Vec<Recipe> {
    let mut folders: Vec<_> = fs::read_dir(cookbook())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("recipe.toml").exists())
        .collect();
    folders.sort();
    folders.iter().map(|folder| Recipe::read(folder)).collect()
}

/// The whole cookbook, in a place of its own.
fn copy() -> Place {
    fn all(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let copied = to.join(path.file_name().unwrap());
            if path.is_dir() {
                all(&path, &copied);
            } else {
                fs::copy(&path, copied).unwrap();
            }
        }
    }
    let place = Place::empty();
    all(&cookbook(), &place.path().join("docs/cookbook"));
    place
}

/// The most lines of a case's reasons that the page shows.
const REASONS_MAX: usize = 6;

/// Of what a run prints, why each case did not pass.
fn told(out: &str, here: &str) -> String {
    let mut text = String::new();
    let mut shown = None;
    for line in out.lines() {
        let starts = ["fail  ", "inconclusive  ", "error  "];
        // The list of cases has one line a case, with its time.
        if starts.iter().any(|start| line.starts_with(start)) && !line.contains(" s  ") {
            if !text.is_empty() {
                text.push('\n');
            }
            shown = Some(0);
        } else if ["measured  ", "shown  ", "curve  ", "at  "]
            .iter()
            .any(|start| line.trim_start().starts_with(start))
        {
            shown = None;
        }
        let Some(lines) = &mut shown else { continue };
        if *lines <= REASONS_MAX {
            text.push_str(line.replace(&format!("{here}/"), "").trim_end());
            text.push('\n');
        } else if *lines == REASONS_MAX + 1 {
            text.push_str("    …\n");
        }
        *lines += 1;
    }
    text
}

/// Whether two texts are the same but for numbers that another processor rounds
/// otherwise.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let apart = |c: char| c.is_whitespace() || "[](),:;`=".contains(c);
        let words = text.split(apart).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    one.len() == other.len()
        && one.iter().zip(&other).all(|(a, b)| {
            let near = match (a.parse::<f64>(), b.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 0.02 * a.abs().max(b.abs()) + 1e-4,
                _ => false,
            };
            a == b || near
        })
}

#[test]
fn every_recipe_passes() {
    let place = copy();
    let tree = [
        "--specs",
        "docs/cookbook",
        "--tier",
        "all",
        "--format",
        "json",
    ];
    let ran = place.seatrial(&[&["test"], &tree[..]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let events = ran.out.lines();
    let events: Vec<Value> = events
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut ran = HashSet::new();
    for event in events.iter().filter(|event| event["event"] == "case") {
        let (id, message) = (
            event["id"].as_str().unwrap(),
            event["message"].as_str().unwrap(),
        );
        let excused = ["is not here", "there is no blessed version yet"];
        assert!(
            event["status"] == "pass" || excused.iter().any(|excuse| message.contains(excuse)),
            "{event}"
        );
        ran.insert(id.split('/').next().unwrap().to_owned());
    }
    let recipes = recipes();
    assert!(recipes.len() >= 20, "{} recipes", recipes.len());
    for recipe in recipes {
        assert!(ran.contains(&recipe.name), "{} has no case", recipe.name);
    }
}

#[test]
fn recipes_are_short() {
    for recipe in recipes() {
        let lines = recipe.spec.lines();
        let count = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .count();
        assert!(count <= 25, "{}: {count} lines", recipe.name);
    }
}

#[test]
fn every_recipe_goes_red_when_broken_and_the_page_shows_it() {
    let recipes = recipes();
    let seen: Vec<_> = std::thread::scope(|scope| {
        let parts: Vec<_> = recipes.chunks(recipes.len().div_ceil(4)).collect();
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(|| part.iter().map(Recipe::broken).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let shown = fs::read_to_string(page()).unwrap_or_default();
    if std::env::var_os("SEATRIAL_RECORD").is_some() {
        let mut text = INTRODUCTION.to_owned();
        for (chapter, title) in CHAPTERS {
            write!(text, "\n## {title}\n").unwrap();
            for (recipe, seen) in recipes.iter().zip(&seen) {
                let seen = seen.as_ref().expect("all that recipes need is here");
                if seen.chapter == chapter {
                    text.push_str(&recipe.section(&seen.told));
                }
            }
        }
        fs::write(page(), text).unwrap();
        return;
    }
    assert!(shown.starts_with(INTRODUCTION), "the page's introduction");
    let sections: Vec<_> = shown.split("\n### ").collect();
    assert_eq!(sections.len(), recipes.len() + 1, "sections of the page");
    for (recipe, seen) in recipes.iter().zip(&seen) {
        let name = &recipe.name;
        let link = format!("(cookbook/{name}/recipe.toml)");
        let section = sections.iter().find(|section| section.contains(&link));
        let section = section.unwrap_or_else(|| panic!("{name} is not on the page"));
        assert!(
            section.contains(&recipe.spec),
            "{name}: the page shows another spec"
        );
        let Some(seen) = seen else { continue };
        let shown = section
            .split("```text\n")
            .nth(1)
            .and_then(|rest| rest.split("```").next());
        assert!(
            alike(shown.unwrap_or_default(), &seen.told),
            "{name} says something else than its page; SEATRIAL_RECORD=1 writes it anew:\n{}",
            seen.told
        );
        let before = recipe.section("");
        let before = before.split("```text").next().unwrap().trim_start();
        assert!(
            format!("### {section}").starts_with(before),
            "{name}: the page says\n{section}"
        );
    }
}

#[test]
fn who_comes_from_another_tool_is_led_to_recipes_that_are_there() {
    let page = fs::read_to_string(cookbook().with_file_name("coming-from.md")).unwrap();
    let names: HashSet<String> = recipes().into_iter().map(|recipe| recipe.name).collect();
    let mut led = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let see = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let quoted = see.split('`').skip(1).step_by(2);
        for name in quoted.filter(|name| !name.starts_with("seatrial ")) {
            assert!(names.contains(name), "there is no recipe `{name}`: {row}");
            led += 1;
        }
    }
    assert!(led > 10, "{led} recipes");
}

#[test]
fn numbers_may_be_rounded_otherwise_and_words_may_not_differ() {
    assert!(alike(
        "recall 0.3821 [0.29, 0.4]",
        "recall 0.3822 [0.29, 0.4]"
    ));
    assert!(!alike("recall 0.3821", "recall 0.48"));
    assert!(!alike("recall 0.3821", "precision 0.3821"));
    assert!(!alike("recall 0.3821", "recall"));
}
