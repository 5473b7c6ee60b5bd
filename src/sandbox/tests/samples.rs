//! What the sample workspace promises.

use std::collections::{HashMap, HashSet};

use super::super::{Contents, WorkspaceOrigin};
use super::*;

const CONTACTS: &str = include_str!("../../../samples/workspace/contacts.csv");
const USERS: &str = include_str!("../../../samples/workspace/users.csv");

fn records(content: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("a CSV")
}

fn shared<'a>(contacts: &'a [HashMap<String, String>], column: &str) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    contacts
        .iter()
        .map(|contact| contact[column].as_str())
        .filter(|cell| !cell.is_empty() && !seen.insert(cell.to_lowercase()))
        .collect()
}

#[test]
fn it_has_300_contacts_and_13_users_one_of_them_pending() {
    let contents = Sandbox::open(options())
        .expect("the sample loads")
        .contents();
    assert_eq!(
        contents,
        Contents {
            origin: WorkspaceOrigin::Loaded,
            contacts: 300,
            users: 13
        }
    );
    assert_eq!(
        records(USERS)
            .iter()
            .filter(|user| user["pending"] == "yes")
            .count(),
        1
    );
}

#[test]
fn every_phone_is_valid_and_in_e164_form() {
    for contact in records(CONTACTS)
        .iter()
        .filter(|contact| !contact["phone"].is_empty())
    {
        let phone = &contact["phone"];
        let number = rlibphonenumber::PHONE_NUMBER_UTIL
            .parse(phone, None)
            .unwrap_or_else(|_| panic!("{phone}"));
        assert!(
            rlibphonenumber::PHONE_NUMBER_UTIL.is_valid_number(&number),
            "{phone}"
        );
        let e164 = rlibphonenumber::PHONE_NUMBER_UTIL
            .format(&number, rlibphonenumber::PhoneNumberFormat::E164);
        assert_eq!(e164, *phone);
    }
}

#[test]
fn every_email_is_of_a_domain_that_nobody_can_own() {
    for record in records(CONTACTS)
        .iter()
        .chain(&records(USERS))
        .filter(|record| !record["email"].is_empty())
    {
        let email = record["email"].to_lowercase();
        let domain = email.rsplit('@').next().expect("a domain");
        assert!(
            ["example.com", "example.org", "example.net"].contains(&domain),
            "{email}"
        );
    }
}

#[test]
fn every_contact_can_be_reached_and_some_only_by_phone_or_only_by_email() {
    let contacts = records(CONTACTS);
    let count = |phone: bool, email: bool| {
        let has = |contact: &&HashMap<String, String>| {
            contact["phone"].is_empty() != phone && contact["email"].is_empty() != email
        };
        contacts.iter().filter(has).count()
    };
    assert_eq!(count(false, false), 0);
    assert!(count(true, false) >= 10 && count(false, true) >= 10);
}

#[test]
fn a_few_contacts_share_an_email_or_a_phone() {
    let contacts = records(CONTACTS);
    assert_eq!(shared(&contacts, "email").len(), 3);
    assert_eq!(shared(&contacts, "phone").len(), 2);
}

#[test]
fn it_shows_every_status_country_and_user() {
    let contacts = records(CONTACTS);
    let distinct = |column: &str| {
        contacts
            .iter()
            .map(|contact| contact[column].clone())
            .collect::<HashSet<_>>()
    };
    assert_eq!(distinct("status").len(), 3);
    assert!(distinct("country").len() >= 10);
    let listed = records(USERS)
        .iter()
        .filter(|user| user["pending"] != "yes")
        .count();
    assert_eq!(
        distinct("assignee").len(),
        listed + 1,
        "every listed user, and nobody"
    );
}
