//! Reports as whole pages.

use proptest::prelude::*;

use super::*;
use crate::contact::{Assignee, Identifier};
use crate::outcome::{Met, Pace, Status};
use crate::results::journal::{FORMAT, Start};

fn row(number: u32, status: Status, error: Option<&str>) -> ReportRow {
    let contact: Identifier = format!("email:zoe{number}@customer.org")
        .parse()
        .expect("a contact");
    let record = Record {
        contact: Some(contact),
        assignee: Some("kim@example.com".parse().expect("an assignee")),
        previous: Some(Assignee::User(7)),
        error: error.map(str::to_owned),
        contact_id: Some(u64::from(number)),
        attempts: 1,
        at: Some("2026-06-30T14:02:11+08:00".to_owned()),
        workspace: "sandbox".to_owned(),
        ..Record::new(number, status)
    };
    let todo = crate::outcome::guidance(status, None).todo();
    ReportRow {
        record,
        todo,
        own: vec!["Zoe Quinn".to_owned()],
    }
}

fn run() -> Run {
    let at = |seconds: i64| Timestamp::from_second(1_782_800_000 + seconds).expect("a moment");
    let pace = |seconds, writes| Pace {
        at: at(seconds),
        reads: writes,
        writes,
        throttled: 1,
        ..Pace::default()
    };
    Run {
        start: Start {
            format: FORMAT,
            tool: "0.1.0".to_owned(),
            run: "one".to_owned(),
            at: at(0),
            user: "ann".to_owned(),
            computer: "desk-7".to_owned(),
            workspace: "sandbox".to_owned(),
            sheet: "team.csv".into(),
            sha256: "00".to_owned(),
            worksheet: None,
            options: Vec::new(),
            command: Some("reassign apply team.csv --note 'ask zoe@customer.org'".to_owned()),
            plan: "639142134508".to_owned(),
            results: None,
            note: Some("ask zoe@customer.org".to_owned()),
            instead_of: None,
        },
        course: vec![pace(2, 10), pace(4, 20)],
        sent: 2,
        tally: Tally::default(),
        users: vec![Met {
            id: Some(7),
            email: Some("lee@example.com".to_owned()),
            name: "Lee Ho".to_owned(),
        }],
        slept: 90,
        end: None,
    }
}

/// Three rows: one done, one that cannot be used, one said twice.
pub(super) fn report(detail: Detail) -> Report {
    let run = run();
    let mut people = People::default();
    run.users.iter().for_each(|met| met.introduce(&mut people));
    Report {
        kind: ReportKind::Results,
        made: Timestamp::UNIX_EPOCH,
        file: "team.csv".to_owned(),
        workspace: "sandbox".to_owned(),
        looked: None,
        forecast: None,
        plan: Some("639142134508".to_owned()),
        rows: vec![
            row(2, Status::Assigned, None),
            row(
                3,
                Status::Invalid,
                Some(
                    "column `Contact`, `Zoe Quinn`: this is neither a contact ID, an email address nor a phone number",
                ),
            ),
            row(4, Status::Duplicate, Some("the same change as row 2")),
        ],
        own: ["Contact", "Phone", "Name"].map(str::to_owned).to_vec(),
        runs: vec![run],
        people,
        detail,
    }
}

fn written(report: &Report) -> String {
    let mut to = Vec::new();
    page(report, &mut to).expect("a vector takes all");
    String::from_utf8(to).expect("UTF-8")
}

/// The markup of a page without the text in it: tags with their attributes' names, in order.
fn markup(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(begins) = rest.find('<') {
        let end = rest[begins..]
            .find('>')
            .map_or(rest.len(), |end| begins + end + 1);
        let tag = &rest[begins..end];
        let outside: String = tag.split('"').step_by(2).collect();
        rest = &rest[end..];
        if let Some(name) = ["style", "script"]
            .into_iter()
            .find(|name| tag[1..].starts_with(name))
        {
            let close = format!("</{name}>");
            rest = &rest[rest.find(&close).expect("an end")..];
        }
        // What stands between backticks becomes code.
        if !outside.contains("code") {
            tags.push(outside);
        }
    }
    tags
}

#[test]
fn a_report_without_rows_tells_no_customer_and_nothing_of_the_sheet() {
    let none = written(&report(Detail::None));
    for hidden in [
        "zoe2", "zoe3", "zoe@", "customer", "Quinn", "team.csv", "<script",
    ] {
        assert!(!none.contains(hidden), "{hidden}");
    }
    assert!(none.contains("Lee Ho"), "users are shown");
    assert!(none.contains("(row 3)"), "rows are named by number");
    let full = written(&report(Detail::Full));
    assert!(full.contains("zoe2@customer.org") && full.contains("Zoe Quinn"));
}

