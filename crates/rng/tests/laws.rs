//! What holds for every seed and every name.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::Rng;
use seatrial_rng::{
    Draws, Fingerprint, Fingerprinter, Sequential, Stream, Streams, bootstrap_counts,
    bootstrap_indices, stratified_split,
};

fn take(stream: &mut Stream, count: usize) -> Vec<u64> {
    (0..count).map(|_| stream.next_u64()).collect()
}

proptest! {
    #[test]
    fn a_stream_depends_on_its_seed_and_name_alone(
        seed: u64,
        names in prop::collection::btree_set("[a-z./]{0,12}", 2..6),
    ) {
        let streams = Streams::new(seed);
        let there: Vec<_> = names.iter().map(|n| take(&mut streams.stream(n), 4)).collect();
        let mut back: Vec<_> = names.iter().rev().map(|n| take(&mut streams.stream(n), 4)).collect();
        back.reverse();
        prop_assert_eq!(&there, &back);
        let distinct: BTreeSet<_> = there.iter().collect();
        prop_assert_eq!(distinct.len(), names.len());
        let other = take(&mut Streams::new(seed ^ 1).stream(names.iter().next().unwrap()), 4);
        prop_assert!(!there.contains(&other));
    }

    #[test]
    fn streams_share_no_window(seed: u64) {
        let streams = Streams::new(seed);
        let mut seen = BTreeSet::new();
        for name in ["a", "b", "a/b", "ab", "c"] {
            for value in take(&mut streams.stream(name), 2_000) {
                // Ten thousand 64-bit numbers meet by chance once in 10¹¹ runs.
                prop_assert!(seen.insert(value));
            }
        }
    }

    #[test]
    fn children_are_paths(seed: u64, a in "[a-z]{1,5}", b in "[a-z]{1,5}", c in "[a-z]{1,5}") {
        let root = Streams::new(seed);
        let whole = root.stream(&format!("{a}/{b}/{c}"));
        prop_assert_eq!(&root.child(&a).child(&b).stream(&c), &whole);
        prop_assert_eq!(&root.child(&format!("{a}/{b}")).stream(&c), &whole);
        prop_assert_eq!(&root.child(&a).stream(&format!("{b}/{c}")), &whole);
    }

    #[test]
    fn a_stream_that_was_saved_goes_on_where_it_was(seed: u64, drawn in 0_usize..50) {
        let mut stream = Streams::new(seed).stream("saved");
        take(&mut stream, drawn);
        let text = serde_json::to_string(&stream).unwrap();
        let mut restored: Stream = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(restored.position(), drawn as u64);
        prop_assert_eq!(take(&mut restored, 9), take(&mut stream, 9));
    }

    #[test]
    fn a_permutation_is_one(seed: u64, len in 0_usize..200) {
        let mut order = Streams::new(seed).stream("order").permutation(len);
        order.sort_unstable();
        prop_assert!(order.into_iter().eq(0..len));
    }

    #[test]
    fn numbers_stay_where_they_belong(
        seed: u64,
        low in -1e9_f64..1e9,
        width in 0.0_f64..1e3,
        bound in 1_usize..usize::MAX,
        deviation in 1e-3_f64..1e3,
    ) {
        let mut stream = Streams::new(seed).stream("ranges");
        let high = low + width;
        let uniform = stream.uniform(low, high);
        prop_assert!(low <= uniform && (uniform < high || width == 0.0 || low == high));
        prop_assert!(stream.below(bound) < bound);
        prop_assert!((0.0..1.0).contains(&stream.unit()));
        prop_assert!(stream.normal().is_finite());
        let truncated = stream.truncated_normal(0.0, deviation, low, high);
        prop_assert!((low..=high).contains(&truncated));
    }

    #[test]
    fn parts_are_disjoint_in_proportion_and_keep_rare_classes(
        seed: u64,
        classes in prop::collection::vec(0_u32..4, 1..300),
        cut in 0.05_f64..0.9,
    ) {
        let fractions = [cut, (1.0 - cut) * 0.7, (1.0 - cut) * 0.2];
        let parts = stratified_split(&Streams::new(seed), &classes, &fractions);
        let all: Vec<usize> = parts.concat();
        let distinct: BTreeSet<_> = all.iter().collect();
        prop_assert_eq!(distinct.len(), all.len());
        for class in 0..4 {
            let len = classes.iter().filter(|&&c| c == class).count();
            let sizes: Vec<usize> = parts
                .iter()
                .map(|part| part.iter().filter(|&&row| classes[row] == class).count())
                .collect();
            for (size, fraction) in sizes.iter().zip(fractions) {
                let ideal = fraction * len as f64;
                // One by rounding; one more for or from a part without a row.
                prop_assert!((*size as f64 - ideal).abs() <= 3.0, "{:?} of {}", &sizes, len);
            }
            let reached = sizes.iter().filter(|&&size| size > 0).count();
            prop_assert_eq!(reached, len.min(3), "{:?} of {}", &sizes, len);
        }
    }

    #[test]
    fn rows_of_one_class_never_move_because_another_grew(seed: u64, more in 0_usize..40) {
        let few: Vec<u32> = vec![0; 30];
        let grown: Vec<u32> = [vec![0; 30], vec![1; more]].concat();
        let split = |classes: &[u32]| stratified_split(&Streams::new(seed), classes, &[0.5, 0.5]);
        for (before, after) in split(&few).iter().zip(split(&grown)) {
            prop_assert!(after.iter().filter(|&&row| row < 30).eq(before));
        }
    }

    #[test]
    fn a_bootstrap_counts_what_it_draws(seed: u64, len in 0_usize..100) {
        let stream = Streams::new(seed).stream("bootstrap");
        let mut counts = vec![0; len];
        for row in bootstrap_indices(&mut stream.clone(), len) {
            counts[row] += 1;
        }
        prop_assert_eq!(bootstrap_counts(&mut stream.clone(), len), counts);
    }

    #[test]
    fn a_fingerprint_reads_back(bytes: Vec<u8>) {
        let fingerprint = Fingerprint::of_bytes(&bytes);
        let text = fingerprint.to_string();
        prop_assert_eq!(Fingerprint::try_from(text.clone()), Ok(fingerprint));
        let signed = format!("+{}", &text[1..]);
        prop_assert!(Fingerprint::try_from(signed).is_err());
        prop_assert!(Fingerprint::try_from(text[1..].to_owned()).is_err());
    }
}

