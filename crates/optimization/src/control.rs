//! When to stop, and word of how it goes: the one object through which a kernel hears and tells.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a kernel tells on the way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Value of the best answer so far; infinite if there is none.
    pub cost: f64,
    /// Best bound so far; minus infinity if there is none.
    pub bound: f64,
    /// Seconds since the start.
    pub seconds: f64,
}

impl Progress {
    /// (cost − bound) / |cost|, or infinity while one of them is missing.
    pub fn gap(&self) -> f64 {
        relative_gap(self.cost, self.bound)
    }
}

/// (cost − bound) / |cost|, at least 0; infinity while one of them is missing.
pub fn relative_gap(cost: f64, bound: f64) -> f64 {
    if !cost.is_finite() || !bound.is_finite() {
        return f64::INFINITY;
    }
    ((cost - bound) / cost.abs().max(f64::MIN_POSITIVE)).max(0.0)
}

type Listener = Arc<Mutex<dyn FnMut(Progress) + Send>>;

/// Deadline, cancellation and progress of one run. Clones share all of them.
#[derive(Clone)]
pub struct Control {
    start: Instant,
    deadline: Option<Instant>,
    cancelled: Arc<AtomicBool>,
    listener: Option<Listener>,
}

impl Control {
    /// No deadline, nobody listening.
    pub fn unlimited() -> Self {
        Self {
            start: Instant::now(),
            deadline: None,
            cancelled: Arc::new(AtomicBool::new(false)),
            listener: None,
        }
    }

    /// Stops after `seconds` of wall time from now.
    pub fn with_time_limit(seconds: f64) -> Self {
        let mut control = Self::unlimited();
        // A limit beyond what the clock can hold is no limit.
        let limit = Duration::try_from_secs_f64(seconds.max(0.0)).ok();
        control.deadline = limit.and_then(|limit| control.start.checked_add(limit));
        control
    }

    /// A part of the run that ends at most `seconds` from now, and with the run.
    pub fn within(&self, seconds: f64) -> Self {
        let mut part = Self::with_time_limit(seconds);
        part.deadline = [part.deadline, self.deadline].into_iter().flatten().min();
        part.cancelled = Arc::clone(&self.cancelled);
        part.listener = self.listener.clone();
        part
    }

    /// Calls `listener` at each progress.
    pub fn on_progress(mut self, listener: impl FnMut(Progress) + Send + 'static) -> Self {
        self.listener = Some(Arc::new(Mutex::new(listener)));
        self
    }

    /// A handle that stops the run when set to true.
    pub fn cancel_handle(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// Whether the run should end now.
    pub fn is_over(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Seconds since the start of the run.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Seconds to the deadline, at least 0; infinite without one.
    pub fn seconds_left(&self) -> f64 {
        self.deadline
            .map_or(f64::INFINITY, |d| d.saturating_duration_since(Instant::now()).as_secs_f64())
    }

    /// Tells the listener, if any.
    pub fn report(&self, cost: f64, bound: f64) {
        if let Some(listener) = &self.listener {
            let progress = Progress { cost, bound, seconds: self.seconds() };
            if let Ok(mut listener) = listener.lock() {
                listener(progress);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Control;
    use std::sync::atomic::Ordering;

    #[test]
    fn a_part_ends_with_the_run_and_not_after_it() {
        let run = Control::with_time_limit(100.0);
        assert!(run.within(5.0).seconds_left() <= 5.0);
        assert!(run.within(1e9).seconds_left() <= 100.0);
        assert!(Control::unlimited().within(f64::INFINITY).seconds_left().is_infinite());
        let part = run.within(50.0);
        run.cancel_handle().store(true, Ordering::Relaxed);
        assert!(part.is_over());
    }
}
