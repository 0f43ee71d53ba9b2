//! Small drawings as text: scales, ticks and the marks that the charts are made of.
//!
//! Colours are classes of the style sheet, so that charts follow light, dark and print.

use std::fmt::Write;

/// A drawing of a given size that grows by marks.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    marks: String,
}

/// Where a text is held.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, marks: String::new() }
    }

    pub(crate) fn rect(&mut self, class: &str, [x, y]: [f64; 2], [width, height]: [f64; 2]) {
        self.mark(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}"/>"#,
            width.max(0.0)
        ));
    }

    pub(crate) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        self.mark(format_args!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    pub(crate) fn circle(&mut self, class: &str, [x, y]: [f64; 2], radius: f64) {
        self.mark(format_args!(
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}"/>"#
        ));
    }

    /// A broken line through points.
    pub(crate) fn path(&mut self, class: &str, points: &[[f64; 2]]) {
        self.mark(format_args!(r#"<path class="{class}" d="{}"/>"#, path_data(points)));
    }

    pub(crate) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.mark(format_args!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{}</text>"#,
            escape(text)
        ));
    }

    fn mark(&mut self, mark: std::fmt::Arguments<'_>) {
        self.marks.write_fmt(mark).expect("writing to a string cannot fail");
    }

    /// The whole drawing; `label` says in words what it shows, empty if the text beside it does.
    pub(crate) fn finish(self, class: &str, label: &str) -> String {
        let role = match label {
            "" => r#"aria-hidden="true""#.to_owned(),
            label => format!(r#"role="img" aria-label="{}""#, escape(label)),
        };
        let Self { width, height, marks } = self;
        format!(r#"<svg class="{class}" {role} viewBox="0 0 {width:.0} {height:.0}">{marks}</svg>"#)
    }
}

/// Points as the data of a path.
fn path_data(points: &[[f64; 2]]) -> String {
    let mut data = String::new();
    for (i, [x, y]) in points.iter().enumerate() {
        let step = if i == 0 { 'M' } else { 'L' };
        write!(data, "{step}{x:.1} {y:.1}").expect("writing to a string cannot fail");
    }
    data
}

/// Text that is safe within markup and attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A linear scale from values to lengths in a drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: [f64; 2],
    to: [f64; 2],
}

impl Scale {
    /// `from` is widened by a little if it is empty, so that a flat line can be drawn.
    pub(crate) fn new(from: [f64; 2], to: [f64; 2]) -> Self {
        let [low, high] = from;
        let high = if high > low { high } else { low + low.abs().max(1.0) };
        Self { from: [low, high], to }
    }

    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value - self.from[0]) / (self.from[1] - self.from[0]);
        self.to[0] + share * (self.to[1] - self.to[0])
    }

    /// The same, but at most so far beyond the ends of the scale.
    pub(crate) fn at_most(&self, value: f64, beyond: f64) -> f64 {
        self.at(value).clamp(self.to[0] - beyond, self.to[1] + beyond)
    }

    /// Round values within the scale, about `count` of them.
    pub(crate) fn ticks(&self, count: usize) -> Vec<f64> {
        let [low, high] = self.from;
        let step = round_step((high - low) / count as f64);
        let first = (low / step).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// The smallest of 1, 2, 2.5 or 5 times a power of ten that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|&s| s >= step * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(Scale::new([0.0, 1.7], [0.0, 100.0]).ticks(4), [0.0, 0.5, 1.0, 1.5]);
        assert_eq!(Scale::new([-3.0, 7.0], [0.0, 1.0]).ticks(5), [-2.0, 0.0, 2.0, 4.0, 6.0]);
        assert!(!Scale::new([2.0, 2.0], [0.0, 1.0]).ticks(4).is_empty());
    }

    #[test]
    fn texts_are_escaped() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text("axis", [0.0, 0.0], Anchor::Start, "<b> & \"c\"");
        let text = svg.finish("chart", "a > b");
        assert!(text.contains("&lt;b&gt; &amp; &quot;c&quot;") && text.contains("a &gt; b"));
    }
}
