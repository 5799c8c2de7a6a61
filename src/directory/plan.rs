//! How a filter is answered from the indexes. Pure: a bound filter in, a plan out, and a plan prints itself.

use std::fmt;
use std::sync::Arc;

use scim::filter::{BoundFilter, Operand, Operator};
use scim::value::Key;
use uuid::Uuid;

use crate::index::{Index, Indexes};
use crate::layout::Kind;

/// Where candidates come from. Every plan finds at least the resources the filter matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing can match.
    Nothing,
    /// One resource, by id.
    Id(Uuid),
    /// The rows of an index with one value.
    Point(Column, Vec<u8>),
    /// The rows of an index in a range of values.
    Range(Column, Bounds),
    /// The groups that have a member.
    GroupsOf(Uuid),
    /// The users in a group, also through nested groups.
    UsersIn(Uuid),
    /// What any of the parts finds.
    Union(Vec<Plan>),
    /// What all of the parts find.
    Intersect(Vec<Plan>),
    /// Every resource of the kind.
    Scan,
}

/// An index, as a plan names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The number of the index.
    pub index: u8,
    /// The attribute.
    pub name: Arc<str>,
}

/// A range of index values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bounds {
    /// Values that start with these bytes.
    Prefix(Vec<u8>),
    /// Values from these bytes on; without them where `exclusive`.
    From {
        /// The lower end.
        value: Vec<u8>,
        /// Whether the end itself is out.
        exclusive: bool,
    },
    /// Values up to these bytes; with them where `inclusive`.
    To {
        /// The upper end.
        value: Vec<u8>,
        /// Whether the end itself is in.
        inclusive: bool,
    },
}

/// A plan, and whether its candidates must still be held against the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Where candidates come from.
    pub plan: Plan,
    /// Whether the plan alone answers the filter.
    pub exact: bool,
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        if self.exact { Ok(()) } else { f.write_str(" then filter") }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, word: &str, parts: &[Plan]| {
            write!(f, "{word}(")?;
            for (i, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if i == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        };
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Id(id) => write!(f, "id {id}"),
            Self::Point(column, value) => write!(f, "point {} = {}", column.name, shown(value)),
            Self::Range(column, Bounds::Prefix(p)) => write!(f, "range {} = {}*", column.name, shown(p)),
            Self::Range(column, Bounds::From { value, exclusive }) => {
                write!(f, "range {} {} {}", column.name, if *exclusive { ">" } else { ">=" }, shown(value))
            }
            Self::Range(column, Bounds::To { value, inclusive }) => {
                write!(f, "range {} {} {}", column.name, if *inclusive { "<=" } else { "<" }, shown(value))
            }
            Self::GroupsOf(id) => write!(f, "groups of {id}"),
            Self::UsersIn(id) => write!(f, "users in {id}"),
            Self::Union(parts) => list(f, "union", parts),
            Self::Intersect(parts) => list(f, "intersect", parts),
            Self::Scan => f.write_str("scan"),
        }
    }
}

fn shown(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| format!("{value:02x?}"), |text| format!("{text:?}"))
}

/// Plans a filter; without one, every resource is wanted and the scan is exact.
#[must_use]
pub fn plan(filter: Option<&BoundFilter>, kind: Kind, indexes: &Indexes) -> Planned {
    let planner = Planner { kind, indexes };
    filter.map_or(Planned { plan: Plan::Scan, exact: true }, |f| planner.plan(f))
}

/// More index ranges than this are not intersected: the filter tells the rest apart more cheaply.
const MAX_INTERSECTED: usize = 4;

struct Planner<'i> {
    kind: Kind,
    indexes: &'i Indexes,
}

