//! Random markets with names and places, to be written as files.

use postroad_auction::generate::{PostalConfig, ReverseConfig, Unit, postal, reverse};
use postroad_formats::auction::{BidderDetail, LotDetail, Market, MarketNames};
use postroad_model::BidderId;
use postroad_model::auction::{AuctionProblem, Offer, Rule};
use postroad_model::id::Id;
use postroad_model::place::Coordinate;

/// South-west corner of the plain, and kilometres of a degree at its middle latitude.
const SOUTH: f64 = 25.5;
const WEST: f64 = -122.0;
const KM_PER_DEGREE: [f64; 2] = [111.2, 88.0];
/// Tender windows of a unit: service day and name.
const WINDOWS: [(&str, &str); 2] = [("0", "same day"), ("1", "next day")];

fn point(unit: &Unit) -> Coordinate {
    let thousandths = |degrees: f64| (degrees * 1e5).round() / 1e5;
    Coordinate {
        latitude: thousandths(SOUTH + unit.y_km / KM_PER_DEGREE[0]).clamp(-90.0, 90.0),
        longitude: thousandths(WEST + unit.x_km / KM_PER_DEGREE[1]).clamp(-180.0, 180.0),
    }
}

/// A postal operator's market: access to delivery units in two tender windows each.
pub(crate) fn postal_market(config: &PostalConfig, seed: u64) -> Market {
    let (problem, units) = postal(config, seed);
    let windows = WINDOWS.len();
    let mut names = MarketNames { market: "delivery units".into(), seed, ..Default::default() };
    let mut lots = Vec::new();
    for lot in 0..problem.lots.len() {
        let (unit, (day, window)) = (&units[lot / windows], WINDOWS[lot % windows]);
        let place = format!("DU{:05}", lot / windows + 1);
        names.lots.push(&format!("{place}-{day}"));
        let mut detail = LotDetail { point: Some(point(unit)), ..LotDetail::default() };
        let kind = if unit.urban { "urban" } else { "rural" };
        let words = [place, format!("PC{:03}", unit.centre + 1), day.into(), window.into()];
        let [place, centre, day, window] = words;
        detail.words[0] = place;
        detail.words[1] = centre;
        detail.words[4] = day;
        detail.words[5] = window;
        detail.words[6] = kind.into();
        lots.push(detail);
    }
    let count = problem.bidders.len();
    let (national, regional) = (count.div_ceil(20), count / 5);
    let mut bidders = Vec::new();
    for bidder in 0..count {
        let kind = match bidder {
            _ if bidder < national => "national",
            _ if bidder < national + regional => "regional",
            _ => "local",
        };
        names.bidders.push(&format!("{kind}-{:03}", bidder + 1));
        let small = kind == "local";
        bidders.push(BidderDetail { kind: kind.into(), small, incumbent: false });
    }
    name_offers(&problem, &mut names);
    let (lots, bidders) = (lots.into(), bidders.into());
    Market { problem, names, lots, bidders, ..Market::default() }
}

/// Names of bids, groups, sets and rules.
fn name_offers(problem: &AuctionProblem, names: &mut MarketNames) {
    for (id, bid) in problem.bids.iter_ids() {
        let letter = if matches!(bid.offer, Offer::Package { .. }) { 'p' } else { 'b' };
        names.bids.push(&format!("{letter}{:07}", id.0 + 1));
    }
    names.groups = (1..=problem.groups.len()).map(|group| format!("x{group:05}")).collect();
    let sets = problem.lot_sets.len();
    names.lot_sets =
        (0..sets).map(|set| if set == 0 { "all".into() } else { format!("set {set}") }).collect();
    let rule = |rule: &Rule| match rule {
        Rule::SharedCapacity { .. } => "shared capacity",
        Rule::BidderShare { .. } => "bidder share",
        Rule::GroupVolume { .. } => "incumbents",
        Rule::Winners { .. } => "winners",
    };
    names.rules = problem.rules.iter().map(|one| rule(one).to_string()).collect();
}

/// A shipper's market: lots that must be bought whole, from few carriers.
pub(crate) fn carriers_market(config: &ReverseConfig, seed: u64) -> Market {
    let (problem, units) = reverse(config, seed);
    let mut names = MarketNames { market: "delivery wanted".into(), seed, ..Default::default() };
    let mut lots = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        names.lots.push(&format!("L{:05}", index + 1));
        let mut detail = LotDetail { point: Some(point(unit)), ..LotDetail::default() };
        detail.words[1] = format!("PC{:03}", unit.centre + 1);
        detail.words[6] = if unit.urban { "urban" } else { "rural" }.into();
        lots.push(detail);
    }
    let incumbents: Vec<BidderId> = problem
        .rules
        .iter()
        .flat_map(|rule| match rule {
            Rule::GroupVolume { bidders, .. } => bidders.clone(),
            _ => Vec::new(),
        })
        .collect();
    let bidders = (0..problem.bidders.len())
        .map(|index| {
            names.bidders.push(&format!("carrier-{:03}", index + 1));
            let incumbent = incumbents.contains(&BidderId::from_index(index));
            BidderDetail { kind: "carrier".into(), small: false, incumbent }
        })
        .collect::<Vec<_>>();
    name_offers(&problem, &mut names);
    let (lots, bidders) = (lots.into(), bidders.into());
    Market { problem, names, lots, bidders, ..Market::default() }
}
