//! Who would object: the best award when a bidder stays away, or when winners claim what they
//! were given back.

use super::SetBy;
use super::removal::Removals;
use crate::core::{Core, FREE};
use crate::exact::{self, Exact};
use crate::pack::Pack;
use crate::{Config, packing, ruled, ruled_dual, threads};
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidderId, IdVec, id::Id};
use postroad_optimization::{Control, mip};

/// Largest programme that is solved again and again.
const MOST_COLUMNS: usize = 5000;
/// Winners whose absence is solved for one after the other, each from the end of the one before;
/// fixed, so that answers do not depend on the number of threads.
const CHUNK: usize = 16;
/// Share of a time limit that goes to prices where a search answers, and their rounds.
const DUAL_SHARE: f64 = 0.1;
const DUAL_ROUNDS: u32 = 200;
/// Rounds of a search for one answer, without a limit of rounds.
const SEARCH_ROUNDS: u64 = 2000;
/// Coalitions that one call of a large market tries, for each winner.
const TRIES_EACH: usize = 2;

/// How the best award of a coalition is found.
#[derive(Clone)]
enum Engine<'a> {
    /// Each bidder's bids exclude each other, and so do any two for a lot.
    Packing { pack: &'a Pack, solver: Box<packing::Solver>, bidders: Vec<usize> },
    /// Any market of moderate size.
    Programme { exact: &'a Exact<'a>, solver: Box<mip::Solver> },
    /// A large market without rules: the award is mended.
    Removal { removals: &'a Removals },
    /// The search of a large market with rules.
    Search { searched: &'a Searched },
    /// While an answer is looked for.
    Taken,
}

/// What the engines look at.
pub(super) enum Tables<'a> {
    Packing(Pack, Vec<usize>),
    Programme(Exact<'a>),
    Removal(Box<Removals>),
    Search(Box<Searched>),
}

/// The prices of a large market with rules.
pub(super) struct Searched {
    /// What each bid is worth for each parcel beyond all prices.
    scores: Vec<f64>,
    /// No award without the bidder is worth more, for each that wins.
    bounds: IdVec<BidderId, i128>,
}

impl Searched {
    fn new(problem: &AuctionProblem, award: &Award, control: &Control) -> Self {
        let required = problem.lots.iter().any(|lot| lot.required);
        let from = (!required).then(|| Core::new(problem).curve_prices());
        let dual = ruled_dual::descend(problem, from.as_deref(), DUAL_ROUNDS, control);
        let mut bounds: IdVec<BidderId, i128> = vec![i128::MAX; problem.bidders.len()].into();
        for bidder in winners_of(problem, award) {
            let bound = dual.bound_without(bidder);
            // Far more than the rounding errors of the sums.
            bounds[bidder] = (bound + 1e-9 * bound.abs() + 1.0).ceil() as i128;
        }
        Self { scores: dual.scores(), bounds }
    }
}

/// What a coalition can do.
#[derive(Clone, Debug)]
enum Answer {
    /// An award of it.
    Other {
        value: i64,
        winners: Vec<BidderId>,
        /// No award of it is worth more.
        bound: i128,
    },
    /// No award of it keeps the rules.
    None,
    /// None was found.
    Unknown,
}

/// A surplus, and what it is proven to be between.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Surplus {
    pub(super) micros: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

/// Answers about coalitions in one market.
pub(super) struct Coalitions<'a> {
    problem: &'a AuctionProblem,
    award: &'a Award,
    config: &'a Config,
    control: &'a Control,
    engine: Engine<'a>,
    /// Value of the award.
    value: i64,
    /// Who wins something.
    winners: Vec<BidderId>,
    /// The winner from which a large market's next coalition is built.
    next: usize,
    /// Whether all answers so far were proven.
    pub(super) exact: bool,
    /// Winners without whom no award keeps the rules.
    pub(super) indispensable: Vec<BidderId>,
    /// What sets the Vickrey payment of each bidder.
    set_by: IdVec<BidderId, SetBy>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(
        problem: &'a AuctionProblem,
        award: &Award,
        config: &Config,
        control: &Control,
    ) -> Self {
        if !crate::winners::has_limits(problem) {
            let core = Core::new(problem);
            if let Some(pack) = Pack::new(problem, &core)
                && bids_exclude(&core, problem)
            {
                let bidders = pack.bidders(problem);
                return Self::Packing(pack, bidders);
            }
        }
        if exact::size(problem) <= MOST_COLUMNS {
            return Self::Programme(Exact::new(problem, true));
        }
        if !crate::winners::has_rules(problem) {
            let removals = Removals::new(problem, award, config.seed, control);
            return Self::Removal(Box::new(removals));
        }
        let part = control.within(DUAL_SHARE * control.seconds_left());
        Self::Search(Box::new(Searched::new(problem, award, &part)))
    }
}

impl<'a> Coalitions<'a> {
    pub(super) fn new(
        problem: &'a AuctionProblem,
        award: &'a Award,
        config: &'a Config,
        control: &'a Control,
        tables: &'a Tables<'a>,
    ) -> Self {
        let engine = match tables {
            Tables::Packing(pack, bidders) => {
                let solver = Box::new(packing::Solver::new(&pack.packing));
                Engine::Packing { pack, solver, bidders: bidders.clone() }
            }
            Tables::Programme(exact) => {
                Engine::Programme { exact, solver: Box::new(mip::Solver::new(&exact.mip)) }
            }
            Tables::Removal(removals) => Engine::Removal { removals },
            Tables::Search(searched) => Engine::Search { searched },
        };
        let value = match &engine {
            Engine::Removal { removals } => removals.value,
            _ => award.value_micros(problem),
        };
        let winners = winners_of(problem, award);
        let set_by = vec![SetBy::Bid; problem.bidders.len()].into();
        let (next, exact, indispensable) = (0, true, Vec::new());
        Self {
            problem,
            award,
            config,
            control,
            engine,
            value,
            winners,
            next,
            exact,
            indispensable,
            set_by,
        }
    }

    /// The surplus of each winner under Vickrey's rule: what all bidders together gain by its
    /// presence, as far as the reserve prices of what it wins allow. A winner about whom nothing
    /// was found has none.
    pub(super) fn vickrey(&mut self) -> IdVec<BidderId, Surplus> {
        let mut surpluses = vec![Surplus::default(); self.problem.bidders.len()];
        if matches!(self.engine, Engine::Packing { .. } | Engine::Programme { .. }) {
            // What all solves have in common is learned once.
            let none = vec![0; surpluses.len()].into();
            let mut engine = self.engine.clone();
            self.ask(&mut engine, &none, None, self.control);
            self.engine = engine;
        }
        let whole = self.award.value_micros(self.problem);
        for (bidder, answer) in self.without_each() {
            let most = super::most_surplus(self.problem, self.award, bidder);
            let surplus = &mut surpluses[bidder.index()];
            match answer {
                Answer::Other { value, bound, winners } => {
                    // A better award than the given one is a sign that it was not proven.
                    self.exact &= value <= self.value && i128::from(value) == bound;
                    surplus.micros = (self.value - value).clamp(0, most);
                    surplus.most = (whole - value).clamp(0, most);
                    let least = (i128::from(whole) - bound).clamp(0, i128::from(surplus.micros));
                    surplus.least = least as i64;
                    self.set_by[bidder] = if self.value - value > most {
                        SetBy::Reserve
                    } else {
                        SetBy::rivals(&self.winners, &winners)
                    };
                }
                Answer::None => self.indispensable.push(bidder),
                Answer::Unknown => {
                    self.exact = false;
                    surplus.most = most;
                }
            }
        }
        surpluses.into()
    }

    /// What sets the Vickrey payment of a bidder.
    pub(super) fn set_by(&self, bidder: BidderId) -> SetBy {
        self.set_by[bidder].clone()
    }

    /// What all others can do without each winner.
    fn without_each(&self) -> Vec<(BidderId, Answer)> {
        let none: IdVec<BidderId, i64> = vec![0; self.problem.bidders.len()].into();
        let at_once = self.config.threads.max(1);
        let chunks: Vec<&[BidderId]> = self.winners.chunks(CHUNK).collect();
        let turns = chunks.len().div_ceil(at_once).max(1);
        let seconds = self.control.seconds_left() / turns as f64;
        let answers = threads::map(at_once, &chunks, |chunk| {
            let control = self.control.within(seconds);
            let mut engine = self.engine.clone();
            let mut left = chunk.len();
            let mut answer = |bidder: &BidderId| {
                let part = control.within(control.seconds_left() / left as f64);
                left -= 1;
                (*bidder, self.ask(&mut engine, &none, Some(*bidder), &part))
            };
            chunk.iter().map(&mut answer).collect::<Vec<_>>()
        });
        answers.into_iter().flatten().collect()
    }

    /// The coalition that objects most to these surpluses, as far as is known: who wins in it, and
    /// what it is worth.
    pub(super) fn objecting(
        &mut self,
        surplus: &IdVec<BidderId, i64>,
    ) -> Option<(i64, Vec<BidderId>)> {
        let answer = match self.engine {
            Engine::Removal { removals } => self.built(removals, surplus),
            _ => {
                let mut engine = std::mem::replace(&mut self.engine, Engine::Taken);
                let answer = self.ask(&mut engine, surplus, None, self.control);
                self.engine = engine;
                answer
            }
        };
        match answer {
            Answer::Other { value, winners, bound } => {
                self.exact &= i128::from(value) == bound;
                Some((value, winners))
            }
            Answer::None => None,
            Answer::Unknown => {
                self.exact = false;
                None
            }
        }
    }

    /// The value of the award and its winners, ascending.
    pub(super) fn award(&self) -> (i64, &[BidderId]) {
        (self.value, &self.winners)
    }

    /// Puts winners out, from one on, as long as what they claim is more than what is lost without
    /// them.
    fn built(&mut self, removals: &Removals, surplus: &IdVec<BidderId, i64>) -> Answer {
        self.exact = false;
        let count = self.winners.len();
        let mut tries = TRIES_EACH * count;
        for _ in 0..count {
            let first = self.next % count;
            self.next += 1;
            let mut out: Vec<BidderId> = Vec::new();
            let (mut best, mut found) = (0, None);
            for at in 0..count {
                let bidder = self.winners[(first + at) % count];
                if surplus[bidder] <= 0 {
                    continue;
                }
                if tries == 0 || self.control.is_over() {
                    return Answer::Unknown;
                }
                tries -= 1;
                let mut more = out.clone();
                more.insert(more.partition_point(|&b| b < bidder), bidder);
                let (value, winners) = removals.without(&more, self.control);
                let claimed: i64 = more.iter().map(|&b| surplus[b]).sum();
                let objection = value + claimed - self.value;
                if objection > best || (out.is_empty() && objection >= best) {
                    (best, out) = (objection, more);
                    found = Some(Answer::Other { value, winners, bound: i128::MAX });
                }
            }
            if best > 0 {
                return found.unwrap_or(Answer::Unknown);
            }
        }
        Answer::Unknown
    }

    /// The award of greatest value less the charges of those who win in it.
    fn ask(
        &self,
        engine: &mut Engine<'_>,
        charges: &IdVec<BidderId, i64>,
        without: Option<BidderId>,
        control: &Control,
    ) -> Answer {
        match engine {
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
                let solved = solver.solve(&search, control, None);
                let bound = i128::from(solved.bound) + claimed(charges);
                self.answer(&pack.award(self.problem, &solved.chosen), solved.proven, bound)
            }
            Engine::Programme { exact, solver } => {
                for (bidder, &charge) in charges.iter_ids() {
                    if let Some(wins) = exact.bidders[bidder.index()] {
                        solver.set_cost(wins as usize, charge as f64);
                        let upper = f64::from(u8::from(without != Some(bidder)));
                        solver.set_bounds(wins as usize, 0.0, upper);
                    }
                }
                let solved = solver.solve(&mip::Config::default(), control, None);
                let award = (!solved.x.is_empty()).then(|| exact.award(&solved.x));
                let proven = solved.status == mip::Status::Optimal;
                let bound = (-solved.bound).floor() as i128 + claimed(charges);
                match award.filter(|award| award.violations(self.problem).is_empty()) {
                    Some(award) => self.answer(&award, proven, bound),
                    None if solved.status == mip::Status::Infeasible => Answer::None,
                    None => Answer::Unknown,
                }
            }
            Engine::Removal { removals } => {
                let out: Vec<BidderId> = without.into_iter().collect();
                let (value, winners) = removals.without(&out, control);
                let bound = match without {
                    _ if removals.is_plain() => i128::from(value),
                    Some(bidder) => removals.bound_without(bidder),
                    None => removals.bound,
                };
                Answer::Other { value, winners, bound }
            }
            Engine::Search { searched } => self.searched(searched, charges, without, control),
            Engine::Taken => Answer::Unknown,
        }
    }

    fn answer(&self, award: &Award, proven: bool, bound: i128) -> Answer {
        let value = award.value_micros(self.problem);
        let bound = if proven { i128::from(value) } else { bound.max(i128::from(value)) };
        Answer::Other { value, winners: winners_of(self.problem, award), bound }
    }

    /// The best award that a search finds without a bidder; who has a charge is left out too, so
    /// that the search asks for too little.
    fn searched(
        &self,
        searched: &Searched,
        charges: &IdVec<BidderId, i64>,
        without: Option<BidderId>,
        control: &Control,
    ) -> Answer {
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
        let bound = without.map_or(i128::MAX, |bidder| searched.bounds[bidder]);
        let rounds = Some(self.config.rounds.unwrap_or(SEARCH_ROUNDS));
        let seed = self.config.seed;
        let begin = ruled::Begin { start: Some(&start), is_priced: true };
        let found = ruled::search(&problem, &searched.scores, seed, rounds, control, begin);
        match found.award.filter(|award| award.violations(&problem).is_empty()) {
            Some(award) => self.answer(&award, false, bound),
            None => Answer::Unknown,
        }
    }
}

/// The most that charges can take off the value of an award.
fn claimed(charges: &IdVec<BidderId, i64>) -> i128 {
    charges.iter().map(|&charge| i128::from(charge)).sum()
}

fn winners_of(problem: &AuctionProblem, award: &Award) -> Vec<BidderId> {
    let mut winners: Vec<BidderId> =
        award.winning().map(|(bid, _)| problem.bids[bid].bidder).collect();
    winners.sort_unstable();
    winners.dedup();
    winners
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
