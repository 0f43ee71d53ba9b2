//! The runs behind the commands: what is solved in which order, from where, and how hard.
//!
//! Which run starts warm from which is fixed by the study, never by the number of threads, and
//! budgets are rounds: the same study, settings and seed give the same figures.

pub mod answer;
pub mod assemble;
pub mod carry;
pub mod curve;
pub mod scenarios;
pub mod study;
mod telling;
pub mod tornado;
pub(crate) mod unmet;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use postroad_network_design::Config;
use postroad_optimization::Control;

use crate::args::RunArgs;
use crate::parallel::Workers;
use crate::progress::Teller;
use crate::result::RunSettings;

/// Rounds for a plan.
const ROUNDS: u32 = 20;
/// At most so many for a price of the demand curve or an end of the tornado.
const ROUNDS_OF_MANY: u32 = 1;
/// Gap at which a plan is good enough.
const GAP: f64 = 0.005;

/// What all runs of a command share.
pub struct Runner {
    /// Threads to work with.
    pub workers: Arc<Workers>,
    /// When to stop.
    pub control: Control,
    /// Who hears how it goes.
    pub teller: Arc<Teller>,
    interrupted: Arc<AtomicBool>,
}

impl Runner {
    /// From the command line, with so many pieces of work to tell of. Ctrl-C stops the run with
    /// the best so far; a second one ends the program at once.
    pub fn new(args: &RunArgs, steps: usize) -> Self {
        let control = args.time_limit.map_or_else(Control::unlimited, Control::with_time_limit);
        let stop = control.cancel_handle();
        // Without a handler Ctrl-C ends the program, which is no worse than before.
        let _ = ctrlc::set_handler(move || {
            if stop.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("stopping with the best so far; again to end at once");
        });
        Self {
            workers: Arc::new(Workers::new(args.threads())),
            interrupted: control.cancel_handle(),
            control,
            teller: Arc::new(Teller::new(args.quiet, steps)),
        }
    }

    /// Without limit, silent and deaf to Ctrl-C: for tests and callers with a terminal of their own.
    pub fn quiet(threads: usize) -> Self {
        let control = Control::unlimited();
        Self {
            workers: Arc::new(Workers::new(threads)),
            interrupted: control.cancel_handle(),
            control,
            teller: Arc::new(Teller::new(true, 0)),
        }
    }

    /// Whether the user stopped the run.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// The same with an earlier end: `share` of a time limit, if there is one.
    pub fn for_share_of_time(&self, share: f64) -> Self {
        let control = self.control.within(self.control.seconds_left() * share);
        Self {
            workers: Arc::clone(&self.workers),
            control,
            teller: Arc::clone(&self.teller),
            interrupted: Arc::clone(&self.interrupted),
        }
    }
}

/// The settings a command line asks for.
pub fn settings(args: &RunArgs) -> RunSettings {
    RunSettings {
        seed: args.seed,
        rounds: args.rounds.unwrap_or(ROUNDS),
        gap: args.gap.unwrap_or(GAP),
        time_limit_s: args.time_limit,
        stopped: false,
    }
}

/// The kernel's configuration for one of many plans: a price or an end of a range.
pub fn config_of_many(settings: &RunSettings) -> Config {
    Config { rounds: settings.rounds.min(ROUNDS_OF_MANY), ..config(settings) }
}

/// The kernel's configuration for a scenario's plan.
pub fn config(settings: &RunSettings) -> Config {
    Config { gap: settings.gap, rounds: settings.rounds, seed: settings.seed, threads: 1 }
}
