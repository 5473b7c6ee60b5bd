//! Reports in a browser.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::browser::Browser;
use super::{RESULTS, SHEET, after_a_run};
use crate::support::{Workdir, wait_until};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const COUNT: &str = "return document.getElementById('count').textContent";
/// The first cell of each row in sight.
const NUMBERS: &str = "return [...document.querySelectorAll('#table tbody tr[aria-rowindex]')].map(row => Number(row.cells[0].textContent))";

/// Types into the search and waits for what it says then.
#[track_caller]
fn search(browser: &Browser, text: &str, count: &str) {
    let script = format!(
        "const field = document.getElementById('search'); field.value = {}; field.dispatchEvent(new Event('input'))",
        Value::from(text)
    );
    browser.run(&script);
    wait_until(&format!("`{count}` on searching `{text}`"), || {
        browser.run(COUNT) == count
    });
}

/// Opens a page and waits until its script has counted so many rows.
#[track_caller]
fn open(browser: &Browser, page: &Path, count: &str) {
    browser.open(page);
    wait_until(&format!("`{count}` on opening"), || {
        browser.run(COUNT) == count
    });
}

/// Expects that nothing was said on the console and nothing but the page was asked for.
#[track_caller]
fn is_quiet(browser: &Browser, page: &Path) {
    assert_eq!(browser.console(), Vec::<String>::new());
    let own = format!("file://{}", page.display());
    let others: Vec<String> = browser.requests();
    let others: Vec<&String> = others
        .iter()
        .filter(|url| **url != own && *url != "data:,")
        .collect();
    assert_eq!(others, Vec::<&String>::new());
}

/// Results with so many rows, without a journal.
fn results_of(rows: u32) -> String {
    let mut text = String::from(
        "Name,reassign_row,reassign_contact,reassign_assignee,reassign_previous,reassign_status,reassign_reason,reassign_error,reassign_decision,\
         reassign_http,reassign_contact_id,reassign_attempts,reassign_at,reassign_workspace\n",
    );
    for row in 2..rows + 2 {
        let (user, former) = (100 + row % 13, 100 + row % 7);
        let (status, error) = match row % 50 {
            0 => (
                "failed,no-such-contact",
                "the workspace has no such contact",
            ),
            1 => (
                "drifted,moved-since-plan",
                "somebody else moved this contact",
            ),
            _ => ("assigned,", ""),
        };
        text.push_str(&format!(
            "Name {row},{row},id:{},{user},{former},{status},{error},,200,{},1,2026-06-30T14:02:11+00:00,sandbox\n",
            row + 10_000,
            row + 10_000
        ));
    }
    text
}

#[test]
fn the_report_of_a_real_run_opens_searches_and_sorts_and_asks_for_nothing() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = after_a_run();
    let page = dir.path("page.html");
    let rows = dir.results(RESULTS).rows;
    open(&browser, &page, &format!("{} rows", rows.len()));

    let failed = rows
        .iter()
        .filter(|row| row.get("status") == "failed")
        .count();
    search(
        &browser,
        "failed",
        &format!("{failed} of {} rows", rows.len()),
    );
    search(
        &browser,
        "no row says this",
        &format!("0 of {} rows", rows.len()),
    );
    search(&browser, "", &format!("{} rows", rows.len()));

    let sort = "const cell = document.querySelector('#table thead th'); cell.querySelector('button').click(); return cell.ariaSort";
    assert_eq!(browser.run(sort), "descending");
    let numbers: Vec<u64> = serde_json::from_value(browser.run(NUMBERS)).expect("numbers");
    assert_eq!(
        numbers.first().copied(),
        rows.iter().map(|row| u64::from(row.row())).max()
    );
    assert!(numbers.is_sorted_by(|a, b| a > b), "{numbers:?}");

    let status = "document.querySelectorAll('#table thead button')[2].click(); \
                  return [...document.querySelectorAll('#table tbody .status')].map(cell => cell.textContent)";
    let statuses: Vec<String> = serde_json::from_value(browser.run(status)).expect("statuses");
    assert_eq!(
        statuses.first().map(String::as_str),
        Some("Assigned"),
        "{statuses:?}"
    );

    let only = "document.querySelector('button.show').click(); return document.getElementById('only').hidden";
    assert_eq!(browser.run(only), false);
    assert_ne!(browser.run(COUNT), format!("{} rows", rows.len()));
    is_quiet(&browser, &page);
}

