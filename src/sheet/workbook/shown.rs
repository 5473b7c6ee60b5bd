//! What a number format makes of a value: whether people see more in the cell than what is stored.
//!
//! What a format only shortens or dresses up (decimals, thousands, percent, exponents, currencies) stays as it is
//! stored; digits, signs and letters that it adds are part of the value.

use ssfmt::ast::{FormatPart, Section};
use ssfmt::{FormatOptions, NumberFormat};

/// From here on a number may have lost digits: a workbook keeps 15.
pub(super) const LONG_NUMBER: f64 = 1e15;

/// What a number format does, found out once for all cells that have it.
#[derive(Clone, Debug, Default)]
pub(super) enum Format {
    /// Shows what is stored, or less of it.
    #[default]
    Plain,
    /// Shows a day or a time of day.
    Date,
    /// Shows a span of time.
    Duration,
    /// May show more than what is stored.
    Adding(Box<Adding>),
    /// Cannot be told here.
    Unknown,
}

/// A format that may show more than what is stored.
#[derive(Clone, Debug)]
pub(super) struct Adding {
    /// The format as it is applied to numbers.
    number: NumberFormat,
    /// What stands in front of a text and behind it; nothing if the text itself is not shown.
    text: Option<(String, String)>,
    /// Whether it parts, rounds or scales numbers, or names a currency.
    is_quantity: bool,
    /// Whether no program shows the same: a character fills up the cell.
    fills: bool,
}

/// What is seen of a value.
#[derive(Debug, PartialEq)]
pub(super) enum Seen {
    /// What is stored, as far as it matters.
    Stored,
    /// This text.
    Text(String),
    /// Nothing at all, or what cannot be told here.
    Unknown,
}

impl Format {
    /// The format that a workbook writes as `code`.
    pub(super) fn parse(code: &str) -> Format {
        let code = code.trim();
        if matches!(code, "" | "@") || code.eq_ignore_ascii_case("general") {
            return Format::Plain;
        }
        if has_native_digits(code) {
            return Format::Unknown;
        }
        // As a whole number: `General` shortens what is long.
        let Ok(format) = NumberFormat::parse(&general_as_whole(code)) else {
            return Format::Unknown;
        };
        let mut sections = format.sections().to_vec();
        for section in sections
            .iter_mut()
            .filter(|section| section.parts.is_empty())
        {
            // Shows nothing; the library takes it for `General`.
            section.parts.push(FormatPart::Literal(String::new()));
        }
        let parts = || sections.iter().flat_map(|section| &section.parts);
        if let Some(first) = sections.first().filter(|first| first.has_date_parts()) {
            let is_span = |part: &FormatPart| matches!(part, FormatPart::Elapsed(_));
            return match first.parts.iter().any(is_span) {
                true => Format::Duration,
                false => Format::Date,
            };
        }
        let whole = parts().take_while(|part| !matches!(part, FormatPart::DecimalPoint));
        let is_plain = sections.len() == 1
            && sections[0].condition.is_none()
            && parts().all(shows_as_stored)
            && whole.filter(|part| is_zero(part)).count() <= 1;
        if is_plain {
            return Format::Plain;
        }
        Format::Adding(Box::new(Adding {
            text: text_section(&sections),
            is_quantity: parts().any(is_quantity),
            fills: parts().any(
                |part| matches!(part, FormatPart::Fill(char) if char.is_alphanumeric() || *char == '+'),
            ),
            number: NumberFormat::from_sections(sections),
        }))
    }

    /// Whether it may show more than what is stored, or something that is not known.
    pub(super) fn may_add(&self) -> bool {
        matches!(self, Format::Adding(_) | Format::Unknown)
    }

    /// What is seen of a number that is stored as `stored`.
    pub(super) fn number(&self, number: f64, stored: &str) -> Seen {
        match self {
            Format::Plain | Format::Date | Format::Duration => Seen::Stored,
            Format::Unknown => Seen::Unknown,
            Format::Adding(format) => {
                if number.abs() >= LONG_NUMBER {
                    return Seen::Stored; // digits are lost already, which is said
                }
                if format.fills {
                    return Seen::Unknown;
                }
                let shown = format.number.format(number, &FormatOptions::default());
                let amount = match format.is_quantity {
                    true => Amount::Quantity,
                    false => Amount::Number,
                };
                seen(number, stored, &shown, amount)
            }
        }
    }

