//! Any bytes as parts of a workbook that are read without the engine, and as messages of the reading process.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reassign::sheet::probe;

fuzz_target!(|data: &[u8]| probe(data));
