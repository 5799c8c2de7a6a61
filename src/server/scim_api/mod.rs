//! The SCIM interface (RFC 7644): from a request to the directory and back.
//!
//! It knows no sockets and no TLS (`http` does), and nothing of the console (`admin_api` does).

pub(crate) mod answer;
mod ask;
mod authenticate;
mod body;
pub(crate) mod bulk;
mod call;
mod client;
mod create;
pub(crate) mod cursor;
mod delete;
mod discovery;
mod events;
mod get;
mod group_members;
mod large;
mod limit;
mod me;
mod observe;
mod openapi;
mod patch;
mod prefer;
mod query;
mod replace;
mod route;
mod search;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use directory::Directory;
use http::{Method, Request, Response};
use scim::{Deviation, Rule, ScimError, ScimType};

use crate::app::App;
use crate::config;
use crate::http::Body;
use crate::tenant::{self, BASE, Tenant};
use ask::Ask;
use call::{Call, links, read_scope, write_scope};
use client::{Aim, Answered, Client, Goal, refused, whole};
use events::later;
pub(crate) use events::later::catch_up;
use prefer::Prefer;
use route::{NoRoute, Route};

/// Answers a request to the SCIM listener.
pub(crate) async fn handle(app: &Arc<App>, request: Request<Bytes>, peer: SocketAddr) -> Response<Body> {
    match served(app, &request, peer).await {
        Ok(response) => response,
        Err(refused) => {
            observe::refused(app, &request, &refused);
            whole(refused)
        }
    }
}

/// The answer, or the refusal of a request that is no account's.
async fn served(
    app: &Arc<App>,
    request: &Request<Bytes>,
    peer: SocketAddr,
) -> Result<Response<Body>, Response<Bytes>> {
    // One name for whatever is below no tenant's base: what is there and what is not must look the same.
    let outside = || no_route(app.tenants.default(), request.method(), &NoRoute::OutsideBase);
    let (tenant, path) = match tenant::split(request.uri().path()) {
        None => (Arc::clone(app.tenants.default()), request.uri().path()),
        Some((name, path)) => match app.tenants.named(&name) {
            Some(tenant) => (tenant, path),
            None => return Err(outside()),
        },
    };
    let held = tenant;
    let tenant = &*held;
    let (path, query) = route::unglue(path, request.uri().query());
    if let Some(place) = events::Place::parse(&path) {
        return Ok(whole(events::answer(app, tenant, &place, request, peer).await));
    }
    let directory = tenant.directory();
    let mut admitted = None;
    let mut method = request.method().clone();
    if let Some(meant) = method_override(request) {
        // Only the account says whether the header counts, so it is asked before the path means anything.
        let mut asker = authenticate::grant(app, tenant, request, peer).await?;
        if asker.dialect.grants(Deviation::MethodOverride) {
            asker.used.push((Deviation::MethodOverride, format!("X-HTTP-Method-Override: {meant}")));
            method = meant;
        }
        admitted = Some(asker);
    }
    if !tenant.group_members && route::is_group_members(&path) {
        return Err(no_route(tenant, &method, &NoRoute::NotFound));
    }
    let goal = match Route::parse(&method, &path, directory.kinds()) {
        Ok(Route::Operation(operation)) => Goal::Aim(Aim::One(operation)),
        Ok(Route::Bulk) => Goal::Aim(Aim::Bulk),
        Ok(Route::Me(me)) => Goal::Me(me),
        Ok(Route::Discovery(what)) => {
            let asker = match app.config.discovery {
                config::Discovery::Open => authenticate::if_any(app, tenant, request, peer).await,
                config::Discovery::WithToken => Some(authenticate::grant(app, tenant, request, peer).await?),
            };
            if let Some(asker) = &asker {
                observe::discovered(tenant, asker, &what);
            }
            return Ok(whole(discovery::tell(tenant, &what, query, asker.as_ref())));
        }
        Ok(Route::Options(allow)) => return Ok(whole(answer::with_allow(answer::empty(), allow))),
        Err(NoRoute::OutsideBase) => return Err(outside()),
        Err(none) => return Err(no_route(tenant, &method, &none)),
    };
    let asker = match admitted {
        Some(asker) => asker,
        None => authenticate::grant(app, tenant, request, peer).await?,
    };
    if asker.dialect.demands(Rule::ScimMediaType) {
        body::profiled(request).map_err(|error| answer::error(&error))?;
    }
    let client = Client { app, tenant, directory: &directory, asker: &asker, txn: None };
    let (aim, user) = goal.of(&asker.grant);
    // where the alias leads may have changed by the time at which the work is done
    let meant = user.map_or_else(|| path.clone(), |user| format!("{BASE}{}", me::path(&directory, user)));
    let mut answered = match limit::turn(app, tenant, &asker.grant).await {
        Ok(()) => {
            match later::preference(&aim, Prefer::of(request.headers()), |scope| asker.grant.allows(scope)) {
                Some(preference) => {
                    let target = query.map_or_else(|| meant.clone(), |query| format!("{meant}?{query}"));
                    later::accept(&client, app, &held, preference, request, &method, target).await
                }
                None => client.aimed(&aim, Ask::of(request, query)).await,
            }
        }
        Err(too_many) => too_many,
    };
    if let Some(user) = user {
        let location = format!("{}{}", tenant.base_url, me::path(&directory, user));
        me::place(&mut answered.response, &location);
    }
    let seen = observe::Asked {
        method: &method,
        path: &path,
        query,
        whole_query: request.uri().query(),
        headers: request.headers(),
        aim: &aim,
    };
    observe::note(app, tenant, &asker.grant, &seen, &answered);
    Ok(answered.response)
}

/// The method a POST says it stands for; whether that counts is the account's dialect's matter.
fn method_override(request: &Request<Bytes>) -> Option<Method> {
    let value = request.headers().get("x-http-method-override")?;
    let meant = Method::from_bytes(value.as_bytes().trim_ascii().to_ascii_uppercase().as_slice()).ok()?;
    (*request.method() == Method::POST).then_some(meant)
}

/// The endpoints of all resource types, as text.
fn endpoints(directory: &Directory) -> String {
    let kinds = directory.kinds();
    let all = kinds.iter().filter_map(|kind| kinds.resource_type(kind)).map(|one| one.endpoint.as_str());
    all.collect::<Vec<_>>().join(", ")
}

fn no_route(tenant: &Tenant, method: &Method, none: &NoRoute) -> Response<Bytes> {
    let (status, detail) = match none {
        NoRoute::MethodNotAllowed(allow) => return answer::method_not_allowed(method, allow),
        NoRoute::OutsideBase => {
            (404, format!("nothing is here; the Tenant URL of this server is {}", tenant.base_url))
        }
        NoRoute::NotFound => (
            404,
            format!(
                "nothing is here; below the Tenant URL there are {}, /Bulk, /.search, /ServiceProviderConfig, /Schemas and \
                 /ResourceTypes",
                endpoints(&tenant.directory())
            ),
        ),
        NoRoute::WrongVersion(version) => {
            let detail = format!(
                "this server speaks SCIM 2.0 only, not {version:?}; its Tenant URL is {}",
                tenant.base_url
            );
            return answer::error(&ScimError::new(ScimType::InvalidVers, detail));
        }
        NoRoute::Undecodable => (400, "the path is not percent-encoded UTF-8".to_owned()),
    };
    let error = match status {
        400 => ScimError::invalid_syntax(detail),
        status => ScimError::http(status, detail),
    };
    answer::error(&error)
}
