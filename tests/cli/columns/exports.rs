//! The columns of exports as well-known programs write them: what is plain is not asked.

use super::*;

/// Rows of each export.
const ROWS: usize = 24;

/// A cell of one kind in a row: customers differ from row to row, users come again.
fn cell(kind: &str, row: usize) -> String {
    const NAMES: [&str; 4] = ["Ann Lee", "Bo Ek", "Cy Po", "Dee Fox"];
    const USERS: [&str; 4] = ["ann.lee", "bo.ek", "cy.po", "dee.fox"];
    const IDS: [&str; 4] = ["10131", "10132", "10145", "10177"];
    const OWNERS: [usize; 12] = [0, 1, 0, 2, 3, 1, 0, 2, 2, 3, 1, 0];
    const NEW: [usize; 12] = [1, 2, 1, 3, 0, 0, 2, 0, 1, 2, 3, 3];
    const OTHERS: [usize; 12] = [2, 2, 3, 1, 1, 0, 0, 0, 1, 2, 3, 3];
    let of = |places: [usize; 12]| places[row % 12];
    let one_of = |all: &[&str]| all[row % all.len()].to_owned();
    match kind {
        "email" => format!("customer.{row}@mail{}.example.com", row % 3),
        "phone" => format!("+601234567{row:02}"),
        "mobile" => format!("+601987654{row:02}"),
        "name" => format!("Customer {}", ["Maya", "Luis", "Noor"][row % 3]),
        "id" => (880_100 + row * 7).to_string(),
        "record" => format!("0035g00000{row:02}AbCAAX"),
        "owner name" => NAMES[of(OWNERS)].to_owned(),
        "owner email" => format!("{}@acme.example", USERS[of(OWNERS)]),
        "owner id" => IDS[of(OWNERS)].to_owned(),
        "new email" => format!("{}@acme.example", USERS[of(NEW)]),
        "other name" => NAMES[of(OTHERS)].to_owned(),
        "other email" => format!("{}@acme.example", USERS[of(OTHERS)]),
        "other id" => IDS[of(OTHERS)].to_owned(),
        "date" => format!("2025-0{}-11", row % 9 + 1),
        "number" => (row * 37 % 100).to_string(),
        "yes" => one_of(&["true", "false"]),
        "word" => one_of(&["Lead", "Customer", "Open"]),
        "mailbox" => one_of(&["support@acme.example", "sales@acme.example"]),
        "support" => "support@acme.example".to_owned(),
        "country" => one_of(&["MY", "ES", "DE"]),
        "blank" => String::new(),
        other => panic!("{other} is no kind of cell"),
    }
}

/// What the plan says of an export's columns, or what is asked.
fn answer(columns: &str) -> String {
    let columns: Vec<(&str, &str)> = columns
        .split(", ")
        .map(|column| column.split_once('=').expect("a name and a kind"))
        .collect();
    let line = |cell: &dyn Fn(&(&str, &str)) -> String| {
        columns.iter().map(cell).collect::<Vec<_>>().join(",") + "\n"
    };
    let rows = (0..ROWS).map(|row| line(&|(_, kind)| cell(kind, row)));
    let text = line(&|(name, _)| (*name).to_owned()) + &rows.collect::<String>();
    let dir = Workdir::with(SHEET, text);
    let ended = dir.run(["plan", SHEET, "--sandbox"]);
    let (out, err) = (ended.stdout(), ended.stderr());
    let mut found = out
        .lines()
        .filter_map(|line| line.trim().strip_prefix("contact in "));
    match found.next() {
        Some(found) => found.to_owned(),
        None => {
            let questions = err
                .lines()
                .filter(|line| line.contains(SHEET) && line.contains("say which"));
            let shown = questions.map(|line| line.split("`: ").nth(1).unwrap_or(line));
            format!("ask: {}", shown.collect::<Vec<_>>().join(" | "))
        }
    }
}

