//! Bytes as hexadecimal digits.

/// Decodes hexadecimal digits; spaces don't count.
pub fn decode(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = digits
        .chars()
        .filter(|char| !char.is_whitespace())
        .map(|char| char.to_digit(16))
        .collect();
    let digits: Vec<u32> = digits.into_iter().collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok());
    rest.is_empty().then(|| bytes.collect())?
}