#[test]
fn everything_can_be_reached_with_the_keyboard() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = after_a_run();
    browser.open(&dir.path("page.html"));
    browser.press(&[TAB]);
    assert_eq!(
        browser.run("return document.activeElement.className"),
        "skip"
    );
    let sort = "document.getElementById('status').focus()";
    browser.run(sort);
    browser.press(&[TAB]);
    assert_eq!(browser.run("return document.activeElement.id"), "viewport");
    browser.press(&[TAB, TAB, ENTER]);
    let sorted = "return document.querySelectorAll('#table thead th')[1].ariaSort";
    assert_eq!(browser.run(sorted), "ascending");
    // From the last column's button into the first row, whose details open and close again.
    browser.press(&[&[TAB; 10][..], &[ENTER]].concat());
    assert_eq!(
        browser.run("return document.getElementById('detail').open"),
        true
    );
    assert_ne!(
        browser.run("return document.querySelectorAll('#detail dd').length"),
        0
    );
    browser.press(&[ENTER]);
    assert_eq!(
        browser.run("return document.getElementById('detail').open"),
        false
    );
}

#[test]
fn fifty_thousand_rows_scroll_because_only_those_in_sight_are_there() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = Workdir::with("many.csv", results_of(50_000));
    dir.run(["report", "many.csv", "--report-rows", "full"])
        .exits(0);
    let page = dir.path("many.report.html");
    open(&browser, &page, "50,000 rows");
    let scrolled = browser.run_until_done(
        "const view = document.getElementById('viewport'); let frames = 0, longest = 0, last = performance.now();
         const step = () => {
           const now = performance.now(); longest = Math.max(longest, now - last); last = now; frames += 1;
           if (frames < 60) { view.scrollTop += view.scrollHeight / 60; requestAnimationFrame(step); }
           else { view.scrollTop = view.scrollHeight; setTimeout(() => requestAnimationFrame(() => done(longest)), 50); }
         };
         requestAnimationFrame(step);",
    );
    wait_until("the last row", || {
        let numbers: Vec<u64> = serde_json::from_value(browser.run(NUMBERS)).expect("numbers");
        assert!(
            numbers.len() < 100,
            "{} rows in the document",
            numbers.len()
        );
        numbers.last() == Some(&50_001)
    });
    // A second is far more than a frame, and far less than drawing all rows takes.
    let longest = scrolled.as_f64().expect("milliseconds");
    assert!(longest < 1000.0, "a frame took {longest} ms");
    assert_eq!(
        browser.run("return document.querySelector('#table tbody tr[aria-rowindex]:nth-last-child(2)').ariaRowIndex"),
        "50001"
    );
    search(&browser, "failed such", "1,000 of 50,000 rows");
    search(&browser, "", "50,000 rows");
    browser.run("document.querySelectorAll('#table thead button')[4].click()");
    let first =
        "return document.querySelector('#table tbody tr[aria-rowindex]').cells[4].textContent";
    assert_eq!(browser.run(first), "User 100");
    is_quiet(&browser, &page);
}

