//! The report of an auction: one self-contained page with a map of the lots, the winners, prices
//! against reserve, competition, and what is left and why.

mod bars;
mod map;

use askama::Template;

use super::demand::{LotDemand, left_over, price_micros};
use super::outcome::{Outcome, Told, Winner};
use super::text::of_text;
use crate::report::number::{decimal, many, percent, usd};
use crate::result::Outline;
use postroad_model::LotId;
use postroad_model::auction::Side;

/// Winners in the table; the rest are summed up.
const WINNERS: usize = 30;
/// Rows of the table by area.
const AREAS: usize = 20;

#[derive(Template)]
#[template(path = "auction.html")]
struct Page<'a> {
    css: &'static str,
    own_css: &'static str,
    js: &'static str,
    title: &'a str,
    headline: String,
    proof: Vec<String>,
    keys: Vec<[String; 3]>,
    payload: Option<String>,
    off_map: usize,
    has_payments: bool,
    winners: Vec<[String; 8]>,
    areas: Areas,
    reserve_finding: String,
    reserve_chart: String,
    competition: Vec<[String; 5]>,
    competition_chart: String,
    left: Vec<[String; 4]>,
    left_finding: String,
    footer: String,
}

/// Sums by area: the first column of words that the lots have.
struct Areas {
    name: &'static str,
    rows: Vec<[String; 6]>,
    more: usize,
}

/// The page.
pub(crate) fn html(told: &Told, outcome: &Outcome, outline: &Outline) -> Vec<u8> {
    let map = map::payload(told, outcome, outline);
    let page = Page {
        css: include_str!("../../report/page/report.css"),
        own_css: include_str!("page/auction.css"),
        js: include_str!("page/auction.js"),
        title: &outcome.market,
        headline: headline(outcome),
        proof: proof(outcome),
        keys: keys(outcome),
        off_map: map.as_ref().map_or(0, |(_, off)| *off),
        payload: map.map(|(payload, _)| payload),
        has_payments: outcome.payments.is_some(),
        winners: winners(outcome),
        areas: areas(told),
        reserve_finding: reserve_finding(told),
        reserve_chart: bars::prices_over_reserve(told),
        competition: competition(told),
        competition_chart: bars::bidders_per_lot(told),
        left: left(told),
        left_finding: left_finding(outcome),
        footer: footer(outcome),
    };
    page.render().expect("the page is written to memory").into_bytes()
}

