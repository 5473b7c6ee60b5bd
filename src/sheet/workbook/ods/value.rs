//! What a cell of an OpenDocument spreadsheet holds.

use quick_xml::events::BytesStart;

use super::super::super::cell_facts::Origin;
use super::super::formula::origin;
use super::super::package::text;
use super::super::shown::{Amount, Format, Seen, seen};
use super::super::value::{Value, is_error, write_number};

/// What a cell says of itself, apart from what it shows.
#[derive(Default)]
pub(super) struct Head {
    kind: Option<String>,
    value: Option<String>,
    formula: Option<String>,
    pub(super) style: Option<String>,
    pub(super) span: (u32, u32),
    failed: bool,
    /// Whether a program that computes wrote the cell: only those say of which type it is twice.
    pub(super) is_computed: bool,
}

impl Head {
    pub(super) fn of(element: &BytesStart<'_>) -> Head {
        let mut head = Head {
            span: (1, 1),
            ..Head::default()
        };
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = || Some(text(&attribute.value));
            let number = || attribute.value.trim().parse().unwrap_or(1).max(1);
            let extension = attribute
                .key
                .prefix()
                .is_some_and(|prefix| prefix.as_ref() == "calcext");
            match attribute.key.local_name().as_ref() {
                "value-type" if extension => {
                    head.is_computed = true;
                    head.failed = &*attribute.value == "error";
                }
                "value-type" => head.kind = value(),
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    head.value = value();
                }
                "formula" => head.formula = value(),
                "style-name" => head.style = value(),
                "number-rows-spanned" => head.span.0 = number(),
                "number-columns-spanned" => head.span.1 = number(),
                _ => {}
            }
        }
        head
    }

    pub(super) fn origin(&self, row: u32) -> Origin {
        origin(self.formula.as_deref(), row)
    }

    /// What the cell holds; `shown` is the text that a spreadsheet program shows, if it has any.
    pub(super) fn content(
        self,
        shown: Option<String>,
        format: &Format,
        computes: bool,
    ) -> Option<Value<'static>> {
        let text = match self.value {
            Some(value) if !value.is_empty() => value,
            _ => shown.clone().unwrap_or_default(),
        };
        if self.failed || (self.formula.is_some() && is_error(&text)) {
            return Some(Value::Error(text.into()));
        }
        if text.is_empty() {
            // Writers that do not compute leave an empty text as the result, and so does a formula that says `""`.
            let empty = |formula: &String| {
                (computes && shown.is_some()) || (self.kind.is_some() && formula.contains("\"\""))
            };
            return self
                .formula
                .filter(|formula| !empty(formula))
                .map(|formula| Value::Formula(formula.into()));
        }
        Some(match self.kind.as_deref() {
            Some(kind @ ("float" | "currency" | "percentage")) => match text.trim().parse() {
                Ok(number) => shown_number(number, shown.as_deref(), kind == "float", format),
                Err(_) => Value::Text(text.into()),
            },
            Some("boolean") => Value::Boolean(text.trim().eq_ignore_ascii_case("true")),
            Some("date" | "time") => Value::IsoDate(text.into()),
            _ => Value::shown_text(text, format),
        })
    }
}

/// What is seen of a number. The file holds it as text, unless its writer left that to the program that opens it; where
/// that text and the format contradict each other, nobody knows.
fn shown_number(
    number: f64,
    shown: Option<&str>,
    is_plain: bool,
    format: &Format,
) -> Value<'static> {
    let mut stored = String::new();
    write_number(number, &mut stored);
    let by_format = format.number(number, &stored);
    let amount = |shown: &str| match is_plain && !is_amount(shown) {
        true => Amount::Number,
        false => Amount::Quantity,
    };
    let by_text = shown.map(|shown| seen(number, &stored, shown, amount(shown)));
    match (by_text, by_format) {
        (None | Some(Seen::Stored), Seen::Text(seen)) => Value::Text(seen.into()),
        (None | Some(Seen::Stored), Seen::Stored) => Value::Number(number),
        (Some(Seen::Unknown), Seen::Stored) if shown.is_some_and(str::is_empty) => {
            Value::Number(number) // its writer left the text to the program that opens it
        }
        (Some(Seen::Text(seen)), Seen::Unknown) => Value::Text(seen.into()),
        // Parted by other characters, and the same otherwise.
        (Some(Seen::Text(seen)), Seen::Text(other)) if alike(&seen, &other) => {
            Value::Text(seen.into())
        }
        _ => Value::Unshown(stored.into()),
    }
}

/// Whether two texts have the same letters, digits and plus signs.
fn alike(one: &str, other: &str) -> bool {
    let counts = |char: &char| char.is_alphanumeric() || *char == '+';
    one.chars().filter(counts).eq(other.chars().filter(counts))
}

/// Whether a number is written as amounts are: parted, with decimals, an exponent or a percent sign.
fn is_amount(shown: &str) -> bool {
    let part = |char: char| char.is_ascii_digit() || ".,'’ \u{a0}\u{202f}%".contains(char);
    let digits = shown.trim().trim_start_matches(['-', '−']);
    let (digits, exponent) = match digits.split_once(['E', 'e']) {
        Some((digits, exponent)) => (digits, exponent.trim_start_matches(['+', '-'])),
        None => (digits, ""),
    };
    digits.starts_with(|char: char| char.is_ascii_digit())
        && digits.chars().all(part)
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}
