//! libFuzzer's way to the target `answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| concord_fuzz::meet("answers", data));
