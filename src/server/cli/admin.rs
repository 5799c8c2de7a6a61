//! The way from a command to the admin API: the socket of the running server, or, where none runs, the same
//! handlers in this process.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::net::UnixStream;

use super::Common;
use super::failure::{Exit, Failure};
use super::out;
use crate::app::{App, AppError};
use crate::config::{Config, Written};
use crate::data::SOCKET;
use crate::http::socket_path;
use crate::sites::Local;
use crate::world::World;

/// The admin API of one data folder, and of one tenant in it.
pub(super) struct Admin {
    way: Way,
    tenant: Option<String>,
    /// The flags by which it was found.
    flags: String,
}

/// Where the admin API is.
enum Way {
    /// Of the server that runs on it.
    Socket(http1::SendRequest<Full<Bytes>>),
    /// Of no server: this process opened the folder.
    Here(Arc<Local>),
}

impl Admin {
    /// Finds the server, or opens the folder.
    pub(super) async fn open(common: &Common) -> Result<Admin, Failure> {
        let written = Written { data: common.data.clone(), ..Written::default() };
        let config = Config::load(written, common.config.as_deref())?;
        if !config.data.exists() {
            let message = format!(
                "there is no data folder {}; name it with --data, or start the server first",
                config.data.display()
            );
            return Err(Failure::new(Exit::NotFound, message));
        }
        if let Some(sender) = connect(&config).await? {
            let (tenant, flags) = (common.tenant.clone(), flags(common));
            return Ok(Admin { way: Way::Socket(sender), tenant, flags });
        }
        match App::open(config, World::real(), None).await {
            Ok(app) => {
                let (tenant, flags) = (common.tenant.clone(), flags(common));
                Ok(Admin { tenant, flags, ..Admin::of(Arc::new(app)) })
            }
            Err(AppError::InUse { folder }) => Err(Failure::new(
                Exit::Unreachable,
                format!(
                    "a rollcall process holds {}, but its admin socket does not answer; it may be starting or stopping",
                    folder.display()
                ),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// The admin API of an application in this process, for its default tenant.
    pub(super) fn of(app: Arc<App>) -> Admin {
        Admin { way: Way::Here(Arc::new(Local(app))), tenant: None, flags: String::new() }
    }

    /// The tenant that was named.
    pub(super) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The flags by which it was found, for a command that is told to somebody; each after a space.
    pub(super) fn flags(&self) -> &str {
        &self.flags
    }

    /// Asks, and gives the answer's body; a refusal is a failure.
    pub(super) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let path = in_tenant(path, self.tenant.as_deref());
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        request = request.header("x-rollcall-request", "1");
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = Bytes::from(body.map_or_else(String::new, |body| body.to_string()));
        let request = request.body(body).map_err(Failure::failed)?;
        let response = match &mut self.way {
            Way::Here(local) => local.reply(&request).await,
            Way::Socket(sender) => exchanged(sender, request).await?,
        };
        let status = response.status();
        let value = if response.body().is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(response.body()).map_err(Failure::failed)?
        };
        if status.is_success() { Ok(value) } else { Err(Failure::refused(status, &value)) }
    }

    /// Reads.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// The id of the service account that a person names by name or id.
    pub(super) async fn account(&mut self, named: &str) -> Result<Value, Failure> {
        let all = self.get("/api/accounts").await?;
        let accounts = all["accounts"].as_array().cloned().unwrap_or_default();
        let is_named = |account: &Value| {
            account["id"] == named
                || account["name"].as_str().is_some_and(|name| name.to_lowercase() == named.to_lowercase())
        };
        accounts.into_iter().find(is_named).ok_or_else(|| {
            let message = format!("there is no service account {named}; `rollcall account list` shows all");
            Failure::new(Exit::NotFound, message)
        })
    }

    /// Ends; what this process opened is written and closed.
    pub(super) async fn close(self) {
        if let Way::Here(local) = self.way {
            local.0.close().await;
        }
    }
}

/// The path by which a tenant is asked what `path` asks the default one.
fn in_tenant(path: &str, tenant: Option<&str>) -> String {
    match (tenant, path.strip_prefix("/api/")) {
        (Some(tenant), Some(rest)) => {
            // what needs encoding names no tenant; it is only kept from becoming another path
            format!("/api/t/{}/{rest}", encoded(tenant).replace("%2D", "-"))
        }
        (None, _) | (_, None) => path.to_owned(),
    }
}

/// Does `work` with the admin API of a data folder and closes it, also after a failure.
pub(super) async fn with<T>(
    common: &Common,
    work: impl AsyncFnOnce(&mut Admin) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut admin = Admin::open(common).await?;
    let result = work(&mut admin).await;
    admin.close().await;
    result
}

/// The flags that lead another command to the same place.
fn flags(common: &Common) -> String {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let all =
        [("data", path(&common.data)), ("config", path(&common.config)), ("tenant", common.tenant.clone())];
    all.into_iter().filter_map(|(name, value)| Some(format!(" --{name} {}", out::quoted(&value?)))).collect()
}

async fn connect(config: &Config) -> Result<Option<http1::SendRequest<Full<Bytes>>>, Failure> {
    let shown = config.data.join(SOCKET);
    let refused = |error: io::Error| {
        let exit = match error.kind() {
            io::ErrorKind::PermissionDenied => Exit::NotPermitted,
            _ => Exit::Unreachable,
        };
        Failure::new(exit, format!("the admin socket {} cannot be used: {error}", shown.display()))
    };
    let (path, _handle) = socket_path(&config.data, SOCKET).map_err(refused)?;
    let stream = match UnixStream::connect(path).await {
        Ok(stream) => stream,
        // no server, or one that was killed
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(refused(error)),
    };
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(unreachable_server)?;
    tokio::spawn(connection);
    Ok(Some(sender))
}

async fn exchanged(
    sender: &mut http1::SendRequest<Full<Bytes>>,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Failure> {
    sender.ready().await.map_err(unreachable_server)?;
    let response = sender.send_request(request.map(Full::new)).await.map_err(unreachable_server)?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(unreachable_server)?.to_bytes();
    Ok(Response::from_parts(head, body))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreachable_server(error: hyper::Error) -> Failure {
    Failure::caused(Exit::Unreachable, &error)
}

/// A text as part of a path or query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_in_front_of_the_path() {
        assert_eq!(in_tenant("/api/users?count=1", Some("a-b")), "/api/t/a-b/users?count=1");
        assert_eq!(in_tenant("/api/users", Some("a/../b")), "/api/t/a%2F%2E%2E%2Fb/users");
        assert_eq!(in_tenant("/api/users", None), "/api/users");
    }
}
