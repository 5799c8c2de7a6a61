use directory::{Member, Position};
use scim::filter::Filter;
use scim::{Dialect, Lenience};

use super::*;

const ANN: Uuid = Uuid::from_u128(0xa);
const TEAM: Uuid = Uuid::from_u128(0xb);

fn feed(change: Change, id: Uuid, values: Option<Value>) -> Feed {
    let record = FeedRecord {
        change,
        resource_type: if id == TEAM { "Group" } else { "User" }.to_owned(),
        id,
        at_ms: 1_700_000_000_000,
        actor: "a".to_owned(),
        request: None,
        before: None,
        after: None,
        external_id: Some("hr-1".to_owned()),
        attributes: vec!["title".to_owned(), "name.familyName".to_owned()],
        turned: None,
        txn: None,
        values,
        added: vec![],
        removed: vec![],
    };
    Feed { position: Position { revision: 7, index: 2 }, record }
}

struct House {
    registry: Registry,
    kinds: Kinds,
}

impl House {
    fn new() -> Self {
        let registry = Registry::builtin();
        Self { kinds: Kinds::builtin(&registry), registry }
    }

    fn expand(&self, feed: &Feed, form: Form, scope: &Scope, known: &Known) -> Expanded {
        let filter = match scope {
            Scope::Filter { filter, resource_type } => {
                let resource_type = self.registry.resource_type(resource_type).unwrap();
                let dialect = Dialect::strict();
                let lenience = &mut Lenience::new(&dialect);
                Some(Filter::parse(filter).unwrap().bind(&self.registry, resource_type, lenience).unwrap())
            }
            _ => None,
        };
        let scene = Scene {
            registry: &self.registry,
            kinds: &self.kinds,
            form,
            scope,
            filter: filter.as_ref(),
            known,
            present: None,
        };
        expand(feed, &scene)
    }

