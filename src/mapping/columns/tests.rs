mod laws;
mod pairs;

use super::position::position;
use super::*;
use crate::sheet::{Options, Sheet};

/// What is found in a sheet of this text: identifier columns with their kinds, assignee, header row.
fn found(text: &str, choice: &Choice) -> Result<Columns, Vec<Error>> {
    let file = tempfile::NamedTempFile::with_suffix(".csv").expect("a file");
    std::fs::write(file.path(), text).expect("writable");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("a sheet");
    let batches: Vec<_> = sheet
        .batches()
        .expect("rows")
        .map(|batch| batch.expect("rows"))
        .collect();
    let rows: Vec<_> = batches.iter().flat_map(|batch| batch.rows()).collect();
    find(&rows, choice, None)
}

/// The assignee's column was named.
fn assigned(name: &str) -> Choice {
    Choice {
        assignee: Some(name.to_owned()),
        ..Choice::default()
    }
}

fn columns(text: &str) -> Columns {
    found(text, &Choice::default()).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
}

fn errors(text: &str, choice: &Choice) -> Vec<String> {
    let errors = found(text, choice).expect_err("errors");
    let said = errors.iter().map(|err| match err {
        Error::Open(question) => {
            let offers = question.offers.iter().map(|offer| offer.options.join(" "));
            format!("{err} [{}]", offers.collect::<Vec<_>>().join(", "))
        }
        err => err.to_string(),
    });
    said.collect()
}

#[test]
fn columns_are_found_by_their_names_wherever_the_header_stands() {
    let found = columns("Handover 2024\n\nName,Mobile No.,Assigned to\nAnn,+1,7\n");
    assert_eq!(found.header_row, Some(3));
    assert_eq!(
        found.identifiers,
        [IdentifierColumn {
            index: 1,
            kind: Some(Kind::Phone)
        }]
    );
    assert_eq!(found.assignee, 2);
}

#[test]
fn phone_and_email_are_used_in_that_order() {
    let found = columns("Email,Phone,Owner\na@x.org,+1,7\n");
    let kinds: Vec<_> = found
        .identifiers
        .iter()
        .map(|column| (column.index, column.kind))
        .collect();
    assert_eq!(kinds, [(1, Some(Kind::Phone)), (0, Some(Kind::Email))]);
}

#[test]
fn what_could_mean_two_things_is_asked_with_an_option_for_each_answer() {
    let none = Choice::default();
    assert_eq!(
        errors("Phone,Owner,Agent\n1,2,3\n", &none),
        ["`Owner`, `Agent` could all hold the new owner [--assignee Owner, --assignee Agent]"]
    );
    assert_eq!(
        errors("Contact ID,Phone,Email,Owner\n1,2,a@x.org,3\n", &none),
        [
            "`Contact ID`, `Phone`, `Email` are side by side, and an ID may be another system's record ID [--identifier \
             Contact ID, --identifier Phone,Email]"
        ]
    );
    assert_eq!(
        errors("Name,City\nAnn,Rome\n", &none),
        [
            "no column is named like a contact (row 1 names `Name` (Ann), `City` (Rome)) []",
            "no column is named like a new owner (row 1 names `Name` (Ann), `City` (Rome)) []"
        ]
    );
    assert_eq!(
        errors("Phone,Owner\n1,2\n", &assigned("Boss")),
        ["no column is named `Boss` (found: `Phone`, `Owner`)"]
    );
}

#[test]
fn options_override_names() {
    let choice = Choice {
        identifiers: vec!["E_MAIL".to_owned(), "Contact ID".to_owned()],
        ..assigned("Agent")
    };
    let header = "Contact ID,E-mail,e mail,Owner,Agent\n";
    assert_eq!(
        errors(header, &choice),
        ["2 columns are named `E_MAIL`; name one by its letter: B or C"]
    );
    let choice = Choice {
        identifiers: vec!["e mail".to_owned(), "contact id".to_owned()],
        ..choice
    };
    let found = found(header, &choice).expect("exact names win");
    assert_eq!(
        found
            .identifiers
            .iter()
            .map(|column| column.index)
            .collect::<Vec<_>>(),
        [2, 0]
    );
    assert_eq!(found.assignee, 4);
}

