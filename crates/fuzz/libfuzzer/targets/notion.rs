//! libFuzzer's way to the target `notion`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| concord_fuzz::meet("notion", data));
