//! "Did you mean": the known name closest to a mistyped one.

/// How many names are worth listing when none of them is near.
const LISTED_MAX: usize = 12;

/// Characters that are compared: the distance takes time quadratic in them, and
/// a name may be garbage. Ids, the longest names, fit.
const COMPARED_CHARS_MAX: usize = 128;

/// The known name nearest to a written one, if any is near enough to be meant.
///
/// Case, and `_` against `-`, count as no difference.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = fold(written);
    let far = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&written, &fold(name)), name))
        .filter(|(distance, _)| *distance <= far)
        .min()
        .map(|(_, name)| name)
}

/// A help line for an unknown name: the nearest one, else the few there are.
pub fn help<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(name) = nearest(written, known.iter().copied()) {
        return Some(format!("did you mean `{name}`?"));
    }
    known_here(known)
}

/// A help line for a name that was left out: the few there are.
pub(crate) fn known_here<'a>(known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    known.dedup();
    (1..=LISTED_MAX)
        .contains(&known.len())
        .then(|| format!("known here: {}", listed(known)))
}

/// Names in backticks, with commas between.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn fold(name: &str) -> String {
    name.chars()
        .take(COMPARED_CHARS_MAX)
        .flat_map(char::to_lowercase)
        .map(|c| if c == '_' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_slip_finds_its_name() {
        let known = ["loss-decreases", "memorizes", "call-count"];
        assert_eq!(nearest("memorises", known), Some("memorizes"));
        assert_eq!(nearest("Loss_Decreases", known), Some("loss-decreases"));
    }

    #[test]
    fn a_name_that_resembles_nothing_gets_no_guess() {
        assert_eq!(nearest("zzzzzz", ["memorizes"]), None);
        assert_eq!(
            help("zzzzzz", ["b", "a"]),
            Some("known here: `a`, `b`".into())
        );
    }
}
