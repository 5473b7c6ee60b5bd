//! What docs/reliability.md promises is shown by the tests that it names.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every name in backticks that can only be that of a test.
fn named(page: &str) -> BTreeSet<&str> {
    let is_name = |text: &&str| {
        text.matches('_').count() >= 3
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    page.split('`').skip(1).step_by(2).filter(is_name).collect()
}

/// The functions that are marked as tests in the files below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            for (place, _) in text.match_indices("test]\n") {
                let name = text[place..]
                    .split_once("fn ")
                    .and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}

#[test]
fn every_promise_is_shown_by_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let mut existing = BTreeSet::new();
    for folder in ["src", "tests/cli"] {
        tests(&root.join(folder), &mut existing);
    }
    let named = named(&page);
    let missing: Vec<_> = named
        .iter()
        .filter(|name| !existing.contains(**name))
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
    assert!(named.len() > 35, "only {} tests are named", named.len());
}
