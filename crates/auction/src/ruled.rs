//! Markets with rules beyond capacities and exclusive groups: ruin and recreate.
//!
//! A round gives back the bids around a lot, or all of a bidder, or those that a chosen bid
//! needs gone, and fills the lots that became free again in the order of what bids add for each
//! parcel, disturbed by chance (Schrimpf and others 2000). Limits from above always hold; what is
//! missing from limits from below costs a price that rises until nothing is missing.

use crate::few::choose_winners;
use crate::ledger::{Hindrance, Ledger, lots_of};
use postroad_model::auction::{AuctionProblem, Award, Bidder, Offer, Rule};
use postroad_model::{BidId, BidderId, LotId, id::Id};
use postroad_optimization::{Control, Random};

/// Rounds between two looks at the clock and at the price of what is missing.
const STRIDE: u64 = 16;
/// First and last temperatures against the mean gain of a bid that can win: from afar, and where
/// the search begins close to the best.
const FAR: (f64, f64) = (0.1, 0.001);
const NEAR: (f64, f64) = (0.002, 0.0001);
/// Most lots that a round frees around one lot.
const AREA: usize = 12;
/// Lots looked at for one that is not covered.
const PROBES: usize = 32;
/// Bids or lots looked at where one is as good as another.
const FEW: usize = 4;
/// Of a thousand candidates, so many are passed over while lots are filled.
const BLINKS: usize = 30;

/// The best award found by a search.
pub(crate) struct Found {
    /// None if no award was found that keeps every rule.
    pub(crate) award: Option<Award>,
    pub(crate) rounds: u64,
}

struct Search<'a> {
    problem: &'a AuctionProblem,
    ledger: Ledger<'a>,
    random: Random,
    /// Bids of each lot, the most gain for each parcel beyond its lots' prices first.
    bids_of_lot: Vec<Vec<BidId>>,
    bids_of_bidder: Vec<Vec<BidId>>,
    score: &'a [f64],
    /// Whether it began close to the best award.
    is_priced: bool,
    /// Whether rules ask for bidders to win much or not at all.
    is_by_bidder: bool,
    /// Bids that are thought of for a lot that became free.
    most_candidates: usize,
    /// Price in micros of a parcel or winner that is missing.
    missing_price: f64,
    /// What the dearest bid asks for a parcel.
    dearest: f64,
    /// Bids changed in this round with what was accepted of them before.
    journal: Vec<(BidId, u32)>,
    /// Lots from which something was given back in this round.
    freed: Vec<LotId>,
    candidates: Vec<(f64, BidId)>,
    /// How often lots were filled, and when each bid was last thought of for that.
    fills: u64,
    seen: Vec<u64>,
}

/// What a search begins with.
#[derive(Clone, Copy)]
pub(crate) struct Begin<'a> {
    /// An award, as far as rules let it be.
    pub(crate) start: Option<&'a Award>,
    /// Whether it is close to the best, so that little should be changed at a time.
    pub(crate) is_priced: bool,
}

/// Searches for `rounds`, or until `control` is over; `scores` are what bids are worth for each
/// parcel beyond all prices.
pub(crate) fn search(
    problem: &AuctionProblem,
    scores: &[f64],
    seed: u64,
    rounds: Option<u64>,
    control: &Control,
    begin: Begin<'_>,
) -> Found {
    let mut search = Search::new(problem, scores, seed, begin);
    search.begin(begin);
    let mut best = None;
    search.keep_best(&mut best);
    let (hot, cold) = search.temperatures();
    let seconds = control.seconds_left();
    let mut temperature = hot;
    let mut round = 0;
    while rounds.is_none_or(|most| round < most) {
        if round % STRIDE == 0 {
            if control.is_over() {
                break;
            }
            let by_time = 1.0 - control.seconds_left() / seconds;
            let share = rounds.map_or(by_time, |most| round as f64 / most as f64);
            temperature = hot * (cold / hot).powf(share.clamp(0.0, 1.0));
            search.reprice();
        }
        round += 1;
        let before = search.worth();
        search.ruin();
        search.recreate();
        let change = search.worth() - before;
        if change >= 0.0 || search.random.unit() < (change / temperature).exp() {
            search.keep_best(&mut best);
        } else {
            search.undo();
        }
        search.journal.clear();
    }
    Found { award: best.map(|(_, award)| award), rounds: round }
}

