//! The result as one picture: for each kind of operation its ratio to pgbench in the same run, as a bar, with
//! the ratio of each round as a dot and the aim, where there is one, as a tick.
//!
//! It is written by hand: a bar chart in SVG is a handful of rectangles, and whole numbers place them.

use std::fmt::{self, Write as _};

use crate::{
    report::{Report, Row, thousandths},
    settings::Part,
};

const WIDTH: u64 = 1_120;
/// Where the names end and the bars begin.
const LEFT: u64 = 430;
/// Where the longest bar ends; its figures stand beyond.
const RIGHT: u64 = 930;
const TOP: u64 = 84;
const ROW: u64 = 26;
const BAR: u64 = 14;
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-size:18px;font-weight:600}\
.quiet{fill:#616e7c;font-size:12px}.grid{stroke:#e4e7eb}.one{stroke:#1f2933;stroke-dasharray:4 3}\
.aim{stroke:#1f2933;stroke-width:2}.dot{fill:#fff;stroke:#1f2933}";

/// Colours that people who see red and green alike can tell apart.
const fn colour(part: Part) -> &'static str {
    match part {
        Part::Writer => "#0072b2",
        Part::Payments => "#009e73",
        Part::BatchPay => "#56b4e9",
        Part::Transfers => "#e69f00",
        Part::LookUps => "#cc79a7",
        Part::Naive => "#999999",
    }
}

/// Places a ratio on the axis.
struct Axis {
    /// The greatest ratio that fits, in thousandths.
    most: u64,
}

impl Axis {
    fn new(report: &Report) -> Self {
        let ratios = report.rows.iter().flat_map(|row| row.ratios_permille.iter().copied());
        let aims = report.rows.iter().filter_map(|row| aim(report, row));
        let most = ratios.chain(aims).max().unwrap_or_default();
        // A whole number of steps, and always past 1.
        let step = Self { most }.step();
        Self { most: most.max(1_000).div_ceil(step) * step }
    }

    fn step(&self) -> u64 {
        match self.most {
            0..=2_000 => 250,
            2_001..=6_000 => 1_000,
            _ => 2_000,
        }
    }

    fn x(&self, ratio: u64) -> u64 {
        LEFT + ratio.min(self.most) * (RIGHT - LEFT) / self.most
    }
}

/// The ratio that a row is aimed at.
fn aim(report: &Report, row: &Row) -> Option<u64> {
    report.goals.iter().find(|goal| goal.of == row.key && goal.is_ratio()).map(|goal| goal.aim)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The picture as SVG.
pub(crate) fn svg(report: &Report) -> Result<String, fmt::Error> {
    let axis = Axis::new(report);
    let bottom = TOP + ROW * report.rows.len() as u64;
    let height = bottom + 56;
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\">\n<title>Operations per second as a ratio to pgbench</title>\n\
         <style>{STYLE}</style>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>"
    )?;
    text(&mut svg, (16, 30), "title", "Operations per second, as a ratio to pgbench on the same server")?;
    let said = format!(
        "pgbench TPC-B-like {}/s, the better of 8 and 32 clients; rounds: {}, medians; {} processors, fsync {} us",
        report.pgbench.per_second, report.rounds, report.processors, report.fsync_us
    );
    text(&mut svg, (16, 52), "quiet", &said)?;
    grid(&mut svg, &axis, bottom)?;
    for (at, row) in (0..).zip(&report.rows) {
        bar(&mut svg, &axis, TOP + ROW * at, row, aim(report, row))?;
    }
    text(&mut svg, (16, bottom + 42), "quiet", "bar: median; dots: each round; tick: aim; dashed: pgbench")?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn text(svg: &mut String, (x, y): (u64, u64), class: &str, words: &str) -> fmt::Result {
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{}</text>", escaped(words))
}

fn line(svg: &mut String, class: &str, x: u64, (from, to): (u64, u64)) -> fmt::Result {
    writeln!(svg, "<line class=\"{class}\" x1=\"{x}\" x2=\"{x}\" y1=\"{from}\" y2=\"{to}\"/>")
}

fn grid(svg: &mut String, axis: &Axis, bottom: u64) -> fmt::Result {
    let mut ratio = 0;
    while ratio <= axis.most {
        let x = axis.x(ratio);
        line(svg, "grid", x, (TOP, bottom))?;
        let (whole, part) = (ratio / 1_000, ratio % 1_000 / 10);
        writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" class=\"quiet\" text-anchor=\"middle\">{whole}.{part:02}</text>",
            bottom + 18
        )?;
        ratio += axis.step();
    }
    line(svg, "one", axis.x(1_000), (TOP, bottom))
}

fn bar(svg: &mut String, axis: &Axis, top: u64, row: &Row, aim: Option<u64>) -> fmt::Result {
    let (middle, y) = (top + ROW / 2, top + (ROW - BAR) / 2);
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LEFT}\" y=\"{y}\" width=\"{}\" height=\"{BAR}\" fill=\"{}\"/>",
        LEFT - 10,
        middle + 4,
        escaped(&row.said),
        axis.x(row.ratio_permille) - LEFT,
        colour(row.part)
    )?;
    if let Some(aim) = aim {
        line(svg, "aim", axis.x(aim), (y - 3, y + BAR + 3))?;
    }
    for ratio in &row.ratios_permille {
        writeln!(svg, "<circle class=\"dot\" cx=\"{}\" cy=\"{middle}\" r=\"2\"/>", axis.x(*ratio))?;
    }
    let figures = format!("{} ({}/s)", thousandths(row.ratio_permille), row.per_second);
    text(svg, (RIGHT + 12, middle + 4), "quiet", &figures)
}

#[test]
fn a_ratio_has_its_place_on_the_axis() {
    let axis = Axis { most: 4_000 };
    assert_eq!([0, 2_000, 4_000, 9_000].map(|ratio| axis.x(ratio)), [430, 680, 930, 930]);
    assert_eq!([1_500, 4_000, 7_000].map(|most| Axis { most }.step()), [250, 1_000, 2_000]);
}

#[test]
fn words_cannot_break_the_picture() {
    assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
}
