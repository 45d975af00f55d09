//! Turns a descriptor set into the tables that `order-gateway` serves.
