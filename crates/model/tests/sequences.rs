//! Sequences of any length, padding, and cells that run once an element.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use candle_core::{Device, Tensor};
use proptest::prelude::*;
use seatrial_model::{Batch, Inputs, Learner, Mode, Probe};
use support::{DECLARATIONS, classes, flat, learner, parameters, task, uniform};

fn sequential() -> impl Iterator<Item = (&'static str, &'static str)> {
    DECLARATIONS
        .iter()
        .copied()
        .filter(|(_, own)| own.contains("sequence"))
}

fn outputs(learner: &mut dyn Learner, inputs: &Inputs) -> Vec<f64> {
    flat(
        &learner
            .forward(inputs, Mode::Evaluation, &mut Probe::counting())
            .unwrap(),
    )
}

#[test]
fn sequences_of_any_length_are_taken_and_a_batch_of_one() {
    for (family, own) in sequential() {
        let mut learner = learner(family, own, "", &task(12, Some(3)), 1);
        for length in [1, 2, 4, 9] {
            let shape = [1, length, 3];
            let batch = Batch {
                inputs: Inputs::new(uniform(2, &shape)),
                targets: classes(1, 3),
            };
            assert!(
                learner.step(&[batch]).unwrap().loss.is_finite(),
                "{family} {length}"
            );
        }
    }
}

#[test]
fn the_cell_runs_once_an_element_and_shows_every_state() {
    for (family, own) in sequential().filter(|(family, _)| *family != "transformer") {
        let mut learner = learner(family, own, "", &task(12, Some(3)), 1);
        let cell = format!("{family}.cell");
        for length in [1, 4, 7] {
            let inputs = Inputs::new(uniform(2, &[2, length, 3]));
            let mut probe = Probe::capturing([cell.as_str()]);
            let watched = learner
                .forward(&inputs, Mode::Evaluation, &mut probe)
                .unwrap();
            assert_eq!(probe.calls()[&cell], length as u64);
            assert_eq!(probe.outputs(&cell).len(), length);
            assert_eq!(
                flat(&watched),
                outputs(&mut *learner, &inputs),
                "watching changes nothing"
            );
            let batch = Batch {
                inputs,
                targets: classes(2, 3),
            };
            assert_eq!(learner.step(&[batch]).unwrap().calls[&cell], length as u64);
        }
    }
}

#[test]
fn a_cell_by_itself_takes_the_steps_of_the_sequence() {
    for (family, states) in [("lstm", 2), ("gru", 1)] {
        let mut learner = learner(
            family,
            "sequence = [4, 3]\nhidden = 5",
            "",
            &task(12, Some(3)),
            1,
        );
        let cell = format!("{family}.cell");
        let x = uniform(2, &[2, 4, 3]);
        let mut probe = Probe::capturing([cell.as_str()]);
        learner
            .forward(&Inputs::new(x.clone()), Mode::Evaluation, &mut probe)
            .unwrap();
        let zeros = Tensor::zeros((2, 5), candle_core::DType::F32, &Device::Cpu).unwrap();
        let mut state = vec![zeros; states];
        for (element, seen) in probe.outputs(&cell).iter().enumerate() {
            let mut inputs = vec![x.narrow(1, element, 1).unwrap().squeeze(1).unwrap()];
            inputs.extend(state);
            state = learner.run_component(&cell, &inputs).unwrap();
            for (a, b) in flat(&state[0]).iter().zip(flat(seen)) {
                assert!((a - b).abs() < 1e-6, "{family} element {element}");
            }
        }
    }
}

#[test]
fn what_stands_in_padding_changes_no_bit_of_outputs_gradients_or_steps() {
    for (family, own) in sequential() {
        let with = |padding: f32| {
            let mut values: Vec<f32> = flat(&uniform(3, &[2, 4, 3]))
                .iter()
                .map(|&v| v as f32)
                .collect();
            values[6..12].fill(padding); // beyond the first sequence's second element
            let features = Tensor::from_vec(values, (2, 4, 3), &Device::Cpu).unwrap();
            let batch = Batch {
                inputs: Inputs {
                    features,
                    lengths: Some(vec![2, 4]),
                },
                targets: classes(2, 3),
            };
            let mut learner = learner(family, own, "", &task(12, Some(3)), 1);
            let outputs = outputs(&mut *learner, &batch.inputs);
            learner.step(&[batch]).unwrap();
            (outputs, parameters(&*learner))
        };
        let clean = with(0.0);
        for padding in [1.0, -1e30, f32::NAN, f32::INFINITY] {
            assert_eq!(with(padding), clean, "{family} {padding}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn padding_a_sequence_gives_what_the_sequence_alone_gives(
        length in 1_usize..6,
        padding in 0_usize..5,
        seed in 0_u64..1000,
    ) {
        for (family, own) in sequential() {
            let mut learner = learner(family, own, "", &task(12, Some(3)), 1);
            let alone = uniform(seed, &[1, length, 3]);
            let padded = Tensor::cat(&[&alone, &uniform(seed + 1, &[1, padding + 1, 3])], 1).unwrap();
            let padded = Inputs { features: padded, lengths: Some(vec![length]) };
            let padded = outputs(&mut *learner, &padded);
            let alone = outputs(&mut *learner, &Inputs::new(alone));
            for (a, b) in alone.iter().zip(&padded) {
                prop_assert!((a - b).abs() < 1e-5, "{family}: {a} {b}");
            }
        }
    }

    #[test]
    fn a_row_gives_what_it_gives_in_any_batch(rows in 1_usize..9, seed in 0_u64..1000) {
        for (family, own) in DECLARATIONS {
            let classes = (*family != "linear").then_some(3);
            let mut learner = learner(family, own, "", &task(12, classes), 1);
            let batch = uniform(seed, &[rows, 12]);
            let together = outputs(&mut *learner, &Inputs::new(batch.clone()));
            let width = together.len() / rows;
            for row in 0..rows {
                let alone = Inputs::new(batch.narrow(0, row, 1).unwrap());
                let alone = outputs(&mut *learner, &alone);
                for (a, b) in alone.iter().zip(&together[row * width..]) {
                    prop_assert!((a - b).abs() < 1e-5, "{family}: {a} {b}");
                }
            }
        }
    }
}
