//! Single sourcing: whole demands, one option each.
//!
//! Each demand is given to one facility and the plan is then searched by ruin and recreate (Shaw
//! 1998; Schrimpf and others 2000): some demands near each other are taken out, now and then with
//! their whole facility, and put back where they cost least. Worse plans are accepted less and
//! less often. While searching, loads may exceed capacities at a price that adapts; only plans
//! without overload are kept. Promising changes are polished by dividing the demands of pairs of
//! facilities anew.

use crate::core::{Core, NONE};
use crate::draft::Draft;
use crate::priced::Priced;
use crate::repartition::{Item, Repartition};
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

/// Facilities near a facility with which its demands are divided anew.
const NEAR_FACILITIES: usize = 12;

/// Cheapest options of a demand whose facilities count as near each other.
const SHARED_OPTIONS: usize = 8;

/// Loads at most, as a part of capacity, while searching.
const MOST_OVERLOAD: f64 = 1.2;

/// Iterations after which the price of overload is adapted.
const PATIENCE: u32 = 50;

/// Times that the price of overload is doubled to make a plan without overload.
const REPAIRS: u32 = 6;

/// A changed plan is polished if it is dearer by at most so many times the mean rise accepted.
const PROMISING: f64 = 6.0;

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
    /// Cost at the prices of terms, overload not counted.
    cost: f64,
    /// Parcels above capacity, all facilities together.
    overload: f64,
    /// Dollars per parcel above capacity.
    overload_price: f64,
    /// Iterations that ended overloaded since the price was last adapted.
    overloaded: u32,
    best_cost: f64,
    best_choice: Vec<u32>,
    /// (demand, option before) of the change under way.
    log: Vec<(u32, u32)>,
    taken_out: Vec<u32>,
    /// Each demand's options by facility, then cost.
    by_facility: Vec<u32>,
    near_facilities: Vec<Vec<u32>>,
    repartition: Repartition,
    items: Vec<Item>,
    is_at_first: Vec<bool>,
    /// Facilities changed by the change under way, to be polished.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
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
            overload: 0.0,
            overload_price: 0.0,
            overloaded: 0,
            best_cost: f64::INFINITY,
            best_choice: Vec::new(),
            log: Vec::new(),
            taken_out: Vec::new(),
            by_facility: Vec::new(),
            near_facilities: Vec::new(),
            repartition: Repartition::default(),
            items: Vec::new(),
            is_at_first: Vec::new(),
            touched: Vec::new(),
            is_touched: vec![false; core.facilities()],
            opening_weight: 1.0,
        };
        search.rank_options();
        search.index_options();
        search.rank_facilities();
        search.restart(&most_used(core, draft), 1.0);
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

    fn index_options(&mut self) {
        self.by_facility = (0..self.core.option_cost.len() as u32).collect();
        for demand in 0..self.core.demands() {
            let range = self.core.options(demand);
            self.by_facility[range].sort_by(|&a, &b| {
                let (a, b) = (a as usize, b as usize);
                let facility = |o: usize| self.core.option_facility[o];
                let cost = |o: usize| self.priced.option_cost[o];
                facility(a).cmp(&facility(b)).then(cost(a).total_cmp(&cost(b))).then(a.cmp(&b))
            });
        }
    }

    /// A demand's cheapest option at a facility.
    fn option_at(&self, demand: usize, facility: u32) -> Option<u32> {
        let range = self.core.options(demand);
        let options = &self.by_facility[range];
        let at = options.partition_point(|&o| self.core.option_facility[o as usize] < facility);
        let option = *options.get(at)?;
        (self.core.option_facility[option as usize] == facility).then_some(option)
    }

    /// For each facility those with which it shares most demands' cheapest options.
    fn rank_facilities(&mut self) {
        let mut shared: Vec<Vec<u32>> = vec![Vec::new(); self.core.facilities()];
        for options in &self.near {
            let facilities = options
                .iter()
                .map(|&o| self.core.option_facility[o as usize])
                .filter(|&f| f != NONE)
                .take(SHARED_OPTIONS);
            for f in facilities.clone() {
                shared[f as usize].extend(facilities.clone().filter(|&g| g != f));
            }
        }
        self.near_facilities = shared.into_iter().map(most_frequent).collect();
    }

    /// Forgets the plan at hand and starts from these options (some may be [`NONE`]), as far as
    /// loads stay within `most` of capacity; the others move on, large demands first. The best
    /// plan so far stays.
    fn restart(&mut self, wish: &[u32], most: f64) {
        self.clear();
        let mut order: Vec<usize> = (0..self.core.demands()).collect();
        order.sort_by(|&a, &b| {
            self.core.parcels[b].total_cmp(&self.core.parcels[a]).then(a.cmp(&b))
        });
        if most <= 1.0 {
            self.overload_price = f64::MAX.sqrt();
        }
        let mut homeless = Vec::new();
        for demand in order {
            let option = wish[demand];
            let facility =
                if option == NONE { NONE } else { self.core.option_facility[option as usize] };
            if option != NONE && (facility == NONE || self.fits(demand, facility as usize, most)) {
                self.join(demand, option);
            } else {
                homeless.push(demand);
            }
        }
        for demand in homeless {
            self.insert(demand, NONE);
        }
        self.log.clear();
        self.keep_best();
        self.overload_price = (self.cost / self.core.total_parcels).abs();
    }

    fn clear(&mut self) {
        (self.cost, self.overload, self.overloaded) = (self.priced.constant, 0.0, 0);
        self.choice.fill(NONE);
        self.load.fill(0.0);
        self.members.iter_mut().for_each(Vec::clear);
        self.log.clear();
    }

    /// Puts every demand on its option, whatever the loads.
    fn place(&mut self, options: &[u32]) {
        self.clear();
        for (demand, &option) in options.iter().enumerate() {
            self.join(demand, option);
        }
    }

    fn capacity(&self, facility: usize) -> f64 {
        self.core.levels(facility).last().map_or(0.0, |l| l.capacity)
    }

    /// Whether a demand's load stays within `most` of a facility's capacity.
    fn fits(&self, demand: usize, facility: usize, most: f64) -> bool {
        let load = self.load[facility] + self.core.parcels[demand];
        load <= self.capacity(facility) * most * (1.0 + 1e-9)
    }

    /// Cost of a facility with a load: its cheapest level that holds it, nothing if it is empty;
    /// the largest if none does.
    fn facility_cost(&self, facility: usize, load: f64, members: usize) -> f64 {
        let load = load.min(self.capacity(facility));
        let costs = self.core.level_range(facility).filter_map(|l| {
            let holds = load <= self.core.levels[l].capacity * (1.0 + 1e-9);
            holds.then_some(self.priced.level_cost[l])
        });
        let least = costs.fold(f64::INFINITY, f64::min);
        if members == 0 { least.min(0.0) } else { least }
    }

    /// Parcels above capacity.
    fn overload(&self, facility: usize, load: f64) -> f64 {
        let over = load - self.capacity(facility);
        if over > 1e-9 * load { over } else { 0.0 }
    }

    /// Cost with the price of overload.
    fn penalised_cost(&self) -> f64 {
        self.cost + self.overload_price * self.overload
    }

    /// The same of one facility.
    fn penalised(&self, facility: usize, load: f64, members: usize) -> f64 {
        self.facility_cost(facility, load, members)
            + self.overload_price * self.overload(facility, load)
    }

    fn join(&mut self, demand: usize, option: u32) {
        self.choice[demand] = option;
        let parcels = self.core.parcels[demand];
        self.cost += self.priced.option_cost[option as usize] * parcels;
        let f = self.core.option_facility[option as usize];
        if f != NONE {
            let f = f as usize;
            let before = self.take_off(f);
            self.load[f] += parcels;
            self.members[f].push(demand as u32);
            self.cost += self.put_on(f) - before;
        }
    }

    fn leave(&mut self, demand: usize) {
        let option = self.choice[demand] as usize;
        let parcels = self.core.parcels[demand];
        self.cost -= self.priced.option_cost[option] * parcels;
        let f = self.core.option_facility[option];
        if f != NONE {
            let f = f as usize;
            let before = self.take_off(f);
            let at = self.members[f].iter().position(|&d| d == demand as u32);
            self.members[f].swap_remove(at.expect("a demand is a member where it is assigned"));
            // An empty facility has no rounding left.
            self.load[f] = if self.members[f].is_empty() { 0.0 } else { self.load[f] - parcels };
            self.cost += self.put_on(f) - before;
        }
        self.choice[demand] = NONE;
    }

    /// A facility's cost before its load changes; its overload is counted off.
    fn take_off(&mut self, facility: usize) -> f64 {
        self.touch(facility);
        self.overload -= self.overload(facility, self.load[facility]);
        self.facility_cost(facility, self.load[facility], self.members[facility].len())
    }

    /// A facility's cost after its load changed; its overload is counted on.
    fn put_on(&mut self, facility: usize) -> f64 {
        self.overload += self.overload(facility, self.load[facility]);
        self.facility_cost(facility, self.load[facility], self.members[facility].len())
    }

    fn touch(&mut self, facility: usize) {
        if !self.is_touched[facility] {
            self.is_touched[facility] = true;
            self.touched.push(facility as u32);
        }
    }

    fn forget_touched(&mut self) {
        for f in self.touched.drain(..) {
            self.is_touched[f as usize] = false;
        }
    }

    /// Divides the demands of touched facilities anew with those near them while that helps.
    fn polish(&mut self) {
        while let Some(f) = self.touched.pop() {
            self.is_touched[f as usize] = false;
            for k in 0..self.near_facilities[f as usize].len() {
                let g = self.near_facilities[f as usize][k];
                self.divide(f, g);
            }
        }
    }

    /// Divides the demands of two facilities between them at least cost.
    fn divide(&mut self, f: u32, g: u32) {
        let (first, second) = (f as usize, g as usize);
        self.items.clear();
        let mut now = 0.0;
        for (facility, is_first) in [(first, true), (second, false)] {
            for &demand in &self.members[facility] {
                let parcels = self.core.parcels[demand as usize];
                let cost = |option: Option<u32>| {
                    option.map_or(f64::INFINITY, |o| self.priced.option_cost[o as usize])
                };
                let choice = Some(self.choice[demand as usize]);
                let difference = if is_first {
                    cost(choice) - cost(self.option_at(demand as usize, g))
                } else {
                    cost(self.option_at(demand as usize, f)) - cost(choice)
                };
                let difference = difference * parcels;
                if is_first && difference > f64::NEG_INFINITY {
                    now += difference;
                }
                self.items.push(Item { demand, parcels, difference });
            }
        }
        if self.items.is_empty() {
            return;
        }
        let mut repartition = std::mem::take(&mut self.repartition);
        let mut is_at_first = std::mem::take(&mut self.is_at_first);
        let cost = |f: usize, load: f64| self.penalised(f, load, usize::from(load > 0.0));
        now += cost(first, self.load[first]) + cost(second, self.load[second]);
        let most = |f: usize| self.capacity(f) * MOST_OVERLOAD;
        let capacity = (most(first), most(second));
        let both = |a: f64, b: f64| cost(first, a) + cost(second, b);
        let least = repartition.divide(&self.items, capacity, both, &mut is_at_first);
        if least.is_some_and(|least| least < now - 1e-9 * self.cost.abs()) {
            self.apply_division(f, g, &is_at_first);
        }
        self.repartition = repartition;
        self.is_at_first = is_at_first;
    }

    fn apply_division(&mut self, f: u32, g: u32, is_at_first: &[bool]) {
        let mut moved = Vec::new();
        for (item, &is_at_first) in self.items.iter().zip(is_at_first) {
            let demand = item.demand as usize;
            let to = if is_at_first { f } else { g };
            if self.core.option_facility[self.choice[demand] as usize] != to {
                moved.push((demand, to));
            }
        }
        for &(demand, _) in &moved {
            self.log.push((demand as u32, self.choice[demand]));
            self.leave(demand);
        }
        for (demand, to) in moved {
            let option = self.option_at(demand, to).expect("the division keeps to options");
            self.join(demand, option);
        }
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
                let load = self.load[facility] + parcels;
                if load > self.capacity(facility) * MOST_OVERLOAD || !self.parent_is_open(facility)
                {
                    continue;
                }
                let members = self.members[facility].len();
                let more =
                    self.overload(facility, load) - self.overload(facility, self.load[facility]);
                value += self.overload_price * more;
                value += if f == favoured {
                    0.0
                } else if members == 0 {
                    self.opening_weight * self.facility_cost(facility, parcels, 1)
                } else {
                    self.facility_cost(facility, load, members)
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
        if self.overload <= 1e-9
            && self.cost < self.best_cost - 1e-9 * self.best_cost.abs().min(1e300)
        {
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
        let promising = (PROMISING * heat).max(1e-6 * self.cost.abs());
        for iteration in 0..iterations {
            if iteration % 64 == 0 && control.is_over() {
                break;
            }
            if iteration % PATIENCE == PATIENCE - 1 {
                self.adapt_overload_price();
                self.repair();
            }
            let before = (self.cost, self.overload);
            let penalised = self.penalised_cost();
            self.forget_touched();
            self.ruin(random);
            self.recreate(random);
            let rise = -heat * (1.0 - random.unit()).ln();
            if self.penalised_cost() <= penalised + promising && !self.core.has_parents {
                self.polish();
            }
            if self.penalised_cost() <= penalised + rise && !self.has_orphans() {
                self.log.clear();
                self.keep_best();
            } else {
                self.undo(before);
            }
            self.overloaded += u32::from(self.overload > 1e-9);
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

    /// Raises the price of overload while plans are mostly overloaded, and lowers it while they
    /// are mostly not: the best plans lie where it is about even.
    fn adapt_overload_price(&mut self) {
        let share = f64::from(self.overloaded) / f64::from(PATIENCE);
        self.overloaded = 0;
        if share > 0.6 {
            self.overload_price *= 1.15;
        } else if share < 0.3 {
            self.overload_price *= 0.9;
        }
    }

    /// What the plan at hand would be without overload: divides demands anew at ever higher prices
    /// of overload, then goes back to the plan as it was.
    fn repair(&mut self) {
        if self.overload <= 1e-9 || self.core.has_parents {
            return;
        }
        let (before, price) = ((self.cost, self.overload), self.overload_price);
        for _ in 0..REPAIRS {
            self.overload_price *= 2.0;
            self.forget_touched();
            for f in 0..self.load.len() {
                if self.overload(f, self.load[f]) > 0.0 {
                    self.touch(f);
                }
            }
            self.polish();
            if self.overload <= 1e-9 {
                self.keep_best();
                break;
            }
        }
        self.overload_price = price;
        self.undo(before);
    }

    fn undo(&mut self, (cost, overload): (f64, f64)) {
        while let Some((demand, option)) = self.log.pop() {
            if self.choice[demand as usize] != NONE {
                self.leave(demand as usize);
            }
            self.join(demand as usize, option);
        }
        (self.cost, self.overload) = (cost, overload);
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

    /// Looks around another plan, one made from these options, and comes back unless it found a
    /// better plan there.
    pub(crate) fn visit(
        &mut self,
        wish: &[u32],
        steps: u32,
        heat: f64,
        random: &mut Random,
        control: &Control,
    ) {
        let (home, price, best) = (self.choice.clone(), self.overload_price, self.best_cost);
        self.restart(wish, MOST_OVERLOAD);
        self.improve(steps, heat, random, control);
        if self.best_cost >= best {
            self.place(&home);
            self.overload_price = price;
        }
    }

    /// Goes on from another plan, one made from these options.
    pub(crate) fn move_to(&mut self, wish: &[u32]) {
        self.restart(wish, MOST_OVERLOAD);
    }

    /// Cost of the best plan so far, at the prices of terms.
    pub(crate) fn best_cost(&self) -> f64 {
        self.best_cost
    }
}

/// The option that has most of each demand, if its facility is open.
pub(crate) fn most_used(core: &Core, draft: &Draft) -> Vec<u32> {
    let most = |demand: usize| {
        let most = core
            .options(demand)
            .max_by(|&a, &b| draft.flow[a].total_cmp(&draft.flow[b]).then(b.cmp(&a)))
            .expect("every demand has an option");
        let facility = core.option_facility[most];
        let is_open = facility == NONE || draft.level[facility as usize] != CLOSED;
        if is_open { most as u32 } else { NONE }
    };
    (0..core.demands()).map(most).collect()
}

/// The values that occur most often, the first of [`NEAR_FACILITIES`].
fn most_frequent(mut values: Vec<u32>) -> Vec<u32> {
    values.sort_unstable();
    let mut counted: Vec<(usize, u32)> =
        values.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
    counted.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    counted.into_iter().take(NEAR_FACILITIES).map(|(_, value)| value).collect()
}