impl<'a> Search<'a> {
    fn new(problem: &'a AuctionProblem, score: &'a [f64], seed: u64, begin: Begin<'_>) -> Self {
        let mut bids_of_lot = vec![Vec::new(); problem.lots.len()];
        let mut bids_of_bidder = vec![Vec::new(); problem.bidders.len()];
        let ledger = Ledger::new(problem);
        for bid in problem.bids.ids().filter(|&bid| ledger.room(bid) > 0) {
            for item in problem.taken(bid, problem.most_eligible(bid)) {
                bids_of_lot[item.lot.index()].push(bid);
            }
            bids_of_bidder[problem.bids[bid].bidder.index()].push(bid);
        }
        for bids in &mut bids_of_lot {
            bids.sort_by(|a, b| score[b.index()].total_cmp(&score[a.index()]).then(a.cmp(b)));
        }
        let dearest = problem.bids.ids().map(|bid| amount_each(problem, bid)).fold(1.0, f64::max);
        Self {
            problem,
            ledger,
            random: Random::new(seed),
            bids_of_lot,
            bids_of_bidder,
            score,
            is_priced: begin.is_priced,
            is_by_bidder: asks_by_bidder(problem),
            most_candidates: usize::MAX,
            missing_price: 2.0 * dearest,
            dearest,
            journal: Vec::new(),
            freed: Vec::new(),
            candidates: Vec::new(),
            fills: 0,
            seen: vec![0; problem.bids.len()],
        }
    }

    /// Accepts what a start award accepts as far as there is room, the best bids first, and fills
    /// all lots.
    fn begin(&mut self, begin: Begin<'_>) {
        let mut won: Vec<(BidId, u32)> = begin.start.iter().flat_map(|a| a.winning()).collect();
        won.retain(|(bid, _)| bid.index() < self.ledger.accepted.len());
        let score = |bid: BidId| self.score[bid.index()];
        won.sort_by(|a, b| score(b.0).total_cmp(&score(a.0)).then(a.0.cmp(&b.0)));
        for (bid, accepted) in won {
            let room = self.ledger.room(bid).min(accepted);
            if room >= self.least(bid) {
                self.ledger.accept(bid, room);
            }
        }
        if self.is_priced {
            let lacks = |bidder: &BidderId| self.ledger.missing_of_bidder(*bidder) > 0;
            let lacking: Vec<BidderId> = self.problem.bidders.ids().filter(lacks).collect();
            lacking.into_iter().for_each(|bidder| self.release_all(bidder));
        } else {
            let chosen = choose_winners(self.problem, &self.bids_of_lot, self.dearest);
            for bidder in chosen.into_iter().flatten() {
                self.raise_all(bidder);
            }
        }
        self.freed = self.problem.lots.ids().collect();
        self.recreate();
        self.journal.clear();
        if self.is_priced {
            self.most_candidates = 2 * FEW;
        }
    }

    /// The fewest parcels that can be accepted of a bid, or 1 of a package.
    fn least(&self, bid: BidId) -> u32 {
        match self.problem.bids[bid].offer {
            Offer::Package { .. } => 1,
            Offer::Schedule { least_parcels, .. } => least_parcels.max(1),
        }
    }

    fn temperatures(&self) -> (f64, f64) {
        let won: Vec<f64> = (self.ledger.accepted.iter().enumerate())
            .filter(|&(_, &accepted)| accepted > 0)
            .map(|(bid, &accepted)| {
                self.problem.amount_micros(BidId::from_index(bid), accepted) as f64
            })
            .collect();
        let mean = won.iter().sum::<f64>() / won.len().max(1) as f64;
        let (hot, cold) = if self.is_priced { NEAR } else { FAR };
        (hot * mean.max(1.0), cold * mean.max(1.0))
    }

    /// Raises the price of what is missing while something is, and lowers it while nothing is.
    fn reprice(&mut self) {
        let change = if self.ledger.missing > 0 { 1.05 } else { 0.99 };
        let range = (self.dearest / 100.0, self.dearest * 100.0);
        self.missing_price = (self.missing_price * change).clamp(range.0, range.1);
    }