#[test]
fn every_distribution_but_below_takes_one_draw() {
    let draws: [fn(&mut Stream) -> f64; 7] = [
        Stream::unit,
        Stream::normal,
        |stream| stream.uniform(0.0, 1.0),
        |stream| stream.truncated_normal(0.0, 1.0, -1.0, 1.0),
        |stream| stream.truncated_normal(0.0, 0.0, 3.0, 1.0),
        |stream| stream.truncated_normal(0.0, 1.0, 90.0, 91.0),
        |stream| f64::from(u8::from(stream.chance(0.5))),
    ];
    for draw in draws {
        let mut stream = Streams::new(1).stream("draws");
        draw(&mut stream);
        assert_eq!(stream.position(), 1);
    }
}

#[test]
fn a_truncated_normal_is_a_number_even_where_there_is_hardly_any() {
    let mut stream = Streams::new(1).stream("tails");
    let mut draw = |mean, deviation, low, high| stream.truncated_normal(mean, deviation, low, high);
    assert_eq!(draw(0.0, 1.0, 50.0, 60.0), 50.0);
    assert_eq!(draw(0.0, 1.0, -60.0, -50.0), -50.0);
    assert_eq!(draw(5.0, 0.0, 0.0, 1.0), 1.0);
    assert_eq!(draw(0.5, f64::NAN, 0.0, 1.0), 0.5);
    assert!(!draw(0.0, 1.0, f64::NAN, 1.0).is_nan());
    assert!(draw(0.0, 1.0, f64::NEG_INFINITY, f64::INFINITY).is_finite());
    assert!((30.0..=31.0).contains(&draw(0.0, 1.0, 30.0, 31.0)));
}

#[test]
fn numbers_in_order_of_asking_record_that_order() {
    let streams = Streams::new(3);
    let mut queue = Draws::Sequential(Sequential::new(&streams));
    let a = queue.with("a", Stream::unit);
    let b = queue.with("b", Stream::unit);
    let mut turned = Draws::Sequential(Sequential::new(&streams));
    assert_eq!(turned.with("b", Stream::unit), a);
    assert_eq!(turned.with("a", Stream::unit), b);
    match turned {
        Draws::Sequential(queue) => assert_eq!(queue.order(), ["b", "a"]),
        Draws::Named(_) => unreachable!(),
    }
    let mut named = Draws::Named(streams);
    let a = named.with("a", Stream::unit);
    named.with("b", Stream::unit);
    assert_eq!(named.with("a", Stream::unit), a);
}

#[test]
fn a_fingerprint_tells_zeros_shapes_names_and_types_apart_but_not_nans() {
    let of = Fingerprint::of_f32;
    assert_ne!(of(&[1], &[0.0]), of(&[1], &[-0.0]));
    let payload = f32::from_bits(0xffc1_2345);
    assert_eq!(of(&[1], &[f32::NAN]), of(&[1], &[payload]));
    let mut fingerprints = BTreeSet::new();
    let entries: [fn(&mut Fingerprinter); 12] = [
        |_| {},
        |h| h.bytes(b""),
        |h| h.bytes(b"ab"),
        |h| (h.bytes(b"a"), h.bytes(b"b")).1,
        |h| h.tensor_f32("a", &[2, 3], &[0.0; 6]),
        |h| h.tensor_f32("a", &[3, 2], &[0.0; 6]),
        |h| h.tensor_f32("a", &[6], &[0.0; 6]),
        |h| h.tensor_f32("b", &[6], &[0.0; 6]),
        |h| h.tensor_f64("a", &[6], &[0.0; 6]),
        |h| h.tensor_i64("a", &[6], &[0; 6]),
        |h| {
            (
                h.tensor_i64("a", &[3], &[0; 3]),
                h.tensor_i64("a", &[3], &[0; 3]),
            )
                .1
        },
        // The very bytes of an empty tensor's header, as bytes.
        |h| (h.bytes(b"a"), h.bytes(b"i64"), h.bytes(b"")).2,
    ];
    for entry in entries {
        let mut hasher = Fingerprinter::new();
        entry(&mut hasher);
        assert!(fingerprints.insert(hasher.finish()));
    }
}
