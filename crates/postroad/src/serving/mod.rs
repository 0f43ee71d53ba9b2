//! The service: VROOM's JSON by HTTP, with limits on everything a client can ask for.
//!
//! Requests wait in a bounded queue; so many workers solve at a time, each on a thread of its own. One
//! control stands above all: when the service is to end, running solves end with the best so far.

mod metrics;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use postroad_formats::vroom::{Code, failed};
use postroad_optimization::Control;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::failure::Failure;
use crate::routing::vroom::{self, Answered, Asked};
use metrics::Metrics;

/// A client that sends more slowly is sent away.
const BODY_SECONDS: u64 = 60;
/// When to come again if the queue is full.
const RETRY_SECONDS: &str = "5";

/// What the service allows.
pub(crate) struct Limits {
    /// Bytes of a request.
    pub(crate) body_bytes: usize,
    /// Solves at a time.
    pub(crate) workers: usize,
    /// Requests that wait.
    pub(crate) queue: usize,
    /// What holds for each problem, such as its number of tasks.
    pub(crate) asked: Asked,
}

struct Service {
    limits: Limits,
    control: Control,
    /// A place in the queue or at work for each request.
    places: Arc<Semaphore>,
    /// A permit for each solve.
    workers: Semaphore,
    metrics: Metrics,
}

/// Serves until `stop` comes, then lets running requests end.
pub(crate) async fn serve(
    listener: TcpListener,
    limits: Limits,
    control: Control,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let cancelled = control.cancel_handle();
    let service = Arc::new(Service {
        places: Arc::new(Semaphore::new(limits.workers + limits.queue)),
        workers: Semaphore::new(limits.workers),
        limits,
        control,
        metrics: Metrics::default(),
    });
    let stop = async move {
        stop.await;
        cancelled.store(true, Ordering::Relaxed);
    };
    axum::serve(listener, router(service)).with_graceful_shutdown(stop).await
}

fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", post(solve))
        .route("/health", get(async || json(StatusCode::OK, "{\"status\":\"ok\"}\n".into())))
        .route("/metrics", get(metrics))
        .with_state(service)
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let all = service.limits.workers + service.limits.queue;
    let inside = all - service.places.available_permits();
    let working = service.limits.workers - service.workers.available_permits();
    let text = service.metrics.text(working, inside.saturating_sub(working));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn solve(State(service): State<Arc<Service>>, body: Body) -> Response {
    let response = answer(&service, body).await;
    service.metrics.count_request(response.status());
    response
}

async fn answer(service: &Arc<Service>, body: Body) -> Response {
    let Ok(_place) = Arc::clone(&service.places).try_acquire_owned() else {
        let full = refuse(StatusCode::SERVICE_UNAVAILABLE, Code::Internal, "the queue is full");
        return ([(header::RETRY_AFTER, RETRY_SECONDS)], full).into_response();
    };
    let text = match read_body(body, service.limits.body_bytes).await {
        Ok(text) => text,
        Err(response) => return response,
    };
    let Ok(_worker) = service.workers.acquire().await else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, Code::Internal, "the service ends");
    };
    let begun = Instant::now();
    let solver = Arc::clone(service);
    let solved = tokio::task::spawn_blocking(move || {
        vroom::answer("request", &text, &solver.limits.asked, &solver.control)
    });
    let solved = solved.await;
    service.metrics.add_seconds(begun.elapsed());
    match solved {
        Ok(Ok(Answered { json: answer, tasks, left_out, .. })) => {
            service.metrics.count_tasks(tasks, left_out);
            json(StatusCode::OK, answer)
        }
        Ok(Err(failure)) => json(status(&failure), vroom::failed(&failure)),
        Err(_) => refuse(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, "the solver broke"),
    }
}

/// The body as text, or what to answer instead.
async fn read_body(body: Body, most_bytes: usize) -> Result<String, Response> {
    let read = tokio::time::timeout(Duration::from_secs(BODY_SECONDS), to_bytes(body, most_bytes));
    match read.await {
        Ok(Ok(bytes)) => Ok(crate::input::text(bytes.into())),
        Ok(Err(_)) => {
            let why = format!("the request has more than {most_bytes} bytes or was cut off");
            Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, &why))
        }
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, Code::Input, "the request is too slow")),
    }
}

fn status(failure: &Failure) -> StatusCode {
    match vroom::code(failure) {
        Code::Input | Code::Roads => StatusCode::BAD_REQUEST,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn refuse(status: StatusCode, code: Code, why: &str) -> Response {
    json(status, failed(code, why))
}

fn json(status: StatusCode, text: String) -> Response {
    const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
    (status, JSON, text).into_response()
}
