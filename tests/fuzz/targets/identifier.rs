//! Any text as a cell that names a contact, by any rules.

#![no_main]

use libfuzzer_sys::fuzz_target;
use reassign::contact::{self, BareDigits, BarePhones, Identifier, Kind, Repair, Rules};

/// Regions whose plans differ in what they dial, and in whether a zero stays.
const REGIONS: [&str; 10] = ["MY", "US", "DE", "BR", "IT", "AR", "MX", "CN", "NG", "GB"];

/// The first byte chooses the rules, the rest is the cell.
fn rules(choice: u8) -> Rules {
    let kinds = [None, Some(Kind::Id), Some(Kind::Email), Some(Kind::Phone)];
    let digits = [None, Some(BareDigits::Id), Some(BareDigits::Phone)];
    let phones = [
        None,
        Some(BarePhones::International),
        Some(BarePhones::National),
    ];
    let choice = usize::from(choice);
    let region = REGIONS.get(choice / 36 * 2);
    Rules {
        kind: kinds[choice % 4],
        bare_digits: digits[choice / 4 % 3],
        bare_phones: phones[choice / 12 % 3],
        region: region.map(|code| code.parse().expect("a region")),
    }
}

fuzz_target!(|data: (u8, &str)| {
    let (choice, cell) = data;
    let rules = rules(choice);
    if let Ok(identifier) = cell.parse::<Identifier>() {
        assert_eq!(
            identifier.to_string().to_lowercase(),
            cell.to_lowercase(),
            "only what is written is read back"
        );
    }
    let first = match rules.read(cell) {
        Ok(first) => first,
        Err(reason) => {
            let said = reason.to_string();
            assert!(!said.contains('\n') && !said.ends_with('.'), "{said:?}");
            return;
        }
    };
    let text = first.value.to_string();
    assert_eq!(text.parse().as_ref(), Ok(&first.value), "{text}");
    assert!(contact::agrees(&text, &first.value), "{text}");
    // Whatever the column and the options, a normalized value is read as it stands.
    for rules in [rules, Rules::default()] {
        let second = rules.read(&text).expect("what was normalized is readable");
        assert_eq!(second.value, first.value);
        let worth_a_look = |repair| repair == Repair::NotValid;
        assert!(
            second.repairs.iter().all(worth_a_look),
            "{text}: {second:?}"
        );
    }
});
