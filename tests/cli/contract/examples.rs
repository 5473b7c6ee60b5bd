//! The description of the API agrees with itself.

use serde_json::Value;

use super::document::{Contract, Members, members};

/// The example and the examples of one place.
fn examples(place: &Value) -> Vec<&Value> {
    let named = place.get("examples").into_iter().flat_map(members);
    place
        .get("example")
        .into_iter()
        .chain(named.map(|(_, example)| &example["value"]))
        .collect()
}

#[test]
fn every_example_of_the_contract_fits_its_schema() {
    let contract = Contract::read();
    let mut checked = 0;
    for place in contract.places_with("schema") {
        let place = Value::Object(place.clone());
        for example in examples(&place) {
            let misfits = contract.misfits(&place["schema"], Members::OnlyNamed, example);
            assert!(misfits.is_empty(), "{misfits:#?}: {example:#}");
            checked += 1;
        }
    }
    let written = contract.places_with("example").len()
        + contract
            .places_with("examples")
            .iter()
            .map(|place| members(&place["examples"]).count())
            .sum::<usize>();
    assert_eq!(checked, written, "an example stands where no schema is");
    assert!(checked >= 30, "only {checked} examples");
}

#[test]
fn every_documented_error_has_its_own_status_as_code() {
    let contract = Contract::read();
    let mut checked = 0;
    for operation in contract.operations() {
        for status in operation.statuses() {
            let response = operation.response(status).expect("a documented response");
            let content = &response["content"]["application/json"];
            assert!(content["schema"].is_object(), "{} {status}", operation.id);
            if status == 200 {
                continue;
            }
            assert_eq!(
                content["schema"]["$ref"], "#/components/schemas/Error",
                "{} {status}",
                operation.id
            );
            for example in examples(content) {
                assert_eq!(example["code"], status, "{}", operation.id);
                checked += 1;
            }
        }
    }
    assert!(checked >= 20, "only {checked} errors");
}

#[test]
fn a_value_that_does_not_fit_is_noticed() {
    let contract = Contract::read();
    let contact = contract.schema("Contact");
    for (members, value, noticed) in [
        (
            Members::AsWritten,
            r#"{"id":1,"firstName":"Ann","extra":1}"#,
            false,
        ),
        (
            Members::OnlyNamed,
            r#"{"id":1,"firstName":"Ann","extra":1}"#,
            true,
        ),
        (Members::AsWritten, r#"{"id":"1","firstName":"Ann"}"#, true),
        (Members::AsWritten, r#"{"id":1}"#, true),
        (
            Members::AsWritten,
            r#"{"id":1,"firstName":"Ann","assignee":{"id":2}}"#,
            true,
        ),
        (
            Members::OnlyNamed,
            r#"{"id":1,"firstName":"Ann","assignee":{"id":2,"firstName":"K","lastName":"T","email":"k@x.com","x":1}}"#,
            true,
        ),
        (
            Members::OnlyNamed,
            r#"{"id":1,"firstName":"Ann","assignee":{"id":2,"firstName":"K","lastName":"T","email":"k"}}"#,
            true,
        ),
        (
            Members::OnlyNamed,
            r#"{"id":1,"firstName":"Ann","assignee":null,"status":"open"}"#,
            false,
        ),
    ] {
        let value: Value = serde_json::from_str(value).expect("JSON");
        let misfits = contract.misfits(contact, members, &value);
        assert_eq!(!misfits.is_empty(), noticed, "{value}: {misfits:?}");
    }
}
