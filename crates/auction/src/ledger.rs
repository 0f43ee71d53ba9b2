//! What an award takes of everything that is limited, kept up to date bid by bid, so that every
//! rule of an auction can be asked for at any moment.
//!
//! Limits from above are never exceeded. Limits from below (lots that must be awarded, least
//! volumes and numbers of winners) can be missed on the way; what is missing is counted.

use postroad_model::auction::{AuctionProblem, Award, Offer, Rule};
use postroad_model::{BidId, BidderId, LotId, id::Id};

/// What leaves a bid no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hindrance {
    /// A limit of its bidder, or a group.
    Bidder,
    /// A rule of the auctioneer, by its number.
    Rule(usize),
}

/// Sums of the present award, against the limits of the problem.
pub(crate) struct Ledger<'a> {
    problem: &'a AuctionProblem,
    /// Groups of each bid.
    groups_of: Vec<Vec<u32>>,
    /// Rules that look at each lot.
    rules_of: Vec<Vec<u32>>,
    /// The most of each bid that the reserve prices let win.
    eligible: Vec<u32>,
    pub(crate) accepted: Vec<u32>,
    /// What the present award is worth.
    pub(crate) value: i64,
    lots: Vec<u64>,
    groups: Vec<u32>,
    amounts: Vec<i64>,
    parcels: Vec<u64>,
    bids: Vec<u32>,
    /// Parcels of each rule that counts them for all its bidders together.
    totals: Vec<u64>,
    /// Parcels of each bidder, for each rule that counts them bidder by bidder.
    shares: Vec<Vec<u64>>,
    /// Bidders with any parcels, for each rule on winners.
    winners: Vec<u32>,
    /// Bidders with enough parcels, for each rule on winners.
    counted: Vec<u32>,
    /// Parcels and winners that are missing from what is asked for at least.
    pub(crate) missing: u64,
}

impl<'a> Ledger<'a> {
    /// Nothing is awarded.
    pub(crate) fn new(problem: &'a AuctionProblem) -> Self {
        let mut groups_of = vec![Vec::new(); problem.bids.len()];
        for (index, group) in problem.groups.iter().enumerate() {
            for bid in &group.bids {
                groups_of[bid.index()].push(index as u32);
            }
        }
        let bidders = problem.bidders.len();
        let by_bidder = |rule: &Rule| match rule {
            Rule::BidderShare { .. } | Rule::Winners { .. } => vec![0; bidders],
            Rule::SharedCapacity { .. } | Rule::GroupVolume { .. } => Vec::new(),
        };
        let mut ledger = Self {
            problem,
            groups_of,
            rules_of: rules_by_lot(problem),
            eligible: problem.bids.ids().map(|bid| problem.most_eligible(bid)).collect(),
            accepted: vec![0; problem.bids.len()],
            value: 0,
            lots: vec![0; problem.lots.len()],
            groups: vec![0; problem.groups.len()],
            amounts: vec![0; bidders],
            parcels: vec![0; bidders],
            bids: vec![0; bidders],
            totals: vec![0; problem.rules.len()],
            shares: problem.rules.iter().map(by_bidder).collect(),
            winners: vec![0; problem.rules.len()],
            counted: vec![0; problem.rules.len()],
            missing: 0,
        };
        ledger.missing = ledger.missing_at_first();
        ledger
    }

    fn missing_at_first(&self) -> u64 {
        let lots = self.problem.lots.ids().map(|lot| self.missing_of_lot(lot)).sum::<u64>();
        lots + (0..self.problem.rules.len()).map(|rule| self.missing_of_rule(rule)).sum::<u64>()
    }

    fn missing_of_lot(&self, lot: LotId) -> u64 {
        let asked = &self.problem.lots[lot];
        if asked.required { u64::from(asked.parcels_per_day) - self.lots[lot.index()] } else { 0 }
    }

    /// Parcels that a winner lacks of what it takes at least.
    pub(crate) fn missing_of_bidder(&self, bidder: BidderId) -> u64 {
        let parcels = self.parcels[bidder.index()];
        if parcels == 0 {
            0
        } else {
            self.problem.bidders[bidder].least_parcels.saturating_sub(parcels)
        }
    }

    fn missing_of_rule(&self, rule: usize) -> u64 {
        match &self.problem.rules[rule] {
            Rule::GroupVolume { least_parcels, .. } => {
                least_parcels.saturating_sub(self.totals[rule])
            }
            Rule::Winners { least, .. } => u64::from(least.saturating_sub(self.counted[rule])),
            Rule::SharedCapacity { .. } | Rule::BidderShare { .. } => 0,
        }
    }

    /// Parcels of a lot that nobody has.
    pub(crate) fn left(&self, lot: LotId) -> u64 {
        u64::from(self.problem.lots[lot].parcels_per_day) - self.lots[lot.index()]
    }

    /// Whether a bidder has won anything.
    pub(crate) fn wins(&self, bidder: BidderId) -> bool {
        self.bids[bidder.index()] > 0
    }

