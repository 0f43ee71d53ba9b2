//! The table of bids for one lot: a row for each step of a price schedule.

use postroad_model::auction::{Lot, Step};
use postroad_model::id::IdVec;
use postroad_model::{BidId, Fault, LotId};

use super::Labels;
use super::bidders::known_bidder;
use super::cells::{BID_NAME_MAX, check_name, money, optional_whole, parcels};
use super::files::Source;
use super::groups::{BIDS, Groups};
use super::lots::{Lots, known_lot};
use crate::instance::Faults;
use crate::tables::Index;
use crate::tables::reader::{Column, Row};

const COLUMNS: [Column; 8] = [
    ("bid", true),
    ("bidder", true),
    ("lot", true),
    ("step", false),
    ("least_parcels", false),
    ("parcels", true),
    ("price_usd", true),
    ("group", false),
];
/// Most bids of a market: ids and positions in lists are 32 bits wide.
pub(super) const MOST_ROWS: usize = 50_000_000;

/// A row: one step of one bid.
struct BidRow {
    /// Its name; rows of one bid that stand together share it.
    name: BidId,
    bidder: u32,
    lot: LotId,
    step: u32,
    least: u32,
    parcels: u32,
    line: u32,
    price_micros: i64,
}

/// The rows of the table, in the order of bids and steps.
pub(super) struct BidRows {
    file: String,
    names: Labels<BidId>,
    rows: Vec<BidRow>,
    /// Positions in the rows, by the name of the bid and the number of the step.
    order: Vec<u32>,
}

/// A bid for one lot.
pub(super) struct ScheduleRow<'a> {
    pub(super) name: &'a str,
    pub(super) bidder: u32,
    pub(super) lot: LotId,
    pub(super) least: u32,
    pub(super) steps: Vec<Step>,
    /// Positions of its rows in the table, by which groups know it.
    pub(super) rows: &'a [u32],
}

impl BidRows {
    /// None at all.
    pub(super) fn none(file: &str) -> Self {
        Self { file: file.into(), names: Labels::default(), rows: Vec::new(), order: Vec::new() }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    fn name(&self, row: &BidRow) -> &str {
        &self.names[row.name]
    }

    /// The bids in the order of their names.
    pub(super) fn schedules(&self) -> impl Iterator<Item = ScheduleRow<'_>> {
        let same = |&a: &u32, &b: &u32| {
            let [a, b] = [a, b].map(|row| &self.rows[row as usize]);
            a.name == b.name || self.name(a) == self.name(b)
        };
        self.order.chunk_by(same).map(|rows| {
            let row = |&position: &u32| &self.rows[position as usize];
            let first = row(&rows[0]);
            ScheduleRow {
                name: self.name(first),
                bidder: first.bidder,
                lot: first.lot,
                least: rows.iter().map(|r| row(r).least).max().unwrap_or(0),
                steps: rows
                    .iter()
                    .map(row)
                    .map(|row| Step { parcels: row.parcels, price_micros: row.price_micros })
                    .collect(),
                rows,
            }
        })
    }

    /// Puts the rows in order. Nothing moves if they are, as large tables usually are.
    fn sort(&mut self) {
        let key = |&row: &u32| (self.name(&self.rows[row as usize]), self.rows[row as usize].step);
        let mut order: Vec<u32> = (0..self.rows.len() as u32).collect();
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        self.order = order;
    }
}

/// Reads the bids.
pub(super) fn read_bids(
    source: Source,
    lots: &Lots,
    bidders: &Index,
    groups: &mut Groups,
) -> Result<BidRows, Vec<Fault>> {
    let mut read = BidRows::none(source.file);
    source.open(&COLUMNS)?.each_row(MOST_ROWS, |row| {
        let last = read.rows.last().map(|last: &BidRow| last.name);
        let name = match last {
            Some(last) if read.names[last] == *row.cell("bid") => last,
            _ => read.names.push(row.cell("bid")),
        };
        if let Some(own) = bid_row(row, name, lots, bidders) {
            groups.join(row, BIDS, read.rows.len() as u32, own.bidder);
            read.rows.push(own);
        }
    })?;
    read.sort();
    read.check(lots)?;
    Ok(read)
}

