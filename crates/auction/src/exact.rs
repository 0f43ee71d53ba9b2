//! The market as a mixed-integer programme: every bid, limit and rule, without approximation.
//!
//! A package is a binary column, and so is a schedule of all or nothing; another schedule has a
//! whole column for each step, and if it has a minimum, is in a group, or its price rises, a
//! binary column that says whether it wins.
//! A bidder has one that says whether it wins anything, where a rule or a charge depends on it.

use crate::ledger::lots_of;
use postroad_model::auction::{AuctionProblem, Award, Offer, Rule};
use postroad_model::{BidId, BidderId, LotId, id::Id};
use postroad_optimization::{Control, lp, mip};

/// Columns with their coefficients.
type Terms = Vec<(u32, f64)>;

/// Where the columns of a bid are.
#[derive(Clone, Debug)]
struct BidColumns {
    /// Whether it wins; the only column of a bid of all or nothing.
    wins: Option<u32>,
    /// What is accepted then of a bid of all or nothing.
    whole: u32,
    /// Parcels of each eligible step of another bid.
    steps: Vec<u32>,
}

/// A market as a programme.
pub(crate) struct Exact<'a> {
    problem: &'a AuctionProblem,
    pub(crate) mip: mip::Problem,
    bids: Vec<BidColumns>,
    /// Whether each bidder wins anything.
    pub(crate) bidders: Vec<Option<u32>>,
    indicators: Vec<Indicator>,
    /// Whether each bid is in a group.
    grouped: Vec<bool>,
}

/// A column that is 1 where a sum of earlier columns reaches a threshold.
struct Indicator {
    column: u32,
    terms: Terms,
    threshold: f64,
}

/// Most nodes of a tree without a time limit, so that every answer comes.
pub(crate) const MOST_NODES: u64 = 20_000;
/// Nodes times columns of such a tree at most, and the nodes that the largest still may have.
const MOST_WORK: u64 = 10_000_000;
const LEAST_NODES: u64 = 100;

/// Columns that the programme of a market would have, counted before it is made.
pub(crate) fn size(problem: &AuctionProblem) -> usize {
    problem.bids.ids().map(|bid| size_of(problem, bid)).sum::<usize>() + problem.bidders.len()
}

/// Columns of a bid.
pub(crate) fn size_of(problem: &AuctionProblem, bid: BidId) -> usize {
    match problem.bids[bid].offer {
        Offer::Schedule { least_parcels, .. } if least_parcels < problem.most_eligible(bid) => {
            1 + problem.steps(bid).len()
        }
        _ => 1,
    }
}

impl<'a> Exact<'a> {
    /// The programme of a market; `charged`: with a column for each bidder, to put a charge on.
    pub(crate) fn new(problem: &'a AuctionProblem, charged: bool) -> Self {
        let mut grouped = vec![false; problem.bids.len()];
        let members = problem.groups.iter().flat_map(|group| &group.bids);
        members.for_each(|bid| grouped[bid.index()] = true);
        let mut exact = Self {
            problem,
            grouped,
            mip: mip::Problem::default(),
            bids: Vec::with_capacity(problem.bids.len()),
            bidders: vec![None; problem.bidders.len()],
            indicators: Vec::new(),
        };
        for bid in problem.bids.ids() {
            let columns = exact.bid(bid);
            exact.bids.push(columns);
        }
        exact.lots();
        exact.groups();
        for bidder in problem.bidders.ids() {
            exact.bidder(bidder, charged);
        }
        for rule in &problem.rules {
            exact.rule(rule);
        }
        exact
    }

    /// How hard to try to solve the programme once; `rounds` are the nodes of a repeatable run.
    pub(crate) fn effort(&self, rounds: Option<u64>, control: &Control) -> mip::Config {
        let columns = self.mip.lp.columns.len().max(1) as u64;
        let by_size = (MOST_WORK / columns).clamp(LEAST_NODES, MOST_NODES);
        let nodes = match control.seconds_left().is_finite() {
            true => u64::MAX,
            false => rounds.map_or(by_size, |rounds| rounds.min(by_size)),
        };
        mip::Config { nodes, ..mip::Config::default() }
    }

