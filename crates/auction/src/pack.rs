//! Markets in which any two bids for a lot exclude each other: set packing.

use crate::core::{Core, FREE};
use crate::packing::Packing;
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidId, id::Id};

/// A market as a packing problem.
pub(crate) struct Pack {
    pub(crate) packing: Packing,
    /// The bid of each bid of the packing, and what is accepted of it.
    choices: Vec<(BidId, u32)>,
}

impl Pack {
    /// The packing problem of a market without rules beyond capacities and groups; none if some
    /// lot can serve two of its bids, or if several bids of a group may win.
    pub(crate) fn new(core: &Core) -> Option<Self> {
        let exclusive = (0..core.lots()).all(|lot| lot_excludes(core, lot));
        if !core.segments.is_empty() || !exclusive || core.group_limit.iter().any(|&n| n > 1) {
            return None;
        }
        let goods = |option: usize| {
            let lots = core.items(option).iter().map(|&(lot, _)| lot);
            let group = core.choices[option].group;
            let own = (group != FREE).then(|| core.lots() as u32 + group);
            lots.chain(own).collect()
        };
        let usable = |o: &usize| {
            let group = core.choices[*o].group;
            group == FREE || core.group_limit[group as usize] > 0
        };
        let options: Vec<usize> = (0..core.choices.len()).filter(usable).collect();
        Some(Self {
            packing: Packing {
                goods: core.lots() + core.group_limit.len(),
                values: options.iter().map(|&o| core.choices[o].gain).collect(),
                bids: options.iter().map(|&o| goods(o)).collect(),
            },
            choices: (options.iter())
                .map(|&o| (core.choices[o].bid, core.choices[o].accepted))
                .collect(),
        })
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
