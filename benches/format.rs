//! `witgen fmt` on files of several lengths: `cargo bench --bench format`. The time per line has to stay the same.

use std::fmt::Write as _;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use witgen::format::{Options, format};

fn main() {
    divan::main();
}

/// Returns a valid file of about as many lines.
fn file(lines: usize) -> String {
    let mut text = String::from("package witgen:synthetic@1.0.0;\n");
    for number in 0..lines / 10 {
        writeln!(
            text,
            "
interface i{number} {{
  /// A record, with a comment.
  record r {{
    a: u32, // behind a field
    b: list<option<tuple<u8, string>>>,
  }}

  f: async func(a: r, b: list<u8>, c: option<string>, d: u64, e: bool) -> result<list<r>, string>;
}}"
        )
        .unwrap();
    }
    text
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn lines(bencher: Bencher, lines: usize) {
    let text = file(lines);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| format("a.wit", black_box(&text), &Options::default()).unwrap());
}
