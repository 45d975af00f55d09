//! The schema's migrations.
