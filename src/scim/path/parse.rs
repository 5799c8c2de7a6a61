//! From text to a [`Path`].

use super::Path;
use crate::error::ScimError;
use crate::filter::{Cursor, MAX_LENGTH, SyntaxError};

impl Path {
    /// Reads a path. What cannot be read is 400 `invalidPath`, with the position and what was expected there.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        if text.len() > MAX_LENGTH {
            return Err(ScimError::invalid_path(format!(
                "the path has {} bytes; at most {MAX_LENGTH} are read",
                text.len()
            )));
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(ScimError::invalid_path(
                "the path is empty; name an attribute, as in name.familyName, or leave \"path\" out",
            ));
        }
        read(text).map_err(SyntaxError::into_path_error)
    }
}

fn read(text: &str) -> Result<Path, SyntaxError> {
    let mut cursor = Cursor::new(text);
    let name = cursor.attribute()?;
    let (mut filter, mut sub) = (None, None);
    if cursor.peek() == Some('[') {
        filter = Some(cursor.element()?);
        sub = cursor.sub_attribute()?;
    }
    match cursor.peek() {
        None => Ok(Path { name, filter, sub }),
        Some(_) => Err(cursor.wrong("the path should end here")),
    }
}
