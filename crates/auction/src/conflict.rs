//! Which rules conflict, when no award keeps them all.

use crate::exact::{self, Exact};
use postroad_model::LotId;
use postroad_model::auction::AuctionProblem;
use postroad_optimization::{Control, mip};

/// Largest programme that is solved once for each rule.
const MOST_COLUMNS: usize = 6000;
/// Most lots that are left out one by one.
const MOST_LOTS: usize = 300;

/// Rules that no award keeps together, though without any one of them some award would.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Conflict {
    /// Positions of the auctioneer's rules.
    pub rules: Vec<usize>,
    /// Lots that must be awarded whole.
    pub lots: Vec<LotId>,
}

/// A smallest set of rules in conflict, in the sense that leaving out any one of them ends it
/// (deletion filter: Chinneck and Dravnieks 1991). None if the conflict cannot be proven within
/// the time, or in a market this large.
pub fn conflict(problem: &AuctionProblem, control: &Control) -> Option<Conflict> {
    if exact::size(problem) > MOST_COLUMNS || !is_infeasible(problem, control) {
        return None;
    }
    let mut kept = problem.clone();
    let mut rules: Vec<usize> = (0..problem.rules.len()).collect();
    for at in (0..rules.len()).rev() {
        let mut without = kept.clone();
        without.rules.remove(at);
        if is_infeasible(&without, control) {
            kept = without;
            rules.remove(at);
        }
    }
    let required = |problem: &AuctionProblem| -> Vec<LotId> {
        problem.lots.iter_ids().filter(|(_, lot)| lot.required).map(|(id, _)| id).collect()
    };
    for lot in required(&kept).into_iter().take(MOST_LOTS) {
        kept.lots[lot].required = false;
        if !is_infeasible(&kept, control) {
            kept.lots[lot].required = true;
        }
    }
    Some(Conflict { rules, lots: required(&kept) })
}

/// Whether it is proven that no award keeps the rules.
fn is_infeasible(problem: &AuctionProblem, control: &Control) -> bool {
    let market = Exact::new(problem, false);
    let solved = mip::solve(&market.mip, &market.effort(None, control), control, None);
    solved.status == mip::Status::Infeasible
}
