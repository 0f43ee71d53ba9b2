//! How far a run is: a bar on a terminal, a line for each result elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use postroad_optimization::Progress;

/// Tells the user on stderr what has been done.
pub struct Teller {
    bar: ProgressBar,
    quiet: bool,
    last_update: Mutex<Option<Instant>>,
}

/// Least time between two updates of a running solver's line.
const UPDATE_EVERY: Duration = Duration::from_millis(100);

impl Teller {
    /// Tells of `steps` pieces of work.
    pub fn new(quiet: bool, steps: usize) -> Self {
        let bar = if quiet || !std::io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr())
        };
        bar.set_style(
            ProgressStyle::with_template("{elapsed:>4} [{bar:28}] {pos}/{len} {wide_msg}")
                .expect("the template is a constant")
                .progress_chars("=> "),
        );
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { bar, quiet, last_update: Mutex::new(None) }
    }

    /// A solver's word of how `what` goes.
    pub fn running(&self, what: &str, progress: Progress) {
        let Ok(mut last) = self.last_update.lock() else { return };
        if self.bar.is_hidden() || last.is_some_and(|at| at.elapsed() < UPDATE_EVERY) {
            return;
        }
        *last = Some(Instant::now());
        self.bar.set_message(format!("{what}, gap {}", gap_words(progress.gap())));
    }

    /// One piece of work is done; `message` is worth a line.
    pub fn done(&self, message: &str) {
        self.bar.inc(1);
        self.line(message);
    }

    /// One piece of work is done, without a line of its own.
    pub fn step(&self, message: &str) {
        self.bar.inc(1);
        self.bar.set_message(message.to_owned());
    }

    /// So many pieces of work need not be done.
    pub fn skip(&self, steps: usize) {
        self.bar.inc(steps as u64);
    }

    /// A line for the user.
    pub fn line(&self, message: &str) {
        if self.quiet {
            return;
        }
        if self.bar.is_hidden() {
            eprintln!("{message}");
        } else {
            self.bar.println(message);
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A gap for people: `0.31 %`, or a dash while there is none.
pub fn gap_words(gap: f64) -> String {
    if gap.is_finite() { format!("{:.2} %", gap * 100.0) } else { "–".into() }
}
