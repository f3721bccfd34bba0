//! The diagram of a chain as SVG, which code hosts and browsers show without further programs.

use askama::Template;

/// A chain to draw.
pub(super) struct Diagram {
    /// The interface that the caller calls.
    pub front: String,
    pub members: Vec<Step>,
}

/// A member of the chain.
pub(super) struct Step {
    pub name: String,
    /// The imports of its next hops; empty at the end of a chain.
    pub next: String,
    /// The imports of its side calls; empty if it makes none.
    pub side: String,
}

#[derive(Template)]
#[template(path = "docs/chain.svg", escape = "none")]
struct Drawing {
    width: usize,
    height: usize,
    title: String,
    boxes: Vec<Shape>,
    arrows: Vec<Arrow>,
}

struct Shape {
    class: &'static str,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    text: String,
    text_x: usize,
    text_y: usize,
}

struct Arrow {
    class: &'static str,
    from: (usize, usize),
    to: (usize, usize),
    label: String,
    label_at: (usize, usize),
}

/// The width of a character of the diagram's font, which is monospaced.
const CHAR: usize = 9;
/// The space around all, and around texts.
const MARGIN: usize = 12;
const BOX_HEIGHT: usize = 40;
const MIN_BOX_WIDTH: usize = 120;
/// The space between a box and the one below it.
const GAP: usize = 48;
/// How far a text's line is below its middle.
const BASELINE: usize = 5;

impl Diagram {
    /// Draws the chain from top to bottom, with the target of its side calls on the right.
    pub fn render(&self) -> String {
        let last = self.members.last().filter(|last| !last.next.is_empty());
        let caller = std::iter::once(("outside", "caller"));
        let members = self.members.iter().map(|member| ("member", member.name.as_str()));
        let rows: Vec<_> =
            caller.chain(members).chain(last.map(|_| ("outside", "next hop"))).collect();

        let longest = rows.iter().map(|(_, name)| width(name)).max().unwrap_or_default();
        let column = (longest + 2 * MARGIN).max(MIN_BOX_WIDTH);
        let center = MARGIN + column / 2;
        let top = |row: usize| MARGIN + row * (BOX_HEIGHT + GAP);
        let labels = std::iter::once(&self.front).chain(self.members.iter().map(|it| &it.next));
        let label_end = labels.clone().map(|label| center + MARGIN + width(label)).max();
        let label_end = label_end.unwrap_or_default().max(MARGIN + column);

        let mut boxes: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(row, (class, name))| {
                shape(class, name, (MARGIN, top(row)), (column, BOX_HEIGHT))
            })
            .collect();
        let mut arrows: Vec<_> = labels
            .zip(1..rows.len())
            .filter(|(label, _)| !label.is_empty())
            .map(|(label, row)| Arrow {
                class: "call",
                from: (center, top(row) - GAP),
                to: (center, top(row)),
                label: label.clone(),
                label_at: (center + MARGIN, top(row) - GAP / 2 + BASELINE),
            })
            .collect();

        let sides = self.members.iter().zip(1..).filter(|(member, _)| !member.side.is_empty());
        let longest_side = sides.clone().map(|(member, _)| width(&member.side)).max();
        let mut right = label_end;
        if let (Some(longest), Some((_, first))) = (longest_side, sides.clone().next()) {
            let end = sides.clone().map(|(_, row)| row).last().unwrap_or(first);
            let column_end = MARGIN + column;
            let left = (column_end + longest + 2 * MARGIN).max(label_end + MARGIN);
            let size = (MIN_BOX_WIDTH, top(end) + BOX_HEIGHT - top(first));
            boxes.push(shape("outside", "elsewhere", (left, top(first)), size));
            arrows.extend(sides.map(|(member, row)| {
                let y = top(row) + BOX_HEIGHT / 2;
                Arrow {
                    class: "side",
                    from: (column_end, y),
                    to: (left, y),
                    label: member.side.clone(),
                    label_at: (column_end + MARGIN, y - BASELINE),
                }
            }));
            right = left + MIN_BOX_WIDTH;
        }
        let names: Vec<_> = self.members.iter().map(|member| member.name.as_str()).collect();
        crate::template::text(&Drawing {
            width: right + MARGIN,
            height: top(rows.len()) - GAP + MARGIN,
            title: names.join(", "),
            boxes,
            arrows,
        })
    }
}

fn width(text: &str) -> usize {
    CHAR * text.chars().count()
}

/// Returns a box with a text in its middle.
fn shape(
    class: &'static str,
    text: &str,
    (left, top): (usize, usize),
    (width, height): (usize, usize),
) -> Shape {
    Shape {
        class,
        left,
        top,
        width,
        height,
        text: text.to_owned(),
        text_x: left + width / 2,
        text_y: top + height / 2 + BASELINE,
    }
}