    fn column(&mut self, gain: i64, upper: f64) -> u32 {
        let lp = &mut self.mip.lp;
        lp.columns.push(lp::Column { cost: -(gain as f64), lower: 0.0, upper });
        self.mip.is_integer.push(true);
        lp.columns.len() as u32 - 1
    }

    fn indicator(&mut self, terms: Terms, threshold: f64) -> u32 {
        let column = self.column(0, 1.0);
        self.indicators.push(Indicator { column, terms, threshold });
        column
    }

    fn row(&mut self, lower: f64, upper: f64, terms: Terms) {
        self.mip.lp.rows.push(lp::Row { lower, upper, terms });
    }

    fn at_most(&mut self, upper: f64, terms: Terms) {
        self.row(f64::NEG_INFINITY, upper, terms);
    }

    fn bid(&mut self, bid: BidId) -> BidColumns {
        let problem = self.problem;
        let most = problem.most_eligible(bid);
        let fits = |lot: LotId, parcels: u32| parcels <= problem.lots[lot].parcels_per_day;
        match problem.bids[bid].offer {
            Offer::Package { .. } => {
                let possible =
                    most > 0 && problem.items(bid).iter().all(|i| fits(i.lot, i.parcels));
                self.whole(bid, 1, possible)
            }
            Offer::Schedule { lot, least_parcels, .. } if least_parcels >= most.max(1) => {
                let possible = least_parcels == most && fits(lot, most);
                self.whole(bid, least_parcels, possible)
            }
            Offer::Schedule { lot, least_parcels, .. } => {
                let most = if fits(lot, least_parcels) { most } else { 0 };
                self.schedule(bid, least_parcels, most)
            }
        }
    }

    fn whole(&mut self, bid: BidId, whole: u32, possible: bool) -> BidColumns {
        let gain = if possible { self.problem.gain_micros(bid, whole) } else { 0 };
        let wins = Some(self.column(gain, f64::from(u8::from(possible))));
        BidColumns { wins, whole, steps: Vec::new() }
    }

    fn schedule(&mut self, bid: BidId, least: u32, most: u32) -> BidColumns {
        let problem = self.problem;
        let mut steps = Vec::new();
        let (mut from, mut gains, mut widths) = (0_u32, Vec::new(), Vec::new());
        for step in problem.steps(bid) {
            let to = (from + step.parcels).min(most);
            if to > from {
                let whole = problem.gain_micros(bid, to) - problem.gain_micros(bid, from);
                gains.push(whole / i64::from(to - from));
                widths.push(to - from);
                steps.push(self.column(gains[gains.len() - 1], f64::from(to - from)));
            }
            from = from.saturating_add(step.parcels).min(most);
        }
        let falling = gains.windows(2).all(|pair| pair[0] >= pair[1]);
        let bidder = &problem.bidders[problem.bids[bid].bidder];
        let grouped = self.grouped[bid.index()];
        let needs = least > 1 || !falling || grouped || bidder.most_bids.is_some();
        let wins = needs.then(|| self.column(0, f64::from(u8::from(most > 0))));
        if let Some(wins) = wins {
            let all = || steps.iter().map(|&c| (c, 1.0));
            self.at_most(0.0, all().chain([(wins, -f64::from(most))]).collect());
            let terms = all().map(|(c, n)| (c, -n)).chain([(wins, f64::from(least.max(1)))]);
            self.at_most(0.0, terms.collect());
        }
        // Within a budget the dear first parcels would be passed over.
        if !falling || bidder.budget_micros.is_some() {
            self.in_order(&steps, &widths);
        }
        BidColumns { wins, whole: 0, steps }
    }

