//! `postroad serve-routes`: problems in VROOM's format by HTTP.

use std::net::SocketAddr;

use postroad_optimization::Control;
use tokio::net::TcpListener;

use super::road_args::RoadArgs;
use super::route::{circuity, speed};
use crate::args::{RunArgs, positive};
use crate::failure::Failure;
use crate::routing::Effort;
use crate::routing::vroom::Asked;
use crate::serving::{Limits, serve};

/// Arguments of `postroad serve-routes`.
#[derive(clap::Args, Debug)]
pub struct ServeRoutesArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Requests that may wait; more are refused with status 503
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub queue: usize,
    /// Largest request
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub max_body: u16,
    /// Most tasks of a request
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub max_tasks: usize,
    /// Longest solve; a request may ask for less with `options.l`
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = positive)]
    pub max_seconds: f64,
    /// Rounds of ruin and recreate [default: 2,000 for each task, 100,000 to 1,000,000]
    #[arg(long, value_name = "N")]
    pub iterations: Option<u64>,
    /// Road over straight line, without matrices
    #[arg(long, value_name = "FACTOR", default_value_t = 1.3, value_parser = circuity)]
    pub circuity: f64,
    /// Speed along the road, without matrices
    #[arg(long, value_name = "SPEED", default_value_t = 40.0, value_parser = speed)]
    pub km_per_hour: f64,
    /// Roads instead of straight lines, without matrices
    #[command(flatten)]
    pub roads: RoadArgs,
}

/// Serves until it is told to stop.
pub fn run(args: &ServeRoutesArgs, run_args: &RunArgs) -> Result<(), Failure> {
    let failed = |cause| Failure::Output { path: args.listen.to_string(), cause };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let limits = Limits {
        body_bytes: usize::from(args.max_body) * 1_000_000,
        workers: run_args.threads(),
        queue: args.queue,
        asked: Asked {
            circuity: args.circuity,
            km_per_hour: args.km_per_hour,
            roads: args.roads.open()?,
            effort: Effort {
                iterations: args.iterations,
                is_timed: false,
                seed: run_args.seed,
                threads: 1,
            },
            with_geometry: false,
            are_routes_given: false,
            most_tasks: args.max_tasks,
            most_seconds: args.max_seconds,
        },
    };
    runtime.map_err(failed)?.block_on(async {
        let listener = TcpListener::bind(args.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        println!("listening on http://{address}");
        serve(listener, limits, Control::unlimited(), stop()).await.map_err(failed)
    })
}

/// Comes when the service is to end: Ctrl-C, or SIGTERM.
async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Without a handler SIGTERM ends the program, which is no worse than before.
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}
