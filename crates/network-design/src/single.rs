//! Single sourcing: whole demands, one option each, within capacities.
//!
//! Plans with split demands show which facilities are worth it; here each demand is given to one of
//! them and the plan is then searched by ruin and recreate (Shaw 1998; Schrimpf and others 2000):
//! some demands near each other are taken out, now and then with their whole facility, and put
//! back where they cost least. Worse plans are accepted less and less often.

use crate::core::{Core, NONE};
use crate::draft::Draft;
use crate::priced::Priced;
use crate::transport::CLOSED;
use postroad_optimization::{Control, Random};

/// Options of a demand that are looked at, cheapest first.
const NEAR_OPTIONS: usize = 40;

/// Facilities that are ruined together at most.
const RUINED: usize = 3;

/// Chance that all demands of a ruined facility are taken out.
const RUIN_WHOLE: f64 = 0.4;

/// Chance that a demand of a facility ruined in part is taken out.
const RUIN_ONE: f64 = 0.4;

/// Chance that a closed facility is favoured while demands are put back.
const FAVOUR: f64 = 0.4;

/// Each demand's option and the load of each facility.
pub(crate) struct SingleSearch<'a> {
    core: &'a Core,
    priced: &'a Priced,
    choice: Vec<u32>,
    load: Vec<f64>,
    /// Demands at each facility, in no order.
    members: Vec<Vec<u32>>,
    /// Options of each demand, cheapest first, a facility's cost spread over its capacity.
    near: Vec<Vec<u32>>,
    /// Cost of a facility per parcel if it were full.
    spread: Vec<f64>,
    pub(crate) cost: f64,
    best_cost: f64,
    best_choice: Vec<u32>,
    /// (demand, option before) of the change under way.
    log: Vec<(u32, u32)>,
    taken_out: Vec<u32>,
    /// Part of its cost that a closed facility counts with when a demand is put there.
    opening_weight: f64,
}

impl<'a> SingleSearch<'a> {
    /// Starts with each demand on the option that has most of it; what does not fit moves on.
    pub(crate) fn new(core: &'a Core, priced: &'a Priced, draft: &Draft) -> Self {
        let spread: Vec<f64> = (0..core.facilities())
            .map(|f| {
                let of =
                    |l: usize| priced.level_cost[l].max(0.0) / core.levels[l].capacity.max(1e-9);
                core.level_range(f).map(of).fold(f64::INFINITY, f64::min)
            })
            .collect();
        let mut search = Self {
            core,
            priced,
            choice: vec![NONE; core.demands()],
            load: vec![0.0; core.facilities()],
            members: vec![Vec::new(); core.facilities()],
            near: Vec::with_capacity(core.demands()),
            spread,
            cost: priced.constant,
            best_cost: f64::INFINITY,
            best_choice: Vec::new(),
            log: Vec::new(),
            taken_out: Vec::new(),
            opening_weight: 1.0,
        };
        search.rank_options();
        search.place_all(draft);
        search
    }

    fn rank_options(&mut self) {
        for demand in 0..self.core.demands() {
            let value = |o: usize| {
                let f = self.core.option_facility[o];
                let spread = if f == NONE { 0.0 } else { self.spread[f as usize] };
                self.priced.option_cost[o] + spread
            };
            let mut options: Vec<u32> = self
                .core
                .options(demand)
                .filter(|&o| {
                    self.core.option_facility[o] != NONE
                        || self.priced.free_option[demand] == o as u32
                })
                .map(|o| o as u32)
                .collect();
            options
                .sort_by(|&a, &b| value(a as usize).total_cmp(&value(b as usize)).then(a.cmp(&b)));
            let free = self.priced.free_option[demand];
            options.truncate(NEAR_OPTIONS);
            if free != NONE && !options.contains(&free) {
                options.push(free);
            }
            self.near.push(options);
        }
    }