    /// What is seen of a text.
    pub(super) fn text(&self, text: &str) -> Seen {
        match self {
            Format::Adding(format) => match &format.text {
                None => Seen::Unknown,
                Some((before, behind)) if before.is_empty() && behind.is_empty() => Seen::Stored,
                Some((before, behind)) => Seen::Text(format!("{before}{text}{behind}")),
            },
            _ => Seen::Stored,
        }
    }
}

/// Whether a number is shown as an amount of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// It is, and may be parted, rounded or scaled.
    Quantity,
    /// Nothing says so.
    Number,
}

/// What of a number's shown text counts.
pub(super) fn seen(number: f64, stored: &str, shown: &str, amount: Amount) -> Seen {
    let shown = shown.trim();
    if shown.is_empty() {
        return Seen::Unknown;
    }
    if shown == stored || number.fract() != 0.0 || shown.chars().all(|char| char == '#') {
        return Seen::Stored;
    }
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    match amount {
        Amount::Number => Seen::Text(shown.to_owned()),
        // `1,234.00` and `50%` are amounts; `+1,234` and `60 1,234` are not what is stored.
        Amount::Quantity => {
            let (stored, shown_digits) = (digits(stored), digits(shown));
            let has_exponent = shown
                .to_ascii_uppercase()
                .split_once("E+")
                .is_some_and(|(before, _)| before.ends_with(|char: char| char.is_ascii_digit()));
            let has_sign = shown.contains('+') && !has_exponent;
            let is_longer = shown_digits.len() > stored.len()
                && shown_digits.trim_end_matches('0') != stored.trim_end_matches('0')
                && !shown.contains('%')
                && !has_exponent;
            if has_sign || is_longer {
                Seen::Text(shown.to_owned())
            } else {
                Seen::Stored
            }
        }
    }
}

/// Whether a part of a format adds nothing that counts.
fn shows_as_stored(part: &FormatPart) -> bool {
    matches!(
        part,
        FormatPart::Digit(_)
            | FormatPart::DecimalPoint
            | FormatPart::ThousandsSeparator
            | FormatPart::Percent
            | FormatPart::Scientific { .. }
            | FormatPart::Fraction { .. }
            | FormatPart::Skip(_)
    ) || matches!(part, FormatPart::Locale(locale) if !locale.currency.as_deref().is_some_and(is_part_of_number))
}

/// Whether what stands for a currency is digits or a sign, which people read as a part of the number.
fn is_part_of_number(symbol: &str) -> bool {
    symbol.contains(|char: char| char.is_numeric() || char == '+')
}

fn is_zero(part: &FormatPart) -> bool {
    matches!(part, FormatPart::Digit(digit) if digit.is_required())
}

fn is_quantity(part: &FormatPart) -> bool {
    let currency =
        |text: &str| !text.is_empty() && text.chars().all(|char| "$€£¥₹₩₽฿₫₱₪₺₴₦".contains(char));
    match part {
        FormatPart::DecimalPoint
        | FormatPart::ThousandsSeparator
        | FormatPart::Percent
        | FormatPart::Scientific { .. }
        | FormatPart::Fraction { .. } => true,
        FormatPart::Locale(locale) => {
            let symbol = locale.currency.as_deref();
            symbol.is_some_and(|symbol| !symbol.is_empty() && !is_part_of_number(symbol))
        }
        FormatPart::Literal(text) | FormatPart::EscapedLiteral(text) => currency(text.trim()),
        _ => false,
    }
}

/// Formats that write numbers with other digits, or as words, depending on the language.
fn has_native_digits(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    ["[dbnum", "[natnum"].iter().any(|mark| code.contains(mark))
}

/// The format with `0` in place of `General`, but not within quotes.
fn general_as_whole(code: &str) -> String {
    const GENERAL: &str = "general";
    let pieces = code.split('"').enumerate().map(|(index, piece)| {
        let mut whole = String::new();
        let mut rest = piece;
        let at = |rest: &str| rest.to_ascii_lowercase().find(GENERAL);
        while let (0, Some(found)) = (index % 2, at(rest)) {
            whole += &rest[..found];
            whole.push('0');
            rest = &rest[found + GENERAL.len()..];
        }
        whole + rest
    });
    pieces.collect::<Vec<_>>().join("\"")
}

