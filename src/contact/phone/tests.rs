use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::*;
use crate::contact::Region;

#[derive(Debug)]
struct Line {
    region: Region,
    input: String,
    e164: String,
    possible: bool,
    valid: bool,
}

fn reference() -> Vec<Line> {
    let mut reader = csv::Reader::from_path(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/phones.csv"
    ))
    .expect("the table of numbers opens");
    let lines: Vec<Line> = reader
        .records()
        .map(|record| {
            let record = record.expect("the table of numbers is CSV");
            Line {
                region: record[0].parse().expect("a known region"),
                input: record[1].to_owned(),
                e164: record[2].to_owned(),
                possible: &record[3] == "1",
                valid: &record[4] == "1",
            }
        })
        .collect();
    assert_eq!(lines.len(), 14_181);
    lines
}

/// What the numbering plans say of a number as it is written in `region`: the number, whether it is possible, and whether its
/// digits are in use there.
pub(in crate::contact) fn consult(
    text: &str,
    region: Option<Region>,
) -> Result<(Phone, bool, bool), Reason> {
    let text = crate::contact::label::split(text).map_or(text, |(_, value, _)| value);
    let written = WrittenNumber::scan(text)?;
    let found = if written.plus {
        FoundNumber::international(written.digits())
    } else {
        FoundNumber::national(written.digits(), region.ok_or(Reason::NeedsRegion)?)
    }?;
    let possible = found.possible().is_ok();
    Ok((found.phone, possible, possible && found.is_valid()))
}