    /// A step is begun only when the one before is full.
    fn in_order(&mut self, steps: &[u32], widths: &[u32]) {
        for at in 1..steps.len() {
            let (before, width) = (steps[at - 1], f64::from(widths[at - 1]));
            let full = self.indicator(vec![(before, 1.0)], width);
            self.at_most(0.0, vec![(full, width), (before, -1.0)]);
            self.at_most(0.0, vec![(steps[at], 1.0), (full, -f64::from(widths[at]))]);
        }
    }

    /// The parcels of a bid on a lot, as terms.
    fn parcels_on(&self, bid: BidId, lot: LotId) -> Terms {
        let columns = &self.bids[bid.index()];
        match self.problem.bids[bid].offer {
            Offer::Schedule { lot: own, .. } if own == lot => match columns.wins {
                Some(wins) if columns.steps.is_empty() => vec![(wins, f64::from(columns.whole))],
                _ => columns.steps.iter().map(|&c| (c, 1.0)).collect(),
            },
            Offer::Schedule { .. } => Vec::new(),
            Offer::Package { .. } => {
                let items = self.problem.items(bid).iter().filter(|item| item.lot == lot);
                let term = |i: &postroad_model::auction::Item| {
                    columns.wins.map(|c| (c, f64::from(i.parcels)))
                };
                items.filter_map(term).collect()
            }
        }
    }

    /// All parcels of a bid on the lots that `within` holds, as terms.
    fn parcels(&self, bid: BidId, within: &dyn Fn(LotId) -> bool) -> Terms {
        let columns = &self.bids[bid.index()];
        match self.problem.bids[bid].offer {
            Offer::Schedule { lot, .. } if within(lot) => self.parcels_on(bid, lot),
            Offer::Schedule { .. } => Vec::new(),
            Offer::Package { .. } => {
                let items = self.problem.items(bid).iter().filter(|item| within(item.lot));
                let sum: f64 = items.map(|item| f64::from(item.parcels)).sum();
                let term = columns.wins.map(|c| (c, sum));
                term.into_iter().filter(|&(_, sum)| sum > 0.0).collect()
            }
        }
    }

    fn lots(&mut self) {
        let problem = self.problem;
        let mut terms = vec![Vec::new(); problem.lots.len()];
        for bid in problem.bids.ids() {
            let mut lots: Vec<LotId> = problem.taken(bid, 1).map(|item| item.lot).collect();
            lots.dedup();
            for lot in lots {
                terms[lot.index()].extend(self.parcels_on(bid, lot));
            }
        }
        for ((_, lot), terms) in problem.lots.iter_ids().zip(terms) {
            let most = f64::from(lot.parcels_per_day);
            let least = if lot.required { most } else { f64::NEG_INFINITY };
            if lot.required || !terms.is_empty() {
                self.row(least, most, terms);
            }
        }
    }

    fn groups(&mut self) {
        for group in &self.problem.groups {
            let wins = group.bids.iter().filter_map(|bid| self.bids[bid.index()].wins);
            let terms: Terms = wins.map(|c| (c, 1.0)).collect();
            self.at_most(f64::from(group.at_most), terms);
        }
    }

    fn bids_of(&self, bidder: BidderId) -> Vec<BidId> {
        let bids = self.problem.bids.iter_ids();
        bids.filter(|(_, bid)| bid.bidder == bidder).map(|(id, _)| id).collect()
    }

