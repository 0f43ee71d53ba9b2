//! Distances, times and money as people read them; benchmarks have numbers without units.

use postroad_model::routing::{MICRO_USD, TimeWindow, Travel};

use crate::report::number::decimal;

/// Whether the numbers of a problem have units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Units {
    /// Metres, seconds of a day, millionths of a dollar.
    Metric,
    /// Plain numbers, as of benchmarks in the plane.
    Plain,
}

impl Units {
    pub(super) fn of(travel: &Travel) -> Self {
        match travel {
            Travel::Plane { .. } => Units::Plain,
            _ => Units::Metric,
        }
    }

    /// A distance: `12.3 km`.
    pub(super) fn distance(self, metres: i64) -> String {
        match self {
            Units::Metric => format!("{}\u{a0}km", decimal(metres as f64 / 1000.0, 1)),
            Units::Plain => decimal(metres as f64, 0),
        }
    }

    /// A length of time: `7:05 h`.
    pub(super) fn duration(self, seconds: i64) -> String {
        match self {
            Units::Metric => {
                let minutes = (seconds + 30) / 60;
                format!("{}:{:02}\u{a0}h", minutes / 60, minutes % 60)
            }
            Units::Plain => decimal(seconds as f64, 0),
        }
    }

    /// A time of day: `09:41`, and `02:10 +1` on the day after.
    pub(super) fn clock(self, seconds: i32) -> String {
        self.time(seconds, |h, m, _| format!("{h:02}:{m:02}"))
    }

    /// A time of day to the second, for files.
    pub(super) fn exact_clock(self, seconds: i32) -> String {
        self.time(seconds, |h, m, s| format!("{h:02}:{m:02}:{s:02}"))
    }

    fn time(self, seconds: i32, write: impl Fn(i32, i32, i32) -> String) -> String {
        if self == Units::Plain {
            return seconds.to_string();
        }
        let (day, rest) = (seconds / 86_400, seconds % 86_400);
        let time = write(rest / 3600, rest / 60 % 60, rest % 60);
        if day == 0 { time } else { format!("{time} +{day}") }
    }

    /// Windows: `08:00–12:00, 14:00–18:00`; empty if any time will do.
    pub(super) fn windows(self, windows: &[TimeWindow]) -> String {
        let bounded = windows.iter().filter(|window| **window != TimeWindow::ALWAYS);
        let words = bounded.map(|window| {
            if window.end_s == TimeWindow::ALWAYS.end_s {
                return format!("from {}", self.clock(window.start_s));
            }
            format!("{}–{}", self.clock(window.start_s), self.clock(window.end_s))
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Money: `$412.30`.
    pub(super) fn money(self, micro_usd: i64) -> String {
        match self {
            Units::Metric => format!("${}", decimal(micro_usd as f64 / MICRO_USD as f64, 2)),
            Units::Plain => decimal(micro_usd as f64, 0),
        }
    }
}
