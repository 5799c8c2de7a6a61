//! Servers with schemas from data: the test resource from files, and schemas that a test defines.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::server::Server;
use crate::values::{ENTERPRISE, USER};

pub(crate) const THING: &str = "urn:ietf:params:scim:schemas:test:2.0:TestResource";
pub(crate) const THING_EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource";
pub(crate) const BADGE: &str = "urn:example:params:scim:schemas:extension:2.0:Badge";

/// A server with `/TestResources`, defined by the files of `tests/fixtures/schemas`.
pub(crate) fn with_things() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let schemas = folder.path().join("data/schemas");
    fs::create_dir_all(&schemas).unwrap();
    // `dev` takes a folder that is not empty only when it made it
    fs::write(folder.path().join("data/dev"), "").unwrap();
    for file in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/schemas")).unwrap()
    {
        let file = file.unwrap();
        fs::copy(file.path(), schemas.join(file.file_name())).unwrap();
    }
    Server::start_in(folder)
}

/// The least body of a thing.
pub(crate) fn thing(identifier: &str, more: &Value) -> Value {
    let mut body = json!({
        "schemas": [THING, THING_EXTENSION],
        "identifier": identifier,
        THING_EXTENSION: { "extRequired": "there" },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

/// Defines an extension of users with these attributes, and gives the answer to its definition.
pub(crate) fn badge(server: &Server, attributes: &Value) -> crate::answer::Answer {
    let local = server.local();
    let path = format!("/api/schemas/{BADGE}");
    let answer = local.call("PUT", &path, Some(&json!({ "id": BADGE, "attributes": attributes })));
    if answer.status == 200 {
        let user = json!({
            "name": "User", "endpoint": "/Users", "schema": USER,
            "schemaExtensions": [{ "schema": ENTERPRISE }, { "schema": BADGE }],
        });
        let attached = local.call("PUT", "/api/resource-types/User", Some(&user));
        assert_eq!(attached.status, 200, "{}", attached.story());
    }
    answer
}

/// Defines an extension of users with these attributes.
pub(crate) fn badged(server: &Server, attributes: &Value) {
    let answer = badge(server, attributes);
    assert_eq!(answer.status, 200, "{}", answer.story());
}

/// The definition of an attribute in `/Schemas`.
pub(crate) fn definition(server: &Server, schema: &str, attribute: &str) -> Value {
    let shown = server.stranger().get(&format!("/Schemas/{schema}")).expect(200).json();
    crate::values::element(&shown["attributes"], "name", attribute).clone()
}
