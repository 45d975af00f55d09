//! Path templates as protos may contain them; the invariants are in `src/template.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::template::run(data));