/// What a format puts around a text; nothing if it does not show the text.
fn text_section(sections: &[Section]) -> Option<(String, String)> {
    let section = match sections {
        [_, _, _, text] => Some(text),
        sections => sections
            .iter()
            .find(|section| section.has_text_placeholder()),
    };
    let Some(section) = section else {
        return Some(Default::default()); // shown as it is
    };
    let is_text = |part: &&FormatPart| matches!(part, FormatPart::TextPlaceholder);
    let at = section.parts.iter().position(|part| is_text(&part))?;
    let literals = |parts: &[FormatPart]| {
        let texts = parts.iter().filter_map(|part| match part {
            FormatPart::Literal(text) | FormatPart::EscapedLiteral(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<String>()
    };
    let (before, behind) = (
        literals(&section.parts[..at]),
        literals(&section.parts[at + 1..]),
    );
    let adds = |text: &String| !text.trim().is_empty();
    Some(match adds(&before) || adds(&behind) {
        true => (before, behind),
        false => Default::default(),
    })
}

/// The format that spreadsheet programs know by this number.
pub(super) fn built_in(id: u32) -> Format {
    match id {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Format::Date,
        46 => Format::Duration,
        _ => Format::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, number: f64) -> Seen {
        Format::parse(code).number(number, &number.to_string())
    }

    fn text(text: &str) -> Seen {
        Seen::Text(text.to_owned())
    }

    #[test]
    fn what_a_format_adds_is_part_of_the_value() {
        for (code, number, seen) in [
            ("\"+62 \"0", 827_633_905.0, "+62 827633905"),
            ("+0", 60_123_456_701.0, "+60123456701"),
            ("\\+0", 60_123_456_701.0, "+60123456701"),
            ("\"+\"General", 601_234_567_012.0, "+601234567012"),
            ("00000", 42.0, "00042"),
            ("(000) 000-0000", 6_502_530_000.0, "(650) 253-0000"),
            (
                "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####",
                6_502_530_000.0,
                "(650) 253-0000",
            ),
            (
                "[<=9999999]###\\-####;\\(###\\)\\ ###\\-####",
                2_530_000.0,
                "253-0000",
            ),
            ("[Red]\"+60\"0;[Blue]-0", 123_456_701.0, "+60123456701"),
            ("\"id:\"0", 12.0, "id:12"),
            ("[$+62-421]0", 827_633_905.0, "+62827633905"),
            ("[$+62 -421]#,##0", 827_633_905.0, "+62 827,633,905"),
            ("[$00]0", 60_123_456_701.0, "0060123456701"),
            ("+#,##0", 60_123_456_701.0, "+60,123,456,701"),
            ("\"General \"0", 12.0, "General 12"),
            ("000\\-00\\-0000", 12_345.0, "000-01-2345"),
        ] {
            assert_eq!(shown(code, number), text(seen), "{code}");
        }
    }

    #[test]
    fn what_a_format_shortens_or_dresses_up_is_read_as_it_is_stored() {
        for code in [
            "General",
            "0",
            "#",
            "0.00",
            "#,##0",
            "#,##0.00",
            "0.00E+00",
            "##0.0E+0",
            "0%",
            "0.00%",
            "# ?/?",
            "$#,##0",
            "[$-409]0",
            "[$€-407] #,##0.00",
            "\"€\"0",
            "0,",
            "0.0,,\"M\"",
            "_-* #,##0_-;-* #,##0_-;_-* \"-\"??_-;_-@_-",
            "#,##0_);[Red](#,##0)",
            "0_);(0)",
            "[Red]General",
            "0;-0;;@",
            "@",
            "",
        ] {
            assert_eq!(shown(code, 60_123_456_701.0), Seen::Stored, "{code}");
        }
        assert_eq!(shown("\"+\"0", 12.5), Seen::Stored);
    }

    #[test]
    fn what_nobody_sees_and_what_cannot_be_told_is_not_taken_for_a_value() {
        for (code, number) in [
            (";;;", 12.0),
            ("0;-0;;@", 0.0),
            ("*00", 12.0),
            ("[DBNum1]0", 12.0),
            ("[abc", 12.0),
        ] {
            assert_eq!(shown(code, number), Seen::Unknown, "{code}");
        }
        assert_eq!(Format::parse(";;;").text("Ann"), Seen::Unknown);
        assert_eq!(Format::parse("\"+\"@").text("60"), text("+60"));
        assert_eq!(Format::parse("_-@_-").text("60"), Seen::Stored);
        assert_eq!(Format::parse("0;-0;;@").text("60"), Seen::Stored);
    }

    #[test]
    fn dates_and_spans_of_time_are_told_from_numbers() {
        for code in ["yyyy-mm-dd", "d/m/yy h:mm", "[$-409]mmm yy", "m/d/yyyy;@"] {
            assert!(matches!(Format::parse(code), Format::Date), "{code}");
        }
        assert!(matches!(Format::parse("[h]:mm:ss"), Format::Duration));
        assert!(matches!(Format::parse("\"days \"0"), Format::Adding(_)));
    }
}
