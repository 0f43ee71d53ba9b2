//! Pairs of things that exclude each other, as rows of bits, and cliques among them.

/// A graph on 0 .. n as rows of bits: neighbours cannot both be chosen.
#[derive(Clone, Debug, Default)]
pub struct Conflicts {
    n: usize,
    words: usize,
    bits: Vec<u64>,
}

impl Conflicts {
    /// No pair excludes another.
    pub fn new(n: usize) -> Self {
        let words = n.div_ceil(64);
        Self { n, words, bits: vec![0; n * words] }
    }

    /// Number of things.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Notes that `a` and `b` exclude each other; nothing if they are one.
    pub fn add(&mut self, a: usize, b: usize) {
        if a != b {
            self.bits[a * self.words + b / 64] |= 1 << (b % 64);
            self.bits[b * self.words + a / 64] |= 1 << (a % 64);
        }
    }

    /// Notes that each two of `members` exclude each other.
    pub fn add_clique(&mut self, members: &[u32]) {
        let mut all = vec![0; self.words];
        members.iter().for_each(|&v| all[v as usize / 64] |= 1 << (v % 64));
        for &v in members {
            let v = v as usize;
            let row = &mut self.bits[v * self.words..][..self.words];
            row.iter_mut().zip(&all).for_each(|(word, others)| *word |= others);
            row[v / 64] &= !(1 << (v % 64));
        }
    }

    /// Whether `a` and `b` exclude each other.
    #[inline]
    pub fn has(&self, a: usize, b: usize) -> bool {
        self.bits[a * self.words + b / 64] >> (b % 64) & 1 == 1
    }

    /// The row of bits of `a`.
    #[inline]
    pub fn row(&self, a: usize) -> &[u64] {
        &self.bits[a * self.words..][..self.words]
    }

    /// What excludes `a`.
    pub fn neighbours(&self, a: usize) -> impl Iterator<Item = usize> + '_ {
        ones(self.row(a))
    }

    /// Number of things that exclude `a`.
    pub fn degree(&self, a: usize) -> usize {
        self.row(a).iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Cliques whose weights `x` sum to more than 1, each made as large as it can be by members of
    /// weight 0. Greedy, from each thing of positive weight: heaviest neighbours first.
    pub fn heavy_cliques(&self, x: &[f64], least: f64, most: usize) -> Vec<Vec<u32>> {
        let mut order: Vec<u32> = (0..self.n as u32).filter(|&v| x[v as usize] > 1e-6).collect();
        order.sort_by(|&a, &b| x[b as usize].total_cmp(&x[a as usize]).then(a.cmp(&b)));
        let mut found: Vec<(f64, Vec<u32>)> = Vec::new();
        for &seed in &order {
            let mut clique = vec![seed];
            let mut weight = x[seed as usize];
            for &v in order.iter().filter(|&&v| self.has(seed as usize, v as usize)) {
                if clique.iter().all(|&u| self.has(u as usize, v as usize)) {
                    clique.push(v);
                    weight += x[v as usize];
                }
            }
            if weight > 1.0 + least {
                clique.sort_unstable();
                found.push((weight, clique));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        found.dedup();
        found.truncate(most);
        found.into_iter().map(|(_, clique)| self.maximal(clique)).collect()
    }

    /// The clique with whatever else excludes all its members and each other.
    pub fn maximal(&self, mut clique: Vec<u32>) -> Vec<u32> {
        let Some(&first) = clique.first() else { return clique };
        let mut common = self.row(first as usize).to_vec();
        for &v in &clique[1..] {
            common.iter_mut().zip(self.row(v as usize)).for_each(|(word, row)| *word &= row);
        }
        while let Some(v) = first_one(&common) {
            clique.push(v as u32);
            common.iter_mut().zip(self.row(v)).for_each(|(word, row)| *word &= row);
        }
        clique.sort_unstable();
        clique
    }
}

/// Position of the first bit that is set.
pub fn first_one(words: &[u64]) -> Option<usize> {
    let at = words.iter().position(|&word| word != 0)?;
    Some(at * 64 + words[at].trailing_zeros() as usize)
}

/// Positions of the bits that are set, in ascending order.
pub fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(at, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                at * 64 + bit
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::Conflicts;

    #[test]
    fn a_triangle_of_halves_is_a_heavy_clique_and_takes_in_who_excludes_all() {
        let mut graph = Conflicts::new(70);
        for (a, b) in [(0, 1), (1, 2), (0, 2), (0, 69), (1, 69), (2, 69), (2, 3)] {
            graph.add(a, b);
        }
        let mut x = vec![0.0; 70];
        x[..4].fill(0.5);
        assert_eq!(graph.heavy_cliques(&x, 0.1, 10), vec![vec![0, 1, 2, 69]]);
        assert_eq!(graph.neighbours(2).collect::<Vec<_>>(), [0, 1, 3, 69]);
        assert_eq!(graph.degree(2), 4);
    }
}
