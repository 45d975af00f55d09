//! The state file: one line of changes per request, written before the answer is sent, so that a killed process loses nothing
//! that it answered. Does not interpret the changes.
//!
//! Lines are not synced to the disk: a killed process loses none, a machine that loses power may lose the last ones.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use order_ownership::Ownership;

use crate::error::Error;
use crate::world::{Change, World};

/// An open state file.
#[derive(Debug)]
pub(crate) struct StateFile {
    file: File,
    /// The length in bytes without an incomplete last line.
    length: u64,
    /// A failed write may have left a part of a line, which must be cut off before the next write.
    partial_line: bool,
    _ownership: Ownership,
    /// Reused, so that a request costs one write and no allocation.
    line: Vec<u8>,
}

impl StateFile {
    /// Owns and reads the file, if it exists, and compacts it: changes that later ones replaced are left out.
    pub(crate) fn open(path: &Path) -> Result<(Self, World), Error> {
        let ownership = Ownership::of_file(path).map_err(Error::StateFileOwned)?;
        let world = read(path)?;
        let failed = |source| Error::StateFile {
            path: path.to_owned(),
            source,
        };
        let (file, length) = compact(path, &world).map_err(failed)?;
        let opened = Self {
            file,
            length,
            partial_line: false,
            _ownership: ownership,
            line: Vec::new(),
        };
        Ok((opened, world))
    }

    /// Appends one line. A failed append leaves no part of it to readers.
    pub(crate) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        if self.partial_line {
            self.file.set_len(self.length)?;
            self.partial_line = false;
        }
        self.line.clear();
        serde_json::to_writer(&mut self.line, changes)?;
        self.line.push(b'\n');
        if let Err(error) = self.file.write_all(&self.line) {
            self.partial_line = true;
            return Err(error);
        }
        self.length += self.line.len() as u64;
        Ok(())
    }

    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.length = 0;
        Ok(())
    }
}

fn read(path: &Path) -> Result<World, Error> {
    let mut world = World::default();
    let failed = |source| Error::StateFile {
        path: path.to_owned(),
        source,
    };
    let mut reader = match File::open(path) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(world),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes).map_err(failed)?;
        // The process was killed while it wrote a last line without a line end; that request was never answered.
        if bytes.last() != Some(&b'\n') {
            break;
        }
        let changes: Vec<Change> =
            serde_json::from_slice(&bytes).map_err(|source| Error::StateDamaged {
                path: path.to_owned(),
                line,
                source,
            })?;
        for change in changes {
            world.apply(change);
        }
    }
    Ok(world)
}

/// Writes the state to a file beside the old one and renames it, so that a crash keeps one of the two.
fn compact(path: &Path, world: &World) -> io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = beside(path);
    // In append mode, the write position follows the end of the file when the file is cut.
    drop(File::create(&beside)?);
    let file = File::options().append(true).open(&beside)?;
    let mut writer = BufWriter::new(&file);
    for change in world.dump() {
        serde_json::to_writer(&mut writer, &[change])?;
        writer.write_all(b"\n")?;
    }
    writer.flush()?;
    drop(writer);
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
