use super::*;

fn read(text: &str) -> Result<(String, Vec<Repair>), Reason> {
    super::read(text).map(|read| (read.value.to_string(), read.repairs.iter().collect()))
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
fn a_look_alike_is_pointed_out() {
    for (text, character, position) in [
        ("аgent@example.com", 'а', 1),
        ("agеnt@example.com", 'е', 3),
        ("josé@example.com", 'é', 4),
        ("ann@exаmple.com", 'а', 7),
        ("ann@раураl.com", 'р', 5),
        ("ann@сосо.com", 'с', 5),
        ("ann@ınfo.com", 'ı', 5),
        ("anna李@example.com", '李', 5),
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
            .map(|text| super::read(text).expect("an address").value)
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
