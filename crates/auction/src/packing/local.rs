//! Good answers fast: forced insertions with what must give way, each followed by all insertions
//! that gain; the best is kept, and from time to time returned to (an iterated local search for
//! independent sets as in Nogueira, Pinheiro and Subramanian 2018).

use postroad_optimization::conflicts::Conflicts;
use postroad_optimization::{Control, Random};

/// A choice of bids, with what each bid outside would push out.
struct State<'a> {
    neighbours: &'a [Vec<u32>],
    values: &'a [i64],
    is_chosen: Vec<bool>,
    /// Worth of the chosen bids that exclude each bid.
    against: Vec<i64>,
    value: i64,
    /// Bids whose insertion may gain.
    hopeful: Vec<u32>,
    is_hopeful: Vec<bool>,
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
        self.value += self.values[bid];
        for &other in &self.neighbours[bid] {
            self.against[other as usize] += self.values[bid];
        }
    }

    fn remove(&mut self, bid: usize) {
        self.is_chosen[bid] = false;
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
        self.hopeful.clear();
        self.is_hopeful.fill(false);
    }
}

/// The best choice found within so many insertions.
pub(super) fn search(
    conflicts: &Conflicts,
    values: &[i64],
    starts: &[&[bool]],
    effort: usize,
    random: &mut Random,
    control: &Control,
) -> Vec<bool> {
    let n = values.len();
    let live: Vec<u32> = (0..n as u32).filter(|&bid| values[bid as usize] > 0).collect();
    let neighbours: Vec<Vec<u32>> = (0..n)
        .map(|bid| {
            let of_value = conflicts.neighbours(bid).filter(|&other| values[other] > 0);
            of_value.map(|other| other as u32).collect()
        })
        .collect();
    let mut state = State {
        neighbours: &neighbours,
        values,
        is_chosen: vec![false; n],
        against: vec![0; n],
        value: 0,
        hopeful: Vec::new(),
        is_hopeful: vec![false; n],
    };
    let mut best = (0, vec![false; n]);
    for start in starts.iter().copied().chain([greedy(&neighbours, values).as_slice()]) {
        state.load(start);
        live.iter().for_each(|&bid| state.is_hopeful[bid as usize] = true);
        state.hopeful.clone_from(&live);
        state.climb(random);
        if state.value > best.0 {
            best = (state.value, state.is_chosen.clone());
        }
    }
    if live.is_empty() {
        return best.1;
    }
    let mut last = best.0;
    let mut since = 0;
    state.load(&best.1);
    for round in 0..effort {
        if round % 256 == 0 && control.is_over() {
            break;
        }
        let before = state.is_chosen.clone();
        let shakes = if random.below(n.max(2)) == 0 { 4 } else { 1 };
        for _ in 0..shakes {
            shake(&mut state, &live, random);
        }
        state.climb(random);
        if state.value > last {
            (last, since) = (state.value, 0);
            if state.value > best.0 {
                best = (state.value, state.is_chosen.clone());
            }
        } else if state.value < last {
            since += 1;
            // Worse is gone on with rarely, and less far from the best.
            let tolerated = last - (best.0 - last) / 2 - (best.0 >> 5);
            if state.value < tolerated || random.below(50) > 0 {
                state.load(&before);
            } else {
                last = state.value;
            }
        }
        if since > 4 * n {
            state.load(&best.1);
            (last, since) = (best.0, 0);
        }
    }
    best.1
}

/// Inserts, of a few random bids, the one that loses least.
fn shake(state: &mut State<'_>, live: &[u32], random: &mut Random) {
    let mut found: Option<(i64, usize)> = None;
    for _ in 0..4 {
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
