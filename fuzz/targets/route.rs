//! Paths as clients may send them, against any routes; what must hold stands in `src/route.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::route::run(data));
