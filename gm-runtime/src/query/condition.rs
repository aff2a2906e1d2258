//! Conditions on the rows of one manager, for rules of the application's own.

use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Filter;
use crate::condition::ConditionTree;

/// A condition on the rows of `M`: lookups joined by `&`, `|` and `!`. A rule of the application's own returns one.
///
/// The lookups of the fields' handles are [`Filter`]s. `|` and `!` make a condition of them, and so does
/// [`Condition::from`]. A query takes filters only, since it is one conjunction on the wire. Conditions never leave the
/// service.
///
/// ```
/// # use gm_runtime::GeneralManager;
/// use gm_runtime::access::Principal;
/// use gm_runtime::manager::Manager as _;
/// use gm_runtime::query::Condition;
///
/// # #[derive(Clone, Debug, GeneralManager)]
/// # #[database(table = "tickets")]
/// # pub struct Ticket { #[field(id)] pub id: i64, pub assignee: Option<String>, pub status: String }
/// /// Agents see their own tickets, and the open ones.
/// fn visible(caller: &Principal) -> Condition<Ticket> {
///     let ticket = Ticket::FIELDS;
///     match caller.name() {
///         Some(name) => ticket.assignee.eq(name) | ticket.status.eq("open"),
///         None => Condition::never(),
///     }
/// }
/// # assert_ne!(visible(&Principal::named("ada")), Condition::never());
/// ```
#[must_use = "a condition does nothing until a rule returns it"]
pub struct Condition<M> {
    pub(crate) tree: ConditionTree,
    brand: PhantomData<fn() -> M>,
}

/// What a rule of the application's own may return: a [`Condition`] or a [`Filter`] of its manager.
#[diagnostic::on_unimplemented(
    message = "a rule of `{M}` returns a `Condition<{M}>`, not `{Self}`",
    label = "expected `fn(&Principal) -> Condition<{M}>`"
)]
pub trait IntoCondition<M> {
    /// The condition, without its manager's type.
    #[doc(hidden)]
    fn into_tree(self) -> ConditionTree;
}

/// The condition of a rule of the application's own.
#[doc(hidden)]
pub fn condition<M, C: IntoCondition<M>>(condition: C) -> ConditionTree {
    condition.into_tree()
}

impl<M> IntoCondition<M> for Condition<M> {
    fn into_tree(self) -> ConditionTree {
        self.tree
    }
}

impl<M> IntoCondition<M> for Filter<M> {
    fn into_tree(self) -> ConditionTree {
        Condition::from(self).tree
    }
}

impl<M> Condition<M> {
    fn of(tree: ConditionTree) -> Self {
        Self {
            tree,
            brand: PhantomData,
        }
    }

    /// The condition that every row meets.
    pub fn always() -> Self {
        Self::of(ConditionTree::Constant(true))
    }

    /// The condition that no row meets.
    pub fn never() -> Self {
        Self::of(ConditionTree::Constant(false))
    }
}

impl<M> From<Filter<M>> for Condition<M> {
    fn from(filter: Filter<M>) -> Self {
        let lookups = filter.lookups.into_iter().map(ConditionTree::Lookup);
        Self::of(lookups.fold(ConditionTree::Constant(true), ConditionTree::and))
    }
}

impl<M, C: IntoCondition<M>> BitAnd<C> for Condition<M> {
    type Output = Self;

    fn bitand(self, other: C) -> Self {
        Self::of(self.tree.and(other.into_tree()))
    }
}

impl<M, C: IntoCondition<M>> BitOr<C> for Condition<M> {
    type Output = Self;

    fn bitor(self, other: C) -> Self {
        Self::of(self.tree.or(other.into_tree()))
    }
}

impl<M> Not for Condition<M> {
    type Output = Self;

    fn not(self) -> Self {
        Self::of(!self.tree)
    }
}

impl<M> BitAnd<Condition<M>> for Filter<M> {
    type Output = Condition<M>;

    fn bitand(self, other: Condition<M>) -> Condition<M> {
        Condition::from(self) & other
    }
}

impl<M, C: IntoCondition<M>> BitOr<C> for Filter<M> {
    type Output = Condition<M>;

    fn bitor(self, other: C) -> Condition<M> {
        Condition::from(self) | other
    }
}

impl<M> Not for Filter<M> {
    type Output = Condition<M>;

    fn not(self) -> Condition<M> {
        !Condition::from(self)
    }
}

impl<M> Clone for Condition<M> {
    fn clone(&self) -> Self {
        Self::of(self.tree.clone())
    }
}

impl<M> PartialEq for Condition<M> {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl<M> Eq for Condition<M> {}

impl<M> std::fmt::Debug for Condition<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Condition").field(&self.tree).finish()
    }
}