#[test]
fn without_a_header_columns_go_by_number_or_letter() {
    let by = |identifier: &str, assignee: &str| Choice {
        identifiers: vec![identifier.to_owned()],
        header_row: Some(0),
        ..assigned(assignee)
    };
    for choice in [by("3", "1"), by("C", "a")] {
        let found = found("7,x,+1\n", &choice).expect("columns");
        assert_eq!((found.identifiers[0].index, found.assignee), (2, 0));
    }
    assert!(found("7,x,+1\n", &by("D", "A")).is_err());
    assert_eq!(position("AA"), Some(26));
    assert_eq!(position("0"), None);
}

#[test]
fn letters_and_numbers_name_columns_under_a_header_too() {
    for wanted in ["D", "d", "4"] {
        let found = found("Phone,Owner,Name,Owner\n+1,101,a,999\n", &assigned(wanted));
        assert_eq!(found.expect("columns").assignee, 3);
    }
    assert_eq!(
        errors("Phone,Owner,Name,Owner\n+1,101,a,999\n", &Choice::default()),
        [
            "`Owner (column B)`, `Owner (column D)` could all hold the new owner [--assignee B, --assignee D]"
        ]
    );
}

/// Which column is taken for the assignee, and which for the condition; or what is asked.
fn owners(text: &str) -> String {
    match found(text, &Choice::default()) {
        Ok(columns) => {
            let current = columns
                .current
                .map(|index| format!(" while {}", columns.names[index]));
            columns.names[columns.assignee].clone() + &current.unwrap_or_default()
        }
        Err(errors) => {
            let asked = errors.iter().map(|err| match err {
                Error::Open(question) => {
                    let offers = question.offers.iter().map(|offer| offer.columns.join("+"));
                    offers.collect::<Vec<_>>().join(" or ")
                }
                err => err.to_string(),
            });
            format!("ask: {}", asked.collect::<Vec<_>>().join("; "))
        }
    }
}

