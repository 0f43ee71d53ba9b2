//! The demand curve: the same problem along a line of postal prices.
//!
//! With the price p of a postal parcel the only thing that moves, a plan costs A + V·p, where V is
//! its postal volume. So every plan found can be tried at every price for nothing, and the least
//! cost of all plans is a concave function of p: between two prices it lies above the straight
//! line through their bounds (Gusfield 1980 on parametric optimisation). Both are used: each point
//! takes the cheapest plan found anywhere on the line, and the best bound that its neighbours prove.

use postroad_model::network::{Channel, NetworkPlan, NetworkProblem};
use postroad_network_design::{Config, WarmStart};

use super::Runner;
use super::answer::Answer;
use super::carry::carry;
use crate::parallel;

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
    /// Its cost.
    pub cost_usd_per_day: f64,
    /// No plan costs less.
    pub bound_usd_per_day: f64,
}

/// What a plan costs at any price: `fixed + volume · price`.
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

/// Solves `plain`, a problem without volume terms of the operator, along a line of postal prices.
/// Two chains of warm starts lead upwards, from the lowest price and from today's, whatever the number of threads. Points
/// that could not be solved in time are left out.
pub fn demand_curve(
    runner: &Runner,
    plain: &NetworkProblem,
    line: &PriceLine,
    config: &Config,
    start: Option<&WarmStart>,
) -> Vec<CurvePoint> {
    let (below, above): (Vec<f64>, Vec<f64>) =
        line.prices_usd_per_parcel.iter().partition(|&&p| p < line.now_usd_per_parcel);
    // Units close one by one as the price rises; that thousands open at once a warm start does not
    // find. So the lower chain begins from nothing at the lowest price.
    let chains = [(below, None), (above, start)];
    let solved = parallel::map(runner.threads, &chains, |(prices, start)| {
        chain(runner, plain, line.now_usd_per_parcel, prices, config, *start)
    });
    let mut found: Vec<(f64, Answer)> = solved.into_iter().flatten().collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    points(plain, line.now_usd_per_parcel, &found)
}

fn chain(
    runner: &Runner,
    plain: &NetworkProblem,
    now: f64,
    prices: &[f64],
    config: &Config,
    start: Option<&WarmStart>,
) -> Vec<(f64, Answer)> {
    let mut warm = start.cloned();
    let mut found: Vec<(f64, Answer)> = Vec::new();
    let mut problem = at_price(plain, 0.0);
    for &price in prices {
        if runner.control.is_over() {
            break;
        }
        let before = std::mem::replace(&mut problem, at_price(plain, price - now));
        let last = found.last().map(|(_, answer)| answer);
        let carried = last.and_then(|answer| carry(&before, answer, &problem));
        let carried = carried.as_ref().and_then(Answer::warm_start);
        let from = carried.as_ref().or(warm.as_ref());
        let answer = Answer::find(&problem, config, &runner.control, from);
        warm = answer.warm_start().or(warm);
        runner.teller.step(&format!("demand at ${price:.2}"));
        if answer.plan.is_some() {
            found.push((price, answer));
        }
    }
    found
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

/// Each point with the cheapest plan found on the line and the best bound its neighbours prove.
fn points(plain: &NetworkProblem, now: f64, found: &[(f64, Answer)]) -> Vec<CurvePoint> {
    let lines: Vec<Line> = found
        .iter()
        .filter_map(|(_, answer)| answer.plan.as_ref())
        .map(|plan| cost_line(plain, now, plan))
        .collect();
    let bounds: Vec<(f64, f64)> = found.iter().map(|(p, a)| (*p, a.bound_usd_per_day)).collect();
    let cheapest = |price: f64| lines.iter().min_by(|a, b| a.at(price).total_cmp(&b.at(price)));
    bounds
        .iter()
        .filter_map(|&(price, _)| {
            let line = cheapest(price)?;
            Some(CurvePoint {
                price_usd_per_parcel: price,
                postal_parcels_per_day: line.postal_parcels_per_day,
                unit_parcels_per_day: line.unit_parcels_per_day,
                cost_usd_per_day: line.at(price),
                bound_usd_per_day: concave_bound(&bounds, price).min(line.at(price)),
            })
        })
        .collect()
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
}