    /// The value less the price of what is missing.
    fn worth(&self) -> f64 {
        self.ledger.value as f64 - self.missing_price * self.ledger.missing as f64
    }

    fn keep_best(&self, best: &mut Option<(i64, Award)>) {
        let better = best.as_ref().is_none_or(|(value, _)| self.ledger.value > *value);
        if self.ledger.missing == 0 && better {
            *best = Some((self.ledger.value, self.ledger.award()));
        }
    }

    fn release(&mut self, bid: BidId) {
        let before = self.ledger.release(bid);
        if before > 0 {
            self.journal.push((bid, before));
            self.freed.extend(self.problem.taken(bid, before).map(|item| item.lot));
        }
    }

    fn accept(&mut self, bid: BidId, accepted: u32) {
        self.ledger.accept(bid, accepted);
        self.journal.push((bid, 0));
    }

    fn undo(&mut self) {
        while let Some((bid, before)) = self.journal.pop() {
            if before == 0 {
                self.ledger.release(bid);
            } else {
                self.ledger.accept(bid, before);
            }
        }
    }

    fn ruin(&mut self) {
        self.freed.clear();
        match self.random.below(64) {
            0..=4 if self.is_priced && !self.is_by_bidder => self.with_a_bid(),
            0 => self.without_a_bidder(),
            1..=4 => self.with_a_bidder(),
            5..=28 => self.with_a_bid(),
            _ => self.around_a_lot(),
        }
    }

    /// A lot at random; while something is missing, one that is not covered if one is met soon.
    fn any_lot(&mut self) -> LotId {
        let any = |random: &mut Random| LotId::from_index(random.below(self.problem.lots.len()));
        if self.ledger.missing > 0 {
            for _ in 0..PROBES {
                let lot = any(&mut self.random);
                if self.problem.lots[lot].required && self.ledger.left(lot) > 0 {
                    return lot;
                }
            }
        }
        any(&mut self.random)
    }

    /// Gives back all bids on a lot and on others that are reached through shared packages.
    fn around_a_lot(&mut self) {
        let size = 1 + self.random.below(if self.is_priced { FEW } else { AREA });
        let mut area = vec![self.any_lot()];
        let mut next = 0;
        while next < area.len() {
            let lot = area[next];
            next += 1;
            self.freed.push(lot);
            let won: Vec<BidId> = self.won_on(lot);
            for bid in won {
                self.release(bid);
            }
            if area.len() < size {
                let bids = &self.bids_of_lot[lot.index()];
                if bids.is_empty() {
                    continue;
                }
                let bid = bids[self.random.below(bids.len())];
                let lots = self.problem.taken(bid, 1).map(|item| item.lot);
                let new: Vec<LotId> = lots.filter(|l| !area.contains(l)).collect();
                area.extend(new.into_iter().take(size - area.len()));
            }
        }
    }

    fn won_on(&self, lot: LotId) -> Vec<BidId> {
        let bids = self.bids_of_lot[lot.index()].iter().copied();
        bids.filter(|&bid| self.ledger.accepted[bid.index()] > 0).collect()
    }

    /// Gives back all that one winner has, so that another may come in its place.
    fn without_a_bidder(&mut self) {
        self.release_a_winner();
        if self.random.below(2) == 0 {
            let other = BidderId::from_index(self.random.below(self.problem.bidders.len()));
            self.raise_all(other);
        }
    }

    fn release_a_winner(&mut self) {
        let ids = self.problem.bidders.ids();
        let winners: Vec<BidderId> = ids.filter(|&bidder| self.ledger.wins(bidder)).collect();
        if !winners.is_empty() {
            let winner = winners[self.random.below(winners.len())];
            self.release_all(winner);
        }
    }

