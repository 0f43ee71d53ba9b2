//! Markets in which any two bids for a lot exclude each other: set packing.

use crate::core::Core;
use crate::packing::{self, Packing};
use crate::{Cleared, Config, dual, winners};
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidId, id::Id};
use postroad_optimization::Control;

/// Most nodes of the trees, without a time limit.
const MOST_NODES: u64 = 1_000_000;

/// A market as a packing problem.
pub(crate) struct Pack {
    pub(crate) packing: Packing,
    /// The bid of each bid of the packing, and what is accepted of it.
    choices: Vec<(BidId, u32)>,
}

impl Pack {
    /// The packing problem of a market; none if it has limits beyond capacities and groups, if some
    /// lot can serve two of its bids, or if several bids of a group may win.
    pub(crate) fn new(problem: &AuctionProblem, core: &Core) -> Option<Self> {
        let excludes = |lot: usize| lot_excludes(core, lot);
        if winners::has_limits(problem)
            || !core.segments.is_empty()
            || problem.groups.iter().any(|group| group.at_most > 1)
            || !(0..core.lots()).all(excludes)
        {
            return None;
        }
        let mut groups_of = vec![Vec::new(); problem.bids.len()];
        let mut is_usable = vec![true; problem.bids.len()];
        for (index, group) in problem.groups.iter().enumerate() {
            for bid in &group.bids {
                groups_of[bid.index()].push((core.lots() + index) as u32);
                is_usable[bid.index()] &= group.at_most > 0;
            }
        }
        let bid = |option: usize| core.choices[option].bid.index();
        let goods = |option: usize| {
            let lots = core.items(option).iter().map(|&(lot, _)| lot);
            lots.chain(groups_of[bid(option)].iter().copied()).collect()
        };
        let options: Vec<usize> = (0..core.choices.len()).filter(|&o| is_usable[bid(o)]).collect();
        Some(Self {
            packing: Packing {
                goods: core.lots() + problem.groups.len(),
                values: options.iter().map(|&o| core.choices[o].gain).collect(),
                bids: options.iter().map(|&o| goods(o)).collect(),
            },
            choices: (options.iter())
                .map(|&o| (core.choices[o].bid, core.choices[o].accepted))
                .collect(),
        })
    }

    /// Searches for the award of greatest value.
    pub(crate) fn clear(
        &self,
        problem: &AuctionProblem,
        core: &Core,
        config: &Config,
        control: &Control,
        start: Option<&Award>,
    ) -> Cleared {
        let nodes = if control.seconds_left().is_finite() { u64::MAX } else { MOST_NODES };
        let search = packing::Config { seed: config.seed, nodes: config.rounds.unwrap_or(nodes) };
        let start = start.map(|award| self.chosen(award));
        let solved = packing::solve(&self.packing, &search, control, start.as_deref());
        let award = self.award(problem, &solved.chosen);
        Cleared {
            value_micros: award.value_micros(problem),
            award,
            bound_micros: solved.bound,
            proven: solved.proven,
            found: true,
            infeasible: false,
            rounds: solved.nodes,
            lot_prices: dual::descend(core, control).whole_prices(),
        }
    }

    /// The same with the bids in order of their tickets.
    pub(crate) fn by_ticket(&self, problem: &AuctionProblem) -> Self {
        let Packing { goods, values, bids } = &self.packing;
        let mut order: Vec<usize> = (0..bids.len()).collect();
        order.sort_by_key(|&at| (problem.bids[self.choices[at].0].ticket, self.choices[at]));
        Self {
            packing: Packing {
                goods: *goods,
                values: order.iter().map(|&at| values[at]).collect(),
                bids: order.iter().map(|&at| bids[at].clone()).collect(),
            },
            choices: order.iter().map(|&at| self.choices[at]).collect(),
        }
    }

    /// The award of the chosen bids.
    pub(crate) fn award(&self, problem: &AuctionProblem, chosen: &[bool]) -> Award {
        let mut award = Award::nothing(problem);
        for (&(bid, accepted), _) in self.choices.iter().zip(chosen).filter(|&(_, &c)| c) {
            award.accepted[bid] = accepted;
        }
        award
    }

    /// Which bids of the packing an award accepts.
    pub(crate) fn chosen(&self, award: &Award) -> Vec<bool> {
        let accepts = |&(bid, accepted): &(BidId, u32)| award.accepted.get(bid) == Some(&accepted);
        self.choices.iter().map(accepts).collect()
    }

    /// The bidder of each bid of the packing.
    pub(crate) fn bidders(&self, problem: &AuctionProblem) -> Vec<usize> {
        self.choices.iter().map(|&(bid, _)| problem.bids[bid].bidder.index()).collect()
    }
}

/// Whether any two options for a lot ask for more than there is.
fn lot_excludes(core: &Core, lot: usize) -> bool {
    let parcels = |&option: &u32| {
        core.items(option as usize).iter().find(|item| item.0 as usize == lot).map_or(0, |i| i.1)
    };
    let mut asked: Vec<u32> = core.users(lot).iter().map(parcels).collect();
    asked.sort_unstable();
    asked.len() < 2 || asked[0].saturating_add(asked[1]) > core.capacity[lot]
}
