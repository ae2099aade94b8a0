//! Whether two datasets come from one world: what `no-drift` and
//! `validation-is-current` share.

use schemars::JsonSchema;
use seatrial_data::quoted;
use seatrial_validation::drift::{ColumnDrift, Measure, Profile, compare, rule};
use seatrial_validation::metric::Confidence;
use seatrial_verdict::{Bound, Figure, Measurement};
use serde::Deserialize;

use super::figures;
use super::joint::{Told, tell_apart};
use super::profiles::Profiles;
use crate::check::{Failure, Outcome};
use crate::context::Context;

/// Columns and categories that a message names.
const SHOWN: usize = 8;

/// A measure of drift, known to exist.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MeasureName {
    /// The population stability index.
    Psi,
    /// The largest distance between the distribution functions; of numbers.
    KolmogorovSmirnov,
    /// The area between them, in deviations of the reference; of numbers.
    Wasserstein,
    /// The root of the Jensen-Shannon divergence.
    JensenShannon,
    /// The Hellinger distance.
    Hellinger,
    /// The largest difference of a share.
    LInfinity,
    /// Cramér's V.
    ChiSquare,
}

impl From<MeasureName> for Measure {
    fn from(name: MeasureName) -> Self {
        match name {
            MeasureName::Psi => Measure::Psi,
            MeasureName::KolmogorovSmirnov => Measure::KolmogorovSmirnov,
            MeasureName::Wasserstein => Measure::Wasserstein,
            MeasureName::JensenShannon => Measure::JensenShannon,
            MeasureName::Hellinger => Measure::Hellinger,
            MeasureName::LInfinity => Measure::LInfinity,
            MeasureName::ChiSquare => Measure::ChiSquare,
        }
    }
}