    /// Brings in a bidder that wins nothing, with all that it takes at least.
    fn with_a_bidder(&mut self) {
        let lot = self.any_lot();
        let bids = &self.bids_of_lot[lot.index()];
        if bids.is_empty() {
            return;
        }
        let first = bids[self.random.below(bids.len())];
        let bidder = self.problem.bids[first].bidder;
        if self.ledger.wins(bidder) {
            return;
        }
        self.clear_for(first);
        if self.ledger.room(first) == 0 {
            self.release_a_winner();
            self.clear_for(first);
        }
        let mut bids = self.bids_of_bidder[bidder.index()].clone();
        let mut order: Vec<(f64, BidId)> =
            bids.drain(..).map(|bid| (self.score[bid.index()] * self.random.unit(), bid)).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let enough = self.problem.bidders[bidder].least_parcels.max(1);
        for bid in std::iter::once(first).chain(order.into_iter().map(|(_, bid)| bid)) {
            if self.ledger.parcels_of(bidder) >= enough {
                return;
            }
            if self.ledger.accepted[bid.index()] == 0 && !self.blocks_own(bid, bidder) {
                self.clear_for(bid);
                let room = self.ledger.room(bid);
                if room > 0 {
                    self.accept(bid, room);
                }
            }
        }
    }

    /// Whether a bid needs a lot that its own bidder has already.
    fn blocks_own(&self, bid: BidId, bidder: BidderId) -> bool {
        let won = |lot: LotId| self.won_on(lot).into_iter();
        self.problem
            .taken(bid, 1)
            .any(|item| won(item.lot).any(|other| self.problem.bids[other].bidder == bidder))
    }

    /// Gives back all bids on the lots of a bid.
    fn clear_for(&mut self, bid: BidId) {
        let lots: Vec<LotId> = self.problem.taken(bid, 1).map(|item| item.lot).collect();
        for lot in lots {
            for other in self.won_on(lot) {
                self.release(other);
            }
        }
    }

    fn release_all(&mut self, bidder: BidderId) {
        for at in 0..self.bids_of_bidder[bidder.index()].len() {
            self.release(self.bids_of_bidder[bidder.index()][at]);
        }
    }

    /// Takes what a bidder offers where there is room.
    fn raise_all(&mut self, bidder: BidderId) {
        let mut bids = self.bids_of_bidder[bidder.index()].clone();
        bids.sort_by(|a, b| self.score[b.index()].total_cmp(&self.score[a.index()]).then(a.cmp(b)));
        for bid in bids {
            self.accept_if_better(bid);
        }
    }

    /// Chooses a bid that has not won and gives back what leaves it no room.
    fn with_a_bid(&mut self) {
        let lot = self.any_lot();
        let bids = &self.bids_of_lot[lot.index()];
        if bids.is_empty() {
            return;
        }
        // Good bids more often.
        let at = (bids.len() as f64 * self.random.unit().powi(2)) as usize;
        let bid = bids[at.min(bids.len() - 1)];
        self.release(bid);
        self.clear_for(bid);
        if self.ledger.room(bid) == 0 {
            self.make_room_beyond_lots(bid);
        }
        let room = self.ledger.room(bid);
        if room > 0 && self.ledger.accepted[bid.index()] == 0 {
            self.accept(bid, room);
        }
    }

    /// Gives back, one by one, bids that use up what else limits a bid.
    fn make_room_beyond_lots(&mut self, bid: BidId) {
        for _ in 0..PROBES {
            let Some(hindrance) = self.ledger.hindrance(bid) else { return };
            let found = match hindrance {
                Hindrance::Bidder => self.won_of(self.problem.bids[bid].bidder),
                Hindrance::Rule(rule) => match &self.problem.rules[rule] {
                    Rule::BidderShare { .. } => self.won_of(self.problem.bids[bid].bidder),
                    Rule::Winners { .. } => return self.without_a_bidder(),
                    _ => self.won_within(rule),
                },
            };
            let Some(other) = found else { return };
            self.release(other);
        }
    }

    /// A bid that a bidder wins: of a few the worst.
    fn won_of(&mut self, bidder: BidderId) -> Option<BidId> {
        let own = &self.bids_of_bidder[bidder.index()];
        let first = self.random.below(own.len().max(1));
        let around = own[first..].iter().chain(&own[..first]).copied();
        let won = around.filter(|bid| self.ledger.accepted[bid.index()] > 0);
        let score = |bid: &BidId| self.score[bid.index()];
        won.take(FEW).min_by(|a, b| score(a).total_cmp(&score(b)).then(a.cmp(b)))
    }