impl Planner<'_> {
    fn plan(&self, filter: &BoundFilter) -> Planned {
        match filter {
            BoundFilter::Constant(false) => exact(Plan::Nothing),
            BoundFilter::Constant(true) => exact(Plan::Scan),
            BoundFilter::All(parts) => self.all(parts),
            BoundFilter::Any(parts) => self.any(parts),
            BoundFilter::Present(attribute) => match self.indexes.on(self.kind, &attribute.name()) {
                // Empty text is a value that is not present (RFC 7644 section 3.4.2.2: `pr`).
                Some(index) => {
                    exact(Plan::Range(column(index), Bounds::From { value: vec![], exclusive: true }))
                }
                None => SCAN,
            },
            BoundFilter::Compare { attribute, operator, operand: Operand::Key(key) } => {
                self.compare(&attribute.name(), *operator, key)
            }
            BoundFilter::Element { attribute, filter } => self.element(&attribute.name(), filter),
            BoundFilter::Compare { operand: Operand::Null, .. } | BoundFilter::Not(_) => SCAN,
        }
    }

    /// The parts that find few candidates carry the answer; the rest is left to the filter.
    fn all(&self, parts: &[BoundFilter]) -> Planned {
        let planned: Vec<Planned> = parts.iter().map(|p| self.plan(p)).collect();
        if planned.iter().any(|p| p.plan == Plan::Nothing) {
            return exact(Plan::Nothing);
        }
        let narrow = planned.iter().map(|p| breadth(&p.plan)).min().unwrap_or(Breadth::Everything);
        if narrow == Breadth::Everything {
            let exact = planned.iter().all(|p| p.exact);
            return Planned { plan: Plan::Scan, exact };
        }
        let used = |p: &Planned| breadth(&p.plan) == narrow || breadth(&p.plan) == Breadth::Few;
        let mut exact = planned.iter().all(|p| p.exact && used(p));
        let mut plans = distinct(planned.into_iter().filter(used).map(|p| p.plan));
        exact &= plans.len() <= MAX_INTERSECTED;
        plans.truncate(MAX_INTERSECTED);
        let plan = if plans.len() == 1 { plans.remove(0) } else { Plan::Intersect(plans) };
        Planned { plan, exact }
    }

    fn any(&self, parts: &[BoundFilter]) -> Planned {
        let planned: Vec<Planned> = parts.iter().map(|p| self.plan(p)).collect();
        if planned.iter().any(|p| p.plan == Plan::Scan) {
            return SCAN;
        }
        let exact = planned.iter().all(|p| p.exact);
        let mut plans: Vec<Plan> =
            planned.into_iter().map(|p| p.plan).filter(|p| *p != Plan::Nothing).collect();
        let plan = match plans.len() {
            0 => Plan::Nothing,
            1 => plans.remove(0),
            _ => Plan::Union(plans),
        };
        Planned { plan, exact }
    }

    fn compare(&self, name: &str, operator: Operator, key: &Key) -> Planned {
        if operator == Operator::Eq
            && let Key::Text(text) = key
            && let Some(plan) = self.link(name, text)
        {
            return exact(plan);
        }
        let Some(index) = self.indexes.on(self.kind, name) else { return SCAN };
        let Ok(bytes) = index.bytes(key) else {
            // Too long for a unique attribute: no stored value has it, and comparing it is left to the filter.
            return SCAN;
        };
        let whole = index.tells_apart(&bytes);
        let range = |bounds| Planned { plan: Plan::Range(column(index), bounds), exact: whole };
        match operator {
            Operator::Eq => Planned { plan: Plan::Point(column(index), bytes), exact: whole },
            Operator::Sw => range(Bounds::Prefix(bytes)),
            Operator::Gt => range(Bounds::From { value: bytes, exclusive: whole }),
            Operator::Ge => range(Bounds::From { value: bytes, exclusive: false }),
            Operator::Lt => range(Bounds::To { value: bytes, inclusive: !whole }),
            Operator::Le => range(Bounds::To { value: bytes, inclusive: true }),
            Operator::Ne | Operator::Co | Operator::Ew => SCAN,
        }
    }

    /// Ids and memberships are keys of their own.
    fn link(&self, name: &str, text: &str) -> Option<Plan> {
        let plan: fn(Uuid) -> Plan = match (self.kind, name) {
            (_, "id") => Plan::Id,
            (Kind::Group, "members.value") => Plan::GroupsOf,
            (Kind::User, "groups.value") => Plan::UsersIn,
            _ => return None,
        };
        // Ids are compared with regard to case and are written in one way only.
        Some(Uuid::try_parse(text).ok().filter(|id| id.to_string() == text).map_or(Plan::Nothing, plan))
    }

    /// A value path such as `emails[type eq "work" and value eq "a@x"]`: what it says of `value` narrows. A lone
    /// comparison says what it says without brackets.
    fn element(&self, name: &str, filter: &BoundFilter) -> Planned {
        let plan = match filter {
            BoundFilter::Compare { attribute, operator, operand: Operand::Key(key) } => {
                return self.compare(&format!("{name}.{}", attribute.name()), *operator, key);
            }
            BoundFilter::All(parts) => {
                let plans = parts.iter().map(|p| self.element(name, p).plan);
                plans.min_by_key(breadth).unwrap_or(Plan::Scan)
            }
            BoundFilter::Any(parts) => {
                let plans: Vec<Plan> = parts.iter().map(|p| self.element(name, p).plan).collect();
                if plans.contains(&Plan::Scan) { Plan::Scan } else { Plan::Union(plans) }
            }
            BoundFilter::Constant(_)
            | BoundFilter::Not(_)
            | BoundFilter::Present(_)
            | BoundFilter::Element { .. }
            | BoundFilter::Compare { operand: Operand::Null, .. } => Plan::Scan,
        };
        Planned { plan, exact: false }
    }
}

