//! The near stops of each stop: by way, and by waiting or lateness between their windows.

use postroad_model::routing::AMOUNT_MAX;

use crate::arcs::Arcs;
use crate::core::{Core, rules};

/// Weight of waiting against travel time (Vidal, Crainic, Gendreau and Prins 2013).
const WAITING: f64 = 0.2;
/// Weight of lateness against travel time (same source).
const LATENESS: f64 = 1.0;
/// Near stops of a stop, if their number is not given; where times count the place of a stop is
/// less a matter of distance.
const WIDTH: usize = 60;
const WIDTH_TIMED: usize = 120;
/// Candidates by straight line for each near stop wanted, without windows and with them.
const CANDIDATES: usize = 2;
const CANDIDATES_TIMED: usize = 4;
/// Up to this many stops all are candidates.
const ALL_CANDIDATES: usize = 1500;
/// Points of a cell of the grid, on average.
const POINTS_PER_CELL: f64 = 3.0;

/// A stop near another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) stop: u32,
    /// Way to it.
    pub(crate) to_m: i32,
    /// Way from it.
    pub(crate) from_m: i32,
}

/// Lists of near stops, side by side.
pub(crate) struct NearStops {
    list: Vec<Near>,
    width: usize,
}

impl NearStops {
    /// The `width` nearest stops of each; as many as suit the rules if it is 0.
    pub(crate) fn new(core: &Core, arcs: &Arcs, width: usize) -> Self {
        let n = core.stops();
        let width = match (width, core.rules) {
            (0, rules::TIMED | rules::RICH) => WIDTH_TIMED,
            (0, _) => WIDTH,
            _ => width,
        };
        let candidates = width * if core.has_windows { CANDIDATES_TIMED } else { CANDIDATES };
        let width = width.min(n.saturating_sub(1));
        let grid = (n > ALL_CANDIDATES && !core.points.is_empty()).then(|| Grid::new(&core.points));
        let mut list = Vec::with_capacity(n * width);
        let mut found: Vec<(f64, u32)> = Vec::new();
        for i in 0..n as u32 {
            found.clear();
            let mut add = |j: u32| {
                if j != i {
                    found.push((proximity(core, arcs, i, j), j));
                }
            };
            match &grid {
                Some(grid) => grid.near(&core.points, i, candidates).for_each(&mut add),
                None => (0..n as u32).for_each(&mut add),
            }
            if width > 0 {
                let by_value =
                    |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                found.select_nth_unstable_by(width - 1, by_value);
                found[..width].sort_unstable_by(by_value);
            }
            list.extend(found[..width].iter().map(|&(_, j)| Near {
                stop: j,
                to_m: arcs.distance_m(i, j),
                from_m: arcs.distance_m(j, i),
            }));
        }
        Self { list, width }
    }

    /// The near stops of a stop, nearest first.
    #[inline]
    pub(crate) fn of(&self, stop: u32) -> &[Near] {
        let start = stop as usize * self.width;
        &self.list[start..start + self.width]
    }

    /// Mean cost of the way to a near stop, for the scale of costs.
    pub(crate) fn mean_cost(&self, core: &Core, arcs: &Arcs) -> f64 {
        let mut sums = [0.0; 2];
        for stop in 0..core.stops() as u32 {
            // Ways that are none, to islands, are no measure.
            let ways = self.of(stop).iter().map(|near| arcs.arc(stop, near.stop));
            for arc in ways.filter(|arc| arc.duration_s < AMOUNT_MAX) {
                sums[0] += f64::from(arc.distance_m);
                sums[1] += f64::from(arc.duration_s);
            }
        }
        let count = self.list.len().max(1) as f64;
        core.usual_cost(sums[0] / count, sums[1] / count)
    }
}

/// How badly two stops follow each other, in the better of both orders.
fn proximity(core: &Core, arcs: &Arcs, i: u32, j: u32) -> f64 {
    follow(core, arcs, i, j).min(follow(core, arcs, j, i))
}

fn follow(core: &Core, arcs: &Arcs, i: u32, j: u32) -> f64 {
    let arc = arcs.arc(i, j);
    if !core.is_by_time {
        return f64::from(arc.distance_m);
    }
    let (a, b) = (core.stop(i), core.stop(j));
    let spent_s = i64::from(a.service_s) + i64::from(arc.duration_s);
    let waiting_s = (i64::from(b.start_s) - spent_s - i64::from(a.end_s)).max(0);
    let lateness_s = (i64::from(a.start_s) + spent_s - i64::from(b.end_s)).max(0);
    f64::from(arc.duration_s) + WAITING * waiting_s as f64 + LATENESS * lateness_s as f64
}

