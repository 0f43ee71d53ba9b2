//! The surpluses that a set of objections leaves: of greatest sum, and among those nearest to given
//! ones in the sum of squares (Day and Cramton 2012).

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SupportedConeT};
use postroad_model::{BidderId, IdVec, id::Id};

/// What these bidders may keep together.
#[derive(Clone, Debug)]
pub(super) struct Objection {
    pub(super) outside: Vec<BidderId>,
    /// Who would win in their place.
    pub(super) entering: Vec<BidderId>,
    pub(super) most: i64,
}

impl Objection {
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.most == other.most && self.outside == other.outside
    }
}

/// Rows of `row · x ≤ limit`, and of one equation at the end if there is one.
struct Rows {
    terms: Vec<(usize, usize, f64)>,
    limits: Vec<f64>,
}

/// Sets the surpluses. Whole micros: what the solver's tolerance leaves too much is taken off.
pub(super) fn choose(
    vickrey: &IdVec<BidderId, i64>,
    target: &IdVec<BidderId, i64>,
    objections: &[Objection],
    surplus: &mut IdVec<BidderId, i64>,
) {
    let free: Vec<BidderId> = vickrey.ids().filter(|&bidder| vickrey[bidder] > 0).collect();
    let most = free.iter().map(|&bidder| vickrey[bidder]).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let unit = most as f64;
    let caps: Vec<f64> = free.iter().map(|&bidder| vickrey[bidder] as f64 / unit).collect();
    let rows = rows(&free, &caps, objections, unit);
    let n = free.len();
    let Some(greatest) = solve(n, &vec![0.0; n], &vec![-1.0; n], &rows, None) else { return };
    let sum: f64 = greatest.iter().sum();
    let towards: Vec<f64> = free.iter().map(|&b| -2.0 * (target[b] as f64 / unit)).collect();
    let nearest = solve(n, &vec![2.0; n], &towards, &rows, Some(sum)).unwrap_or(greatest);
    for (&bidder, share) in free.iter().zip(nearest) {
        surplus[bidder] = ((share * unit).round() as i64).clamp(0, vickrey[bidder]);
    }
    for objection in objections {
        trim(objection, surplus);
    }
}

fn rows(free: &[BidderId], caps: &[f64], objections: &[Objection], unit: f64) -> Rows {
    let mut rows = Rows { terms: Vec::new(), limits: Vec::new() };
    for (column, &cap) in caps.iter().enumerate() {
        rows.terms.push((rows.limits.len(), column, 1.0));
        rows.limits.push(cap);
        rows.terms.push((rows.limits.len(), column, -1.0));
        rows.limits.push(0.0);
    }
    for objection in objections {
        for bidder in &objection.outside {
            if let Ok(column) = free.binary_search(bidder) {
                rows.terms.push((rows.limits.len(), column, 1.0));
            }
        }
        rows.limits.push(objection.most as f64 / unit);
    }
    rows
}

/// Minimises Σ `squares` x² / 2 + `linear` x within `rows`, and with a given sum.
fn solve(
    n: usize,
    squares: &[f64],
    linear: &[f64],
    rows: &Rows,
    sum: Option<f64>,
) -> Option<Vec<f64>> {
    let mut terms = rows.terms.clone();
    let mut limits = rows.limits.clone();
    let mut cones = vec![SupportedConeT::NonnegativeConeT(limits.len())];
    if let Some(sum) = sum {
        terms.extend((0..n).map(|column| (limits.len(), column, 1.0)));
        limits.push(sum);
        cones.push(SupportedConeT::ZeroConeT(1));
    }
    let matrix = |terms: &[(usize, usize, f64)], rows: usize| {
        let pick = |f: &dyn Fn(&(usize, usize, f64)) -> usize| terms.iter().map(f).collect();
        let values = terms.iter().map(|term| term.2).collect();
        CscMatrix::new_from_triplets(rows, n, pick(&|t| t.0), pick(&|t| t.1), values)
    };
    let diagonal: Vec<(usize, usize, f64)> =
        squares.iter().enumerate().filter(|(_, s)| **s > 0.0).map(|(i, &s)| (i, i, s)).collect();
    let settings = DefaultSettings { verbose: false, ..DefaultSettings::default() };
    let quadratic = matrix(&diagonal, n);
    let rows = matrix(&terms, limits.len());
    let mut solver =
        DefaultSolver::new(&quadratic, linear, &rows, &limits, &cones, settings).ok()?;
    solver.solve();
    let found = solver.solution.x.clone();
    found.iter().all(|x| x.is_finite()).then_some(found)
}

/// Takes off what a coalition would keep too much, from the largest surplus first.
fn trim(objection: &Objection, surplus: &mut IdVec<BidderId, i64>) {
    let claimed: i64 = objection.outside.iter().map(|&bidder| surplus[bidder]).sum();
    let mut excess = claimed - objection.most;
    let mut members = objection.outside.clone();
    members.sort_by_key(|&bidder| (std::cmp::Reverse(surplus[bidder]), bidder.index()));
    for bidder in members {
        let off = excess.min(surplus[bidder]);
        if off <= 0 {
            return;
        }
        surplus[bidder] -= off;
        excess -= off;
    }
}