#[test]
fn the_outcome_comes_first_and_the_figures_are_those_of_the_rows() {
    let page = written(&report(Detail::None));
    let outcome = "<h1>1 contact has a new owner; 1 row is left to do.</h1>";
    assert!(page.contains(outcome), "{page}");
    assert!(page.contains("<dt>contacts have a new owner</dt><dd>1</dd>"));
    assert!(page.contains("<dt>rows are left to do</dt><dd>1</dd>"));
    assert!(page.contains("The computer slept for 1 min 30 s meanwhile."));
    assert!(page.contains("60 requests in 4 s: 30 contacts read and 30 changes sent to the workspace; the workspace asked 2 times to slow down (429)."));
}

#[test]
fn a_user_met_by_id_and_named_by_email_is_one() {
    let mut report = report(Detail::None);
    report.rows[0].record.previous = Some("lee@example.com".parse().expect("an assignee"));
    report.rows.push(row(5, Status::Assigned, None));
    let practice = written(&report);
    assert!(
        practice.contains("This was practice") && practice.contains("1 user would be notified"),
        "{practice}"
    );
    report.workspace = "api.example.com".to_owned();
    let page = written(&report);
    assert_eq!(page.matches("<bdi class=\"name\">Lee Ho</bdi>").count(), 1);
    assert!(
        page.contains("1 user was notified, 2 times in total"),
        "{page}"
    );
}

#[test]
fn what_the_workspace_says_of_itself_is_escaped() {
    let of = |detail| {
        written(&Report {
            looked: Some(LookupSummary {
                host: "sandbox".to_owned(),
                users: 2,
                owners: vec!["<i>Ann</i> <ann@example.com>".to_owned()],
                as_of: Some(Timestamp::UNIX_EPOCH),
                listed: 1,
                read: 2,
                gaps: vec!["The list cannot be used: <b>zoe2@customer.org</b>.".to_owned()],
                closed: Vec::new(),
                notifications: 0,
                notified: 0,
                lasts: None,
            }),
            ..report(detail)
        })
    };
    let page = of(Detail::Full);
    assert!(!page.contains("<i>") && !page.contains("<b>"), "{page}");
    assert!(
        page.contains("<bdi>&lt;i&gt;Ann&lt;/i&gt; &lt;ann@example.com&gt;</bdi>"),
        "{page}"
    );
    assert!(page.contains("The list cannot be used: "), "{page}");
    assert!(
        !of(Detail::None).contains("zoe2@"),
        "what a server says may name a contact"
    );
}

#[test]
fn the_policy_allows_this_script_and_this_style_and_nothing_else() {
    use base64::Engine;
    use sha2::Digest;
    let page = written(&report(Detail::Full));
    let policy = page
        .split_once("Security-Policy\" content=\"")
        .expect("a policy")
        .1;
    let policy = policy.split_once('"').expect("its end").0;
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for name in ["style", "script"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let inside = page
            .split_once(&open)
            .expect("the element")
            .1
            .split_once(&close)
            .expect("its end")
            .0;
        let hash = base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(inside));
        assert!(
            policy.contains(&format!("{name}-src 'sha256-{hash}'")),
            "{name}: {policy}"
        );
    }
    assert!(!page.contains("http://") && !page.contains("https://"));
    assert!(!page.contains(" style=") && !page.contains(" onclick="));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_value_changes_the_markup_of_the_page(text in "\\PC{1,20}|(</script>|<!--|-->|<img src=x>|\"|'|&|\u{202e}|\\$\\{|`|a){1,6}") {
        let filled = |text: &str| {
            let mut report = report(Detail::Full);
            for place in [&mut report.file, &mut report.workspace] {
                *place = text.to_owned();
            }
            report.plan = Some(text.to_owned());
            report.rows[1].record.error = Some(text.to_owned());
            report.rows[1].own = vec![text.to_owned(); 3];
            report.own[2] = text.to_owned();
            let run = &mut report.runs[0];
            for place in [&mut run.start.user, &mut run.start.computer, &mut run.start.workspace, &mut run.start.plan] {
                *place = text.to_owned();
            }
            run.start.note = Some(text.to_owned());
            run.start.command = Some(text.to_owned());
            let met = Met { id: Some(7), email: None, name: format!("x{text}") };
            report.people = People::default();
            met.introduce(&mut report.people);
            markup(&written(&report))
        };
        prop_assert_eq!(filled(&text), filled("x"));
    }

    #[test]
    fn the_data_of_the_page_is_json_that_tells_each_row(text in "\\PC{0,20}|(</script>|<!--|\"|\\\\|a){0,6}") {
        let mut report = report(Detail::Full);
        report.rows[1].own = vec![text.clone(); 3];
        let page = written(&report);
        let data = page.split_once("id=\"data\">").expect("data").1.split_once("</script>").expect("its end").0;
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        prop_assert_eq!(data["rows"].as_array().map(Vec::len), Some(3));
        let shown = escape::visible(&text);
        prop_assert_eq!(data["rows"][1][7].as_str(), Some(shown.as_str()));
    }
}
