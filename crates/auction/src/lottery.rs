//! The lottery between equally good awards.
//!
//! All best awards are listed, one after the other, each by forbidding those found before; one is
//! drawn by the tickets of the bids, which come from a seed published before the auction. Each is
//! as likely as any other, and neither names nor the order of a file play a part. Awards are told
//! apart by the bids they take whole or not at all; parcels at equal prices within one award go to
//! the lower ticket.

use crate::Cleared;
use crate::core::Core;
use crate::exact::{self, Exact};
use crate::fill;
use crate::pack::Pack;
use crate::{packing, winners};
use postroad_model::BidId;
use postroad_model::auction::{AuctionProblem, Award};
use postroad_optimization::{Control, Random, mip};

/// Largest programme whose best awards are listed.
const MOST_COLUMNS: usize = 2000;
/// Most awards that are listed.
const MOST_AWARDS: usize = 200;
/// Nodes of the trees that list them, together: where nearly as good awards abound, to show that
/// none of them is as good may take longer than to clear.
const MOST_NODES: u64 = 1000;

/// The award drawn, and among how many.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// The award.
    pub award: Award,
    /// Equally good awards found, the drawn one among them.
    pub equals: usize,
    /// Whether these are proven to be all.
    pub complete: bool,
}

/// Draws among all awards that are as good as a proven one. In a market too large for listing
/// them the given award stays.
pub fn draw(problem: &AuctionProblem, cleared: &Cleared, control: &Control) -> Drawn {
    let alone = Drawn { award: cleared.award.clone(), equals: 1, complete: false };
    if cleared.proven
        && !winners::has_limits(problem)
        && let Some(pack) = Pack::new(problem, &Core::new(problem))
    {
        return draw_packing(problem, cleared, &pack, control);
    }
    if !cleared.proven || exact::size(problem) > MOST_COLUMNS {
        return alone;
    }
    let mut market = Exact::new(problem, false);
    let mut awards = vec![fill::by_ticket(problem, cleared.award.clone())];
    market.forbid(&cleared.award);
    // Only awards as good as the proven one are looked for: to find the best of the others would
    // take as long as to clear.
    let wanted = Some(0.5 - cleared.value_micros as f64);
    let mut effort = mip::Config { wanted, nodes: MOST_NODES, ..mip::Config::default() };
    let complete = loop {
        if awards.len() >= MOST_AWARDS || effort.nodes == 0 {
            break false;
        }
        let solved = mip::solve(&market.mip, &effort, control, None);
        if solved.x.is_empty() {
            break solved.status == mip::Status::Infeasible;
        }
        effort.nodes = effort.nodes.saturating_sub(solved.nodes);
        let award = fill::by_ticket(problem, market.award(&solved.x));
        let sound = award.violations(problem).is_empty()
            && award.value_micros(problem) == cleared.value_micros;
        if !sound || !market.forbid(&award) {
            break false;
        }
        awards.push(award);
    };
    let equals = awards.len();
    Drawn { award: drawn(problem, awards), equals, complete }
}

/// Draws in a market of which any two bids for a lot exclude each other.
fn draw_packing(
    problem: &AuctionProblem,
    cleared: &Cleared,
    pack: &Pack,
    control: &Control,
) -> Drawn {
    let by_ticket = pack.by_ticket(problem);
    let known = by_ticket.chosen(&cleared.award);
    let mut solver = packing::Solver::new(&by_ticket.packing);
    let settings = packing::Config::default();
    let drawn = solver.draw(seed(problem), MOST_AWARDS, Some(&known), &settings, control);
    Drawn {
        award: by_ticket.award(problem, &drawn.chosen),
        equals: usize::try_from(drawn.outcomes).unwrap_or(usize::MAX),
        complete: drawn.is_complete,
    }
}

/// One number from the tickets of all bids.
fn seed(problem: &AuctionProblem) -> u64 {
    problem.bids.iter().fold(0_u64, |sum, bid| sum.wrapping_add(bid.ticket))
}

/// The award that the tickets choose.
fn drawn(problem: &AuctionProblem, mut awards: Vec<Award>) -> Award {
    let tickets = |award: &Award| {
        let ticket = |(bid, accepted): (BidId, u32)| (problem.bids[bid].ticket, accepted);
        let mut list: Vec<(u64, u32)> = award.winning().map(ticket).collect();
        list.sort_unstable();
        list
    };
    awards.sort_by_cached_key(tickets);
    let chosen = Random::new(seed(problem)).below(awards.len());
    awards.swap_remove(chosen)
}