    fn bidder(&mut self, bidder: BidderId, charged: bool) {
        let limits = self.problem.bidders[bidder].clone();
        let bids = self.bids_of(bidder);
        let everywhere = |_: LotId| true;
        let parcels: Terms = bids.iter().flat_map(|&bid| self.parcels(bid, &everywhere)).collect();
        if let Some(most) = limits.most_parcels {
            self.at_most(most as f64, parcels.clone());
        }
        if let Some(budget) = limits.budget_micros {
            let amounts = bids.iter().flat_map(|&bid| self.amounts(bid)).collect();
            self.at_most(budget as f64, amounts);
        }
        if let Some(most) = limits.most_bids {
            let wins = bids.iter().filter_map(|bid| self.bids[bid.index()].wins);
            let terms = wins.map(|c| (c, 1.0)).collect();
            self.at_most(f64::from(most), terms);
        }
        if charged || limits.least_parcels > 0 {
            let wins = self.wins_anything(bidder);
            if limits.least_parcels > 0 {
                let terms = parcels.into_iter().map(|(c, n)| (c, -n));
                self.at_most(0.0, terms.chain([(wins, limits.least_parcels as f64)]).collect());
            }
        }
    }

    /// The column without which nothing of a bidder's bids is accepted.
    fn wins_anything(&mut self, bidder: BidderId) -> u32 {
        if let Some(wins) = self.bidders[bidder.index()] {
            return wins;
        }
        let wins = self.wins_any(&self.bids_of(bidder), &|_| true);
        self.bidders[bidder.index()] = Some(wins);
        wins
    }

    /// A column without which nothing of `bids` within some lots is accepted. Bid by bid that is many
    /// rows, of which few matter.
    fn wins_any(&mut self, bids: &[BidId], within: &dyn Fn(LotId) -> bool) -> u32 {
        let terms: Terms = bids.iter().flat_map(|&bid| self.parcels(bid, within)).collect();
        let wins = self.indicator(terms.clone(), 1.0);
        let mut all = Vec::new();
        let mut most = 0.0;
        for (column, _) in terms {
            let upper = self.mip.lp.columns[column as usize].upper;
            if upper > 0.0 {
                all.push((column, 1.0));
                most += upper;
                let terms = vec![(column, 1.0), (wins, -upper)];
                let row = lp::Row { lower: f64::NEG_INFINITY, upper: 0.0, terms };
                self.mip.implied.push(row);
            }
        }
        all.push((wins, -most));
        self.at_most(0.0, all);
        wins
    }

