//! Bodies as the clients send them.

use serde_json::{Value, json};

use crate::values::{ENTERPRISE, USER};

/// The user Microsoft's SCIM Validator creates, with its awkward values on purpose (VAL-U1).
pub(crate) fn validator_user(user_name: &str) -> Value {
    json!({
        "userName": user_name,
        "active": true,
        "displayName": "DVLWHNKXCLWH",
        "title": "PSXSZLSKBVBK",
        "emails": [{"type": "work", "value": "freeman_johns@kub.us", "primary": true}],
        "preferredLanguage": "jgo-CM",
        "name": {
            "givenName": "Kiarra",
            "familyName": "Laverne",
            "formatted": "Tomasa",
            "middleName": "Marcelo",
            "honorificPrefix": "Kaylee",
            "honorificSuffix": "Zaria"
        },
        "addresses": [{
            "type": "work",
            "formatted": "ZKQHHCKSJQWJ",
            "streetAddress": "66013 Mills Ridges",
            "locality": "DVSDSQGLGRKN",
            "region": "CRLEYNWTYYOY",
            "postalCode": "hb9 8px",
            "primary": true,
            "country": "Svalbard & Jan Mayen Islands"
        }],
        "phoneNumbers": [
            {"type": "work", "value": "45-955-7623", "primary": true},
            {"type": "mobile", "value": "45-955-7624"},
            {"type": "fax", "value": "45-955-7625"}
        ],
        ENTERPRISE: {
            "employeeNumber": "XGXMTDJQXKQK",
            "department": "VWIMNRWFASQP",
            "costCenter": "AELBSZXYQWLM",
            "organization": "OXZFCPFPWZUR",
            "division": "JYMTWPGNUXTZ",
            "manager": {"value": "WSBTPJCDGOXN"}
        },
        "roles": [{
            "primary": "True",
            "display": "MHXJUPZLEGHR",
            "value": "TQCWOEZAEAHE",
            "type": "NMZTLSTGQGBK"
        }],
        "userType": "XPUXDUYSDTBQ",
        "nickName": "JBMGVDLEYMGB",
        "locale": "NNRDFXBWKXGT",
        "timezone": "Antarctica/DumontDUrville",
        "profileUrl": "BDAGUWDSXYMD",
        "schemas": [USER, ENTERPRISE]
    })
}

/// The same user as the appliance answers it: real booleans, everything else as sent.
pub(crate) fn validator_user_answered(user_name: &str) -> Value {
    let mut user = validator_user(user_name);
    user["roles"][0]["primary"] = json!(true);
    user
}

/// The 36 paths of the validator's verbose PATCH, each with a value (VAL-U6, VAL-U7).
pub(crate) fn verbose_values() -> Vec<(String, Value)> {
    let text = [
        ("displayName", "YWFNUDWCGHVG"),
        ("title", "VQTUVWQEEZVX"),
        (r#"emails[type eq "work"].value"#, "gladys_grimes@frami.com"),
        ("preferredLanguage", "sr-Cyrl-BA"),
        ("name.givenName", "Sven"),
        ("name.familyName", "Nelda"),
        ("name.formatted", "Aurelio"),
        ("name.middleName", "Cordie"),
        ("name.honorificPrefix", "Hertha"),
        ("name.honorificSuffix", "Alvah"),
        (r#"addresses[type eq "work"].formatted"#, "BXNPXUIWFGLB"),
        (r#"addresses[type eq "work"].streetAddress"#, "2814 Kozey Harbors"),
        (r#"addresses[type eq "work"].locality"#, "TNIHVHVZIPUK"),
        (r#"addresses[type eq "work"].region"#, "FSNEDZBKAVMV"),
        (r#"addresses[type eq "work"].postalCode"#, "ib8 5lh"),
        (r#"addresses[type eq "work"].country"#, "Bouvet Island (Bouvetoya)"),
        (r#"phoneNumbers[type eq "work"].value"#, "61-161-6120"),
        (r#"phoneNumbers[type eq "mobile"].value"#, "61-161-6121"),
        (r#"phoneNumbers[type eq "fax"].value"#, "61-161-6122"),
        (r#"roles[primary eq "True"].display"#, "SBFVOTLOBYXE"),
        (r#"roles[primary eq "True"].value"#, "PGWNHRBIOEJQ"),
        (r#"roles[primary eq "True"].type"#, "HYQLTTRNPJLS"),
        ("userType", "CKOQZWVWUXJC"),
        ("nickName", "OVFHLLAQIZBA"),
        ("locale", "MTEYHUBMYUXQ"),
        ("timezone", "America/Argentina/San_Luis"),
        ("profileUrl", "ZIQFTNNMAVBH"),
    ];
    let flags = [
        r#"emails[type eq "work"].primary"#,
        r#"addresses[type eq "work"].primary"#,
        r#"phoneNumbers[type eq "work"].primary"#,
    ];
    let enterprise = ["employeeNumber", "department", "costCenter", "organization", "division"];
    let mut values = vec![("active".to_owned(), json!(true))];
    values.extend(text.map(|(path, value)| (path.to_owned(), json!(value))));
    values.extend(flags.map(|path| (path.to_owned(), json!(true))));
    values.extend(enterprise.map(|name| (format!("{ENTERPRISE}:{name}"), json!(format!("new {name}")))));
    assert_eq!(values.len(), 36);
    values
}

/// One operation per path and value.
pub(crate) fn operations(op: &str, values: &[(String, Value)]) -> Value {
    values.iter().map(|(path, value)| json!({"op": op, "path": path, "value": value})).collect()
}

/// The user in Microsoft's own sample of a create request (E13).
pub(crate) fn entra_user(user_name: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
        "userName": user_name,
        "active": true,
        "emails": [{"primary": true, "type": "work", "value": format!("{user_name}@testuser.com")}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
        "roles": []
    })
}

/// The user Okta creates.
pub(crate) fn okta_user(user_name: &str) -> Value {
    json!({
        "schemas": [USER],
        "userName": user_name,
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": user_name, "type": "work"}],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": "00ujl29u0le5T6Aj10h7",
        "groups": [],
        "password": "1mz050nq-correct-horse",
        "active": true
    })
}
