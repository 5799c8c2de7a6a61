//! The `OpenAPI` document: what it holds, and that it names the methods that go.

use serde_json::Value;

use crate::server::Server;

fn document(server: &Server) -> Value {
    let answer = server.stranger().get("/openapi.json");
    assert_eq!(answer.status, 200, "{}", answer.story());
    assert_eq!(answer.header("content-type"), Some("application/vnd.oai.openapi+json;version=3.1"));
    answer.json()
}

#[test]
fn the_document_is_as_it_was() {
    let server = Server::start();
    let mut document = document(&server);
    assert_eq!(document["servers"][0]["url"], server.ready.tenant_url);
    document["servers"][0]["url"] = "https://host/scim/v2".into();
    document["info"]["version"] = "0.0.0".into();
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("openapi", document);
    });
}

#[test]
fn memberships_are_in_the_document_where_they_are_served() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &["--group-members"]);
    let paths = &document(&server)["paths"];
    let methods = |path: &str| paths[path].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(methods("/GroupMembers"), ["get", "post"]);
    assert_eq!(methods("/GroupMembers/.search"), ["post"]);
    assert_eq!(methods("/GroupMembers/{id}"), ["parameters", "get", "delete"]);
    let links = &paths["/GroupMembers"]["post"]["responses"]["201"]["links"];
    assert_eq!(links.as_object().unwrap().keys().collect::<Vec<_>>(), ["get", "delete"]);
}

#[test]
fn each_path_takes_the_methods_the_document_names() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &["--group-members"]);
    let document = document(&server);
    let client = server.client();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let place = path.replace('{', "%7B").replace('}', "%7D");
        let allowed = client.send("OPTIONS", &place, &[], None);
        let allowed =
            allowed.header("allow").unwrap_or_else(|| panic!("{path}: {}", allowed.story())).to_owned();
        let mut allowed: Vec<&str> =
            allowed.split(", ").filter(|method| !["HEAD", "OPTIONS"].contains(method)).collect();
        let named = |method: &&str| operations.get(method.to_lowercase()).is_some();
        let mut told: Vec<&str> =
            ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(named).collect();
        allowed.sort_unstable();
        told.sort_unstable();
        assert_eq!(allowed, told, "{path}");
    }
}

/// Every reference of the document leads somewhere.
#[test]
fn every_reference_leads_somewhere() {
    fn each(value: &Value, see: &mut impl FnMut(&str)) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    see(reference);
                }
                members.values().for_each(|value| each(value, see));
            }
            Value::Array(items) => items.iter().for_each(|value| each(value, see)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let server = Server::start();
    let document = document(&server);
    let mut count = 0;
    each(&document, &mut |reference| {
        count += 1;
        assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
    });
    assert!(count > 20, "only {count} references");
}
