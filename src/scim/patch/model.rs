//! PATCH held against a slow model of a few attributes, and the property that doing it twice is doing it once.

use std::collections::BTreeMap;

use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Patch, apply};
use crate::json::Object;
use crate::{Dialect, Lenience, Registry, ScimError, urn};

type Element = BTreeMap<&'static str, Value>;

/// One operation, in the model's words.
#[derive(Debug, Clone)]
enum Step {
    Title(Option<&'static str>),
    RemoveTitle,
    Name(Vec<(&'static str, Option<&'static str>)>),
    NamePart(&'static str, Option<&'static str>),
    RemoveName,
    AddEmails(Vec<Element>),
    ReplaceEmails(Vec<Element>),
    RemoveEmails,
    RemoveListed(Vec<Element>),
    AddWhere(&'static str, Element),
    ReplaceWhere(&'static str, Element),
    RemoveWhere(&'static str),
    SetWhere(&'static str, &'static str, Option<Value>),
}

impl Step {
    fn to_json(&self) -> Value {
        let at = |kind: &str| format!("emails[type eq \"{kind}\"]");
        match self {
            Self::Title(text) => json!({"op": "replace", "path": "title", "value": text}),
            Self::RemoveTitle => json!({"op": "remove", "path": "title"}),
            Self::Name(parts) => {
                let parts: Object = parts.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
                json!({"op": "add", "value": {"name": parts}})
            }
            Self::NamePart(name, text) => {
                json!({"op": "replace", "path": format!("name.{name}"), "value": text})
            }
            Self::RemoveName => json!({"op": "remove", "path": "name"}),
            Self::AddEmails(list) => json!({"op": "add", "path": "emails", "value": list}),
            Self::ReplaceEmails(list) => json!({"op": "replace", "value": {"emails": list}}),
            Self::RemoveEmails => json!({"op": "remove", "path": "emails"}),
            Self::RemoveListed(list) => json!({"op": "remove", "path": "emails", "value": list}),
            Self::AddWhere(kind, element) => json!({"op": "add", "path": at(kind), "value": element}),
            Self::ReplaceWhere(kind, element) => json!({"op": "replace", "path": at(kind), "value": element}),
            Self::RemoveWhere(kind) => json!({"op": "remove", "path": at(kind)}),
            Self::SetWhere(kind, sub, value) => {
                json!({"op": "replace", "path": format!("{}.{sub}", at(kind)), "value": value})
            }
        }
    }

    /// Whether the elements it speaks of are the same before and after it.
    fn keeps_its_target(&self) -> bool {
        match self {
            Self::ReplaceWhere(kind, element) => element.get("type") == Some(&json!(kind)),
            Self::AddWhere(kind, element) => element.get("type").is_none_or(|t| t == kind),
            Self::SetWhere(_, sub, _) => *sub != "type",
            _ => true,
        }
    }
}

/// What the model knows of a user.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    title: Option<&'static str>,
    name: BTreeMap<&'static str, &'static str>,
    emails: Vec<Element>,
}

impl Model {
    fn to_json(&self) -> Value {
        let mut user = json!({"schemas": [urn::USER], "userName": "ann"});
        if let Some(title) = self.title {
            user["title"] = json!(title);
        }
        if !self.name.is_empty() {
            user["name"] = json!(self.name);
        }
        if !self.emails.is_empty() {
            user["emails"] = json!(self.emails);
        }
        user
    }

    fn step(&mut self, step: &Step) -> Result<(), ()> {
        match step {
            Step::Title(text) => self.title = *text,
            Step::RemoveTitle => self.title = None,
            Step::Name(parts) => parts.iter().for_each(|(name, text)| self.name_part(name, *text)),
            Step::NamePart(name, text) => self.name_part(name, *text),
            Step::RemoveName => self.name.clear(),
            Step::AddEmails(list) => {
                let mut fresh = vec![];
                for new in normal(list) {
                    let alike = |e: &Element| {
                        let pair = |e: &Element| (e.get("value").cloned(), e.get("type").cloned());
                        *e == new || (new.contains_key("value") && pair(e) == pair(&new))
                    };
                    let place = self.emails.iter().position(alike).unwrap_or(self.emails.len());
                    match self.emails.get_mut(place) {
                        Some(old) => old.extend(new),
                        None => self.emails.push(new),
                    }
                    fresh.push(place);
                }
                self.settle(&fresh);
            }
            Step::ReplaceEmails(list) => self.emails = normal(list),
            Step::RemoveEmails => self.emails.clear(),
            Step::RemoveListed(list) => {
                let gone = |e: &Element| {
                    normal(list).iter().any(|given| match given.get("value") {
                        Some(_) => ["value", "type"]
                            .iter()
                            .all(|n| !given.contains_key(n) || e.get(n) == given.get(n)),
                        None => given.iter().all(|(n, v)| e.get(n) == Some(v)),
                    })
                };
                self.emails.retain(|e| !gone(e));
            }
            Step::RemoveWhere(kind) => self.emails.retain(|e| e.get("type") != Some(&json!(kind))),
            Step::ReplaceWhere(kind, element) | Step::AddWhere(kind, element) => {
                let chosen = self.chosen(kind);
                if element.is_empty() {
                    self.emails.retain(|e| e.get("type") != Some(&json!(kind)));
                } else if chosen.is_empty() {
                    self.create(kind, element)?;
                } else {
                    for i in &chosen {
                        if matches!(step, Step::ReplaceWhere(..)) {
                            self.emails[*i].clear();
                        }
                        self.emails[*i].extend(element.clone());
                    }
                    self.settle(&chosen);
                }
            }
            Step::SetWhere(kind, sub, Some(value)) => {
                let chosen = self.chosen(kind);
                if chosen.is_empty() {
                    return self.create(kind, &BTreeMap::from([(*sub, value.clone())]));
                }
                for i in &chosen {
                    self.emails[*i].insert(sub, value.clone());
                }
                self.settle(&chosen);
            }
            Step::SetWhere(kind, sub, None) => {
                for i in self.chosen(kind) {
                    let element = &mut self.emails[i];
                    if element.remove(sub).is_some()
                        && element.keys().all(|k| ["type", "primary"].contains(k))
                    {
                        element.clear();
                    }
                }
                self.emails.retain(|e| !e.is_empty());
                self.settle(&[]);
            }
        }
        Ok(())
    }

    fn name_part(&mut self, name: &'static str, text: Option<&'static str>) {
        match text {
            Some(text) => self.name.insert(name, text),
            None => self.name.remove(name),
        };
    }

    fn chosen(&self, kind: &str) -> Vec<usize> {
        (0..self.emails.len()).filter(|i| self.emails[*i].get("type") == Some(&json!(kind))).collect()
    }

    fn create(&mut self, kind: &str, parts: &Element) -> Result<(), ()> {
        let mut element: Element = BTreeMap::from([("type", json!(kind))]);
        element.extend(parts.clone());
        if element["type"] != json!(kind) {
            return Err(());
        }
        self.emails.push(element);
        self.settle(&[self.emails.len() - 1]);
        Ok(())
    }

    fn settle(&mut self, fresh: &[usize]) {
        let primary = |e: &Element| e.get("primary") == Some(&json!(true));
        let last = (0..self.emails.len()).rfind(|i| fresh.contains(i) && primary(&self.emails[*i]));
        for i in 0..self.emails.len() {
            if last.is_some_and(|last| i != last) && primary(&self.emails[i]) {
                self.emails[i].insert("primary", json!(false));
            }
        }
        self.emails = once_each(&self.emails);
    }
}

fn once_each(list: &[Element]) -> Vec<Element> {
    let mut kept: Vec<Element> = vec![];
    for element in list {
        if !kept.contains(element) {
            kept.push(element.clone());
        }
    }
    kept
}

/// A list as it is received: nothing empty, nothing twice, one primary.
fn normal(list: &[Element]) -> Vec<Element> {
    let filled: Vec<Element> = list.iter().filter(|e| !e.is_empty()).cloned().collect();
    let mut list = once_each(&filled);
    let primary = |e: &Element| e.get("primary") == Some(&json!(true));
    let stays = list.iter().rposition(primary);
    for (i, element) in list.iter_mut().enumerate() {
        if primary(element) && Some(i) != stays {
            element.insert("primary", json!(false));
        }
    }
    once_each(&list)
}

fn real(start: &Value, steps: &[Step]) -> Result<Value, ScimError> {
    let (registry, dialect) = (Registry::builtin(), Dialect::tolerant());
    let mut lenience = Lenience::new(&dialect);
    let operations: Vec<Value> = steps.iter().map(Step::to_json).collect();
    let body = json!({"schemas": [urn::PATCH_OP], "Operations": operations});
    let patch = Patch::parse(body.as_object().unwrap().clone(), &mut lenience)?;
    let user = registry.resource_type("User").unwrap();
    let stored = start.as_object().unwrap();
    let applied = apply(&registry, user, stored, &patch, &mut lenience)?;
    assert_eq!(applied.changed, applied.attributes != *stored);
    Ok(Value::Object(applied.attributes))
}

fn texts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

fn kinds() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["work", "home"])
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["givenName", "familyName"])
}

