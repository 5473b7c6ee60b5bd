//! The query of a contact list becomes a condition in SQL.
//!
//! What the contract names and the sandbox cannot decide is refused with what it can: a filter that is silently
//! ignored would list too many contacts.

use rusqlite::types::Value as Parameter;
use serde_json::Value;

use super::error_answer::ErrorAnswer;
use super::identifier::fold;
use super::list::SqlCondition as Sql;
use super::wire::{Condition, ContactQuery, Filter};

/// SQLite bounds how deep an expression may be.
const MOST_CONDITIONS: usize = 100;

const FIELDS: [(&str, &str); 8] = [
    ("assigneeUserId", "c.assignee"),
    ("firstName", "nullif(c.first_name, '')"),
    ("lastName", "c.last_name"),
    ("phone", "c.phone"),
    ("email", "c.email_key"),
    ("status", "c.status"),
    ("language", "c.language"),
    ("countryCode", "c.country"),
];

const SEARCHED: &str = "(c.first_name || ' ' || ifnull(c.last_name, '') || ' ' || ifnull(c.email, '') || ' ' \
                        || ifnull(c.phone, '')) LIKE ? ESCAPE '\\'";

/// The condition that holds for the contacts that `query` asks for.
pub(super) fn condition(query: &ContactQuery) -> Result<Sql, ErrorAnswer> {
    let (conditions, junction) = match &query.filter {
        Filter::And(conditions) => (conditions, " AND "),
        Filter::Or(conditions) => (conditions, " OR "),
    };
    if conditions.len() > MOST_CONDITIONS {
        return refuse(format!(
            "A filter may have at most {MOST_CONDITIONS} conditions."
        ));
    }
    let mut parameters = Vec::new();
    let parts = conditions
        .iter()
        .map(|condition| one(condition, &mut parameters))
        .collect::<Result<Vec<_>, _>>()?;
    // An empty list matches every contact, under either junction.
    let mut text = if parts.is_empty() {
        "TRUE".to_owned()
    } else {
        parts.join(junction)
    };
    if !query.search.trim().is_empty() {
        text = format!("({text}) AND {SEARCHED}");
        parameters.push(Parameter::Text(format!(
            "%{}%",
            escape(query.search.trim())
        )));
    }
    Ok(Sql { text, parameters })
}

fn one(condition: &Condition, parameters: &mut Vec<Parameter>) -> Result<String, ErrorAnswer> {
    match (condition.category.as_str(), condition.field.as_deref()) {
        ("contactTag", _) | ("contactField", Some("tags")) => tags(condition, parameters),
        ("contactField", Some(name)) => field(name, condition, parameters),
        ("contactField", None) => {
            refuse("A condition on `contactField` needs a `field`.".to_owned())
        }
        (category, _) => refuse(format!(
            "The category `{category}` cannot be filtered here; `contactField` and `contactTag` can."
        )),
    }
}

fn field(
    name: &str,
    condition: &Condition,
    parameters: &mut Vec<Parameter>,
) -> Result<String, ErrorAnswer> {
    let Some((_, column)) = FIELDS.iter().find(|(field, _)| *field == name) else {
        let names: Vec<String> = FIELDS
            .iter()
            .map(|(field, _)| format!("`{field}`"))
            .collect();
        return refuse(format!(
            "The field `{name}` cannot be filtered here; {} and `tags` can.",
            names.join(", ")
        ));
    };
    let comparison = match condition.operator.as_str() {
        "exists" => return Ok(format!("{column} IS NOT NULL")),
        "doesNotExist" => return Ok(format!("{column} IS NULL")),
        // IS, not =: it compares with null, too.
        "isEqualTo" => "IS",
        "isNotEqualTo" => "IS NOT",
        operator => {
            return refuse(format!(
                "The operator `{operator}` does not work on `{name}` here; `isEqualTo`, `isNotEqualTo`, `exists` and \
                 `doesNotExist` do."
            ));
        }
    };
    parameters.push(match &condition.value {
        Value::Null => Parameter::Null,
        Value::String(id) if name == "assigneeUserId" => match id.parse() {
            Ok(id) => Parameter::Integer(id),
            Err(_) => return refuse(format!("`{id}` is not a user's ID.")),
        },
        Value::String(email) if name == "email" => Parameter::Text(fold(email)),
        Value::String(text) => Parameter::Text(text.clone()),
        _ => return refuse(format!("The value for `{name}` must be a string or null.")),
    });
    Ok(format!("{column} {comparison} ?"))
}

fn tags(condition: &Condition, parameters: &mut Vec<Parameter>) -> Result<String, ErrorAnswer> {
    let text = match condition.operator.as_str() {
        "exists" => return Ok("c.tags <> '[]'".to_owned()),
        "doesNotExist" => return Ok("c.tags = '[]'".to_owned()),
        "hasAnyOf" => {
            "EXISTS (SELECT 1 FROM json_each(c.tags) WHERE value IN (SELECT value FROM json_each(?)))"
        }
        "hasNoneOf" => {
            "NOT EXISTS (SELECT 1 FROM json_each(c.tags) WHERE value IN (SELECT value FROM json_each(?)))"
        }
        "hasAllOf" => {
            "NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT value FROM json_each(c.tags)))"
        }
        operator => {
            return refuse(format!(
                "The operator `{operator}` does not work on tags here; `hasAnyOf`, `hasAllOf`, `hasNoneOf`, `exists` \
                 and `doesNotExist` do."
            ));
        }
    };
    let listed = condition
        .value
        .as_array()
        .filter(|tags| !tags.is_empty() && tags.iter().all(Value::is_string));
    if listed.is_none() {
        return refuse("The value for tags must be a list of one string or more.".to_owned());
    }
    parameters.push(Parameter::Text(condition.value.to_string()));
    Ok(text.to_owned())
}

fn escape(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}

fn refuse<T>(problem: String) -> Result<T, ErrorAnswer> {
    Err(ErrorAnswer::Validation(problem))
}
