//! Whether a plan is out of date: how many contacts somebody else has moved since it was made.
//!
//! Rows that say who must have their contact are read before anything is written, as many of them as it takes to be
//! certain. Where so few rows say it that no number of moves would be too many, nothing waits.

use super::End;

/// What is known so far about rows that say who must have their contact.
#[derive(Debug)]
pub(super) struct DriftGate {
    most: usize,
    of: usize,
    unread: usize,
    moved: Vec<u32>,
}

/// What the rows say about the plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DriftVerdict {
    /// More has to be read.
    Open,
    /// However the rest may be, not too many were moved.
    Fine,
    /// Every row was read, and too many were moved.
    TooMany,
}

impl DriftGate {
    /// Of so many rows, of which at most so many may have been moved; `None` if there is nothing to find out.
    pub(super) fn of(rows: usize, most: Option<usize>) -> Option<DriftGate> {
        let most = most.filter(|most| *most < rows)?;
        Some(DriftGate {
            most,
            of: rows,
            unread: rows,
            moved: Vec::new(),
        })
    }

    /// Takes in that a contact was read, or cannot be; `moved` is its row if somebody has moved it.
    pub(super) fn note(&mut self, moved: Option<u32>) -> DriftVerdict {
        self.unread -= 1;
        self.moved.extend(moved);
        if self.moved.len() + self.unread <= self.most {
            DriftVerdict::Fine
        } else if self.unread == 0 {
            DriftVerdict::TooMany
        } else {
            DriftVerdict::Open
        }
    }

    /// How many rows were read, and of how many.
    pub(super) fn progress(&self) -> (usize, usize) {
        (self.of - self.unread, self.of)
    }

    /// Why the run ends, if too many were moved.
    pub(super) fn end(mut self) -> End {
        self.moved.sort_unstable();
        End::Drifted {
            rows: self.moved,
            of: self.of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_where_no_number_of_moves_is_too_many() {
        assert!(DriftGate::of(5, Some(5)).is_none());
        assert!(DriftGate::of(0, Some(0)).is_none());
        assert!(DriftGate::of(5, None).is_none());
    }

    #[test]
    fn writes_wait_until_it_is_certain_and_no_longer() {
        let mut gate = DriftGate::of(10, Some(2)).expect("a gate");
        assert_eq!(gate.note(Some(7)), DriftVerdict::Open);
        for _ in 0..7 {
            assert_eq!(gate.note(None), DriftVerdict::Open);
        }
        // One was moved; if the last one was, too, that makes two.
        assert_eq!(gate.note(None), DriftVerdict::Fine);
    }

    #[test]
    fn too_many_are_all_named() {
        let mut gate = DriftGate::of(4, Some(1)).expect("a gate");
        assert_eq!(gate.note(Some(9)), DriftVerdict::Open);
        assert_eq!(gate.note(Some(3)), DriftVerdict::Open);
        assert_eq!(gate.note(Some(5)), DriftVerdict::Open);
        assert_eq!(gate.note(None), DriftVerdict::TooMany);
        let rows = vec![3, 5, 9];
        assert_eq!(gate.end(), End::Drifted { rows, of: 4 });
    }
}
