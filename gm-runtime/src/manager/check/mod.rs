//! The check of values: whether they are valid for their fields, and their normal form.

mod decimal;
mod defaults;
mod normalize;
mod values;

pub(crate) use normalize::Purpose;