/// Points sorted into square cells.
struct Grid {
    low: [f64; 2],
    side: f64,
    columns: usize,
    rows: usize,
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Grid {
    fn new(points: &[[f64; 2]]) -> Self {
        let bound = |d: usize, pick: fn(f64, f64) -> f64| {
            points.iter().map(|p| p[d]).reduce(pick).unwrap_or_default()
        };
        let low = [bound(0, f64::min), bound(1, f64::min)];
        let size = [bound(0, f64::max) - low[0], bound(1, f64::max) - low[1]];
        let area = (size[0] * size[1]).max(f64::MIN_POSITIVE);
        let longest = size[0].max(size[1]).max(f64::MIN_POSITIVE);
        let cells = points.len() as f64 / POINTS_PER_CELL;
        // Points on a line have no area; no more cells along it than points.
        let side = (area / cells).sqrt().max(longest / points.len() as f64);
        let count = |d: usize| (size[d] / side) as usize + 1;
        let (columns, rows) = (count(0), count(1));
        let mut grid = Self { low, side, columns, rows, starts: Vec::new(), members: Vec::new() };
        let cells: Vec<usize> = points.iter().map(|p| grid.cell(*p)).collect();
        let mut starts = vec![0_u32; columns * rows + 1];
        cells.iter().for_each(|&cell| starts[cell + 1] += 1);
        (0..columns * rows).for_each(|cell| starts[cell + 1] += starts[cell]);
        let mut next = starts.clone();
        let mut members = vec![0; points.len()];
        for (point, &cell) in cells.iter().enumerate() {
            members[next[cell] as usize] = point as u32;
            next[cell] += 1;
        }
        (grid.starts, grid.members) = (starts, members);
        grid
    }

    fn column_row(&self, point: [f64; 2]) -> [usize; 2] {
        let at = |d: usize, count: usize| {
            (((point[d] - self.low[d]) / self.side) as usize).min(count - 1)
        };
        [at(0, self.columns), at(1, self.rows)]
    }

    fn cell(&self, point: [f64; 2]) -> usize {
        let [column, row] = self.column_row(point);
        row * self.columns + column
    }

    /// At least the `count` nearest points of a point, itself among them: all points of the
    /// squares around its cell up to the first that surely holds them.
    fn near(
        &self,
        points: &[[f64; 2]],
        of: u32,
        count: usize,
    ) -> impl Iterator<Item = u32> + use<> {
        let [column, row] = self.column_row(points[of as usize]);
        let mut found = Vec::new();
        let mut enough_at = None;
        for ring in 0..=self.columns.max(self.rows) {
            self.ring(column, row, ring, &mut found);
            if found.len() > count && enough_at.is_none() {
                // What is nearer than the corner of this square is within 1.5 times its rings.
                enough_at = Some(ring + ring / 2 + 1);
            }
            if enough_at == Some(ring) {
                break;
            }
        }
        let distance = |&j: &u32| {
            let (a, b) = (points[of as usize], points[j as usize]);
            (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
        };
        let by_distance = |a: &u32, b: &u32| distance(a).total_cmp(&distance(b)).then(a.cmp(b));
        if found.len() > count + 1 {
            found.select_nth_unstable_by(count, by_distance);
            found.truncate(count + 1);
        }
        found.into_iter()
    }

    /// Points of the cells at `ring` cells from the middle.
    fn ring(&self, column: usize, row: usize, ring: usize, found: &mut Vec<u32>) {
        let (low, high) = (row.saturating_sub(ring), (row + ring).min(self.rows - 1));
        for r in low..=high {
            let is_edge = r.abs_diff(row) == ring;
            let step = if is_edge { 1 } else { (2 * ring).max(1) };
            for c in (0..=2 * ring).step_by(step) {
                let Some(c) = (column + c).checked_sub(ring).filter(|&c| c < self.columns) else {
                    continue;
                };
                let cell = r * self.columns + c;
                let range = self.starts[cell] as usize..self.starts[cell + 1] as usize;
                found.extend_from_slice(&self.members[range]);
            }
        }
    }
}
