//! Parts of a whole that nothing joins: disjoint sets as trees whose paths are halved (Tarjan and van
//! Leeuwen 1984).

/// Things 0 .. n that are joined one by one.
#[derive(Clone, Debug)]
pub struct Parts {
    parent: Vec<u32>,
}

impl Parts {
    /// Each thing by itself.
    pub fn new(things: usize) -> Self {
        Self { parent: (0..things as u32).collect() }
    }

    /// The first thing of the part of a thing.
    pub fn first(&mut self, thing: usize) -> usize {
        let mut at = thing as u32;
        while self.parent[at as usize] != at {
            self.parent[at as usize] = self.parent[self.parent[at as usize] as usize];
            at = self.parent[at as usize];
        }
        at as usize
    }

    /// Puts two things in one part.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        self.parent[a.max(b)] = a.min(b) as u32;
    }

    /// Members by the part of the thing beside each; the parts and the members of each in the order
    /// in which they come.
    pub fn grouped<T>(&mut self, members: impl IntoIterator<Item = (usize, T)>) -> Vec<Vec<T>> {
        let mut group_of = vec![usize::MAX; self.parent.len()];
        let mut groups: Vec<Vec<T>> = Vec::new();
        for (thing, member) in members {
            let group = &mut group_of[self.first(thing)];
            if *group == usize::MAX {
                *group = groups.len();
                groups.push(Vec::new());
            }
            groups[*group].push(member);
        }
        groups
    }

    /// The greatest sum of sizes in one part.
    pub fn largest(&mut self, sizes: impl IntoIterator<Item = (usize, usize)>) -> usize {
        let sum = |group: &Vec<usize>| group.iter().sum();
        self.grouped(sizes).iter().map(sum).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;

    #[test]
    fn things_joined_through_others_are_one_part() {
        let mut parts = Parts::new(7);
        for (a, b) in [(5, 2), (6, 4), (2, 6), (1, 3)] {
            parts.join(a, b);
        }
        let groups = parts.grouped((0..7).rev().map(|thing| (thing, thing)));
        assert_eq!(groups, [vec![6, 5, 4, 2], vec![3, 1], vec![0]]);
        assert_eq!([6, 3, 0].map(|thing| parts.first(thing)), [2, 1, 0]);
        assert_eq!(parts.largest([(0, 9), (1, 4), (3, 6), (5, 1)]), 10);
    }
}
