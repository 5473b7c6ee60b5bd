//! A bar on a terminal that becomes narrower: the terminal breaks what stands there into several lines, and the bar is
//! drawn again on the last of them only.

use std::io::Write;

use indicatif::ProgressBar;

use crate::terminal::{streams, width_of_errors};

/// Up one line, and that line empty.
const EMPTY_ABOVE: &str = "\u{1b}[1A\u{1b}[2K";

/// How wide the terminal was: a bar takes all of its line, with spaces at the end.
#[derive(Debug, Default)]
pub(super) struct Narrower {
    width: Option<usize>,
}

impl Narrower {
    /// Empties the lines into which the terminal has broken the bar.
    pub(super) fn clear(&mut self, bar: &ProgressBar) {
        let Some(width) = width_of_errors() else {
            return;
        };
        let lines = self.broken_into(width);
        if lines > 1 {
            bar.suspend(|| {
                // A closed standard error must not end a run that goes well.
                let _ = write!(streams::stderr(), "{}", EMPTY_ABOVE.repeat(lines - 1));
            });
        }
        self.width = Some(width);
    }

    /// Into how many lines what was drawn is broken at this width.
    fn broken_into(&self, width: usize) -> usize {
        match self.width {
            Some(was) if width < was => was.div_ceil(width.max(1)),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_broken_only_where_the_terminal_became_narrower() {
        let at = |width| Narrower { width: Some(width) };
        assert_eq!(at(100).broken_into(50), 2);
        assert_eq!(at(120).broken_into(50), 3);
        assert_eq!(at(50).broken_into(120), 1);
        assert_eq!(Narrower::default().broken_into(50), 1);
    }
}
