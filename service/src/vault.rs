//! Keys derived from `DATA_KEY`: sealed payment tokens, request fingerprints, page tokens.
