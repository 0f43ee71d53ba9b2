//! Ways along arcs of a directed graph, and the graph itself in compact form.

use std::ops::Range;

/// What a way takes: compared by time, then by length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Way {
    pub(crate) duration_ms: u32,
    pub(crate) distance_cm: u32,
}

impl Way {
    pub(crate) const NOTHING: Way = Way { duration_ms: 0, distance_cm: 0 };
    pub(crate) const NONE: Way = Way { duration_ms: u32::MAX, distance_cm: u32::MAX };

    /// One way after the other.
    #[inline]
    pub(crate) fn then(self, next: Way) -> Way {
        Way {
            duration_ms: self.duration_ms.saturating_add(next.duration_ms),
            distance_cm: self.distance_cm.saturating_add(next.distance_cm),
        }
    }
}

/// A directed piece of road.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) way: Way,
}

/// The heads of the arcs out of each vertex, side by side.
pub(crate) struct Heads {
    starts: Vec<u32>,
    heads: Vec<u32>,
}

impl Heads {
    pub(crate) fn new(vertices: usize, arcs: &[Arc]) -> Self {
        let mut starts = vec![0_u32; vertices + 1];
        arcs.iter().for_each(|arc| starts[arc.from as usize + 1] += 1);
        (0..vertices).for_each(|v| starts[v + 1] += starts[v]);
        let mut next = starts.clone();
        let mut heads = vec![0; arcs.len()];
        for arc in arcs {
            let slot = &mut next[arc.from as usize];
            heads[*slot as usize] = arc.to;
            *slot += 1;
        }
        Self { starts, heads }
    }

    fn range(&self, vertex: u32) -> Range<u32> {
        self.starts[vertex as usize]..self.starts[vertex as usize + 1]
    }

    /// The largest set of vertices that all reach each other, as a mask; the first of equal ones
    /// (Tarjan 1972, with its recursion written out).
    pub(crate) fn largest_connected(&self) -> Vec<bool> {
        const NEW: u32 = u32::MAX;
        let vertices = self.starts.len() - 1;
        let mut number = vec![NEW; vertices];
        let mut low = vec![0; vertices];
        let mut is_open = vec![false; vertices];
        let (mut open, mut calls, mut count) = (Vec::new(), Vec::new(), 0);
        let mut best: Vec<u32> = Vec::new();
        for root in 0..vertices as u32 {
            if number[root as usize] != NEW {
                continue;
            }
            calls.push((root, self.range(root)));
            while let Some((v, arcs)) = calls.last_mut() {
                let (v, i) = (*v, *v as usize);
                if number[i] == NEW {
                    (number[i], low[i]) = (count, count);
                    count += 1;
                    open.push(v);
                    is_open[i] = true;
                }
                if let Some(arc) = arcs.next() {
                    let head = self.heads[arc as usize];
                    if number[head as usize] == NEW {
                        calls.push((head, self.range(head)));
                    } else if is_open[head as usize] {
                        low[i] = low[i].min(number[head as usize]);
                    }
                    continue;
                }
                calls.pop();
                if let Some((parent, _)) = calls.last() {
                    low[*parent as usize] = low[*parent as usize].min(low[i]);
                }
                if low[i] == number[i] {
                    let start = open.iter().rposition(|&w| w == v).expect("v is open");
                    open[start..].iter().for_each(|&w| is_open[w as usize] = false);
                    let members = open.split_off(start);
                    if members.len() > best.len() {
                        best = members;
                    }
                }
            }
        }
        let mut mask = vec![false; vertices];
        best.iter().for_each(|&v| mask[v as usize] = true);
        mask
    }
}