#[test]
fn the_column_that_says_where_contacts_go_is_found_beside_the_present_owners() {
    for (text, right) in [
        (
            "Record ID,Email,Phone,Contact owner,Created by,Last modified by,Account manager,New owner\n\
             a1,c1@x.org,,101,101,102,103,102\na2,c2@x.org,,102,101,102,103,101\n",
            "New owner while Contact owner",
        ),
        (
            "Email,Owner,Created by,Account manager\nc1@x.org,ann@y.org,bo@y.org,bo@y.org\n",
            "ask: Owner or Account manager",
        ),
        (
            "Email,Owner,Reassign to\nc1@x.org,101,102\n",
            "Reassign to while Owner",
        ),
        (
            "Phone,Owner,Backup owner\n+1,101,102\n",
            "ask: Owner or Backup owner",
        ),
        (
            "Phone,Owner Oct,Owner Nov\n+1,101,102\n",
            "ask: Owner Oct or Owner Nov",
        ),
        (
            "Phone,Owner,Owner Nov\n+1,101,102\n",
            "Owner Nov while Owner",
        ),
        (
            "Phone,Owner 2024,Owner 2025\n+1,101,102\n",
            "Owner 2025 while Owner 2024",
        ),
        (
            "Phone,Owner (updated),Owner\n+1,101,102\n",
            "Owner (updated) while Owner",
        ),
        (
            "Contact,Assignee,Requested by,Approved by\nid:1,101,102,101\n",
            "Assignee",
        ),
        (
            "Email,Score,Owner,Created by,Manager\nc1@x.org,101,101,102,101\nc2@x.org,102,102,101,101\n",
            "Owner",
        ),
        (
            "Email,Owner,Owner email,Team lead\nc1@x.org,Ann Lee,ann@y.org,Bo Ek\nc2@x.org,Bo Ek,bo@y.org,Ann Lee\n",
            "Owner email",
        ),
        (
            "Contact ID,Email,Contact Owner,Account Owner\n0035g00000AbCdE,c1@x.org,101,102\n",
            "ask: Contact Owner or Account Owner",
        ),
        (
            "Email,Agent\nann@y.org,ann@y.org\nbo@y.org,ann@y.org\n",
            "Agent",
        ),
        (
            "Ticket ID,Requester email,Assignee email,Submitter email\n1,c1@x.org,ann@y.org,c2@x.org\n",
            "ask: Requester email or Submitter email",
        ),
        (
            "Contact ID,Phone,Email,Assignee\n12,+60123456701,c1@x.org,101\n",
            "ask: Contact ID or Phone+Email",
        ),
        (
            "Phone,Owner,New owner\n+1,101,\n+2,101,102\n",
            "New owner while Owner",
        ),
        // What an unknown name holds is seen.
        (
            "Email,Owner,Xyz\nc1@x.org,ann@y.org,bo@y.org\nc2@x.org,bo@y.org,ann@y.org\n",
            "ask: Owner or Xyz",
        ),
        (
            "Email,Owner,Xyz\nc1@x.org,Ann Lee,Bo Ek\nc2@x.org,Bo Ek,Ann Lee\n",
            "ask: Owner or Xyz",
        ),
        // `Covered by` may be an owner, `Verified by` is none, and neither is `Reports to`.
        (
            "Email,Owner,Jotted by\nc1@x.org,101,102\nc2@x.org,102,101\n",
            "ask: Owner or Jotted by",
        ),
        (
            "Email,Owner,Verified by,Reports to\nc1@x.org,101,102,103\nc2@x.org,102,101,103\n",
            "Owner",
        ),
        // New people, of whom nothing is known but that they work at the same place.
        (
            "Email,Owner,Xyz\nc1@x.org,ann@y.org,cy@y.org\nc2@x.org,bo@y.org,di@y.org\n",
            "ask: Owner or Xyz",
        ),
        (
            "Email,Owner,Xyz\nc1@x.org,ann@x.org,c5@x.org\nc2@x.org,bo@x.org,c6@x.org\n",
            "Owner",
        ),
        (
            "Phone,Recipient,Owner\n+1,Bo Ek,Ann Lee\n+2,Ann Lee,Bo Ek\n",
            "ask: Recipient or Owner",
        ),
        (
            "Email,Owner,Reassign?\nc1@x.org,ann@y.org,yes\nc2@x.org,ann@y.org,no\n",
            "Owner",
        ),
        (
            "Email,City,Owner,Stage\nc1@x.org,Rome,ann@y.org,won\n",
            "Owner",
        ),
        (
            "Ticket-ID,E-Mail des Anforderers,E-Mail des Bearbeiters\n71,c1@x.org,ann@y.org\n",
            "ask: E-Mail des Anforderers",
        ),
        (
            "Email,Owner,City\nc1@x.org,Ann Lee,Rome\nc2@x.org,Bo Ek,Oslo\n",
            "Owner",
        ),
        ("Email,Owner,Next\nc1@x.org,101,2026-12-01\n", "Owner"),
        ("contactEmail,assignTo\nc1@x.org,101\n", "assignTo"),
        ("Email/Phone,Owner\nc1@x.org,101\n", "Owner"),
        ("Contact,Owner,To\nid:1,104,101\n", "To while Owner"),
        (
            "Email,Owner Name,Email 2,New owner\nc1@x.org,Ann,,101\n",
            "New owner",
        ),
        // Of numbers, those among or close to the owners' may be users; scores and postcodes are elsewhere.
        (
            "Contact,Handled by,Cover\nid:1,104,101\nid:2,102,101\nid:3,104,103\n",
            "ask: Handled by or Cover",
        ),
        (
            "Contact,Propietario,Quedará con\nid:1,5120047,5120051\nid:2,5120047,5120033\n",
            "ask: Propietario or Quedará con",
        ),
        (
            "Contact,Owner,Score,Postcode,Year\nid:1,104,300,10115,2024\nid:2,102,120,10117,2025\n",
            "Owner",
        ),
        (
            "Contact,Owner,Cover\nid:1,ann@y.org,102\nid:2,bo@y.org,103\n",
            "Owner",
        ),
        // Who is in charge of a contact's ticket is in charge of the contact, unless another column says otherwise.
        (
            "Email,Ticket Owner,Created By\nc1@x.org,ann@y.org,bo@y.org\n",
            "Ticket Owner",
        ),
        (
            "Email,Owner,Conversation assignee\nc1@x.org,ann@y.org,bo@y.org\n",
            "ask: Owner or Conversation assignee",
        ),
        (
            "Ticket ID,Email,Neuer Ticketinhaber,Ticketinhaber\n7,c1@x.org,ann@y.org,bo@y.org\n",
            "Neuer Ticketinhaber while Ticketinhaber",
        ),
        ("WhatsApp Number,Operator\n+1,ann@y.org\n", "Operator"),
        // A `user_id` of each row is the contact's, and keeps nobody from being the condition.
        (
            "user_id,email,owner_id,owner_name,new_owner_id\nab1,c1@x.org,501,Ann Lee,502\nab2,c2@x.org,501,Ann Lee,\n\
             ab3,c3@x.org,502,Bo Ek,501\n",
            "new_owner_id while owner_id",
        ),
        // Customers' names may hold figures.
        (
            "Cliente,WhatsApp,Atendente\nStudio 54,+5511987654300,ana@y.org\nLoja 3,+5511987654301,bia@y.org\n",
            "Atendente",
        ),
    ] {
        assert_eq!(owners(text), right, "{text}");
    }
}

