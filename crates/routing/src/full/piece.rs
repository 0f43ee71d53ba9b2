//! Time along a stretch of a route, where windows and places for breaks may be chosen.
//!
//! With one choice for everything, a stretch turns the time at its beginning into the time at its
//! end: max(end, time + spent) for times up to a latest one. Two stretches in a row are such a
//! function again. A choice makes several of these pieces, of which those that another one beats
//! are dropped; what is kept holds the model's shortest schedule exactly.

use postroad_model::routing::TimeWindow;

/// Beyond all times.
const FAR_S: i64 = 1 << 50;

/// One way through a stretch of a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Piece {
    /// Latest time at the beginning.
    pub(crate) latest_s: i64,
    /// Time at the end of an early beginning.
    pub(crate) end_s: i64,
    /// From the beginning to the end of a late one.
    pub(crate) spent_s: i64,
    /// Breaks taken.
    pub(crate) breaks: u32,
}

/// What makes one piece better than another with as many breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Better {
    /// An earlier end: where only windows matter, for what comes before a node.
    Earlier,
    /// A later beginning: the same for what comes behind.
    Later,
    /// Neither worse, and no more time in between: where durations matter.
    All,
}

impl Piece {
    /// Something that begins in a window and takes a while.
    pub(crate) fn event(window: TimeWindow, spent_s: i64) -> Self {
        Self {
            latest_s: i64::from(window.end_s),
            end_s: i64::from(window.start_s) + spent_s,
            spent_s,
            breaks: 0,
        }
    }

    /// Something that takes a while at any time.
    pub(crate) fn always(spent_s: i64) -> Self {
        Self { latest_s: FAR_S, end_s: -FAR_S, spent_s, breaks: 0 }
    }

    /// Both in a row; `None` if the second cannot be reached in time.
    #[inline]
    pub(crate) fn then(self, next: Piece) -> Option<Piece> {
        (self.end_s <= next.latest_s).then(|| Piece {
            latest_s: self.latest_s.min(next.latest_s - self.spent_s),
            end_s: next.end_s.max(self.end_s + next.spent_s),
            spent_s: self.spent_s + next.spent_s,
            breaks: self.breaks + next.breaks,
        })
    }

    /// Shortest time from beginning to end.
    #[inline]
    pub(crate) fn shortest_s(self) -> i64 {
        self.spent_s.max(self.end_s - self.latest_s)
    }

    /// Whether there is no use for another piece with as many breaks.
    #[inline]
    fn beats(&self, other: &Piece, better: Better) -> bool {
        match better {
            Better::Earlier => self.end_s <= other.end_s,
            Better::Later => self.latest_s >= other.latest_s,
            Better::All => {
                self.latest_s >= other.latest_s
                    && self.end_s <= other.end_s
                    && self.spent_s <= other.spent_s
            }
        }
    }
}

/// The side of a node on which a stretch grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    /// From the start of the route on.
    Head,
    /// From its end back.
    Tail,
}

/// How the time of a vehicle passes beside visits.
#[derive(Debug)]
pub(crate) struct Driver {
    /// The beginning of the shift.
    pub(crate) begin: Piece,
    /// Leaving the start, coming to the end, and the end of the shift.
    pub(crate) leave: Piece,
    pub(crate) back: Piece,
    pub(crate) finish: Piece,
    /// Reloading at the start.
    pub(crate) reload: Piece,
    /// Most trips of a route.
    pub(crate) trips_max: u32,
    /// The windows of each break.
    pub(crate) rests: Vec<Vec<Piece>>,
    /// Whether durations matter.
    pub(crate) counts_time: bool,
}

impl Driver {
    fn better(&self, side: Side) -> Better {
        match (self.counts_time, side) {
            (true, _) => Better::All,
            (false, Side::Head) => Better::Earlier,
            (false, Side::Tail) => Better::Later,
        }
    }
}

/// All pieces of a stretch worth keeping, fewest breaks first.
#[derive(Default, Debug)]
pub(crate) struct Front {
    pieces: Vec<Piece>,
    spare: Vec<Piece>,
}

impl Front {
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Becomes the stretch of some pieces.
    #[inline]
    pub(crate) fn set(&mut self, pieces: &[Piece]) {
        self.pieces.clear();
        self.pieces.extend_from_slice(pieces);
    }

    /// Grows by travel.
    #[inline]
    pub(crate) fn travel(&mut self, driver: &Driver, side: Side, seconds: i64) {
        for piece in &mut self.pieces {
            match side {
                Side::Head => piece.end_s += seconds,
                Side::Tail => piece.latest_s -= seconds,
            }
            piece.spent_s += seconds;
        }
        if seconds > 0 {
            self.rest(driver, side);
        }
    }

