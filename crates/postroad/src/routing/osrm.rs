//! Distances and times from a service with OSRM's `table` (project-osrm.org, API version 1):
//! asked in blocks as large as the service allows, and asked again where it stumbles.

use std::thread::sleep;
use std::time::Duration;

use postroad_model::place::Coordinate;
use postroad_model::routing::{AMOUNT_MAX, Travel};
use postroad_model::{Fault, Place};
use serde::Deserialize;

/// Most places: so many squared are 100 million pairs, 0.8 GB.
const PLACES_MAX: usize = 10_000;
/// A block is asked for so often before giving up.
const TRIES: u32 = 3;
/// Rest before the second try; doubled before the next.
const REST: Duration = Duration::from_millis(500);
/// Longest wait for a block.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Largest answer: a pair takes at most some 30 bytes.
const ANSWER_BYTES_MAX: u64 = 256_000_000;

/// A service.
pub(crate) struct Osrm {
    /// Where it is, such as `http://localhost:5000`.
    pub(crate) url: String,
    /// What drives, such as `driving`; a service may pass it over.
    pub(crate) profile: String,
    /// Most sources and most destinations of a block: `--max-table-size` of the service.
    pub(crate) block: usize,
}

/// An answer to `table`, see osrm-backend's `docs/http.md`.
#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    durations: Vec<Vec<Option<f64>>>,
    #[serde(default)]
    distances: Vec<Vec<Option<f64>>>,
}

/// Why a block was not answered.
enum Trouble {
    /// It may go better next time.
    Passing(String),
    /// It will not.
    Refused(String),
}

impl Osrm {
    /// Ways between all pairs. A pair without a way gets the largest amounts.
    pub(crate) fn travel(&self, points: &[Coordinate]) -> Result<Travel, Fault> {
        let n = points.len();
        if n > PLACES_MAX {
            let cause = format!("{n} places are too many for a table of all pairs");
            let action = format!("use --roads with an extract, or at most {PLACES_MAX} places");
            return Err(self.fault("E358", cause, &action));
        }
        let client: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build()
            .into();
        let mut durations_s = vec![0; n * n];
        let mut distances_m = vec![0; n * n];
        let starts = || (0..n).step_by(self.block);
        for (from, to) in starts().flat_map(|from| starts().map(move |to| (from, to))) {
            let (rows, columns) = (self.end(from, n) - from, self.end(to, n) - to);
            let url = self.request(points, from..from + rows, to..to + columns);
            let answer = self.ask(&client, &url)?;
            for (list, found) in
                [(&mut durations_s, &answer.durations), (&mut distances_m, &answer.distances)]
            {
                if found.len() != rows || found.iter().any(|row| row.len() != columns) {
                    let cause = "the service gave no table of the size asked for".to_string();
                    return Err(self.fault("E357", cause, "use a service with OSRM's table"));
                }
                for (row, values) in found.iter().enumerate() {
                    let start = (from + row) * n + to;
                    let cells = &mut list[start..start + columns];
                    cells.iter_mut().zip(values).for_each(|(cell, value)| *cell = amount(*value));
                }
            }
        }
        Ok(Travel::Matrix {
            locations: n,
            distances_m,
            durations_s: Some(durations_s),
            points: points.to_vec(),
        })
    }

    fn end(&self, start: usize, n: usize) -> usize {
        (start + self.block).min(n)
    }

    /// The address of a block.
    fn request(
        &self,
        points: &[Coordinate],
        from: std::ops::Range<usize>,
        to: std::ops::Range<usize>,
    ) -> String {
        let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(";");
        let places = points[from.clone()].iter().chain(&points[to.clone()]);
        let mut places = places.map(|p| format!("{:.6},{:.6}", p.longitude, p.latitude));
        let (rows, all) = (from.len(), from.len() + to.len());
        format!(
            "{}/table/v1/{}/{}?sources={}&destinations={}&annotations=duration,distance",
            self.url.trim_end_matches('/'),
            self.profile,
            list(&mut places),
            list(&mut (0..rows).map(|i| i.to_string())),
            list(&mut (rows..all).map(|i| i.to_string())),
        )
    }

    /// Asks for a block, several times if need be.
    fn ask(&self, client: &ureq::Agent, url: &str) -> Result<Answer, Fault> {
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(REST * (1 << (attempt - 1)));
            }
            match answer(client, url) {
                Ok(answer) => return Ok(answer),
                Err(Trouble::Passing(cause)) => last = cause,
                Err(Trouble::Refused(cause)) => {
                    let cause = format!("the service refuses: {cause}");
                    let action = "check its region and profile, and --osrm-block against its \
                                  --max-table-size";
                    return Err(self.fault("E357", cause, action));
                }
            }
        }
        let cause = format!("the service did not answer in {TRIES} tries: {last}");
        Err(self.fault("E356", cause, "start it, and check its address"))
    }

    fn fault(&self, code: &'static str, cause: String, action: &str) -> Fault {
        let place = Place { file: self.url.clone(), line: None, field: None };
        Fault { code, place, cause, action: action.to_string() }
    }
}