    /// Parcels a day that a bidder has won.
    pub(crate) fn parcels_of(&self, bidder: BidderId) -> u64 {
        self.parcels[bidder.index()]
    }

    /// The present award.
    pub(crate) fn award(&self) -> Award {
        Award { accepted: self.accepted.clone().into() }
    }

    /// The most of a bid, of which nothing is accepted now, that no limit excludes; 0 if none.
    pub(crate) fn room(&self, bid: BidId) -> u32 {
        let problem = self.problem;
        let bidder = problem.bids[bid].bidder;
        let limits = &problem.bidders[bidder];
        let full =
            |&group: &u32| self.groups[group as usize] >= problem.groups[group as usize].at_most;
        let many = limits.most_bids.is_some_and(|most| self.bids[bidder.index()] >= most);
        let eligible = self.eligible[bid.index()];
        if eligible == 0 || many || self.groups_of[bid.index()].iter().any(full) {
            return 0;
        }
        match problem.bids[bid].offer {
            Offer::Package { amount_micros, .. } => {
                let total = problem.items(bid).iter().map(|i| u64::from(i.parcels)).sum();
                let fits = problem
                    .items(bid)
                    .iter()
                    .all(|item| self.room_of_lot(item.lot, bidder) >= u64::from(item.parcels))
                    && self.room_of_bidder(bidder) >= total
                    && self.budget_left(bidder) >= amount_micros
                    && self.fits_sets(bid, bidder);
                u32::from(fits)
            }
            Offer::Schedule { lot, least_parcels, .. } => {
                let room = self.room_of_lot(lot, bidder).min(self.room_of_bidder(bidder));
                let mut room = room.min(u64::from(eligible)) as u32;
                let left = self.budget_left(bidder);
                if problem.amount_micros(bid, room) > left {
                    room = affordable(problem, bid, room, left);
                }
                if room < least_parcels.max(1) { 0 } else { room }
            }
        }
    }

    /// What beside its lots leaves a bid no room.
    pub(crate) fn hindrance(&self, bid: BidId) -> Option<Hindrance> {
        if self.room(bid) > 0 {
            return None;
        }
        let problem = self.problem;
        let bidder = problem.bids[bid].bidder;
        let least = match problem.bids[bid].offer {
            Offer::Package { .. } => 1,
            Offer::Schedule { least_parcels, .. } => least_parcels.max(1),
        };
        let mut sums: Vec<(u32, u64)> = Vec::new();
        let mut total = 0;
        for item in problem.taken(bid, least) {
            total += u64::from(item.parcels);
            let rules = self.rules_of[item.lot.index()].iter();
            sums.extend(rules.map(|&rule| (rule, u64::from(item.parcels))));
        }
        sums.sort_unstable();
        let full = sums.chunk_by(|a, b| a.0 == b.0).find(|own| {
            let parcels = own.iter().map(|&(_, parcels)| parcels).sum();
            self.room_of_rule(own[0].0 as usize, bidder) < parcels
        });
        if let Some(own) = full {
            return Some(Hindrance::Rule(own[0].0 as usize));
        }
        let limits = &problem.bidders[bidder];
        let many = limits.most_bids.is_some_and(|most| self.bids[bidder.index()] >= most);
        let group_is_full =
            |&group: &u32| self.groups[group as usize] >= problem.groups[group as usize].at_most;
        let is_short = many
            || self.groups_of[bid.index()].iter().any(group_is_full)
            || self.room_of_bidder(bidder) < total
            || self.budget_left(bidder) < problem.amount_micros(bid, least);
        is_short.then_some(Hindrance::Bidder)
    }

    /// Rules that look at a lot.
    pub(crate) fn rules_on(&self, lot: LotId) -> &[u32] {
        &self.rules_of[lot.index()]
    }

    fn room_of_bidder(&self, bidder: BidderId) -> u64 {
        let most = self.problem.bidders[bidder].most_parcels;
        most.map_or(u64::MAX, |most| most - self.parcels[bidder.index()])
    }

    fn budget_left(&self, bidder: BidderId) -> i64 {
        let budget = self.problem.bidders[bidder].budget_micros;
        budget.map_or(i64::MAX, |budget| budget - self.amounts[bidder.index()])
    }

    /// Parcels of a lot that a bidder may still take, by the lot and by the rules on it.
    fn room_of_lot(&self, lot: LotId, bidder: BidderId) -> u64 {
        let rules = self.rules_of[lot.index()].iter();
        rules.map(|&rule| self.room_of_rule(rule as usize, bidder)).fold(self.left(lot), u64::min)
    }

    fn room_of_rule(&self, rule: usize, bidder: BidderId) -> u64 {
        match &self.problem.rules[rule] {
            Rule::SharedCapacity { most_parcels, .. } => most_parcels - self.totals[rule],
            Rule::BidderShare { most_parcels, .. } => {
                most_parcels - self.shares[rule][bidder.index()]
            }
            Rule::GroupVolume { bidders, most_parcels, .. } => match most_parcels {
                Some(most) if bidders.binary_search(&bidder).is_ok() => most - self.totals[rule],
                _ => u64::MAX,
            },
            Rule::Winners { most, .. } => {
                let new = self.shares[rule][bidder.index()] == 0;
                let full = most.is_some_and(|most| self.winners[rule] >= most);
                if new && full { 0 } else { u64::MAX }
            }
        }
    }

