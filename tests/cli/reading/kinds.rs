//! Files by what they are.
