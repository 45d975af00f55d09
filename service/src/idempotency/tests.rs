//! The layer as a client and a handler see it.