/// The header of an export, and what it leads to: how the answer begins.
const EXPORTS: [(&str, &str, &str); 33] = [
    (
        "HubSpot",
        "Record ID=id, First Name=name, Email=email, Phone Number=phone, Contact owner=owner name, Create Date=date",
        "`Phone Number`, else `Email`, new owner in `Contact owner`",
    ),
    (
        "HubSpot with the owner's email",
        "Record ID=id, Email=email, Contact owner=owner name, Contact owner email=owner email, Created by user ID=other id",
        "`Email`, new owner in `Contact owner email`",
    ),
    (
        "HubSpot with a new owner",
        "Record ID=id, Email=email, Contact owner=owner name, Owner assigned date=date, New owner=new email",
        "`Email`, new owner in `New owner`",
    ),
    (
        "Salesforce contacts",
        "Contact ID=record, Email=email, Account Owner=other name, Contact Owner=owner name, Created By=other name",
        "ask: `Account Owner`, `Contact Owner` could all hold the new owner",
    ),
    (
        "Salesforce leads",
        "Lead ID=record, Lead Owner=owner name, Lead Owner Email=owner email, Email=email, Converted=yes",
        "`Email`, new owner in `Lead Owner Email`",
    ),
    (
        "Zendesk users",
        "Name=name, Email=email, Role=word, Phone=phone, Last login=date, Owner=owner email",
        "`Phone`, else `Email`, new owner in `Owner`",
    ),
    (
        "Zendesk tickets by mailbox",
        "Ticket ID=id, Requester email=email, Assignee email=owner email, Recipient=support",
        "ask: `Recipient`, `Requester email` could all hold the contact",
    ),
    (
        "Intercom users",
        "User ID=id, Name=name, Email=email, Owner=owner name, Owner email=owner email, Web sessions=number",
        "`Email`, new owner in `Owner email`",
    ),
    (
        "Intercom conversations",
        "Customer email=email, User ID=id, Teammate assigned email=owner email, Closed by=other name, Rating=number",
        "ask: `User ID`, `Teammate assigned email` could all hold the new owner",
    ),
    (
        "Pipedrive people",
        "Person - Name=name, Person - Email=email, Person - Owner=owner email, Person - Open deals=number",
        "`Person - Email`, new owner in `Person - Owner`",
    ),
    (
        "Pipedrive people with a phone",
        "Person - ID=record, Person - Phone - Mobile=phone, Person - Owner=owner name, Person - Organization=word",
        "`Person - Phone - Mobile`, new owner in `Person - Owner`",
    ),
    (
        "Freshdesk contacts",
        "Full name=name, Company=word, Email=email, Mobile=phone, Twitter ID=blank, Agent email=owner email",
        "`Mobile`, else `Email`, new owner in `Agent email`",
    ),
    (
        "Freshdesk tickets",
        "Subject=word, Agent=owner name, Group=word, Email=email, Contact ID=id, Created time=date",
        "ask: `Contact ID`, `Email` are side by side",
    ),
    (
        "this workspace's contacts",
        "ContactID=id, FirstName=name, PhoneNumber=phone, Email=email, Assignee=owner email, Tags=word",
        "ask: `ContactID`, `PhoneNumber`, `Email` are side by side",
    ),
    (
        "this workspace's conversations",
        "Contact ID=id, Assignee=owner email, Opened By=other name, First Assignee=other email, Closed By=other name",
        "`Contact ID`, new owner in `Assignee`",
    ),
    (
        "Zoho contacts",
        "Contact Owner.id=owner id, Contact Owner=owner name, Email=email, Created By.id=other id, Modified By=other name",
        "`Email`, new owner in `Contact Owner.id`",
    ),
    (
        "WATI",
        "Name=name, Phone=phone, Allow Broadcast=yes, Assigned Agent=owner email, Team=word, Last Active=date",
        "`Phone`, new owner in `Assigned Agent`",
    ),
    (
        "Close",
        "id=record, display_name=name, email=email, lead_owner=owner name, created_by=other name",
        "`email`, new owner in `lead_owner`",
    ),
    (
        "Copper",
        "Name=name, Email=email, Owned By=owner name, Owner Id=owner id, Interaction Count=number",
        "`Email`, new owner in `Owner Id`",
    ),
    (
        "ActiveCampaign",
        "Email=email, Contact Owner=owner email, Deal Owner=other email, Score=number",
        "ask: `Contact Owner`, `Deal Owner` could all hold the new owner",
    ),
    (
        "Dynamics",
        "Full Name=name, Email=email, Owner=owner name, Owning Team=word, Created By=other name, Modified On=date",
        "`Email`, new owner in `Owner`",
    ),
    (
        "Kommo",
        "Contact name=name, Responsible user=owner name, Email=email, Created by=other name, Modified by=other name",
        "`Email`, new owner in `Responsible user`",
    ),
    (
        "Bitrix24",
        "Last Name=name, E-mail=email, Responsible person=owner name, Created by=other name, Observers=other name",
        "`E-mail`, new owner in `Responsible person`",
    ),
    (
        "Odoo",
        "Display Name=name, Email=email, Salesperson=owner name, Salesperson/Login=owner email, City=word",
        "`Email`, new owner in `Salesperson/Login`",
    ),
    (
        "Chatwoot",
        "name=name, email=email, assignee_email=owner email, inbox=mailbox, team=word, last_activity_at=date",
        "`email`, new owner in `assignee_email`",
    ),
    (
        "Help Scout",
        "Conversation Number=id, Customer Email=email, Assigned To=owner email, Mailbox=support, Replies=number",
        "`Customer Email`, new owner in `Assigned To`",
    ),
    (
        "Front",
        "Conversation ID=record, Contact=email, Assignee=owner email, Inbox=mailbox, Author=other email",
        "`Contact`, new owner in `Assignee`",
    ),
    (
        "Gorgias",
        "Ticket id=id, Customer email=email, Assignee name=owner name, Assignee email=owner email, To email address=support",
        "`Customer email`, new owner in `Assignee email`",
    ),
    (
        "a day when owners changed",
        "Phone=phone, Owner=owner id, Deals=number, Last owner change=date, Open tickets=number",
        "`Phone`, new owner in `Owner`",
    ),
    (
        "whether and when contacts were moved",
        "Phone=phone, Owner=owner email, Reassigned=yes, Owner changed=date",
        "`Phone`, new owner in `Owner`",
    ),
    (
        "who stands in for whom, by ID",
        "Phone=phone, Owner=owner id, Cover=other id, Score=number",
        "ask: `Owner`, `Cover` could all hold the new owner",
    ),
    (
        "a word that is not known, by ID",
        "Teléfono=phone, Propietario=owner id, Quedará con=other id, Importe=number",
        "ask: `Propietario`, `Quedará con` could all hold the new owner",
    ),
    (
        "answers to a mailbox",
        "Email=email, Owner=owner email, Reply-to=support, Unsubscribed=yes",
        "`Email`, new owner in `Owner`",
    ),
];

#[test]
fn what_is_plain_in_an_export_is_not_asked() {
    let mut wrong = Vec::new();
    for (name, columns, right) in EXPORTS {
        let found = answer(columns);
        if !found.starts_with(right) {
            wrong.push(format!("{name}: {found}\n  and not: {right}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
