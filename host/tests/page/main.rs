//! The page for operators, as JSON and in a browser.

mod browser;
mod chains;
mod contrast;
mod served;
