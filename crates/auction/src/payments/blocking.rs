//! Who would object: the best award when a bidder stays away, or when winners claim what they
//! were given back.

use crate::core::{Core, FREE};
use crate::exact::{self, Exact};
use crate::pack::Pack;
use crate::packing;
use crate::{Cleared, Config};
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidderId, IdVec, id::Id};
use postroad_optimization::{Control, mip};

/// Largest programme that is solved again and again.
const MOST_COLUMNS: usize = 5000;

/// How the best award of a coalition is found.
enum Engine<'a> {
    /// Each bidder's bids exclude each other, and so do any two for a lot.
    Packing { pack: Pack, solver: Box<packing::Solver>, bidders: Vec<usize> },
    /// Any market of moderate size.
    Programme { exact: Exact<'a>, solver: Box<mip::Solver> },
    /// The search of a large market, which proves nothing.
    Search,
}

/// Answers about coalitions in one market.
pub(super) struct Coalitions<'a> {
    problem: &'a AuctionProblem,
    award: &'a Award,
    config: &'a Config,
    control: &'a Control,
    engine: Engine<'a>,
    /// Value of the award.
    pub(super) value: i64,
    /// Who wins something.
    pub(super) winners: Vec<BidderId>,
    /// Whether all answers so far were proven.
    pub(super) exact: bool,
    /// Winners without whom no award keeps the rules.
    pub(super) indispensable: Vec<BidderId>,
}

impl<'a> Coalitions<'a> {
    pub(super) fn new(
        problem: &'a AuctionProblem,
        award: &'a Award,
        config: &'a Config,
        control: &'a Control,
    ) -> Self {
        Self {
            problem,
            award,
            config,
            control,
            engine: engine(problem),
            value: award.value_micros(problem),
            winners: winners_of(problem, award),
            exact: true,
            indispensable: Vec::new(),
        }
    }

    /// The surplus of each winner under Vickrey's rule: what all bidders together gain by its
    /// presence, as far as the reserve prices of what it wins allow.
    pub(super) fn vickrey(&mut self) -> IdVec<BidderId, i64> {
        let mut surplus: IdVec<BidderId, i64> = vec![0; self.problem.bidders.len()].into();
        let none = surplus.clone();
        for bidder in self.winners.clone() {
            match self.best(&none, Some(bidder)) {
                Some(other) => {
                    let value = other.value_micros(self.problem);
                    // A better award than the given one is a sign that it was not proven.
                    self.exact &= value <= self.value;
                    let most = super::most_surplus(self.problem, self.award, bidder);
                    surplus[bidder] = (self.value - value).clamp(0, most);
                }
                None => self.indispensable.push(bidder),
            }
        }
        surplus
    }

    /// What an award is worth.
    pub(super) fn value_of(&self, award: &Award) -> i64 {
        award.value_micros(self.problem)
    }

    /// Who wins something in an award, ascending.
    pub(super) fn winners_of(&self, award: &Award) -> Vec<BidderId> {
        winners_of(self.problem, award)
    }

    /// The award of greatest value less the charges of those who win in it.
    pub(super) fn best(
        &mut self,
        charges: &IdVec<BidderId, i64>,
        without: Option<BidderId>,
    ) -> Option<Award> {
        match &mut self.engine {
            Engine::Packing { pack, solver, bidders } => {
                let mut values = pack.packing.values.clone();
                for (value, &bidder) in values.iter_mut().zip(bidders.iter()) {
                    *value -= charges[BidderId::from_index(bidder)];
                }
                solver.set_values(&values);
                let away = without.map(Id::index);
                for (bid, &bidder) in bidders.iter().enumerate() {
                    solver.set_forbidden(bid, Some(bidder) == away || values[bid] <= 0);
                }
                let search = packing::Config { seed: self.config.seed, nodes: u64::MAX };
                let solved = solver.solve(&search, self.control, None);
                self.exact &= solved.proven;
                Some(pack.award(self.problem, &solved.chosen))
            }
            Engine::Programme { exact, solver } => {
                for (bidder, &charge) in charges.iter_ids() {
                    if let Some(wins) = exact.bidders[bidder.index()] {
                        solver.set_cost(wins as usize, charge as f64);
                        let upper = f64::from(u8::from(without != Some(bidder)));
                        solver.set_bounds(wins as usize, 0.0, upper);
                    }
                }
                let solved = solver.solve(&mip::Config::default(), self.control, None);
                self.exact &=
                    matches!(solved.status, mip::Status::Optimal | mip::Status::Infeasible);
                let award = (!solved.x.is_empty()).then(|| exact.award(&solved.x));
                award.filter(|award| award.violations(self.problem).is_empty())
            }
            Engine::Search => {
                self.exact = false;
                self.searched(charges, without)
            }
        }
    }

    /// The best award that a search finds without a bidder; charges are left out of account, which
    /// makes the search ask for too little and the answer one that is not proven.
    fn searched(&self, charges: &IdVec<BidderId, i64>, without: Option<BidderId>) -> Option<Award> {
        let mut problem = self.problem.clone();
        for bidder in problem.bidders.ids() {
            let away = without == Some(bidder) || charges[bidder] > 0;
            if away {
                problem.bidders[bidder].most_bids = Some(0);
            }
        }
        let mut start = self.award.clone();
        for (bid, _) in self.award.winning() {
            if problem.bidders[problem.bids[bid].bidder].most_bids == Some(0) {
                start.accepted[bid] = 0;
            }
        }
        let Cleared { award, infeasible, .. } =
            crate::clear(&problem, self.config, self.control, Some(&start));
        (!infeasible && award.violations(&problem).is_empty()).then_some(award)
    }
}

fn winners_of(problem: &AuctionProblem, award: &Award) -> Vec<BidderId> {
    let mut winners: Vec<BidderId> =
        award.winning().map(|(bid, _)| problem.bids[bid].bidder).collect();
    winners.sort_unstable();
    winners.dedup();
    winners
}

fn engine(problem: &AuctionProblem) -> Engine<'_> {
    if !crate::winners::has_rules(problem) {
        let core = Core::new(problem);
        if let Some(pack) = Pack::new(&core)
            && bids_exclude(&core, problem)
        {
            let bidders = pack.bidders(problem);
            let solver = Box::new(packing::Solver::new(&pack.packing));
            return Engine::Packing { pack, solver, bidders };
        }
    }
    if exact::size(problem) <= MOST_COLUMNS {
        let exact = Exact::new(problem, true);
        let solver = Box::new(mip::Solver::new(&exact.mip));
        return Engine::Programme { exact, solver };
    }
    Engine::Search
}

/// Whether of each bidder's bids only one can win.
fn bids_exclude(core: &Core, problem: &AuctionProblem) -> bool {
    let mut group_of = vec![None; problem.bidders.len()];
    core.choices.iter().all(|choice| {
        let bidder = problem.bids[choice.bid].bidder.index();
        match group_of[bidder].replace(choice.group) {
            None => true,
            Some(other) => other == choice.group && other != FREE,
        }
    })
}