    /// Puts demands where the draft has most of them, large ones first, while they fit.
    fn place_all(&mut self, draft: &Draft) {
        let mut order: Vec<usize> = (0..self.core.demands()).collect();
        order.sort_by(|&a, &b| {
            self.core.parcels[b].total_cmp(&self.core.parcels[a]).then(a.cmp(&b))
        });
        let mut homeless = Vec::new();
        for demand in order {
            let most = self
                .core
                .options(demand)
                .max_by(|&a, &b| draft.flow[a].total_cmp(&draft.flow[b]).then(b.cmp(&a)))
                .expect("every demand has an option");
            let f = self.core.option_facility[most];
            let open = f != NONE && draft.level[f as usize] != CLOSED;
            if f == NONE || (open && self.fits(demand, f as usize)) {
                self.join(demand, most as u32);
            } else {
                homeless.push(demand);
            }
        }
        for demand in homeless {
            self.insert(demand, NONE);
        }
        self.log.clear();
        self.keep_best();
    }

    fn capacity(&self, facility: usize) -> f64 {
        self.core.levels(facility).last().map_or(0.0, |l| l.capacity)
    }

    fn fits(&self, demand: usize, facility: usize) -> bool {
        self.load[facility] + self.core.parcels[demand] <= self.capacity(facility) * (1.0 + 1e-9)
    }

    /// Cost of a facility with a load: its cheapest level that holds it, nothing if it is empty.
    fn facility_cost(&self, facility: usize, load: f64, members: usize) -> f64 {
        let costs = self.core.level_range(facility).filter_map(|l| {
            let holds = load <= self.core.levels[l].capacity * (1.0 + 1e-9);
            holds.then_some(self.priced.level_cost[l])
        });
        let least = costs.fold(f64::INFINITY, f64::min);
        if members == 0 { least.min(0.0) } else { least }
    }

    fn join(&mut self, demand: usize, option: u32) {
        self.choice[demand] = option;
        let parcels = self.core.parcels[demand];
        self.cost += self.priced.option_cost[option as usize] * parcels;
        let f = self.core.option_facility[option as usize];
        if f != NONE {
            let f = f as usize;
            let before = self.facility_cost(f, self.load[f], self.members[f].len());
            self.load[f] += parcels;
            self.members[f].push(demand as u32);
            self.cost += self.facility_cost(f, self.load[f], self.members[f].len()) - before;
        }
    }

    fn leave(&mut self, demand: usize) {
        let option = self.choice[demand] as usize;
        let parcels = self.core.parcels[demand];
        self.cost -= self.priced.option_cost[option] * parcels;
        let f = self.core.option_facility[option];
        if f != NONE {
            let f = f as usize;
            let before = self.facility_cost(f, self.load[f], self.members[f].len());
            let at = self.members[f].iter().position(|&d| d == demand as u32);
            self.members[f].swap_remove(at.expect("a demand is a member where it is assigned"));
            // An empty facility has no rounding left.
            self.load[f] = if self.members[f].is_empty() { 0.0 } else { self.load[f] - parcels };
            self.cost += self.facility_cost(f, self.load[f], self.members[f].len()) - before;
        }
        self.choice[demand] = NONE;
    }

    fn take_out(&mut self, demand: usize) {
        self.log.push((demand as u32, self.choice[demand]));
        self.leave(demand);
        self.taken_out.push(demand as u32);
    }

    /// Puts a demand where it costs least; a closed facility counts with a part of its cost, the
    /// favoured one with none.
    fn insert(&mut self, demand: usize, favoured: u32) {
        let parcels = self.core.parcels[demand];
        let mut best = (f64::INFINITY, NONE);
        for &option in &self.near[demand] {
            let f = self.core.option_facility[option as usize];
            let mut value = self.priced.option_cost[option as usize] * parcels;
            if f != NONE {
                let facility = f as usize;
                if !self.fits(demand, facility) || !self.parent_is_open(facility) {
                    continue;
                }
                let members = self.members[facility].len();
                value += if f == favoured {
                    0.0
                } else if members == 0 {
                    self.opening_weight * self.facility_cost(facility, parcels, 1)
                } else {
                    self.facility_cost(facility, self.load[facility] + parcels, members)
                        - self.facility_cost(facility, self.load[facility], members)
                };
            }
            if value < best.0 {
                best = (value, option);
            }
        }
        self.join(demand, best.1);
    }

