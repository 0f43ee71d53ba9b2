//! Outcomes as tables for a terminal.

use std::fmt::Write as _;

use postroad_formats::auction::Market;
use postroad_model::BidderId;
use postroad_model::auction::Side;

use super::explain::{Explained, short_words};
use super::outcome::{Outcome, Winner};
use super::simulate;
use crate::commands::auction::scenario::Compared;
use crate::report::number::{decimal, many, percent, usd};
use crate::tables::table;

/// Winners that are named; the rest are summed up.
const NAMED: usize = 15;

/// Micros in dollars, for people.
fn dollars(micros: i64) -> String {
    of_text(&postroad_formats::auction::usd(micros))
}

/// An exact amount in text, for people: small ones to the cent, large ones rounded.
pub(crate) fn of_text(exact: &str) -> String {
    let amount: f64 = exact.parse().unwrap_or(f64::NAN);
    if amount.abs() < 10_000.0 { format!("${}", decimal(amount, 2)) } else { usd(amount) }
}

/// The outcome.
pub(crate) fn outcome(told: &Outcome) -> String {
    let mut text = head(told) + "\n" + &winners(told);
    if !told.left.is_empty() {
        let mut left = table(&["Not awarded", "lots", "parcels a day"]);
        for over in &told.left {
            let parcels = many(over.parcels_per_day as f64);
            left.add_row([over.reason.words().into(), many(over.lots as f64), parcels]);
        }
        let _ = write!(text, "\n{}\n", left.trim_fmt());
    }
    text
}

fn head(told: &Outcome) -> String {
    let mut head = table(&[told.market.as_str(), ""]);
    let size = &told.size;
    let mut line = |name: &str, value: String| {
        head.add_row([name.to_string(), value]);
    };
    line("lots", many(size.lots as f64));
    line("bids", format!("{} of {} bidders", many(size.bids as f64), size.bidders));
    let worth = if told.side == "selling" { "above opportunity cost" } else { "saved" };
    line(worth, of_text(&told.value_usd));
    line("at most", format!("{} (gap {})", of_text(&told.bound_usd), gap(told)));
    line("winning bids", of_text(&told.amount_usd));
    line("the same at reserve prices", of_text(&told.reserve_usd));
    if let Some(cost) = &told.cost_usd {
        line("cost of all", of_text(cost));
    }
    if let Some(paid) = &told.payments {
        let exact = if paid.exact { "" } else { ", not proven" };
        line(&format!("payments ({}{exact})", paid.rule), of_text(&paid.total_usd));
    }
    if let Some(lottery) = &told.lottery {
        let all = if lottery.complete { "" } else { " or more" };
        line("equally good awards", format!("{}{all}", lottery.equally_good));
    }
    let parcels = &told.parcels_per_day;
    let share = parcels.awarded as f64 / parcels.offered.max(1) as f64;
    let words = format!("{} of {}", many(parcels.awarded as f64), many(parcels.offered as f64));
    line("parcels a day", format!("{words} ({})", percent(share)));
    head.trim_fmt() + "\n"
}

fn gap(told: &Outcome) -> String {
    if told.proven { "0, proven".into() } else { format!("{:.3} %", 100.0 * told.gap) }
}

fn winners(told: &Outcome) -> String {
    let mut all = table(&["Winner", "kind", "bids won", "lots", "parcels a day", "bid", "pays"]);
    for winner in told.winners.iter().take(NAMED) {
        all.add_row(cells(winner));
    }
    let others = told.winners.get(NAMED..).unwrap_or_default();
    if !others.is_empty() {
        let sum = |of: fn(&Winner) -> u64| many(others.iter().map(of).sum::<u64>() as f64);
        let paid: Option<i64> = others.iter().map(|winner| winner.payment_micros).sum();
        all.add_row([
            format!("{} others", others.len()),
            String::new(),
            sum(|winner| winner.winning_bids as u64),
            sum(|winner| winner.lots as u64),
            sum(|winner| winner.parcels_per_day),
            dollars(others.iter().map(|winner| winner.amount_micros).sum()),
            paid.map_or_else(String::new, dollars),
        ]);
    }
    all.trim_fmt() + "\n"
}

fn cells(winner: &Winner) -> [String; 7] {
    [
        winner.bidder.clone(),
        winner.kind.clone(),
        many(winner.winning_bids as f64),
        many(winner.lots as f64),
        many(winner.parcels_per_day as f64),
        dollars(winner.amount_micros),
        winner.payment_micros.map_or_else(String::new, dollars),
    ]
}

