//! Files that are read: their bytes, unpacked if they are gzipped, and their text.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use postroad_model::{Fault, Place};

/// First bytes of a gzipped file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The text of a file. What is not UTF-8 becomes replacement characters, which no number is made
/// of, so that the reader of the format can name the line.
pub fn read_text(path: &Path) -> Result<String, Vec<Fault>> {
    let bytes = read_bytes(path).and_then(|bytes| unpacked(path, bytes));
    bytes.map(text).map_err(|fault| vec![fault])
}

/// The bytes of a file as they are.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// The bytes themselves, or what they unpack to if they are gzipped.
pub fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut plain)
        .map_err(|error| damaged(path, &error))?;
    Ok(plain)
}

/// Bytes as text, see [`read_text`].
pub fn text(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault {
        code: "E001",
        place: Place { file: path.display().to_string(), line: None, field: None },
        cause: format!("the file cannot be read: {error}"),
        action: match error.kind() {
            ErrorKind::NotFound => "check its name and its folder",
            ErrorKind::PermissionDenied => "get the right to read it",
            ErrorKind::IsADirectory => "name a file, not a folder",
            _ => "check its name and your right to read it",
        }
        .to_string(),
    }
}

fn damaged(path: &Path, error: &std::io::Error) -> Fault {
    Fault {
        cause: format!("the file cannot be unpacked: {error}"),
        action: "pack it again with gzip, it is damaged or cut short".to_string(),
        ..unreadable(path, error)
    }
}
