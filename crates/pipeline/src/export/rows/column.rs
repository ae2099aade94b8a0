//! A column on paper: what it is made of, and what its cells look like.

use std::rc::Rc;

use crate::stages::{CalendarFeature, CastType, Constant, Scale, Unknown};

/// What a cell is made of. Numbers are double precision, a missing one is NaN.
#[derive(Debug)]
pub(in crate::export) enum Expression {
    /// A number of the row.
    Number(String),
    /// A text of the row; a missing one is empty.
    Text(String),
    /// A number in place of a missing one.
    Filled(Rc<Expression>, f64),
    /// Away from a mean, in deviations.
    Scaled(Rc<Expression>, Scale),
    /// How many of these edges it has reached.
    Bucket(Rc<Expression>, Vec<f64>),
    /// Without its fraction.
    Whole(Rc<Expression>),
    /// The place of a text or number among keys, -1 if it is none of them.
    Place(Rc<Expression>, Keys),
    /// 1 if a place is this one, else 0.
    Is(Rc<Expression>, usize),
    /// Nothing if a place is one of the keys', else NaN.
    Known(Rc<Expression>),
    /// Seconds since 1970 as what a calendar says of them.
    Calendar {
        /// In universal time.
        moment: Rc<Expression>,
        /// Local time minus universal time.
        offset: Option<Rc<Expression>>,
        /// What to say.
        feature: CalendarFeature,
        /// Which of its columns.
        at: usize,
    },
    /// There is no such expression, and why.
    Never(String),
}

/// Categories, as the cells that stand for them.
#[derive(Debug)]
pub(in crate::export) enum Keys {
    /// Of a column of numbers.
    Numbers(Vec<f64>),
    /// Of a column of texts, each with its place. The empty one, which is how a
    /// missing one arrives, is among them.
    Texts(Vec<(String, i64)>),
}

/// The place of what is none of the keys.
pub(super) const STRANGE: i64 = -1;
/// The place of what is missing.
pub(super) const MISSING: i64 = -2;

/// How a cell reads as text, which is what categories are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Form {
    /// `3`.
    Whole,
    /// `3.0`.
    Real,
    /// `true`.
    Boolean,
    /// As it is.
    Text,
}

/// A column on paper.
#[derive(Clone, Debug)]
pub(in crate::export) struct Column {
    pub made_of: Rc<Expression>,
    form: Form,
    /// Whether a number was cast to text.
    is_written: bool,
    /// What stands in for a missing text.
    filling: Option<String>,
}

impl Column {
    fn new(made_of: Expression, form: Form) -> Self {
        Self {
            made_of: Rc::new(made_of),
            form,
            is_written: false,
            filling: None,
        }
    }

    /// A column that nothing can be made of.
    pub fn never(reason: impl Into<String>) -> Self {
        Self::new(Expression::Never(reason.into()), Form::Real)
    }

    /// As it stands in the rows; its type in Arrow's words.
    pub fn raw(name: &str, kind: &str) -> Self {
        let number = || Expression::Number(name.to_owned());
        match kind {
            "Boolean" => Self::new(number(), Form::Boolean),
            "Utf8" | "LargeUtf8" | "Utf8View" => {
                Self::new(Expression::Text(name.to_owned()), Form::Text)
            }
            "Float16" | "Float32" | "Float64" => Self::new(number(), Form::Real),
            whole if whole.starts_with("Int") || whole.starts_with("UInt") => {
                Self::new(number(), Form::Whole)
            }
            other => Self::never(format!(
                "column `{name}` holds {other}; an exported model takes numbers and texts"
            )),
        }
    }

    /// Whether it holds texts.
    pub fn is_text(&self) -> bool {
        let never = matches!(*self.made_of, Expression::Never(_));
        !never && (self.form == Form::Text || self.is_written)
    }

    /// As numbers, or why not.
    fn numbers(&self) -> Result<&Rc<Expression>, Self> {
        match &*self.made_of {
            Expression::Never(_) => Err(self.clone()),
            _ if self.form == Form::Text || self.is_written => {
                Err(Self::never("it holds texts, where numbers are needed"))
            }
            _ => Ok(&self.made_of),
        }
    }

    /// Made of its numbers by this.
    fn then(&self, form: Form, make: impl FnOnce(Rc<Expression>) -> Expression) -> Self {
        match self.numbers() {
            Ok(numbers) => Self::new(make(Rc::clone(numbers)), form),
            Err(never) => never,
        }
    }

