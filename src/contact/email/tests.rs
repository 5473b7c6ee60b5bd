use super::*;

fn read(text: &str) -> Result<(String, Vec<Repair>), Reason> {
    super::read(text, Letters::Plain)
        .map(|read| (read.value.to_string(), read.repairs.iter().collect()))
}

#[test]
fn an_address_is_kept_as_written_with_its_domain_in_lower_case() {
    for (text, address) in [
        ("ann@example.com", "ann@example.com"),
        ("Ann.Lee+x@Example.COM", "Ann.Lee+x@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
        ("a@b.co", "a@b.co"),
        ("ann@xn--mnchen-3ya.de", "ann@xn--mnchen-3ya.de"),
        ("ann@a-b.example", "ann@a-b.example"),
        ("用户@example.com", "用户@example.com"),
    ] {
        assert_eq!(read(text), Ok((address.to_owned(), vec![])), "{text}");
    }
}

#[test]
fn what_stands_around_an_address_is_taken_off() {
    use Repair::*;
    for (text, repairs) in [
        ("mailto:ann@example.com", &[Mailto][..]),
        ("mailto:ann@example.com?subject=Hi", &[Mailto]),
        ("Ann Lee <ann@example.com>", &[DisplayName]),
        ("\"Lee, Ann\" <ann@example.com>", &[DisplayName]),
        ("ann@example.com <ann@example.com>", &[DisplayName]),
        (
            "Ann <mailto:ann@example.com>;",
            &[Mailto, DisplayName, TrailingPunctuation],
        ),
        ("ann@example.com.", &[TrailingPunctuation]),
        ("ann@example.com,;", &[TrailingPunctuation]),
    ] {
        assert_eq!(
            read(text),
            Ok(("ann@example.com".to_owned(), repairs.to_vec())),
            "{text}"
        );
    }
}

#[test]
fn an_internationalized_domain_is_sent_in_ascii() {
    for (text, address) in [
        ("ann@münchen.de", "ann@xn--mnchen-3ya.de"),
        ("ann@MÜNCHEN.de", "ann@xn--mnchen-3ya.de"),
        ("ann@пример.рф", "ann@xn--e1afmkfd.xn--p1ai"),
        ("ann@例え.jp", "ann@xn--r8jz45g.jp"),
    ] {
        assert_eq!(
            read(text),
            Ok((address.to_owned(), vec![Repair::InternationalDomain])),
            "{text}"
        );
    }
}

#[test]
fn letters_of_every_script_are_taken_alike() {
    for text in [
        "josé@example.es",
        "ñoño@example.es",
        "straße@example.de",
        "李@example.com",
        "пошта32@example.com",
        "δοκιμή@example.gr",
        "anna李@example.com",
    ] {
        assert_eq!(read(text), Ok((text.to_owned(), vec![])), "{text}");
    }
    let address = |text| super::read(text, Letters::Plain).expect("an address").value;
    assert_eq!(address("JOSÉ@example.es"), address("josé@Example.es"));
    // Whoever says that it is the address gets it sent.
    let said = super::read("аgent@example.com", Letters::AsTheyStand);
    assert_eq!(
        said.expect("an address").value.as_str(),
        "аgent@example.com"
    );
}

#[test]
fn a_name_may_stand_on_either_side_of_an_address() {
    for text in [
        "Dee Fox <dee@example.com>",
        "Dee Fox (dee@example.com)",
        "dee@example.com (Dee Fox)",
        "Dee Fox [dee@example.com]",
        "dee@example.com <mailto:dee@example.com>",
        "[dee@example.com](mailto:dee@example.com)",
        "Dee Fox [mailto:dee@example.com]",
    ] {
        let found = read(text).map(|(address, _)| address);
        assert_eq!(found.as_deref(), Ok("dee@example.com"), "{text}");
    }
    assert_eq!(name_beside("Dee Fox (dee@example.com)"), Some("Dee Fox"));
    assert_eq!(name_beside("dee@example.com (Dee Fox)"), Some("Dee Fox"));
    assert_eq!(name_beside("dee@example.com"), None);
    let two = read("dee@example.com (ann@example.com)");
    assert_eq!(two, Err(Reason::SeveralEmails));
}

#[test]
fn a_chat_id_is_no_address_and_its_number_is_named() {
    for (text, number) in [
        ("5215512345682@c.us", Some("+5215512345682")),
        ("60123456701@s.whatsapp.net", Some("+60123456701")),
        ("60123456701:12@s.whatsapp.net", Some("+60123456701")),
        ("120363041234567890@g.us", None),
        ("123456789012345@lid", None),
    ] {
        let number = number.map(|number| number.parse().expect("a number"));
        assert_eq!(read(text), Err(Reason::ChatId { number }), "{text}");
    }
}

#[test]
fn a_look_alike_is_pointed_out() {
    for (text, character, position) in [
        ("аgent@example.com", 'а', 1),
        ("agеnt@example.com", 'е', 3),
        ("ann@exаmple.com", 'а', 7),
        ("ann@раураl.com", 'р', 5),
        ("ann@сосо.com", 'с', 5),
        ("ann@ınfo.com", 'ı', 5),
        ("annаlee@example.com", 'а', 4),
        ("ann\u{2010}lee@example.com", '\u{2010}', 0),
    ] {
        let expected = match position {
            0 => Reason::EmailLocalCharacter(character),
            position => Reason::LookAlike {
                character,
                position,
            },
        };
        assert_eq!(read(text), Err(expected), "{text}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_the_reason() {
    let long_local = format!("{}@example.com", "a".repeat(65));
    let long_label = format!("a@{}.com", "b".repeat(64));
    let long = format!("a@{}.com", vec!["b".repeat(60); 5].join("."));
    for (text, reason) in [
        ("ann", Reason::NotAnEmail),
        ("@example.com", Reason::EmailNoLocal),
        ("ann@", Reason::EmailNoDomain),
        ("ann@localhost", Reason::EmailNoDomain),
        ("ann@@example.com", Reason::SeveralAts),
        ("ann@example.com, bob@example.com", Reason::SeveralEmails),
        ("ann@example.com;bob@example.com", Reason::SeveralEmails),
        ("ann@example.com bob@example.com", Reason::SeveralEmails),
        ("bob@example.com <ann@example.com>", Reason::SeveralEmails),
        ("ann lee@example.com", Reason::EmailSpace),
        ("ann@example .com", Reason::EmailSpace),
        ("agent\n@example.com", Reason::SeveralLines),
        ("\"ann lee\"@example.com", Reason::EmailSpace),
        ("\"ann\"@example.com", Reason::EmailQuoted),
        (".ann@example.com", Reason::EmailDot),
        ("ann.@example.com", Reason::EmailDot),
        ("ann..lee@example.com", Reason::EmailDot),
        ("ann@example..com", Reason::EmailDot),
        ("ann@.example.com", Reason::EmailDot),
        ("ann(x)@example.com", Reason::EmailLocalCharacter('(')),
        ("ann@exam_ple.com", Reason::EmailDomainCharacter('_')),
        ("ann@[127.0.0.1]", Reason::EmailDomainCharacter('[')),
        ("ann@127.0.0.1", Reason::EmailDomain),
        ("ann@-example.com", Reason::EmailDomain),
        ("ann@example-.com", Reason::EmailDomain),
        ("ann@example.c", Reason::EmailDomain),
        ("ann@xn--a.com", Reason::EmailDomain),
        (&long_local, Reason::EmailLocalTooLong),
        (&long_label, Reason::EmailTooLong),
        (&long, Reason::EmailTooLong),
    ] {
        assert_eq!(read(text), Err(reason), "{text}");
    }
}

#[test]
fn addresses_that_differ_in_case_only_are_one() {
    use std::collections::{BTreeSet, HashSet};
    let addresses = [
        "Ann@example.com",
        "ann@EXAMPLE.com",
        "ANN@example.com",
        "bob@example.com",
    ];
    let read = || {
        addresses
            .iter()
            .map(|text| super::read(text, Letters::Plain).expect("an address").value)
    };
    assert_eq!(read().collect::<HashSet<_>>().len(), 2);
    assert_eq!(read().collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn the_canonical_form_is_read_strictly() {
    for text in [
        "ann@Example.com",
        " ann@example.com",
        "ann@example.com.",
        "ann@münchen.de",
        "<ann@example.com>",
        "",
    ] {
        assert!(text.parse::<Email>().is_err(), "{text}");
    }
    assert_eq!(
        "Ann@example.com"
            .parse::<Email>()
            .map(|email| email.to_string()),
        Ok("Ann@example.com".to_owned())
    );
}