fn elements() -> impl Strategy<Value = Element> {
    (weighted(0.9, texts()), weighted(0.7, kinds()), weighted(0.3, any::<bool>()), weighted(0.2, texts()))
        .prop_map(|(value, kind, primary, display)| {
            let parts = [
                ("value", value.map(Value::from)),
                ("type", kind.map(Value::from)),
                ("primary", primary.map(Value::from)),
                ("display", display.map(Value::from)),
            ];
            parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
        })
}

/// A user as it may be stored.
fn models() -> impl Strategy<Value = Model> {
    let names = prop::collection::btree_map(names(), texts(), 0..3);
    let emails = prop::collection::vec(elements(), 0..5);
    (prop::option::of(texts()), names, emails).prop_map(|(title, name, emails)| Model {
        title,
        name,
        emails: normal(&emails),
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let list = || prop::collection::vec(elements(), 0..4);
    let filled = || elements().prop_filter("an empty object says nothing", |e| !e.is_empty());
    let set = prop_oneof![
        prop::option::of(texts()).prop_map(|v| ("value", v.map(Value::from))),
        prop::option::of(texts()).prop_map(|v| ("display", v.map(Value::from))),
        prop::option::of(any::<bool>()).prop_map(|v| ("primary", v.map(Value::from))),
        kinds().prop_map(|v| ("type", Some(Value::from(v)))),
    ];
    let part = (names(), prop::option::of(texts()));
    prop_oneof![
        prop::option::of(texts()).prop_map(Step::Title),
        Just(Step::RemoveTitle),
        prop::collection::btree_map(names(), prop::option::of(texts()), 1..3)
            .prop_map(|parts| Step::Name(parts.into_iter().collect())),
        part.prop_map(|(name, text)| Step::NamePart(name, text)),
        Just(Step::RemoveName),
        list().prop_map(Step::AddEmails),
        list().prop_map(Step::ReplaceEmails),
        Just(Step::RemoveEmails),
        list().prop_map(Step::RemoveListed),
        (kinds(), filled()).prop_map(|(kind, element)| Step::AddWhere(kind, element)),
        (kinds(), filled()).prop_map(|(kind, element)| Step::ReplaceWhere(kind, element)),
        kinds().prop_map(Step::RemoveWhere),
        (kinds(), set).prop_map(|(kind, (sub, value))| Step::SetWhere(kind, sub, value)),
    ]
}

proptest! {
    #[test]
    fn a_patch_does_what_the_model_does(mut model in models(), steps in prop::collection::vec(steps(), 1..6)) {
        let found = real(&model.to_json(), &steps);
        let failed = steps.iter().position(|step| model.step(step).is_err());
        match failed {
            None => prop_assert_eq!(found, Ok(model.to_json())),
            Some(i) => {
                let error = found.expect_err("the model refuses it");
                let place = format!("Operations[{i}]: ");
                prop_assert!(error.detail().starts_with(&place), "{}", error);
            }
        }
    }

    #[test]
    fn applying_twice_is_applying_once(model in models(), step in steps()) {
        prop_assume!(step.keeps_its_target());
        if let Ok(once) = real(&model.to_json(), std::slice::from_ref(&step)) {
            prop_assert_eq!(real(&once, &[step]), Ok(once));
        }
    }

    #[test]
    fn operations_one_by_one_are_operations_together(model in models(), steps in prop::collection::vec(steps(), 1..6)) {
        let start = model.to_json();
        let one_by_one = steps.iter().try_fold(start.clone(), |user, step| real(&user, std::slice::from_ref(step)));
        match real(&start, &steps) {
            Ok(together) => prop_assert_eq!(one_by_one, Ok(together)),
            Err(_) => prop_assert!(one_by_one.is_err()),
        }
    }
}
