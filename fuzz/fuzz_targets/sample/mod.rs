//! The schemas, the dialects and two stored resources, as several targets use them.

use std::sync::LazyLock;

use scim::check;
use scim::context::Context;
use scim::dialect::{Deviation, Dialect, Lenience};
use scim::error::ScimError;
use scim::json::Object;
use scim::registry::Registry;
use scim::resource::Resource;

pub static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::builtin);
pub static TOLERANT: LazyLock<Dialect> = LazyLock::new(Dialect::tolerant);
pub static STRICT: LazyLock<Dialect> = LazyLock::new(Dialect::strict);
/// The form things are kept in: by the letter, but for free text where a format is due, which stays as it was sent.
static KEPT: LazyLock<Dialect> =
    LazyLock::new(|| Dialect::strict().with(Deviation::LooseFormat).with(Deviation::LooseCertificate));
pub static STORED: LazyLock<[(&str, Object); 2]> = LazyLock::new(|| {
    [
        ("User", put("User", include_bytes!("user.json")).expect("the sample user is valid")),
        ("Group", put("Group", include_bytes!("group.json")).expect("the sample group is valid")),
    ]
});

/// What a PUT of this body would leave, with what is in it in the form it is kept in.
pub fn put(name: &str, body: &[u8]) -> Result<Object, ScimError> {
    checked(&REGISTRY, name, body, Context::ReplaceRequest, &mut Lenience::new(&KEPT))
}

/// What a body comes to in a context.
pub fn checked(
    registry: &Registry,
    name: &str,
    body: &[u8],
    context: Context,
    lenience: &mut Lenience<'_>,
) -> Result<Object, ScimError> {
    let resource_type = registry.resource_type(name).expect("it is built in");
    let received = Resource::parse(body)?;
    Ok(check::resource(registry, resource_type, received, context, lenience)?.attributes)
}