fn share(part: u64, whole: u64) -> String {
    percent(part as f64 / whole.max(1) as f64)
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

fn headline(outcome: &Outcome) -> String {
    let parcels = &outcome.parcels_per_day;
    let amount = of_text(&outcome.amount_usd);
    let (awarded, share) = (many(parcels.awarded as f64), share(parcels.awarded, parcels.offered));
    let winners = outcome.winners.len();
    match outcome.side {
        "selling" => {
            format!(
                "{winners} winners bid {amount} for {awarded} parcels a day, {share} of the offer"
            )
        }
        _ => format!(
            "{winners} winners ask {amount} for {awarded} parcels a day, {share} of the need"
        ),
    }
}

fn proof(outcome: &Outcome) -> Vec<String> {
    let value = of_text(&outcome.value_usd);
    let what = match outcome.side {
        "selling" => format!("The award is worth {value} above what the parcels cost the seller"),
        _ => format!("The award is worth {value} against delivery the other way"),
    };
    let bound = if outcome.proven {
        "and no award is worth more: it is proven to be the best.".to_string()
    } else {
        let bound = of_text(&outcome.bound_usd);
        format!("and no award is worth more than {bound}: the gap is {}.", percent(outcome.gap))
    };
    let ties = format!(
        "Equally good awards are told apart by a lottery with the published seed {}.",
        outcome.ticket_seed
    );
    vec![format!("{what}, {bound}"), ties]
}

fn keys(outcome: &Outcome) -> Vec<[String; 3]> {
    let parcels = &outcome.parcels_per_day;
    let key = |name: &str, big: String, small: String| [name.to_string(), big, small];
    let (amount, reserve) = (number(&outcome.amount_usd), number(&outcome.reserve_usd));
    let over = match reserve > 0.0 {
        true => format!("{} of the same parcels at reserve prices", percent(amount / reserve)),
        false => "no reserve prices".into(),
    };
    let mut keys = vec![key("Winning bids", of_text(&outcome.amount_usd), over)];
    if let Some(paid) = &outcome.payments {
        let of_bids = percent(number(&paid.total_usd) / amount);
        keys.push(key(
            "Payments",
            of_text(&paid.total_usd),
            format!("{}: {of_bids} of the bids", paid.rule),
        ));
    }
    let demand = parcels.bid_for as f64 / parcels.offered.max(1) as f64;
    keys.push(key(
        "Parcels a day",
        many(parcels.awarded as f64),
        format!(
            "of {}, for which {} are bid",
            many(parcels.offered as f64),
            many(parcels.bid_for as f64)
        ),
    ));
    keys.push(key(
        "Demand over offer",
        format!("{}×", decimal(demand, 1)),
        "all bids together".into(),
    ));
    let size = &outcome.size;
    keys.push(key(
        "Winners",
        outcome.winners.len().to_string(),
        format!(
            "of {} bidders with {} bids for {} lots",
            size.bidders,
            many(size.bids as f64),
            many(size.lots as f64)
        ),
    ));
    keys
}

fn winners(outcome: &Outcome) -> Vec<[String; 8]> {
    let total = outcome.parcels_per_day.awarded;
    let row = |winner: &Winner| {
        let per_parcel = winner.amount_micros as f64 / 1e6;
        [
            winner.bidder.clone(),
            winner.kind.clone(),
            many(winner.winning_bids as f64),
            many(winner.lots as f64),
            many(winner.parcels_per_day as f64),
            share(winner.parcels_per_day, total),
            usd(per_parcel),
            winner.payment_micros.map_or_else(String::new, |micros| usd(micros as f64 / 1e6)),
        ]
    };
    let mut rows: Vec<[String; 8]> = outcome.winners.iter().take(WINNERS).map(row).collect();
    let others = outcome.winners.get(WINNERS..).unwrap_or_default();
    if !others.is_empty() {
        let sum = |of: fn(&Winner) -> u64| others.iter().map(of).sum::<u64>();
        let parcels = sum(|winner| winner.parcels_per_day);
        let amount: i64 = others.iter().map(|winner| winner.amount_micros).sum();
        let paid: Option<i64> = others.iter().map(|winner| winner.payment_micros).sum();
        rows.push([
            format!("{} others", others.len()),
            String::new(),
            many(sum(|winner| winner.winning_bids as u64) as f64),
            many(sum(|winner| winner.lots as u64) as f64),
            many(parcels as f64),
            share(parcels, total),
            usd(amount as f64 / 1e6),
            paid.map_or_else(String::new, |micros| usd(micros as f64 / 1e6)),
        ]);
    }
    rows
}

/// Sums of some lots.
#[derive(Clone, Copy, Default)]
struct Sums {
    lots: u64,
    offered: u64,
    awarded: u64,
    bidders: u64,
    /// At the prices of the bound and at reserve prices, of what is awarded.
    price_micros: f64,
    reserve_micros: f64,
}

impl Sums {
    fn add(&mut self, told: &Told, lot: LotId, demand: &LotDemand) {
        let own = &told.market.problem.lots[lot];
        let price = price_micros(told.market, &told.cleared.lot_prices, lot);
        self.lots += 1;
        self.offered += u64::from(own.parcels_per_day);
        self.awarded += demand.awarded;
        self.bidders += u64::from(demand.bidders);
        self.price_micros += price as f64 * demand.awarded as f64;
        self.reserve_micros += own.reserve_micros.unwrap_or(0) as f64 * demand.awarded as f64;
    }

    /// Mean price of an awarded parcel.
    fn price_words(&self) -> String {
        if self.awarded == 0 {
            return "–".into();
        }
        format!("${}", decimal(self.price_micros / self.awarded as f64 / 1e6, 2))
    }

    fn over_reserve(&self) -> String {
        match self.reserve_micros > 0.0 {
            true => percent(self.price_micros / self.reserve_micros),
            false => "–".into(),
        }
    }
}

/// Columns that may name areas, the coarsest first, with their position among the lots' words.
const AREA_COLUMNS: [(usize, &str); 4] =
    [(2, "Region"), (3, "Market"), (1, "Processing centre"), (6, "Kind")];

fn areas(told: &Told) -> Areas {
    let lots = told.market.lots.as_slice();
    let found =
        AREA_COLUMNS.into_iter().find(|(c, _)| lots.iter().any(|l| !l.words[*c].is_empty()));
    let Some((column, name)) = found else { return Areas { name: "", rows: Vec::new(), more: 0 } };
    let mut sums: std::collections::BTreeMap<&str, Sums> = Default::default();
    for (lot, demand) in told.demand.iter_ids() {
        let word = told.market.lots[lot].words[column].as_str();
        sums.entry(word).or_default().add(told, lot, demand);
    }
    let mut sums: Vec<(&str, Sums)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.price_micros.total_cmp(&a.1.price_micros).then(a.0.cmp(b.0)));
    let row = |(word, sum): &(&str, Sums)| {
        [
            if word.is_empty() { "(none)".into() } else { word.to_string() },
            many(sum.lots as f64),
            many(sum.awarded as f64),
            share(sum.awarded, sum.offered),
            sum.price_words(),
            sum.over_reserve(),
        ]
    };
    let rows = sums.iter().take(AREAS).map(row).collect();
    Areas { name, rows, more: sums.len().saturating_sub(AREAS) }
}

