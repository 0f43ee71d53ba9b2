//! Prices of lots that make the bound small: a Lagrangian dual.
//!
//! The parcels of a lot are priced so that divisible bids and packages together want about what
//! there is. The curves of divisible bids are minimised over exactly, within a distance of the
//! last prices (a proximal step); what packages want enters as an average over rounds, as in the
//! volume algorithm (Barahona and Anbil 2000), because single rounds jump between all and nothing.

use crate::core::{Core, FREE, Shared};
use postroad_model::{IdVec, LotId};
use postroad_optimization::Control;

/// Rounds of the descent: its bound moves by some 10⁻⁵ after them.
const ROUNDS: u32 = 200;
/// First weight of the distance from the last prices.
const WEIGHT: f64 = 0.1;
/// Halvings in the search for the price of a shared capacity.
const HALVINGS: usize = 30;

/// Prices and what they prove.
#[derive(Clone)]
pub(crate) struct Dual {
    /// Price of a daily parcel of each lot over the term, in micros.
    pub(crate) prices: Vec<f64>,
    /// The bound at these prices, in micros.
    pub(crate) bound: f64,
}

impl Dual {
    /// The prices in whole micros.
    pub(crate) fn whole_prices(&self) -> IdVec<LotId, i64> {
        self.prices.iter().map(|price| price.round() as i64).collect()
    }
}

/// State of the descent.
struct Descent<'a> {
    core: &'a Core,
    prices: Vec<f64>,
    /// What packages want of each lot, averaged over rounds.
    wanted: Vec<f64>,
    /// What packages want of each lot at the present prices.
    now: Vec<f64>,
    /// A price difference that matters at each lot.
    scale: Vec<f64>,
    /// The option of each group that is best at the present prices, and its surplus.
    best: Vec<(f64, u32)>,
}

impl Core {
    /// Prices without any option: where each curve meets the capacity.
    pub(crate) fn curve_prices(&self) -> Vec<f64> {
        let price = |lot: usize| {
            let mut left = u64::from(self.capacity[lot]);
            for segment in self.curve(lot) {
                if u64::from(segment.parcels) >= left {
                    return segment.gain as f64;
                }
                left -= u64::from(segment.parcels);
            }
            0.0
        };
        let mut prices: Vec<f64> = (0..self.lots()).map(price).collect();
        for shared in &self.shared {
            let demand = |lot: usize, price: f64| self.demand(lot, price);
            self.raise(shared, &mut prices, &demand);
        }
        prices
    }

    /// Parcels that the curve of a lot wants at more than a price, at most all.
    fn demand(&self, lot: usize, price: f64) -> f64 {
        let above = self.curve(lot).iter().take_while(|segment| segment.gain as f64 > price);
        let parcels: f64 = above.map(|segment| f64::from(segment.parcels)).sum();
        parcels.min(f64::from(self.capacity[lot]))
    }

    /// Raises the prices of lots with a shared capacity to the least one at which no more than that
    /// is wanted of them together. At its own price of above 0 a lot is wanted whole.
    fn raise(&self, shared: &Shared, prices: &mut [f64], demand: &dyn Fn(usize, f64) -> f64) {
        let own: Vec<f64> = shared.lots.iter().map(|&lot| prices[lot as usize]).collect();
        let wanted = |least: f64| -> f64 {
            let of = |(&lot, &own): (&u32, &f64)| {
                if own >= least && own > 0.0 {
                    f64::from(self.capacity[lot as usize])
                } else {
                    demand(lot as usize, least.max(own))
                }
            };
            shared.lots.iter().zip(&own).map(of).sum()
        };
        let capacity = f64::from(shared.capacity);
        if wanted(0.0) <= capacity {
            return;
        }
        let (mut low, mut high) =
            (0.0, own.iter().fold(1.0, |most: f64, &own| most.max(2.0 * own)));
        while wanted(high) > capacity && high < 1e18 {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if wanted(middle) > capacity {
                low = middle;
            } else {
                high = middle;
            }
        }
        for &lot in &shared.lots {
            prices[lot as usize] = prices[lot as usize].max(high);
        }
    }

    /// The most that all parcels can bring in at some prices.
    fn income(&self, prices: &[f64]) -> f64 {
        let alone = (0..self.lots()).filter(|&lot| self.shared_of[lot] == FREE);
        let mut income: f64 = alone.map(|lot| prices[lot] * f64::from(self.capacity[lot])).sum();
        for shared in &self.shared {
            let mut dearest = shared.lots.clone();
            dearest.sort_by(|&a, &b| prices[b as usize].total_cmp(&prices[a as usize]));
            let mut left = shared.capacity;
            for lot in dearest {
                let parcels = self.capacity[lot as usize].min(left);
                left -= parcels;
                income += prices[lot as usize] * f64::from(parcels);
            }
        }
        income
    }

    /// The surplus of an option at `prices`.
    pub(crate) fn surplus(&self, option: usize, prices: &[f64]) -> f64 {
        let charge: f64 =
            self.items(option).iter().map(|&(l, q)| prices[l as usize] * f64::from(q)).sum();
        self.choices[option].gain as f64 - charge
    }

    /// What the curve of a lot adds to the bound at a price.
    fn curve_bound(&self, lot: usize, price: f64) -> f64 {
        let mut bound = 0.0;
        for segment in self.curve(lot) {
            let surplus = segment.gain as f64 - price;
            if surplus <= 0.0 {
                break;
            }
            bound += surplus * f64::from(segment.parcels);
        }
        bound
    }
}

