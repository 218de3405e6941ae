//! Records pressed into small blobs: receipts and capsules.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::limits::PRESSED_BYTES_MAX;

/// Presses a record: gzip of its JSON, the same bytes each time.
pub(crate) fn press<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let failed =
        |error: &dyn std::fmt::Display| Error::Damaged(format!("failed to press: {error}"));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let json = serde_json::to_vec(value).map_err(|error| failed(&error))?;
    encoder.write_all(&json).map_err(|error| failed(&error))?;
    encoder.finish().map_err(|error| failed(&error))
}

/// Reads it again; what would grow beyond the limit is refused.
pub(crate) fn unpress<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut json = Vec::new();
    GzDecoder::new(bytes)
        .take(PRESSED_BYTES_MAX + 1)
        .read_to_end(&mut json)
        .map_err(|error| refused(&error))?;
    if json.len() as u64 > PRESSED_BYTES_MAX {
        return Err(refused(&format!("larger than {PRESSED_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(&json).map_err(|error| refused(&error))
}

fn refused(why: &dyn std::fmt::Display) -> Error {
    Error::invalid(
        "file",
        format!("文件无法读取（不是太湖胶囊、已截断或过大）：{why}"),
        format!("no capsule, cut off, or too large: {why}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pressed_is_read_again_and_a_cut_file_is_refused() {
        let record = vec!["成果".repeat(1_000), "needs".to_owned()];
        let bytes = press(&record).unwrap();
        assert!(bytes.len() < 200, "{}", bytes.len());
        assert_eq!(bytes, press(&record).unwrap());
        assert_eq!(unpress::<Vec<String>>(&bytes).unwrap(), record);
        for cut in 0..bytes.len() {
            assert!(unpress::<Vec<String>>(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_grows() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..=(PRESSED_BYTES_MAX >> 20) {
            encoder.write_all(&zeros).unwrap();
        }
        let error = unpress::<Vec<String>>(&encoder.finish().unwrap()).unwrap_err();
        assert!(error.to_string().contains("larger than"), "{error}");
    }
}
