//! Good answers fast: forced insertions of bids with removal of what must give way, each followed by
//! all insertions that gain, accepted as in simulated annealing.

use postroad_optimization::conflicts::Conflicts;
use postroad_optimization::{Control, Random};

/// Temperatures in a run, the first and the last beside the mean worth of a winning bid: found by
/// trial on packings of 1,000 and 2,000 bids.
const STEPS: usize = 100;
const HOT: f64 = 0.35;
const COLD: f64 = 0.06;
/// Random bids, at most, of which the one that loses least is inserted: many where all are alike, few
/// where large ones lose much and are worth much.
const SHAKEN: usize = 20;

/// A choice of bids, with what each bid outside would push out.
struct State<'a> {
    neighbours: Vec<Vec<u32>>,
    values: &'a [i64],
    is_chosen: Vec<bool>,
    /// Worth of the chosen bids that exclude each bid.
    against: Vec<i64>,
    value: i64,
    /// Bids whose insertion may gain.
    hopeful: Vec<u32>,
    is_hopeful: Vec<bool>,
    /// Bids that went in or out since the last word that all is well.
    journal: Vec<u32>,
}

impl State<'_> {
    fn insert(&mut self, bid: usize) {
        if self.against[bid] > 0 {
            for index in 0..self.neighbours[bid].len() {
                let other = self.neighbours[bid][index] as usize;
                if self.is_chosen[other] {
                    self.remove(other);
                }
            }
        }
        self.is_chosen[bid] = true;
        self.journal.push(bid as u32);
        self.value += self.values[bid];
        let value = self.values[bid];
        for &other in &self.neighbours[bid] {
            self.against[other as usize] += value;
        }
    }

    fn remove(&mut self, bid: usize) {
        self.is_chosen[bid] = false;
        self.journal.push(bid as u32);
        self.value -= self.values[bid];
        for &other in &self.neighbours[bid] {
            let other = other as usize;
            self.against[other] -= self.values[bid];
            if self.against[other] < self.values[other] && !self.is_hopeful[other] {
                self.is_hopeful[other] = true;
                self.hopeful.push(other as u32);
            }
        }
    }

    /// Inserts what gains until nothing does.
    fn climb(&mut self, random: &mut Random) {
        while !self.hopeful.is_empty() {
            let at = random.below(self.hopeful.len());
            let bid = self.hopeful.swap_remove(at) as usize;
            self.is_hopeful[bid] = false;
            if !self.is_chosen[bid] && self.values[bid] > self.against[bid] {
                self.insert(bid);
            }
        }
    }

    /// Takes back what the journal says.
    fn undo(&mut self) {
        let mut journal = std::mem::take(&mut self.journal);
        for &bid in journal.iter().rev() {
            if self.is_chosen[bid as usize] {
                self.remove(bid as usize);
            } else {
                self.insert(bid as usize);
            }
        }
        journal.clear();
        self.journal = journal;
        self.calm();
    }

    /// Nothing is known to gain.
    fn calm(&mut self) {
        while let Some(bid) = self.hopeful.pop() {
            self.is_hopeful[bid as usize] = false;
        }
    }

    fn load(&mut self, chosen: &[bool]) {
        for (bid, &stays) in chosen.iter().enumerate() {
            if self.is_chosen[bid] && !stays {
                self.remove(bid);
            }
        }
        for (bid, &enters) in chosen.iter().enumerate() {
            let is_free = self.against[bid] == 0 && self.values[bid] > 0;
            if enters && !self.is_chosen[bid] && is_free {
                self.insert(bid);
            }
        }
        self.calm();
    }
}

/// A local search that can be run for a while, told of answers, and run again.
pub(super) struct Local<'a> {
    state: State<'a>,
    /// Bids of value that are forced in.
    live: Vec<u32>,
    best: (i64, Vec<bool>),
    random: Random,
}

