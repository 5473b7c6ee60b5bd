//! The sandbox keeps the contract: every answer, over raw HTTP, is one that the API's description documents.

mod answers;
mod contacts;
mod document;
mod examples;
mod faults;
mod lists;
mod speak;
