//! The demand curve: the same problem along a line of postal prices.
//!
//! With the price p of a postal parcel the only thing that moves, a plan costs A + V·p, where V is
//! its postal volume; which plans are feasible does not depend on p. So every plan found is a plan
//! at every price, and the least cost of all plans is a concave function of p: between two prices
//! it lies above the straight line through their bounds (Gusfield 1980 on parametric optimisation).
//! Each point takes the cheapest plan found anywhere on the line and the best bound its neighbours
//! prove. So only prices at which this leaves too wide a gap are planned, the widest gap between
//! two planned prices first (the sandwich algorithms of Rote 1992).
//!
//! Each is planned from nothing: a start from the plan of a neighbour was measured to take as long
//! where thousands of delivery units open or close, and to end in dearer plans.

use postroad_model::network::{Channel, NetworkPlan, NetworkProblem};
use postroad_network_design::Config;
use postroad_optimization::control::relative_gap;

use super::Runner;
use super::answer::Answer;

/// Prices to try and where they are counted from.
#[derive(Clone, PartialEq, Debug)]
pub struct PriceLine {
    /// Price at the delivery unit that is in the problem now, dollars per parcel.
    pub now_usd_per_parcel: f64,
    /// Prices at the delivery unit to try, ascending, dollars per parcel; the price at the
    /// processing centre moves along.
    pub prices_usd_per_parcel: Vec<f64>,
}

impl PriceLine {
    /// Evenly spaced prices, in cents, from a third of today's to seven thirds of it.
    pub fn around(now_usd_per_parcel: f64, points: usize) -> Self {
        Self::between(
            now_usd_per_parcel,
            now_usd_per_parcel / 3.0,
            now_usd_per_parcel * 7.0 / 3.0,
            points,
        )
    }

    /// Evenly spaced prices, in cents, between two ends.
    pub fn between(now_usd_per_parcel: f64, low: f64, high: f64, points: usize) -> Self {
        let step = (high - low) / points.saturating_sub(1).max(1) as f64;
        let cents = |i: usize| ((low + step * i as f64) * 100.0).round() / 100.0;
        Self { now_usd_per_parcel, prices_usd_per_parcel: (0..points).map(cents).collect() }
    }
}

/// A point of the curve before it is told for people: dollars and parcels per day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CurvePoint {
    /// Price at the delivery unit, dollars per parcel.
    pub price_usd_per_parcel: f64,
    /// Postal volume of the cheapest plan found.
    pub postal_parcels_per_day: f64,
    /// Of these, parcels handed over at the unit.
    pub unit_parcels_per_day: f64,
    /// Least and most postal volume that any cheapest plan can have.
    pub postal_range_parcels_per_day: [f64; 2],
    /// Its cost.
    pub cost_usd_per_day: f64,
    /// No plan costs less.
    pub bound_usd_per_day: f64,
}

/// What a plan costs at any price: `fixed + volume · price`.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Line {
    fixed_usd_per_day: f64,
    postal_parcels_per_day: f64,
    unit_parcels_per_day: f64,
}

impl Line {
    fn at(&self, price: f64) -> f64 {
        self.fixed_usd_per_day + self.postal_parcels_per_day * price
    }
}

/// Solves `plain`, a problem without volume terms of the operator, along a line of postal prices,
/// until every point's gap is at most the one asked for or its price has been planned. There are
/// no points if no plan was found in time.
pub fn demand_curve(
    runner: &Runner,
    plain: &NetworkProblem,
    line: &PriceLine,
    config: &Config,
) -> Vec<CurvePoint> {
    let mut search = Search::new(plain, line);
    let mut wanted = vec![0, line.prices_usd_per_parcel.len() - 1];
    wanted.dedup();
    while !wanted.is_empty() && !runner.control.is_over() {
        let found = runner.workers.map(&wanted, |&i| {
            let price = line.prices_usd_per_parcel[i];
            let problem = at_price(plain, price - line.now_usd_per_parcel);
            let answer = Answer::find(&problem, config, &runner.control);
            runner.teller.step(&format!("demand at ${price:.2}"));
            answer
        });
        for (&i, answer) in wanted.iter().zip(&found) {
            search.keep(i, answer);
        }
        wanted = search.widest_between(config.gap);
    }
    runner.teller.skip(search.tried.iter().filter(|tried| !**tried).count());
    search.points()
}

/// What is known of the line so far.
struct Search<'a> {
    plain: &'a NetworkProblem,
    line: &'a PriceLine,
    /// By price: whether it was planned.
    tried: Vec<bool>,
    /// Plans found.
    plans: Vec<Line>,
    /// Prices with what no plan costs less than there, ascending.
    bounds: Vec<(f64, f64)>,
}

impl<'a> Search<'a> {
    fn new(plain: &'a NetworkProblem, line: &'a PriceLine) -> Self {
        let tried = vec![false; line.prices_usd_per_parcel.len()];
        Self { plain, line, tried, plans: Vec::new(), bounds: Vec::new() }
    }