impl<'a> Local<'a> {
    /// From the best of the starts and a greedy choice.
    pub(super) fn new(
        conflicts: &Conflicts,
        values: &'a [i64],
        seed: u64,
        starts: &[&[bool]],
    ) -> Self {
        let n = values.len();
        let is_live = |bid: &usize| values[*bid] > 0;
        let live: Vec<u32> = (0..n).filter(is_live).map(|bid| bid as u32).collect();
        let listed = |bid: usize| {
            let others = conflicts.neighbours(bid).filter(is_live);
            if values[bid] > 0 { others.map(|other| other as u32).collect() } else { Vec::new() }
        };
        let state = State {
            neighbours: (0..n).map(listed).collect(),
            values,
            is_chosen: vec![false; n],
            against: vec![0; n],
            value: 0,
            hopeful: Vec::new(),
            is_hopeful: vec![false; n],
            journal: Vec::new(),
        };
        let mut local = Self { state, live, best: (0, vec![false; n]), random: Random::new(seed) };
        let greedy = greedy(&local.state.neighbours, values);
        for start in starts.iter().copied().chain([greedy.as_slice()]) {
            local.offer(start);
        }
        local
    }

    /// The best choice found, and what it is worth.
    pub(super) fn best(&self) -> (i64, &[bool]) {
        (self.best.0, &self.best.1)
    }

    /// Improves on a choice; what excludes each other in it is left out.
    pub(super) fn offer(&mut self, chosen: &[bool]) {
        let state = &mut self.state;
        state.load(chosen);
        state.hopeful.clone_from(&self.live);
        self.live.iter().for_each(|&bid| state.is_hopeful[bid as usize] = true);
        state.climb(&mut self.random);
        self.keep();
    }

    /// Forces only bids in whose reduced cost is at most `most`; others enter where they gain.
    pub(super) fn focus(&mut self, reduced_costs: &[f64], most: f64) {
        let is_near = |&bid: &u32| reduced_costs.get(bid as usize).is_none_or(|&cost| cost <= most);
        self.live.retain(is_near);
    }

    fn keep(&mut self) {
        if self.state.value > self.best.0 {
            self.best.0 = self.state.value;
            self.best.1.copy_from_slice(&self.state.is_chosen);
        }
    }

    /// So many rounds, each a forced insertion and a climb. What is worse is gone on with by chance,
    /// less and less as it cools (Kirkpatrick, Gelatt and Vecchi 1983).
    pub(super) fn run(&mut self, rounds: usize, control: &Control) {
        let count = self.best.1.iter().filter(|chosen| **chosen).count();
        let mean = self.best.0 as f64 / count.max(1) as f64;
        for step in 0..STEPS {
            let cooled = step as f64 / STEPS as f64;
            let heat = mean * HOT * (COLD / HOT).powf(cooled);
            if self.live.is_empty() || control.is_over() {
                return;
            }
            for _ in 0..rounds.div_ceil(STEPS) {
                self.round(heat);
            }
        }
    }

    fn round(&mut self, heat: f64) {
        let before = self.state.value;
        self.state.journal.clear();
        shake(&mut self.state, &self.live, &mut self.random);
        self.state.climb(&mut self.random);
        let gain = self.state.value - before;
        if gain > 0 {
            self.keep();
        } else if gain < 0 && self.random.unit() >= (gain as f64 / heat).exp() {
            self.state.undo();
        }
    }
}

/// Inserts, of a few random bids, the one that loses least.
fn shake(state: &mut State<'_>, live: &[u32], random: &mut Random) {
    let mut found: Option<(i64, usize)> = None;
    for _ in 0..=random.below(SHAKEN) {
        let bid = live[random.below(live.len())] as usize;
        let gain = state.values[bid] - state.against[bid];
        if !state.is_chosen[bid] && found.is_none_or(|(most, _)| gain > most) {
            found = Some((gain, bid));
        }
    }
    if let Some((_, bid)) = found {
        state.insert(bid);
    }
}

/// Bids by value per square root of what they exclude.
fn greedy(neighbours: &[Vec<u32>], values: &[i64]) -> Vec<bool> {
    let key = |bid: usize| values[bid] as f64 / (1.0 + neighbours[bid].len() as f64).sqrt();
    let mut order: Vec<usize> = (0..values.len()).filter(|&bid| values[bid] > 0).collect();
    order.sort_by(|&a, &b| key(b).total_cmp(&key(a)).then(a.cmp(&b)));
    let mut chosen = vec![false; values.len()];
    for bid in order {
        chosen[bid] = !neighbours[bid].iter().any(|&other| chosen[other as usize]);
    }
    chosen
}
