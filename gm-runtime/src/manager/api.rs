//! How a manager is reached over the wire: the owner's side and the consumer's.

use super::{Operation, Operations};

/// What `#[remote_api(..)]` declares: where and how a manager is exposed.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    base_path: &'static str,
    resource: &'static str,
    protocol_version: &'static str,
    operations: Operations,
    websocket_invalidation: bool,
    regex: bool,
    default_page_size: u64,
    max_page_size: u64,
}

impl Api {
    /// An api under this path, with no operation allowed, protocol version `v1`, pages of 100 rows and 1,000 at most.
    #[must_use]
    pub const fn new(base_path: &'static str, resource: &'static str) -> Self {
        Self {
            base_path,
            resource,
            protocol_version: "v1",
            operations: Operations::none(),
            websocket_invalidation: false,
            regex: false,
            default_page_size: 100,
            max_page_size: 1000,
        }
    }

    /// Allows one more operation.
    #[must_use]
    pub const fn allow(mut self, operation: Operation) -> Self {
        self.operations = self.operations.with(operation);
        self
    }

    /// Serves a websocket of the resource's changes.
    #[must_use]
    pub const fn with_websocket_invalidation(mut self) -> Self {
        self.websocket_invalidation = true;
        self
    }

    /// Lets callers look text up by patterns.
    ///
    /// # Panics
    /// Where gm-runtime's feature `regex` is off.
    #[must_use]
    #[track_caller]
    pub const fn with_regex(mut self) -> Self {
        #[expect(clippy::assertions_on_constants, reason = "it depends on the features")]
        {
            assert!(
                cfg!(feature = "regex"),
                "`allow_regex` needs gm-runtime's feature `regex`"
            );
        }
        self.regex = true;
        self
    }

    /// Sets the protocol version.
    #[must_use]
    pub const fn with_protocol_version(mut self, version: &'static str) -> Self {
        self.protocol_version = version;
        self
    }

    /// Sets the rows a page has when the query does not say, and the most it may have.
    #[must_use]
    pub const fn with_page_size(mut self, default: u64, max: u64) -> Self {
        self.default_page_size = default;
        self.max_page_size = max;
        self
    }

    /// The path under which the resource lies: `/internal/gm`.
    #[must_use]
    pub const fn base_path(&self) -> &'static str {
        self.base_path
    }

    /// The resource's name: `projects`.
    #[must_use]
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// The protocol version: `v1`.
    #[must_use]
    pub const fn protocol_version(&self) -> &'static str {
        self.protocol_version
    }

    /// The operations that are allowed.
    #[must_use]
    pub const fn operations(&self) -> Operations {
        self.operations
    }

    /// Whether there is a websocket of changes.
    #[must_use]
    pub const fn websocket_invalidation(&self) -> bool {
        self.websocket_invalidation
    }

    /// Whether callers may look text up by patterns.
    #[must_use]
    pub const fn regex(&self) -> bool {
        self.regex
    }

    /// Rows a page has when the query does not say.
    #[must_use]
    pub const fn default_page_size(&self) -> u64 {
        self.default_page_size
    }

    /// The most rows a page may have.
    #[must_use]
    pub const fn max_page_size(&self) -> u64 {
        self.max_page_size
    }
}

/// What `#[remote_manager(..)]` declares: where the owner of a manager's rows is.
#[derive(Clone, Copy, Debug)]
pub struct Remote {
    base_url: &'static str,
    base_path: &'static str,
    resource: &'static str,
    protocol_version: &'static str,
    operations: Operations,
    websocket_invalidation: bool,
}

impl Remote {
    /// A resource of the service at this URL, with every operation and protocol version `v1`.
    #[must_use]
    pub const fn new(base_url: &'static str, base_path: &'static str, resource: &'static str) -> Self {
        Self {
            base_url,
            base_path,
            resource,
            protocol_version: "v1",
            operations: Operations::all(),
            websocket_invalidation: false,
        }
    }

    /// Limits the operations to these.
    #[must_use]
    pub const fn with_operations(mut self, operations: Operations) -> Self {
        self.operations = operations;
        self
    }

    /// Subscribes to the resource's changes.
    #[must_use]
    pub const fn with_websocket_invalidation(mut self) -> Self {
        self.websocket_invalidation = true;
        self
    }

    /// Sets the protocol version.
    #[must_use]
    pub const fn with_protocol_version(mut self, version: &'static str) -> Self {
        self.protocol_version = version;
        self
    }

    /// Where the service is by default: `https://project-service.example.com`.
    #[must_use]
    pub const fn base_url(&self) -> &'static str {
        self.base_url
    }

    /// The path under which the resource lies: `/internal/gm`.
    #[must_use]
    pub const fn base_path(&self) -> &'static str {
        self.base_path
    }

    /// The resource's name: `projects`.
    #[must_use]
    pub const fn resource(&self) -> &'static str {
        self.resource
    }

    /// The protocol version: `v1`.
    #[must_use]
    pub const fn protocol_version(&self) -> &'static str {
        self.protocol_version
    }

    /// The operations that the owner allows.
    #[must_use]
    pub const fn operations(&self) -> Operations {
        self.operations
    }

    /// Whether changes are subscribed to.
    #[must_use]
    pub const fn websocket_invalidation(&self) -> bool {
        self.websocket_invalidation
    }
}
