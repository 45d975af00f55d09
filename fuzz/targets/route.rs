//! Paths as clients may send them, against any set of routes; the invariants are in `src/route.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::route::run(data));
