//! Times for a route that is given as it is: windows may be broken, but as little as can be.
//!
//! Of all times that a vehicle can keep, those with the fewest seconds outside windows, summed over
//! the steps; of these those of the shortest route, of these the earliest. A dynamic programme over
//! the steps: the least price of what has been, as a function of the time at which a step begins,
//! is linear in pieces, and stays so when a step is added.

use super::{AMOUNT_MAX, TimeWindow};

/// A step of a given route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenStep {
    /// Time on the way from the last place; `None` for a break, which is taken before or after the
    /// way to the next place.
    pub travel_s: Option<i64>,
    /// It should begin within one of them; ascending. Empty: at any time.
    pub windows: Vec<TimeWindow>,
    /// It must not begin before or after.
    pub bounds_s: [i64; 2],
    /// Time at the step.
    pub spent_s: i64,
}

/// When a step begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GivenTime {
    /// When the vehicle is there.
    pub arrival_s: i64,
    /// When the step begins.
    pub begin_s: i64,
    /// Seconds before (negative) or after the nearest window.
    pub outside_s: i64,
}

/// Beyond any window.
const FAR_S: i64 = 4 * AMOUNT_MAX as i64;

/// The best times of all steps; `None` if the bounds contradict each other.
pub fn given_times(steps: &[GivenStep]) -> Option<Vec<GivenTime>> {
    let total_s: i64 = steps.iter().map(|step| step.spent_s + step.travel_s.unwrap_or(0)).sum();
    let horizon = Horizon { from_s: -FAR_S - total_s, to_s: FAR_S + total_s };
    let states = horizon.states(steps)?;
    let mut times = Vec::new();
    let mut last: Option<(usize, i64)> = None;
    for (at, state) in states.iter().enumerate().rev() {
        let (driven, begin_s) = match last {
            None => (0, state[0].as_ref()?.lowest(i64::MAX)?.1),
            Some((driven, begin_s)) => {
                let ways = gaps(steps, at, driven).into_iter().enumerate();
                let reached = ways.filter_map(|(before, gap_s)| {
                    let (price, s) = state[before].as_ref()?.lowest(begin_s - gap_s?)?;
                    Some((price, before, s))
                });
                let (_, before, s) = reached.min()?;
                (before, s)
            }
        };
        last = Some((driven, begin_s));
        times.push((driven, begin_s));
    }
    times.reverse();
    let time = |at: usize| {
        let (driven, begin_s) = times[at];
        let arrival_s = match at {
            0 => begin_s,
            _ => {
                let (before, start_s) = times[at - 1];
                let gap_s = gaps(steps, at - 1, driven)[before];
                start_s + gap_s.expect("the way here was taken")
            }
        };
        let outside_s = outside_s(&steps[at].windows, begin_s);
        GivenTime { arrival_s, begin_s, outside_s }
    };
    Some((0..times.len()).map(time).collect())
}

/// Seconds from the beginning of a step to that of the next at least, from a state (0: the way to
/// the next place lies ahead, 1: it is driven) into the state `driven` of the next step.
fn gaps(steps: &[GivenStep], at: usize, driven: usize) -> [Option<i64>; 2] {
    let spent_s = steps[at].spent_s;
    let rest = &steps[at + 1..];
    let travel_s = rest.iter().find_map(|step| step.travel_s).unwrap_or(0);
    let was_break = steps[at].travel_s.is_none();
    let is_break = rest[0].travel_s.is_none();
    match (is_break, driven) {
        (true, 0) => [Some(spent_s), None],
        _ => [Some(spent_s + travel_s), was_break.then_some(spent_s)],
    }
}

/// Seconds before (negative) or after the nearest window.
fn outside_s(windows: &[TimeWindow], s: i64) -> i64 {
    let off = |window: &TimeWindow| {
        let (start_s, end_s) = (i64::from(window.start_s), i64::from(window.end_s));
        (s - start_s).min(0) + (s - end_s).max(0)
    };
    windows.iter().map(off).min_by_key(|off_s| off_s.abs()).unwrap_or(0)
}

/// The times that can matter.
#[derive(Clone, Copy)]
struct Horizon {
    from_s: i64,
    to_s: i64,
}

