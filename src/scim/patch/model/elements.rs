//! The model's multi-valued attribute: emails, and which of them a path chooses.

use std::collections::BTreeMap;

use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) type Element = BTreeMap<&'static str, Value>;

/// Which elements an operation is about.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    /// No filter.
    All,
    /// `type eq "work" and primary eq true`: these parts, one or more.
    With(Element),
    /// `not (type eq "work")`
    NotOf(&'static str),
    /// `value eq "a" or value eq "b"`
    Either(&'static str, &'static str),
}

impl Choice {
    pub(super) fn path(&self) -> String {
        match self {
            Self::All => "emails".to_owned(),
            Self::With(parts) => {
                let tests: Vec<String> =
                    parts.iter().map(|(name, value)| format!("{name} eq {value}")).collect();
                format!("emails[{}]", tests.join(" and "))
            }
            Self::NotOf(kind) => format!("emails[not (type eq \"{kind}\")]"),
            Self::Either(a, b) => format!("emails[value eq \"{a}\" or value eq \"{b}\"]"),
        }
    }

    pub(super) fn matches(&self, element: &Element) -> bool {
        let is = |name: &str, wanted: &str| element.get(name) == Some(&json!(wanted));
        match self {
            Self::All => true,
            Self::With(parts) => parts.iter().all(|(name, wanted)| element.get(name) == Some(wanted)),
            Self::NotOf(kind) => !is("type", kind),
            Self::Either(a, b) => is("value", a) || is("value", b),
        }
    }

    /// Whether it looks at that part of an element.
    pub(super) fn looks_at(&self, name: &str) -> bool {
        match self {
            Self::All => false,
            Self::With(parts) => parts.contains_key(name),
            Self::NotOf(_) => name == "type",
            Self::Either(..) => name == "value",
        }
    }

    /// The element it describes, if it describes one.
    fn seed(&self) -> Option<Element> {
        match self {
            Self::All => Some(Element::new()),
            Self::With(parts) => Some(parts.clone()),
            Self::NotOf(_) | Self::Either(..) => None,
        }
    }

    pub(super) fn any() -> impl Strategy<Value = Self> {
        let with = (weighted(0.6, kinds()), weighted(0.4, texts()), weighted(0.2, any::<bool>()))
            .prop_filter("a filter tests something", |(kind, value, primary)| {
                kind.is_some() || value.is_some() || primary.is_some()
            })
            .prop_map(|(kind, value, primary)| Self::With(element(value, kind, primary, None)));
        prop_oneof![
            4 => with,
            1 => kinds().prop_map(Self::NotOf),
            1 => (texts(), texts()).prop_map(|(a, b)| Self::Either(a, b)),
        ]
    }
}

/// The emails of a user.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Emails(pub(super) Vec<Element>);

impl Emails {
    pub(super) fn add(&mut self, list: &[Element]) {
        let mut fresh = vec![];
        for new in normal(list) {
            let pair = |e: &Element| (e.get("value").cloned(), e.get("type").cloned());
            let alike = |e: &Element| *e == new || (new.contains_key("value") && pair(e) == pair(&new));
            let place = self.0.iter().position(alike).unwrap_or(self.0.len());
            match self.0.get_mut(place) {
                Some(old) => old.extend(new),
                None => self.0.push(new),
            }
            fresh.push(place);
        }
        self.settle(&fresh);
    }

    pub(super) fn remove_listed(&mut self, list: &[Element]) {
        let gone = |e: &Element| {
            normal(list).iter().any(|given| match given.get("value") {
                Some(_) => {
                    ["value", "type"].iter().all(|n| !given.contains_key(n) || e.get(n) == given.get(n))
                }
                None => given.iter().all(|(n, v)| e.get(n) == Some(v)),
            })
        };
        self.0.retain(|e| !gone(e));
    }

    pub(super) fn remove(&mut self, choice: &Choice) {
        self.0.retain(|e| !choice.matches(e));
    }

    /// Puts parts at the chosen elements, after `clear` took from each what it takes.
    pub(super) fn put(
        &mut self,
        choice: &Choice,
        parts: &Element,
        clear: fn(&mut Element),
    ) -> Result<(), ()> {
        let chosen: Vec<usize> = (0..self.0.len()).filter(|i| choice.matches(&self.0[*i])).collect();
        if chosen.is_empty() {
            let mut element = choice.seed().ok_or(())?;
            element.extend(parts.clone());
            if !choice.matches(&element) {
                return Err(());
            }
            self.0.push(element);
            self.settle(&[self.0.len() - 1]);
            return Ok(());
        }
        for i in &chosen {
            clear(&mut self.0[*i]);
            self.0[*i].extend(parts.clone());
        }
        // a mark an element had already is not new
        self.settle(if parts.contains_key("primary") { &chosen } else { &[] });
        Ok(())
    }

    pub(super) fn unset(&mut self, choice: &Choice, sub: &str) {
        for element in self.0.iter_mut().filter(|e| choice.matches(e)) {
            let describes = |name: &&str| ["type", "primary"].contains(name);
            if element.remove(sub).is_some() && element.keys().all(describes) {
                element.clear();
            }
        }
        self.0.retain(|e| !e.is_empty());
        self.settle(&[]);
    }

    fn settle(&mut self, fresh: &[usize]) {
        let last = (0..self.0.len()).rfind(|i| fresh.contains(i) && is_primary(&self.0[*i]));
        for i in 0..self.0.len() {
            if last.is_some_and(|last| i != last) && is_primary(&self.0[i]) {
                self.0[i].insert("primary", json!(false));
            }
        }
        self.0 = once_each(&self.0);
    }
}

fn is_primary(element: &Element) -> bool {
    element.get("primary") == Some(&json!(true))
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
pub(super) fn normal(list: &[Element]) -> Vec<Element> {
    let filled: Vec<Element> = list.iter().filter(|e| !e.is_empty()).cloned().collect();
    let mut list = once_each(&filled);
    let stays = list.iter().rposition(is_primary);
    for (i, element) in list.iter_mut().enumerate() {
        if is_primary(element) && Some(i) != stays {
            element.insert("primary", json!(false));
        }
    }
    once_each(&list)
}

pub(super) fn texts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c"])
}

pub(super) fn kinds() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["work", "home"])
}

fn element(
    value: Option<&'static str>,
    kind: Option<&'static str>,
    primary: Option<bool>,
    display: Option<&'static str>,
) -> Element {
    let parts = [
        ("value", value.map(Value::from)),
        ("type", kind.map(Value::from)),
        ("primary", primary.map(Value::from)),
        ("display", display.map(Value::from)),
    ];
    parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

pub(super) fn elements() -> impl Strategy<Value = Element> {
    (weighted(0.9, texts()), weighted(0.7, kinds()), weighted(0.3, any::<bool>()), weighted(0.2, texts()))
        .prop_map(|(value, kind, primary, display)| element(value, kind, primary, display))
}
