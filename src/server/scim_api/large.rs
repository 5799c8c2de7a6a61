//! A group with many members, written while it is sent: memory holds one piece of it, however many they are.
//!
//! It is no snapshot. Every member that is shown was one at some moment while the answer was made, and the ETag is
//! the version from before the first of them was read: who compares it later reads again, never too little.

use bytes::Bytes;
use directory::{Directory, Entry, Kind, Links, MemberLink};
use http::{Response, StatusCode};
use scim::project::Projection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Call, answer};
use crate::http::{Body, Broken, Source};

/// How many members make a piece: about 100 KB of text. A group with fewer is answered whole.
pub(super) const PIECE: usize = 512;

/// The answer for a group of which the first members were read, and there are more.
pub(super) fn answer(
    call: &Call<'_>,
    entry: &Entry,
    first: Vec<MemberLink>,
    projection: &Projection,
) -> Response<Body> {
    let base = &call.tenant.base_url;
    let head = answer::with_etag(answer::json(StatusCode::OK, Bytes::new()), &entry.meta.etag());
    let head = answer::with_location(head, &entry.meta.location(base, entry.id));
    let source = Large::new(call.directory.apart(), base.clone(), entry, first, projection.clone());
    head.map(|_| Body::stream(source))
}

/// What is left to write of a group.
struct Large {
    directory: Directory,
    base: String,
    group: Uuid,
    projection: Projection,
    next: Next,
    /// Whether a member was written.
    list: List,
    /// What stands behind the members.
    closing: Vec<u8>,
}

/// Which piece comes next.
enum Next {
    /// What stands before the members, and the first of them.
    Opening(Vec<u8>, Vec<MemberLink>),
    /// The members after one.
    After(Uuid),
    /// Nothing.
    End,
}

/// How far the list of members is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    /// Something stands before it in the object, or nothing does.
    Unopened {
        first_in_object: bool,
    },
    Open,
}

impl Large {
    fn new(
        directory: Directory,
        base: String,
        entry: &Entry,
        first: Vec<MemberLink>,
        projection: Projection,
    ) -> Self {
        let (mut opening, mut closing) = (Vec::new(), Vec::new());
        let mut first_in_object = false;
        if projection.is_plain() {
            entry.write_opening(&base, &mut opening);
            entry.write_closing(&base, &mut closing);
        } else {
            let mut object = entry.to_object(&base);
            projection.apply(&mut object);
            first_in_object = object.is_empty();
            opening = Value::Object(object).to_string().into_bytes();
            closing.extend(opening.pop());
        }
        Self {
            directory,
            base,
            group: entry.id,
            projection,
            next: Next::Opening(opening, first),
            list: List::Unopened { first_in_object },
            closing,
        }
    }

    fn write(&mut self, members: &[MemberLink], out: &mut Vec<u8>) {
        if self.projection.is_plain() {
            for member in members {
                self.begin(out);
                member.write_json(&self.base, out);
            }
            return;
        }
        let elements = members.iter().map(|member| member.to_json(&self.base)).collect();
        let Value::Object(mut object) = json!({ "members": Value::Array(elements) }) else { return };
        self.projection.apply(&mut object);
        let Some(Value::Array(left)) = object.remove("members") else { return };
        for element in left {
            self.begin(out);
            out.extend_from_slice(element.to_string().as_bytes());
        }
    }

    /// Writes what stands before an element.
    fn begin(&mut self, out: &mut Vec<u8>) {
        let before: &[u8] = match self.list {
            List::Unopened { first_in_object: true } => br#""members":["#,
            List::Unopened { first_in_object: false } => br#","members":["#,
            List::Open => b",",
        };
        out.extend_from_slice(before);
        self.list = List::Open;
    }

    /// Writes what stands behind the members, if they can be taken for all there are.
    async fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Broken> {
        // The members of a group that was deleted meanwhile are gone, and a part must not pass for the whole.
        match self.directory.get(Kind::Group, self.group, Links::Without).await {
            Ok(Some(_)) => {}
            Ok(None) => {
                tracing::debug!(group = %self.group, "a group was deleted while it was sent");
                return Err(Broken);
            }
            Err(error) => return Err(self.fail(&error)),
        }
        if self.list == List::Open {
            out.push(b']');
        }
        out.append(&mut self.closing);
        Ok(())
    }

    fn fail(&self, error: &directory::DirectoryError) -> Broken {
        tracing::error!(%error, group = %self.group, "the members of a group could not be read to their end");
        Broken
    }

    /// Writes the next piece; `false` when there is none.
    async fn piece(&mut self, out: &mut Vec<u8>) -> Result<bool, Broken> {
        let members = match std::mem::replace(&mut self.next, Next::End) {
            Next::End => return Ok(false),
            Next::Opening(opening, first) => {
                out.extend_from_slice(&opening);
                first
            }
            Next::After(last) => {
                let page = self.directory.members(self.group, Some(last), PIECE).await;
                page.map_err(|error| self.fail(&error))?
            }
        };
        self.write(&members, out);
        match members.last() {
            Some(last) if members.len() == PIECE => self.next = Next::After(last.id),
            Some(_) | None => self.end(out).await?,
        }
        Ok(true)
    }
}

impl Source for Large {
    async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let mut out = Vec::with_capacity(PIECE * 220);
        // A projection can leave nothing of a whole piece.
        while self.piece(&mut out).await? {
            if !out.is_empty() {
                return Ok(Some(out.into()));
            }
        }
        Ok(None)
    }
}
