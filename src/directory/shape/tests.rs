//! Edits of shapes, one test for each rule.

use scim::document::{Document, IndexWish, documents};
use scim::{Uniqueness, urn};

use super::edit::{Edit, Missing, Progressed, Refusal};
use super::{Chore, Failure, Preset, Shape, Stage, Then};

const BADGE: &str = "urn:example:badge:User";

fn read(text: &str) -> Vec<Document> {
    documents(text.as_bytes()).unwrap()
}

/// Puts documents one after the other, as the administrator does.
fn put(shape: &Shape, text: &str) -> Result<Shape, Refusal> {
    read(text).into_iter().try_fold(shape.clone(), |shape, document| {
        let edit = match document {
            Document::Schema(schema) => Edit::PutSchema(schema),
            Document::ResourceType(resource_type) => Edit::PutResourceType(resource_type),
            Document::Index(wish) => Edit::AddIndex(wish),
        };
        Ok(shape.edit(edit)?.shape)
    })
}

fn badge(attributes: &str) -> String {
    format!(
        r#"[{{"id":"{BADGE}","attributes":{attributes}}},
            {{"name":"User","endpoint":"/Users","schema":"{}","schemaExtensions":[{{"schema":"{BADGE}"}}]}}]"#,
        urn::USER
    )
}