#[test]
fn hostile_cells_are_shown_and_do_nothing() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let hostile = [
        "<script>window.struck = 1</script>",
        "</script><script>window.struck = 1</script>",
        "\"><img src=x onerror='window.struck = 1'>",
        "<!--<script>",
        "${window.struck = 1}",
        "javascript:window.struck=1",
        "\u{202e}txt.exe\u{2066}",
        "' onmouseover='window.struck = 1",
        "<svg onload=window.struck=1>",
        "http://127.0.0.1:9/pixel.png",
    ];
    let mut text = results_of(20).replacen("Name,", "\"<b>Na\"\"me</b>\",", 1);
    for (row, cell) in hostile.iter().enumerate() {
        // Results guard a cell that begins with an apostrophe by another one.
        let guard = if cell.starts_with('\'') { "'" } else { "" };
        let written = format!("\"{guard}{}\",", cell.replace('"', "\"\""));
        text = text.replace(&format!("Name {},", row + 2), &written);
    }
    let error = "\"column `Contact`, `</script><script>window.struck = 1</script>`: no\"";
    text = text.replace(
        ",drifted,moved-since-plan,somebody else moved this contact,",
        &format!(",invalid,not-an-identifier,{error},"),
    );
    text = text.replacen(
        ",assigned,,,",
        &format!(",invalid,not-an-identifier,{error},"),
        1,
    );
    let dir = Workdir::with("<img src=x onerror=alert(1)>.csv", text);
    dir.run([
        "report",
        "<img src=x onerror=alert(1)>.csv",
        "--report-rows",
        "full",
        "-o",
        "page.html",
    ])
    .exits(0);
    let page = dir.path("page.html");
    open(&browser, &page, "20 rows");
    let shown = "return [...document.querySelectorAll('#table tbody tr[aria-rowindex]')].map(row => row.cells[7].textContent)";
    let shown: Vec<String> = serde_json::from_value(browser.run(shown)).expect("cells");
    for cell in hostile {
        let cell = cell
            .replace('\u{202e}', "‹U+202E›")
            .replace('\u{2066}', "‹U+2066›");
        assert!(shown.contains(&cell), "{cell} in {shown:?}");
    }
    search(&browser, "<script>window", "2 of 20 rows");
    browser.run("document.querySelector('#table tbody button').click()");
    assert_eq!(browser.run("return window.struck === undefined"), true);
    assert_eq!(
        browser.run("return document.querySelectorAll('img, iframe, object, b').length"),
        0
    );
    assert_eq!(browser.run("return document.scripts.length"), 2);
    // What is put into the page later does not run either: the policy forbids it.
    let injected = "const made = document.createElement('script'); made.textContent = 'window.struck = 1'; document.body.append(made); return window.struck === undefined";
    assert_eq!(browser.run(injected), true);
    let refused = browser.console();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(
        refused[0].contains("Content Security Policy"),
        "{refused:?}"
    );
    is_quiet(&browser, &page);
}

#[test]
fn without_scripts_the_figures_and_the_first_rows_are_there() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = Workdir::with("many.csv", results_of(200));
    dir.run(["report", "many.csv", "--report-rows", "full"])
        .exits(0);
    // The process that shows files has to be there before scripts are switched off in it.
    browser.open(&dir.path("many.report.html"));
    browser.command(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": true}),
    );
    browser.reload();
    browser.command(
        "Emulation.setScriptExecutionDisabled",
        &json!({"value": false}),
    );
    let text = browser.run("return document.body.innerText");
    let text = text.as_str().expect("text");
    assert!(
        text.contains("These are the first 50 of 200 rows."),
        "{text}"
    );
    assert!(text.contains("8 rows are left to do."), "{text}");
    let numbers: Vec<u64> = serde_json::from_value(browser.run(NUMBERS)).expect("numbers");
    assert_eq!(numbers, (2..=51).collect::<Vec<u64>>());
    assert_eq!(
        browser.run("return document.getElementById('tools').checkVisibility()"),
        false
    );
}