    /// Whether a package fits the rules on sets of which it takes several lots.
    fn fits_sets(&self, bid: BidId, bidder: BidderId) -> bool {
        let mut sums: Vec<(u32, u64)> = Vec::new();
        for item in self.problem.items(bid) {
            for &rule in &self.rules_of[item.lot.index()] {
                match sums.iter_mut().find(|(r, _)| *r == rule) {
                    Some((_, sum)) => *sum += u64::from(item.parcels),
                    None => sums.push((rule, u64::from(item.parcels))),
                }
            }
        }
        sums.iter().all(|&(rule, sum)| self.room_of_rule(rule as usize, bidder) >= sum)
    }

    /// Accepts so much of a bid, of which nothing is accepted now and which has room for it.
    pub(crate) fn accept(&mut self, bid: BidId, accepted: u32) {
        debug_assert!(self.accepted[bid.index()] == 0 && accepted > 0);
        self.book(bid, accepted, true);
        self.accepted[bid.index()] = accepted;
    }

    /// Accepts nothing of a bid any more; returns what was accepted.
    pub(crate) fn release(&mut self, bid: BidId) -> u32 {
        let accepted = std::mem::take(&mut self.accepted[bid.index()]);
        if accepted > 0 {
            self.book(bid, accepted, false);
        }
        accepted
    }

    fn book(&mut self, bid: BidId, accepted: u32, more: bool) {
        let problem = self.problem;
        let bidder = problem.bids[bid].bidder;
        let i = bidder.index();
        self.missing -= self.missing_of_bidder(bidder);
        for item in problem.taken(bid, accepted) {
            self.book_item(item.lot, u64::from(item.parcels), bidder, more);
        }
        let sign = if more { 1 } else { -1 };
        self.value += sign * problem.gain_micros(bid, accepted);
        self.amounts[i] += sign * problem.amount_micros(bid, accepted);
        self.bids[i] = if more { self.bids[i] + 1 } else { self.bids[i] - 1 };
        for &group in &self.groups_of[bid.index()] {
            let count = &mut self.groups[group as usize];
            *count = if more { *count + 1 } else { *count - 1 };
        }
        self.missing += self.missing_of_bidder(bidder);
    }

    fn book_item(&mut self, lot: LotId, parcels: u64, bidder: BidderId, more: bool) {
        let add = |sum: &mut u64| *sum = if more { *sum + parcels } else { *sum - parcels };
        self.missing -= self.missing_of_lot(lot);
        add(&mut self.lots[lot.index()]);
        self.missing += self.missing_of_lot(lot);
        add(&mut self.parcels[bidder.index()]);
        for at in 0..self.rules_of[lot.index()].len() {
            let rule = self.rules_of[lot.index()][at] as usize;
            self.missing -= self.missing_of_rule(rule);
            match &self.problem.rules[rule] {
                Rule::SharedCapacity { .. } => add(&mut self.totals[rule]),
                Rule::GroupVolume { bidders, .. } => {
                    if bidders.binary_search(&bidder).is_ok() {
                        add(&mut self.totals[rule]);
                    }
                }
                Rule::BidderShare { .. } => add(&mut self.shares[rule][bidder.index()]),
                Rule::Winners { least_parcels, .. } => {
                    let share = &mut self.shares[rule][bidder.index()];
                    let before = *share;
                    add(share);
                    let after = *share;
                    let step = |count: &mut u32, from: u64| {
                        *count += u32::from(after >= from.max(1));
                        *count -= u32::from(before >= from.max(1));
                    };
                    step(&mut self.winners[rule], 1);
                    step(&mut self.counted[rule], *least_parcels);
                }
            }
            self.missing += self.missing_of_rule(rule);
        }
    }
}

/// The rules that look at each lot.
pub(crate) fn rules_by_lot(problem: &AuctionProblem) -> Vec<Vec<u32>> {
    let mut rules = vec![Vec::new(); problem.lots.len()];
    for (index, rule) in problem.rules.iter().enumerate() {
        for lot in &problem.lot_sets[lots_of(rule)] {
            rules[lot.index()].push(index as u32);
        }
    }
    rules
}

/// The lots that a rule looks at.
pub(crate) fn lots_of(rule: &Rule) -> postroad_model::LotSetId {
    match rule {
        Rule::SharedCapacity { lots, .. }
        | Rule::BidderShare { lots, .. }
        | Rule::GroupVolume { lots, .. }
        | Rule::Winners { lots, .. } => *lots,
    }
}

/// The most parcels of a schedule, at most `most`, whose amount is within `budget_micros`.
fn affordable(problem: &AuctionProblem, bid: BidId, most: u32, budget_micros: i64) -> u32 {
    let (mut low, mut high) = (0, most);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if problem.amount_micros(bid, middle) <= budget_micros {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}
