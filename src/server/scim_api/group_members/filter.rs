//! Which memberships a filter is about, so that only those are read. Pure.

use directory::Of;
use scim::BoundFilter;
use scim::filter::{Operand, Operator};
use scim::value::Key;
use uuid::Uuid;

/// Where the matches of a filter are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// There are none: an id that is none of ours.
    Nowhere,
    /// One membership.
    One(Uuid, Uuid),
    /// Among these.
    Among(Of),
}

/// What a filter says, and whether that is all it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Narrowed {
    pub(super) place: Where,
    pub(super) exact: bool,
}

/// The ends that a filter names by `eq`.
#[derive(Default)]
struct Named {
    group: End,
    member: End,
    rest: bool,
}

/// What a filter says of one end.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing.
    #[default]
    Any,
    /// It has this id.
    Is(Uuid),
    /// It has an id that nothing can have, or two of them.
    Impossible,
}

impl End {
    /// The end, once it is also said to have the id in a text.
    fn and(self, text: &str) -> Self {
        let id = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text);
        match (self, id) {
            (Self::Any, Some(id)) => Self::Is(id),
            (Self::Is(before), Some(id)) if before == id => self,
            (Self::Is(_), Some(_)) | (Self::Any | Self::Is(_), None) | (Self::Impossible, _) => {
                Self::Impossible
            }
        }
    }
}

pub(super) fn narrowed(filter: Option<&BoundFilter>) -> Narrowed {
    let mut named = Named::default();
    if let Some(filter) = filter {
        named.read(filter);
    }
    let place = match (named.group, named.member) {
        (End::Impossible, _) | (_, End::Impossible) => Where::Nowhere,
        (End::Is(group), End::Is(member)) => Where::One(group, member),
        (End::Is(group), End::Any) => Where::Among(Of::Group(group)),
        (End::Any, End::Is(member)) => Where::Among(Of::Member(member)),
        (End::Any, End::Any) => Where::Among(Of::All),
    };
    Narrowed { place, exact: !named.rest }
}

impl Named {
    fn read(&mut self, filter: &BoundFilter) {
        match filter {
            BoundFilter::All(parts) => parts.iter().for_each(|part| self.read(part)),
            BoundFilter::Compare {
                attribute,
                operator: Operator::Eq,
                operand: Operand::Key(Key::Text(text)),
            } => {
                let end = match attribute.name().as_str() {
                    "group.value" => &mut self.group,
                    "member.value" => &mut self.member,
                    _ => {
                        self.rest = true;
                        return;
                    }
                };
                *end = end.and(text);
            }
            BoundFilter::Any(_)
            | BoundFilter::Not(_)
            | BoundFilter::Constant(_)
            | BoundFilter::Present(_)
            | BoundFilter::Element { .. }
            | BoundFilter::Compare { .. } => self.rest = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{REGISTRY, resource_type};
    use super::*;
    use scim::filter::Filter;
    use scim::{Dialect, Lenience};

    const G: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
    const M: &str = "0190163d-8694-739b-aea5-966c26f8ad92";

    fn read(text: &str) -> Narrowed {
        let dialect = Dialect::tolerant();
        let filter = Filter::parse(text).unwrap();
        narrowed(Some(&filter.bind(&REGISTRY, resource_type(), &mut Lenience::new(&dialect)).unwrap()))
    }

    #[test]
    fn ends_named_by_eq_narrow_and_the_rest_is_filtered() {
        let (g, m) = (G.parse().unwrap(), M.parse().unwrap());
        let exact = |place| Narrowed { place, exact: true };
        let filtered = |place| Narrowed { place, exact: false };
        assert_eq!(narrowed(None), exact(Where::Among(Of::All)));
        assert_eq!(read(&format!("group.value eq \"{G}\"")), exact(Where::Among(Of::Group(g))));
        assert_eq!(read(&format!("member.value eq \"{M}\"")), exact(Where::Among(Of::Member(m))));
        assert_eq!(
            read(&format!("member.value eq \"{M}\" and group.value eq \"{G}\"")),
            exact(Where::One(g, m))
        );
        assert_eq!(
            read(&format!("group.value eq \"{G}\" and member.type eq \"User\"")),
            filtered(Where::Among(Of::Group(g)))
        );
        assert_eq!(
            read(&format!("group.value eq \"{G}\" or member.type eq \"User\"")),
            filtered(Where::Among(Of::All))
        );
        assert_eq!(read("group.value eq \"x\"").place, Where::Nowhere);
        assert_eq!(read(&format!("group.value eq \"{G}\" and group.value eq \"{M}\"")).place, Where::Nowhere);
    }
}