/// The plans without repeats, in their order: a filter may say one thing a thousand times.
fn distinct(plans: impl Iterator<Item = Plan>) -> Vec<Plan> {
    let mut kept: Vec<Plan> = Vec::new();
    for plan in plans {
        if !kept.contains(&plan) {
            kept.push(plan);
        }
    }
    kept
}

/// How many candidates a plan is likely to find.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Breadth {
    Few,
    Many,
    Everything,
}

fn breadth(plan: &Plan) -> Breadth {
    match plan {
        Plan::Nothing | Plan::Id(_) | Plan::Point(..) | Plan::GroupsOf(_) => Breadth::Few,
        Plan::Range(..) | Plan::UsersIn(_) => Breadth::Many,
        Plan::Union(parts) => parts.iter().map(breadth).max().unwrap_or(Breadth::Few),
        Plan::Intersect(parts) => parts.iter().map(breadth).min().unwrap_or(Breadth::Everything),
        Plan::Scan => Breadth::Everything,
    }
}

const SCAN: Planned = Planned { plan: Plan::Scan, exact: false };

fn exact(plan: Plan) -> Planned {
    Planned { plan, exact: true }
}

fn column(index: &Index) -> Column {
    Column { index: index.number, name: Arc::clone(&index.name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Kinds;
    use scim::filter::Filter;
    use scim::{Dialect, Lenience, Registry};

    fn planned(kind: Kind, text: &str) -> String {
        let registry = Registry::builtin();
        let kinds = Kinds::builtin(&registry);
        let dialect = Dialect::tolerant();
        let filter = Filter::parse(text)
            .unwrap()
            .bind(&registry, kinds.resource_type(kind).unwrap(), &mut Lenience::new(&dialect))
            .unwrap();
        plan(Some(&filter), kind, &Indexes::new(&registry, &kinds)).to_string()
    }

    #[test]
    fn an_indexed_comparison_needs_no_filter_after_it() {
        assert_eq!(planned(Kind::User, r#"userName eq "Ann@X""#), r#"point userName = "ann@x""#);
        assert_eq!(planned(Kind::User, r#"displayName sw "An""#), r#"range displayName = "an"*"#);
        assert_eq!(planned(Kind::User, "externalId pr"), r#"range externalId > """#);
        assert_eq!(planned(Kind::Group, r#"displayName eq "T""#), r#"point displayName = "t""#);
    }

    #[test]
    fn what_is_narrow_carries_an_and() {
        assert_eq!(
            planned(Kind::User, r#"userName eq "a" and active eq true"#),
            r#"point userName = "a" then filter"#
        );
        assert_eq!(
            planned(Kind::User, r#"displayName sw "a" and userName eq "a""#),
            r#"point userName = "a" then filter"#
        );
        assert_eq!(planned(Kind::User, "title pr and active eq true"), "scan then filter");
    }

    #[test]
    fn an_or_is_a_union_only_when_every_part_is_indexed() {
        assert_eq!(
            planned(Kind::User, r#"userName eq "a" or externalId eq "B""#),
            r#"union(point userName = "a", point externalId = "B")"#
        );
        assert_eq!(planned(Kind::User, r#"userName eq "a" or title eq "b""#), "scan then filter");
    }

    #[test]
    fn e16_the_reference_probe_loads_no_group() {
        let (g, u) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(
            planned(Kind::Group, &format!(r#"id eq "{g}" and members eq "{u}""#)),
            format!("intersect(id {g}, groups of {u})")
        );
        assert_eq!(planned(Kind::User, r#"id eq "no-uuid""#), "nothing");
    }

    #[test]
    fn e26_a_work_mail_is_found_by_its_value_and_then_filtered() {
        let wanted = r#"point emails.value = "a@x" then filter"#;
        assert_eq!(planned(Kind::User, r#"emails[type eq "work" and value eq "a@x"]"#), wanted);
        assert_eq!(planned(Kind::User, r#"emails[type eq "work"].value eq "a@x""#), wanted);
        assert_eq!(planned(Kind::User, r#"emails[value eq "a@x"]"#), r#"point emails.value = "a@x""#);
    }

    #[test]
    fn d253_the_groups_of_a_member_are_found_without_reading_any_members() {
        let id = Uuid::from_u128(7);
        let wanted = format!("groups of {id}");
        assert_eq!(planned(Kind::Group, &format!(r#"members[value eq "{id}"]"#)), wanted);
        assert_eq!(planned(Kind::Group, &format!(r#"members eq "{id}""#)), wanted);
    }
}
