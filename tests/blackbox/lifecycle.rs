//! Start, stop, start again: what was answered is kept, and one folder has one process.

use serde_json::json;

use crate::bodies::validator_user;
use crate::server::{Server, run, run_into, texts};
use crate::values::{USER, sorted};

#[test]
fn a_restart_keeps_users_groups_and_tokens() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.create_user(&validator_user("kept@contoso.com"));
    let other = scim.user("other@contoso.com");
    let id = user["id"].as_str().unwrap().to_owned();
    let group = scim.group("Kept", &[&id, &other]);
    let deleted = scim.user("deleted@contoso.com");
    scim.delete(&format!("/Users/{deleted}")).expect(204);
    let before = (scim.read_user(&id), scim.read_group(&group));
    let token = server.ready.secret_token.clone();
    let (url, ca) = (server.ready.tenant_url.clone(), std::fs::read(&server.ready.ca_file).unwrap());
    let (status, folder) = server.stop();
    assert!(status.success(), "a clean stop exits with 0: {status}");

    let server = Server::start_in(folder);
    assert_eq!(
        std::fs::read(&server.ready.ca_file).unwrap(),
        ca,
        "the CA is kept, so clients still trust it"
    );
    let scim = server.client_with(&token);
    let mut after = (scim.read_user(&id), scim.read_group(&group));
    // the port is a new one each time, and addresses carry it
    let moved = |value: &mut serde_json::Value| {
        let text = value.to_string().replace(&server.ready.tenant_url, &url);
        *value = serde_json::from_str(&text).unwrap();
    };
    moved(&mut after.0);
    moved(&mut after.1);
    assert_eq!(after, before);
    assert_eq!(scim.members(&group), sorted(&[&id, &other]));
    assert_eq!(scim.find_ids("/Users", "userName eq \"KEPT@contoso.com\""), [id]);
    scim.get(&format!("/Users/{deleted}")).expect(404);
    assert_eq!((scim.total("/Users"), scim.total("/Groups")), (2, 1));
    scim.post("/Users", &validator_user("kept@contoso.com")).error(409, "uniqueness");
    scim.user("deleted@contoso.com");
}

#[test]
fn what_was_deleted_is_found_by_its_user_name_and_restored_by_it() {
    let server = Server::start();
    let scim = server.client();
    // two people of one name
    for user_name in ["ann@example.com", "anna@example.com"] {
        let user = json!({"schemas": [USER], "userName": user_name, "displayName": "Ann Smith"});
        let id = scim.create_user(&user)["id"].as_str().unwrap().to_owned();
        scim.delete(&format!("/Users/{id}")).expect(204);
    }
    let (list, _) = texts(&run(&server.data(), &["bin", "list", "--search", "anna@"]));
    assert!(list.contains("anna@example.com") && !list.contains(" ann@example.com"), "{list}");
    let named = run(&server.data(), &["bin", "restore", "Ann Smith"]);
    assert_eq!(named.status.code(), Some(5), "{named:?}");
    let restored = run(&server.data(), &["bin", "restore", "Anna@example.com"]);
    assert!(restored.status.success(), "{restored:?}");
    assert_eq!(scim.find("/Users", "displayName eq \"Ann Smith\"")[0]["userName"], "anna@example.com");
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure() {
    let server = Server::start();
    let data = server.data();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["help"][..], &["--version"], &["account", "list", "--data", data.to_str().unwrap()]] {
        let done = run_into(full(), arguments);
        assert_eq!(done.status.code(), Some(1), "{arguments:?}");
        assert!(
            String::from_utf8_lossy(&done.stderr).contains("cannot be printed"),
            "{arguments:?}: {done:?}"
        );
    }
}

#[test]
fn a_crash_keeps_what_was_answered() {
    let mut server = Server::start();
    let mut made = Vec::new();
    for round in 0..3 {
        let scim = server.client();
        let group = scim.group(&format!("group-{round}"), &[]);
        for n in 0..20 {
            let id = scim.user(&format!("user-{round}-{n}"));
            let add = json!([{"op": "add", "path": "members", "value": [{"value": id}]}]);
            scim.patch_group(&group, &add);
            made.push(id);
        }
        server = Server::start_in(server.crash());
        let scim = server.client();
        assert_eq!(scim.total("/Users"), made.len() as u64);
        let expected: Vec<&str> = made[round * 20..].iter().map(String::as_str).collect();
        assert_eq!(scim.members(&group), sorted(&expected));
    }
    server.command(&["doctor", "--verify"]);
}

