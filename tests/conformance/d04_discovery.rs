//! Numbers 70 to 85: what the server says of itself (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use crate::server::Server;

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

#[test]
fn c070_the_service_provider_config_is_served_with_its_schema() {
    let server = Server::start();
    let config = server.client().get("/ServiceProviderConfig").expect(200).json();
    assert_eq!(config["schemas"], serde_json::json!([CONFIG]));
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig");
}
