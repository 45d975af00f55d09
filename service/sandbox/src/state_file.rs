//! Keeps the world in a file: one line of changes per request, written before its answer is sent, so that a killed process
//! forgets nothing that it answered. Knows not what a change means.
//!
//! Lines are not synced to the disk: a killed process loses none, a machine that loses power may lose the last.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::world::{Change, World};

/// An open state file.
#[derive(Debug)]
pub(crate) struct StateFile {
    file: File,
    length: u64,
    /// A failed write may have left half a line, which would spoil the next one.
    torn: bool,
    /// Reused, so that a request costs one write and no allocation.
    line: Vec<u8>,
}

impl StateFile {
    /// Reads the file, if there is one, and writes it anew without what later changes replaced.
    pub(crate) fn open(path: &Path) -> Result<(Self, World), Error> {
        let world = read(path)?;
        let failed = |source| Error::StateFile {
            path: path.to_owned(),
            source,
        };
        let (file, length) = compact(path, &world).map_err(failed)?;
        let opened = Self {
            file,
            length,
            torn: false,
            line: Vec::new(),
        };
        Ok((opened, world))
    }

    /// Adds one line. When it fails nothing is added.
    pub(crate) fn append(&mut self, changes: &[Change]) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        self.line.clear();
        serde_json::to_writer(&mut self.line, changes)?;
        self.line.push(b'\n');
        if let Err(error) = self.file.write_all(&self.line) {
            self.torn = true;
            return Err(error);
        }
        self.length += self.line.len() as u64;
        Ok(())
    }

    /// Forgets every line.
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
        // A last line without its end was being written when the process was killed: it was never answered.
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

/// Writes the world beside the file and moves it into its place, so that no crash loses both.
fn compact(path: &Path, world: &World) -> io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = beside(path);
    // Appending, so that the place to write moves with the file's end when the file is cut.
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
