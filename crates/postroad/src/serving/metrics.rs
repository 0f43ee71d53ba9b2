//! Counters of the service, as text for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

/// What has happened since the start.
#[derive(Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<u16, u64>>,
    tasks: AtomicU64,
    left_out: AtomicU64,
    solve_ms: AtomicU64,
}

impl Metrics {
    pub(super) fn count_request(&self, status: StatusCode) {
        if let Ok(mut requests) = self.requests.lock() {
            *requests.entry(status.as_u16()).or_insert(0) += 1;
        }
    }

    pub(super) fn count_tasks(&self, tasks: usize, left_out: usize) {
        self.tasks.fetch_add(tasks as u64, Ordering::Relaxed);
        self.left_out.fetch_add(left_out as u64, Ordering::Relaxed);
    }

    pub(super) fn add_seconds(&self, spent: Duration) {
        self.solve_ms.fetch_add(spent.as_millis() as u64, Ordering::Relaxed);
    }

    /// All counters, and how many requests are at work and wait right now.
    pub(super) fn text(&self, working: usize, waiting: usize) -> String {
        let mut text = String::new();
        head(&mut text, "requests_total", "counter", "Requests answered, by HTTP status.");
        if let Ok(requests) = self.requests.lock() {
            for (status, count) in requests.iter() {
                let _ = writeln!(text, "postroad_requests_total{{status=\"{status}\"}} {count}");
            }
        }
        let solve_s = self.solve_ms.load(Ordering::Relaxed) as f64 / 1000.0;
        let tasks = self.tasks.load(Ordering::Relaxed);
        let left_out = self.left_out.load(Ordering::Relaxed);
        let mut one = |name, kind, help, value: f64| {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "postroad_{name} {value}");
        };
        one("tasks_total", "counter", "Tasks of the problems answered.", tasks as f64);
        one("tasks_left_out_total", "counter", "Tasks that were left out.", left_out as f64);
        one("solve_seconds_total", "counter", "Seconds spent on solving.", solve_s);
        one("working", "gauge", "Requests that are solved now.", working as f64);
        one("waiting", "gauge", "Requests that wait now.", waiting as f64);
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP postroad_{name} {help}\n# TYPE postroad_{name} {kind}");
}