    /// A bid that wins some of a rule's lots: of those on the first such lot met the worst.
    fn won_within(&mut self, rule: usize) -> Option<BidId> {
        let lots = &self.problem.lot_sets[lots_of(&self.problem.rules[rule])];
        let first = self.random.below(lots.len().max(1));
        let counts = |bid: &BidId| match &self.problem.rules[rule] {
            Rule::GroupVolume { bidders, .. } => {
                bidders.binary_search(&self.problem.bids[*bid].bidder).is_ok()
            }
            _ => true,
        };
        let score = |bid: &BidId| self.score[bid.index()];
        let around = lots[first..].iter().chain(&lots[..first]).take(PROBES);
        around.copied().find_map(|lot| {
            let won = self.won_on(lot).into_iter().filter(counts);
            won.min_by(|a, b| score(a).total_cmp(&score(b)).then(a.cmp(b)))
        })
    }

    /// Counts lots as freed that share a capacity with one, all or some of them, and some that the
    /// bidders bid for from whom something was taken.
    fn free_beyond_lots(&mut self) {
        for at in 0..self.freed.len().min(FEW) {
            for &rule in self.ledger.rules_on(self.freed[at]) {
                if let Rule::SharedCapacity { lots, .. } = &self.problem.rules[rule as usize] {
                    let lots = &self.problem.lot_sets[*lots];
                    let first = self.random.below(lots.len());
                    self.freed.extend(lots[first..].iter().chain(&lots[..first]).take(FEW));
                }
            }
        }
        for at in 0..self.journal.len().min(FEW) {
            let (bid, before) = self.journal[at];
            let own = &self.bids_of_bidder[self.problem.bids[bid].bidder.index()];
            if before > 0 && !own.is_empty() {
                let other = own[self.random.below(own.len())];
                self.freed.extend(self.problem.taken(other, 1).map(|item| item.lot).take(1));
            }
        }
    }

    /// Fills the freed lots again.
    fn recreate(&mut self) {
        self.candidates.clear();
        self.fills += 1;
        self.free_beyond_lots();
        self.freed.sort_unstable();
        self.freed.dedup();
        for at in 0..self.freed.len() {
            let lot = self.freed[at];
            if self.ledger.left(lot) == 0 {
                continue;
            }
            let mut wanted = 0;
            for &bid in &self.bids_of_lot[lot.index()] {
                let is_new =
                    std::mem::replace(&mut self.seen[bid.index()], self.fills) < self.fills;
                if is_new && self.ledger.accepted[bid.index()] == 0 && self.ledger.room(bid) > 0 {
                    let noise = 1.0 + 0.05 * self.random.unit();
                    self.candidates.push((self.score[bid.index()] * noise, bid));
                    wanted += 1;
                    if wanted >= self.most_candidates {
                        break;
                    }
                }
            }
        }
        self.candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for at in 0..self.candidates.len() {
            let bid = self.candidates[at].1;
            if self.random.below(1000) >= BLINKS {
                self.accept_if_better(bid);
            }
        }
    }

    /// Accepts as much of a bid as there is room for if that is worth more than not to.
    fn accept_if_better(&mut self, bid: BidId) {
        if self.ledger.accepted[bid.index()] > 0 {
            return;
        }
        let room = self.ledger.room(bid);
        if room == 0 {
            return;
        }
        let before = self.worth();
        self.accept(bid, room);
        if self.worth() <= before {
            self.ledger.release(bid);
            self.journal.pop();
        }
    }
}

/// Whether rules ask for bidders to win much or not at all, or count what they win.
pub(crate) fn asks_by_bidder(problem: &AuctionProblem) -> bool {
    let counts = |rule: &Rule| matches!(rule, Rule::Winners { most: Some(_), .. });
    let counted = |b: &Bidder| b.least_parcels > 0 || b.most_bids.is_some();
    problem.bidders.iter().any(counted) || problem.rules.iter().any(counts)
}

/// What a bid asks for or pays for each parcel at its full size, in micros over the term.
fn amount_each(problem: &AuctionProblem, bid: BidId) -> f64 {
    let most = problem.most_eligible(bid);
    problem.amount_micros(bid, most) as f64 / parcels(problem, bid, most)
}

fn parcels(problem: &AuctionProblem, bid: BidId, accepted: u32) -> f64 {
    problem.taken(bid, accepted).map(|item| f64::from(item.parcels)).sum::<f64>().max(1.0)
}