#[test]
fn no_part_is_wider_than_a_narrow_screen_and_dark_is_dark() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = after_a_run();
    let size = json!({"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": false});
    browser.command("Emulation.setDeviceMetricsOverride", &size);
    browser.open(&dir.path("page.html"));
    let beyond = "const all = document.documentElement; return all.scrollWidth - all.clientWidth";
    assert_eq!(browser.run(beyond), 0);
    let light = "const [red] = getComputedStyle(document.body).backgroundColor.match(/\\d+/g); return Number(red)";
    for (scheme, is_light) in [("dark", false), ("light", true)] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.command("Emulation.setEmulatedMedia", &features);
        let red = browser.run(light).as_u64().expect("a part of a colour");
        assert_eq!(red > 128, is_light, "{scheme}: {red}");
    }
}

/// The rules of axe-core, which has a licence of its own and is not part of this project.
fn axe() -> Option<String> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("target/axe/node_modules/axe-core/axe.min.js");
    let path = std::env::var_os("AXE_CORE").map_or(here, PathBuf::from);
    match std::fs::read_to_string(&path) {
        Ok(script) => Some(script),
        Err(err) => {
            super::tell(&format!(
                "skipped: no axe-core at {} ({err}); `npm install --prefix target/axe axe-core` puts it there",
                path.display()
            ));
            None
        }
    }
}

#[test]
fn axe_finds_nothing_serious_in_light_and_in_dark() {
    let (Some(axe), Some(browser)) = (axe(), Browser::start()) else {
        return;
    };
    let dir = after_a_run();
    for scheme in ["light", "dark"] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.command("Emulation.setEmulatedMedia", &features);
        browser.open(&dir.path("page.html"));
        browser
            .run("for (const folded of document.querySelectorAll('details')) folded.open = true");
        browser.run(&axe);
        let found = browser.run_until_done(
            "axe.run(document).then(found => done([found.passes.length, found.violations.map(rule => \
               `${rule.impact} ${rule.id}: ${rule.nodes.map(node => node.html + ' ' + node.failureSummary).slice(0, 3).join(' | ')}`)]))",
        );
        assert!(
            found[0].as_u64().is_some_and(|passes| passes > 20),
            "{found}"
        );
        assert_eq!(found[1], json!([]), "in {scheme}");
    }
}

/// How many pages the document has as the browser prints it.
fn printed(browser: &Browser) -> usize {
    let pdf = BASE64_STANDARD.decode(browser.print()).expect("base64");
    let text = String::from_utf8_lossy(&pdf);
    text.matches("/Type /Page\n").count()
}

#[test]
fn the_page_of_sixty_six_rows_prints_on_three_pages_with_headings_beside_what_they_are_of() {
    let Some(browser) = Browser::start() else {
        return;
    };
    let dir = after_a_run();
    for (detail, of, most) in [
        ("none", "results", 3),
        ("none", "plan", 3),
        ("full", "results", 6),
    ] {
        let page = dir.path("printed.html");
        let args = match of {
            "results" => vec![
                "report",
                RESULTS,
                "--report-rows",
                detail,
                "-o",
                "printed.html",
            ],
            _ => vec![
                "plan",
                SHEET,
                "--report-rows",
                detail,
                "--report",
                "printed.html",
            ],
        };
        assert!(dir.run(&args).code() < 2);
        browser.open(&page);
        let pages = printed(&browser);
        assert!(
            (1..=most).contains(&pages),
            "{pages} pages of the {of} with {detail}"
        );
        // No heading is the last of its page, no row and no card is cut in two.
        let media = json!({"media": "print"});
        browser.command("Emulation.setEmulatedMedia", &media);
        let kept = "const style = (what, name) => [...document.querySelectorAll(what)].map(part => getComputedStyle(part)[name]); \
                    return [style('h2, h3', 'breakAfter'), style('tr, .problems > li, .tiles', 'breakInside')]";
        let kept = browser.run(kept);
        for (place, at_least) in [(0, 3), (1, 8)] {
            let styles = kept[place].as_array().expect("styles");
            assert!(styles.len() >= at_least, "{kept}");
            assert!(styles.iter().all(|style| style == "avoid"), "{kept}");
        }
        browser.command("Emulation.setEmulatedMedia", &json!({"media": ""}));
        std::fs::remove_file(&page).expect("the page");
    }
}
