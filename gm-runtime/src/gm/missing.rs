//! Methods of the builder that need a feature which is off. The compile error names the feature.
//!
//! No type implements these traits. Their lifetime delays the check to the call (rust-lang/rust#48214).

/// The features `sqlite` and `postgres`.
#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
#[diagnostic::on_unimplemented(
    message = "a database needs the feature `sqlite` or `postgres` of gm-runtime, which are off",
    label = "the features `sqlite` and `postgres` are off",
    note = "add one in Cargo.toml: `gm-runtime = {{ .., features = [\"sqlite\"] }}`"
)]
pub trait Database<'x> {}

/// The feature `server`.
#[cfg(not(feature = "server"))]
#[diagnostic::on_unimplemented(
    message = "serving rows to other services needs the feature `server` of gm-runtime, which is off",
    label = "the feature `server` is off",
    note = "add it in Cargo.toml: `gm-runtime = {{ .., features = [\"server\"] }}`"
)]
pub trait Server<'x> {}

/// The feature `client`.
#[cfg(not(feature = "client"))]
#[diagnostic::on_unimplemented(
    message = "another service's rows need the feature `client` of gm-runtime, which is off",
    label = "the feature `client` is off",
    note = "add it in Cargo.toml: `gm-runtime = {{ .., features = [\"client\"] }}`"
)]
pub trait Client<'x> {}

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
#[doc(hidden)]
impl super::GmBuilder {
    pub fn database(self, _: impl Into<String>) -> Self
    where
        for<'x> Self: Database<'x>,
    {
        self
    }
}

#[cfg(not(feature = "server"))]
#[doc(hidden)]
impl super::GmBuilder {
    pub fn expose<M: crate::manager::Manager + crate::manager::Exposed>(self) -> Self
    where
        for<'x> Self: Server<'x>,
    {
        self
    }

    pub fn accept_bearer_token(self, _: impl Into<String>, _: impl Into<String>) -> Self
    where
        for<'x> Self: Server<'x>,
    {
        self
    }
}

#[cfg(not(feature = "server"))]
#[doc(hidden)]
impl super::Gm {
    pub fn services<C>(&self) -> fn(&mut C)
    where
        for<'x> Self: Server<'x>,
    {
        |_| {}
    }
}

#[cfg(not(feature = "client"))]
#[doc(hidden)]
impl super::GmBuilder {
    pub fn base_url(self, _: impl Into<String>, _: impl Into<String>) -> Self
    where
        for<'x> Self: Client<'x>,
    {
        self
    }

    pub fn bearer_token(self, _: impl Into<String>) -> Self
    where
        for<'x> Self: Client<'x>,
    {
        self
    }

    pub fn bearer_token_for(self, _: impl Into<String>, _: impl Into<String>) -> Self
    where
        for<'x> Self: Client<'x>,
    {
        self
    }
}
