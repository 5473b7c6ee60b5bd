//! A rate as the user writes it, `10/s`, and the distance between requests that keeps it.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::Error;

/// How many requests an endpoint may get per unit of time.
///
/// Written `10/s`, `600/m` or `3600/h`: a whole number and a second, a minute or an hour. [`Pacer`](super::Pacer)
/// keeps it in every window of that unit, wherever the window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    unit: Unit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    fn from_letter(letter: &str) -> Option<Unit> {
        match letter {
            "s" | "S" => Some(Unit::Second),
            "m" | "M" => Some(Unit::Minute),
            "h" | "H" => Some(Unit::Hour),
            _ => None,
        }
    }

    fn letter(self) -> char {
        match self {
            Unit::Second => 's',
            Unit::Minute => 'm',
            Unit::Hour => 'h',
        }
    }

    fn micros(self) -> u64 {
        match self {
            Unit::Second => 1_000_000,
            Unit::Minute => 60_000_000,
            Unit::Hour => 3_600_000_000,
        }
    }
}

impl Rate {
    /// Ten a second: the limit that the API names as an example.
    pub const EXAMPLE: Rate = Rate {
        count: NonZeroU32::MIN.saturating_add(9),
        unit: Unit::Second,
    };

    /// The number of requests allowed in any one [`unit`](Rate::unit).
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// The length of the window in which at most [`count`](Rate::count) requests leave: a second, a minute or an hour.
    pub fn unit(&self) -> Duration {
        Duration::from_micros(self.unit.micros())
    }

    /// The time between two requests at this rate: 1.02 parts of the unit divided by the count, in whole microseconds,
    /// rounded up.
    ///
    /// The 2 % is the room in which a request that leaves late does not push all later ones back; `n` requests take
    /// `(n - 1) * interval`.
    pub fn interval(&self) -> Duration {
        let micros = (self.unit.micros() * 102).div_ceil(u64::from(self.count.get()) * 100);
        Duration::from_micros(micros)
    }
}

impl FromStr for Rate {
    type Err = Error;

    /// Reads `10/s`, `600/m` or `3600/h`; blanks around the parts do not matter.
    ///
    /// # Errors
    /// [`Error::Rate`], with a rate that would work, for a missing or unknown unit, a fraction, zero, and what is no
    /// number.
    fn from_str(text: &str) -> Result<Rate, Error> {
        let wrong = |problem: &str, instead: String| Error::Rate {
            given: super::server_message::printable(text, 40),
            problem: problem.to_owned(),
            instead,
        };
        let ten = || "10/s".to_owned();
        let (number, unit) = match text.split_once('/') {
            Some((number, unit)) => (number.trim(), unit.trim()),
            None => {
                let number = text.trim();
                let instead = match number.parse::<NonZeroU32>() {
                    Ok(count) => format!("{count}/s"),
                    Err(_) => ten(),
                };
                return Err(wrong("has no unit", instead));
            }
        };
        let unit = Unit::from_letter(unit)
            .ok_or_else(|| wrong("has a unit that is none of `s`, `m` and `h`", ten()))?;
        match number.parse::<u32>() {
            Ok(count) => match NonZeroU32::new(count) {
                Some(count) => Ok(Rate { count, unit }),
                None => Err(wrong("allows nothing", ten())),
            },
            Err(_) => match whole(number, unit) {
                Some(same) => Err(wrong("is not a whole number", same.to_string())),
                None => Err(wrong("is not a whole number", ten())),
            },
        }
    }
}

/// The rate that says the same as a fraction such as `2.5` per `unit`, in whole numbers of a longer unit.
fn whole(number: &str, unit: Unit) -> Option<Rate> {
    let number: f64 = number.parse().ok()?;
    [Unit::Minute, Unit::Hour]
        .into_iter()
        .filter(|longer| longer.micros() > unit.micros())
        .find_map(|longer| {
            let count = number * (longer.micros() / unit.micros()) as f64;
            let fits = count.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(&count);
            let count = NonZeroU32::new(fits.then_some(count as u32)?)?;
            Some(Rate {
                count,
                unit: longer,
            })
        })
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, self.unit.letter())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;

    #[test]
    fn a_rate_reads_back_as_it_was_written() {
        for (text, shown, micros) in [
            ("10/s", "10/s", 102_000),
            (" 600 / m ", "600/m", 102_000),
            ("3600/H", "3600/h", 1_020_000),
            ("7/s", "7/s", 145_715),
            ("1/h", "1/h", 3_672_000_000),
            ("4294967295/s", "4294967295/s", 1),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.to_string(), shown);
            assert_eq!(rate.interval(), Duration::from_micros(micros), "{text}");
            assert_eq!(shown.parse::<Rate>().unwrap(), rate);
        }
    }

    #[test]
    fn a_rate_that_makes_no_sense_is_answered_with_one_that_does() {
        for (text, sentence) in [
            ("10", "the rate `10` has no unit; write `10/s`"),
            ("", "the rate `` has no unit; write `10/s`"),
            ("ten", "the rate `ten` has no unit; write `10/s`"),
            ("0", "the rate `0` has no unit; write `10/s`"),
            ("0/s", "the rate `0/s` allows nothing; write `10/s`"),
            (
                "-1/s",
                "the rate `-1/s` is not a whole number; write `10/s`",
            ),
            (
                "2.5/s",
                "the rate `2.5/s` is not a whole number; write `150/m`",
            ),
            (
                "0.5/m",
                "the rate `0.5/m` is not a whole number; write `30/h`",
            ),
            (
                "0.001/s",
                "the rate `0.001/s` is not a whole number; write `10/s`",
            ),
            (
                "nan/s",
                "the rate `nan/s` is not a whole number; write `10/s`",
            ),
            (
                "99999999999/s",
                "the rate `99999999999/s` is not a whole number; write `10/s`",
            ),
            (
                "10/d",
                "the rate `10/d` has a unit that is none of `s`, `m` and `h`; write `10/s`",
            ),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap_err().to_string(), sentence);
        }
    }
}