    pub fn cast(&self, to: CastType) -> Self {
        let refused = |what: &str| Self::never(format!("it is cast to {what}"));
        match to {
            CastType::Text if matches!(*self.made_of, Expression::Never(_)) => self.clone(),
            CastType::Text => Self {
                is_written: self.form != Form::Text,
                ..self.clone()
            },
            CastType::Boolean => refused("true or false"),
            CastType::Timestamp => refused("a timestamp"),
            CastType::Integer if self.form == Form::Real => {
                self.then(Form::Whole, Expression::Whole)
            }
            CastType::Integer | CastType::Number => {
                let form = match to {
                    CastType::Integer => Form::Whole,
                    _ => Form::Real,
                };
                match self.numbers() {
                    Ok(_) => Self {
                        form,
                        ..self.clone()
                    },
                    Err(_) => refused("a number, which texts cannot be there"),
                }
            }
        }
    }

    pub fn filled(&self, filling: &Constant) -> Self {
        match filling {
            Constant::Number(fill) => {
                self.then(Form::Real, |numbers| Expression::Filled(numbers, *fill))
            }
            Constant::Text(fill) if self.form == Form::Text => {
                // What is not missing any more stays as it is.
                let filling = self.filling.clone().or_else(|| Some(fill.clone()));
                Self {
                    filling,
                    ..self.clone()
                }
            }
            Constant::Text(_) if matches!(*self.made_of, Expression::Never(_)) => self.clone(),
            Constant::Text(fill) => Self::never(format!("`{fill}` is filled in among numbers")),
        }
    }

    pub fn scaled(&self, scale: Scale) -> Self {
        self.then(Form::Real, |numbers| Expression::Scaled(numbers, scale))
    }

    pub fn bucket(&self, edges: &[f64]) -> Self {
        self.then(Form::Whole, |numbers| {
            Expression::Bucket(numbers, edges.to_vec())
        })
    }

    pub fn whole(&self) -> Self {
        if self.form != Form::Real && self.numbers().is_ok() {
            return self.clone();
        }
        self.then(Form::Whole, Expression::Whole)
    }

    /// As seconds since 1970.
    pub fn moment(&self) -> Self {
        match (&*self.made_of, self.form) {
            (Expression::Never(_), _) => self.clone(),
            (_, Form::Text) => Self::never(
                "a calendar reads moments from text; an exported model takes them as Unix time, in \
                 seconds",
            ),
            _ => self.whole(),
        }
    }

    pub fn calendar(
        moment: &Column,
        offset: Option<&Column>,
        feature: CalendarFeature,
        at: usize,
    ) -> Self {
        let offset = match offset.map(Column::numbers).transpose() {
            Ok(offset) => offset.cloned(),
            Err(never) => return never,
        };
        moment.then(Form::Real, |moment| Expression::Calendar {
            moment,
            offset,
            feature,
            at,
        })
    }

    /// A column for each category, and what a row must be like.
    pub fn one_hot(
        &self,
        categories: &[String],
        unknown: Unknown,
    ) -> (Vec<Column>, Option<Rc<Expression>>) {
        let keys = match &*self.made_of {
            Expression::Never(reason) => Err(reason.clone()),
            _ => self.keys(categories),
        };
        let keys = match keys {
            Ok(keys) => keys,
            Err(reason) => {
                let demand = Rc::new(Expression::Never(reason.clone()));
                let strict = unknown == Unknown::Error;
                let columns = categories.iter().map(|_| Self::never(reason.clone()));
                return (columns.collect(), strict.then_some(demand));
            }
        };
        let place = Rc::new(Expression::Place(Rc::clone(&self.made_of), keys));
        let demand = match unknown {
            Unknown::Zeros => None,
            Unknown::Error => Some(Rc::new(Expression::Known(Rc::clone(&place)))),
        };
        let is = |at| Self::new(Expression::Is(Rc::clone(&place), at), Form::Real);
        ((0..categories.len()).map(is).collect(), demand)
    }

    fn keys(&self, categories: &[String]) -> Result<Keys, String> {
        if self.form == Form::Text {
            let mut texts: Vec<(String, i64)> = categories.iter().cloned().zip(0..).collect();
            if texts.iter().any(|(text, _)| text.is_empty()) {
                return Err("an empty text is a category, and would also mean missing".into());
            }
            let missing = match &self.filling {
                None => MISSING,
                Some(filling) => texts
                    .iter()
                    .find(|(text, _)| text == filling)
                    .map_or(STRANGE, |(_, place)| *place),
            };
            texts.push((String::new(), missing));
            return Ok(Keys::Texts(texts));
        }
        let number = |text: &String| match (self.form, text.as_str()) {
            (Form::Boolean, "false") => Ok(0.0),
            (Form::Boolean, "true") => Ok(1.0),
            _ => text
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| format!("`{text}` is a category among numbers")),
        };
        let numbers: Vec<f64> = categories.iter().map(number).collect::<Result<_, _>>()?;
        let twice = |at: usize| numbers[..at].contains(&numbers[at]);
        match (0..numbers.len()).find(|at| twice(*at)) {
            Some(at) => Err(format!("`{}` is a category twice", categories[at])),
            None => Ok(Keys::Numbers(numbers)),
        }
    }
}