    /// What a bid costs at its own prices, as terms.
    fn amounts(&self, bid: BidId) -> Terms {
        let columns = &self.bids[bid.index()];
        match (&self.problem.bids[bid].offer, columns.wins) {
            (_, Some(wins)) if columns.steps.is_empty() => {
                vec![(wins, self.problem.amount_micros(bid, columns.whole) as f64)]
            }
            (Offer::Package { .. }, _) => Vec::new(),
            (Offer::Schedule { lot, .. }, _) => {
                let days = f64::from(self.problem.lots[*lot].days);
                let prices = self.problem.steps(bid).iter();
                let each = prices.map(|step| step.price_micros as f64 * days);
                columns.steps.iter().copied().zip(each).collect()
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let problem = self.problem;
        let set = lots_of(rule);
        let within = |lot: LotId| problem.contains(set, lot);
        let parcels = |exact: &Self, bidder: BidderId| -> Terms {
            let bids = exact.bids_of(bidder);
            bids.into_iter().flat_map(|bid| exact.parcels(bid, &within)).collect()
        };
        match rule {
            Rule::SharedCapacity { most_parcels, .. } => {
                let all = problem.bidders.ids().flat_map(|b| parcels(self, b)).collect();
                self.at_most(*most_parcels as f64, all);
            }
            Rule::BidderShare { most_parcels, .. } => {
                for bidder in problem.bidders.ids() {
                    let terms = parcels(self, bidder);
                    self.at_most(*most_parcels as f64, terms);
                }
            }
            Rule::GroupVolume { bidders, least_parcels, most_parcels, .. } => {
                let terms = bidders.iter().flat_map(|&b| parcels(self, b)).collect();
                let upper = most_parcels.map_or(f64::INFINITY, |most| most as f64);
                let lower =
                    if *least_parcels > 0 { *least_parcels as f64 } else { f64::NEG_INFINITY };
                self.row(lower, upper, terms);
            }
            Rule::Winners { least, most, least_parcels, .. } => {
                if let Some(most) = most {
                    self.most_winners(*most, &within);
                }
                if *least > 0 {
                    self.least_winners(*least, *least_parcels, &parcels);
                }
            }
        }
    }

    fn most_winners(&mut self, most: u32, within: &dyn Fn(LotId) -> bool) {
        let mut all = Vec::new();
        let is_everywhere = self.problem.lots.ids().all(within);
        for bidder in self.problem.bidders.ids() {
            let wins = if is_everywhere {
                self.wins_anything(bidder)
            } else {
                self.wins_any(&self.bids_of(bidder), within)
            };
            all.push((wins, 1.0));
        }
        self.at_most(f64::from(most), all);
    }

    fn least_winners(
        &mut self,
        least: u32,
        least_parcels: u64,
        parcels: &dyn Fn(&Self, BidderId) -> Terms,
    ) {
        let mut all = Vec::new();
        for bidder in self.problem.bidders.ids() {
            let enough = least_parcels.max(1) as f64;
            let terms = parcels(self, bidder);
            let counts = self.indicator(terms.clone(), enough);
            let terms = terms.into_iter().map(|(c, n)| (c, -n));
            let terms = terms.chain([(counts, enough)]).collect();
            self.at_most(0.0, terms);
            all.push((counts, 1.0));
        }
        self.row(f64::from(least), f64::INFINITY, all);
    }

    /// Forces all of an eligible bid into the award.
    pub(crate) fn force(&mut self, bid: BidId) {
        let columns = &self.bids[bid.index()];
        for &column in columns.steps.iter().chain(&columns.wins) {
            let column = &mut self.mip.lp.columns[column as usize];
            // A bid that asks for more than there is has columns that stay at 0.
            column.lower = column.upper.max(1.0);
            column.upper = column.lower;
        }
    }

    /// Asks for an award that takes other bids whole than this one; whether there can be one.
    pub(crate) fn forbid(&mut self, award: &Award) -> bool {
        let mut terms = Vec::new();
        let mut least = 1.0;
        for (columns, &accepted) in self.bids.iter().zip(award.accepted.iter()) {
            let Some(wins) = columns.wins else { continue };
            if accepted > 0 {
                least -= 1.0;
                terms.push((wins, -1.0));
            } else {
                terms.push((wins, 1.0));
            }
        }
        let any = !terms.is_empty();
        self.row(least, f64::INFINITY, terms);
        any
    }

    /// The award of a point.
    pub(crate) fn award(&self, x: &[f64]) -> Award {
        let at = |column: &u32| x[*column as usize].round().max(0.0) as u32;
        let accepted = |columns: &BidColumns| match (columns.steps.as_slice(), &columns.wins) {
            ([], Some(wins)) => at(wins) * columns.whole,
            (steps, _) => steps.iter().map(at).sum(),
        };
        Award { accepted: self.bids.iter().map(accepted).collect() }
    }

    /// The point of an award.
    pub(crate) fn point(&self, award: &Award) -> Vec<f64> {
        let columns = &self.mip.lp.columns;
        let mut x = vec![0.0; columns.len()];
        for (bid, &accepted) in self.bids.iter().zip(award.accepted.iter()) {
            if let Some(wins) = bid.wins {
                x[wins as usize] = f64::from(u8::from(accepted > 0));
            }
            let mut left = f64::from(accepted);
            for &step in &bid.steps {
                x[step as usize] = left.min(columns[step as usize].upper);
                left -= x[step as usize];
            }
        }
        for Indicator { column, terms, threshold } in &self.indicators {
            let sum: f64 = terms.iter().map(|&(j, a)| a * x[j as usize]).sum();
            x[*column as usize] = f64::from(u8::from(sum >= *threshold));
        }
        x
    }
}
