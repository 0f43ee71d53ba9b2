//! Who wins and what winners pay, computed from the log alone: by the operator to announce it,
//! and by everybody else to check what was announced.

use postroad_auction::{Config, PaymentRule, draw, price};
use postroad_optimization::Control;
use postroad_record::auction::{Auction, Rejection};
use postroad_record::bytes::Hash;
use postroad_record::entry::Entry;
use postroad_record::event::{Clearing, Event, Payments};
use postroad_record::terms::{Market, Pricing};

/// The program that clears, as told in the log.
pub(crate) fn software() -> String {
    format!("postroad {}", env!("CARGO_PKG_VERSION"))
}

fn refuse<T>(rule: &'static str, found: String) -> Result<T, Rejection> {
    Err(Rejection { rule, found })
}

/// The problem of an auction whose bids are opened.
fn market(auction: &Auction) -> Result<(&Market, Hash), Rejection> {
    match auction.opened() {
        Some(opened) => Ok(opened),
        None => refuse("order", "the bids are not opened".into()),
    }
}

fn config(auction: &Auction, seed: &Hash) -> Config {
    let rounds = auction.notice().settlement.rounds;
    Config { seed: seed.number(), rounds, gap: 0.0 }
}

/// Clears an auction as its notice says.
pub(crate) fn clearing(auction: &Auction) -> Result<Clearing, Rejection> {
    let (market, seed) = market(auction)?;
    let config = config(auction, &seed);
    let cleared = postroad_auction::clear(&market.problem, &config, &Control::unlimited(), None);
    if cleared.infeasible {
        return refuse("award", "no award keeps all rules of the notice".into());
    }
    if !cleared.found {
        let why = "no award was found that keeps all rules of the notice in its rounds";
        return refuse("award", why.into());
    }
    let drawn = draw(&market.problem, &cleared, &Control::unlimited());
    Ok(Clearing {
        software: software(),
        award: market.tell_award(&drawn.award),
        value_micros: cleared.value_micros,
        bound_micros: cleared.bound_micros,
        proven: cleared.proven,
    })
}

/// Prices the award as the notice says.
pub(crate) fn payments(auction: &Auction) -> Result<Payments, Rejection> {
    let (market, seed) = market(auction)?;
    let Some(award) = auction.award() else {
        return refuse("order", "nothing is awarded".into());
    };
    let rule = match auction.notice().settlement.pricing {
        Pricing::AsBid => PaymentRule::AsBid,
        Pricing::Uniform => PaymentRule::Uniform,
        Pricing::Vcg => PaymentRule::Vcg,
        Pricing::Core => PaymentRule::Core,
    };
    let config = config(auction, &seed);
    let priced = price(&market.problem, award, rule, &config, &Control::unlimited());
    Ok(market.tell_payments(award, &priced.payments))
}

/// Whether an entry says what is computed again from those before it.
pub(crate) fn check(auction: &Auction, entry: &Entry) -> Result<(), Rejection> {
    match &entry.event {
        Event::Clearing(told) => {
            let found = clearing(auction)?;
            if told.software != found.software {
                let (told, own) = (&told.software, &found.software);
                return refuse("recomputation", format!("it was cleared by {told}, this is {own}"));
            }
            if *told != found {
                let (told, found) = (told.value_micros, found.value_micros);
                let found = format!("an award worth {found} micros is computed, {told} are told");
                return refuse("recomputation", found);
            }
            Ok(())
        }
        Event::Payments(told) => {
            let found = payments(auction)?;
            if *told != found {
                let (told, found) = (told.total_micros, found.total_micros);
                let found = format!("{found} micros in all are computed, {told} are told");
                return refuse("recomputation", found);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
