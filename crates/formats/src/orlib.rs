//! Facility location in the layouts of the OR-Library (Beasley 1990) and of its single-source
//! relatives (Holmberg 1999, Avella and Boccia's TBED1).
//!
//! ```text
//! cap:    m n / capacity fixed_cost, m times / for each customer its demand, then m costs
//! sscflp: m n / m capacities / m fixed costs / n demands / n rows of m costs
//! ```
//! Costs are those of serving all of a customer's demand. A capacity may be the word `capacity`,
//! as in the OR-Library's capa, capb and capc; then the caller must say what it is.

use postroad_model::Fault;
use postroad_model::network::NetworkProblem;

use crate::instance::{Faults, numbered_lines};
use crate::national::{bare_demand, one_size, own_van};

/// Parcels given to a customer without demand, whose cost counts all the same.
const NO_DEMAND_PARCELS: f64 = 1e-6;

/// Reads a problem in either layout. `capacity` stands in for every capacity of the file.
pub fn read(file: &str, text: &str, capacity: Option<f64>) -> Result<NetworkProblem, Vec<Fault>> {
    let mut words = Words { faults: Faults::new(file), list: Vec::new(), next: 0 };
    for (number, line) in numbered_lines(text) {
        words.list.extend(line.split_whitespace().map(|word| (number, word)));
    }
    let problem = body(&mut words, is_single_source(text), capacity);
    match problem {
        Some(problem) if words.faults.is_empty() => Ok(problem),
        _ => Err(words.faults.into_vec()),
    }
}

/// The single-source layout has all capacities in the second line, the other one facility's pair.
/// With two facilities the number of lines decides.
fn is_single_source(text: &str) -> bool {
    let mut lines = numbered_lines(text).map(|(_, line)| line);
    let mut counts = lines.next().unwrap_or_default().split_whitespace();
    let mut count = || counts.next().and_then(|word| word.parse::<usize>().ok());
    let (Some(facilities), Some(customers)) = (count(), count()) else { return false };
    match lines.next().unwrap_or_default().split_whitespace().count() {
        2 if facilities == 2 => customers > 1 && 2 + lines.count() == 4 + customers,
        width => width == facilities && facilities != 2,
    }
}

/// The words of a file in reading order.
struct Words<'a> {
    faults: Faults,
    list: Vec<(u64, &'a str)>,
    next: usize,
}

impl Words<'_> {
    fn take(&mut self) -> Option<(u64, &str)> {
        let word = self.list.get(self.next).copied();
        self.next += 1;
        word
    }

    fn amount(&mut self, field: &str, infinite: bool) -> Option<f64> {
        let &(line, word) = self.list.get(self.next)?;
        self.next += 1;
        self.faults.amount(word, line, field, infinite)
    }

    fn capacity(&mut self, given: Option<f64>) -> Option<f64> {
        let Some(given) = given else {
            return match self.list.get(self.next) {
                Some(&(line, "capacity")) => {
                    self.next += 1;
                    self.faults.add(
                        "E308",
                        Some(line),
                        Some("capacity"),
                        "the file leaves the capacity to be filled in".into(),
                        "give it with --capacity",
                    );
                    None
                }
                _ => self.amount("capacity", true),
            };
        };
        self.take().map(|_| given)
    }
}

fn body(words: &mut Words, single_source: bool, capacity: Option<f64>) -> Option<NetworkProblem> {
    let (facilities, customers) = header(words)?;
    let (sizes, demands_and_costs) = if single_source {
        single_source_parts(words, facilities, customers, capacity)
    } else {
        pair_parts(words, facilities, customers, capacity)
    };
    let mut problem = NetworkProblem::new();
    for (capacity, fixed) in sizes {
        problem.facilities.push(one_size(fixed?, capacity?));
    }
    for (line, demand, costs) in demands_and_costs {
        customer(&mut problem, &mut words.faults, line, demand?, &costs);
    }
    Some(problem)
}

/// Reads the counts and checks the number of values that must follow.
fn header(words: &mut Words) -> Option<(usize, usize)> {
    let mut count = |field| {
        let (line, word) = words.list.get(words.next).copied().unwrap_or((1, ""));
        words.next += 1;
        words.faults.count(word, line, field)
    };
    let (facilities, customers) = (count("facilities"), count("customers"));
    let (facilities, customers) = (facilities?, customers?);
    let expected = 2 + 2 * facilities as u128 + customers as u128 * (1 + facilities as u128);
    let found = words.list.len();
    if found as u128 != expected {
        let line = words.list.last().map(|&(line, _)| line);
        let cause = format!(
            "{facilities} facilities and {customers} customers take {expected} values, \
             the file has {found}"
        );
        words.faults.add("E304", line, None, cause, "complete the file or correct its counts");
        return None;
    }
    Some((facilities, customers))
}

type Size = (Option<f64>, Option<f64>);
type Customer = (u64, Option<f64>, Vec<Option<f64>>);