fn bid_row(row: &mut Row, name: BidId, lots: &Lots, bidders: &Index) -> Option<BidRow> {
    check_name(row, "bid", BID_NAME_MAX);
    let bidder = known_bidder(row, bidders);
    let lot = known_lot(row, &lots.index);
    let step = optional_whole(row, "step", 1, u64::from(u32::MAX));
    let least = optional_whole(row, "least_parcels", 0, u64::from(u32::MAX));
    let parcels = parcels(row, "parcels");
    let price_micros = money(row, "price_usd");
    let (lot, parcels) = (lot?, parcels?);
    let capacity = lots.lots[lot].parcels_per_day;
    if parcels > capacity {
        let cause = format!("the bid is for {parcels} parcels a day, the lot has {capacity}");
        row.fault("E405", "parcels", cause, "bid for at most what the lot has");
    }
    Some(BidRow {
        name,
        bidder: bidder?,
        lot,
        step: step?.unwrap_or(0) as u32,
        least: least?.unwrap_or(0) as u32,
        parcels,
        line: row.line.min(u64::from(u32::MAX)) as u32,
        price_micros: price_micros?,
    })
}

impl BidRows {
    /// Whether the rows of each bid fit together.
    fn check(&self, lots: &Lots) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::new(&self.file);
        for bid in self.order.chunk_by(|&a, &b| {
            self.name(&self.rows[a as usize]) == self.name(&self.rows[b as usize])
        }) {
            let rows = || bid.iter().map(|&row| &self.rows[row as usize]);
            self.check_bid(&self.rows[bid[0] as usize], rows, &lots.lots, &mut faults);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.into_vec()) }
    }

    fn check_bid<'a, I: Iterator<Item = &'a BidRow>>(
        &self,
        first: &BidRow,
        rows: impl Fn() -> I,
        lots: &IdVec<LotId, Lot>,
        faults: &mut Faults,
    ) {
        let name = self.name(first);
        let mut add = |code, row: &BidRow, field, cause, action: &str| {
            faults.add(code, Some(u64::from(row.line)), Some(field), cause, action);
        };
        if let Some(row) = rows().find(|row| (row.bidder, row.lot) != (first.bidder, first.lot)) {
            let cause = format!("`{name}` is of another bidder or lot on line {}", first.line);
            add("E407", row, "bid", cause, "give each bid a name of its own");
            return;
        }
        let leasts = || rows().map(|row| row.least).filter(|&least| least > 0);
        if let Some(row) = rows().find(|row| row.least > 0 && leasts().any(|l| l != row.least)) {
            let cause = format!("the rows of `{name}` differ in what it takes at least");
            add("E407", row, "least_parcels", cause, "write it once");
        }
        let numbered = || rows().zip(rows().skip(1));
        if let Some((_, row)) = numbered().find(|(a, b)| a.step == b.step) {
            let cause = format!("two rows of `{name}` are the same step of it");
            add("E408", row, "step", cause, "number the steps of a bid from 1, or rename one bid");
        }
        let total: u64 = rows().map(|row| u64::from(row.parcels)).sum();
        let capacity = u64::from(lots[first.lot].parcels_per_day);
        let is_told = rows().any(|row| u64::from(row.parcels) > capacity);
        if total > capacity && !is_told {
            let cause =
                format!("the steps of `{name}` are {total} parcels a day, the lot has {capacity}");
            add("E405", first, "parcels", cause, "bid for at most what the lot has");
        }
        if let Some(row) = rows().find(|row| u64::from(row.least) > total) {
            let cause = format!("`{name}` takes at least {}, and offers {total}", row.least);
            add("E406", row, "least_parcels", cause, "lower it to what is offered");
        }
    }
}
