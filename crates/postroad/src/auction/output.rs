//! The files of an outcome: awards, what they consist of, lots, bidders, and all in JSON.

use postroad_formats::auction::{LOT_COLUMNS, usd};
use postroad_model::auction::Offer;

use super::demand::price_micros;
use super::outcome::{Outcome, Told};
use super::report;
use crate::output::OutputFile;
use crate::result::Outline;

/// All files.
pub(crate) fn files(told: &Told, outcome: &Outcome, outline: &Outline) -> Vec<OutputFile> {
    let mut json = serde_json::to_vec_pretty(outcome).expect("an outcome has string keys only");
    json.push(b'\n');
    let payments = told.payments.as_ref().map(|_| file("payments.csv", payments(outcome)));
    let mut files = vec![
        file("awards.csv", awards(told)),
        file("award_items.csv", items(told)),
        file("lots.csv", lots(told)),
        OutputFile { name: "outcome.json".into(), bytes: json },
        OutputFile { name: "report.html".into(), bytes: report::html(told, outcome, outline) },
    ];
    files.extend(payments);
    files
}

fn file(name: &str, rows: Vec<Vec<String>>) -> OutputFile {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).expect("rows of a table are equally long");
    }
    let bytes = writer.into_inner().expect("memory can be written");
    OutputFile { name: name.into(), bytes }
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

/// What each winner bid and pays.
fn payments(outcome: &Outcome) -> Vec<Vec<String>> {
    let mut rows = vec![row(&["bidder", "amount_usd", "payment_usd"])];
    rows.extend(outcome.winners.iter().map(|winner| {
        let payment = winner.payment_usd.clone().unwrap_or_default();
        vec![winner.bidder.clone(), winner.amount_usd.clone(), payment]
    }));
    rows
}

/// The winning bids.
fn awards(told: &Told) -> Vec<Vec<String>> {
    let (problem, names) = (&told.market.problem, &told.market.names);
    let head = row(&["bid", "bidder", "kind", "lots", "parcels_per_day", "amount_usd", "ticket"]);
    let mut rows = vec![head];
    for (id, accepted) in told.cleared.award.winning() {
        let bid = &problem.bids[id];
        let items = problem.taken(id, accepted);
        let (lots, parcels) =
            items.fold((0, 0), |(lots, sum), item| (lots + 1, sum + u64::from(item.parcels)));
        rows.push(vec![
            names.bids[id].to_string(),
            names.bidders[bid.bidder].to_string(),
            if matches!(bid.offer, Offer::Package { .. }) { "package" } else { "lot" }.into(),
            lots.to_string(),
            parcels.to_string(),
            usd(problem.amount_micros(id, accepted)),
            format!("{:016x}", bid.ticket),
        ]);
    }
    rows
}

/// What the winning bids take of each lot.
fn items(told: &Told) -> Vec<Vec<String>> {
    let (problem, names) = (&told.market.problem, &told.market.names);
    let mut rows = vec![row(&["bid", "bidder", "lot", "parcels_per_day"])];
    for (id, accepted) in told.cleared.award.winning() {
        let bidder = names.bidders[problem.bids[id].bidder].to_string();
        for item in problem.taken(id, accepted) {
            let (bid, lot) = (names.bids[id].to_string(), names.lots[item.lot].to_string());
            rows.push(vec![bid, bidder.clone(), lot, item.parcels.to_string()]);
        }
    }
    rows
}

/// Every lot: what is awarded, at which price the bound has it, what is left and why.
fn lots(told: &Told) -> Vec<Vec<String>> {
    let market = told.market;
    let tail = [
        "parcels_per_day",
        "awarded",
        "left",
        "price_usd",
        "reserve_usd",
        "bids",
        "bidders",
        "parcels_bid",
        "winners",
        "why",
    ];
    let head = ["lot"].into_iter().chain(LOT_COLUMNS).chain(tail);
    let mut rows = vec![head.map(str::to_string).collect()];
    for (id, lot) in market.problem.lots.iter_ids() {
        let demand = &told.demand[id];
        let mut cells = vec![market.names.lots[id].to_string()];
        cells.extend(market.lots[id].words.iter().cloned());
        let whole = u64::from(lot.parcels_per_day);
        cells.extend([
            whole.to_string(),
            demand.awarded.to_string(),
            whole.saturating_sub(demand.awarded).to_string(),
            usd(price_micros(market, &told.cleared.lot_prices, id)),
            lot.reserve_micros.map_or_else(String::new, usd),
            demand.bids.to_string(),
            demand.bidders.to_string(),
            demand.parcels.to_string(),
            demand.winners.to_string(),
            told.left[id].words().to_string(),
        ]);
        rows.push(cells);
    }
    rows
}