#[test]
fn an_id_beside_cells_that_are_contacts_is_asked_about() {
    let none = Choice::default();
    let beside = |column: &str| {
        format!(
            "`Id`, `{column}` are side by side, and an ID may be another system's record ID [--identifier Id, --identifier \
             {column}]"
        )
    };
    // A ticket's ID beside who asked; staff who wrote the ticket are no contacts.
    let tickets = "Id,Requester email,Assignee email,Submitter,Created by\n\
        71,a@x.org,s@y.org,Sue,s@y.org\n72,b@x.org,t@y.org,Tom,t@y.org\n";
    assert_eq!(errors(tickets, &none), [beside("Requester email")]);
    let orders = "Id,Buyer mail,Agent\n71,a@x.org,5\n72,b@x.org,6\n";
    assert_eq!(errors(orders, &none), [beside("Buyer mail")]);
    let staff = "Contact ID,Assignee,Created by,Approved by\n71,s@y.org,u@y.org,v@y.org\n";
    assert_eq!(columns(staff).identifiers[0].index, 0);
}

#[test]
fn a_blank_column_is_no_choice_beside_one_that_is_filled() {
    let found = columns("Mobile,Phone,Owner\n,+1,7\n,+2,8\n");
    assert_eq!(found.identifiers[0].index, 1);
    assert_eq!(errors("Mobile,Phone,Owner\n", &Choice::default()).len(), 1);
}

#[test]
fn a_column_in_the_place_of_names_that_cannot_be_read_is_no_condition() {
    let found = columns(
        "User ID,Email,Owner,Reassign to\n9001,a@x.org,Sue,t@y.org\n9002,b@x.org,Tom,s@y.org\n",
    );
    assert_eq!((found.assignee, found.current), (3, None));
    let found = columns(
        "Email,Owner,Owner email,Reassign to\na@x.org,Sue,sue@y.org,tom@y.org\nb@x.org,Tom,tom@y.org,sue@y.org\n",
    );
    assert_eq!((found.assignee, found.current), (3, Some(2)));
}

#[test]
fn who_is_named_in_one_column_and_written_to_in_another_may_be_somebody_else() {
    let text = "Phone,Owner,Owner copy\n+1,Sue Lee,tom@y.org\n+2,Tom Ray,amy@y.org\n+3,Sue Lee,amy@y.org\n";
    assert_eq!(
        errors(text, &Choice::default()),
        [
            "`Owner`, `Owner copy` could all hold the new owner [--assignee Owner, --assignee Owner copy]"
        ]
    );
}
