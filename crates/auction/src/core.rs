//! A market as the search sees it: always a sale, money as gains, lots in flat tables.
//!
//! Divisible bids for one lot without further conditions are not searched for at all: sorted by
//! their gain they make one concave curve for each lot, and whatever the search leaves of a lot
//! is worth the area under its curve. What remains to be decided are options: packages, and
//! schedules that ask for a minimum, whose prices rise, or that exclude others.

use postroad_model::auction::{AuctionProblem, Offer, Rule};
use postroad_model::{BidId, LotId, LotSetId, id::Id};

/// No exclusive group.
pub(crate) const FREE: u32 = u32::MAX;

/// One all-or-nothing choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// Gain over the term in micros.
    pub(crate) gain: i64,
    /// The bid.
    pub(crate) bid: BidId,
    /// What is accepted of the bid.
    pub(crate) accepted: u32,
    /// Choices of which few may be taken together, or [`FREE`].
    pub(crate) group: u32,
}

/// A part of a divisible bid: so many parcels at the same gain each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// Gain of a daily parcel over the term in micros.
    pub(crate) gain: i64,
    /// Daily parcels.
    pub(crate) parcels: u32,
    /// The bid.
    pub(crate) bid: BidId,
}

/// Lots that share a capacity.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// Daily parcels of all of them together, less than the sum of theirs.
    pub(crate) capacity: u32,
    pub(crate) lots: Vec<u32>,
    /// The segments of their curves, the greatest gain first: place in `lots`, gain, parcels.
    pub(crate) pieces: Vec<(u32, i64, u32)>,
}

/// The market in flat tables.
pub(crate) struct Core {
    /// Daily parcels of each lot.
    pub(crate) capacity: Vec<u32>,
    /// Where the segments of each lot begin.
    pub(crate) curve_start: Vec<u32>,
    /// Segments of each lot, the greatest gain first.
    pub(crate) segments: Vec<Segment>,
    /// Options.
    pub(crate) choices: Vec<Choice>,
    /// Where the items of each option begin.
    pub(crate) item_start: Vec<u32>,
    /// Lots and daily parcels of each option.
    pub(crate) items: Vec<(u32, u32)>,
    /// How many options of each group may be taken.
    pub(crate) group_limit: Vec<u32>,
    /// Where the options of each group begin.
    pub(crate) group_start: Vec<u32>,
    /// Options of each group.
    pub(crate) group_choices: Vec<u32>,
    /// Where the options that ask for a lot begin.
    pub(crate) user_start: Vec<u32>,
    /// Options that ask for each lot.
    pub(crate) users: Vec<u32>,
    /// Shared capacities, if the market has no other rules and no lot has two of them.
    pub(crate) shared: Vec<Shared>,
    /// The shared capacity of each lot, or [`FREE`]. Items of options are in this order.
    pub(crate) shared_of: Vec<u32>,
}

/// The shared capacities of a market; none if it has another rule, or a lot with two of them.
pub(crate) fn shared_capacities(problem: &AuctionProblem) -> Option<Vec<(LotSetId, u32)>> {
    let mut is_shared = vec![false; problem.lots.len()];
    let shared = |rule: &Rule| {
        let Rule::SharedCapacity { lots, most_parcels } = *rule else { return None };
        let mut members = problem.lot_sets[lots].iter();
        let is_new = |lot: &LotId| !std::mem::replace(&mut is_shared[lot.index()], true);
        // More parcels than that are no limit of any market, and none that these tables count.
        members.all(is_new).then_some((lots, u32::try_from(most_parcels).ok()?))
    };
    problem.rules.iter().map(shared).collect()
}

impl Core {
    pub(crate) fn new(problem: &AuctionProblem) -> Self {
        let mut builder = Builder::new(problem);
        for bid in problem.bids.ids() {
            builder.add(bid);
        }
        builder.finish()
    }

    pub(crate) fn lots(&self) -> usize {
        self.capacity.len()
    }

