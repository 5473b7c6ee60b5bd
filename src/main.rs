//! Parses the arguments, runs the command, prints one error line, exits.

fn main() {}
