//! How the window gets an engine: it is told how to attach to one, and knows
//! nothing of sockets and processes.

use std::fmt;
use std::sync::Arc;

use crate::engine::Handle;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// The user's own, with the saved rig.
    #[default]
    Own,
    /// The demo's, with simulated speakers.
    Demo,
}

/// A way to attach to engines, starting them where they do not run.
#[derive(Clone)]
pub struct Engines(Arc<dyn Fn(Which) -> Handle + Send + Sync>);

impl Engines {
    /// By calling `attach`, which must return at once.
    pub fn new(attach: impl Fn(Which) -> Handle + Send + Sync + 'static) -> Self {
        Self(Arc::new(attach))
    }

    /// A handle; its engine may still be starting.
    #[must_use]
    pub fn attach(&self, which: Which) -> Handle {
        (self.0)(which)
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engines")
    }
}
