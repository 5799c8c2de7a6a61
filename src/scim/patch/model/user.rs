//! The model's user: a plain attribute, a complex one, a list, and an extension with both.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::elements::{self, Emails, normal};
use super::steps::{Step, names};
use crate::json::Object;
use crate::urn;

/// What the model knows of a user.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct User {
    title: Option<&'static str>,
    name: BTreeMap<&'static str, &'static str>,
    emails: Emails,
    department: Option<&'static str>,
    manager: Option<&'static str>,
}

impl User {
    pub(super) fn to_json(&self) -> Value {
        let mut user = json!({"schemas": [urn::USER], "userName": "ann"});
        if let Some(title) = self.title {
            user["title"] = json!(title);
        }
        if !self.name.is_empty() {
            user["name"] = json!(self.name);
        }
        if !self.emails.0.is_empty() {
            user["emails"] = json!(self.emails.0);
        }
        let mut extension = Object::new();
        extension.extend(self.department.map(|text| ("department".to_owned(), json!(text))));
        extension.extend(self.manager.map(|id| ("manager".to_owned(), json!({"value": id}))));
        if !extension.is_empty() {
            user["schemas"] = json!([urn::USER, urn::ENTERPRISE_USER]);
            user[urn::ENTERPRISE_USER] = Value::Object(extension);
        }
        user
    }

    pub(super) fn step(&mut self, step: &Step) -> Result<(), ()> {
        match step {
            Step::Title(text) => self.title = *text,
            Step::RemoveTitle => self.title = None,
            Step::Name(parts) => parts.iter().for_each(|(name, text)| self.name_part(name, *text)),
            Step::NamePart(name, text) => self.name_part(name, *text),
            Step::RemoveName => self.name.clear(),
            Step::AddEmails(list) => self.emails.add(list),
            Step::ReplaceEmails(list) => self.emails.0 = normal(list),
            Step::RemoveEmails => self.emails.0.clear(),
            Step::RemoveListed(list) => self.emails.remove_listed(list),
            Step::RemoveWhere(choice) => self.emails.remove(choice),
            Step::AddWhere(choice, element) => self.emails.put(choice, element, |_| ())?,
            Step::ReplaceWhere(choice, element) => self.emails.put(choice, element, BTreeMap::clear)?,
            Step::SetWhere(choice, sub, Some(value)) => {
                self.emails.put(choice, &BTreeMap::from([(*sub, value.clone())]), |_| ())?;
            }
            Step::SetWhere(choice, sub, None) | Step::UnsetWhere(choice, sub) => {
                self.emails.unset(choice, sub);
            }
            Step::Department(text) | Step::DepartmentInObject(text) => self.department = *text,
            Step::Manager(id) | Step::ManagerInObject(id) | Step::ManagerValue(id) => self.manager = *id,
            Step::RemoveManager => self.manager = None,
            Step::RemoveExtension => (self.department, self.manager) = (None, None),
        }
        Ok(())
    }

    fn name_part(&mut self, name: &'static str, text: Option<&'static str>) {
        match text {
            Some(text) => self.name.insert(name, text),
            None => self.name.remove(name),
        };
    }

    /// A user as it may be stored.
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let maybe = || prop::option::of(elements::texts());
        let name = prop::collection::btree_map(names(), elements::texts(), 0..3);
        let emails = prop::collection::vec(elements::elements(), 0..5);
        (maybe(), name, emails, maybe(), maybe()).prop_map(|(title, name, emails, department, manager)| {
            Self { title, name, emails: Emails(normal(&emails)), department, manager }
        })
    }
}
