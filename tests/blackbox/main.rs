//! Black-box tests of the product: every scenario uses the public contract only, on SQLite and on Postgres with Redis.
//!
//! One module per theme. No module knows the code of the service.

mod audit;
mod bookings;
mod browser;
mod buf;
mod cancel;
mod cancel_order;
mod crash_matrix;
mod crashes;
mod deliveries;
mod dev;
mod durability;
mod errors;
mod expiry;
mod faults;
mod health;
mod idempotency;
mod input;
mod keys;
mod ledger;
mod load;
mod operators;
mod ownership;
mod pages;
mod participants;
mod redis;
mod reflection;
mod refund_limits;
mod refund_order;
mod refund_pending;
mod replicas;
mod return_payment;
mod sagas;
mod secrecy;
mod settings;
mod starts;
mod stored;
mod tokens;
mod traces;
mod waiting;
mod watching;
mod watching_sagas;
mod webhooks;
