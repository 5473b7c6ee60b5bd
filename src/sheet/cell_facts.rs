//! What is known of a cell beside its text.

use serde::{Deserialize, Serialize};

/// What a cell was before it became text.
///
/// In CSV everything is [`Text`](CellKind::Text); only a workbook knows more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum CellKind {
    /// Text, or nothing.
    #[default]
    Text = 0,
    /// A number with all its digits.
    Number = 1,
    /// A number of 16 digits or more: a workbook keeps 15, the rest is lost.
    LongNumber = 2,
    /// A date, a time or a span of time, given as ISO 8601 text.
    Date = 3,
    /// `TRUE` or `FALSE`.
    Boolean = 4,
    /// An error such as `#N/A`.
    Error = 5,
    /// A formula whose result is not in the file, given as its text (`=A1+1`).
    Formula = 6,
    /// A value that its format shows as something that is not known here, or does not show at all; given as it is
    /// stored.
    Unshown = 7,
    /// Nothing, or a value that nobody sees, under a merged range that shows what stands left of it.
    Covered = 8,
}

/// How a cell came by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody typed it, as far as the file tells.
    Typed,
    /// A formula computed it.
    Computed,
    /// A formula computed it from the cells above: a sum, a count, a mean.
    Aggregate,
}

/// What is known of a cell beside its text: its kind, and how it came by its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark(u8);

impl Mark {
    /// The value is that of a cell above, with which it is merged.
    pub(super) const FILLED: u8 = 0x10;
    /// The cell is merged with those right of it.
    pub(super) const ACROSS: u8 = 0x20;
    const COMPUTED: u8 = 0x40;
    const AGGREGATE: u8 = 0x80;

    pub(super) fn new(kind: CellKind, origin: Origin) -> Mark {
        let origin = match origin {
            Origin::Typed => 0,
            Origin::Computed => Mark::COMPUTED,
            Origin::Aggregate => Mark::AGGREGATE,
        };
        Mark(kind as u8 | origin)
    }

    pub(super) fn with(self, flag: u8) -> Mark {
        Mark(self.0 | flag)
    }

    pub(super) fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// The kind; anything that no kind is stored as counts as one that cannot be used.
    pub(super) fn kind(self) -> CellKind {
        use CellKind::*;
        const KINDS: [CellKind; 9] = [
            Text, Number, LongNumber, Date, Boolean, Error, Formula, Unshown, Covered,
        ];
        let kind = KINDS.get(usize::from(self.0 & 0x0F));
        kind.copied().unwrap_or(Unshown)
    }

    pub(super) fn origin(self) -> Origin {
        match () {
            () if self.has(Mark::AGGREGATE) => Origin::Aggregate,
            () if self.has(Mark::COMPUTED) => Origin::Computed,
            () => Origin::Typed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_holds_its_kind_and_origin() {
        for byte in 0..=8 {
            let kind = Mark(byte).kind();
            assert_eq!(kind as u8, byte);
            for origin in [Origin::Typed, Origin::Computed, Origin::Aggregate] {
                let mark = Mark::new(kind, origin)
                    .with(Mark::FILLED)
                    .with(Mark::ACROSS);
                assert_eq!((mark.kind(), mark.origin()), (kind, origin));
            }
        }
        assert_eq!(Mark(9).kind(), CellKind::Unshown);
    }
}
