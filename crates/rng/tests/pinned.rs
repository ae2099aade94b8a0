//! Recorded numbers: any change of any stream, on any platform, fails here.
//!
//! Integers, uniform numbers, orders and fingerprints were computed by an
//! independent implementation of BLAKE3 and xoshiro256++, normal numbers by
//! SciPy 1.17 from the same integers. Changing one of them changes every
//! recorded value of every user: they never change.
#![expect(clippy::unwrap_used, reason = "tests")]

use rand::Rng;
use seatrial_rng::{
    Fingerprint, Fingerprinter, Stream, Streams, bootstrap_counts, bootstrap_indices,
    stratified_split,
};

fn stream() -> Stream {
    Streams::new(7).stream("run/3/init/encoder.weight")
}

fn first<T, const N: usize>(draw: impl Fn(&mut Stream) -> T) -> [T; N] {
    let mut stream = stream();
    std::array::from_fn(|_| draw(&mut stream))
}

#[test]
fn a_seed_and_a_name_give_these_bits() {
    let bits = [
        0x4a02_2ade_a5c5_dffe,
        0xb205_a5b1_dfce_1039,
        0xfc65_57f7_d588_90c5,
        0xc4f1_9dc2_3fd6_6cdd,
        0x2c77_1002_8660_7c9c,
        0x6157_2c02_d4b2_015d,
    ];
    assert_eq!(first(Rng::next_u64), bits);
    let mut nameless = Streams::new(0).stream("");
    assert_eq!(nameless.next_u64(), 0x5c6a_9434_50bb_a41e);
    let mut beyond_ascii = Streams::new(u64::MAX).stream("é");
    assert_eq!(beyond_ascii.next_u64(), 0x6cc6_d097_aeb7_5e11);
    assert_eq!(Streams::new(7).derive_seed("other"), 0x891b_33a2_dc82_6a01);
}

#[test]
fn narrower_draws_are_the_upper_half_and_the_little_end() {
    assert_eq!(first(Rng::next_u32), [0x4a02_2ade, 0xb205_a5b1]);
    let mut bytes = [0; 11];
    stream().fill_bytes(&mut bytes);
    assert_eq!(
        bytes,
        [
            0xfe, 0xdf, 0xc5, 0xa5, 0xde, 0x2a, 0x02, 0x4a, 0x39, 0x10, 0xce
        ]
    );
}

#[test]
fn the_generator_is_the_published_one() {
    // Blackman and Vigna's C code, from the state 1, 2, 3, 4.
    let state = serde_json::json!({"generator": {"s": [1, 2, 3, 4]}, "drawn": 0});
    let mut stream: Stream = serde_json::from_value(state).unwrap();
    let reference = [
        41_943_041,
        58_720_359,
        3_588_806_011_781_223,
        3_591_011_842_654_386,
        9_228_616_714_210_784_205,
        9_973_669_472_204_895_162,
        14_011_001_112_246_962_877,
        12_406_186_145_184_390_807,
        15_849_039_046_786_891_736,
        10_450_023_813_501_588_000,
    ];
    assert_eq!(reference.map(|_| stream.next_u64()), reference);
}

#[test]
fn uniform_numbers_are_these() {
    let unit = [
        0.289_095_572_812_377_97,
        0.695_398_670_126_273_8,
        0.985_921_381_002_784_5,
        0.769_311_771_320_497,
    ];
    assert_eq!(first(Stream::unit), unit);
    let uniform = [
        -0.554_522_135_938_110_1,
        1.476_993_350_631_368_6,
        2.929_606_905_013_922,
        1.846_558_856_602_484_9,
    ];
    assert_eq!(first(|stream| stream.uniform(-2.0, 3.0)), uniform);
    assert_eq!(
        first(|stream| stream.chance(0.5)),
        [true, false, false, false]
    );
}

#[test]
fn normal_numbers_are_these_to_the_bit_and_agree_with_scipy() {
    let scipy = [
        -0.556_028_830_972_529_8,
        0.511_211_938_745_694_6,
        2.195_088_667_176_339,
        0.736_582_209_016_178_7,
        -0.939_676_543_876_609_3,
        -0.304_860_007_831_221_3,
    ];
    let ours: [f64; 6] = first(Stream::normal);
    for (ours, scipy) in ours.iter().zip(scipy) {
        assert!((ours - scipy).abs() <= 4.0 * f64::EPSILON * scipy.abs());
    }
    let bits = [
        0xbfe1_cafc_f995_1fc2,
        0x3fe0_5bd9_23c7_99b5,
        0x4001_8f8a_a5aa_bda5,
        0x3fe7_9214_da51_470d,
        0xbfee_11d4_8b18_964b,
        0xbfd3_82d3_8cdf_93d9,
    ];
    assert_eq!(ours.map(f64::to_bits), bits);
}

