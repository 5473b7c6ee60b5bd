//! Every row of any sheet stands exactly once in the results, in its order, with its own cells as they were.

use proptest::prelude::*;

use crate::support::Workdir;

/// A row of a sheet; blank rows count as rows, but have no place in the results.
#[derive(Clone, Debug)]
enum Row {
    Cells([String; 3]),
    BlankCells,
    BlankLine,
}

fn contact() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (10001..10040_u32).prop_map(|id| format!("id:{id}")),
        2 => Just("lina.ng@example.com".to_owned()),
        2 => Just("+34 612 345 610".to_owned()),
        1 => Just("lucia.nunez@example.com".to_owned()),
        1 => Just("id:99999".to_owned()),
        1 => Just(String::new()),
        2 => "[ -~é花']{0,12}",
    ]
}

fn assignee() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (101..114_u32).prop_map(|id| id.to_string()),
        3 => Just("grace.tan@example.com".to_owned()),
        1 => Just("unassign".to_owned()),
        1 => Just("999".to_owned()),
        1 => Just(String::new()),
        1 => "[ -~]{0,8}",
    ]
}

/// A remark as people write them, formulas and line breaks included.
fn remark() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "['=+@-][a-z0-9',\"]{0,8}",
        "[a-z\"]{1,4}\n[a-z,;\t]{1,6}",
    ]
}

fn row() -> impl Strategy<Value = Row> {
    prop_oneof![
        12 => (contact(), assignee(), remark())
            .prop_map(|(contact, assignee, remark)| Row::Cells([contact, assignee, remark])),
        1 => Just(Row::BlankCells),
        1 => Just(Row::BlankLine),
    ]
}

/// The rows of a sheet; one that has none is refused and has no results.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(), 1..40).prop_filter("a sheet without rows", |rows| {
        rows.iter().any(|row| matches!(row, Row::Cells(_)))
    })
}

fn text(rows: &[Row]) -> String {
    let mut text = "contact,assignee,remark\n".to_owned();
    for row in rows {
        match row {
            Row::Cells(cells) => {
                let quoted = cells
                    .each_ref()
                    .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
                text += &quoted.join(",");
            }
            Row::BlankCells => text += ",,",
            Row::BlankLine => {}
        }
        text.push('\n');
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_stands_once_in_the_results_in_order(rows in rows()) {
        let expected: Vec<(u32, &[String; 3])> = (2..)
            .zip(&rows)
            .filter_map(|(number, row)| match row {
                Row::Cells(cells) => Some((number, cells)),
                Row::BlankCells | Row::BlankLine => None,
            })
            .collect();
        let dir = Workdir::with("sheet.csv", text(&rows));
        let args = ["apply", "sheet.csv", "--sandbox", "--quiet", "--rate", "10000/s"];
        let ended = dir.run(args);
        let code = ended.code();
        prop_assert!(code == 0 || code == 1, "{ended}");
        let results = dir.results("sheet.trial.results.csv");
        let found: Vec<(u32, [String; 3])> = results
            .rows
            .iter()
            .map(|row| (row.row(), ["contact", "assignee", "remark"].map(|name| row.0[name].clone())))
            .collect();
        let found: Vec<(u32, &[String; 3])> = found.iter().map(|(number, cells)| (*number, cells)).collect();
        prop_assert_eq!(found, expected);
        let open = ["invalid", "conflict", "failed"];
        let settled = ["assigned", "unassigned", "unchanged", "duplicate"];
        for row in &results.rows {
            let status = row.get("status");
            // A row in which nothing is named, where a lone apostrophe or dash counts as blank, is no data.
            let names_nothing = |name| !row.0[name].contains(char::is_alphanumeric);
            let is_no_data = status == "skipped" && row.get("reason") == "prefilled-row"
                && names_nothing("contact") && names_nothing("assignee");
            prop_assert!(open.contains(&status) || settled.contains(&status) || is_no_data, "{:?}", row);
        }
        if results.rows.iter().any(|row| open.contains(&row.get("status"))) {
            prop_assert_eq!(code, 1);
        }
    }
}
