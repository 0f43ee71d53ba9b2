//! Large markets whose rules are capacities and exclusive groups: prices, then annealing.

use crate::core::Core;
use crate::dual::{self, Dual};
use crate::search::{self, Annealing};
use crate::state::{Curves, State};
use crate::{Cleared, Config, exact, fill, reduced};
use postroad_model::auction::{AuctionProblem, Award, Offer};
use postroad_optimization::{Control, Random};

/// Share of a time limit that the dual may take.
const DUAL_SHARE: f64 = 0.25;
/// Options with a surplus below this share of their gain are not searched.
const DEPTH: f64 = 0.1;
/// Temperatures, as shares of the mean gain of an option.
const HOT: f64 = 0.01;
const COLD: f64 = 0.0003;
/// Shares of what is left of the time, and of the rounds, that annealing takes, and then the exact
/// method on what is undecided: short tries first, of so many rounds for each candidate at most.
const PHASES: [(f64, f64, u64); 3] = [(0.01, 0.03, 100), (0.1, 0.1, 1000), (0.6, 1.0, u64::MAX)];
/// Rounds for each candidate without a limit of rounds or time.
const ROUNDS_EACH: u64 = 500;

pub(crate) fn clear(
    problem: &AuctionProblem,
    core: &Core,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    let part = control.within(DUAL_SHARE * control.seconds_left());
    let dual = dual::descend(core, &part);
    let curves = Curves::new(core);
    let mut state = State::new(core, &curves);
    if let Some(start) = start {
        take_start(&mut state, start);
    }
    search::greedy(&mut state, &dual);
    let lot_prices = dual.whole_prices();
    let mut bound = problem.bound_micros(&lot_prices).min(i128::from(i64::MAX)) as i64;
    let whole = is_whole(problem, core);
    let mut rounds = 0;
    for (share, effort, most_each) in PHASES {
        let is_last = effort == 1.0;
        let hopeless = !whole || !reduced::fits(core, &dual, state.value);
        let share = if is_last && hopeless { 1.0 } else { share };
        let seconds = control.seconds_left();
        let (found, done) =
            anneal(state, &dual, config, (share, most_each), &control.within(share * seconds));
        (state, rounds) = (found, rounds + done);
        let gap = (bound - state.value) as f64;
        if gap <= config.gap * bound as f64 || control.is_over() {
            break;
        }
        if !whole || !reduced::fits(core, &dual, state.value) {
            continue;
        }
        let part = control.within(effort * control.seconds_left());
        let nodes = (effort * exact::MOST_NODES as f64) as u64;
        let end = reduced::solve(core, &curves, &dual, bound, &state, nodes, &part);
        state.set_taken(&end.taken);
        bound = end.bound;
        if bound <= state.value {
            break;
        }
    }
    let mut award = fill::award(problem, &state);
    fill::widen(problem, core, &mut award);
    let value_micros = award.value_micros(problem);
    Cleared {
        award,
        value_micros,
        bound_micros: bound,
        proven: bound <= value_micros,
        found: true,
        infeasible: false,
        rounds,
        lot_prices,
    }
}

/// Whether all bids with options are taken whole or not at all, so that these say all about them.
pub(crate) fn is_whole(problem: &AuctionProblem, core: &Core) -> bool {
    core.choices.iter().all(|choice| match problem.bids[choice.bid].offer {
        Offer::Package { .. } => true,
        Offer::Schedule { least_parcels, .. } => least_parcels == problem.most_eligible(choice.bid),
    })
}

/// Takes the options that a start award takes, as far as they fit.
fn take_start(state: &mut State<'_>, start: &Award) {
    for option in 0..state.core.choices.len() {
        let choice = state.core.choices[option];
        let same = start.accepted.get(choice.bid) == Some(&choice.accepted);
        if same && state.group_allows(option) && state.growth(option).is_some() {
            state.take(option);
        }
    }
}

fn anneal<'a>(
    state: State<'a>,
    dual: &Dual,
    config: &Config,
    (share, most_each): (f64, u64),
    control: &Control,
) -> (State<'a>, u64) {
    let core = state.core;
    let candidates = search::candidates(core, dual, DEPTH);
    let total: f64 = core.choices.iter().map(|choice| choice.gain as f64).sum();
    let mean = total / core.choices.len().max(1) as f64;
    let timed = control.seconds_left().is_finite();
    let by_size = (!timed).then_some(ROUNDS_EACH * candidates.len() as u64);
    let rounds = config.rounds.or(by_size).map(|rounds| (share * rounds as f64) as u64);
    let most = (most_each < u64::MAX).then(|| most_each * candidates.len() as u64);
    let rounds = rounds.or(most);
    let goal = dual.bound / (1.0 + config.gap);
    let mut annealing = Annealing::new(state, Random::new(config.seed), goal);
    let temperatures = (HOT * mean, COLD * mean);
    // The descent at the end needs about a fiftieth of the time.
    let part = control.within(0.98 * control.seconds_left());
    let rounds = annealing.run(&candidates, temperatures, rounds, &part);
    annealing.polish(&candidates, control);
    (annealing.into_best(), rounds)
}
