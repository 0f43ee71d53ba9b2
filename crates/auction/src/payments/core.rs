//! Core payments by constraint generation (Day and Raghavan 2007): find the coalition that
//! objects most to the present surpluses, forbid it, choose surpluses again, until none objects.

use super::blocking::Coalitions;
use super::nearest::{self, Objection};
use postroad_model::{BidderId, IdVec};

/// Rounds after which the loop gives up.
const MOST_ROUNDS: usize = 2000;

/// Takes back of the Vickrey surpluses what coalitions object to, staying near the surpluses of
/// `target`; returns the objections.
pub(super) fn reduce(
    coalitions: &mut Coalitions<'_>,
    target: &IdVec<BidderId, i64>,
    surplus: &mut IdVec<BidderId, i64>,
) -> Vec<Objection> {
    let vickrey = surplus.clone();
    let mut objections: Vec<Objection> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let Some(objection) = objection(coalitions, surplus) else { return objections };
        if objections.iter().any(|known| known.says_the_same(&objection)) {
            break;
        }
        objections.push(objection);
        nearest::choose(&vickrey, target, &objections, surplus);
    }
    coalitions.exact = false;
    objections
}

/// The coalition that objects most: with another award the auctioneer and its winners, keeping
/// their surpluses, would all be better off. What the others may keep together is then less.
fn objection(coalitions: &mut Coalitions<'_>, surplus: &IdVec<BidderId, i64>) -> Option<Objection> {
    let (value, inside) = coalitions.objecting(surplus)?;
    let (whole, winners) = coalitions.award();
    let (outside, entering) = (super::beyond(winners, &inside), super::beyond(&inside, winners));
    let claimed: i64 = outside.iter().map(|&bidder| surplus[bidder]).sum();
    let most = (whole - value).max(0);
    (claimed > most).then_some(Objection { outside, entering, most })
}