/// How drift is looked for.
pub(super) struct Rules {
    pub of_numbers: Measure,
    pub of_categories: Measure,
    pub effect_max: Option<f64>,
    pub rows_min: usize,
    pub joint_auc_max: f64,
    pub false_alarm: f64,
    /// What the two sides are called, the reference first.
    pub sides: [&'static str; 2],
}

/// What was found.
pub(super) struct Found {
    pub measurements: Vec<Measurement>,
    /// One sentence for each column that moved, and for rows as a whole.
    pub moved: Vec<String>,
    /// Columns then and now.
    pub figures: Vec<Figure>,
}

/// Holds current rows against reference rows, column by column and together.
pub(super) fn look(
    context: &Context,
    reference: &Profiles,
    current: &Profiles,
    rules: &Rules,
) -> Outcome<Found> {
    let [then, today] = rules.sides;
    let mut moved = Vec::new();
    let mut pairs: Vec<(&str, &Profile, &Profile, Measure)> = Vec::new();
    let mut drifts: Vec<(&str, ColumnDrift, Measure, f64)> = Vec::new();
    for (name, before) in &reference.columns {
        let Some((_, now)) = current.columns.iter().find(|(known, _)| known == name) else {
            let mut left_out = current.left_out.iter();
            moved.push(match left_out.find(|(known, _)| known == name) {
                Some((_, holds)) => format!(
                    "the column `{name}` holds {} in the {then} rows and {holds}, which are not \
                     compared, in the {today} rows",
                    held(before)
                ),
                None => format!("the column `{name}` is missing in the {today} rows"),
            });
            continue;
        };
        let measure = match (before, now) {
            (Profile::Numbers(_), Profile::Numbers(_)) => rules.of_numbers,
            (Profile::Categories(_), Profile::Categories(_)) => rules.of_categories,
            _ => {
                let [was, is] = [before, now].map(held);
                let mut strays = reference.strays.iter().chain(&current.strays);
                let strays = strays.find(|(known, _)| known == name);
                let strays = strays.map_or(String::new(), |(_, told)| format!(": {told}"));
                moved.push(format!(
                    "the column `{name}` holds {was} in the {then} rows and {is} in the {today} \
                     rows{strays}"
                ));
                continue;
            }
        };
        pairs.push((name, before, now, measure));
    }
    for of_moments in &reference.moments {
        let (name, given) = &of_moments.given;
        let Some(now) = current.moments.iter().find(|now| now.given.0 == *name) else {
            if current.of(name).is_some() {
                moved.push(format!(
                    "the column `{name}` is of another type in the {today} rows"
                ));
            }
            continue;
        };
        // Hours say too whether cells are given.
        match (&of_moments.hours, &now.hours) {
            (Some((name, before)), Some((_, now))) => {
                pairs.push((name, before, now, rules.of_numbers));
            }
            _ => pairs.push((name, given, &now.given.1, rules.of_categories)),
        }
    }
    for (name, before, now, measure) in pairs {
        match compare(before, now) {
            Ok(drift) => {
                // A constant column has no deviation to measure in.
                let measure = drift
                    .effect(measure)
                    .map_or(Measure::JensenShannon, |_| measure);
                let threshold = rules.effect_max.unwrap_or(measure.threshold());
                drifts.push((name, drift, measure, threshold));
            }
            Err(error) => moved.push(format!("the column `{name}`: {error}")),
        }
    }
    let (before, now) = (reference.names(), current.names());
    // What is not compared, such as a moment, must be there all the same.
    let left_out = reference.left_out.iter().map(|(name, _)| name.as_str());
    let gone = left_out.filter(|name| !now.contains(name));
    moved.extend(gone.map(|name| format!("the column `{name}` is missing in the {today} rows")));
    let new = now.iter().filter(|name| !before.contains(*name));
    moved.extend(new.map(|name| format!("the column `{name}` is new in the {today} rows")));

    // Half of the alarms that are allowed for columns, half for rows as a whole.
    let alpha = rules.false_alarm / 2.0;
    let columns: Vec<(&ColumnDrift, Measure, f64)> = drifts
        .iter()
        .map(|(_, drift, measure, threshold)| (drift, *measure, *threshold))
        .collect();
    let ruled = rule(&columns, alpha).map_err(|error| Failure::Case(error.to_string()))?;
    let effects: Vec<(&str, f64, bool)> = drifts
        .iter()
        .zip(&ruled)
        .map(|((name, ..), ruled)| (*name, ruled.effect, ruled.drifted))
        .collect();
    let figures = looks(reference, current, rules.sides, effects);
    let mut measurements = rows(reference, current, rules);
    let mut drifted = 0;
    for ((name, drift, measure, threshold), ruled) in drifts.iter().zip(&ruled) {
        measurements.push(Measurement::new(
            format!("{name} {}", measure.name()),
            ruled.effect,
        ));
        if ruled.drifted {
            drifted += 1;
            // What is too small for a number is not none.
            let p_value = match ruled.p_value {
                0.0 => "p < 1e-300".to_owned(),
                p_value => format!("p = {p_value:.2e}"),
            };
            moved.push(format!(
                "the column `{name}` has moved: {} {:.4}, more than {threshold}, {p_value}{}",
                measure.name(),
                ruled.effect,
                strangers(drift, alpha / drifts.len() as f64)
            ));
        }
    }
    measurements.push(
        Measurement::new("columns_moved", f64::from(drifted))
            .unit("columns")
            .bound(Bound::Equal(0.0)),
    );
    let detectable = drifts.iter().map(|(_, drift, ..)| drift.detectable(alpha));
    let detectable = detectable.fold(0.0, f64::max);
    measurements.push(Measurement::new("smallest_shift_told", detectable));
    let confidence = Confidence::new(2.0 * alpha, context.streams(0).child("joint"));
    let told = tell_apart(&reference.sample, &current.sample, &confidence);
    // What was not looked at is not hidden: none where rows are too few.
    let seen = told.as_ref().map_or(0, |told| told.columns) as f64;
    measurements.push(Measurement::new("columns_seen_together", seen).unit("columns"));
    if let Some(Told { auc, most, .. }) = told {
        measurements.push(Measurement::new("old_from_new_auc", auc.value));
        if auc.low > rules.joint_auc_max {
            moved.push(format!(
                "rows as a whole have moved: a classifier tells old from new with an area under \
                 the ROC curve of {:.3} [{:.3}, {:.3}], more than {}, above all by {most}; where \
                 no column has moved, how they hang together has",
                auc.value, auc.low, auc.high, rules.joint_auc_max
            ));
        }
    }
    let hidden = moved.len().saturating_sub(SHOWN);
    if hidden > 0 {
        moved.truncate(SHOWN);
        moved.push(format!("and {hidden} more like these"));
    }
    Ok(Found {
        measurements,
        moved,
        figures,
    })
}

/// Columns that are shown: of those that moved, and of those that moved most
/// where none did.
const MOVED_SHOWN: usize = 12;
const STILL_SHOWN: usize = 2;

/// The columns that moved then and now, the furthest first; where none did,
/// those that came closest to it.
fn looks(
    reference: &Profiles,
    current: &Profiles,
    sides: [&str; 2],
    mut effects: Vec<(&str, f64, bool)>,
) -> Vec<Figure> {
    effects.sort_by(|a, b| b.2.cmp(&a.2).then(b.1.total_cmp(&a.1)));
    let moved = effects.iter().filter(|(.., drifted)| *drifted).count();
    let shown = match moved {
        0 => STILL_SHOWN,
        moved => moved.min(MOVED_SHOWN),
    };
    let looks = effects.iter().take(shown).filter_map(|(name, _, drifted)| {
        let of = |profiles: &'_ Profiles| profiles.of(name).cloned();
        let title = match drifted {
            true => format!("{name} has moved"),
            false => (*name).to_owned(),
        };
        figures::then_and_now(title, sides, &of(reference)?, &of(current)?)
    });
    looks.collect()
}

/// How many rows either side has, and how many each needs.
fn rows(reference: &Profiles, current: &Profiles, rules: &Rules) -> Vec<Measurement> {
    let sides = [
        ("reference_rows", reference.rows),
        ("current_rows", current.rows),
    ];
    let measured = sides.into_iter().map(|(name, rows)| {
        Measurement::new(name, rows as f64)
            .unit("rows")
            .bound(Bound::AtLeast(rules.rows_min as f64))
    });
    let left_out = reference.left_out.len();
    let left_out = Measurement::new("columns_left_out", left_out as f64).unit("columns");
    measured.chain([left_out]).collect()
}

/// What a column holds.
fn held(profile: &Profile) -> &'static str {
    match profile {
        Profile::Numbers(_) => "numbers",
        Profile::Categories(_) => "categories",
    }
}

/// The categories that are new or gone, where luck does not explain it.
fn strangers(drift: &ColumnDrift, alpha: f64) -> String {
    let mut text = String::new();
    for (what, novelties) in [("new", &drift.new), ("gone", &drift.vanished)] {
        let told = novelties
            .iter()
            .filter(|novelty| novelty.p_value <= alpha)
            .take(SHOWN);
        let told: Vec<String> = told
            .map(|novelty| {
                let (category, share) = (quoted(&novelty.category), 100.0 * novelty.share);
                format!("{category} ({share:.1}%)")
            })
            .collect();
        if !told.is_empty() {
            text.push_str(&format!("; {what}: {}", told.join(", ")));
        }
    }
    text
}
