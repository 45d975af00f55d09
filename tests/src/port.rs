//! Free ports that parallel tests do not share.
//!
//! A port is reserved by an exclusive lock on a file, because a port that was only probed could be probed by another
//! test as well. Ports are chosen below the range of ephemeral ports.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;

use rand::RngExt as _;

/// A free port on 127.0.0.1, reserved until this value is dropped.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Reserves a random free port.
    ///
    /// # Panics
    /// When 1,000 random ports are all in use.
    #[must_use]
    pub fn free() -> Self {
        for _ in 0..1_000 {
            let number = rand::rng().random_range(21_000..32_000);
            if let Some(lock_file) = lock(number)
                && TcpListener::bind(("127.0.0.1", number)).is_ok()
            {
                return Self {
                    number,
                    _lock: lock_file,
                };
            }
        }
        panic!("no free port on 127.0.0.1");
    }

    /// The port number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.number
    }

    /// `http://127.0.0.1:<number>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.number)
    }
}

/// The lock on a port's file; `None` when it is locked already.
fn lock(number: u16) -> Option<File> {
    let folder: PathBuf = std::env::temp_dir().join("order-tests-ports");
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let file = File::create(folder.join(number.to_string())).expect("a lock file can be created");
    file.try_lock().is_ok().then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_cannot_be_reserved_again() {
        let port = Port::free();
        assert!(lock(port.number()).is_none());
        let number = port.number();
        drop(port);
        assert!(lock(number).is_some(), "dropping the port frees it");
    }

    #[test]
    fn many_ports_are_all_different() {
        let ports: Vec<Port> = (0..50).map(|_| Port::free()).collect();
        let numbers: std::collections::BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), ports.len());
    }
}