impl Descent<'_> {
    /// What options want at the present prices; returns the bound.
    fn choose(&mut self) -> f64 {
        let core = self.core;
        self.now.fill(0.0);
        self.best.fill((0.0, FREE));
        let mut bound = 0.0;
        for option in 0..core.choices.len() {
            let surplus = core.surplus(option, &self.prices);
            if surplus <= 0.0 {
                continue;
            }
            let group = core.choices[option].group;
            if group == FREE {
                bound += surplus;
                self.want(option);
            } else if core.group_limit[group as usize] == 1 {
                let best = &mut self.best[group as usize];
                if surplus > best.0 {
                    *best = (surplus, option as u32);
                }
            }
        }
        bound += self.choose_in_groups();
        let curves: f64 = (0..core.lots()).map(|l| core.curve_bound(l, self.prices[l])).sum();
        bound + curves + core.income(&self.prices)
    }

    fn choose_in_groups(&mut self) -> f64 {
        let core = self.core;
        let mut bound = 0.0;
        for group in 0..core.group_limit.len() {
            if core.group_limit[group] == 1 {
                let (surplus, option) = self.best[group];
                if option != FREE {
                    bound += surplus;
                    self.want(option as usize);
                }
                continue;
            }
            let of = |&o: &u32| (core.surplus(o as usize, &self.prices), o);
            let mut surpluses: Vec<(f64, u32)> = core.group(group as u32).iter().map(of).collect();
            surpluses.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for &(surplus, option) in surpluses.iter().take(core.group_limit[group] as usize) {
                if surplus > 0.0 {
                    bound += surplus;
                    self.want(option as usize);
                }
            }
        }
        bound
    }

    fn want(&mut self, option: usize) {
        for &(lot, parcels) in self.core.items(option) {
            self.now[lot as usize] += f64::from(parcels);
        }
    }

    /// New prices: the least of each lot's part of the bound, near `from`.
    fn step(&mut self, from: &[f64], weight: f64) {
        for (lot, &from) in from.iter().enumerate() {
            let capacity = f64::from(self.core.capacity[lot]);
            let stiff = weight * capacity / self.scale[lot];
            self.prices[lot] =
                self.proximal(lot, capacity - self.wanted[lot], from, stiff).max(0.0);
        }
        let core = self.core;
        let mut prices = std::mem::take(&mut self.prices);
        for shared in &core.shared {
            let demand = |lot: usize, price: f64| {
                let capacity = f64::from(core.capacity[lot]);
                let stiff = weight * capacity / self.scale[lot];
                self.wanted[lot] + core.demand(lot, price) - stiff * (price - from[lot])
            };
            core.raise(shared, &mut prices, &demand);
        }
        self.prices = prices;
    }

    /// Where `left` − parcels of the curve above the price + `stiff` (price − `from`) is 0.
    fn proximal(&self, lot: usize, left: f64, from: f64, stiff: f64) -> f64 {
        let mut sold = 0.0;
        for segment in self.core.curve(lot) {
            let gain = segment.gain as f64;
            // The slope just above this segment's gain, and just below it.
            if left - sold + stiff * (gain - from) <= 0.0 {
                break;
            }
            sold += f64::from(segment.parcels);
            if left - sold + stiff * (gain - from) <= 0.0 {
                return gain;
            }
        }
        from - (left - sold) / stiff
    }
}

/// Descends from the prices of the curves alone.
pub(crate) fn descend(core: &Core, control: &Control) -> Dual {
    let prices = core.curve_prices();
    let scale = (0..core.lots()).map(|lot| price_scale(core, lot, prices[lot])).collect();
    let zero = vec![0.0; core.lots()];
    let best_of_groups = vec![(0.0, FREE); core.group_limit.len()];
    let mut descent =
        Descent { core, prices, wanted: zero.clone(), now: zero, scale, best: best_of_groups };
    let mut bound = descent.choose();
    let mut best = Dual { prices: descent.prices.clone(), bound };
    descent.wanted.copy_from_slice(&descent.now);
    let mut weight = WEIGHT;
    let mut without = 0;
    for round in 1..=ROUNDS {
        if control.is_over() {
            break;
        }
        let share = (2.0 / (f64::from(round) + 2.0)).max(0.02);
        for (wanted, now) in descent.wanted.iter_mut().zip(&descent.now) {
            *wanted += share * (now - *wanted);
        }
        let from = best.prices.clone();
        descent.step(&from, weight);
        bound = descent.choose();
        if bound < best.bound {
            best.bound = bound;
            best.prices.copy_from_slice(&descent.prices);
            without = 0;
        } else {
            without += 1;
            if without >= 10 {
                weight *= 1.5;
                without = 0;
            }
        }
    }
    best
}

/// A twentieth of what a parcel of the lot is worth, to a divisible bid or to the best option.
fn price_scale(core: &Core, lot: usize, price: f64) -> f64 {
    let first = core.curve(lot).first().map_or(price, |segment| price.max(segment.gain as f64));
    let each = |&option: &u32| {
        let items = core.items(option as usize).iter();
        let parcels: f64 = items.map(|&(_, parcels)| f64::from(parcels)).sum();
        core.choices[option as usize].gain as f64 / parcels
    };
    let most = core.users(lot).iter().map(each).fold(first, f64::max);
    (0.05 * if core.curve(lot).is_empty() { most } else { first }).max(1.0)
}
