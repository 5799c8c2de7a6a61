//! Rules of filters, one test each; names carry the rows of the client and protocol lists.

use serde_json::{Value, json};

use super::{BoundFilter, Filter, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Operand};
use crate::value::Key;
use crate::{Deviation, Dialect, Lenience, Registry, ScimError, ScimType, urn};

fn resource() -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE_USER],
        "id": "2819c223",
        "externalId": "Ext",
        "userName": "bjensen@Example.com",
        "name": {"familyName": "Jensen", "givenName": "Barbara"},
        "title": "",
        "active": true,
        "emails": [
            {"value": "b@work.com", "type": "work", "primary": true},
            {"value": "b@home.org", "type": "home"}
        ],
        "groups": [{"value": "g1", "display": "Team"}],
        urn::ENTERPRISE_USER: {"employeeNumber": "701984", "manager": {"value": "M1"}},
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34.000Z"}
    })
}

fn bind(text: &str, dialect: &Dialect) -> Result<BoundFilter, ScimError> {
    let registry = Registry::builtin();
    let user = registry.resource_type("User").unwrap();
    Filter::parse(text)?.bind(&registry, user, &mut Lenience::new(dialect))
}

#[track_caller]
fn holds(text: &str) -> bool {
    bind(text, &Dialect::tolerant()).unwrap().matches(resource().as_object().unwrap())
}

#[track_caller]
fn all_hold(texts: &[&str]) {
    for text in texts {
        assert!(holds(text), "{text} should hold");
        assert!(!holds(&format!("not ({text})")), "not ({text}) should not hold");
    }
}

#[track_caller]
fn none_holds(texts: &[&str]) {
    for text in texts {
        assert!(!holds(text), "{text} should not hold");
    }
}

#[track_caller]
fn refused(text: &str, dialect: &Dialect, words: &str) {
    let error = bind(text, dialect).unwrap_err();
    assert_eq!(error.scim_type(), Some(ScimType::InvalidFilter), "{text}: {error}");
    assert!(error.detail().contains(words), "{text}: {error}");
}