    pub(crate) fn curve(&self, lot: usize) -> &[Segment] {
        &self.segments[self.curve_start[lot] as usize..self.curve_start[lot + 1] as usize]
    }

    pub(crate) fn items(&self, option: usize) -> &[(u32, u32)] {
        &self.items[self.item_start[option] as usize..self.item_start[option + 1] as usize]
    }

    /// The items of an option, those of a shared capacity together and others one by one.
    pub(crate) fn runs(&self, option: usize) -> impl Iterator<Item = &[(u32, u32)]> {
        let of = |item: &(u32, u32)| self.shared_of[item.0 as usize];
        self.items(option).chunk_by(move |a, b| of(a) == of(b) && of(a) != FREE)
    }

    pub(crate) fn users(&self, lot: usize) -> &[u32] {
        &self.users[self.user_start[lot] as usize..self.user_start[lot + 1] as usize]
    }

    pub(crate) fn group(&self, group: u32) -> &[u32] {
        let group = group as usize;
        &self.group_choices[self.group_start[group] as usize..self.group_start[group + 1] as usize]
    }
}

impl Core {
    /// Makes a lot's curve anew after the prices of one of its bids changed.
    pub(crate) fn replace(&mut self, problem: &AuctionProblem, lot: usize, bid: BidId) {
        let mut builder = Builder::new_for(problem);
        builder.segments_of(bid, problem.most_eligible(bid));
        let others = self.curve(lot).iter().filter(|segment| segment.bid != bid);
        let mut curve: Vec<Segment> = others.copied().collect();
        curve.extend(builder.segments.iter().map(|&(_, segment)| segment));
        let ticket = |bid: BidId| (problem.bids[bid].ticket, bid);
        curve.sort_unstable_by(|a, b| b.gain.cmp(&a.gain).then(ticket(a.bid).cmp(&ticket(b.bid))));
        let old = self.curve_start[lot] as usize..self.curve_start[lot + 1] as usize;
        let (before, after) = (old.len() as u32, curve.len() as u32);
        self.segments.splice(old, curve);
        for start in &mut self.curve_start[lot + 1..] {
            *start = *start + after - before;
        }
    }
}

impl Core {
    /// The same options beside other curves, in a market without shared capacities.
    pub(crate) fn with_curves(&self, curve_start: Vec<u32>, segments: Vec<Segment>) -> Self {
        Self { curve_start, segments, ..self.clone_without_curves() }
    }

    fn clone_without_curves(&self) -> Self {
        Self {
            capacity: self.capacity.clone(),
            curve_start: Vec::new(),
            segments: Vec::new(),
            choices: self.choices.clone(),
            item_start: self.item_start.clone(),
            items: self.items.clone(),
            group_limit: self.group_limit.clone(),
            group_start: self.group_start.clone(),
            group_choices: self.group_choices.clone(),
            user_start: self.user_start.clone(),
            users: self.users.clone(),
            shared: Vec::new(),
            shared_of: vec![FREE; self.lots()],
        }
    }
}

/// The tables while they grow.
struct Builder<'a> {
    problem: &'a AuctionProblem,
    /// The exclusive group of each bid.
    group_of: Vec<u32>,
    segments: Vec<(u32, Segment)>,
    choices: Vec<Choice>,
    item_start: Vec<u32>,
    items: Vec<(u32, u32)>,
    group_limit: Vec<u32>,
    shared: Vec<Shared>,
    shared_of: Vec<u32>,
}

impl<'a> Builder<'a> {
    /// For the segments of single bids that are in no group.
    fn new_for(problem: &'a AuctionProblem) -> Self {
        Self {
            problem,
            group_of: Vec::new(),
            segments: Vec::new(),
            choices: Vec::new(),
            item_start: vec![0],
            items: Vec::new(),
            group_limit: Vec::new(),
            shared: Vec::new(),
            shared_of: vec![FREE; problem.lots.len()],
        }
    }

