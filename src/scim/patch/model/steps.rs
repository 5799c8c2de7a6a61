//! Operations on the model's user, and how they look in a message.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::elements::{Choice, Element, elements, kinds, texts};
use crate::json::Object;
use crate::urn;

type Text = Option<&'static str>;

/// One operation, in the model's words.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Title(Text),
    RemoveTitle,
    Name(Vec<(&'static str, Text)>),
    NamePart(&'static str, Text),
    RemoveName,
    AddEmails(Vec<Element>),
    ReplaceEmails(Vec<Element>),
    RemoveEmails,
    RemoveListed(Vec<Element>),
    AddWhere(Choice, Element),
    ReplaceWhere(Choice, Element),
    RemoveWhere(Choice),
    SetWhere(Choice, &'static str, Option<Value>),
    UnsetWhere(Choice, &'static str),
    Department(Text),
    DepartmentInObject(Text),
    Manager(Text),
    ManagerInObject(Text),
    ManagerValue(Text),
    RemoveManager,
    RemoveExtension,
}

impl Step {
    pub(super) fn to_json(&self) -> Value {
        let set = |path: &str, value: Value| json!({"op": "replace", "path": path, "value": value});
        let remove = |path: &str| json!({"op": "remove", "path": path});
        let extended = |name: &str| format!("{}:{name}", urn::ENTERPRISE_USER);
        match self {
            Self::Title(text) => set("title", json!(text)),
            Self::RemoveTitle => remove("title"),
            Self::Name(parts) => {
                let parts: Object = parts.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
                json!({"op": "add", "value": {"name": parts}})
            }
            Self::NamePart(name, text) => set(&format!("name.{name}"), json!(text)),
            Self::RemoveName => remove("name"),
            Self::AddEmails(list) => json!({"op": "add", "path": "emails", "value": list}),
            Self::ReplaceEmails(list) => json!({"op": "replace", "value": {"emails": list}}),
            Self::RemoveEmails => remove("emails"),
            Self::RemoveListed(list) => json!({"op": "remove", "path": "emails", "value": list}),
            Self::AddWhere(choice, element) => json!({"op": "add", "path": choice.path(), "value": element}),
            Self::ReplaceWhere(choice, element) => set(&choice.path(), json!(element)),
            Self::RemoveWhere(choice) => remove(&choice.path()),
            Self::SetWhere(choice, sub, value) => set(&format!("{}.{sub}", choice.path()), json!(value)),
            Self::UnsetWhere(choice, sub) => remove(&format!("{}.{sub}", choice.path())),
            Self::Department(text) => set(&extended("department"), json!(text)),
            Self::DepartmentInObject(text) => {
                json!({"op": "replace", "value": {urn::ENTERPRISE_USER: {"department": text}}})
            }
            Self::Manager(id) => set(&extended("manager"), json!(id)),
            Self::ManagerInObject(id) => {
                let manager = id.map(|id| json!({"value": id}));
                json!({"op": "replace", "path": urn::ENTERPRISE_USER, "value": {"manager": manager}})
            }
            Self::ManagerValue(id) => set(&extended("manager.value"), json!(id)),
            Self::RemoveManager => remove(&extended("manager")),
            Self::RemoveExtension => remove(urn::ENTERPRISE_USER),
        }
    }

    /// Whether the elements it speaks of are the same before and after it.
    pub(super) fn keeps_its_target(&self) -> bool {
        match self {
            Self::ReplaceWhere(choice, element) => choice.matches(element),
            Self::AddWhere(choice, element) => element.keys().all(|sub| !choice.looks_at(sub)),
            Self::SetWhere(choice, sub, _) | Self::UnsetWhere(choice, sub) => !choice.looks_at(sub),
            _ => true,
        }
    }

    pub(super) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![1 => of_plain(), 2 => of_emails(), 1 => of_extension()]
    }
}

fn of_plain() -> impl Strategy<Value = Step> {
    let maybe = || prop::option::of(texts());
    prop_oneof![
        maybe().prop_map(Step::Title),
        Just(Step::RemoveTitle),
        prop::collection::btree_map(names(), maybe(), 1..3)
            .prop_map(|parts| Step::Name(parts.into_iter().collect())),
        (names(), maybe()).prop_map(|(name, text)| Step::NamePart(name, text)),
        Just(Step::RemoveName),
    ]
}

fn of_extension() -> impl Strategy<Value = Step> {
    let maybe = || prop::option::of(texts());
    prop_oneof![
        maybe().prop_map(Step::Department),
        maybe().prop_map(Step::DepartmentInObject),
        maybe().prop_map(Step::Manager),
        maybe().prop_map(Step::ManagerInObject),
        maybe().prop_map(Step::ManagerValue),
        Just(Step::RemoveManager),
        Just(Step::RemoveExtension),
    ]
}

fn of_emails() -> impl Strategy<Value = Step> {
    let list = || prop::collection::vec(elements(), 0..4);
    let filled = || elements().prop_filter("an empty object says nothing", |e| !e.is_empty());
    let wide = || prop_oneof![1 => Just(Choice::All), 4 => Choice::any()];
    let sub = prop::sample::select(vec!["value", "display", "primary", "type"]);
    let set = prop_oneof![
        prop::option::of(texts()).prop_map(|v| ("value", v.map(Value::from))),
        prop::option::of(texts()).prop_map(|v| ("display", v.map(Value::from))),
        prop::option::of(any::<bool>()).prop_map(|v| ("primary", v.map(Value::from))),
        kinds().prop_map(|v| ("type", Some(Value::from(v)))),
    ];
    prop_oneof![
        list().prop_map(Step::AddEmails),
        list().prop_map(Step::ReplaceEmails),
        Just(Step::RemoveEmails),
        list().prop_map(Step::RemoveListed),
        (Choice::any(), filled()).prop_map(|(choice, element)| Step::AddWhere(choice, element)),
        (Choice::any(), filled()).prop_map(|(choice, element)| Step::ReplaceWhere(choice, element)),
        Choice::any().prop_map(Step::RemoveWhere),
        (wide(), set).prop_map(|(choice, (sub, value))| Step::SetWhere(choice, sub, value)),
        (wide(), sub).prop_map(|(choice, sub)| Step::UnsetWhere(choice, sub)),
    ]
}

pub(super) fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["givenName", "familyName"])
}