fn badged() -> Shape {
    put(&Shape::default(), &badge(r#"[{"name":"number","uniqueness":"server"},{"name":"colour"}]"#)).unwrap()
}

fn wish(attribute: &str) -> Edit {
    Edit::AddIndex(IndexWish { resource_type: "User".into(), attribute: attribute.into() })
}

fn after(shape: &Shape, edit: Edit) -> Shape {
    shape.edit(edit).unwrap().shape
}

#[test]
fn a_unique_attribute_of_a_type_in_use_is_shown_unique_once_its_index_is_complete() {
    let shape = badged();
    let [index] = &shape.indexes[..] else { panic!("one index") };
    assert_eq!((index.number, index.unique, &index.stage), (64, true, &Stage::Building));
    assert_eq!(index.attribute, format!("{BADGE}:number"));
    let shown = |shape: &Shape| {
        let registry = shape.model().unwrap().registry;
        registry.schema(BADGE).unwrap().attribute("number").unwrap().uniqueness
    };
    assert_eq!(shown(&shape), Uniqueness::None);
    assert_eq!(shown(&after(&shape, Edit::Advance(64, Progressed::Built))), Uniqueness::Server);
}

#[test]
fn the_indexes_of_a_new_type_are_complete_at_once() {
    let thing = r#"[{"id":"urn:example:Thing","attributes":[{"name":"tag","uniqueness":"server"}]},
                    {"name":"Thing","endpoint":"/Things","schema":"urn:example:Thing"}]"#;
    let shape = put(&Shape::default(), thing).unwrap();
    assert_eq!(shape.indexes[0].stage, Stage::Ready);
    assert!(!shape.is_unsettled());
    let model = shape.model().unwrap();
    let kind = model.kinds.at("things").unwrap();
    assert!(model.indexes.on(kind, "tag").is_some());
}

#[test]
fn an_index_goes_through_its_stages_and_keeps_its_number() {
    let shape = after(&badged(), wish("TITLE"));
    assert_eq!((shape.indexes[1].number, shape.indexes[1].attribute.as_str()), (65, "title"));
    assert!(matches!(shape.edit(wish("title")), Err(Refusal::IndexedAlready(_))));
    let gone = after(&shape, Edit::RemoveIndex(65));
    assert_eq!(gone.index(65).unwrap().stage, Stage::Clearing { then: Then::Retire });
    let again = after(&gone, wish("title"));
    assert_eq!(again.index(65).unwrap().stage, Stage::Clearing { then: Then::Build });
    let retired = after(&gone, Edit::Advance(65, Progressed::Cleared));
    assert_eq!(retired.index(65).unwrap().stage, Stage::Retired);
    let other = after(&retired, wish("nickName"));
    assert_eq!(other.indexes.last().unwrap().number, 66);
    assert_eq!(after(&other, wish("title")).index(65).unwrap().stage, Stage::Building);
}

#[test]
fn a_failed_index_is_cleared_and_waits_for_the_administrator() {
    let failure = Failure { count: 1, problems: vec!["two of one".into()] };
    let failing = after(&badged(), Edit::Advance(64, Progressed::Failed(failure.clone())));
    let failed = after(&failing, Edit::Advance(64, Progressed::Cleared));
    assert_eq!(failed.index(64).unwrap().stage, Stage::Failed(failure));
    assert!(!failed.is_unsettled());
    assert_eq!(after(&failed, Edit::Rebuild(64)).index(64).unwrap().stage, Stage::Building);
    let colour = format!("{BADGE}:colour");
    assert!(matches!(after(&failed, wish(&colour)).index(64).unwrap().stage, Stage::Failed(_)));
}

#[test]
fn rows_of_another_comparison_are_made_anew() {
    let ready = after(&badged(), Edit::Advance(64, Progressed::Built));
    let exact = r#"[{"name":"number","uniqueness":"server","caseExact":true},{"name":"colour"}]"#;
    let shape = put(&ready, &badge(exact)).unwrap();
    assert_eq!(shape.index(64).unwrap().stage, Stage::Clearing { then: Then::Build });
    let plain = put(&ready, &badge(r#"[{"name":"number"},{"name":"colour"}]"#)).unwrap();
    assert_eq!(plain.index(64).unwrap().stage, Stage::Clearing { then: Then::Retire });
}

#[test]
fn what_is_dropped_has_to_be_taken_away_and_cannot_come_back_before() {
    let edited = badged()
        .edit(Edit::PutSchema(match read(&badge(r#"[{"name":"number"}]"#)).remove(0) {
            Document::Schema(schema) => schema,
            other => panic!("{other:?}"),
        }))
        .unwrap();
    let [chore @ Chore::Strip(place)] = &edited.dropped[..] else { panic!("{:?}", edited.dropped) };
    assert_eq!(place.to_string(), format!("{BADGE}:colour"));
    let both = badge(r#"[{"name":"number"},{"name":"colour"}]"#);
    assert!(matches!(put(&edited.shape, &both), Err(Refusal::StillGoing)));
    assert!(put(&after(&edited.shape, Edit::Done(chore.clone())), &both).is_ok());
}

#[test]
fn an_attribute_keeps_its_type_and_case_and_a_type_its_schema() {
    for attributes in [r#"[{"name":"number","type":"integer"}]"#, r#"[{"name":"number","multiValued":true}]"#]
    {
        assert!(matches!(put(&badged(), &badge(attributes)), Err(Refusal::Retyped { .. })));
    }
    assert!(matches!(put(&badged(), &badge(r#"[{"name":"NUMBER"}]"#)), Err(Refusal::Recased(_))));
    let upper = badge(r#"[{"name":"number"}]"#).replace("badge", "BADGE");
    assert!(matches!(put(&badged(), &upper), Err(Refusal::Recased(_))));
    let thing = r#"[{"id":"urn:example:A","attributes":[{"name":"a"}]},{"id":"urn:example:B","attributes":[{"name":"b"}]},
                    {"name":"Thing","endpoint":"/Things","schema":"urn:example:A"}]"#;
    let shape = put(&Shape::default(), thing).unwrap();
    let rebased = r#"{"name":"Thing","endpoint":"/Things","schema":"urn:example:B"}"#;
    assert!(matches!(put(&shape, rebased), Err(Refusal::Rebased { .. })));
}

#[test]
fn a_number_of_a_type_is_never_given_to_another() {
    let one = |name: &str| {
        format!(
            r#"[{{"id":"urn:example:{name}","attributes":[{{"name":"a"}}]}},
                {{"name":"{name}","endpoint":"/{name}s","schema":"urn:example:{name}"}}]"#
        )
    };
    let shape = put(&Shape::default(), &one("Alpha")).unwrap();
    let first = shape.kind("Alpha");
    let edited = shape.edit(Edit::RemoveResourceType("alpha".into())).unwrap();
    let shape = after(&edited.shape, Edit::Done(edited.dropped[0].clone()));
    let shape = put(&shape, &one("Beta")).unwrap();
    assert_ne!(shape.kind("Beta"), first);
    assert_eq!(put(&shape, &one("Alpha")).unwrap().kind("Alpha"), first);
}

#[test]
fn a_schema_in_use_stays() {
    let refusal = badged().edit(Edit::RemoveSchema(BADGE.into())).unwrap_err();
    assert!(refusal.to_string().contains("used by the resource type User"), "{refusal}");
    let bare = after(&badged(), Edit::RemoveResourceType("User".into()));
    assert!(after(&bare, Edit::RemoveSchema(BADGE.into())).schemas.is_empty());
    assert!(matches!(bare.edit(Edit::RemoveSchema("urn:example:none".into())), Err(Refusal::NoSuch(_))));
}

#[test]
fn an_index_goes_with_its_attribute() {
    let shape = after(&badged(), wish(&format!("{BADGE}:colour")));
    let shape = put(&shape, &badge(r#"[{"name":"number","uniqueness":"server"}]"#)).unwrap();
    assert!(shape.wishes.is_empty());
    assert_eq!(shape.index(65).unwrap().stage, Stage::Clearing { then: Then::Retire });
}

#[test]
fn what_cannot_be_indexed_is_told() {
    for attribute in ["id", "groups", "groups.value", "name", "password", "meta.created", "schemas"] {
        let refusal = Shape::default().edit(wish(attribute)).unwrap_err();
        assert!(matches!(refusal, Refusal::NotIndexable { .. }), "{attribute}: {refusal}");
    }
    for attribute in ["userName", "emails.value", "meta.lastModified"] {
        assert!(
            matches!(Shape::default().edit(wish(attribute)), Err(Refusal::IndexedAlready(_))),
            "{attribute}"
        );
    }
    assert!(matches!(Shape::default().edit(wish("nonsense")), Err(Refusal::NoSuch(_))));
}

#[test]
fn files_own_what_they_define() {
    let text = badge(r#"[{"name":"number"}]"#);
    let wish_file =
        format!(r#"{{"schemas":["{}"],"resourceType":"User","attribute":"{BADGE}:number"}}"#, urn::INDEX);
    // The order of files does not matter: an index may be asked for before its schema is read.
    let files = vec![("a.json".to_owned(), read(&wish_file)), ("b.json".to_owned(), read(&text))];
    let shape = after(&Shape::default(), Edit::Files(files.clone(), Missing::Remove));
    assert_eq!((shape.schemas.len(), shape.wishes.len()), (1, 1));
    assert_eq!(after(&shape, Edit::Files(files, Missing::Remove)), shape);
    let refusal = put(&shape, &text).unwrap_err();
    assert!(refusal.to_string().contains("comes from the file schemas/b.json"), "{refusal}");
    let kept = after(&shape, Edit::Files(vec![], Missing::Keep));
    assert_eq!(kept.schemas, shape.schemas);
    let removed = shape.edit(Edit::Files(vec![], Missing::Remove)).unwrap();
    assert!(removed.shape.schemas.is_empty() && removed.dropped.len() == 1);
}

#[test]
fn the_types_of_okta_are_one_switch() {
    let on = after(&Shape::default(), Edit::SwitchOn(Preset::OktaGovernance));
    let kinds = on.model().unwrap().kinds;
    let role = kinds.resource_type(kinds.at("Roles").unwrap()).unwrap();
    assert_eq!(role.schema, "urn:okta:scim:schemas:core:1.0:Role");
    assert!(kinds.at("Entitlements").is_some());
    assert_eq!(after(&on, Edit::SwitchOn(Preset::OktaGovernance)), on);
    let off = after(&on, Edit::SwitchOff(Preset::OktaGovernance));
    assert!(off.schemas.is_empty() && off.resource_types.is_empty());
}

#[test]
fn a_shape_survives_its_record() {
    let shape = after(&badged(), Edit::SwitchOn(Preset::OktaGovernance));
    let text = serde_json::to_string(&shape).unwrap();
    assert_eq!(serde_json::from_str::<Shape>(&text).unwrap(), shape);
}