fn reserve_finding(told: &Told) -> String {
    let mut all = Sums::default();
    told.demand.iter_ids().for_each(|(lot, demand)| all.add(told, lot, demand));
    let (buys, over) = match told.market.problem.side {
        Side::Selling => ("The next parcel of a lot would bring", "above"),
        Side::Buying => ("The next parcel of a lot would cost", "against"),
    };
    let reserve = match all.reserve_micros > 0.0 {
        true => format!(", {} of the reserve price", all.over_reserve()),
        false => String::new(),
    };
    format!(
        "{buys} {} on average over what is awarded{reserve}. These are the prices of the bound; \
         they measure scarcity {over} what the auctioneer has without an award.",
        all.price_words()
    )
}

/// Lots by how many bidders want them.
fn competition(told: &Told) -> Vec<[String; 5]> {
    const CLASSES: [(u32, u32, &str); 6] = [
        (0, 0, "none"),
        (1, 1, "1"),
        (2, 2, "2"),
        (3, 5, "3 to 5"),
        (6, 10, "6 to 10"),
        (11, u32::MAX, "more than 10"),
    ];
    let class = |&(low, high, name): &(u32, u32, &str)| {
        let mut sums = Sums::default();
        let within = told.demand.iter_ids().filter(|(_, d)| (low..=high).contains(&d.bidders));
        within.for_each(|(lot, demand)| sums.add(told, lot, demand));
        let row = [
            name.to_string(),
            many(sums.lots as f64),
            share(sums.awarded, sums.offered),
            sums.price_words(),
            sums.over_reserve(),
        ];
        (sums.lots > 0).then_some(row)
    };
    CLASSES.iter().filter_map(class).collect()
}

fn left(told: &Told) -> Vec<[String; 4]> {
    let offered: u64 =
        told.market.problem.lots.iter().map(|lot| u64::from(lot.parcels_per_day)).sum();
    let sums = left_over(told.market, &told.demand, &told.left);
    let row = |(reason, lots, parcels): (super::demand::Left, usize, u64)| {
        let words = reason.words().to_string();
        [words, many(lots as f64), many(parcels as f64), share(parcels, offered)]
    };
    sums.into_iter().map(row).collect()
}

fn left_finding(outcome: &Outcome) -> String {
    let parcels = &outcome.parcels_per_day;
    let left = parcels.offered - parcels.awarded.min(parcels.offered);
    if left == 0 {
        return "Nothing: every lot is awarded whole.".into();
    }
    let lots: usize = outcome.left.iter().map(|over| over.lots).sum();
    format!(
        "{} parcels a day of {} lots are not awarded, {} of the whole.",
        many(left as f64),
        many(lots as f64),
        share(left, parcels.offered)
    )
}

fn footer(outcome: &Outcome) -> String {
    format!(
        "{}. Tickets from seed {}, search with seed {}, {} rounds. The same files and settings \
         give the same outcome; outcome.json, awards.csv and lots.csv hold every figure.",
        outcome.program, outcome.ticket_seed, outcome.search_seed, outcome.rounds
    )
}
