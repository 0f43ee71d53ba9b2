//! Mixed-integer rounding cuts of single rows (Marchand and Wolsey 2001), in whole numbers.
//!
//! Of Σ a t ≤ b with whole t ≥ 0 and any divisor d follows Σ G(a) t ≤ ⌊b / d⌋ (d − R) with R = b mod d
//! and G(a) = ⌊a / d⌋ (d − R) + max(0, a mod d − R). Each t is the distance of a column from one of its
//! bounds; which one, and the divisor, are chosen so that the cut is violated most.

use super::domain::Structure;
use crate::lp::Row;

/// Least distance of the point from a cut.
const DISTANCE: f64 = 1e-3;
/// Divisors that are tried for a row.
const DIVISORS: usize = 10;
/// Coefficients are whole numbers up to this.
const MOST: f64 = (1_u64 << 40) as f64;
/// The most a right-hand side may be, so that it is exact.
const EXACT: i128 = 1 << 52;

/// A row of whole columns in whole numbers, at most `limit`.
#[derive(Clone, Debug)]
pub(super) struct WholeRow {
    terms: Vec<(u32, i64)>,
    limit: i64,
}

impl WholeRow {
    /// `sign` times a row, in units of the greatest power of 2 of which its coefficients are
    /// multiples; none if it has a column that is not whole or a coefficient too large, or none
    /// but 1, which rounding cannot strengthen.
    pub(super) fn new(row: &Row, sign: f64, limit: f64, is_integer: &[bool]) -> Option<Self> {
        if !limit.is_finite() || !row.terms.iter().all(|&(j, _)| is_integer[j as usize]) {
            return None;
        }
        let unit = row.terms.iter().map(|&(_, a)| lowest_bit(a)).fold(f64::INFINITY, f64::min);
        let whole = |a: f64| (a.abs() / unit < MOST).then(|| (sign * a / unit) as i64);
        let terms = row.terms.iter().map(|&(j, a)| Some((j, whole(a)?)));
        let terms = terms.collect::<Option<Vec<_>>>()?;
        let limit = (limit / unit).floor();
        let has_sizes = terms.iter().any(|term| term.1.abs() > 1);
        (has_sizes && limit.abs() < MOST).then_some(Self { terms, limit: limit as i64 })
    }
}

/// The greatest power of 2 of which a number is a multiple.
fn lowest_bit(a: f64) -> f64 {
    let mantissa = (a.to_bits() & ((1 << 52) - 1)) | 1 << 52;
    let exponent = ((a.to_bits() >> 52) & 0x7ff) as i32 - 1075;
    2_f64.powi(exponent + mantissa.trailing_zeros() as i32)
}

/// A column's distance from one of its bounds.
struct Item {
    column: u32,
    /// Coefficient of the distance.
    size: i64,
    is_from_upper: bool,
    /// The bound it is measured from, and the width between the bounds.
    bound: i64,
    width: i64,
    value: f64,
}

impl Item {
    fn turn(&mut self) {
        self.bound += if self.is_from_upper { -self.width } else { self.width };
        self.is_from_upper = !self.is_from_upper;
        self.size = -self.size;
        self.value = self.width as f64 - self.value;
    }
}

/// Σ size · distance ≤ limit.
struct Base {
    items: Vec<Item>,
    limit: i64,
}

/// The function of the cut.
#[derive(Clone, Copy)]
struct Rounding {
    divisor: i64,
    rest: i64,
}

impl Rounding {
    fn of(self, size: i64) -> i64 {
        size.div_euclid(self.divisor) * (self.divisor - self.rest)
            + (size.rem_euclid(self.divisor) - self.rest).max(0)
    }
}

impl Base {
    fn new(row: &WholeRow, (lower, upper): (&[f64], &[f64]), x: &[f64]) -> Option<Self> {
        let mut base = Self { items: Vec::with_capacity(row.terms.len()), limit: row.limit };
        for &(column, size) in &row.terms {
            let j = column as usize;
            if !(lower[j].abs() < MOST && upper[j].abs() < MOST) {
                return None;
            }
            let (bound, end) = (lower[j] as i64, upper[j] as i64);
            let value = (x[j] - lower[j]).clamp(0.0, upper[j] - lower[j]);
            let width = end - bound;
            base.limit = base.limit.checked_sub(size.checked_mul(bound)?)?;
            base.items.push(Item { column, size, is_from_upper: false, bound, width, value });
        }
        for at in 0..base.items.len() {
            if base.items[at].value > 0.5 * base.items[at].width as f64 {
                base.turn(at)?;
            }
        }
        Some(base)
    }

