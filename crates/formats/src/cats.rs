//! Winner determination instances in the format of CATS, the Combinatorial Auction Test Suite
//! (Leyton-Brown, Pearson and Shoham 2000).
//!
//! ```text
//! % remark
//! goods N / bids N / dummy N
//! id price good good … #
//! ```
//! A good is a lot of one parcel on one day. Goods from N on are dummy goods: bids that end with the
//! same one exclude each other and are of one bidder. A bid without a dummy good is of a bidder of
//! its own. Some bids are for a dummy good alone, or for one before the dummy good they end with:
//! such a one becomes a lot too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use postroad_model::auction::{
    AuctionProblem, Bidder, ExclusiveGroup, Item, Lot, MICROS_PER_USD, Offer, Side,
};
use postroad_model::id::Id;
use postroad_model::{BidId, BidderId, Fault, LotId};

use crate::auction::{BidderDetail, LotDetail, Market, MarketNames, micros, ticket};
use crate::instance::{Faults, numbered_lines, quoted};

/// Goods, bids and dummy goods that are accepted, so that names stay short and memory bounded.
const MOST: usize = 10_000_000;

/// Whether a text looks like such an instance: its first line that is no remark counts goods.
pub fn is_cats(text: &str) -> bool {
    lines(text).next().is_some_and(|(_, line)| line.split_whitespace().next() == Some("goods"))
}

fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    numbered_lines(text).filter(|(_, line)| !line.trim_start().starts_with('%'))
}

/// What the head counts.
#[derive(Default)]
struct Head {
    goods: Option<usize>,
    bids: Option<usize>,
    dummy: Option<usize>,
}

/// A bid as a line says.
struct Line {
    number: u64,
    id: usize,
    price_micros: i64,
    goods: Vec<usize>,
    dummies: Vec<usize>,
}

impl Line {
    /// Dummy goods that the bid wants like any other good.
    fn dummies_as_goods(&self) -> &[usize] {
        let own = usize::from(!self.goods.is_empty()).min(self.dummies.len());
        &self.dummies[..self.dummies.len() - own]
    }
}

/// Reads an instance; `seed` is that of the tickets.
pub fn read(file: &str, text: &str, seed: u64) -> Result<Market, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let mut head = Head::default();
    let mut bids: Vec<Line> = Vec::new();
    for (number, line) in lines(text) {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let count = match first {
            "goods" => &mut head.goods,
            "bids" => &mut head.bids,
            "dummy" => &mut head.dummy,
            _ => {
                bids.extend(bid(&head, number, line, &mut faults));
                continue;
            }
        };
        let word = words.next().unwrap_or_default();
        if count.is_some() {
            let cause = format!("`{first}` is counted twice");
            faults.add("E420", Some(number), Some(first), cause, "count it once");
        }
        *count = faults.count(word, number, first).filter(|&n| n <= MOST).or(Some(0));
    }
    let (Some(goods), Some(count)) = (head.goods, head.bids) else {
        let cause = "the file does not count `goods` and `bids`".to_string();
        faults.add("E420", None, None, cause, "begin with the lines `goods N` and `bids N`");
        return Err(faults.into_vec());
    };
    if count != bids.len() && faults.is_empty() {
        let cause = format!("the head counts {count} bids, the file has {}", bids.len());
        faults.add("E420", None, Some("bids"), cause, "complete the file or correct its count");
    }
    bids.sort_by_key(|bid| bid.id);
    for pair in bids.windows(2).filter(|pair| pair[0].id == pair[1].id) {
        let cause = format!("there are two bids {}", pair[1].id);
        faults.add("E421", Some(pair[1].number), Some("id"), cause, "number the bids apart");
    }
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let market = market(file, goods, &bids, seed);
    for cause in market.problem.faults() {
        faults.add("E403", None, None, cause, "lower the prices");
    }
    if faults.is_empty() { Ok(market) } else { Err(faults.into_vec()) }
}

