//! A contraction hierarchy (Geisberger, Sanders, Schultes and Delling 2008): vertices are taken
//! out of the graph one by one, the least important first, and shortcuts keep all distances.
//!
//! Every fastest way then leads up to its most important vertex and down from it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::arcs::{Arc, Way};

/// A search for a way around a vertex ends after so many vertices; a shortcut more does no harm.
const WITNESS_VERTICES: usize = 60;

/// The other end of an arc, and its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) vertex: u32,
    pub(crate) way: Way,
}

/// Arcs between each vertex and more important ones.
pub(crate) struct Hierarchy {
    /// The most important vertex has importance 0.
    pub(crate) importance: Vec<u32>,
    /// The vertex of each importance.
    pub(crate) vertex_of: Vec<u32>,
    /// Arcs from each vertex up.
    pub(crate) up: Vec<Vec<Link>>,
    /// Arcs into each vertex from above.
    pub(crate) down: Vec<Vec<Link>>,
}

/// The graph of the vertices that are left, and the work of a search in it.
struct Contraction {
    out: Vec<Vec<Link>>,
    into: Vec<Vec<Link>>,
    /// Longest chain of vertices taken out below each.
    depth: Vec<i64>,
    reached: Vec<Way>,
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(Way, u32)>>,
}

/// A way around nothing: from, to, way.
type Shortcut = (u32, u32, Way);

impl Hierarchy {
    /// Contracts the graph of the arcs.
    pub(crate) fn new(vertices: usize, arcs: &[Arc]) -> Self {
        let mut rest = Contraction::new(vertices, arcs);
        let mut shortcuts = Vec::new();
        let mut order = BinaryHeap::new();
        for vertex in 0..vertices as u32 {
            order.push(Reverse((rest.priority(vertex, &mut shortcuts), vertex)));
        }
        let mut importance = vec![0; vertices];
        let mut vertex_of = vec![0; vertices];
        let mut left = vertices;
        while let Some(Reverse((_, vertex))) = order.pop() {
            // What was contracted since may have changed the priority.
            let priority = rest.priority(vertex, &mut shortcuts);
            if order.peek().is_some_and(|Reverse(next)| *next < (priority, vertex)) {
                order.push(Reverse((priority, vertex)));
                continue;
            }
            rest.contract(vertex, &shortcuts);
            left -= 1;
            importance[vertex as usize] = left as u32;
            vertex_of[left] = vertex;
        }
        Self { importance, vertex_of, up: rest.out, down: rest.into }
    }
}

impl Contraction {
    fn new(vertices: usize, arcs: &[Arc]) -> Self {
        let mut rest = Self {
            out: vec![Vec::new(); vertices],
            into: vec![Vec::new(); vertices],
            depth: vec![0; vertices],
            reached: vec![Way::NONE; vertices],
            touched: Vec::new(),
            queue: BinaryHeap::new(),
        };
        arcs.iter().for_each(|arc| rest.link((arc.from, arc.to, arc.way)));
        rest
    }

    /// Adds an arc, or shortens the one there is.
    fn link(&mut self, (from, to, way): Shortcut) {
        let add = |list: &mut Vec<Link>, vertex| match list.iter_mut().find(|l| l.vertex == vertex)
        {
            Some(link) => link.way = link.way.min(way),
            None => list.push(Link { vertex, way }),
        };
        add(&mut self.out[from as usize], to);
        add(&mut self.into[to as usize], from);
    }

    /// How late to take a vertex out: by arcs that it would add, and by depth. Also collects them.
    fn priority(&mut self, vertex: u32, shortcuts: &mut Vec<Shortcut>) -> i64 {
        shortcuts.clear();
        let (into, out) = (&self.into[vertex as usize], &self.out[vertex as usize]);
        let removed = into.len() + out.len();
        for i in 0..into.len() {
            let first = self.into[vertex as usize][i];
            self.search_around(vertex, first);
            for second in &self.out[vertex as usize] {
                let way = first.way.then(second.way);
                if second.vertex != first.vertex && self.reached[second.vertex as usize] > way {
                    shortcuts.push((first.vertex, second.vertex, way));
                }
            }
            self.touched.drain(..).for_each(|v| self.reached[v as usize] = Way::NONE);
        }
        2 * shortcuts.len() as i64 - removed as i64 + self.depth[vertex as usize]
    }

    /// Ways from the start of an arc into `vertex` to the ends of arcs out of it, without it.
    fn search_around(&mut self, vertex: u32, first: Link) {
        let longest = self.out[vertex as usize].iter().map(|link| first.way.then(link.way)).max();
        let longest = longest.unwrap_or(Way::NOTHING);
        self.queue.clear();
        self.reach(first.vertex, Way::NOTHING);
        let mut settled = 0;
        while let Some(Reverse((way, at))) = self.queue.pop() {
            if way > self.reached[at as usize] {
                continue;
            }
            settled += 1;
            if settled > WITNESS_VERTICES || way > longest {
                break;
            }
            for i in 0..self.out[at as usize].len() {
                let link = self.out[at as usize][i];
                if link.vertex != vertex {
                    self.reach(link.vertex, way.then(link.way));
                }
            }
        }
    }

    fn reach(&mut self, vertex: u32, way: Way) {
        let reached = &mut self.reached[vertex as usize];
        if way < *reached {
            if *reached == Way::NONE {
                self.touched.push(vertex);
            }
            *reached = way;
            self.queue.push(Reverse((way, vertex)));
        }
    }

    /// Takes a vertex out: its neighbours forget it, it keeps its arcs to them.
    fn contract(&mut self, vertex: u32, shortcuts: &[Shortcut]) {
        shortcuts.iter().for_each(|&shortcut| self.link(shortcut));
        let depth = self.depth[vertex as usize] + 1;
        for i in 0..self.out[vertex as usize].len() {
            let other = self.out[vertex as usize][i].vertex as usize;
            self.into[other].retain(|link| link.vertex != vertex);
            self.depth[other] = self.depth[other].max(depth);
        }
        for i in 0..self.into[vertex as usize].len() {
            let other = self.into[vertex as usize][i].vertex as usize;
            self.out[other].retain(|link| link.vertex != vertex);
            self.depth[other] = self.depth[other].max(depth);
        }
    }
}