impl Horizon {
    /// Price of all up to each step by the time it begins, for both states.
    fn states(self, steps: &[GivenStep]) -> Option<Vec<[Option<Curve>; 2]>> {
        let mut states: Vec<[Option<Curve>; 2]> = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let own = self.own(step, at == 0, at + 1 == steps.len())?;
            let Some(before) = states.last() else {
                states.push([Some(own), None]);
                continue;
            };
            let next = [0, 1].map(|driven| {
                if driven == 1 && step.travel_s.is_some() {
                    return None;
                }
                let ways = gaps(steps, at - 1, driven);
                let reached = before.iter().zip(ways).filter_map(|(curve, gap_s)| {
                    Some(curve.as_ref()?.lowest_so_far(gap_s?, self.to_s))
                });
                reached.reduce(|a, b| a.least(&b))?.plus(&own)
            });
            states.push(next);
        }
        Some(states)
    }

    /// The price of beginning a step at a time: seconds outside windows first, then the time of
    /// the route, which its last step ends and its first begins.
    fn own(self, step: &GivenStep, is_first: bool, is_last: bool) -> Option<Curve> {
        let from_s = self.from_s.max(step.bounds_s[0]);
        let to_s = self.to_s.min(step.bounds_s[1]);
        let mut corners = vec![from_s, to_s];
        for window in &step.windows {
            corners.extend([i64::from(window.start_s), i64::from(window.end_s)]);
        }
        for gap in step.windows.windows(2) {
            let both = i64::from(gap[0].end_s) + i64::from(gap[1].start_s);
            corners.extend([both.div_euclid(2), (both + 1).div_euclid(2)]);
        }
        corners.retain(|corner| (from_s..=to_s).contains(corner));
        corners.sort_unstable();
        corners.dedup();
        let second = i128::from(self.to_s - self.from_s) + 1;
        let way = i128::from(is_last) - i128::from(is_first);
        let price = |s: i64| {
            let outside_s = outside_s(&step.windows, s).abs();
            (s, i128::from(outside_s) * second + i128::from(s) * way)
        };
        let corners: Vec<_> = corners.into_iter().map(price).collect();
        (!corners.is_empty()).then_some(Curve(corners))
    }
}

/// Prices at some times, linear between them with whole slopes.
#[derive(Clone, PartialEq, Debug)]
struct Curve(Vec<(i64, i128)>);

impl Curve {
    fn ends(&self) -> [i64; 2] {
        [self.0[0].0, self.0[self.0.len() - 1].0]
    }

    /// The price at a time between the ends.
    fn at(&self, s: i64) -> i128 {
        let next = self.0.partition_point(|corner| corner.0 < s);
        let (end_s, end) = self.0[next];
        if end_s == s {
            return end;
        }
        let (start_s, start) = self.0[next - 1];
        start + (end - start) / i128::from(end_s - start_s) * i128::from(s - start_s)
    }

    /// The lowest price up to a time, and the first time that has it.
    fn lowest(&self, to_s: i64) -> Option<(i128, i64)> {
        let [from_s, end_s] = self.ends();
        if to_s < from_s {
            return None;
        }
        let to_s = to_s.min(end_s);
        let corners = self.0.iter().take_while(|corner| corner.0 <= to_s);
        corners.map(|&(s, price)| (price, s)).chain([(self.at(to_s), to_s)]).min()
    }

    /// The lowest price up to so many seconds before each time, until `to_s`.
    fn lowest_so_far(&self, gap_s: i64, to_s: i64) -> Self {
        let mut corners = vec![self.0[0]];
        for pair in self.0.windows(2) {
            let [(start_s, start), (end_s, end)] = [pair[0], pair[1]];
            let lowest = corners[corners.len() - 1].1;
            if end >= lowest {
                continue;
            }
            // The last second at which this piece is not below what there was.
            let fall = (start - end) / i128::from(end_s - start_s);
            let level_s = start_s + ((start - lowest) / fall) as i64;
            for s in [level_s, level_s + 1, end_s] {
                let price = (start - fall * i128::from(s - start_s)).min(lowest);
                if s <= end_s && corners[corners.len() - 1].0 < s {
                    corners.push((s, price));
                }
            }
        }
        let last = corners[corners.len() - 1];
        corners.iter_mut().for_each(|corner| corner.0 += gap_s);
        if last.0 + gap_s < to_s {
            corners.push((to_s, last.1));
        }
        Curve(corners)
    }

    /// The lower of two curves; where only one is, that.
    fn least(&self, other: &Self) -> Self {
        let [a, b] = if self.ends()[0] <= other.ends()[0] { [self, other] } else { [other, self] };
        let from_s = b.ends()[0];
        // Both end at the horizon, or later.
        let to_s = a.ends()[1].min(b.ends()[1]);
        let mut times: Vec<i64> = a.0.iter().chain(&b.0).map(|corner| corner.0).collect();
        times.push(from_s - 1);
        times.retain(|&s| s >= a.ends()[0] && s <= to_s);
        times.sort_unstable();
        times.dedup();
        let mut corners: Vec<(i64, i128)> = Vec::new();
        for (index, &s) in times.iter().enumerate() {
            if s < from_s {
                corners.push((s, a.at(s)));
                continue;
            }
            let (x, y) = (a.at(s), b.at(s));
            if let Some(&before_s) = index.checked_sub(1).and_then(|index| times.get(index))
                && before_s >= from_s
            {
                let (u, v) = (a.at(before_s), b.at(before_s));
                let (apart, closer) = ((u - v).abs(), ((u - v) - (x - y)).abs());
                if (u - v).signum() * (x - y).signum() < 0 {
                    let middle_s = before_s + (apart * i128::from(s - before_s) / closer) as i64;
                    let between = [middle_s, middle_s + 1];
                    let between = between.into_iter().filter(|&m| before_s < m && m < s);
                    corners.extend(between.map(|m| (m, a.at(m).min(b.at(m)))));
                }
            }
            corners.push((s, x.min(y)));
        }
        Curve(corners)
    }

