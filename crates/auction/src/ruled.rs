//! Markets with rules beyond capacities and exclusive groups: ruin and recreate.
//!
//! A round gives back the bids around a lot, or all of a bidder, or those that a chosen bid
//! needs gone, and fills the lots that became free again in the order of what bids add for each
//! parcel, disturbed by chance (Schrimpf and others 2000). Limits from above always hold; what is
//! missing from limits from below costs a price that rises until nothing is missing.

use crate::few::choose_winners;
use crate::ledger::Ledger;
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidId, BidderId, LotId, id::Id};
use postroad_optimization::{Control, Random};

/// Rounds between two looks at the clock and at the price of what is missing.
const STRIDE: u64 = 64;
/// Temperatures against the mean gain of a bid that can win.
const HOT: f64 = 0.1;
const COLD: f64 = 0.001;
/// Most lots that a round frees around one lot.
const AREA: usize = 12;
/// Lots looked at for one that is not covered.
const PROBES: usize = 32;
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
    score: Vec<f64>,
    /// Price in micros of a parcel or winner that is missing.
    missing_price: f64,
    /// What the dearest bid asks for a parcel.
    dearest: f64,
    /// Bids changed in this round with what was accepted of them before.
    journal: Vec<(BidId, u32)>,
    /// Lots from which something was given back in this round.
    freed: Vec<LotId>,
    candidates: Vec<(f64, BidId)>,
}

/// Searches for `rounds`, or until `control` is over; `prices` are micros for a daily parcel.
pub(crate) fn search(
    problem: &AuctionProblem,
    prices: &[f64],
    seed: u64,
    rounds: Option<u64>,
    control: &Control,
    start: Option<&Award>,
) -> Found {
    let mut search = Search::new(problem, prices, seed);
    search.begin(start);
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
    fn new(problem: &'a AuctionProblem, prices: &[f64], seed: u64) -> Self {
        let score: Vec<f64> = problem.bids.ids().map(|bid| score(problem, prices, bid)).collect();
        let mut bids_of_lot = vec![Vec::new(); problem.lots.len()];
        let mut bids_of_bidder = vec![Vec::new(); problem.bidders.len()];
        for bid in problem.bids.ids().filter(|&bid| problem.most_eligible(bid) > 0) {
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
            ledger: Ledger::new(problem),
            random: Random::new(seed),
            bids_of_lot,
            bids_of_bidder,
            score,
            missing_price: 2.0 * dearest,
            dearest,
            journal: Vec::new(),
            freed: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Accepts what a start award accepts as far as there is room, and fills all lots.
    fn begin(&mut self, start: Option<&Award>) {
        for (bid, accepted) in start.iter().flat_map(|award| award.winning()) {
            if bid.index() < self.ledger.accepted.len() {
                let room = self.ledger.room(bid).min(accepted);
                if room == accepted {
                    self.ledger.accept(bid, accepted);
                }
            }
        }
        let chosen = choose_winners(self.problem, &self.bids_of_lot, self.dearest);
        for bidder in chosen.into_iter().flatten() {
            self.raise_all(bidder);
        }
        self.freed = self.problem.lots.ids().collect();
        self.recreate();
        self.journal.clear();
    }

    fn temperatures(&self) -> (f64, f64) {
        let won: Vec<f64> = (self.ledger.accepted.iter().enumerate())
            .filter(|&(_, &accepted)| accepted > 0)
            .map(|(bid, &accepted)| {
                self.problem.amount_micros(BidId::from_index(bid), accepted) as f64
            })
            .collect();
        let mean = won.iter().sum::<f64>() / won.len().max(1) as f64;
        (HOT * mean.max(1.0), COLD * mean.max(1.0))
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
        let size = 1 + self.random.below(AREA);
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

    /// Gives back bids of the same bidder, or all of another winner.
    fn make_room_beyond_lots(&mut self, bid: BidId) {
        let bidder = self.problem.bids[bid].bidder;
        if self.ledger.wins(bidder) {
            let own = &self.bids_of_bidder[bidder.index()];
            let mut won: Vec<BidId> =
                own.iter().copied().filter(|b| self.ledger.accepted[b.index()] > 0).collect();
            self.random.shuffle(&mut won);
            for other in won {
                self.release(other);
                if self.ledger.room(bid) > 0 {
                    return;
                }
            }
        }
        self.without_a_bidder();
    }

    /// Fills the freed lots again.
    fn recreate(&mut self) {
        self.candidates.clear();
        self.freed.sort_unstable();
        self.freed.dedup();
        for at in 0..self.freed.len() {
            let lot = self.freed[at];
            if self.ledger.left(lot) == 0 {
                continue;
            }
            for &bid in &self.bids_of_lot[lot.index()] {
                if self.ledger.accepted[bid.index()] == 0 {
                    let noise = 1.0 + 0.05 * self.random.unit();
                    self.candidates.push((self.score[bid.index()] * noise, bid));
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

/// What a bid asks for or pays for each parcel at its full size, in micros over the term.
fn amount_each(problem: &AuctionProblem, bid: BidId) -> f64 {
    let most = problem.most_eligible(bid);
    problem.amount_micros(bid, most) as f64 / parcels(problem, bid, most)
}

fn parcels(problem: &AuctionProblem, bid: BidId, accepted: u32) -> f64 {
    problem.taken(bid, accepted).map(|item| f64::from(item.parcels)).sum::<f64>().max(1.0)
}

/// Gain for each parcel beyond the prices of its lots.
fn score(problem: &AuctionProblem, prices: &[f64], bid: BidId) -> f64 {
    let most = problem.most_eligible(bid);
    let charge: f64 =
        problem.taken(bid, most).map(|i| prices[i.lot.index()] * f64::from(i.parcels)).sum();
    (problem.gain_micros(bid, most) as f64 - charge) / parcels(problem, bid, most)
}