fn pair_parts(
    words: &mut Words,
    facilities: usize,
    customers: usize,
    capacity: Option<f64>,
) -> (Vec<Size>, Vec<Customer>) {
    let sizes = (0..facilities)
        .map(|_| (words.capacity(capacity), words.amount("fixed_cost", false)))
        .collect();
    let rows = (0..customers)
        .map(|_| {
            let line = words.list.get(words.next).map_or(0, |&(line, _)| line);
            let demand = words.amount("demand", false);
            (line, demand, (0..facilities).map(|_| words.amount("cost", true)).collect())
        })
        .collect();
    (sizes, rows)
}

fn single_source_parts(
    words: &mut Words,
    facilities: usize,
    customers: usize,
    capacity: Option<f64>,
) -> (Vec<Size>, Vec<Customer>) {
    let capacities: Vec<_> = (0..facilities).map(|_| words.capacity(capacity)).collect();
    let sizes = capacities.into_iter().map(|c| (c, words.amount("fixed_cost", false))).collect();
    let demands: Vec<_> = (0..customers).map(|_| words.amount("demand", false)).collect();
    let rows = demands
        .into_iter()
        .map(|demand| {
            let line = words.list.get(words.next).map_or(0, |&(line, _)| line);
            (line, demand, (0..facilities).map(|_| words.amount("cost", true)).collect())
        })
        .collect();
    (sizes, rows)
}

fn customer(
    problem: &mut NetworkProblem,
    faults: &mut Faults,
    line: u64,
    demand: f64,
    costs: &[Option<f64>],
) {
    let parcels = if demand > 0.0 { demand } else { NO_DEMAND_PARCELS };
    let mut options = Vec::new();
    for (facility, &cost) in costs.iter().enumerate() {
        let Some(usd) = cost.map(|cost| cost / parcels) else { return };
        if usd.is_finite() {
            options.push(own_van(facility, usd));
        }
    }
    if options.is_empty() {
        let cause = format!("no facility serves customer {}", problem.demands.len());
        faults.add("E307", Some(line), None, cause, "give a finite cost for one of them");
        return;
    }
    problem.push_demand(bare_demand(parcels), &options);
}

#[cfg(test)]
mod tests {
    use super::*;
    use postroad_model::network::{Assignment, NetworkPlan};
    use postroad_model::{DemandId, FacilityId, IdVec, OptionId};

    const CAP: &str = "2 3\n10 100.\n20 150.\n5\n10 20\n4\n8 4\n6\n30 12\n";
    const SINGLE: &str = "2 3\n10 20\n100 150\n5 4 6\n10 20\n8 4\n30 12\n";

    #[test]
    fn both_layouts_say_the_same() {
        let cap = read("cap", CAP, None).unwrap();
        assert_eq!(cap, read("p1", SINGLE, None).unwrap());
        assert!(cap.faults().is_empty());
        let plan = NetworkPlan {
            levels: IdVec::from(vec![None, Some(0)]),
            assignments: (0..3)
                .map(|i| Assignment {
                    demand: DemandId(i),
                    option: OptionId(2 * i + 1),
                    share: 1.0,
                })
                .collect(),
        };
        assert!(plan.violations(&cap).is_empty());
        assert_eq!(plan.cost(&cap).total_usd_per_day(), 150.0 + 20.0 + 4.0 + 12.0);
    }

    #[test]
    fn the_word_capacity_needs_a_value() {
        let text = CAP.replace("10 100.", "capacity 100.");
        assert_eq!(read("capa", &text, None).unwrap_err()[0].code, "E308");
        let problem = read("capa", &text, Some(8000.0)).unwrap();
        assert_eq!(problem.facilities[FacilityId(1)].levels[0].parcels_per_day, 8000.0);
    }

    #[test]
    fn faults_have_lines() {
        let told = |text: &str| {
            let faults = read("cap", text, None).unwrap_err();
            (faults[0].place.line.unwrap_or(0), faults[0].code)
        };
        assert_eq!(told(""), (1, "E302"));
        assert_eq!(told("2 x\n"), (1, "E302"));
        assert_eq!(told("4000000000 4000000000\n1"), (2, "E304"));
        assert_eq!(told(&CAP.replace("8 4", "8")), (9, "E304"));
        assert_eq!(told(&CAP.replace("8 4", "8 NaN")), (7, "E302"));
        assert_eq!(told(&SINGLE.replace("8 4", "inf inf")), (6, "E307"));
    }

    #[test]
    fn a_customer_without_demand_keeps_its_cost() {
        let problem = read("cap", "1 1\n10 5\n0\n7\n", None).unwrap();
        let usd = problem.options[OptionId(0)].usd_per_parcel
            * problem.demands[DemandId(0)].parcels_per_day;
        assert!((usd - 7.0).abs() < 1e-9);
    }
}
