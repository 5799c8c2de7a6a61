//! From text to a [`Filter`]. Length, depth and number of tests are counted before descending.

use super::{Filter, Literal, Operator, Test};
use crate::error::ScimError;

/// The longest filter that is read, in bytes: [`MAX_TERMS`] tests of an id fit.
pub const MAX_LENGTH: usize = 64 * 1024;
/// The deepest nesting of parentheses and brackets that is read.
pub const MAX_DEPTH: usize = 40;
/// The most tests in one filter: lists of ids or-ed together have hundreds.
pub const MAX_TERMS: usize = 1_000;

const EXAMPLE: &str = r#"userName eq "ann@example.com""#;

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(crate) struct SyntaxError(String);

impl SyntaxError {
    /// As the error of a filter.
    pub(crate) fn into_filter_error(self) -> ScimError {
        ScimError::invalid_filter(self.0)
    }

    /// As the error of a path.
    pub(crate) fn into_path_error(self) -> ScimError {
        ScimError::invalid_path(self.0)
    }
}

/// Whether the text being read is inside the brackets of a value path, where no others may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nesting {
    /// Outside.
    Top,
    /// Inside.
    Element,
}

pub(super) fn filter(text: &str) -> Result<Filter, ScimError> {
    if text.len() > MAX_LENGTH {
        return Err(ScimError::invalid_filter(format!(
            "the filter has {} bytes; at most {MAX_LENGTH} are read",
            text.len()
        )));
    }
    let mut cursor = Cursor::new(text);
    cursor.whole().map_err(SyntaxError::into_filter_error)
}

/// A place in a text, and the budgets of the one who reads it.
#[derive(Debug)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    terms: usize,
}