#[test]
fn rfc7644_3_4_2_2_every_example_is_read_and_printed_as_it_stands() {
    let examples = [
        r#"userName eq "bjensen""#,
        r#"name.familyName co "O'Malley""#,
        r#"userName sw "J""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#,
        "title pr",
        r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
        r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
        r#"title pr and userType eq "Employee""#,
        r#"title pr or userType eq "Intern""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
        r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
        r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
        r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    ];
    for text in examples {
        assert_eq!(Filter::parse(text).unwrap().to_string(), text);
        let strict = bind(text, &Dialect::strict());
        assert!(strict.is_ok(), "{text}: {strict:?}");
    }
    assert!(Filter::parse(r#"userType eq "Employee" and (emails.type eq "work")"#).is_ok());
}

#[test]
fn d126_a_bad_filter_is_refused_with_the_position_and_what_was_expected() {
    let strict = Dialect::strict();
    refused("", &strict, "empty");
    refused("userName", &strict, "position 9, at the end");
    refused("userName is \"x\"", &strict, "eq, ne, co, sw, ew, gt, ge, lt, le or pr");
    refused("userName eq", &strict, "a value was expected after eq");
    refused("userName eq \"x", &strict, "no closing quote");
    refused(r#"userName eq "\q""#, &strict, "escape");
    refused("é eq \"x\"", &strict, "position 1, at \"é");
    refused("(title pr", &strict, "')' was expected");
    refused("title pr)", &strict, "position 9");
    refused("title pr title", &strict, "\"and\", \"or\" or the end");
    refused("emails[type pr", &strict, "']' was expected");
    refused("emails[type pr].", &strict, "sub-attribute");
    refused("emails[addresses[type pr]]", &strict, "inside brackets");
    refused("and", &strict, "operator");
    refused("a.b.c eq 1", &strict, "name of an attribute");
    refused("title pr and", &strict, "name of an attribute was expected");
}

#[test]
fn d127_q18_keywords_and_names_are_taken_in_any_case() {
    all_hold(&[
        r#"USERNAME EQ "BJENSEN@example.COM""#,
        r#"Name.FamilyName Sw "jen" AnD NOT (Title PR)"#,
        "ACTIVE eq TRUE",
        "URN:ietf:params:scim:schemas:core:2.0:user:USERNAME pr",
    ]);
}

#[test]
fn d128_operators_compare_as_the_type_does() {
    all_hold(&[
        r#"userName eq "bjensen@example.com""#,
        r#"userName ne "x""#,
        r#"userName co "SEN@""#,
        r#"userName sw "BJ""#,
        r#"userName ew ".COM""#,
        r#"userName gt "a""#,
        r#"userName ge "bjensen@example.com""#,
        r#"userName lt "c""#,
        r#"userName le "bjensen@example.com""#,
        r#"meta.lastModified gt "2011-05-13T04:42:33Z""#,
        r#"schemas sw "urn:ietf""#,
    ]);
    none_holds(&[r#"userName gt "bjensen@example.com""#, r#"title sw "x""#, r#"nickName lt "z""#]);
}

#[test]
fn d129_order_on_booleans_and_binaries_is_refused() {
    for text in ["active gt true", "x509Certificates.value lt \"AA==\"", "emails.primary le true"] {
        refused(text, &Dialect::tolerant(), "has no order");
    }
}

#[test]
fn d130_parts_of_what_is_no_text_are_refused() {
    for text in ["active co true", "meta.lastModified sw \"2011\"", "x509Certificates.value co \"A\""] {
        refused(text, &Dialect::tolerant(), "is not text");
    }
}

#[test]
fn d131_not_binds_closer_than_and_and_and_closer_than_or() {
    let read = |text| Filter::parse(text).unwrap();
    assert_eq!(read("a pr or b pr and c pr"), read("a pr or (b pr and c pr)"));
    assert_eq!(read("not (a pr) and b pr or c pr"), read("((not (a pr)) and b pr) or c pr"));
    assert_eq!(read("(a pr or b pr) and c pr").to_string(), "(a pr or b pr) and c pr");
    assert_eq!(read("a pr and (b pr and c pr)").to_string(), "a pr and b pr and c pr");
}

#[test]
fn d132_not_needs_its_parentheses() {
    refused("not title pr", &Dialect::tolerant(), "not (active eq true)");
    assert!(Filter::parse("not(title pr)").is_ok());
}

#[test]
fn d133_d134_a_value_path_looks_at_one_element_and_a_dotted_name_at_all() {
    all_hold(&[
        r#"emails[type eq "work" and value co "@work"]"#,
        r#"emails.type eq "work" and emails.value co "@home""#,
        r#"name[familyName eq "jensen"]"#,
        "emails[not (primary pr)]",
    ]);
    none_holds(&[r#"emails[type eq "work" and value co "@home"]"#, r#"ims[type eq "x"]"#]);
    refused("userName[type eq \"x\"]", &Dialect::tolerant(), "brackets");
}

#[test]
fn d135_e16_a_complex_attribute_is_compared_by_its_value() {
    all_hold(&[r#"emails eq "B@WORK.com""#, r#"groups eq "g1""#, r#"manager eq "M1""#]);
    none_holds(&[r#"manager eq "m1""#, r#"groups eq "G1""#]);
    refused("name eq \"x\"", &Dialect::tolerant(), "name.familyName");
    refused("manager eq \"M1\"", &Dialect::strict(), "has no attribute manager");
}

#[test]
fn d136_pr_asks_for_a_value_that_is_not_empty() {
    all_hold(&["name pr", "emails pr", "emails.primary pr", "active pr", "schemas pr", "meta pr"]);
    none_holds(&["title pr", "nickName pr", "addresses pr", "name.middleName pr", "ims[value pr]"]);
}

#[test]
fn d137_text_is_compared_as_its_attribute_says() {
    all_hold(&[r#"externalId eq "Ext""#, r#"name.givenName eq "ＢＡＲＢＡＲＡ""#]);
    none_holds(&[r#"externalId eq "ext""#, r#"id eq "2819C223""#]);
}

#[test]
fn d138_ne_holds_for_what_is_absent() {
    all_hold(&[
        r#"nickName ne "x""#,
        r#"ims.value ne "x""#,
        r#"emails.type ne "work""#,
        "emails.primary ne true",
    ]);
    none_holds(&[r#"userName ne "BJENSEN@example.com""#, r#"nickName eq "x""#]);
    assert!(holds(r#"not (nickName eq "x")"#));
}

#[test]
fn d139_eq_null_is_the_opposite_of_pr() {
    all_hold(&["nickName eq null", "title eq null", "userName ne null", "emails ne null", "unknown eq null"]);
    none_holds(&["userName eq null", "nickName ne null", "unknown ne null"]);
    refused("userName gt null", &Dialect::tolerant(), "eq and ne only");
}

#[test]
fn d140_names_with_a_urn_are_understood() {
    let urn = urn::ENTERPRISE_USER;
    all_hold(&[
        &format!("{urn}:employeeNumber eq \"701984\""),
        &format!("{urn}:manager.value eq \"M1\""),
        &format!("{urn}:manager eq \"M1\""),
        &format!("{urn}.employeeNumber eq \"701984\""),
        &format!("{}:emails[type eq \"work\"]", urn::USER),
        &format!("{}:id eq \"2819c223\"", urn::USER),
    ]);
    refused(&format!("{urn}.employeeNumber pr"), &Dialect::strict(), "has no attribute");
    refused(&format!("{urn} pr"), &Dialect::tolerant(), "is a schema");
}

#[test]
fn d141_d142_schemas_and_meta_can_be_asked_for() {
    all_hold(&[&format!("schemas eq \"{}\"", urn::ENTERPRISE_USER), r#"meta.resourceType eq "User""#]);
    none_holds(&[r#"schemas eq "urn:x""#, r#"meta.lastModified gt "2011-05-13T04:42:34Z""#]);
}

#[test]
fn d8_instants_compare_as_time() {
    all_hold(&[r#"meta.lastModified eq "2011-05-13T06:42:34+02:00""#]);
    refused("meta.lastModified gt \"2011-05-13\"", &Dialect::tolerant(), "an instant such as");
}

#[test]
fn d143_escapes_of_json_are_read() {
    let Filter::Test { test, .. } = Filter::parse(r#"title eq "a\"b\\c\u00e9\ud83d\ude00""#).unwrap() else {
        panic!("a test")
    };
    assert_eq!(test, super::Test::Compare(super::Operator::Eq, super::Literal::Text("a\"b\\cé😀".into())));
    assert!(Filter::parse(r#"title eq "\ud83d""#).is_err());
}

#[test]
fn d144_q2_booleans_as_text_need_tolerance() {
    all_hold(&[
        r#"active eq "True""#,
        r#"active eq "true""#,
        "active ne \"FALSE\"",
        r#"emails[primary eq "True"]"#,
    ]);
    refused(r#"active eq "true""#, &Dialect::strict(), "write true without quotes");
    refused(r#"active eq "yes""#, &Dialect::tolerant(), "true or false");
    refused("userName eq 5", &Dialect::strict(), "text in double quotes");
}

#[test]
fn d145_an_unknown_attribute_has_no_value_or_is_refused() {
    none_holds(&[
        "shoeSize eq 9",
        "shoeSize pr",
        "emails[shoe eq 9]",
        "shoe[size eq 9]",
        "name.shoe sw \"x\"",
    ]);
    all_hold(&["shoeSize ne 9", "emails[shoe ne 9]"]);
    for text in ["shoeSize eq 9", "emails[shoe eq 9]", "name.shoe pr", "urn:x:y pr"] {
        refused(text, &Dialect::strict(), "has no attribute");
    }
}

#[test]
fn d146_length_depth_and_number_of_tests_are_bounded() {
    let deep = |n: usize| format!("{}title pr{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&deep(MAX_DEPTH)).is_ok());
    assert!(Filter::parse(&deep(MAX_DEPTH + 1)).unwrap_err().detail().contains("40 levels"));
    assert!(Filter::parse(&vec!["a pr"; MAX_TERMS].join(" or ")).is_ok());
    let error = Filter::parse(&vec!["a pr"; MAX_TERMS + 1].join(" or ")).unwrap_err();
    assert!(error.detail().contains("1000 tests"));
    assert!(Filter::parse(&"x".repeat(MAX_LENGTH + 1)).unwrap_err().detail().contains("65537 bytes"));
}

#[test]
fn a_hundred_thousand_parentheses_are_an_error_on_a_small_stack() {
    let work = || {
        for (open, close) in [("(", ")"), ("not (", ")"), ("emails[", "]"), ("not(emails[", "])")] {
            for n in [MAX_DEPTH, 1_000, 100_000] {
                let text = format!("{}title pr{}", open.repeat(n), close.repeat(n));
                if let Ok(filter) = Filter::parse(&text) {
                    let printed = filter.to_string();
                    assert_eq!(Filter::parse(&printed).as_ref(), Ok(&filter));
                    let bound = bind(&printed, &Dialect::tolerant()).unwrap();
                    let _ = bound.matches(resource().as_object().unwrap());
                    drop(bound.clone());
                }
                let _ = crate::Path::parse(&format!("emails[{text}]"));
                // Past the bound on length, the bound on depth must hold by itself.
                let mut cursor = super::Cursor::new(&text);
                assert!(n == MAX_DEPTH || cursor.element().is_err());
            }
        }
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(work).unwrap().join().unwrap();
}

#[test]
fn d148_hundreds_of_ids_are_one_filter() {
    let ids: Vec<String> = (0..300).map(|i| format!("id eq \"{i:036}\"")).collect();
    assert!(
        matches!(bind(&ids.join(" or "), &Dialect::strict()), Ok(BoundFilter::Any(parts)) if parts.len() == 300)
    );
}

#[test]
fn e26_a_sub_attribute_after_the_bracket_needs_tolerance() {
    all_hold(&[
        r#"emails[type eq "work"].value eq "B@work.com""#,
        r#"emails[type eq "work"].primary eq "True""#,
        r#"emails[type eq "home"].primary eq null"#,
        r#"emails[type eq "other"].value eq null"#,
        r#"emails[type eq "other"].value ne "x""#,
        r#"emails[type eq "work"].value pr and active eq true"#,
    ]);
    none_holds(&[
        r#"emails[type eq "work"].value eq "b@home.org""#,
        r#"emails[type eq "other"].value pr"#,
        r#"emails[type eq "work"].value ne "b@work.com""#,
        r#"emails[type eq "work"].value eq null"#,
        r#"shoes[type eq "work"].value eq "x""#,
    ]);
    refused(r#"emails[type eq "work"].value eq "x""#, &Dialect::strict(), "inside it");
}

#[test]
fn e27_q18_a_bare_word_needs_tolerance() {
    all_hold(&["externalId eq Ext", "active eq True", "employeeNumber eq 701984", "userName sw bjensen@"]);
    refused("externalId eq jyoung", &Dialect::strict(), "double quotes, \"jyoung\"");
}

#[test]
fn e28_e29_names_and_user_names_match_in_any_case() {
    all_hold(&[r#"emails[type eq "work"].Value eq "b@work.com""#, r#"username eq "BJENSEN@EXAMPLE.COM""#]);
}

#[test]
fn d27_what_is_never_returned_cannot_be_asked_for() {
    for text in ["password pr", "password sw \"a\"", "not (password eq \"x\")"] {
        refused(text, &Dialect::tolerant(), "never returned");
    }
}

#[test]
fn a_filter_says_what_it_needs_loaded() {
    let bound = bind(r#"id eq "x" and (title pr or not (groups eq "g"))"#, &Dialect::tolerant()).unwrap();
    assert!(bound.mentions("groups") && bound.mentions("id") && !bound.mentions("members"));
    assert!(bind("groups[value eq \"g\"]", &Dialect::tolerant()).unwrap().mentions("GROUPS"));
}

#[test]
fn bound_names_are_those_of_the_schema() {
    let name = |text: &str| match bind(text, &Dialect::tolerant()).unwrap() {
        BoundFilter::Compare { attribute, .. } | BoundFilter::Present(attribute) => attribute.name(),
        other => panic!("{other:?}"),
    };
    assert_eq!(name("EMAILS eq \"x\""), "emails.value");
    assert_eq!(name("NAME.familyname pr"), "name.familyName");
    assert_eq!(name("manager eq \"x\""), format!("{}:manager.value", urn::ENTERPRISE_USER));
    assert_eq!(name("META.lastmodified pr"), "meta.lastModified");
}

#[test]
fn inside_a_value_path_names_are_relative_and_keys_folded() {
    let bound = bind(r#"emails[value eq "A@X"]"#, &Dialect::strict()).unwrap();
    let BoundFilter::Element { attribute, filter } = bound else { panic!("an element") };
    assert_eq!(attribute.name(), "emails");
    let BoundFilter::Compare { attribute, operand, .. } = *filter else { panic!("a comparison") };
    assert_eq!((attribute.name(), operand), ("value".into(), Operand::Key(Key::Text("a@x".into()))));
}

#[test]
fn every_use_of_tolerance_is_noted() {
    let registry = Registry::builtin();
    let user = registry.resource_type("User").unwrap();
    let dialect = Dialect::tolerant();
    let noted = |text: &str| {
        let mut lenience = Lenience::new(&dialect);
        Filter::parse(text).unwrap().bind(&registry, user, &mut lenience).unwrap();
        lenience.used().keys().copied().collect::<Vec<_>>()
    };
    assert_eq!(noted("userName eq \"x\" and active eq true"), []);
    assert_eq!(noted("userName eq x"), [Deviation::BareWord]);
    assert_eq!(noted("active eq \"true\""), [Deviation::BooleanTextInFilter]);
    assert_eq!(noted("shoe pr"), [Deviation::UnknownFilterAttribute]);
    assert_eq!(noted("emails[type pr].value pr"), [Deviation::SubAttributeAfterFilter]);
    assert_eq!(noted("manager pr"), [Deviation::UnqualifiedExtension]);
}