    /// Grows by one of some events, and by breaks beyond it.
    #[inline]
    pub(crate) fn pass(
        &mut self,
        driver: &Driver,
        side: Side,
        choices: impl Iterator<Item = Piece> + Clone,
    ) {
        let better = driver.better(side);
        self.spare.clear();
        for &piece in &self.pieces {
            for choice in choices.clone() {
                let grown = match side {
                    Side::Head => piece.then(choice),
                    Side::Tail => choice.then(piece),
                };
                if let Some(grown) = grown {
                    add(&mut self.spare, grown, better);
                }
            }
        }
        std::mem::swap(&mut self.pieces, &mut self.spare);
        self.rest(driver, side);
    }

    /// Takes breaks, as many as can be taken now, or not.
    #[inline]
    fn rest(&mut self, driver: &Driver, side: Side) {
        if !driver.rests.is_empty() {
            self.take_breaks(driver, side);
        }
    }

    fn take_breaks(&mut self, driver: &Driver, side: Side) {
        let total = driver.rests.len();
        let better = driver.better(side);
        self.spare.clear();
        let mut done = 0;
        for taken in 0..=total as u32 {
            let level = self.spare.len();
            for &piece in self.pieces.iter().filter(|piece| piece.breaks == taken) {
                add(&mut self.spare, piece, better);
            }
            for at in done..level {
                let before = self.spare[at];
                let rest = match side {
                    Side::Head => taken as usize - 1,
                    Side::Tail => total - taken as usize,
                };
                for &rest in &driver.rests[rest] {
                    let grown = match side {
                        Side::Head => before.then(rest),
                        Side::Tail => rest.then(before),
                    };
                    if let Some(grown) = grown {
                        add(&mut self.spare, grown, better);
                    }
                }
            }
            done = level;
        }
        std::mem::swap(&mut self.pieces, &mut self.spare);
    }
}

/// Adds a piece with at least as many breaks as the others, unless another one beats it.
#[inline]
fn add(pieces: &mut Vec<Piece>, piece: Piece, better: Better) {
    if pieces.is_empty() {
        pieces.push(piece);
    } else {
        add_to_others(pieces, piece, better);
    }
}

fn add_to_others(pieces: &mut Vec<Piece>, piece: Piece, better: Better) {
    let rivals = pieces.iter().rev().take_while(|other| other.breaks == piece.breaks).count();
    let first = pieces.len() - rivals;
    if pieces[first..].iter().any(|other| other.beats(&piece, better)) {
        return;
    }
    let mut kept = first;
    for at in first..pieces.len() {
        if !piece.beats(&pieces[at], better) {
            pieces[kept] = pieces[at];
            kept += 1;
        }
    }
    pieces.truncate(kept);
    pieces.push(piece);
}

/// The least time over a head, a way and a tail with all breaks between them; `None` if they do
/// not fit together. Where durations do not matter any fit will do.
#[inline]
pub(crate) fn join(driver: &Driver, head: &[Piece], way_s: i64, tail: &[Piece]) -> Option<i64> {
    let breaks = driver.rests.len() as u32;
    let mut best = None;
    for &before in head {
        let Some(there) = before.then(Piece::always(way_s)) else { continue };
        for &behind in tail.iter().filter(|behind| before.breaks + behind.breaks == breaks) {
            if let Some(whole) = there.then(behind) {
                let shortest_s = whole.shortest_s();
                if best.is_none_or(|best| shortest_s < best) {
                    best = Some(shortest_s);
                }
                if !driver.counts_time {
                    return best;
                }
            }
        }
    }
    best
}

/// Fronts of the nodes of a route, side by side.
#[derive(Default, Debug)]
pub(crate) struct Fronts {
    pieces: Vec<Piece>,
    ends: Vec<u32>,
}

impl Fronts {
    #[inline]
    pub(crate) fn of(&self, node: usize) -> &[Piece] {
        let start = if node == 0 { 0 } else { self.ends[node - 1] as usize };
        &self.pieces[start..self.ends[node] as usize]
    }

    pub(crate) fn push(&mut self, front: &Front) {
        self.pieces.extend_from_slice(front.pieces());
        self.ends.push(self.pieces.len() as u32);
    }

    /// Becomes a copy, in the memory it has.
    pub(crate) fn copy(&mut self, other: &Fronts) {
        self.pieces.clone_from(&other.pieces);
        self.ends.clone_from(&other.ends);
    }

    /// Keeps the first nodes only.
    pub(crate) fn truncate(&mut self, nodes: usize) {
        self.ends.truncate(nodes);
        self.pieces.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }
}