/// Bids of one bidder that are listed.
const BIDS_LISTED: usize = 25;

/// What became of a bidder's bids.
pub(crate) fn explained(market: &Market, bidder: BidderId, bids: &[Explained]) -> String {
    let short = short_words(market.problem.side);
    let name = &market.names.bidders[bidder];
    let mut sums: Vec<(&str, usize, i64)> = Vec::new();
    for bid in bids {
        let words = bid.fate.words();
        match sums.iter_mut().find(|(known, ..)| *known == words) {
            Some(sum) => {
                sum.1 += 1;
                sum.2 += bid.amount_micros;
            }
            None => sums.push((words, 1, bid.amount_micros)),
        }
    }
    let mut fates = table(&[name, "bids", "amount"]);
    for (words, count, amount) in sums {
        fates.add_row([words.to_string(), many(count as f64), dollars(amount)]);
    }
    let mut all = table(&["Bid", "lots", "parcels", "won", "bid", "at lot prices", short, ""]);
    for bid in bids.iter().take(BIDS_LISTED) {
        all.add_row([
            bid.bid.clone(),
            bid.lots.to_string(),
            many(bid.parcels_per_day as f64),
            many(bid.awarded_per_day as f64),
            of_text(&bid.amount_usd),
            of_text(&bid.at_prices_usd),
            bid.short_usd.as_deref().map_or_else(String::new, |short| match bid.short_is_exact {
                true => of_text(short),
                false => format!("≥ {}", of_text(short)),
            }),
            bid.fate.words().to_string(),
        ]);
    }
    let mut text = format!("{}\n\n{}\n", fates.trim_fmt(), all.trim_fmt());
    if bids.len() > BIDS_LISTED {
        let _ = writeln!(text, "{} smaller bids with --json", bids.len() - BIDS_LISTED);
    }
    text
}

/// Scenarios side by side.
pub(crate) fn scenarios(all: &[Compared]) -> String {
    let heading = ["Scenario", "value", "costs", "gap", "winning bids", "parcels a day", "winners"];
    let mut rows = table(&heading);
    for one in all {
        let name = one.name.as_deref().unwrap_or("as it stands").to_string();
        let Some(outcome) = &one.outcome else {
            rows.add_row([name, "no award keeps its rules".to_string()]);
            continue;
        };
        rows.add_row([
            name,
            of_text(&outcome.value_usd),
            one.costs_usd.as_deref().map_or_else(String::new, of_text),
            gap(outcome),
            of_text(&outcome.amount_usd),
            many(outcome.parcels_per_day.awarded as f64),
            outcome.winners.len().to_string(),
        ]);
    }
    let mut text = rows.trim_fmt() + "\n";
    for one in all.iter().filter(|one| !one.note.is_empty()) {
        let _ = writeln!(text, "{}: {}", one.name.as_deref().unwrap_or_default(), one.note);
    }
    text
}

/// Formats and rules side by side.
pub(crate) fn simulated(all: &[simulate::Compared], shade: f64, side: Side) -> String {
    let (paid, more) = match side {
        Side::Selling => ("revenue", "off"),
        Side::Buying => ("paid", "on"),
    };
    let mut rows = table(&[
        "Format",
        "rule",
        paid,
        "efficiency",
        "winners",
        "largest",
        "small",
        "awarded",
        "rounds",
        "exact",
    ]);
    for one in all {
        rows.add_row([
            one.format.to_string(),
            one.rule.to_string(),
            usd(one.revenue_usd),
            percent(one.efficiency),
            decimal(one.winners, 1),
            percent(one.largest_share),
            percent(one.small_share),
            percent(one.awarded_share),
            one.rounds.map_or_else(String::new, |rounds| decimal(rounds, 1)),
            format!("{} of {}", one.exact_draws, one.draws),
        ]);
    }
    let verb = if more == "off" { "take" } else { "put" };
    format!(
        "{}\nMeans over the draws. Bidders {verb} {} {more} where they pay what they bid in sealed \
         bids, and bid what parcels are worth to them under the other rules. Largest: share of \
         all payments that is the largest winner's; small: share of the awarded parcels that \
         small bidders get.\n",
        rows.trim_fmt(),
        percent(shade)
    )
}
