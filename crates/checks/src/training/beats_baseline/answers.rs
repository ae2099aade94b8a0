//! What trained classifiers said of the validation rows.

use super::super::outputs::Outputs;
use crate::statistics::{Estimate, bounded_mean, mean};

/// What the models of all runs said of the validation rows, by true class.
pub(super) struct Answers {
    /// For each class and each of its rows, the part of runs that was right.
    pub right: Vec<Vec<f64>>,
    /// For each class and each of its rows, the mean probability of the truth.
    probability: Vec<Vec<f64>>,
    /// For each true class, how often each class was said.
    said: Vec<Vec<usize>>,
    pub balanced_accuracy_of_runs: Vec<f64>,
}

impl Answers {
    pub fn new(runs: &[Outputs], truth: &[usize], classes: usize) -> Self {
        let mut answers = Self {
            right: vec![Vec::new(); classes],
            probability: vec![Vec::new(); classes],
            said: vec![vec![0; classes]; classes],
            balanced_accuracy_of_runs: Vec::new(),
        };
        for (row, &class) in truth.iter().enumerate() {
            let part =
                |of: &dyn Fn(&Outputs) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
            let right = |outputs: &Outputs| f64::from(u8::from(outputs.decision(row) == class));
            answers.right[class].push(part(&right));
            answers.probability[class].push(part(&|outputs| outputs.row(row)[class]));
            for outputs in runs {
                answers.said[class][outputs.decision(row)] += 1;
            }
        }
        for outputs in runs {
            let recall = |class| {
                let mut rows = (0..truth.len()).filter(|&row| truth[row] == class);
                let all = rows.clone().count();
                let right = rows.by_ref().filter(|&row| outputs.decision(row) == class);
                right.count() as f64 / all as f64
            };
            let recalls: Vec<f64> = (0..classes).map(recall).collect();
            answers.balanced_accuracy_of_runs.push(mean(&recalls));
        }
        answers
    }

    pub fn recalls(&self, false_alarm: f64) -> Vec<Estimate> {
        let recall = |right: &Vec<f64>| bounded_mean(right, false_alarm);
        self.right.iter().map(recall).collect()
    }

    pub fn balanced_accuracy(&self) -> f64 {
        balanced(&self.right)
    }

    pub fn balanced_probability(&self) -> f64 {
        balanced(&self.probability)
    }

    pub fn accuracy(&self) -> f64 {
        mean(&self.right.concat())
    }

    /// The wrong class that is said most often of a class, and how often.
    pub fn usual_mistake(&self, class: usize) -> (usize, f64) {
        let said = &self.said[class];
        let wrong = (0..said.len()).filter(|&other| other != class);
        let usual = wrong.max_by_key(|&other| said[other]).unwrap_or(class);
        (
            usual,
            said[usual] as f64 / said.iter().sum::<usize>() as f64,
        )
    }
}

fn balanced(by_class: &[Vec<f64>]) -> f64 {
    mean(&by_class.iter().map(|rows| mean(rows)).collect::<Vec<_>>())
}