    fn keep(&mut self, index: usize, answer: &Answer) {
        let price = self.line.prices_usd_per_parcel[index];
        self.tried[index] = true;
        if let Some(plan) = &answer.plan {
            self.plans.push(cost_line(self.plain, self.line.now_usd_per_parcel, plan));
        }
        if answer.bound_usd_per_day.is_finite() {
            self.bounds.push((price, answer.bound_usd_per_day));
            self.bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
    }

    /// Between each two neighbouring prices that were planned, the one with the widest gap, if
    /// that is wider than `gap`.
    fn widest_between(&self, gap: f64) -> Vec<usize> {
        let gaps: Vec<f64> =
            self.line.prices_usd_per_parcel.iter().map(|&price| self.gap(price)).collect();
        let untried: Vec<usize> = (0..gaps.len()).filter(|&i| !self.tried[i]).collect();
        let runs = untried.chunk_by(|a, b| a + 1 == *b);
        let widest = |run: &[usize]| {
            // The middle one of equal gaps, such as there are without any plan yet.
            let off = |i: usize| i.abs_diff(run[run.len() / 2]);
            let order = |a: &usize, b: &usize| gaps[*a].total_cmp(&gaps[*b]);
            run.iter().copied().max_by(|a, b| order(a, b).then(off(*b).cmp(&off(*a))))
        };
        runs.filter_map(widest).filter(|&i| gaps[i] > gap).collect()
    }

    fn gap(&self, price: f64) -> f64 {
        let cost = self.cheapest(price).map_or(f64::INFINITY, |line| line.at(price));
        relative_gap(cost, concave_bound(&self.bounds, price))
    }

    fn cheapest(&self, price: f64) -> Option<&Line> {
        self.plans.iter().min_by(|a, b| a.at(price).total_cmp(&b.at(price)))
    }

    fn points(&self) -> Vec<CurvePoint> {
        self.line.prices_usd_per_parcel.iter().filter_map(|&price| self.point(price)).collect()
    }

    fn point(&self, price: f64) -> Option<CurvePoint> {
        let line = self.cheapest(price)?;
        Some(CurvePoint {
            price_usd_per_parcel: price,
            postal_parcels_per_day: line.postal_parcels_per_day,
            unit_parcels_per_day: line.unit_parcels_per_day,
            postal_range_parcels_per_day: self.volumes(price, line),
            cost_usd_per_day: line.at(price),
            bound_usd_per_day: concave_bound(&self.bounds, price).min(line.at(price)),
        })
    }

    /// The postal volumes a cheapest plan at a price can have. With volume V it would cost no more
    /// than the cost found here plus V for each dollar that another price is higher, and that must
    /// not be below the bound there.
    fn volumes(&self, price: f64, line: &Line) -> [f64; 2] {
        let all = self.plain.parcels_per_day();
        let (mut least, mut most) = (0.0_f64, all);
        for &(other, bound) in &self.bounds {
            let volume = (bound - line.at(price)) / (other - price);
            if other > price {
                least = least.max(volume);
            } else if other < price {
                most = most.min(volume);
            }
        }
        // The plan found is one of those the range must hold, but for rounding.
        let found = line.postal_parcels_per_day;
        [least.min(found), most.max(found)]
    }
}

/// The problem with so much added to every postal parcel.
fn at_price(plain: &NetworkProblem, added_usd_per_parcel: f64) -> NetworkProblem {
    let mut problem = plain.clone();
    for option in problem.options.as_mut_slice() {
        if is_postal(option.channel) {
            option.usd_per_parcel += added_usd_per_parcel;
        }
    }
    problem
}

fn is_postal(channel: Channel) -> bool {
    matches!(channel, Channel::PostalUnit | Channel::PostalCentre)
}

fn cost_line(plain: &NetworkProblem, now: f64, plan: &NetworkPlan) -> Line {
    let volume = |counts: fn(Channel) -> bool| {
        plan.assignments
            .iter()
            .filter(|a| counts(plain.options[a.option].channel))
            .map(|a| plain.demands[a.demand].parcels_per_day * a.share)
            // Starting at 0: the sum of nothing is -0 otherwise.
            .fold(0.0, |sum, parcels| sum + parcels)
    };
    let postal_parcels_per_day = volume(is_postal);
    Line {
        fixed_usd_per_day: plan.cost(plain).total_usd_per_day() - postal_parcels_per_day * now,
        postal_parcels_per_day,
        unit_parcels_per_day: volume(|c| c == Channel::PostalUnit),
    }
}

/// The highest value at `price` of the points themselves and of the chords between them.
fn concave_bound(bounds: &[(f64, f64)], price: f64) -> f64 {
    let mut best = f64::NEG_INFINITY;
    for &(p, low) in bounds.iter().filter(|(p, _)| *p <= price) {
        for &(q, high) in bounds.iter().filter(|(q, _)| *q >= price) {
            let along = if q > p { (price - p) / (q - p) } else { 0.0 };
            best = best.max(low + along * (high - low));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use postroad_model::network::{AreaClass, Demand, Facility, Level, ServiceOption};
    use postroad_model::{FacilityId, IdVec};
    use postroad_optimization::Random;

    #[test]
    fn prices_are_even_and_in_cents() {
        let line = PriceLine::around(3.0, 25);
        assert_eq!(line.prices_usd_per_parcel.len(), 25);
        assert_eq!(line.prices_usd_per_parcel[0], 1.0);
        assert_eq!(line.prices_usd_per_parcel[1], 1.25);
        assert_eq!(line.prices_usd_per_parcel[24], 7.0);
    }

    #[test]
    fn a_weak_bound_is_raised_by_its_neighbours() {
        let bounds = [(1.0, 10.0), (2.0, 5.0), (3.0, 20.0)];
        assert_eq!(concave_bound(&bounds, 2.0), 15.0);
        assert_eq!(concave_bound(&bounds, 1.0), 10.0);
    }

    /// Places with a station each and the post at two prices; stations fit four places.
    fn problem() -> NetworkProblem {
        let mut random = Random::new(5);
        let mut problem = NetworkProblem::new();
        let places = 24;
        let level = |usd_per_day| Level { parcels_per_day: 60.0, usd_per_day, capital_usd: 0.0 };
        let facility = |usd_per_day| Facility {
            levels: vec![level(usd_per_day)],
            closed_usd_per_day: 0.0,
            parent: None,
            is_new: false,
        };
        problem.facilities =
            (0..places / 2).map(|_| facility(20.0 + 60.0 * random.unit())).collect::<IdVec<_, _>>();
        for place in 0..places {
            let option = |channel, facility, usd_per_parcel| ServiceOption {
                channel,
                facility,
                contract: None,
                usd_per_parcel,
                days: 1,
            };
            let near = |k: usize| Some(FacilityId(((place / 2 + k) % (places / 2)) as u32));
            let options = [
                option(Channel::OwnVan, near(0), 1.0 + random.unit()),
                option(Channel::OwnVan, near(1), 1.5 + random.unit()),
                option(Channel::PostalUnit, None, 3.0 + random.unit()),
                option(Channel::ThirdParty, None, 7.0),
            ];
            let parcels_per_day = 5.0 + 20.0 * random.unit();
            let demand = Demand { parcels_per_day, people: 1.0, class: AreaClass::Urban };
            problem.push_demand(demand, &options);
        }
        problem
    }

    fn runner() -> Runner {
        Runner::quiet(2)
    }

    #[test]
    fn every_price_holds_against_a_solve_of_its_own() {
        let plain = problem();
        let line = PriceLine::around(3.0, 25);
        let config = Config { gap: 0.01, rounds: 3, seed: 1, threads: 1 };
        let points = demand_curve(&runner(), &plain, &line, &config);
        assert_eq!(points.len(), 25);
        let exact = Config { gap: 0.0, rounds: 200, ..config };
        for point in &points {
            let problem = at_price(&plain, point.price_usd_per_parcel - line.now_usd_per_parcel);
            let own = Answer::find(&problem, &exact, &runner().control);
            let slack = 1e-6 * own.cost_usd_per_day;
            assert!(own.gap() < 1e-6, "solved exactly");
            assert!(point.bound_usd_per_day <= own.cost_usd_per_day + slack, "{point:?}");
            assert!(point.cost_usd_per_day >= own.bound_usd_per_day - slack, "{point:?}");
            let gap = relative_gap(point.cost_usd_per_day, point.bound_usd_per_day);
            assert!(gap <= config.gap, "{point:?}");
            let plan = own.plan.unwrap();
            let volume = cost_line(&plain, 3.0, &plan).postal_parcels_per_day;
            let [least, most] = point.postal_range_parcels_per_day;
            assert!(least <= volume + 1e-6 && volume <= most + 1e-6, "{volume} in {point:?}");
        }
        let volumes: Vec<f64> = points.iter().map(|p| p.postal_parcels_per_day).collect();
        assert!(volumes[0] > volumes[24] && volumes.is_sorted_by(|a, b| a >= b), "{volumes:?}");
    }

    #[test]
    fn a_plan_costs_at_every_price_what_its_line_says() {
        let plain = problem();
        let config = Config { gap: 0.01, rounds: 3, seed: 1, threads: 1 };
        let answer = Answer::find(&plain, &config, &runner().control);
        let plan = answer.plan.unwrap();
        let line = cost_line(&plain, 3.0, &plan);
        for price in [0.5, 3.0, 9.0] {
            let problem = at_price(&plain, price - 3.0);
            assert!(plan.violations(&problem).is_empty());
            let cost = plan.cost(&problem).total_usd_per_day();
            assert!((cost - line.at(price)).abs() < 1e-6 * cost);
        }
    }
}
