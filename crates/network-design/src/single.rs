//! Single sourcing: from split demands to whole ones, with every facility within its capacity.
//!
//! Given the open facilities this is the generalised assignment problem. Demands shift to another
//! facility or swap places with another demand (Osman 1995); overload is allowed at a price that
//! rises while it lasts.

use crate::core::{Core, NONE};
use crate::draft::Draft;
use crate::priced::Priced;
use crate::transport::CLOSED;

/// Rises of the price of overload before giving up.
const RISES: u32 = 40;

/// Passes of improvement once nothing is overloaded.
const PASSES: u32 = 30;

/// Each demand's only option, and who is at each facility.
pub(crate) struct Assigned<'a> {
    core: &'a Core,
    priced: &'a Priced,
    choice: Vec<u32>,
    load: Vec<f64>,
    capacity: Vec<f64>,
    /// Demands at each facility, in no order.
    members: Vec<Vec<u32>>,
}

impl<'a> Assigned<'a> {
    /// Each demand takes the option that has most of it.
    fn new(core: &'a Core, priced: &'a Priced, draft: &Draft) -> Self {
        let mut assigned = Self {
            core,
            priced,
            choice: Vec::with_capacity(core.demands()),
            load: vec![0.0; core.facilities()],
            capacity: vec![0.0; core.facilities()],
            members: vec![Vec::new(); core.facilities()],
        };
        for f in 0..core.facilities() {
            if draft.level[f] != CLOSED {
                assigned.capacity[f] = core.levels(f)[draft.level[f] as usize].capacity;
            }
        }
        for demand in 0..core.demands() {
            let most = core
                .options(demand)
                .max_by(|&a, &b| draft.flow[a].total_cmp(&draft.flow[b]).then(b.cmp(&a)))
                .expect("every demand has an option");
            assigned.choice.push(most as u32);
            assigned.join(demand, most);
        }
        assigned
    }

    fn join(&mut self, demand: usize, option: usize) {
        self.choice[demand] = option as u32;
        let f = self.core.option_facility[option];
        if f != NONE {
            self.load[f as usize] += self.core.parcels[demand];
            self.members[f as usize].push(demand as u32);
        }
    }

    fn leave(&mut self, demand: usize) {
        let f = self.core.option_facility[self.choice[demand] as usize];
        if f != NONE {
            self.load[f as usize] -= self.core.parcels[demand];
            let members = &mut self.members[f as usize];
            let at = members.iter().position(|&d| d == demand as u32);
            members.swap_remove(at.expect("a demand is a member where it is assigned"));
        }
    }

    fn overload_at(&self, facility: u32, load: f64) -> f64 {
        if facility == NONE {
            return 0.0;
        }
        let capacity = self.capacity[facility as usize];
        (load - capacity * (1.0 + 1e-9)).max(0.0)
    }

    fn load_of(&self, facility: u32) -> f64 {
        if facility == NONE { 0.0 } else { self.load[facility as usize] }
    }

    fn overload(&self) -> f64 {
        (0..self.load.len()).map(|f| self.overload_at(f as u32, self.load[f])).sum()
    }

    fn is_open(&self, option: usize) -> bool {
        let f = self.core.option_facility[option];
        f == NONE || self.capacity[f as usize] > 0.0
    }

    fn cost(&self, demand: usize, option: usize) -> f64 {
        self.priced.option_cost[option] * self.core.parcels[demand]
    }

    /// Change of cost and priced overload if `demand` goes to `option`.
    fn shift_delta(&self, demand: usize, option: usize, price: f64) -> f64 {
        let parcels = self.core.parcels[demand];
        let from = self.core.option_facility[self.choice[demand] as usize];
        let to = self.core.option_facility[option];
        let mut delta = self.cost(demand, option) - self.cost(demand, self.choice[demand] as usize);
        if from != to {
            delta += price
                * (self.overload_at(from, self.load_of(from) - parcels)
                    - self.overload_at(from, self.load_of(from))
                    + self.overload_at(to, self.load_of(to) + parcels)
                    - self.overload_at(to, self.load_of(to)));
        }
        delta
    }

    /// The option of a demand at a facility, if it has one.
    fn option_at(&self, demand: usize, facility: u32) -> Option<usize> {
        let at = |o: &usize| self.core.option_facility[*o] == facility;
        self.core
            .options(demand)
            .filter(at)
            .min_by(|&a, &b| self.priced.option_cost[a].total_cmp(&self.priced.option_cost[b]))
    }

    /// Moves one demand to its best option if that helps.
    fn improve_by_shift(&mut self, demand: usize, price: f64) -> bool {
        let mut best = (-1e-9, usize::MAX);
        for option in self.core.options(demand) {
            if option as u32 != self.choice[demand] && self.is_open(option) {
                let delta = self.shift_delta(demand, option, price);
                if delta < best.0 {
                    best = (delta, option);
                }
            }
        }
        if best.1 == usize::MAX {
            return false;
        }
        self.leave(demand);
        self.join(demand, best.1);
        true
    }

    /// Exchanges one demand with another at the facility it would like, if that helps.
    fn improve_by_swap(&mut self, demand: usize, price: f64) -> bool {
        let from = self.core.option_facility[self.choice[demand] as usize];
        let parcels = self.core.parcels[demand];
        let mut best = (-1e-9, usize::MAX, usize::MAX, usize::MAX);
        for option in self.core.options(demand) {
            let to = self.core.option_facility[option];
            if to == NONE || to == from || !self.is_open(option) {
                continue;
            }
            let gain = self.cost(demand, option) - self.cost(demand, self.choice[demand] as usize);
            for &other in &self.members[to as usize] {
                let other = other as usize;
                let Some(back) = self.option_at(other, from) else { continue };
                let change = parcels - self.core.parcels[other];
                let delta = gain + self.cost(other, back)
                    - self.cost(other, self.choice[other] as usize)
                    + price
                        * (self.overload_at(from, self.load_of(from) - change)
                            - self.overload_at(from, self.load_of(from))
                            + self.overload_at(to, self.load_of(to) + change)
                            - self.overload_at(to, self.load_of(to)));
                if delta < best.0 {
                    best = (delta, option, other, back);
                }
            }
        }
        let (_, option, other, back) = best;
        if option == usize::MAX {
            return false;
        }
        self.leave(demand);
        self.leave(other);
        self.join(demand, option);
        self.join(other, back);
        true
    }

    /// One look at every demand; whether anything helped.
    fn pass(&mut self, price: f64) -> bool {
        let mut better = false;
        for demand in 0..self.core.demands() {
            better |= self.improve_by_shift(demand, price);
            better |= self.improve_by_swap(demand, price);
        }
        better
    }
}

/// Makes a draft single-sourced and keeps capacities; false if that did not succeed.
pub(crate) fn unsplit(core: &Core, priced: &Priced, draft: &mut Draft) -> bool {
    let mut assigned = Assigned::new(core, priced, draft);
    let cost: f64 =
        (0..core.demands()).map(|d| assigned.cost(d, assigned.choice[d] as usize).abs()).sum();
    let mut price = cost / core.total_parcels;
    for _ in 0..RISES {
        let mut passes = 0;
        while assigned.pass(price) && passes < PASSES {
            passes += 1;
        }
        if assigned.overload() <= 0.0 {
            break;
        }
        price *= 1.5;
    }
    draft.flow.fill(0.0);
    for demand in 0..core.demands() {
        draft.flow[assigned.choice[demand] as usize] = core.parcels[demand];
    }
    draft.refresh_loads(core);
    assigned.overload() <= 0.0
}
