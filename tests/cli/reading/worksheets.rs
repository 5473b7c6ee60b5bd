//! Of several sheets the one with the columns is read; what could be several is asked for.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{content, fill, ods, ods_row, plan, workbook};
use crate::support::Workdir;

const TEAM: [[&str; 2]; 2] = [["email", "assignee"], ["ann@example.org", "12"]];

fn named(
    name: &'static str,
    rows: &'static [[&'static str; 2]],
) -> impl Fn(&mut Worksheet) -> Result<(), XlsxError> {
    move |sheet| {
        sheet.set_name(name)?;
        fill(sheet, rows)
    }
}

#[test]
fn the_only_sheet_with_recognizable_columns_is_read_and_the_others_are_named() {
    let notes = named("Notes", &[["Read me", "first"]]);
    let old = |sheet: &mut Worksheet| {
        named("Old", &TEAM)(sheet)?;
        sheet.set_hidden(true);
        Ok(())
    };
    let book = workbook(&[&notes, &named("Team", &TEAM), &old]);
    let dir = Workdir::with("team.xlsx", book);
    plan(&dir, "team.xlsx", &[])
        .exits(0)
        .says("sheet `Team`")
        .says("other sheets, not read: `Notes`, `Old` (hidden)");
    plan(&dir, "team.xlsx", &["--sheet", "Old"])
        .exits(0)
        .says("sheet `Old`");
}

#[test]
fn several_sheets_that_could_be_meant_are_named_with_a_command_that_works() {
    let book = workbook(&[
        &named("North 1", &TEAM),
        &named("South", &TEAM),
        &named("Notes", &[["a", "b"]]),
    ]);
    let dir = Workdir::with("team.xlsx", book);
    plan(&dir, "team.xlsx", &[])
        .is_refused(2)
        .says("has several sheets (`North 1`, `South`); name the right one with `--sheet`")
        .says("plan team.xlsx --sandbox --sheet 'North 1'");
    plan(&dir, "team.xlsx", &["--sheet", "South"]).exits(0);
}

#[test]
fn a_sheet_whose_columns_are_ambiguous_is_still_one_that_could_be_meant() {
    let ambiguous = named(
        "Ambiguous",
        &[["email", "owner"], ["ann@example.org", "12"]],
    );
    let two = |sheet: &mut Worksheet| {
        ambiguous(sheet)?;
        sheet.write(0, 2, "assignee")?;
        Ok(())
    };
    let book = workbook(&[&named("Notes", &[["a", "b"]]), &two]);
    let dir = Workdir::with("team.xlsx", book);
    plan(&dir, "team.xlsx", &[])
        .is_refused(2)
        .says("could all hold the new owner");
}

#[test]
fn sheets_without_such_columns_are_all_named() {
    let book = workbook(&[
        &named("Notes", &[["a", "b"]]),
        &named("More", &[["c", "d"], ["ann@example.com", "101"]]),
    ]);
    let dir = Workdir::with("team.xlsx", book);
    plan(&dir, "team.xlsx", &[])
        .is_refused(2)
        .says("has several sheets (`Notes`, `More`), and none has columns named like");
    plan(&dir, "team.xlsx", &["--identifier", "c", "--assignee", "d"])
        .exits(0)
        .says("sheet `More`");
}

#[test]
fn a_hidden_sheet_is_never_read_by_itself() {
    let shown = named("Notes", &[["a", "b"]]);
    let hidden = |sheet: &mut Worksheet| {
        named("Team", &TEAM)(sheet)?;
        sheet.set_hidden(true);
        Ok(())
    };
    let dir = Workdir::with("team.xlsx", workbook(&[&shown, &hidden]));
    plan(&dir, "team.xlsx", &[])
        .is_refused(2)
        .says("no column is named like a contact");
}

#[test]
fn a_sheet_hidden_by_its_style_in_an_open_document_is_not_read() {
    let styles = r#"<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>
        <style:style style:name="ta2" style:family="table"><style:table-properties table:display="true"/></style:style>"#;
    let table = |name: &str, style: &str| {
        format!(
            r#"<table:table table:name="{name}" table:style-name="{style}">{}{}</table:table>"#,
            ods_row("", &TEAM[0]),
            ods_row("", &TEAM[1])
        )
    };
    let tables = table("Old", "ta1") + &table("Team", "ta2");
    let dir = Workdir::with("team.ods", ods(&content(styles, &tables)));
    plan(&dir, "team.ods", &[])
        .exits(0)
        .says("sheet `Team`")
        .says("not read: `Old` (hidden)");
}
