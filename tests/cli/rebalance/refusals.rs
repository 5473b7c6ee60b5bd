//! Input that makes no sense gets one sentence that says where, what, and what would fix it.

use super::{LOAD, MOVES, ROSTER, load, month, rebalance};

const LOAD_OF_TWO: &[(&str, usize)] = &[("1", 3), ("2", 1)];
const ROSTER_OF_TWO: &str = "user,capacity\n1,1\n2,1\n";

#[test]
fn bad_rosters_are_told_by_row_and_column() {
    for (roster, sentence) in [
        (
            "user,capacity\n",
            "`roster.csv`: there is nobody below the header",
        ),
        (
            "user,phone\n1,1\n",
            "`roster.csv`: no column is named `capacity` (found: `user`, `phone`)",
        ),
        (
            "who,capacity\n1,1\n",
            "`roster.csv`: no column is named like a user",
        ),
        (
            "user,capacity,fte\n1,1,1\n",
            "columns 2 and 3 could both hold the capacity",
        ),
        (
            "user,capacity\n1,1\n2,\n",
            "`roster.csv`, row 3, column `capacity`: this is blank; write 1 for full time",
        ),
        (
            "user,capacity\n1,-1\n2,1\n",
            "`roster.csv`, row 2, column `capacity`: `-1`: this is negative",
        ),
        (
            "user,capacity\n1,full\n2,1\n",
            "`roster.csv`, row 2, column `capacity`: `full`: this is not a number",
        ),
        (
            "user,capacity\n1,1\n2,1\n1,0.5\n",
            "`roster.csv`, row 4: 1 is in row 2 already; keep one of the two rows",
        ),
        (
            "user,capacity\n1,0\n2,0\n",
            "`roster.csv`: everybody has the capacity 0",
        ),
        (
            "user,capacity,maximum\n1,1,x\n2,1,\n",
            "`roster.csv`, row 2, column `maximum`: `x`: this is not a number",
        ),
        (
            "user,capacity\nunassigned,1\n2,1\n",
            "`roster.csv`, row 2, column `user`: `unassigned`: this names nobody",
        ),
        (
            "user,capacity\nAnn,1\n2,1\n",
            "`roster.csv`, row 2, column `user`: `Ann`: ",
        ),
        (
            "user,capacity\n1,1\n",
            "user 2 has 1 contact in `load.csv` and is not in `roster.csv`: add them there, with capacity 0 to give all away",
        ),
        (
            "user,capacity,maximum\n1,1,1\n2,1,2\n",
            "the maxima in the roster are too small: a load of 4 has to go somewhere, and there is room for 3; raise them by 1 in all",
        ),
        (
            "user,capacity,teams\n1,1,North\n2,1,North\n",
            "`roster.csv` has groups, and no column of `load.csv` is named like one; name it with `--group`",
        ),
    ] {
        let dir = month(&load(LOAD_OF_TWO), roster);
        rebalance(&dir, &[]).is_refused(2).says(sentence);
        assert_eq!(dir.files(), [LOAD, ROSTER]);
    }
}

#[test]
fn bad_loads_are_told_by_row_and_column() {
    for (load, sentence) in [
        (
            "contact,owner,weight\nid:1,1,-2\n",
            "`load.csv`, row 2, column `weight`, `-2`: this is negative",
        ),
        (
            "contact,owner,weight\nid:1,1,2\nid:2,1,many\n",
            "`load.csv`, row 3, column `weight`, `many`: this is not a number",
        ),
        (
            "contact,owner,weight\nid:1,1,\"1,234\"\n",
            "`1,234`: this could be thousands or a fraction",
        ),
        (
            "contact,owner,pinned\nid:1,1,perhaps\n",
            "`load.csv`, row 2, column `pinned`, `perhaps`: this is neither yes nor no",
        ),
        (
            "contact,owner\nid:1,Mei\n",
            "`load.csv`, row 2, column `owner`, `Mei`: ",
        ),
        (
            "contact,owner\nid:1,\"1\n",
            "`load.csv`, row 2, a `\"` opens a cell and none closes it",
        ),
        (
            "contact,owner,weight,load\nid:1,1,2,3\n",
            "`load.csv`: `weight`, `load` could all hold the weight; say which with `--weight weight`",
        ),
        (
            "contact,weight\nid:1,1\n",
            "no column is named like a new owner (row 1 names `contact` (id:1), `weight` (1)); say which with `--current`",
        ),
    ] {
        let dir = month(load, ROSTER_OF_TWO);
        rebalance(&dir, &[]).is_refused(2).says(sentence);
        assert_eq!(dir.files(), [LOAD, ROSTER]);
    }
}

