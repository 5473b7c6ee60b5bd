//! The page about everybody's load: its figures, what it keeps to itself, and what it never replaces.

use std::fs;

use super::samples::{WORKBOOK, sample};
use super::{LOAD, MOVES, ROSTER, load, month, moves, rebalance, ways};
use crate::support::Workdir;

const PAGE: &str = "page.html";
const REPORT: [&str; 2] = ["--report", PAGE];

/// The part of a page with this ID.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) = page
        .split_once(&format!("<section id=\"{id}\""))
        .unwrap_or_else(|| panic!("a section `{id}` in {page}"));
    rest.split_once("</section>").expect("its end").0
}

#[test]
fn the_page_shows_everybodys_load_before_and_after_and_who_gives_to_whom() {
    let dir = month(
        &load(&[("1", 6), ("2", 2), ("3", 4)]),
        "id,name,capacity\n1,Ann <b>Lee</b>,1\n2,Bob Ray,1\n3,Cyd Poe,0.5\n",
    );
    rebalance(&dir, &[&["--tolerance", "0"], &REPORT[..]].concat())
        .exits(0)
        .says("The report is in page.html")
        .says("Largest difference from fair: 2.8 before, 0.4 after");
    let page = dir.read(PAGE);
    for said in [
        "<dt>contacts counted</dt><dd>12</dd>",
        "<dt>moves</dt><dd>3</dd>",
        "<dt>least possible for all that was asked</dt><dd>3</dd>",
        "<dd>2.8 → 0.4</dd>",
        "1 user would be notified of every contact received.",
        "3 moves to bring everybody as near to fair as whole contacts allow; the least possible is 3. Nothing has been changed.",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    let users = section(&page, "users");
    let row = users
        .split("<tr>")
        .find(|row| row.contains("Bob Ray"))
        .expect("Bob's row");
    let cells = "<td class=\"figure\">2</td><td class=\"figure strong\">5</td><td class=\"figure\">4.8</td>\
                 <td class=\"figure\">0</td><td class=\"figure\">+3</td>";
    assert!(row.contains(cells), "{row}");
    // The longest is 6: Bob's bars are two and five sixths of it, and fair is 4.8 of 6.
    for drawn in ["width=\"331.3\"", "width=\"828.3\"", "x=\"795.2\""] {
        assert!(row.contains(drawn), "{drawn} in {row}");
    }
    let told = section(&page, "moves");
    for (from, count) in [
        ("Ann &lt;b&gt;Lee&lt;/b&gt; (user 1)", 1),
        ("Cyd Poe (user 3)", 2),
    ] {
        let way = format!(
            "<td><bdi>{from}</bdi></td><td><bdi>Bob Ray (user 2)</bdi></td><td class=\"figure strong\">{count}</td><td>has more than others</td>"
        );
        assert!(told.contains(&way), "{way} in {told}");
    }
    assert!(!page.contains("<b>") && !page.contains("<script"), "{page}");
    assert!(!page.contains("id:1"), "a contact in {page}");
    for loads in [" src=", "url(", "@import", "href=\"http", "<iframe"] {
        assert!(!page.contains(loads), "`{loads}` in {page}");
    }
    assert!(page.contains("default-src 'none'"), "{page}");
}

#[test]
fn what_stays_is_counted_by_reason_and_no_cell_of_a_contact_is_shown() {
    let dir = month(
        "phone,owner,pinned,status\n+60123456789,1,yes,open\n+60123456780,1,,open\nnot known,1,,open\n+60123456781,1,,closed\n",
        "user,capacity\n1,1\n2,1\n",
    );
    rebalance(&dir, &REPORT).exits(0);
    let page = dir.read(PAGE);
    let told = section(&page, "stays");
    for (count, why) in [
        (1, "pinned"),
        (1, "the contact cannot be read"),
        (1, "closed: "),
    ] {
        let row = format!("<td class=\"figure\">{count}</td><td>{why}");
        assert!(told.contains(&row), "{row} in {told}");
    }
    for hidden in ["6012345", "not known"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
}

#[test]
fn the_page_of_the_sample_month_adds_up_and_a_second_one_takes_its_place() {
    let dir = Workdir::with_sample(WORKBOOK);
    dir.write(ROSTER, fs::read(sample(ROSTER)).expect("the roster"));
    let args = ["rebalance", WORKBOOK, "--roster", ROSTER, "-o", MOVES];
    for _ in 0..2 {
        dir.run([&args[..], &REPORT].concat()).exits(0);
    }
    let page = dir.read(PAGE);
    let told = section(&page, "moves");
    let counts = told.split("<td class=\"figure strong\">").skip(1);
    let counts = counts.map(|rest| rest.split_once('<').expect("its end").0);
    let counts: Vec<usize> = counts
        .map(|count| count.parse().expect("a number"))
        .collect();
    assert_eq!(counts.iter().sum::<usize>(), moves(&dir).len());
    assert!(counts.len() >= ways(&dir).len(), "{counts:?}");
    assert!(page.contains("farid.aziz@example.com"), "users are shown");
}

#[test]
fn a_page_is_left_without_moves_and_nothing_that_is_no_page_is_replaced() {
    let dir = month(&load(&[("1", 4)]), "user,capacity\n1,1\n2,1\n");
    let look = ["rebalance", LOAD, "--roster", ROSTER, "--report"];
    dir.run([&look[..], &[PAGE]].concat())
        .exits(0)
        .says("2 moves");
    assert_eq!(dir.files(), [LOAD, PAGE, ROSTER]);

    let before = dir.read(LOAD);
    dir.run([&look[..], &[LOAD]].concat())
        .is_refused(2)
        .says("`load.csv` exists and is no report");
    assert_eq!(dir.read(LOAD), before);
    rebalance(&dir, &["--report", "./moves.csv"])
        .is_refused(2)
        .says("the report and the moves would be one file, `./moves.csv`");
    rebalance(&dir, &["--report", "none/page.html"])
        .is_refused(2)
        .says("there is no folder `none`");
    assert_eq!(dir.files(), [LOAD, PAGE, ROSTER]);
}

#[test]
fn two_users_of_one_name_are_told_apart_by_email() {
    let dir = month(
        &load(&[("1", 4)]),
        "id,email,name,capacity\n1,ann@example.com,Ann Lee,1\n2,lee@example.com,Ann Lee,1\n",
    );
    rebalance(&dir, &REPORT).exits(0);
    let page = dir.read(PAGE);
    let told = section(&page, "moves");
    let way = "<bdi>Ann Lee &lt;ann@example.com&gt;</bdi></td><td><bdi>Ann Lee &lt;lee@example.com&gt;</bdi>";
    assert!(told.contains(way), "{told}");
}