    fn all(&self, feed: &Feed, form: Form) -> Vec<Event> {
        self.expand(feed, form, &Scope::All, &Known::new()).events
    }
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

#[test]
fn a_notice_names_what_changed_and_tells_no_value() {
    let event = &House::new().all(&feed(Change::Patch, ANN, Some(json!({"title": "T"}))), Form::Notice)[0];
    assert_eq!(event.kind, EventKind::PatchNotice);
    assert_eq!(event.payload, json!({"version": "W/\"7\"", "attributes": ["title", "name.familyName"]}));
    let uri = format!("/Users/{ANN}");
    assert_eq!(event.sub_id, json!({"format": "scim", "uri": uri, "id": ANN, "externalId": "hr-1"}));
}

#[test]
fn a_full_patch_is_what_the_change_came_to() {
    let event =
        &House::new().all(&feed(Change::Patch, ANN, Some(json!({"title": "T", "name": {}}))), Form::Full)[0];
    assert_eq!(event.kind, EventKind::PatchFull);
    let operations = json!([
        {"op": "replace", "path": "title", "value": "T"}, {"op": "remove", "path": "name.familyName"},
    ]);
    assert_eq!(event.payload["data"], json!({"schemas": [urn::PATCH_OP], "Operations": operations}));
    assert_eq!(event.payload.get("attributes"), None);
}

#[test]
fn a_full_create_tells_the_id_and_no_password() {
    let values = json!({"schemas": [], "userName": "ann", "password": "secret"});
    let event = &House::new().all(&feed(Change::Create, ANN, Some(values)), Form::Full)[0];
    assert_eq!(event.kind, EventKind::CreateFull);
    assert_eq!(event.payload["data"], json!({"schemas": [], "userName": "ann", "id": ANN}));
}

#[test]
fn without_values_the_full_form_falls_back_to_a_notice() {
    let house = House::new();
    let told = [Change::Create, Change::Put, Change::Patch]
        .map(|change| house.all(&feed(change, ANN, None), Form::Full));
    assert_eq!(
        told.map(|events| events[0].kind),
        [EventKind::CreateNotice, EventKind::PutNotice, EventKind::PatchNotice,]
    );
}

#[test]
fn a_delete_has_neither_payload_nor_form() {
    for form in [Form::Notice, Form::Full] {
        let events = House::new().all(&feed(Change::Delete, ANN, None), form);
        assert_eq!((kinds(&events), &events[0].payload), (vec![EventKind::Delete], &json!({})));
    }
}

#[test]
fn turning_a_user_off_is_told_beside_the_change_in_one_transaction() {
    let mut change = feed(Change::Patch, ANN, None);
    change.record.turned = Some(Turned::Inactive);
    let events = House::new().all(&change, Form::Notice);
    assert_eq!(kinds(&events), [EventKind::PatchNotice, EventKind::Deactivate]);
    assert_eq!(events[0].txn, events[1].txn);
    assert_ne!(events[0].mark, events[1].mark);
}

#[test]
fn a_replaced_group_with_other_members_is_a_notice() {
    let mut change = feed(Change::Put, TEAM, Some(json!({"displayName": "t"})));
    assert_eq!(House::new().all(&change, Form::Full)[0].kind, EventKind::PutFull);
    change.record.attributes.push("members".to_owned());
    assert_eq!(House::new().all(&change, Form::Full)[0].kind, EventKind::PutNotice);
}

#[test]
fn a_filter_lets_resources_in_and_out() {
    let house = House::new();
    let scope = Scope::Filter { resource_type: "User".into(), filter: "title eq \"T\"".into() };
    let inside = Known::from([(ANN, "User".to_owned())]);
    let told = |change, title: &str, known: &Known| {
        let values = Some(json!({ "title": title }));
        house.expand(&feed(change, ANN, values), Form::Notice, &scope, known)
    };
    let entered = told(Change::Patch, "T", &Known::new());
    assert_eq!(kinds(&entered.events), [EventKind::FeedAdd, EventKind::PatchNotice]);
    assert_eq!(entered.known, [(ANN, Some("User".to_owned()))]);
    let left = told(Change::Patch, "X", &inside);
    assert_eq!((kinds(&left.events), left.known), (vec![EventKind::FeedRemove], vec![(ANN, None)]));
    assert_eq!(kinds(&told(Change::Patch, "T", &inside).events), [EventKind::PatchNotice]);
    assert_eq!(kinds(&told(Change::Create, "T", &Known::new()).events), [EventKind::CreateNotice]);
    assert_eq!(told(Change::Patch, "X", &Known::new()), Expanded::default());
    // no feed:remove for a delete
    let gone = told(Change::Delete, "T", &inside);
    assert_eq!((kinds(&gone.events), gone.known), (vec![EventKind::Delete], vec![(ANN, None)]));
    assert_eq!(told(Change::Delete, "T", &Known::new()), Expanded::default());
}

#[test]
fn a_group_takes_its_members_into_the_scope_and_out_of_it() {
    let house = House::new();
    let scope = Scope::Group { group: TEAM };
    let mut change = feed(Change::Patch, TEAM, None);
    change.record.added = vec![Member { id: ANN, kind: b'u' }];
    let came = house.expand(&change, Form::Notice, &scope, &Known::new());
    assert_eq!(kinds(&came.events), [EventKind::PatchNotice, EventKind::FeedAdd]);
    assert_eq!(came.events[1].sub_id["uri"], format!("/Users/{ANN}"));
    let inside = Known::from([(ANN, "User".to_owned())]);
    change.record.added.clear();
    change.record.removed = vec![ANN];
    let went = house.expand(&change, Form::Notice, &scope, &inside);
    assert_eq!(kinds(&went.events), [EventKind::PatchNotice, EventKind::FeedRemove]);
    change.record.change = Change::Members;
    let deleted = house.expand(&change, Form::Notice, &scope, &inside);
    assert_eq!((kinds(&deleted.events), deleted.known), (vec![EventKind::PatchNotice], vec![]));
    let user = feed(Change::Patch, ANN, None);
    assert_eq!(house.expand(&user, Form::Notice, &scope, &inside).events.len(), 1);
    assert_eq!(house.expand(&user, Form::Notice, &scope, &Known::new()).events.len(), 0);
}

#[test]
fn a_request_that_made_nothing_has_the_collection_as_its_subject() {
    let done = feed(Change::Completed, Uuid::nil(), Some(json!({"method": "POST", "status": "409"})));
    let event = &House::new().all(&done, Form::Notice)[0];
    assert_eq!(
        (event.kind, &event.sub_id),
        (EventKind::AsyncResponse, &json!({"format": "scim", "uri": "/Users"}))
    );
    assert_eq!(event.payload["status"], "409");
}
