//! Free ports that no other test takes meanwhile.
//!
//! A port is ours while its lock file is: a port that was only tried would be free for the others too. Ports lie below
//! the range from which outgoing connections take theirs.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;

use rand::RngExt as _;

/// A port on 127.0.0.1 that is free, and kept for whoever holds this.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _kept: File,
}

impl Port {
    /// Any free one.
    ///
    /// # Panics
    /// When a thousand random ports are all taken.
    #[must_use]
    pub fn free() -> Self {
        for _ in 0..1_000 {
            let number = rand::rng().random_range(21_000..32_000);
            if let Some(kept) = keep(number)
                && TcpListener::bind(("127.0.0.1", number)).is_ok()
            {
                return Self {
                    number,
                    _kept: kept,
                };
            }
        }
        panic!("no free port on 127.0.0.1");
    }

    /// The number.
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

/// The lock of a port, unless somebody has it.
fn keep(number: u16) -> Option<File> {
    let folder: PathBuf = std::env::temp_dir().join("order-tests-ports");
    std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let file = File::create(folder.join(number.to_string())).expect("a lock file can be made");
    file.try_lock().is_ok().then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_kept_is_given_to_nobody_else() {
        let port = Port::free();
        assert!(keep(port.number()).is_none());
        let number = port.number();
        drop(port);
        assert!(keep(number).is_some(), "it is free again afterwards");
    }

    #[test]
    fn many_ports_are_all_different() {
        let ports: Vec<Port> = (0..50).map(|_| Port::free()).collect();
        let numbers: std::collections::BTreeSet<u16> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), ports.len());
    }
}
