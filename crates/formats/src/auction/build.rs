//! Rows become a problem, in an order that depends on names of lots and bids alone.

use std::collections::{BTreeMap, BTreeSet};

use postroad_model::auction::AuctionProblem;
use postroad_model::id::{Id, IdVec};
use postroad_model::{BidId, BidderId, Fault, Place};
use sha2::{Digest, Sha256};

use super::bidders::BidderRow;
use super::bids::BidRows;
use super::groups::{BIDS, Groups, PACKAGES, both_tables};
use super::lots::{LotSets, Lots};
use super::packages::PackageRows;
use super::rules::{Bidders, resolve};
use super::settings::Settings;
use super::{Labels, Market, MarketNames};

/// The place of a bid in the lottery between equally good awards: the first eight bytes of the
/// SHA-256 of `SEED:BID`, most significant first.
pub fn ticket(seed: u64, bid: &str) -> u64 {
    ticket_of(&format!("{seed}:"), bid)
}

fn ticket_of(prefix: &str, bid: &str) -> u64 {
    let digest = Sha256::new().chain_update(prefix).chain_update(bid).finalize();
    digest.iter().take(8).fold(0, |ticket, &byte| (ticket << 8) | u64::from(byte))
}

/// All rows of a market.
pub(super) struct Rows {
    pub(super) settings: Settings,
    pub(super) lots: Lots,
    pub(super) sets: LotSets,
    pub(super) bidders: Vec<BidderRow>,
    pub(super) bids: BidRows,
    pub(super) packages: PackageRows,
    pub(super) groups: Groups,
}

/// Bidders by their first bid: the id of each row of their table.
struct Order {
    ids: Vec<Option<BidderId>>,
    rows: Vec<u32>,
}

impl Order {
    fn id(&mut self, row: u32) -> BidderId {
        let next = BidderId::from_index(self.rows.len());
        *self.ids[row as usize].get_or_insert_with(|| {
            self.rows.push(row);
            next
        })
    }
}

/// Builds the market.
pub(super) fn build(rows: Rows) -> Result<Market, Vec<Fault>> {
    let Rows { settings, lots, sets, bidders, bids, packages, groups } = rows;
    let without = without(&settings, &bidders)?;
    let mut order = Order { ids: vec![None; bidders.len()], rows: Vec::new() };
    let mut problem = AuctionProblem { side: settings.side, ..AuctionProblem::default() };
    let made = place_bids(&settings, &bids, &packages, &without, &mut order, &mut problem)?;
    drop((bids, packages));
    let (built, group_names) = groups.build(|file, row| made.rows[file][row as usize]);
    problem.groups = built;
    let mut silent: Vec<u32> = (0..bidders.len() as u32).collect();
    silent.sort_unstable_by_key(|&row| &bidders[row as usize].name);
    silent.into_iter().for_each(|row| {
        order.id(row);
    });
    let in_order = || order.rows.iter().map(|&row| &bidders[row as usize]);
    problem.bidders = in_order().map(|row| row.bidder.clone()).collect();
    let details: IdVec<BidderId, _> = in_order().map(|row| row.detail.clone()).collect();
    let ids: BTreeMap<String, BidderId> =
        in_order().enumerate().map(|(i, row)| (row.name.clone(), Id::from_index(i))).collect();
    let resolved =
        resolve(&settings.rules, &lots, sets, &Bidders { ids: &ids, details: &details })?;
    problem.lots = lots.lots;
    problem.lot_sets = resolved.sets;
    problem.rules = resolved.rules;
    let names = MarketNames {
        market: settings.name.clone(),
        seed: settings.seed,
        lots: lots.names,
        lot_sets: resolved.set_names,
        bidders: in_order().map(|row| row.name.as_str()).collect(),
        bids: made.names,
        groups: group_names,
        rules: resolved.rule_names,
    };
    let passed_over = Vec::new();
    let market = Market { problem, names, lots: lots.details, bidders: details, passed_over };
    sound(&settings.file, market)
}

/// The rows of the bidders that a scenario leaves out.
fn without(settings: &Settings, bidders: &[BidderRow]) -> Result<BTreeSet<u32>, Vec<Fault>> {
    let mut rows = BTreeSet::new();
    let mut faults = Vec::new();
    for name in &settings.without_bidders {
        match bidders.iter().position(|row| row.name == *name) {
            Some(row) => {
                rows.insert(row as u32);
            }
            None => faults.push(Fault {
                code: "E206",
                place: Place {
                    file: settings.file.clone(),
                    line: None,
                    field: Some("without_bidders".into()),
                },
                cause: format!("`{name}` is not in the bidders"),
                action: "name a bidder that is there".into(),
            }),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// Bids that were placed.
struct Made {
    names: Labels<BidId>,
    /// The bid of each row of the table of bids, and of packages.
    rows: [Vec<Option<BidId>>; 2],
}

/// Places both kinds of bids in the order of their names.
fn place_bids(
    settings: &Settings,
    bids: &BidRows,
    packages: &PackageRows,
    without: &BTreeSet<u32>,
    order: &mut Order,
    problem: &mut AuctionProblem,
) -> Result<Made, Vec<Fault>> {
    let count = bids.len() + packages.rows.len();
    problem.bids = IdVec::from(Vec::with_capacity(count));
    problem.steps.reserve_exact(bids.len());
    problem.items.reserve_exact(packages.items.len());
    let mut made = Made {
        names: Labels::default(),
        rows: [vec![None; bids.len()], vec![None; packages.rows.len()]],
    };
    let prefix = format!("{}:", settings.seed);
    let mut faults = Vec::new();
    let mut schedules = bids.schedules().peekable();
    let mut bundles = packages.rows.iter().peekable();
    loop {
        let schedule_first = match (schedules.peek(), bundles.peek()) {
            (None, None) => break,
            (Some(schedule), Some(package)) => schedule.name <= package.name.as_str(),
            (schedule, _) => schedule.is_some(),
        };
        if schedule_first {
            let Some(bid) = schedules.next() else { break };
            if bundles.peek().is_some_and(|package| package.name == bid.name) {
                let line = bundles.peek().map_or(0, |package| package.line);
                faults.push(both_tables(&packages.file, line, bid.name));
            }
            if !without.contains(&bid.bidder) {
                let (bidder, ticket) = (order.id(bid.bidder), ticket_of(&prefix, bid.name));
                let id = problem.push_schedule(bidder, ticket, bid.lot, bid.least, &bid.steps);
                made.names.push(bid.name);
                bid.rows.iter().for_each(|&row| made.rows[BIDS][row as usize] = Some(id));
            }
        } else {
            let Some(package) = bundles.next() else { break };
            if !without.contains(&package.bidder) {
                let items = &packages.items[package.items.clone()];
                let (bidder, ticket) =
                    (order.id(package.bidder), ticket_of(&prefix, &package.name));
                let id = problem.push_package(bidder, ticket, items, package.amount_micros);
                made.names.push(&package.name);
                made.rows[PACKAGES][package.row as usize] = Some(id);
            }
        }
    }
    if faults.is_empty() { Ok(made) } else { Err(faults) }
}

/// The market, if the model finds nothing wrong with it: what is left are sums of money.
pub(super) fn sound(file: &str, market: Market) -> Result<Market, Vec<Fault>> {
    let faults = market.problem.faults();
    if faults.is_empty() {
        return Ok(market);
    }
    let fault = |cause: String| Fault {
        code: "E403",
        place: Place { file: file.into(), line: None, field: None },
        cause,
        action: "lower prices or volumes, or split the market".into(),
    };
    Err(faults.into_iter().map(fault).collect())
}
