//! The check of values: whether they are valid for their fields, and their normal form.

mod defaults;
mod value;
mod values;

pub(crate) use value::Purpose;