#[test]
fn who_has_contacts_and_is_not_known_by_name_is_told_with_how_many() {
    let dir = month(
        &load(&[("Ann Lee", 2), ("Mei Lin", 9), ("Anne Lee", 1)]),
        "id,name,capacity\n1,Ann Lee,1\n2,Bob Ray,1\n",
    );
    rebalance(&dir, &[])
        .is_refused(2)
        .says("`Mei Lin` has 9 contacts in `load.csv` (rows 4, 5, 6, 7, 8, 9, 10, 11 and 1 more) and is not in `roster.csv`: add them there")
        .says("`Anne Lee` has 1 contact in `load.csv` (row 13) and is not in `roster.csv`: did you mean Ann Lee (user 1)?");
}

#[test]
fn a_group_that_nobody_serves_is_named() {
    let dir = month(
        "contact,owner,team\nid:1,1,North\nid:2,1,West\nid:3,1,West\n",
        "user,capacity,teams\n1,1,North\n2,1,North\n",
    );
    rebalance(&dir, &[])
        .is_refused(2)
        .says("2 contacts of the group `West` could move, and nobody in the roster with a capacity serves it");
    dir.write(ROSTER, "user,capacity,teams\n1,1,North\n2,1,\n");
    rebalance(&dir, &[])
        .is_refused(2)
        .says("`roster.csv`, row 3, column `teams`: this is blank, and others have groups");
}

#[test]
fn a_day_that_could_mean_two_counts_only_where_days_decide() {
    let dir = month(
        "contact,owner,last activity\nid:1,1,03/04/2024\nid:2,1,2024-01-01\n",
        ROSTER_OF_TWO,
    );
    rebalance(&dir, &[])
        .exits(0)
        .says("row 2: as if it were not known");
    rebalance(&dir, &["--idle-days", "30"])
        .is_refused(2)
        .says("`load.csv`, row 2, column `last activity`, `03/04/2024`: this is not a day that can mean only one");
}

#[test]
fn options_that_mean_nothing_here_are_refused_with_what_is_meant() {
    let dir = month(&load(LOAD_OF_TWO), ROSTER_OF_TWO);
    for (options, sentence) in [
        (
            &["--assignee", "owner"][..],
            "who has it now is named by `--current`",
        ),
        (&["--current", "none"], "`--current none` leaves nobody"),
        (
            &["--blank", "skip"],
            "a blank cell means that nobody has it",
        ),
        (
            &["--from", "9"],
            "`--from`: user 9 has no contacts in `load.csv`",
        ),
        (&["--from", "Ann"], "`--from Ann`: "),
        (
            &["--idle-days", "9"],
            "`--idle-days` needs the last activity",
        ),
        (
            &["--group", "owner"],
            "`--group` names a column of groups, and `roster.csv` has none",
        ),
        (&["--weight", "load"], "`--weight load` names no column"),
    ] {
        rebalance(&dir, options).is_refused(2).says(sentence);
    }
    assert_eq!(dir.files(), [LOAD, ROSTER]);
}

#[test]
fn what_stands_in_the_moves_place_is_left_alone() {
    let dir = month(&load(LOAD_OF_TWO), ROSTER_OF_TWO);
    dir.write(MOVES, "name,city\nAnn,Rome\n");
    rebalance(&dir, &[])
        .is_refused(2)
        .says("`moves.csv` exists, and does not hold moves as reassign wrote them");
    assert_eq!(dir.read(MOVES), "name,city\nAnn,Rome\n");
    let onto_itself = ["rebalance", LOAD, "--roster", ROSTER, "-o", LOAD];
    dir.run(onto_itself)
        .is_refused(2)
        .says("the moves would be written over the sheet: `load.csv`");
    dir.run(["rebalance", LOAD, "--roster", ROSTER, "-o", "moves.doc"])
        .is_refused(2)
        .says("`moves.doc` is named otherwise");
}

#[test]
fn results_of_a_run_are_no_load() {
    let dir = month(&load(LOAD_OF_TWO), ROSTER_OF_TWO);
    dir.run(["plan", LOAD, "--sandbox", "-o", "plan.csv"])
        .exits(0);
    dir.run(["rebalance", "plan.csv", "--roster", ROSTER])
        .is_refused(2)
        .says("`plan.csv` holds the results of a run");
}
