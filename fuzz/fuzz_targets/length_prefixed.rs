#![no_main]

use libfuzzer_sys::fuzz_target;

mod framings;

fuzz_target!(|input: &[u8]| framings::checks::length_prefixed(input));
