//! The settings of traces.

use crate::chain_file::contents::Contents;
use crate::chain_file::document::invalid;
use crate::chain_file::setting::Text;
use crate::diagnostic::Diagnostic;

/// Reports a sampler without its ratio, and a ratio without its sampler.
pub(super) fn check(contents: &Contents, text: &Text) -> Vec<Diagnostic> {
    let tracing = &contents.tracing;
    let problem = match (&tracing.sampler, &tracing.ratio) {
        (Some(sampler), None) if sampler.has_ratio() => {
            invalid("`tracing.sampler` has no `ratio`", text.place(sampler))
                .help("set `ratio` to the part of the traces that are sent, such as 0.1")
        }
        (Some(sampler), Some(ratio)) if !sampler.has_ratio() => invalid(
            "`tracing.ratio` has no effect with this sampler",
            text.place(ratio),
        )
        .at(text.place(sampler))
        .help("leave it out, or set `sampler` to `parentbased_traceidratio`"),
        (None, Some(ratio)) => invalid(
            "`tracing.ratio` has no effect without `sampler`",
            text.place(ratio),
        )
        .help("set `sampler` to `parentbased_traceidratio` or `traceidratio`"),
        _ => return Vec::new(),
    };
    vec![problem]
}