#[test]
fn every_line_of_the_reference_is_consulted_alike() {
    let differing: Vec<String> = reference()
        .iter()
        .filter_map(|line| {
            let ours = consult(&line.input, Some(line.region));
            let agrees = match &ours {
                Ok((phone, possible, valid)) => {
                    phone.to_string() == line.e164
                        && (*possible, *valid) == (line.possible, line.valid)
                }
                Err(_) => line.e164.is_empty(),
            };
            (!agrees).then(|| format!("{line:?}: {ours:?}"))
        })
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

/// Nigeria dials 009, so the plan takes these for national numbers with two zeros. The E.164 form that this
/// gives is read as a third number by anyone who receives it, so they are refused.
const UNSENDABLE: [&str; 2] = ["002342033123456", "002348021234567"];

/// A number in a form that its country has given up: sent as it stands.
fn is_former(value: &crate::contact::Identifier) -> bool {
    let digits = value.to_string().replace("phone:+", "");
    FoundNumber::of_former_plan(&digits).is_some()
}

#[test]
fn every_possible_number_of_the_reference_is_read_and_no_other() {
    let differing: Vec<String> = reference()
        .iter()
        .filter_map(|line| {
            let rules = Rules {
                region: Some(line.region),
                bare_phones: Some(BarePhones::National),
                kind: Some(crate::contact::Kind::Phone),
                ..Rules::default()
            };
            let ours = rules.read(&line.input);
            let agrees = match &ours {
                Ok(ours) if is_former(&ours.value) => ours.repairs.contains(Repair::NotValid),
                Ok(ours) => {
                    line.possible
                        && ours.value.to_string() == format!("phone:{}", line.e164)
                        && ours.repairs.contains(Repair::NotValid) != line.valid
                }
                Err(_) => !line.possible || UNSENDABLE.contains(&line.input.as_str()),
            };
            (!agrees).then(|| format!("{line:?}: {ours:?}"))
        })
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn the_library_still_takes_eight_digits_for_a_number_of_benin() {
    let found = FoundNumber::international("22912021123").expect("a known country code");
    assert!(found.is_withdrawn());
    assert!(
        PHONE_NUMBER_UTIL.is_possible_number(&found.number),
        "the library knows by now: `is_withdrawn` can go"
    );
}

#[test]
fn without_a_say_on_bare_phones_a_number_is_read_alike_or_refused() {
    let mut refused = 0;
    for line in reference()
        .iter()
        .filter(|line| line.possible && !UNSENDABLE.contains(&line.input.as_str()))
    {
        let rules = Rules {
            region: Some(line.region),
            kind: Some(crate::contact::Kind::Phone),
            ..Rules::default()
        };
        match rules.read(&line.input) {
            // By habit, `00` is the plus sign, also where that country dials something else.
            Ok(ours) if line.input.starts_with("00") && !line.valid => {
                let is_alike = ours.value.to_string() == format!("phone:{}", line.e164);
                let is_in_use = !ours.repairs.contains(Repair::NotValid);
                assert!(is_alike || is_in_use, "{line:?}: {ours:?}");
            }
            Ok(ours) => assert_eq!(
                ours.value.to_string(),
                format!("phone:{}", line.e164),
                "{line:?}"
            ),
            Err(reason) => {
                refused += 1;
                assert!(
                    matches!(reason, Reason::AmbiguousPhone { .. }),
                    "{line:?}: {reason}"
                );
            }
        }
    }
    assert!(refused > 0);
}

#[test]
fn the_national_digits_of_every_valid_number_are_those_behind_its_country_code() {
    for line in reference().iter().filter(|line| line.valid) {
        let phone: Phone = line.e164.parse().expect("the reference's form");
        let found = FoundNumber::parse(&line.e164, None).expect("a valid number");
        assert_eq!(
            phone.national_digits(),
            found.number.national_number,
            "{line:?}"
        );
    }
}

fn read(text: &str, rules: Rules) -> Result<(String, Vec<Repair>), Reason> {
    super::read(text, &rules).map(|read| (read.value.to_string(), read.repairs.iter().collect()))
}

fn in_region(code: &str) -> Rules {
    Rules {
        region: Some(code.parse().expect("a region")),
        ..Rules::default()
    }
}

#[test]
fn a_number_is_read_however_it_is_written() {
    use Repair::*;
    for (text, e164, repairs) in [
        ("+60123456789", "+60123456789", &[][..]),
        ("+60 12-345 6701", "+60123456701", &[PhonePunctuation]),
        ("+1 (415) 555-0132", "+14155550132", &[PhonePunctuation]),
        ("+44.20.7946.0958", "+442079460958", &[PhonePunctuation]),
        (
            "+44 (0)20 7946 0959",
            "+442079460959",
            &[PhonePunctuation, TrunkZero],
        ),
        ("+4402079460959", "+442079460959", &[TrunkZero]),
        (
            "+39 (0)6 1234 5678",
            "+390612345678",
            &[PhonePunctuation, TrunkZero],
        ),
        ("0060123456705", "+60123456705", &[InternationalPrefix]),
        ("(+60)123456707", "+60123456707", &[PhonePunctuation]),
        ("+60 (12) 345/6708", "+60123456708", &[PhonePunctuation]),
        (
            "+60\u{2011}12\u{2013}345 6706",
            "+60123456706",
            &[PhonePunctuation],
        ),
        ("+60123456789.0", "+60123456789", &[DecimalZero]),
        ("+60123456789;", "+60123456789", &[TrailingPunctuation]),
        ("+60123456789 (mobile)", "+60123456789", &[Remark]),
    ] {
        assert_eq!(
            read(text, Rules::default()),
            Ok((e164.to_owned(), repairs.to_vec())),
            "{text}"
        );
    }
}

#[test]
fn a_national_number_is_read_in_its_region_only() {
    use Repair::*;
    assert_eq!(
        read("012-345 6789", in_region("MY")),
        Ok((
            "+60123456789".to_owned(),
            vec![PhonePunctuation, NationalForm]
        ))
    );
    assert_eq!(
        read("012-345 6789", Rules::default()),
        Err(Reason::NeedsRegion)
    );
    assert_eq!(read("123456789", Rules::default()), Err(Reason::NoPlus));
    assert_eq!(
        read("123456789", in_region("MY")),
        Ok(("+60123456789".to_owned(), vec![NationalForm]))
    );
    assert_eq!(
        read("60123456789.0", in_region("MY")),
        Ok(("+60123456789".to_owned(), vec![DecimalZero, MissingPlus]))
    );
    let international = Rules {
        bare_phones: Some(BarePhones::International),
        ..in_region("MY")
    };
    assert_eq!(
        read("0123456789", international).map(|(e164, _)| e164),
        Ok("+60123456789".to_owned())
    );
    let national = Rules {
        bare_phones: Some(BarePhones::National),
        ..Rules::default()
    };
    assert_eq!(read("60123456789", national), Err(Reason::NeedsRegion));
}

#[test]
fn digits_that_fit_twice_are_refused_until_the_admin_says() {
    let international: Phone = "+447911123456".parse().expect("canonical");
    let national: Phone = "+49447911123456".parse().expect("canonical");
    let rules = in_region("DE");
    assert_eq!(
        read("447911123456", rules),
        Err(Reason::AmbiguousPhone {
            international,
            national
        })
    );
    for (say, phone) in [
        (BarePhones::International, international),
        (BarePhones::National, national),
    ] {
        let said = read(
            "447911123456",
            Rules {
                bare_phones: Some(say),
                ..rules
            },
        );
        assert_eq!(said.map(|(e164, _)| e164), Ok(phone.to_string()));
    }
}

#[test]
fn an_exit_code_is_read_where_one_reading_is_a_number_in_use() {
    let read = |text, rules| read(text, rules).map(|(e164, _)| e164);
    let any = Rules::default();
    for (text, rules, e164) in [
        ("0060 12-345 6705", any, "+60123456705"),
        ("0044 20 7946 0959", any, "+442079460959"),
        ("0081 90 1234 5678", any, "+819012345678"),
        ("0091 98450 12345", any, "+919845012345"),
        // With 005 in front it could be +222 21234516, but nobody would write that so.
        ("0052 222 123 4516", any, "+522221234516"),
        ("0011 44 7911 123456", any, "+447911123456"),
        // The country that it is dialled from says which exit code it is.
        ("001 65 8234 5678", in_region("SG"), "+6582345678"),
        ("0016582345678", in_region("MY"), "+16582345678"),
        // Brazil dials 00, a carrier, a country; by habit this is +55 11…, and by the plan no number.
        ("005511961234567", in_region("BR"), "+5511961234567"),
    ] {
        assert_eq!(read(text, rules).as_deref(), Ok(e164), "{text}");
    }
    let one: Phone = "+16582345678".parse().expect("canonical");
    let other: Phone = "+6582345678".parse().expect("canonical");
    for text in [
        "001 65 8234 5678",
        "00165 8234 5678",
        "00165 82345678",
        "0016582345678",
    ] {
        let asked = Err(Reason::AmbiguousExitCode { one, other });
        assert_eq!(read(text, any), asked, "{text}");
    }
    // `00`, a zero that is not dialled behind a country code, and still no number in use.
    assert!(read("810 7 495 1234567", in_region("SG")).is_err());
}

#[test]
fn a_number_of_a_former_plan_is_sent_as_it_stands_and_worth_a_look() {
    for (text, e164) in [
        ("+52 1 222 123 4568", "+5212221234568"),
        ("+22501234567", "+22501234567"),
        ("+22912021123", "+22912021123"),
    ] {
        let (phone, repairs) = read(text, Rules::default()).expect("a number");
        assert_eq!(phone, e164);
        assert!(repairs.contains(&Repair::NotValid), "{text}");
    }
    let (new, _) = read("+522221234560", Rules::default()).expect("a number");
    assert_eq!(new, "+522221234560");
}

#[test]
fn digits_without_plus_fit_one_way_where_the_region_leaves_one() {
    use Repair::*;
    let read = |text, region| read(text, in_region(region));
    assert_eq!(
        read("60123456706", "MY"),
        Ok(("+60123456706".to_owned(), vec![MissingPlus]))
    );
    // Nigeria dials 009; its reading of 00 would be no number that can be sent.
    assert_eq!(
        read("002348021234567", "NG"),
        Ok(("+2348021234567".to_owned(), vec![InternationalPrefix]))
    );
    assert_eq!(
        read("60123456706", "US"),
        Ok(("+60123456706".to_owned(), vec![MissingPlus]))
    );
    assert_eq!(
        read("011 44 20 7946 0958", "US"),
        Ok((
            "+442079460958".to_owned(),
            vec![PhonePunctuation, InternationalPrefix]
        ))
    );
}

#[test]
fn what_is_no_phone_number_is_refused() {
    for (text, reason) in [
        ("+6012", Reason::PhoneTooShort),
        ("+601234567890123456", Reason::PhoneTooLong),
        ("+0123456789", Reason::UnknownCountryCode),
        ("+999123456789", Reason::UnknownCountryCode),
        ("+", Reason::PhoneTooShort),
        ("3", Reason::PhoneTooShort),
        ("++60123456789", Reason::MisplacedPlus),
        ("60+123456789", Reason::MisplacedPlus),
        ("60123456789+", Reason::MisplacedPlus),
        ("+60 12-345 6789 / +60 19-876 5432", Reason::SeveralPhones),
        ("+60112345678\n+14155550132", Reason::SeveralPhones),
        ("1234567 7654321", Reason::SeveralPhones),
        ("+60123456789, +60123456780", Reason::SeveralPhones),
        ("+1 415 555 0133 x5", Reason::Extension),
        ("+1 415 555 0133 ext. 5", Reason::Extension),
        ("+14155550134;ext=12", Reason::Extension),
        ("+14155550134,12", Reason::Character(',')),
        ("+14155550134#12", Reason::Extension),
        ("+60 12 345 6703 (old)", Reason::PhoneLetters),
        ("1-800-FLOWERS", Reason::PhoneLetters),
        ("Mail B", Reason::NotAPhone),
        ("6.0123456789E+10", Reason::DigitsLost),
        ("6.01235E+10", Reason::DigitsLost),
        ("1234567890123456.0", Reason::DigitsLost),
        ("60123456789.5", Reason::Fraction),
        ("60,123,456,789", Reason::Character(',')),
        ("-60123456789", Reason::Negative),
        ("2012-03-04 00:00:00", Reason::Date),
        ("04.03.2012", Reason::Date),
        ("\u{2795}\u{2795}", Reason::NotAPhone),
    ] {
        assert_eq!(read(text, in_region("DE")), Err(reason), "{text}");
    }
}

#[test]
fn the_canonical_form_is_read_strictly() {
    for text in [
        "60123456789",
        "+0123456",
        "+",
        "+6",
        "+60 123",
        "+60123456789 ",
        "++60",
        "+99999999999999999999",
    ] {
        assert!(text.parse::<Phone>().is_err(), "{text}");
    }
    assert_eq!(
        "+60123456789".parse::<Phone>().map(Phone::digits),
        Ok(60_123_456_789)
    );
}
