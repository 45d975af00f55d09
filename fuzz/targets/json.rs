//! JSON as clients may send it; the invariants are in `src/json.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::json::run(data));
