//! The contract as it is written: operations, their documented responses, and the schemas in between.

use std::fs;
use std::path::Path;

use jsonschema::Draft;
use serde_json::{Map, Value, json};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Whether a schema may leave members unnamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// As the schema says.
    AsWritten,
    /// An object that names members has no others.
    OnlyNamed,
}

/// The document, read into memory.
pub(super) struct Contract {
    document: Value,
}

/// One operation of the contract.
pub(super) struct Operation<'a> {
    contract: &'a Contract,
    pub(super) id: &'a str,
    /// In upper case.
    pub(super) method: String,
    /// With parameters in braces.
    pub(super) path: &'a str,
    pub(super) value: &'a Value,
}

impl Contract {
    pub(super) fn read() -> Contract {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/openapi.yaml");
        let text =
            fs::read_to_string(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        let document: Value =
            serde_saphyr::from_str(&text).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
        assert_eq!(document["openapi"], "3.1.0", "the schemas' dialect");
        Contract { document }
    }

    pub(super) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in members(&self.document["paths"]) {
            for (method, value) in members(item) {
                if METHODS.contains(&method.as_str()) {
                    operations.push(Operation {
                        contract: self,
                        id: value["operationId"]
                            .as_str()
                            .expect("an operation has an ID"),
                        method: method.to_uppercase(),
                        path,
                        value,
                    });
                }
            }
        }
        operations
    }

    #[track_caller]
    pub(super) fn operation(&self, id: &str) -> Operation<'_> {
        let mut operations = self.operations().into_iter();
        let found = operations.find(|operation| operation.id == id);
        found.unwrap_or_else(|| panic!("the contract has no operation `{id}`"))
    }

    /// A schema by its name among the components.
    pub(super) fn schema(&self, name: &str) -> &Value {
        &self.document["components"]["schemas"][name]
    }

    /// Every place of the document that has this key.
    pub(super) fn places_with(&self, key: &str) -> Vec<&Map<String, Value>> {
        let mut found = Vec::new();
        gather(&self.document, key, &mut found);
        found
    }

    /// What stands here, or where this refers to.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference
                    .strip_prefix('#')
                    .expect("the document refers to itself alone");
                let target = self.document.pointer(pointer);
                target.unwrap_or_else(|| panic!("`{reference}` leads nowhere"))
            }
            None => value,
        }
    }

    /// What is wrong with `value`, by this schema of the document; nothing if it fits.
    pub(super) fn misfits(&self, schema: &Value, members: Members, value: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        schema["components"] = json!({ "schemas": self.document["components"]["schemas"] });
        if members == Members::OnlyNamed {
            close(&mut schema);
        }
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&schema)
            .unwrap_or_else(|err| panic!("{err}: {schema:#}"));
        validator
            .iter_errors(value)
            .map(|err| format!("{}: {err}", err.instance_path()))
            .collect()
    }
}

impl<'a> Operation<'a> {
    /// The statuses that it documents.
    pub(super) fn statuses(&self) -> Vec<u16> {
        members(&self.value["responses"])
            .map(|(status, _)| status.parse().expect("a status is a number"))
            .collect()
    }

    /// A documented response.
    pub(super) fn response(&self, status: u16) -> Option<&'a Value> {
        let response = self.value["responses"].get(status.to_string())?;
        Some(self.contract.resolved(response))
    }

    /// The schema of the body of a request.
    pub(super) fn request_schema(&self) -> &'a Value {
        &self.value["requestBody"]["content"]["application/json"]["schema"]
    }

    /// The path with these in place of its parameters.
    #[track_caller]
    pub(super) fn target(&self, parameters: &[(&str, &str)]) -> String {
        let mut target = format!("/v1{}", self.path);
        for (name, value) in parameters {
            let place = format!("{{{name}}}");
            assert!(target.contains(&place), "{} has no {place}", self.path);
            target = target.replace(&place, value);
        }
        assert!(!target.contains('{'), "{target} still has a parameter");
        target
    }
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

fn gather<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Object(members) => {
            if members.contains_key(key) {
                found.push(members);
            }
            for member in members.values() {
                gather(member, key, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                gather(item, key, found);
            }
        }
        _ => {}
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            for member in members.values_mut() {
                close(member);
            }
        }
        Value::Array(items) => {
            for item in items {
                close(item);
            }
        }
        _ => {}
    }
}