#[test]
fn truncated_normal_numbers_are_these_to_the_bit_and_agree_with_scipy() {
    let scipy = [
        0.945_462_089_692_558_3,
        2.304_760_045_887_189,
        3.870_590_580_060_612,
        2.606_550_591_630_158_6,
    ];
    let ours: [f64; 4] = first(|stream| stream.truncated_normal(1.0, 2.0, 0.0, 4.0));
    for (ours, scipy) in ours.iter().zip(scipy) {
        assert!((ours - scipy).abs() < 1e-14);
    }
    let bits = [
        0x3fee_4139_b65a_cba0,
        0x4002_7026_08f1_b418,
        0x400e_f6f8_31ac_8728,
        0x4004_da37_3253_5e2b,
    ];
    assert_eq!(ours.map(f64::to_bits), bits);
    let tail: [f64; 2] = first(|stream| stream.truncated_normal(0.0, 1.0, 6.0, 7.0));
    for (ours, scipy) in tail
        .iter()
        .zip([6.197_888_682_395_845, 6.058_622_333_343_692])
    {
        assert!((ours - scipy).abs() < 1e-13);
    }
}

#[test]
fn indices_and_orders_are_these() {
    let below = [2, 6, 9, 7, 1, 3, 1, 9, 7, 6, 8, 3, 5, 0, 5, 1];
    assert_eq!(first(|stream| stream.below(10)), below);
    // A bound for which a quarter of all draws is refused.
    let large = [
        3_999_654_033_384_302_590,
        9_620_880_972_763_008_042,
        13_640_279_544_117_488_787,
    ];
    assert_eq!(first(|stream| stream.below(3 << 62)), large);
    let order = [5, 10, 8, 11, 4, 0, 2, 1, 6, 9, 7, 3];
    assert_eq!(stream().permutation(12), order);
    let drawn = [3, 8, 11, 9, 2, 4, 1, 11, 9, 8, 9, 4];
    assert_eq!(bootstrap_indices(&mut stream(), 12), drawn);
    let counts = [0, 1, 1, 1, 2, 0, 0, 0, 2, 3, 0, 2];
    assert_eq!(bootstrap_counts(&mut stream(), 12), counts);
}

#[test]
fn a_stratified_split_is_this() {
    let classes: Vec<u32> = (0..20).map(|row| u32::from(row % 5 == 0)).collect();
    let split = stratified_split(&Streams::new(7), &classes, &[0.6, 0.25, 0.15]);
    let parts: [&[usize]; 3] = [
        &[1, 2, 3, 5, 6, 9, 10, 11, 12, 13, 16, 19],
        &[0, 4, 7, 14, 17],
        &[8, 15, 18],
    ];
    assert_eq!(split, parts);
}

#[test]
fn fingerprints_are_these() {
    let special = [1.0, -0.0, f32::NAN, f32::INFINITY];
    let of_f32 = Fingerprint::of_f32(&[2, 2], &special);
    assert_eq!(of_f32.to_string(), "bc51a2d4edc85c7bf9b354f11a79dba9");
    let mut hasher = Fingerprinter::new();
    assert_eq!(
        hasher.finish().to_string(),
        "af1349b9f5f9a1a6a0404dea36dcc949"
    );
    hasher.tensor_f64("w", &[1], &[f64::NAN]);
    assert_eq!(
        hasher.finish().to_string(),
        "81b3b87c8390dd11741335988ba7ac40"
    );
    let mut hasher = Fingerprinter::new();
    hasher.tensor_i64("n", &[2], &[-1, 2]);
    assert_eq!(
        hasher.finish().to_string(),
        "ed89d0c0b8086cddbd10702effad8a8a"
    );
    let of_bytes = Fingerprint::of_bytes(b"sea trial");
    assert_eq!(of_bytes.to_string(), "9a9e898a1c223099099f7206265298d0");
}
