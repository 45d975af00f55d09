//! Credentials in URLs. A special character that is not escaped moves a part of the password into the path, and would
//! show up as a failed DNS lookup of the user's name.

/// Whether no `/`, `?` or `#` of a password ends the host's part of the URL early.
pub(super) fn are_escaped(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return true;
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(authority_end);
    authority.contains('@') || !after.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_and_absent_credentials_are_accepted() {
        for url in [
            "postgres://db/orders",
            "postgres://me@db/orders",
            "postgres://me:p%40ss%2F%25@db:5432/orders?application_name=a",
            "redis://:secret@cache:6379/0",
            "cache:6379",
        ] {
            assert!(are_escaped(url), "{url}");
        }
    }

    #[test]
    fn a_password_that_ends_the_host_is_refused() {
        for url in [
            "postgres://me:12/34@db/orders",
            "postgres://me:12?34@db/orders",
            "postgres://me:12#34@db/orders",
            "redis://:12/34@cache:6379",
        ] {
            assert!(!are_escaped(url), "{url}");
        }
    }
}
