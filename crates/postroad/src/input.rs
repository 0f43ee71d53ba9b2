//! Text of a file, unpacked if it is gzipped.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use postroad_model::{Fault, Place};

/// First bytes of a gzipped file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The text of a file. What is not UTF-8 becomes replacement characters, which no number is made
/// of, so that the reader of the format can name the line.
pub fn read_text(path: &Path) -> Result<String, Vec<Fault>> {
    let bytes = read_bytes(path).map_err(|error| {
        vec![Fault {
            code: "E001",
            place: Place { file: path.display().to_string(), line: None, field: None },
            cause: format!("the file cannot be read: {error}"),
            action: "check its name and your right to read it".to_string(),
        }]
    })?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text)?;
    Ok(text)
}
