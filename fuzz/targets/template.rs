//! Path templates as protos may write them; what must hold stands in `src/template.rs`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| order_fuzz::template::run(data));
