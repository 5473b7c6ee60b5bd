use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;

use super::*;

fn rules(kind: Option<Kind>) -> Rules {
    Rules {
        kind,
        ..Rules::default()
    }
}

fn read(cell: &str, rules: Rules) -> Result<String, Reason> {
    rules.read(cell).map(|read| read.value.to_string())
}

#[test]
fn a_cell_that_names_its_kind_is_read_as_that_in_every_column() {
    for kind in [None, Some(Kind::Id), Some(Kind::Email), Some(Kind::Phone)] {
        for (cell, identifier) in [
            ("id:1001", "id:1001"),
            ("ID: 1002", "id:1002"),
            ("email:alice@example.com", "email:alice@example.com"),
            ("Email:Alice@EXAMPLE.com", "email:Alice@example.com"),
            ("alice@example.com", "email:alice@example.com"),
            ("<alice@example.com>", "email:alice@example.com"),
            ("mailto:alice@example.com", "email:alice@example.com"),
            ("phone:+60123456789", "phone:+60123456789"),
            (" phone:+60 19-876 5432 ", "phone:+60198765432"),
            ("+60 12-345 6789", "phone:+60123456789"),
            ("(+60)123456707", "phone:+60123456707"),
            ("tel:+60-12-345-6702", "phone:+60123456702"),
            ("Tel: +60 12 345 6704", "phone:+60123456704"),
            ("p:+60123456789", "phone:+60123456789"),
            ("whatsapp:+60123456789", "phone:+60123456789"),
            ("phone:0060123456789", "phone:+60123456789"),
        ] {
            assert_eq!(
                read(cell, rules(kind)).as_deref(),
                Ok(identifier),
                "{cell} in {kind:?}"
            );
        }
    }
}

#[test]
fn slashes_in_front_of_an_address_are_part_of_it() {
    for cell in ["//ann@example.com", "email://ann@example.com"] {
        assert_eq!(
            read(cell, rules(None)).as_deref(),
            Ok("email://ann@example.com"),
            "{cell}"
        );
    }
    assert_eq!(
        read("mailto://ann@example.com", rules(None)).as_deref(),
        Ok("email:ann@example.com")
    );
}

#[test]
fn bare_digits_are_what_the_column_or_the_admin_says() {
    let said = |kind, bare_digits| Rules {
        kind,
        bare_digits,
        bare_phones: Some(BarePhones::International),
        region: None,
    };
    let cell = "60123456789";
    assert_eq!(read(cell, said(None, None)), Err(Reason::BareDigits));
    assert_eq!(
        read("60123456789.0", said(None, None)),
        Err(Reason::BareDigits)
    );
    assert_eq!(
        read(cell, said(Some(Kind::Email), None)),
        Err(Reason::NotAnEmail)
    );
    for (kind, bare_digits, identifier) in [
        (None, Some(BareDigits::Id), "id:60123456789"),
        (None, Some(BareDigits::Phone), "phone:+60123456789"),
        (Some(Kind::Id), None, "id:60123456789"),
        (Some(Kind::Id), Some(BareDigits::Phone), "id:60123456789"),
        (Some(Kind::Phone), None, "phone:+60123456789"),
    ] {
        assert_eq!(
            read(cell, said(kind, bare_digits)).as_deref(),
            Ok(identifier)
        );
    }
    assert_eq!(
        read("6012-345 6789", said(None, None)).as_deref(),
        Ok("phone:+60123456789")
    );
}

#[test]
fn an_id_keeps_all_its_digits_or_is_refused() {
    for (cell, id) in [
        ("101", "id:101"),
        ("12.0", "id:12"),
        ("1234567890123456789", "id:1234567890123456789"),
        ("18446744073709551615", "id:18446744073709551615"),
    ] {
        assert_eq!(read(cell, rules(Some(Kind::Id))).as_deref(), Ok(id));
    }
    for (cell, reason) in [
        ("0", Reason::ZeroId),
        ("007", Reason::LeadingZero),
        ("12.5", Reason::Fraction),
        ("12.000", Reason::Fraction),
        ("-12", Reason::Negative),
        ("1.2E+8", Reason::DigitsLost),
        ("1234567890123456.0", Reason::DigitsLost),
        ("18446744073709551616", Reason::IdTooLong),
        ("12 34", Reason::NotAnId),
        ("1,234", Reason::NotAnId),
        ("12a", Reason::NotAnId),
        ("TRUE", Reason::Boolean),
        ("2024-06-30", Reason::Date),
        ("12¹", Reason::Character('¹')),
    ] {
        assert_eq!(read(cell, rules(Some(Kind::Id))), Err(reason), "{cell}");
    }
}

