//! All cases, by their paths. A test compares the list with the folders, and `WITGEN_BLESS=1` makes it.

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../", $path)))),*]
    };
}

pub(super) const CASES: &[(&str, &str)] = files![];
