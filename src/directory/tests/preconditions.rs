//! What a change expects of the version is held against it in the commit itself.

use scim::{Dialect, Lenience, Patch, Preconditions};
use serde_json::json;

use super::House;
use crate::{Ctx, Deleted, DirectoryError, Entry, Kind, Links};

impl House {
    fn expecting(&self, if_match: Option<&str>, if_none_match: Option<&str>) -> Ctx {
        Ctx { expected: Preconditions::parse(if_match, if_none_match).unwrap(), ..self.ctx() }
    }

    async fn rename(&self, ctx: &Ctx, entry: &Entry, name: &str) -> Result<Option<Entry>, DirectoryError> {
        let dialect = Dialect::strict();
        let mut lenience = Lenience::new(&dialect);
        let body = json!({
            "schemas": [scim::urn::PATCH_OP],
            "Operations": [{"op": "replace", "path": "displayName", "value": name}],
        });
        let patch = Patch::parse(body.as_object().unwrap().clone(), &mut lenience).unwrap();
        self.directory.patch(ctx, entry.kind, entry.id, &patch, &mut lenience).await
    }
}

fn status<T>(result: Result<T, DirectoryError>) -> u16 {
    match result {
        Ok(_) => 200,
        Err(DirectoryError::Scim(error)) => error.status(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn c224_a_change_that_expects_another_version_is_refused_and_changes_nothing() {
    let house = House::new();
    for kind in [Kind::User, Kind::Group] {
        let made = house.try_create(kind, json!({"userName": "a", "displayName": "a"})).await.unwrap();
        let (old, other) = (made.meta.etag(), "W/\"999\"");
        for (if_match, if_none_match) in [(Some(other), None), (None, Some(old.as_str())), (None, Some("*"))]
        {
            let ctx = house.expecting(if_match, if_none_match);
            assert_eq!(status(house.rename(&ctx, &made, "b").await), 412);
            assert_eq!(status(house.directory.delete(&ctx, kind, made.id).await), 412);
        }
        let still = house.directory.get(kind, made.id, Links::Without).await.unwrap().unwrap();
        assert_eq!(still.meta.etag(), old);
        let renamed = house.rename(&house.expecting(Some(&old), None), &made, "b").await.unwrap().unwrap();
        assert_ne!(renamed.meta.etag(), old);
        assert_eq!(status(house.rename(&house.expecting(Some(&old), None), &made, "c").await), 412);
        let ctx = house.expecting(Some("*"), Some(&old));
        assert!(matches!(house.directory.delete(&ctx, kind, made.id).await, Ok(Deleted::Yes)));
    }
}

#[tokio::test]
async fn c225_a_change_of_members_is_a_new_version_of_the_group() {
    let house = House::new();
    let user = house.try_create(Kind::User, json!({"userName": "u"})).await.unwrap();
    let members = json!([{"value": user.id}]);
    let group = house.try_create(Kind::Group, json!({"displayName": "g", "members": members})).await.unwrap();
    let old = group.meta.etag();
    house.directory.delete(&house.ctx(), Kind::User, user.id).await.unwrap();
    assert_eq!(status(house.rename(&house.expecting(Some(&old), None), &group, "h").await), 412);
}

/// All read the same version; the guard lets one of them through.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn c224_of_many_changes_that_expect_one_version_one_is_made() {
    let house = std::sync::Arc::new(House::new());
    for kind in [Kind::User, Kind::Group] {
        let made = house.try_create(kind, json!({"userName": "r", "displayName": "r"})).await.unwrap();
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let (house, made) = (house.clone(), made.clone());
                tokio::spawn(async move {
                    let ctx = house.expecting(Some(&made.meta.etag()), None);
                    status(house.rename(&ctx, &made, &format!("name {n}")).await)
                })
            })
            .collect();
        let mut through = 0;
        for task in tasks {
            match task.await.unwrap() {
                200 => through += 1,
                status => assert_eq!(status, 412),
            }
        }
        assert_eq!(through, 1);
    }
}
