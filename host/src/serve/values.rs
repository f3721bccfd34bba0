//! Values of the command line that several options have: sizes, durations, numbers.

use std::time::Duration;

use bytesize::ByteSize;

/// Parses a size in bytes.
pub fn size(text: &str) -> Result<ByteSize, String> {
    text.parse::<ByteSize>()
        .map_err(|_| "write it as 64KiB, 1MiB or 2GB".to_owned())
}

/// Parses a duration above zero.
pub fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("the value must be more than 0".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(format!("{error}; write it as 500ms, 30s or 2m")),
    }
}

/// Parses a number above zero.
pub fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("the value must be more than 0".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}