    /// Measures an item from its other bound.
    fn turn(&mut self, at: usize) -> Option<()> {
        let item = &mut self.items[at];
        self.limit = self.limit.checked_sub(item.size.checked_mul(item.width)?)?;
        item.turn();
        Some(())
    }

    /// How far the point is from the cut of a divisor; negative if it keeps it.
    fn distance(&self, divisor: i64) -> f64 {
        let rounding = self.rounding(divisor);
        if rounding.rest == 0 {
            return f64::NEG_INFINITY;
        }
        let (mut form, mut squares) = (0.0, 0.0);
        for item in &self.items {
            let size = rounding.of(item.size) as f64;
            form += size * item.value;
            squares += size * size;
        }
        (form - self.right(rounding) as f64) / f64::max(squares, 1.0).sqrt()
    }

    fn rounding(&self, divisor: i64) -> Rounding {
        Rounding { divisor, rest: self.limit.rem_euclid(divisor) }
    }

    fn right(&self, rounding: Rounding) -> i128 {
        let Rounding { divisor, rest } = rounding;
        i128::from(self.limit.div_euclid(divisor)) * i128::from(divisor - rest)
    }

    /// Sizes of items strictly between their bounds, those of the middle first.
    fn divisors(&self) -> Vec<i64> {
        let depth = |item: &Item| item.value.min(item.width as f64 - item.value);
        let mut inside: Vec<(f64, i64)> = (self.items.iter())
            .filter(|item| depth(item) > 1e-6 && item.size.abs() > 1)
            .map(|item| (depth(item) / item.width as f64, item.size.abs()))
            .collect();
        inside.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut divisors: Vec<i64> = Vec::new();
        for (_, size) in inside {
            if divisors.len() < DIVISORS && !divisors.contains(&size) {
                divisors.push(size);
            }
        }
        divisors
    }

    fn best_cut(&mut self) -> Option<(f64, Row)> {
        let divisors = self.divisors();
        let rate = |base: &Self, d: i64| (base.distance(d), d);
        let better = |a: (f64, i64), b: (f64, i64)| if b.0 > a.0 { b } else { a };
        let mut best = divisors.into_iter().map(|d| rate(self, d)).reduce(better)?;
        for part in [2, 4, 8] {
            if best.1 / part > 1 {
                best = better(best, rate(self, best.1 / part));
            }
        }
        if best.0 <= 0.0 {
            return None;
        }
        for at in 0..self.items.len() {
            let item = &self.items[at];
            if item.value > 1e-6 && item.value < item.width as f64 - 1e-6 {
                self.turn(at)?;
                let turned = self.distance(best.1);
                if turned > best.0 {
                    best.0 = turned;
                } else {
                    self.turn(at)?;
                }
            }
        }
        (best.0 > DISTANCE).then(|| self.cut(best.1)).flatten().map(|cut| (best.0, cut))
    }

    /// The cut in terms of the columns.
    fn cut(&self, divisor: i64) -> Option<Row> {
        let rounding = self.rounding(divisor);
        let mut right = self.right(rounding);
        let mut terms = Vec::new();
        for item in &self.items {
            let size = rounding.of(item.size);
            let signed = if item.is_from_upper { -size } else { size };
            right += i128::from(signed) * i128::from(item.bound);
            if size != 0 {
                terms.push((item.column, signed as f64));
            }
        }
        let most = terms.iter().map(|term| term.1.abs()).fold(1.0, f64::max);
        if right.abs() > EXACT || most > MOST {
            return None;
        }
        let unit = most.log2().ceil().exp2();
        terms.iter_mut().for_each(|term| term.1 /= unit);
        Some(Row { lower: f64::NEG_INFINITY, upper: right as f64 / unit, terms })
    }
}

/// The most violated cut of each row at a point, with the distance of the point from it.
pub(super) fn separate(
    structure: &Structure,
    bounds: (&[f64], &[f64]),
    x: &[f64],
) -> Vec<(f64, Row)> {
    let cut = |row: &WholeRow| Base::new(row, bounds, x)?.best_cut();
    structure.whole_rows.iter().filter_map(cut).collect()
}