/// Asks once.
fn answer(client: &ureq::Agent, url: &str) -> Result<Answer, Trouble> {
    let passing = |error: ureq::Error| Trouble::Passing(error.to_string());
    let mut response = client.get(url).call().map_err(passing)?;
    let status = response.status();
    let limited = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
    let text = limited.read_to_string().map_err(passing)?;
    if status.is_server_error() || status.as_u16() == 429 {
        return Err(Trouble::Passing(format!("status {status}")));
    }
    match serde_json::from_str::<Answer>(&text) {
        Ok(answer) if answer.code == "Ok" => Ok(answer),
        Ok(answer) => Err(Trouble::Refused(format!("{} {}", answer.code, answer.message))),
        Err(error) => {
            Err(Trouble::Refused(format!("status {status}, and no JSON as expected: {error}")))
        }
    }
}

/// A number of the service in the model's unit.
fn amount(value: Option<f64>) -> i32 {
    let most = f64::from(AMOUNT_MAX);
    value.filter(|value| *value >= 0.0).map_or(AMOUNT_MAX, |value| value.round().min(most) as i32)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use postroad_model::LocationId;

    use super::*;

    /// A service that answers each request by a function of its address and its number.
    fn serve(
        answer: impl Fn(&str, usize) -> (u16, String) + Send + 'static,
    ) -> (String, thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream: TcpStream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let first = lines.next().unwrap().unwrap();
                lines.map_while(Result::ok).find(|line| line.is_empty());
                let (status, body) = answer(first.split(' ').nth(1).unwrap(), number);
                let head = format!(
                    "HTTP/1.1 {status} -\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        (url, thread)
    }

    fn osrm(url: String, block: usize) -> Osrm {
        Osrm { url, profile: "driving".into(), block }
    }

    fn points(n: usize) -> Vec<Coordinate> {
        let point = |i| Coordinate { latitude: 40.0, longitude: -83.0 + 0.001 * i as f64 };
        (0..n).map(point).collect()
    }

    /// The table of a service for which a way east takes twice its thousandths of a degree in
    /// seconds, a way west three times; there is no way to the fifth place.
    fn table(address: &str) -> String {
        let (path, query) = address.split_once('?').unwrap();
        let places = path.strip_prefix("/table/v1/driving/").unwrap().split(';');
        let x = |place: &str| {
            let longitude: f64 = place.split(',').next().unwrap().parse().unwrap();
            ((longitude + 83.0) * 1000.0).round() as i64
        };
        let x: Vec<i64> = places.map(x).collect();
        let indices = |key: &str| -> Vec<usize> {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(key)).unwrap();
            value.split(';').map(|index| index.parse().unwrap()).collect()
        };
        let (from, to) = (indices("sources="), indices("destinations="));
        let cell = |a: usize, b: usize, metres: i64| match x[b] - x[a] {
            _ if x[b] == 4 && x[a] != 4 => "null".to_string(),
            east if east >= 0 => format!("{}.4", east * 2 * metres),
            west => format!("{}.4", -west * 3 * metres),
        };
        let rows = |metres| {
            let row = |&a: &usize| {
                let cells: Vec<String> = to.iter().map(|&b| cell(a, b, metres)).collect();
                format!("[{}]", cells.join(","))
            };
            from.iter().map(row).collect::<Vec<_>>().join(",")
        };
        format!(r#"{{"code":"Ok","durations":[{}],"distances":[{}]}}"#, rows(1), rows(10))
    }

    #[test]
    fn blocks_become_one_matrix_and_failures_are_tried_again() {
        let (url, _) = serve(|address, number| match number {
            1 => (503, String::new()),
            _ => (200, table(address)),
        });
        let travel = osrm(url, 2).travel(&points(5)).unwrap();
        let way = |a, b| travel.distance_and_duration(LocationId(a), LocationId(b));
        assert_eq!(way(0, 3), (60, 6));
        assert_eq!(way(3, 0), (90, 9));
        assert_eq!(way(2, 2), (0, 0));
        assert_eq!(way(1, 4), (AMOUNT_MAX, AMOUNT_MAX));
        assert_eq!(way(4, 1), (90, 9));
    }

    #[test]
    fn what_goes_wrong_is_told() {
        let code = |body: &'static str, status| {
            let (url, _) = serve(move |_, _| (status, body.to_string()));
            osrm(url, 100).travel(&points(2)).unwrap_err()
        };
        let refused = code(r#"{"code":"TooBig","message":"Too many table coordinates"}"#, 400);
        assert_eq!(refused.code, "E357");
        assert!(refused.cause.contains("TooBig"), "{refused}");
        assert_eq!(code("<html>", 200).code, "E357");
        assert_eq!(code(r#"{"code":"Ok","durations":[[0]]}"#, 200).code, "E357");
        assert_eq!(code("", 500).code, "E356");
        let nobody = osrm("http://127.0.0.1:1".into(), 100).travel(&points(2)).unwrap_err();
        assert_eq!(nobody.code, "E356");
        let many = osrm("http://127.0.0.1:1".into(), 100).travel(&points(PLACES_MAX + 1));
        assert_eq!(many.unwrap_err().code, "E358");
    }
}
