//! `witgen release`: everything that a release changes, in one step.

mod changes;
mod rejections;
mod shop;