    /// A child may be used only while its parent is.
    fn parent_is_open(&self, facility: usize) -> bool {
        let parent = self.core.parent[facility];
        parent == NONE || !self.members[parent as usize].is_empty()
    }

    fn keep_best(&mut self) {
        if self.cost < self.best_cost - 1e-9 * self.best_cost.abs().min(1e300) {
            self.best_cost = self.cost;
            self.best_choice.clone_from(&self.choice);
        }
    }

    /// Ruins and recreates so many times. `heat` is the mean rise of cost that is accepted.
    pub(crate) fn improve(
        &mut self,
        iterations: u32,
        heat: f64,
        random: &mut Random,
        control: &Control,
    ) {
        for iteration in 0..iterations {
            if iteration % 64 == 0 && control.is_over() {
                break;
            }
            let before = self.cost;
            self.ruin(random);
            self.recreate(random);
            let rise = -heat * (1.0 - random.unit()).ln();
            if self.cost <= before + rise && !self.has_orphans() {
                self.log.clear();
                self.keep_best();
            } else {
                self.undo(before);
            }
        }
    }

    /// Whether a facility is used whose parent has been emptied meanwhile.
    fn has_orphans(&self) -> bool {
        self.core.has_parents
            && (0..self.members.len())
                .any(|f| !self.members[f].is_empty() && !self.parent_is_open(f))
    }

    fn ruin(&mut self, random: &mut Random) {
        let seed = random.below(self.core.demands());
        self.taken_out.clear();
        self.take_out(seed);
        let mut ruined = 0;
        let most = 1 + random.below(RUINED);
        for k in 0..self.near[seed].len() {
            let f = self.core.option_facility[self.near[seed][k] as usize];
            if f == NONE || self.members[f as usize].is_empty() || random.unit() < 0.3 {
                continue;
            }
            let chance = if random.unit() < RUIN_WHOLE { 1.0 } else { RUIN_ONE };
            let members = self.members[f as usize].clone();
            for demand in members {
                if random.unit() < chance {
                    self.take_out(demand as usize);
                }
            }
            ruined += 1;
            if ruined >= most {
                break;
            }
        }
    }

    fn recreate(&mut self, random: &mut Random) {
        let mut order = std::mem::take(&mut self.taken_out);
        random.shuffle(&mut order);
        if random.unit() < 0.5 {
            // Large demands are hard to place: first, most of the time.
            order.sort_by(|&a, &b| {
                self.core.parcels[b as usize].total_cmp(&self.core.parcels[a as usize])
            });
        }
        // Mostly the whole cost, which is true for a single demand; at times less, since others
        // will follow.
        self.opening_weight = if random.unit() < 0.7 { 1.0 } else { random.unit() };
        let favoured = self.favoured(order[0] as usize, random);
        for &demand in &order {
            self.insert(demand as usize, favoured);
        }
        self.taken_out = order;
    }

    fn favoured(&self, demand: usize, random: &mut Random) -> u32 {
        if random.unit() >= FAVOUR {
            return NONE;
        }
        let near = &self.near[demand];
        let option = near[random.below(near.len().min(10))];
        self.core.option_facility[option as usize]
    }

    fn undo(&mut self, cost: f64) {
        while let Some((demand, option)) = self.log.pop() {
            if self.choice[demand as usize] != NONE {
                self.leave(demand as usize);
            }
            self.join(demand as usize, option);
        }
        self.cost = cost;
    }

    /// The best plan so far as a draft.
    pub(crate) fn draft(&self) -> Draft {
        let mut draft = Draft {
            flow: vec![0.0; self.core.option_cost.len()],
            level: vec![CLOSED; self.core.facilities()],
            load: Vec::new(),
        };
        for demand in 0..self.core.demands() {
            draft.flow[self.best_choice[demand] as usize] = self.core.parcels[demand];
        }
        draft.refresh_loads(self.core);
        for f in 0..self.core.facilities() {
            if draft.load[f] > 0.0 {
                draft.level[f] = self.core.levels(f).len() as i32 - 1;
            }
        }
        draft
    }

    /// Cost of the best plan so far, at the prices of terms.
    pub(crate) fn best_cost(&self) -> f64 {
        self.best_cost
    }
}