#[test]
fn a_phone_pasted_from_a_chat_or_a_document_is_read() {
    for cell in [
        "\u{202a}+60 12-345 6701\u{202c}",
        "\u{2066}+60 12-345 6701\u{2069}",
        "+60\u{a0}12\u{2011}345\u{a0}6701",
        "+60\u{200b}123456701\u{200b}",
        "\u{feff}+60123456701",
        "+6012\u{2013}345\u{2013}6701",
        "+6012\u{ad}345\u{ad}6701",
        "+60\u{3000}12\u{3000}3456701",
        "＋６０１２３４５６７０１",
        "+٦٠١٢٣٤٥٦٧٠١",
        "\u{2795}60123456701",
        "'+60123456701",
        "=\"+60123456701\"",
        "+60123456701\n",
    ] {
        let read = rules(Some(Kind::Phone)).read(cell).expect(cell);
        assert_eq!(read.value.to_string(), "phone:+60123456701", "{cell:?}");
        assert!(!read.repairs.is_empty(), "{cell:?}");
    }
}

#[test]
fn what_is_no_identifier_is_refused() {
    for kind in [None, Some(Kind::Id), Some(Kind::Email), Some(Kind::Phone)] {
        for cell in [
            "Mail B",
            "*** end of report ***",
            "TRUE",
            "2012-03-04 00:00:00",
            "#REF!",
            "=1+1",
            "6.01E+10",
            "6.0123456789E+10",
            "3",
            "a@b",
            "phone:",
            "id:",
            "id:0",
            "id:abc",
            "phone:abc",
            "email:abc",
            "+60123456789@",
            "https://wa.me/60123456789",
        ] {
            if kind == Some(Kind::Id) && cell == "3" {
                continue;
            }
            let reason = rules(kind).read(cell).expect_err(cell);
            assert!(!reason.is_blank(), "{cell}: {reason}");
        }
        for cell in ["", " ", "\u{200b}", "-", "N/A", "null", "(blank)"] {
            assert!(
                rules(kind).read(cell).expect_err(cell).is_blank(),
                "{cell:?}"
            );
        }
    }
    assert_eq!(read("Ann", rules(None)), Err(Reason::NotAnIdentifier));
}

#[test]
fn a_look_alike_is_counted_in_the_cell_as_it_stands() {
    assert_eq!(
        read(" \"аnn@example.com\"", rules(None)).map_err(|reason| reason.to_string()),
        Err(
            "character 3 is `а` (U+0430, Cyrillic), which can be taken for another letter; type the whole address again, or write `email:` in front of it if it is right"
                .to_owned()
        )
    );
}

#[test]
fn a_reason_says_what_is_wrong_and_what_would_fix_it() {
    let phone: Phone = "+60123456789".parse().expect("canonical");
    for reason in [
        Reason::Blank,
        Reason::BlankWord("n/a".into()),
        Reason::BareDigits,
        Reason::NoPlus,
        Reason::DigitsLost,
        Reason::Character('\u{7}'),
        Reason::AmbiguousPhone {
            international: phone,
            national: phone,
        },
        Reason::EmailDomainCharacter(' '),
    ] {
        let said = reason.to_string();
        assert!(!said.ends_with('.') && !said.contains('\n'), "{said}");
        assert!(said.contains([';', ':']), "{said}");
    }
}

