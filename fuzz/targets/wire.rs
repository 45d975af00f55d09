//! Wire bytes as a service may answer them; what must hold stands in `src/wire.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::wire::run(data));
