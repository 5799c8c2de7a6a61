//! Numbers 223 to 227: versions and preconditions (RFC 7644 section 3.14).

use serde_json::json;

use crate::server::Server;

#[test]
fn c225_a_change_of_members_is_a_new_version_of_the_group() {
    let server = Server::start();
    let scim = server.client();
    let (ann, bob) = (scim.user("ann"), scim.user("bob"));
    let group = scim.group("g", &[]);
    let path = format!("/Groups/{group}");
    let mut versions = vec![];
    let mut note = || {
        let answer = scim.get(&path).expect(200);
        let etag = answer.header("etag").unwrap().to_owned();
        assert_eq!(answer.json()["meta"]["version"], json!(etag));
        assert!(!versions.contains(&etag), "{etag} is an old version");
        versions.push(etag);
    };
    note();
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": ann}]}]));
    note();
    scim.patch_group(&group, &json!([{"op": "add", "path": "members", "value": [{"value": bob}]}]));
    note();
    scim.patch_group(&group, &json!([{"op": "remove", "path": "members", "value": [{"value": bob}]}]));
    note();
    scim.delete(&format!("/Users/{ann}")).expect(204);
    note();
    server.command(&["bin", "restore", &ann]);
    note();
}