    /// The sum where both are.
    fn plus(&self, other: &Self) -> Option<Self> {
        let from_s = self.ends()[0].max(other.ends()[0]);
        let to_s = self.ends()[1].min(other.ends()[1]);
        if from_s > to_s {
            return None;
        }
        let mut times: Vec<i64> = self.0.iter().chain(&other.0).map(|corner| corner.0).collect();
        times.extend([from_s, to_s]);
        times.retain(|s| (from_s..=to_s).contains(s));
        times.sort_unstable();
        times.dedup();
        Some(Curve(times.into_iter().map(|s| (s, self.at(s) + other.at(s))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(travel_s: Option<i64>, windows: &[[i32; 2]], spent_s: i64) -> GivenStep {
        let window = |&[start_s, end_s]: &[i32; 2]| TimeWindow { start_s, end_s };
        let windows = windows.iter().map(window).collect();
        GivenStep { travel_s, windows, bounds_s: [i64::MIN, i64::MAX], spent_s }
    }

    /// Price of the best times by trying all up to 40.
    fn tried(steps: &[GivenStep]) -> Option<(i64, i64)> {
        fn go(
            steps: &[GivenStep],
            at: usize,
            earliest_s: i64,
            ahead_s: i64,
        ) -> Vec<(i64, i64, i64)> {
            let Some(step) = steps.get(at) else { return vec![(0, i64::MIN, 0)] };
            let mut found = Vec::new();
            let ways = match step.travel_s {
                Some(_) => vec![(earliest_s + ahead_s, 0)],
                None if ahead_s > 0 => vec![(earliest_s, ahead_s), (earliest_s + ahead_s, 0)],
                None => vec![(earliest_s, 0)],
            };
            for (from_s, left_s) in ways {
                for s in from_s.max(step.bounds_s[0])..=step.bounds_s[1].min(40) {
                    let end_s = s + step.spent_s;
                    let next = match (step.travel_s, steps.get(at + 1)) {
                        (Some(_), Some(_)) => {
                            steps[at + 1..].iter().find_map(|step| step.travel_s).unwrap_or(0)
                        }
                        _ => left_s,
                    };
                    let best = go(steps, at + 1, end_s, next).into_iter().min();
                    let Some((outside, last, _)) = best else { continue };
                    let own = outside_s(&step.windows, s).abs();
                    let last = if last == i64::MIN { s } else { last };
                    found.push((outside + own, last - if at == 0 { s } else { 0 }, s));
                }
            }
            found.into_iter().min().into_iter().collect()
        }
        go(steps, 0, -40, 0).into_iter().min().map(|(outside, last, _)| (outside, last))
    }

    fn check(steps: &[GivenStep]) {
        let times = given_times(steps);
        let told = times.map(|times| {
            let outside_s: i64 = times.iter().map(|time| time.outside_s.abs()).sum();
            for (pair, step) in times.windows(2).zip(steps) {
                assert!(pair[1].arrival_s <= pair[1].begin_s);
                assert!(pair[1].arrival_s >= pair[0].begin_s + step.spent_s);
            }
            (outside_s, times[times.len() - 1].begin_s - times[0].begin_s)
        });
        assert_eq!(told, tried(steps), "{steps:?}");
    }

    #[test]
    fn times_are_the_best_of_all() {
        check(&[step(Some(0), &[[0, 9]], 0), step(Some(4), &[[2, 3], [12, 14]], 2)]);
        // Late at one end or early at the other, with the start bound.
        let mut bound = [
            step(Some(0), &[[10, 30]], 0),
            step(Some(5), &[[0, 12]], 1),
            step(Some(5), &[[0, 14]], 1),
        ];
        check(&bound);
        bound[0].bounds_s = [8, 20];
        check(&bound);
        bound[1].bounds_s = [0, 3];
        check(&bound);
        // A break before or after the way.
        for window in [[0, 2], [6, 7], [11, 15], [3, 3]] {
            let rest = step(None, &[window], 3);
            check(&[step(Some(0), &[[0, 0]], 1), rest.clone(), step(Some(5), &[[9, 9]], 0)]);
        }
    }

    #[test]
    fn random_routes_have_the_best_times() {
        let mut state = 1u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % n) as i32
        };
        for _ in 0..40 {
            let mut steps = Vec::new();
            for at in 0..4 {
                let (a, b) = (below(12), below(5));
                let mut windows = vec![[a, a + b]];
                if below(2) == 0 {
                    windows.push([a + b + 1 + below(6), a + b + 8]);
                }
                let is_break = at == 2 && below(2) == 0;
                let travel_s = (!is_break).then(|| i64::from(below(5)));
                steps.push(step(travel_s, &windows, i64::from(below(4))));
                if below(4) == 0 {
                    steps[at].bounds_s = [i64::from(below(9)), i64::from(9 + below(9))];
                }
            }
            steps[0].travel_s = Some(0);
            check(&steps);
        }
    }
}
