//! `postroad serve-routes`, as a client talks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A service on a free port, ended with the test.
pub(crate) struct Service {
    child: Child,
    address: String,
}

impl Service {
    pub(crate) fn start(more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_postroad"))
            .args(["serve-routes", "--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_string();
        Self { child, address }
    }

    /// Status, headers and body of the answer to a request.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String, String) {
        let mut stream = self.send(method, path, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_string())
    }

    fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A service that refuses may close before all is sent.
        let _ = stream.write_all(body.as_bytes());
        stream
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn problem(jobs: u32) -> Value {
    let job = |id: u32| json!({"id": id, "location": [8.5 + f64::from(id) / 1000.0, 47.4]});
    json!({
        "vehicles": [{"id": 1, "start": [8.5, 47.4], "end": [8.5, 47.4]}],
        "jobs": (1..=jobs).map(job).collect::<Vec<_>>()
    })
}

#[test]
fn a_problem_is_answered() {
    let service = Service::start(&[]);
    let (status, head, body) = service.ask("POST", "/", &problem(3).to_string());
    assert_eq!(status, 200, "{body}");
    assert!(head.contains("application/json"), "{head}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&answer["code"], &answer["summary"]["unassigned"]), (&json!(0), &json!(0)));
    assert_eq!(answer["routes"][0]["steps"].as_array().unwrap().len(), 5);
    assert_eq!(service.ask("GET", "/health", "").0, 200);
    assert_eq!(service.ask("GET", "/nothing", "").0, 404);
    let (_, _, metrics) = service.ask("GET", "/metrics", "");
    for line in ["postroad_requests_total{status=\"200\"} 1", "postroad_tasks_total 3"] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

/// Problems of the three shapes that VROOM's documentation shows: places with skills, windows,
/// breaks and a shipment; a matrix of an old spelling with an open route; given routes, one too
/// full, one leaving before its hours and late.
fn documented() -> [Value; 3] {
    let depot = json!([8.5, 47.4]);
    let van = |id: u32| {
        json!({"id": id, "start": depot, "end": depot, "capacity": [3], "skills": [id, 14],
               "time_window": [28800, 43200],
               "breaks": [{"id": id, "service": 600, "time_windows": [[34000, 36000]]}]})
    };
    let job = |id: u32, skill: u32| {
        json!({"id": id, "location": [8.5 + f64::from(id) / 20.0, 47.5], "service": 240,
               "delivery": [1], "skills": [skill]})
    };
    let mut windowed = job(3, 14);
    windowed["time_windows"] = json!([[30000, 31000], [37000, 38000]]);
    let end = |id: u32, east: f64| json!({"id": id, "service": 120, "location": [east, 47.2]});
    let places = json!({
        "vehicles": [van(1), van(2)], "jobs": [job(1, 1), job(2, 14), windowed, job(4, 2)],
        "shipments": [{"amount": [1], "skills": [2], "pickup": end(5, 8.4), "delivery": end(6, 8.3)}]
    });
    let matrix = json!({
        "vehicles": [{"id": 0, "start_index": 0, "end_index": 2}],
        "jobs": [{"id": 70, "location_index": 1}, {"id": 71, "location_index": 3}],
        "matrix": [[0, 900, 400, 150], [880, 0, 700, 810], [390, 720, 0, 430], [160, 800, 440, 0]]
    });
    let steps = |ids: [u32; 2]| ids.map(|id| json!({"type": "job", "id": id}));
    let begin = 1_700_000_000;
    let given = |id: u32, ids| {
        json!({"id": id, "start": depot, "end": depot, "capacity": [2], "steps": steps(ids),
               "time_window": [begin, begin + 3600]})
    };
    let mut early = given(2, [3, 4]);
    let start = json!({"type": "start", "service_after": begin - 300});
    early["steps"].as_array_mut().unwrap().insert(0, start);
    let task = |id: u32, load: u32| {
        json!({"id": id, "location": [8.5 + f64::from(id) / 10.0, 47.4], "delivery": [load],
               "service": 60, "time_windows": [[begin, begin + 2400]]})
    };
    let tasks = [task(1, 2), task(2, 1), task(3, 1), task(4, 1)];
    [places, matrix, json!({"vehicles": [given(1, [1, 2]), early], "jobs": tasks})]
}

#[test]
fn problems_like_those_of_the_documentation_are_answered() {
    let service = Service::start(&["--iterations", "2000"]);
    let folder = tempfile::TempDir::new().unwrap();
    for (number, mut problem) in documented().into_iter().enumerate() {
        let file = folder.path().join("problem.json");
        std::fs::write(&file, problem.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_postroad"));
        command.arg("route").arg(&file).args(["-g", "--iterations", "2000"]);
        let options = if number == 2 { json!({"g": true, "c": true}) } else { json!({"g": true}) };
        problem["options"] = options;
        let told = command.args((number == 2).then_some("-c")).output().unwrap();
        let (status, _, served) = service.ask("POST", "/", &problem.to_string());
        assert_eq!((told.status.code(), status), (Some(0), 200), "{served}");
        assert_eq!(String::from_utf8(told.stdout).unwrap(), served);
        let answer: Value = serde_json::from_str(&served).unwrap();
        assert_eq!(answer["summary"]["unassigned"], 0, "{served}");
        let violations = answer["summary"]["violations"].as_array().unwrap();
        let causes: Vec<&str> = violations.iter().map(|v| v["cause"].as_str().unwrap()).collect();
        let expected: &[&str] = if number == 2 { &["delay", "lead_time", "load"] } else { &[] };
        assert_eq!(causes, expected, "{served}");
    }
}

#[test]
fn what_is_wrong_or_too_large_is_refused() {
    let service = Service::start(&["--max-tasks", "5", "--max-body", "1"]);
    let (status, _, body) = service.ask("POST", "/", "{\"jobs\": [{}]}");
    assert_eq!(status, 400, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["code"], 2);
    assert!(answer["error"].as_str().unwrap().contains("missing field `id`"), "{body}");
    let (status, _, body) = service.ask("POST", "/", &problem(6).to_string());
    assert_eq!(
        (status, serde_json::from_str::<Value>(&body).unwrap()["code"].clone()),
        (413, json!(4))
    );
    let (status, _, _) = service.ask("POST", "/", &" ".repeat(1_000_001));
    assert_eq!(status, 413);
}

#[test]
fn a_full_queue_says_when_to_come_again() {
    let service = Service::start(&["--threads", "1", "--queue", "0", "--iterations", "1000000000"]);
    let mut long = problem(50);
    long["options"] = json!({"l": 3});
    let mut working = service.send("POST", "/", &long.to_string());
    while !service.ask("GET", "/metrics", "").2.contains("postroad_working 1") {}
    let (status, head, _) = service.ask("POST", "/", &problem(2).to_string());
    assert_eq!(status, 503);
    assert!(head.contains("retry-after"), "{head}");
    let mut answer = String::new();
    working.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"code\":0"), "{answer}");
}

#[cfg(unix)]
#[test]
fn a_service_that_is_to_end_answers_what_it_works_on() {
    let mut service =
        Service::start(&["--threads", "1", "--iterations", "1000000000", "--max-seconds", "60"]);
    let mut working = service.send("POST", "/", &problem(50).to_string());
    while !service.ask("GET", "/metrics", "").2.contains("postroad_working 1") {}
    let id = service.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut answer = String::new();
    working.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"code\":0"), "{answer}");
    assert!(service.child.wait().unwrap().success());
}