    fn new(problem: &'a AuctionProblem) -> Self {
        let mut group_of = vec![FREE; problem.bids.len()];
        for (index, group) in problem.groups.iter().enumerate() {
            for bid in &group.bids {
                group_of[bid.index()] = index as u32;
            }
        }
        let mut builder = Self {
            group_of,
            group_limit: problem.groups.iter().map(|group| group.at_most).collect(),
            ..Self::new_for(problem)
        };
        builder.share();
        builder
    }

    /// Notes the shared capacities that say more than those of the lots.
    fn share(&mut self) {
        let problem = self.problem;
        for (set, capacity) in shared_capacities(problem).unwrap_or_default() {
            let lots: Vec<u32> = problem.lot_sets[set].iter().map(|lot| lot.0).collect();
            let of = |&lot: &u32| u64::from(problem.lots[LotId(lot)].parcels_per_day);
            if lots.iter().map(of).sum::<u64>() > u64::from(capacity) {
                let number = self.shared.len() as u32;
                lots.iter().for_each(|&lot| self.shared_of[lot as usize] = number);
                self.shared.push(Shared { capacity, lots, pieces: Vec::new() });
            }
        }
    }

    fn add(&mut self, bid: BidId) {
        let most = self.problem.most_eligible(bid);
        if most == 0 {
            return;
        }
        let group = self.group_of[bid.index()];
        match self.problem.bids[bid].offer {
            Offer::Package { .. } => self.option(bid, 1, group),
            Offer::Schedule { least_parcels, .. } => {
                let steps = self.problem.steps(bid);
                let falling = steps.windows(2).all(|pair| self.falls(pair[0], pair[1]));
                if group == FREE && least_parcels <= 1 && falling {
                    self.segments_of(bid, most);
                } else {
                    self.ends(bid, least_parcels, most, group);
                }
            }
        }
    }

    /// Whether the second step is worth no more than the first to the auctioneer.
    fn falls(&self, a: postroad_model::auction::Step, b: postroad_model::auction::Step) -> bool {
        match self.problem.side {
            postroad_model::auction::Side::Selling => a.price_micros >= b.price_micros,
            postroad_model::auction::Side::Buying => a.price_micros <= b.price_micros,
        }
    }

    fn segments_of(&mut self, bid: BidId, most: u32) {
        let Offer::Schedule { lot, .. } = self.problem.bids[bid].offer else { return };
        let mut from = 0;
        for step in self.problem.steps(bid) {
            let to = (from + step.parcels).min(most);
            if to > from {
                let whole = self.problem.gain_micros(bid, to) - self.problem.gain_micros(bid, from);
                let gain = whole / i64::from(to - from);
                if gain > 0 {
                    self.segments.push((lot.0, Segment { gain, parcels: to - from, bid }));
                }
            }
            from = to;
        }
    }

    /// Options at the ends of a schedule's steps and at its least, of which one may be taken.
    fn ends(&mut self, bid: BidId, least: u32, most: u32, group: u32) {
        let mut ends = vec![least.max(1)];
        let mut end = 0;
        for step in self.problem.steps(bid) {
            end += step.parcels;
            ends.push(end.min(most));
        }
        ends.retain(|&end| end >= least.max(1) && end <= most);
        ends.dedup();
        let group = if group == FREE && ends.len() > 1 {
            self.group_limit.push(1);
            self.group_limit.len() as u32 - 1
        } else {
            group
        };
        for end in ends {
            self.option(bid, end, group);
        }
    }

    fn option(&mut self, bid: BidId, accepted: u32, group: u32) {
        let gain = self.problem.gain_micros(bid, accepted);
        let fits = |item: &postroad_model::auction::Item| {
            item.parcels <= self.problem.lots[item.lot].parcels_per_day
        };
        if gain <= 0 || !self.problem.taken(bid, accepted).all(|item| fits(&item)) {
            return;
        }
        let first = self.items.len();
        self.items.extend(self.problem.taken(bid, accepted).map(|i| (i.lot.0, i.parcels)));
        if !self.shared.is_empty() {
            let shared_of = &self.shared_of;
            self.items[first..].sort_by_key(|&(lot, _)| (shared_of[lot as usize], lot));
            if !self.fits_shared(first) {
                self.items.truncate(first);
                return;
            }
        }
        self.item_start.push(self.items.len() as u32);
        self.choices.push(Choice { gain, bid, accepted, group });
    }

