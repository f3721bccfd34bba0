//! Days of the calendar.

use std::time::{Duration, SystemTime};

use crate::diagnostic::{Diagnostic, Place, Result, codes};

const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// Returns the day of a time in UTC: `2026-01-31`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use witgen::release::day_of;
///
/// assert_eq!(day_of(SystemTime::UNIX_EPOCH + Duration::from_secs(951_782_400)), "2000-02-29");
/// ```
pub fn day_of(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let mut day = since.as_secs() / SECONDS_PER_DAY;
    let mut year = 1970;
    while day >= days_of_year(year) {
        day -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while day >= days_of_month(year, month) {
        day -= days_of_month(year, month);
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", day + 1)
}

/// Returns a day as it is written, if it is one: `2026-01-31`.
///
/// # Errors
///
/// Text that is no day.
pub fn parse_day(written: &str) -> Result<String> {
    let parts: Vec<&str> = written.split('-').collect();
    let is_number = |part: &&str, digits: usize| {
        part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if let [year, month, day] = parts.as_slice()
        && is_number(year, 4)
        && is_number(month, 2)
        && is_number(day, 2)
        && let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse::<u64>())
        && (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
    {
        return Ok(written.to_owned());
    }
    let message = format!("`{written}` is not a day");
    Err(Diagnostic::error(codes::NOT_A_DAY, message)
        .at(Place::argument(format!("--date {written}")))
        .help("write year, month and day: `2026-01-31`")
        .into())
}

fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn days_follow_the_calendar() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (365 * 2 + 59, "1972-02-29"),
            (20_454, "2026-01-01"),
        ] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(day * SECONDS_PER_DAY);
            assert_eq!(day_of(time), expected);
        }
    }

    #[test]
    fn text_that_is_no_day_is_rejected() {
        for written in ["2026-02-28", "2024-02-29"] {
            assert_eq!(parse_day(written).unwrap(), written);
        }
        for written in [
            "",
            "today",
            "2026-2-3",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
        ] {
            assert!(parse_day(written).is_err(), "{written}");
        }
    }
}