/// Reads the line of a bid.
fn bid(head: &Head, number: u64, line: &str, faults: &mut Faults) -> Option<Line> {
    let before = faults.so_far();
    let mut add = |field, cause, action: &str| {
        faults.add("E421", Some(number), Some(field), cause, action);
    };
    let Some(goods) = head.goods else {
        add("goods", "a bid stands before the count of goods".into(), "count the goods first");
        return None;
    };
    let all = goods + head.dummy.unwrap_or(0);
    let Some(line) = line.trim_end().strip_suffix('#') else {
        add("#", "the line does not end with `#`: is it cut?".into(), "end each bid with `#`");
        return None;
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let id = words.first().and_then(|word| word.parse::<usize>().ok()).filter(|&id| id <= MOST);
    if id.is_none() {
        let cause = format!("{} is no number of a bid", quoted(words.first().unwrap_or(&"")));
        add("id", cause, "begin with a whole number");
    }
    let price = words.get(1).copied().unwrap_or_default();
    let price_micros = price_micros(price);
    if price_micros.is_none() {
        let cause = format!("{} is no price from 0 to a billion", quoted(price));
        add("price", cause, "write a number with a point for decimals");
    }
    let mut found = Vec::new();
    for word in words.iter().skip(2) {
        match word.parse::<usize>() {
            Ok(good) if good < all && !found.contains(&good) => found.push(good),
            _ => {
                let cause = format!("{} is no good, or stands here twice", quoted(word));
                add("goods", cause, "name goods from 0 to below their count, each once");
            }
        }
    }
    found.sort_unstable();
    let dummies = found.split_off(found.partition_point(|&good| good < goods));
    if found.is_empty() && dummies.is_empty() && before == faults.so_far() {
        let cause = "the bid is for nothing".to_string();
        faults.add("E421", Some(number), Some("goods"), cause, "name its goods");
    }
    let all_read = before == faults.so_far();
    let price_micros = price_micros?;
    let id = id?;
    all_read.then_some(Line { number, id, price_micros, goods: found, dummies })
}

/// A price in micros: exact if it has six decimals at most, else rounded. CATS prints six digits,
/// large prices with an exponent.
fn price_micros(word: &str) -> Option<i64> {
    if let Ok(exact) = micros(word) {
        return Some(exact);
    }
    let price: f64 = word.parse().ok()?;
    let in_range = (0.0..=1e9).contains(&price);
    in_range.then_some((price * MICROS_PER_USD as f64).round() as i64)
}

/// A number with zeros in front, so that names are in the order of numbers.
fn padded(prefix: &str, number: usize, count: usize) -> String {
    let width = count.max(1).to_string().len();
    format!("{prefix}{number:0width$}")
}

fn market(file: &str, goods: usize, bids: &[Line], seed: u64) -> Market {
    let lot = Lot {
        parcels_per_day: 1,
        days: 1,
        reserve_micros: None,
        opportunity_micros: 0,
        required: false,
    };
    let wanted: BTreeSet<usize> = bids.iter().flat_map(Line::dummies_as_goods).copied().collect();
    // The lot of each dummy good that is wanted as a good, after all others.
    let wanted: BTreeMap<usize, usize> = wanted.into_iter().zip(goods..).collect();
    let count = goods + wanted.len();
    let lots = vec![lot; count].into();
    let mut problem = AuctionProblem { side: Side::Selling, lots, ..AuctionProblem::default() };
    let mut names = MarketNames { market: file.into(), seed, ..MarketNames::default() };
    names.lots = (0..count).map(|good| padded("g", good, count)).collect();
    let bidders = bidders(bids);
    let most = bids.last().map_or(0, |bid| bid.id);
    let mut groups: BTreeMap<usize, Vec<BidId>> = BTreeMap::new();
    for (bid, &bidder) in bids.iter().zip(&bidders) {
        let dummies = bid.dummies.iter().filter_map(|dummy| wanted.get(dummy));
        let item = |&good: &usize| Item { lot: LotId::from_index(good), parcels: 1 };
        let items: Vec<Item> = bid.goods.iter().chain(dummies).map(item).collect();
        let name = padded("", bid.id, most);
        let id = problem.push_package(bidder, ticket(seed, &name), &items, bid.price_micros);
        names.bids.push(&name);
        if let Some(&dummy) = bid.dummies.last() {
            groups.entry(dummy).or_default().push(id);
        }
    }
    let own = bidders.iter().map(|bidder| bidder.index() + 1).max().unwrap_or(0);
    problem.bidders = vec![Bidder::default(); own].into();
    names.bidders = (0..own).map(|bidder| padded("bidder", bidder, own)).collect();
    let mut groups: Vec<(usize, Vec<BidId>)> = groups.into_iter().collect();
    groups.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    names.groups = (1..=groups.len()).map(|group| format!("dummy{group}")).collect();
    problem.groups =
        groups.into_iter().map(|(_, bids)| ExclusiveGroup { bids, at_most: 1 }).collect();
    Market {
        lots: vec![LotDetail::default(); count].into(),
        bidders: vec![BidderDetail::default(); own].into(),
        problem,
        names,
        passed_over: Vec::new(),
    }
}

/// The bidder of each bid: bids that exclude each other by a dummy good are of one.
fn bidders(bids: &[Line]) -> Vec<BidderId> {
    let mut own: BTreeMap<usize, BidderId> = BTreeMap::new();
    let mut count = 0;
    let mut next = || {
        count += 1;
        BidderId::from_index(count - 1)
    };
    bids.iter()
        .map(|bid| match bid.dummies.last() {
            Some(&dummy) => *own.entry(dummy).or_insert_with(&mut next),
            None => next(),
        })
        .collect()
}

/// The instance of a market of packages over lots of one parcel, in which groups exclude all but
/// one bid; none for any other market.
pub fn write(market: &Market) -> Option<String> {
    let problem = &market.problem;
    let is_plain = problem.side == Side::Selling
        && problem.rules.is_empty()
        && problem.lots.iter().all(|lot| {
            lot.parcels_per_day == 1 && lot.reserve_micros.is_none() && lot.opportunity_micros == 0
        })
        && problem.groups.iter().all(|group| group.at_most == 1)
        && problem.bidders.iter().all(|bidder| *bidder == Bidder::default());
    if !is_plain {
        return None;
    }
    let goods = problem.lots.len();
    let mut text = String::new();
    let (bids, dummy) = (problem.bids.len(), problem.groups.len());
    let _ = writeln!(text, "goods {goods}\nbids {bids}\ndummy {dummy}\n");
    let mut dummies = vec![Vec::new(); bids];
    for (index, group) in problem.groups.iter().enumerate() {
        group.bids.iter().for_each(|bid| dummies[bid.index()].push(goods + index));
    }
    // Names that are numbers were so in an instance.
    let numbers = market.names.bids.iter().map(|name| name.parse::<usize>().ok());
    let numbers = numbers.collect::<Option<Vec<usize>>>().unwrap_or_default();
    for (id, bid) in problem.bids.iter_ids() {
        let Offer::Package { amount_micros, .. } = bid.offer else { return None };
        let number = numbers.get(id.index()).copied().unwrap_or(id.index());
        let _ = write!(text, "{number}\t{}", crate::auction::usd(amount_micros));
        let items = problem.items(id).iter().map(|item| item.lot.index());
        for good in items.chain(dummies[id.index()].iter().copied()) {
            let _ = write!(text, "\t{good}");
        }
        text.push_str("\t#\n");
    }
    Some(text)
}
