//! How the name of a metric is put together:
//! `BASE[_macro|_micro|_weighted][\[CLASS\]][@NUMBER]`.

/// How figures of single classes become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Average {
    /// As the name says without more: of the positive class of two.
    Plain,
    /// Each class counts the same.
    Macro,
    /// Each decision counts the same.
    Micro,
    /// Each class counts by its weight among the labels.
    Weighted,
    /// Of one class, by name.
    Class(String),
}

/// What was asked besides the base name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) average: Average,
    /// What follows `@`.
    pub(crate) number: Option<f64>,
}

impl Variant {
    /// Nothing was asked besides the name.
    pub(crate) fn is_plain(&self) -> bool {
        self.average == Average::Plain && self.number.is_none()
    }

    /// A whole number from one up; `default` if none is given. `None` of a bad
    /// one, or if an average is asked for.
    pub(crate) fn count_or(&self, default: usize) -> Option<usize> {
        let number = self.number.unwrap_or(default as f64);
        let whole = number.fract() == 0.0 && (1.0..=1e6).contains(&number);
        (self.average == Average::Plain && whole).then_some(number as usize)
    }

    /// How many of the first count, if not all.
    pub(crate) fn cut_off(&self) -> Option<Option<usize>> {
        let k = self.count_or(1)?;
        Some(self.number.map(|_| k))
    }

    /// A share above zero and up to one; `default` if none is given. `None` of a
    /// bad one, or if an average is asked for.
    pub(crate) fn share_or(&self, default: f64) -> Option<f64> {
        let share = self.number.unwrap_or(default);
        (self.average == Average::Plain && share > 0.0 && share <= 1.0).then_some(share)
    }

    /// The way of averaging, for families without a number.
    pub(crate) fn average_only(&self) -> Option<Average> {
        self.number.is_none().then(|| self.average.clone())
    }
}

/// Base name and variant; `None` of what cannot be a name.
pub(crate) fn split(name: &str) -> Option<(String, Variant)> {
    let (name, number) = match name.rsplit_once('@') {
        // A class may have an @ in its name.
        Some((base, number)) if !number.contains(']') => {
            let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite())?;
            (base, Some(number))
        }
        _ => (name, None),
    };
    let (base, average) = match name.split_once('[') {
        Some((base, class)) => (base, Average::Class(class.strip_suffix(']')?.to_owned())),
        None => suffixed(name),
    };
    // `f1` and `f0.5` are the F-beta of that beta.
    let beta = base.strip_prefix('f').and_then(|beta| beta.parse().ok());
    let (base, number) = match (beta, number) {
        (Some(beta), None) => ("f_beta", Some(beta)),
        _ => (base, number),
    };
    Some((base.to_owned(), Variant { average, number }))
}

fn suffixed(name: &str) -> (&str, Average) {
    let averages = [
        ("_macro", Average::Macro),
        ("_micro", Average::Micro),
        ("_weighted", Average::Weighted),
    ];
    averages
        .into_iter()
        .find_map(|(suffix, average)| Some((name.strip_suffix(suffix)?, average)))
        .unwrap_or((name, Average::Plain))
}
