//! The declaration as one model, between the attributes and the expansion.

mod field;
mod item;
mod type_spelling;

pub(crate) use field::Field;
pub(crate) use item::Model;
pub(crate) use type_spelling::without_self;
