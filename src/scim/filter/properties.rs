//! Properties of filters: what is printed reads back, and no text makes the reader fall.

use proptest::prelude::*;
use serde_json::{Number, json};

use super::parse::literal;
use super::{Filter, Literal, Operator, Test};
use crate::{Dialect, Lenience, Registry};

fn literals() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        any::<f64>()
            .prop_filter_map("JSON numbers are finite", Number::from_f64)
            .prop_map(|n| literal(&n.to_string())),
        any::<String>().prop_map(Literal::Text),
        "[a-z@.:/+-]{1,9}".prop_map(|word| literal(&word)),
    ]
}

fn tests() -> impl Strategy<Value = Test> {
    let operators = prop::sample::select(Operator::ALL.as_slice());
    prop_oneof![Just(Test::Present), (operators, literals()).prop_map(|(o, l)| Test::Compare(o, l))]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("userName".to_owned()),
        Just("name.familyName".to_owned()),
        Just("not".to_owned()),
        Just("or".to_owned()),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value".to_owned()),
        "[a-zA-Z][a-zA-Z0-9_-]{0,8}(\\.([a-z]{1,5}|[$]ref))?",
    ]
}

/// Chains in their normal form: two or more, and none inside one of its own kind.
fn trees(leaf: BoxedStrategy<Filter>) -> impl Strategy<Value = Filter> {
    leaf.prop_recursive(5, 40, 4, |inner| {
        let flat_all = |parts: Vec<Filter>| {
            Filter::All(
                parts.into_iter().flat_map(|p| if let Filter::All(q) = p { q } else { vec![p] }).collect(),
            )
        };
        let flat_any = |parts: Vec<Filter>| {
            Filter::Any(
                parts.into_iter().flat_map(|p| if let Filter::Any(q) = p { q } else { vec![p] }).collect(),
            )
        };
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(flat_all),
            prop::collection::vec(inner.clone(), 2..4).prop_map(flat_any),
            inner.prop_map(|f| Filter::Not(Box::new(f))),
        ]
    })
}

fn leaf() -> BoxedStrategy<Filter> {
    (names(), tests()).prop_map(|(attribute, test)| Filter::Test { attribute, test }).boxed()
}

fn filters() -> impl Strategy<Value = Filter> {
    let element = (names(), trees(leaf()).prop_map(Box::new), prop::option::of(tests())).prop_map(
        |(attribute, filter, test)| match test {
            None => Filter::Element { attribute, filter },
            Some(test) => Filter::ElementTest { attribute, filter, sub: "value".into(), test },
        },
    );
    trees(prop_oneof![3 => leaf(), 1 => element].boxed())
}

/// Filters on attributes that are there, so that binding and matching have something to do.
fn known_filters() -> impl Strategy<Value = Filter> {
    let value = prop_oneof![Just("a"), Just("B"), Just("")].prop_map(|t| Literal::Text(t.to_owned()));
    let operators = prop::sample::select(Operator::ALL.as_slice());
    let test = prop_oneof![
        Just(Test::Present),
        (operators, value).prop_map(|(o, l)| Test::Compare(o, l)),
        prop::sample::select(vec![Operator::Eq, Operator::Ne]).prop_map(|o| Test::Compare(o, Literal::Null)),
    ];
    let name = prop::sample::select(vec!["title", "nickName", "name.givenName", "unknown"]);
    trees((name, test).prop_map(|(n, test)| Filter::Test { attribute: n.to_owned(), test }).boxed())
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_the_same_filter(filter in filters()) {
        let text = filter.to_string();
        let read = Filter::parse(&text);
        prop_assert_eq!(read.as_ref(), Ok(&filter), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_prints_and_reads_again(text in ".{0,60}") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
        let _ = crate::Path::parse(&text);
    }

    #[test]
    fn any_words_of_the_grammar_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "(", ")", "[", "]", "not", "and", "or", "pr", "eq", "ne", "\"", "\"x\"", "\\", "title", "emails", ".", "null", "1", " ", "é", "\u{a0}",
    ]), 0..40)) {
        let text = words.concat();
        let spaced = words.join(" ");
        let (registry, dialect) = (Registry::builtin(), Dialect::tolerant());
        let user = registry.resource_type("User").unwrap();
        for text in [text, spaced] {
            if let Ok(filter) = Filter::parse(&text) {
                prop_assert_eq!(&Filter::parse(&filter.to_string()), &Ok(filter.clone()));
                let _ = filter.bind(&registry, user, &mut Lenience::new(&dialect));
            }
            if let Ok(path) = crate::Path::parse(&text) {
                let _ = path.bind(&registry, user, &mut Lenience::new(&dialect));
            }
        }
    }

    #[test]
    fn not_is_the_opposite_and_ne_the_opposite_of_eq_for_single_values(
        filter in known_filters(),
        title in prop::option::of("[abAB]{0,2}"),
        given in prop::option::of("[abAB]{0,2}"),
    ) {
        let mut resource = json!({"id": "1"});
        if let Some(title) = title { resource["title"] = json!(title); }
        if let Some(given) = given { resource["name"] = json!({"givenName": given}); }
        let resource = resource.as_object().unwrap();
        let (registry, dialect) = (Registry::builtin(), Dialect::tolerant());
        let user = registry.resource_type("User").unwrap();
        let matches = |f: &Filter| f.bind(&registry, user, &mut Lenience::new(&dialect)).map(|b| b.matches(resource));
        if let Ok(answer) = matches(&filter) {
            prop_assert_eq!(matches(&Filter::Not(Box::new(filter.clone()))), Ok(!answer));
            prop_assert_eq!(matches(&Filter::parse(&filter.to_string()).unwrap()), Ok(answer));
            if let Filter::Test { attribute, test: Test::Compare(Operator::Eq, literal) } = filter {
                let ne = Filter::Test { attribute, test: Test::Compare(Operator::Ne, literal) };
                prop_assert_eq!(matches(&ne), Ok(!answer));
            }
        }
    }
}
