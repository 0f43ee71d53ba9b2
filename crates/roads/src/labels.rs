//! Hub labels (Abraham, Delling, Goldberg and Werneck 2011): for each place, the few important
//! vertices that its fastest ways pass, with the ways to them.
//!
//! The labels of a vertex are made from those of the more important vertices that its arcs lead
//! to, from the most important vertex down. A hub is kept if no more important one lies on a
//! fastest way to it, so labels are as small as the order of the hierarchy allows.

use postroad_model::place::Coordinate;
use postroad_model::routing::{AMOUNT_MAX, HubLabel, HubLabels};

use crate::arcs::Way;
use crate::hierarchy::{Hierarchy, Link};
use crate::network::RoadNetwork;
use crate::snap::{Far, Placed, Snapped, place};

/// A hub, by its importance, and the way to or from it.
type Label = (u32, Way);

/// Labels of vertices out or in; ascending by hub.
type Lists = Vec<Vec<Label>>;

impl RoadNetwork {
    /// Puts each place onto its nearest road and computes what is needed to tell the fastest way
    /// between any two. The way between a place and its road takes no time. Places too far from
    /// all roads are told, all of them.
    pub fn labels(&self, places: &[Coordinate]) -> Result<(HubLabels, Snapped), Vec<Far>> {
        let placed = place(self, places)?;
        let mut labels = label(&placed);
        labels.points = places.to_vec();
        Ok((labels, placed.snapped))
    }
}

/// Labels of the placed vertices; points are left empty.
pub(crate) fn label(placed: &Placed) -> HubLabels {
    let hierarchy = Hierarchy::new(placed.vertices, &placed.arcs);
    let by_importance = vertices_above(&hierarchy, &placed.vertex_of);
    let (mut out, mut into) =
        (vec![Vec::new(); placed.vertices], vec![Vec::new(); placed.vertices]);
    let mut found = Vec::new();
    for vertex in by_importance {
        let (v, own) = (vertex as usize, hierarchy.importance[vertex as usize]);
        for is_out in [true, false] {
            let links = if is_out { &hierarchy.up[v] } else { &hierarchy.down[v] };
            let (this, other) = if is_out { (&mut out, &into) } else { (&mut into, &out) };
            gather(links, this, own, &mut found);
            this[v] = pruned(&found, other, &hierarchy);
        }
    }
    let (out, into) = shared(&placed.vertex_of, &out, &into);
    let (out, out_start) = flat(&out);
    let (into, into_start) = flat(&into);
    HubLabels { points: Vec::new(), out, out_start, into, into_start }
}

/// The vertices that searches up from the given ones meet, the most important first.
fn vertices_above(hierarchy: &Hierarchy, from: &[u32]) -> Vec<u32> {
    let mut is_above = vec![false; hierarchy.importance.len()];
    let mut stack = from.to_vec();
    let mut above = Vec::new();
    while let Some(vertex) = stack.pop() {
        let v = vertex as usize;
        if !std::mem::replace(&mut is_above[v], true) {
            above.push(vertex);
            let links = hierarchy.up[v].iter().chain(&hierarchy.down[v]);
            stack.extend(links.map(|link| link.vertex));
        }
    }
    above.sort_unstable_by_key(|&vertex| hierarchy.importance[vertex as usize]);
    above
}

/// The best way to each hub of the vertices that the links lead to, and to the vertex itself.
fn gather(links: &[Link], lists: &Lists, own: u32, found: &mut Vec<Label>) {
    found.clear();
    found.push((own, Way::NOTHING));
    for link in links {
        let list = &lists[link.vertex as usize];
        found.extend(list.iter().map(|&(hub, way)| (hub, link.way.then(way))));
    }
    found.sort_unstable();
    found.dedup_by_key(|label| label.0);
}

/// What is left of labels without those whose way also leads over a more important hub.
fn pruned(found: &[Label], other: &Lists, hierarchy: &Hierarchy) -> Vec<Label> {
    let mut kept: Vec<Label> = Vec::new();
    for &(hub, way) in found {
        let vertex = hierarchy.vertex_of[hub as usize] as usize;
        if best(&kept, &other[vertex]) > way {
            kept.push((hub, way));
        }
    }
    kept
}

/// The best way over a hub that two lists have in common.
fn best(mut a: &[Label], mut b: &[Label]) -> Way {
    let mut best = Way::NONE;
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        if x.0 == y.0 {
            best = best.min(x.1.then(y.1));
        }
        if x.0 <= y.0 {
            a = &a[1..];
        }
        if y.0 <= x.0 {
            b = &b[1..];
        }
    }
    best
}

/// The lists of the places, without hubs that no two different places share.
fn shared(vertex_of: &[u32], out: &Lists, into: &Lists) -> (Lists, Lists) {
    /// The places that have a hub in one direction: none, one or several.
    #[derive(Clone, Copy, PartialEq)]
    enum Users {
        None,
        One(usize),
        Several,
    }
    let users = |lists: &Lists| {
        let mut users = vec![Users::None; out.len()];
        for (place, &vertex) in vertex_of.iter().enumerate() {
            for &(hub, _) in &lists[vertex as usize] {
                let user = &mut users[hub as usize];
                *user = if *user == Users::None { Users::One(place) } else { Users::Several };
            }
        }
        users
    };
    let (from, to) = (users(out), users(into));
    let is_shared = |hub: u32| match (from[hub as usize], to[hub as usize]) {
        (Users::None, _) | (_, Users::None) => false,
        (Users::One(a), Users::One(b)) => a != b,
        _ => true,
    };
    let keep = |lists: &Lists| -> Lists {
        let of = |&vertex: &u32| {
            let labels = lists[vertex as usize].iter().copied();
            labels.filter(|&(hub, _)| is_shared(hub)).collect()
        };
        vertex_of.iter().map(of).collect()
    };
    (keep(out), keep(into))
}

/// Lists side by side. A way beyond the largest amount is none.
fn flat(lists: &Lists) -> (Vec<HubLabel>, Vec<u32>) {
    let (mut labels, mut starts) = (Vec::new(), vec![0]);
    for list in lists {
        for &(hub, way) in list {
            let [duration_ms, distance_cm] = [way.duration_ms, way.distance_cm].map(i32::try_from);
            if let (Ok(duration_ms), Ok(distance_cm)) = (duration_ms, distance_cm)
                && duration_ms.max(distance_cm) <= AMOUNT_MAX
            {
                labels.push(HubLabel { hub, duration_ms, distance_cm });
            }
        }
        starts.push(labels.len() as u32);
    }
    (labels, starts)
}
