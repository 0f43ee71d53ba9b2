//! Ties: all choices of greatest worth, and one of them drawn by a seed.
//!
//! After the first such choice the others are parted by their first difference from it, and each
//! part is searched, until nothing is left (as Murty 1968 ranks assignments). The list is put in
//! order before the draw, so the choice depends on bids and seed only, not on how it was found.

use super::{Answer, CLIQUES_DENSITY, Config, Part, Solver, cliques, reduce, worth, worths};
use postroad_optimization::{Control, Random, mip};

/// A choice drawn from all that are worth most.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawn {
    /// Which bids win.
    pub chosen: Vec<bool>,
    /// What they are worth together.
    pub value: i64,
    /// How many choices were found to be worth as much, this one included.
    pub outcomes: u64,
    /// Whether the value is proven and these are all: then each was as likely as any other.
    pub is_complete: bool,
}

/// A family of choices: those that hold all of `forced` and none of `banned`.
struct Family {
    forced: Vec<u32>,
    banned: Vec<u32>,
    /// One of greatest worth in it.
    chosen: Vec<bool>,
}

impl Solver {
    /// Lists all choices of greatest worth (bids worth nothing never win), at most `most` of each
    /// group of connected bids, and draws one of them; each is equally likely if all could be
    /// listed. A `best` choice that is known to be one of them spares solving for one.
    pub fn draw(
        &mut self,
        seed: u64,
        most: usize,
        best: Option<&[bool]>,
        config: &Config,
        control: &Control,
    ) -> Drawn {
        if let Some(best) = best {
            self.believe(best);
        }
        let solved = self.solve(config, control, None);
        let Self { values, is_forbidden, parts, .. } = self;
        let mut drawn = Drawn {
            chosen: solved.chosen,
            value: solved.value,
            outcomes: 1,
            is_complete: solved.proven,
        };
        if !solved.proven {
            return drawn;
        }
        for (stream, part) in parts.iter_mut().enumerate() {
            let values = worths(&part.bids, values, is_forbidden);
            let (mut found, is_all) = part.outcomes(&values, most.max(1), control);
            found.sort_unstable();
            let at = Random::with_stream(seed, stream as u64).below(found.len());
            for (&bid, &chosen) in part.bids.iter().zip(&found[at]) {
                drawn.chosen[bid as usize] = chosen;
            }
            drawn.outcomes = drawn.outcomes.saturating_mul(found.len() as u64);
            drawn.is_complete &= is_all;
        }
        drawn
    }

    /// Takes a choice as proven to be worth most.
    fn believe(&mut self, best: &[bool]) {
        let Self { values, is_forbidden, parts, .. } = self;
        for part in parts {
            let values = worths(&part.bids, values, is_forbidden);
            let chosen: Vec<bool> = part.bids.iter().map(|&bid| best[bid as usize]).collect();
            let value = worth(&chosen, &values);
            part.last = Some((values, Answer { chosen, value, bound: value, nodes: 0 }));
        }
    }
}

impl Part {
    /// All choices worth as much as the last answer, at most `most`; whether these are all.
    fn outcomes(
        &mut self,
        values: &[i64],
        most: usize,
        control: &Control,
    ) -> (Vec<Vec<bool>>, bool) {
        let Some((_, answer)) = &self.last else { return (vec![vec![false; values.len()]], false) };
        let mut chosen = answer.chosen.clone();
        for (chosen, &value) in chosen.iter_mut().zip(values) {
            *chosen &= value > 0;
        }
        let best = worth(&chosen, values);
        if self.conflicts.is_empty() {
            return (vec![chosen], false);
        }
        // A bid that another beats by anything is in no choice of greatest worth.
        let values = reduce::without_dominated(&self.conflicts, values, 1);
        let mut families = vec![Family { forced: Vec::new(), banned: Vec::new(), chosen }];
        let mut found = Vec::new();
        let mut is_all = true;
        while let Some(family) = families.pop() {
            if found.len() == most {
                return (found, false);
            }
            let Family { mut forced, banned, chosen } = family;
            let members = (0..values.len() as u32).filter(|&bid| chosen[bid as usize]);
            let open: Vec<u32> = members.filter(|bid| !forced.contains(bid)).collect();
            for bid in open {
                let mut banned = banned.clone();
                banned.push(bid);
                match self.find(&values, (&forced, &banned), best, control) {
                    Ok(Some(chosen)) => {
                        families.push(Family { forced: forced.clone(), banned, chosen });
                    }
                    Ok(None) => {}
                    Err(Unknown) => is_all = false,
                }
                forced.push(bid);
            }
            found.push(chosen);
        }
        (found, is_all)
    }

    /// A choice in the family that is worth `best`, if there is one.
    fn find(
        &mut self,
        values: &[i64],
        (forced, banned): (&[u32], &[u32]),
        best: i64,
        control: &Control,
    ) -> Result<Option<Vec<bool>>, Unknown> {
        let mut values = values.to_vec();
        banned.iter().for_each(|&bid| values[bid as usize] = 0);
        for &bid in forced {
            // Nothing excludes it then, and it is worth something: it wins.
            self.conflicts.neighbours(bid as usize).for_each(|other| values[other] = 0);
        }
        if values.iter().sum::<i64>() < best {
            return Ok(None);
        }
        if reduce::compatible(&self.conflicts, &values) < CLIQUES_DENSITY {
            let found = cliques::search(&self.conflicts, &values, best - 1, u64::MAX, control);
            return if found.is_complete { Ok(found.better) } else { Err(Unknown) };
        }
        let config = mip::Config { wanted: Some(-(best as f64)), ..mip::Config::default() };
        let found = self.prepare(&values).solve(&config, control, None);
        let chosen: Vec<bool> = found.x.iter().map(|&x| x > 0.5).collect();
        match found.status {
            mip::Status::Infeasible => Ok(None),
            _ if worth(&chosen, &values) == best => Ok(Some(chosen)),
            _ => Err(Unknown),
        }
    }
}

/// The time did not suffice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Unknown;
