//! Wire bytes as a service may return them; the invariants are in `src/wire.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::wire::run(data));