impl<'t> Cursor<'t> {
    /// At the start of a text.
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, depth: 0, terms: 0 }
    }

    fn whole(&mut self) -> Result<Filter, SyntaxError> {
        self.skip_space();
        if self.rest().is_empty() {
            return Err(SyntaxError(format!("the filter is empty; an example is {EXAMPLE}")));
        }
        let filter = self.disjunction(Nesting::Top)?;
        match self.peek() {
            None => Ok(filter),
            Some(')') => Err(self.wrong("a ')' stands here that no '(' opens")),
            Some(_) => Err(self.wrong("\"and\", \"or\" or the end was expected")),
        }
    }

    /// `a or b or c`; `and` binds closer, `not` closer still (RFC 7644 section 3.4.2.2).
    fn disjunction(&mut self, nesting: Nesting) -> Result<Filter, SyntaxError> {
        let mut any = Vec::new();
        loop {
            let mut all = Vec::new();
            loop {
                let term = self.term(nesting)?;
                join(&mut all, term, |filter| match filter {
                    Filter::All(parts) => Ok(parts),
                    other => Err(other),
                });
                if !self.keyword("and") {
                    break;
                }
            }
            let all = single_or(all, Filter::All);
            join(&mut any, all, |filter| match filter {
                Filter::Any(parts) => Ok(parts),
                other => Err(other),
            });
            if !self.keyword("or") {
                break;
            }
        }
        Ok(single_or(any, Filter::Any))
    }

    fn term(&mut self, nesting: Nesting) -> Result<Filter, SyntaxError> {
        self.skip_space();
        if self.take('(') {
            return self.group(nesting);
        }
        if self.word_is("not") {
            let before = self.at;
            self.at += "not".len();
            self.skip_space();
            if self.take('(') {
                return Ok(Filter::Not(Box::new(self.group(nesting)?)));
            }
            // `not` may still be a name; what follows it decides.
            let follows = self.word().to_ascii_lowercase();
            if follows != "pr" && operator(&follows).is_none() && self.peek() != Some('[') {
                return Err(self.wrong(r#""not" needs parentheses, as in not (active eq true)"#));
            }
            self.at = before;
        }
        self.test(nesting)
    }

    fn group(&mut self, nesting: Nesting) -> Result<Filter, SyntaxError> {
        self.descend()?;
        let inner = self.disjunction(nesting)?;
        self.skip_space();
        if !self.take(')') {
            return Err(self.wrong("')' was expected, or \"and\" or \"or\""));
        }
        self.depth -= 1;
        Ok(inner)
    }

    fn descend(&mut self) -> Result<(), SyntaxError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.wrong(&format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        Ok(())
    }

    fn test(&mut self, nesting: Nesting) -> Result<Filter, SyntaxError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.wrong(&format!("more than {MAX_TERMS} tests in one filter")));
        }
        let attribute = self.attribute()?;
        if self.peek() != Some('[') {
            return Ok(Filter::Test { attribute, test: self.operation()? });
        }
        if nesting == Nesting::Element {
            return Err(self.wrong("brackets cannot stand inside brackets"));
        }
        let filter = Box::new(self.element()?);
        match self.sub_attribute()? {
            None => Ok(Filter::Element { attribute, filter }),
            Some(sub) => Ok(Filter::ElementTest { attribute, filter, sub, test: self.operation()? }),
        }
    }

    /// `[...]`, from the bracket on.
    pub(crate) fn element(&mut self) -> Result<Filter, SyntaxError> {
        self.at += 1;
        self.descend()?;
        let inner = self.disjunction(Nesting::Element)?;
        self.skip_space();
        if !self.take(']') {
            return Err(self.wrong(r#"']' was expected, as in emails[type eq "work"]"#));
        }
        self.depth -= 1;
        Ok(inner)
    }

    /// `.value` after a bracket, if it is there.
    pub(crate) fn sub_attribute(&mut self) -> Result<Option<String>, SyntaxError> {
        if !self.take('.') {
            return Ok(None);
        }
        let start = self.at;
        let name = self.word().to_owned();
        if crate::registry::is_attribute_name(&name) {
            return Ok(Some(name));
        }
        self.at = start;
        Err(self.wrong("the name of a sub-attribute was expected after '.'"))
    }

    /// A name such as `userName`, `name.familyName` or `urn:...:User:manager.value`.
    pub(crate) fn attribute(&mut self) -> Result<String, SyntaxError> {
        self.skip_space();
        let start = self.at;
        let name = self.word().to_owned();
        if is_path_name(&name) {
            return Ok(name);
        }
        self.at = start;
        Err(self.wrong("the name of an attribute was expected"))
    }

    fn operation(&mut self) -> Result<Test, SyntaxError> {
        self.skip_space();
        let start = self.at;
        let word = self.word().to_ascii_lowercase();
        if word == "pr" {
            return Ok(Test::Present);
        }
        let Some(operator) = operator(&word) else {
            self.at = start;
            return Err(self.wrong(&format!(
                "an operator was expected: eq, ne, co, sw, ew, gt, ge, lt, le or pr, as in {EXAMPLE}"
            )));
        };
        self.skip_space();
        Ok(Test::Compare(operator, self.literal(operator)?))
    }

    fn literal(&mut self, operator: Operator) -> Result<Literal, SyntaxError> {
        if self.rest().starts_with('"') {
            return self.string().map(Literal::Text);
        }
        let word = self.word();
        if word.is_empty() {
            let name = operator.as_str();
            return Err(self.wrong(&format!(
                "a value was expected after {name}: text in double quotes, a number, true, false or null"
            )));
        }
        Ok(literal(word))
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        let mut escaped = false;
        let end = self.rest().char_indices().skip(1).find_map(|(i, c)| match c {
            '"' if !escaped => Some(i + 1),
            c => {
                escaped = c == '\\' && !escaped;
                None
            }
        });
        let Some(end) = end else {
            return Err(self.wrong("the text that starts here has no closing quote"));
        };
        self.at += end;
        serde_json::from_str(&self.text[start..self.at]).map_err(|_| {
            self.at = start;
            self.wrong(
                r#"the text that starts here has an escape JSON does not know; write \" for a quote and \\ for a backslash"#,
            )
        })
    }

    /// Goes past a keyword, if it is next.
    fn keyword(&mut self, keyword: &str) -> bool {
        self.skip_space();
        let found = self.word_is(keyword);
        if found {
            self.at += keyword.len();
        }
        found
    }

    fn word_is(&self, keyword: &str) -> bool {
        self.rest()[..word_length(self.rest())].eq_ignore_ascii_case(keyword)
    }

    /// Goes past everything up to a space, quote, parenthesis or bracket.
    fn word(&mut self) -> &'t str {
        let start = self.at;
        self.at += word_length(self.rest());
        &self.text[start..self.at]
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Goes past a character, if it is next.
    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// An error at this place; positions count characters from 1.
    #[cold]
    pub(crate) fn wrong(&self, what: &str) -> SyntaxError {
        let position = self.text[..self.at].chars().count() + 1;
        let found = match self.rest() {
            "" => "the end".to_owned(),
            rest => format!("{:?}", rest.chars().take(20).collect::<String>()),
        };
        SyntaxError(format!("at position {position}, at {found}: {what}"))
    }
}

fn word_length(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')' | '[' | ']');
    text.find(ends).unwrap_or(text.len())
}

/// Puts a term into a chain; a chain of the same kind is taken apart.
fn join(chain: &mut Vec<Filter>, term: Filter, parts: fn(Filter) -> Result<Vec<Filter>, Filter>) {
    match parts(term) {
        Ok(parts) => chain.extend(parts),
        Err(term) => chain.push(term),
    }
}

fn single_or(mut chain: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match chain.pop() {
        Some(only) if chain.is_empty() => only,
        last => {
            chain.extend(last);
            many(chain)
        }
    }
}

fn operator(word: &str) -> Option<Operator> {
    Operator::ALL.into_iter().find(|o| o.as_str() == word)
}

/// What an unquoted word stands for. Keywords are taken in any case.
pub(super) fn literal(word: &str) -> Literal {
    match word.to_ascii_lowercase().as_str() {
        "null" => Literal::Null,
        "true" => Literal::Boolean(true),
        "false" => Literal::Boolean(false),
        _ => serde_json::from_str(word).map_or_else(|_| Literal::Word(word.to_owned()), Literal::Number),
    }
}

/// `ATTRNAME *1subAttr`, with or without a URI and a colon before it (RFC 7644 figure 1). Which part of a URI is a
/// name is known only once it is held against the schemas.
fn is_path_name(text: &str) -> bool {
    if let Some((uri, name)) = text.rsplit_once(':') {
        return uri.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_graphic())
            && name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '$')
            && !name.ends_with('.');
    }
    let mut names = text.splitn(2, '.');
    names.all(crate::registry::is_attribute_name)
}