    /// Whether the last items, in order, are within each shared capacity by themselves.
    fn fits_shared(&self, first: usize) -> bool {
        let of = |item: &(u32, u32)| self.shared_of[item.0 as usize];
        self.items[first..].chunk_by(|a, b| of(a) == of(b)).all(|run| {
            let parcels: u64 = run.iter().map(|&(_, parcels)| u64::from(parcels)).sum();
            of(&run[0]) == FREE || parcels <= u64::from(self.shared[of(&run[0]) as usize].capacity)
        })
    }

    /// Brings the segments of lots with a shared capacity in one order.
    fn merge(&mut self, curve_start: &[u32]) {
        for shared in &mut self.shared {
            let mut merged = Vec::new();
            for (place, &lot) in shared.lots.iter().enumerate() {
                let lot = lot as usize;
                let range = curve_start[lot] as usize..curve_start[lot + 1] as usize;
                merged.extend(self.segments[range].iter().map(|&(_, s)| (place as u32, s)));
            }
            let ticket = |bid: BidId| (self.problem.bids[bid].ticket, bid);
            merged.sort_by(|(_, a), (_, b)| {
                b.gain.cmp(&a.gain).then_with(|| ticket(a.bid).cmp(&ticket(b.bid)))
            });
            shared.pieces = merged.iter().map(|&(at, s)| (at, s.gain, s.parcels)).collect();
        }
    }

    fn finish(mut self) -> Core {
        let lots = self.problem.lots.len();
        let ticket = |bid: BidId| (self.problem.bids[bid].ticket, bid);
        self.segments.sort_unstable_by(|(la, a), (lb, b)| {
            la.cmp(lb).then(b.gain.cmp(&a.gain)).then(ticket(a.bid).cmp(&ticket(b.bid)))
        });
        let curve_start = starts(lots, self.segments.iter().map(|&(lot, _)| lot));
        self.merge(&curve_start);
        let grouped = |c: &Choice| c.group != FREE;
        let groups = self.group_limit.len();
        let group_start =
            starts(groups, self.choices.iter().filter(|c| grouped(c)).map(|c| c.group));
        let members = self.choices.iter().enumerate().filter(|(_, c)| grouped(c));
        let group_choices = placed(&group_start, members.map(|(i, c)| (c.group, i as u32)));
        let user_start = starts(lots, self.items.iter().map(|&(lot, _)| lot));
        let users = {
            let each = (0..self.choices.len()).flat_map(|option| {
                let range = self.item_start[option] as usize..self.item_start[option + 1] as usize;
                self.items[range].iter().map(move |&(lot, _)| (lot, option as u32))
            });
            placed(&user_start, each)
        };
        Core {
            capacity: self.problem.lots.iter().map(|lot| lot.parcels_per_day).collect(),
            curve_start,
            segments: self.segments.into_iter().map(|(_, segment)| segment).collect(),
            choices: self.choices,
            item_start: self.item_start,
            items: self.items,
            group_limit: self.group_limit,
            group_start,
            group_choices,
            user_start,
            users,
            shared: self.shared,
            shared_of: self.shared_of,
        }
    }
}

/// Where each of `count` lists begins, if `keys` tells the list of each entry.
fn starts(count: usize, keys: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut start = vec![0; count + 1];
    for key in keys {
        start[key as usize + 1] += 1;
    }
    for i in 0..count {
        start[i + 1] += start[i];
    }
    start
}

/// The entries, list by list, in the order in which they come.
fn placed(start: &[u32], entries: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut next = start.to_vec();
    let mut list = vec![0; *start.last().unwrap_or(&0) as usize];
    for (key, entry) in entries {
        list[next[key as usize] as usize] = entry;
        next[key as usize] += 1;
    }
    list
}