#[test]
fn a_second_process_on_the_same_folder_gets_a_clear_error() {
    let mut server = Server::start();
    let scim = server.client();
    scim.user("undisturbed");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--console-listen", "127.0.0.1:0"];
    for arguments in [&["dev", "--port", "0"][..], &serve[..]] {
        let output = run(&server.data(), arguments);
        let (out, error) = texts(&output);
        assert!(!output.status.success(), "{arguments:?} ran\n{out}\n{error}");
        let folder = server.data().display().to_string();
        assert!(error.contains(&folder), "the error names no folder: {error}");
        assert!(error.contains("in use") || error.contains("another"), "no reason: {error}");
        assert!(!error.contains("panicked"), "{error}");
        assert!(error.lines().count() <= 6, "too long: {error}");
    }
    assert!(server.lives());
    assert_eq!(scim.total("/Users"), 1);
}

#[test]
fn the_ready_line_says_what_a_script_needs() {
    let server = Server::start();
    let ready = &server.ready;
    assert!(ready.tenant_url.starts_with("https://localhost:"), "{}", ready.tenant_url);
    assert!(ready.secret_token.starts_with("rc_"), "a token has a prefix");
    assert!(ready.ca_file.is_file());
    assert!(ready.console_url.starts_with("https://"), "{}", ready.console_url);
    assert!(ready.setup_code.as_deref().is_some_and(|code| code.len() >= 8));
    assert_ne!(ready.console_url, ready.tenant_url);
}

#[test]
fn no_secret_lies_in_the_data_folder() {
    let server = Server::start();
    let scim = server.client();
    scim.create_user(&json!({"schemas": [USER], "userName": "secretive", "password": "swordfish-swordfish"}));
    scim.get("/Users").expect(200);
    let token = server.ready.secret_token.clone();
    let random_part = token.rsplit('_').next().unwrap().to_owned();
    let code = server.ready.setup_code.clone().unwrap();
    for secret in [token.as_str(), random_part.as_str(), code.as_str(), "swordfish-swordfish"] {
        assert!(!server.data_holds(secret), "a secret lies on the disk");
    }
    assert!(server.data_holds("secretive"), "the search finds what is there");
}

#[test]
fn private_files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&server.data().join("admin.sock")), 0o600);
    let mut keys = 0;
    let mut folders = vec![server.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("PRIVATE KEY")) {
                keys += 1;
                assert_eq!(mode(&path), 0o600, "{}", path.display());
            }
        }
    }
    assert!(keys >= 1, "the server's key is somewhere");
}

#[test]
fn the_command_line_reads_while_the_server_runs() {
    let server = Server::start();
    let scim = server.client();
    let user = scim.user("listed@contoso.com");
    let group = scim.group("Listed", &[&user]);
    let users = server.command_json(&["user", "list"]).to_string();
    assert!(users.contains(&user) && users.contains("listed@contoso.com"), "{users}");
    let one = server.command_json(&["user", "get", &user]).to_string();
    assert!(one.contains("listed@contoso.com"), "{one}");
    let groups = server.command_json(&["group", "list"]).to_string();
    assert!(groups.contains(&group) && groups.contains("Listed"), "{groups}");
    let members = server.command_json(&["group", "members", &group]).to_string();
    assert!(members.contains(&user), "{members}");
    let accounts = server.command_json(&["account", "list"]).to_string();
    assert!(accounts.contains("dev"), "{accounts}");
    assert!(!accounts.contains(&server.ready.secret_token), "a secret is listed");
    server.command(&["doctor", "--verify"]);
    let missing = server.try_command(&["user", "get", crate::values::NOBODY]);
    assert!(!missing.status.success());
    assert!(!texts(&missing).1.contains("panicked"));
}

#[test]
fn the_command_line_reads_a_folder_no_server_runs_on() {
    let server = Server::start();
    let user = server.client().user("resting@contoso.com");
    let (status, folder) = server.stop();
    assert!(status.success());
    let data = folder.path().join("data");
    let output = run(&data, &["user", "list", "--output", "json"]);
    let (out, error) = texts(&output);
    assert!(output.status.success(), "{error}");
    assert!(out.contains(&user) && out.contains("resting@contoso.com"), "{out}");
    let output = run(&data, &["doctor", "--verify"]);
    assert!(output.status.success(), "{:?}", texts(&output));
}
