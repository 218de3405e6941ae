//! End-to-end tests, promises, hostile guests, and the house itself.
