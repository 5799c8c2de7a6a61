//! Rows E1, E2, E33, E34, E38, E39 and E42: Entra before and around the resources.

use serde_json::{Value, json};

use crate::client::percent;
use crate::server::Server;
use crate::values::{ENTERPRISE, GROUP, USER};
use crate::wire::Wire;

#[test]
fn e1_test_connection_answers_200_and_an_empty_list() {
    let server = Server::start();
    let scim = server.client();
    scim.user("somebody");
    let guid = "7b5d9b5e-3c3e-4e7b-9d4e-0a1f0c6b2a11";
    for attribute in ["userName", "externalId", r#"emails[type eq "work"].value"#, "id"] {
        let body = scim.search("/Users", &format!("{attribute} eq \"{guid}\"")).expect(200).json();
        assert_eq!(body["totalResults"], 0, "{attribute}");
        assert_eq!(body["Resources"], json!([]), "{attribute}");
    }
    let filter = percent(&format!("displayName eq \"{guid}\""));
    let body = scim.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).expect(200).json();
    assert_eq!(body["totalResults"], 0);
    assert_eq!(body["Resources"], json!([]));
}

#[test]
fn e2_a_request_without_a_user_agent_is_served() {
    let server = Server::start();
    let id = server.client().user("agentless");
    // `request` sends Host and Authorization and nothing else
    let read = server.wire().request(&format!("GET /scim/v2/Users/{id} HTTP/1.1"), "\r\n").expect(200);
    assert_eq!(read.json()["userName"], "agentless");
}

/// Checks one attribute definition and those below it.
fn check_definition(attribute: &Value) {
    let among = |name: &str, allowed: &[&str]| {
        let value = attribute[name].as_str().unwrap_or_else(|| panic!("no {name}: {attribute}"));
        assert!(allowed.contains(&value), "{name} is {value}");
    };
    among("mutability", &["readOnly", "readWrite", "immutable", "writeOnly"]);
    among("returned", &["always", "never", "default", "request"]);
    among("uniqueness", &["none", "server", "global"]);
    let types = ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"];
    among("type", &types);
    assert!(attribute["name"].is_string() && attribute["description"].is_string(), "{attribute}");
    assert!(attribute["multiValued"].is_boolean() && attribute["required"].is_boolean(), "{attribute}");
    if attribute["type"] == "complex" {
        attribute["subAttributes"].as_array().unwrap().iter().for_each(check_definition);
    }
}

#[test]
fn e33_schemas_are_a_list_without_nulls_and_in_camel_case() {
    let server = Server::start();
    let scim = server.client();
    // nulls and empty lists are looked for in every answer
    let schemas = scim.get("/Schemas").list();
    for urn in [USER, ENTERPRISE, GROUP] {
        let listed = schemas.iter().find(|schema| schema["id"] == urn).unwrap();
        listed["attributes"].as_array().unwrap().iter().for_each(check_definition);
        assert_eq!(&scim.get(&format!("/Schemas/{urn}")).expect(200).json(), listed);
    }
    assert!(schemas.iter().all(|schema| !schema["id"].as_str().unwrap().contains("api:messages")));
    scim.get("/Schemas/urn:example:nobody:1.0:User").expect(404);
}

#[test]
fn e34_tls_1_2_with_ecdhe_and_aes_gcm_is_offered() {
    use rustls::crypto::ring::cipher_suite as suite;
    let server = Server::start();
    let suites = [
        suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ];
    let mut wire = Wire::connect(&server, &[&rustls::version::TLS12], &suites, &[]).unwrap();
    assert_eq!(wire.version(), Some(rustls::ProtocolVersion::TLSv1_2));
    assert!(wire.request("GET /scim/v2/Users HTTP/1.1", "\r\n").list().is_empty());
}

#[test]
fn e38_a_token_of_entras_own_making_is_401_today() {
    // trust in foreign tokens is a later feature and off by default: such a token is refused as any other
    let server = Server::start();
    let jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.\
               eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC90ZW5hbnQvIiwiYXVkIjoiOGFkZjhlNmUifQ.c2lnbmF0dXJl";
    let scim = server.client_with(jwt);
    scim.get("/Users").expect(401);
    scim.post("/Users", &json!({"schemas": [USER], "userName": "intruder"})).expect(401);
    assert_eq!(server.client().total("/Users"), 0);
}

#[test]
fn e39_unknown_query_parameters_are_ignored() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("flagged");
    scim.user("another");
    let filter = "filter=userName+eq+%22flagged%22";
    for query in [
        format!("aadOptscim062020&{filter}"),
        format!("{filter}&aadOptscim062020"),
        format!("AzureAdScimPatch2017=&{filter}&x=%20&=y&&"),
    ] {
        let found = scim.get(&format!("/Users?{query}")).list();
        assert_eq!(found.len(), 1, "{query}");
        assert_eq!(found[0]["id"], id, "{query}");
    }
    let path = format!("/Users/{id}?aadOptscim062020");
    assert_eq!(scim.get(&path).expect(200).json()["id"], id);
    scim.patch(&path, &json!([{"op": "replace", "path": "title", "value": "T"}])).expect(200);
    let body = json!({"schemas": [USER], "userName": "posted"});
    scim.post("/Users?aadOptscim062020", &body).expect(201);
    scim.delete(&path).expect(204);
}

#[test]
fn e39_a_flag_glued_in_front_of_the_resource_is_ignored() {
    let server = Server::start();
    let scim = server.client();
    let id = scim.user("glued");
    scim.user("another");
    // what comes of a tenant URL with a query when a client appends the path to its text
    let base = &server.ready.tenant_url;
    for flagged in [format!("{base}?aadOptscim062020"), format!("{base}/?aadOptscim062020")] {
        let address = format!("{flagged}/Users?filter=userName+eq+%22glued%22");
        let found = scim.send_to(&address, "GET", &[], None).list();
        assert_eq!(found.len(), 1, "{address}");
        assert_eq!(found[0]["id"], id, "{address}");
        let address = format!("{flagged}/Users/{id}");
        assert_eq!(scim.send_to(&address, "GET", &[], None).expect(200).json()["id"], id);
    }
}

#[test]
fn e42_two_secrets_are_good_at_the_same_time_and_a_third_is_refused() {
    let server = Server::start();
    server.command(&["account", "create", "rotating"]);
    let secret = || {
        let made = server.command_json(&["token", "create", "rotating"]);
        made["secret"].as_str().unwrap().to_owned()
    };
    let (old, new) = (secret(), secret());
    assert_ne!(old, new);
    for token in [&old, &new, &old] {
        server.client_with(token).get("/Users").expect(200);
    }
    let third = server.try_command(&["token", "create", "rotating"]);
    let (_, error) = crate::server::texts(&third);
    assert!(!third.status.success(), "a third secret was made");
    assert!(error.contains("two live tokens"), "the error gives no reason: {error}");
    server.client_with(&old).get("/Users").expect(200);
    server.client_with(&new).get("/Users").expect(200);
}