#[test]
fn the_choices_of_the_command_line_are_read_as_they_are_written() {
    for choice in [BareDigits::Id, BareDigits::Phone] {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    for choice in [BarePhones::International, BarePhones::National] {
        assert_eq!(choice.to_string().to_uppercase().parse(), Ok(choice));
    }
    let error = "both".parse::<BarePhones>().expect_err("no such way");
    assert_eq!(
        error.to_string(),
        "`both` does not say how bare phone numbers are written; use `international` or `national`"
    );
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let kind = prop::option::of(prop::sample::select(vec![
        Kind::Id,
        Kind::Email,
        Kind::Phone,
    ]));
    let region = prop::option::of(prop::sample::select(vec![
        "MY", "US", "DE", "BR", "IT", "AR", "MX", "CN",
    ]));
    let digits = prop::option::of(prop::sample::select(vec![
        BareDigits::Id,
        BareDigits::Phone,
    ]));
    let phones = prop::option::of(prop::sample::select(vec![
        BarePhones::International,
        BarePhones::National,
    ]));
    (kind, region, digits, phones).prop_map(|(kind, region, bare_digits, bare_phones)| Rules {
        kind,
        region: region.map(|code| code.parse().expect("a region")),
        bare_digits,
        bare_phones,
    })
}

/// Cells near enough to values that many of them can be read.
fn likely_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,24}",
        "[ \u{a0}\u{200b}\"'(<]{0,2}(id:|phone:|tel: ?|email:|mailto:|\\+|00|0)?[0-9]{1,16}(\\.0)?[ \")>]{0,2}",
        "\\+?[1-9][0-9]{0,2}[ -]?(\\(0\\))?[0-9 ./-]{5,14}",
        "([A-Z][a-z]{1,5} <)?[a-zA-Z0-9.+а]{1,8}@[a-zA-Zü0-9-]{1,8}\\.[a-zA-Z.]{2,5}[.,;>]{0,2}",
        "(\\+|00)?(60|44|1|49|55|39)[1-9][0-9 -]{7,10}",
        "[0-9.,eE+/-]{1,20}",
    ]
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_was_read_once_reads_as_the_same_without_repair(cell in likely_cell(), rules in any_rules()) {
        if let Ok(first) = rules.read(&cell) {
            let text = first.value.to_string();
            for rules in [rules, Rules::default()] {
                let second = rules.read(&text);
                prop_assert_eq!(second.as_ref().map(|read| &read.value), Ok(&first.value), "{}", text);
                let worth_a_look = first.repairs.iter().filter(|repair| *repair == Repair::NotValid);
                prop_assert_eq!(second.map(|read| read.repairs), Ok(worth_a_look.collect()));
            }
            prop_assert_eq!(text.parse(), Ok(first.value));
        }
    }

    #[test]
    fn a_cell_agrees_with_what_was_read_from_its_canonical_form(cell in likely_cell(), rules in any_rules()) {
        if let Ok(read) = rules.read(&cell) {
            prop_assert!(agrees(&read.value.to_string(), &read.value));
        }
    }

    #[test]
    fn an_assignee_read_once_reads_as_the_same_without_repair(cell in likely_cell()) {
        if let Ok(first) = Assignee::read(&cell) {
            let text = first.value.to_string();
            prop_assert_eq!(
                Assignee::read(&text),
                Ok(ReadValue { value: first.value.clone(), repairs: Repairs::NONE })
            );
            prop_assert!(first.value.agrees(&cell));
            prop_assert_eq!(text.parse(), Ok(first.value));
        }
    }

    #[test]
    fn equal_emails_hash_and_order_alike(a in "[aAbB]{1,3}@[xX]{1,2}\\.[cC]om", b in "[aAbB]{1,3}@[xX]{1,2}\\.[cC]om") {
        let read = |text: &str| Rules::default().read(text).map(|read| read.value);
        let (a, b) = (read(&a).expect("an email"), read(&b).expect("an email"));
        prop_assert_eq!(a == b, a.cmp(&b).is_eq());
        if a == b {
            prop_assert_eq!(hash(&a), hash(&b));
        }
    }

    #[test]
    fn no_text_at_all_is_a_panic(cell in any::<String>(), rules in any_rules()) {
        let _ = rules.read(&cell);
        let _ = Assignee::read(&cell);
        let _ = cell.parse::<Identifier>();
        let _ = cell.parse::<Assignee>();
        let _ = cell.parse::<Region>();
        let _ = agrees(&cell, &Identifier::Id(1));
        let _ = phone::tests::consult(&cell, rules.region);
    }
}
