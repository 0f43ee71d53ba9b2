//! Who wins and what winners pay, computed from the log alone: by the operator to announce it,
//! and by everybody else to check what was announced.

use postroad_auction::{Config, PaymentRule, Reference, draw, price};
use postroad_model::BidderId;
use postroad_optimization::Control;
use postroad_record::auction::{Auction, Rejection};
use postroad_record::bytes::Hash;
use postroad_record::entry::Entry;
use postroad_record::event::{Clearing, Event, Payments};
use postroad_record::terms::{Market, Pricing};

use crate::auction::clear::in_conflict;

/// The program that clears, as told in the log: its version, and the fingerprint of its sources.
pub(crate) fn software() -> String {
    format!("postroad {} {}", env!("CARGO_PKG_VERSION"), env!("POSTROAD_SOURCES"))
}

fn refuse<T>(rule: &'static str, found: String) -> Result<T, Rejection> {
    Err(Rejection { rule, found })
}

/// The problem of an auction whose bids are opened.
fn market(auction: &Auction) -> Result<(&Market, Hash), Rejection> {
    match auction.opened() {
        Some(opened) => Ok(opened),
        None => {
            let stage = auction.stage();
            refuse("order", format!("the auction is {stage}, its bids are not opened"))
        }
    }
}

fn config(auction: &Auction, seed: &Hash) -> Config {
    let rounds = auction.notice().settlement.rounds;
    Config { seed: seed.number(), rounds, ..Config::default() }
}

/// Which rules of the notice are in conflict, if that can be proven.
fn conflict(auction: &Auction, market: &Market) -> String {
    let rules = &auction.notice().terms.rules;
    let rule = |at: usize| format!("{} of the notice ({})", at + 1, rules[at]);
    let lot = |lot| market.lots[lot].clone();
    in_conflict(&market.problem, rule, lot, &Control::unlimited())
}

/// Clears an auction as its notice says.
pub(crate) fn clearing(auction: &Auction) -> Result<Clearing, Rejection> {
    let (market, seed) = market(auction)?;
    let config = config(auction, &seed);
    let cleared = postroad_auction::clear(&market.problem, &config, &Control::unlimited(), None);
    if !cleared.found {
        let why = if cleared.infeasible {
            "no award keeps all rules of the notice"
        } else {
            "no award was found that keeps all rules of the notice in its rounds"
        };
        return refuse("award", format!("{why}{}", conflict(auction, market)));
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
        Pricing::Core => PaymentRule::Core(Reference::Vickrey),
        Pricing::CoreBids => PaymentRule::Core(Reference::Bids),
        Pricing::CoreReserve => PaymentRule::Core(Reference::Reserve),
    };
    let config = config(auction, &seed);
    let priced = price(&market.problem, award, rule, &config, &Control::unlimited());
    let name = |bidder: &BidderId| market.bidders[*bidder].clone();
    Ok(Payments {
        payments: market.tell_payments(award, &priced.payments),
        total_micros: priced.payments.total_micros(),
        exact: priced.exact,
        indispensable: priced.indispensable.iter().map(name).collect(),
    })
}

/// Compares what was announced with what is computed again from the entries before it.
#[derive(Default)]
pub(crate) struct Audit {
    /// Whether an outcome of another version of the program is accepted though this version
    /// computes another one.
    pub(crate) accepts_other_version: bool,
    /// What was accepted so.
    pub(crate) accepted: Vec<String>,
}

impl Audit {
    /// Whether an entry says what follows from those before it.
    pub(crate) fn check(&mut self, auction: &Auction, entry: &Entry) -> Result<(), Rejection> {
        match &entry.event {
            Event::Clearing(told) => self.clearing(auction, told),
            Event::Payments(told) => self.payments(auction, told),
            _ => Ok(()),
        }
    }

    fn clearing(&mut self, auction: &Auction, told: &Clearing) -> Result<(), Rejection> {
        let found = clearing(auction);
        if found.as_ref().is_ok_and(|found| {
            *told == Clearing { software: told.software.clone(), ..found.clone() }
        }) {
            return Ok(());
        }
        let told_micros = told.value_micros;
        let value_micros = found.as_ref().ok().map(|found| found.value_micros);
        // Any award at all disproves a bound below it, whoever found it.
        if let Some(value) = value_micros.filter(|&value| value > told.bound_micros) {
            let bound = told.bound_micros;
            return refuse("bound", format!("{bound} micros; there is an award worth {value}"));
        }
        let computed = match value_micros {
            None => "no award is found here".into(),
            Some(value) if value == told_micros => {
                format!("another award worth {value} micros is computed")
            }
            Some(value) => {
                format!("an award worth {value} micros is computed, {told_micros} are told")
            }
        };
        let keeps =
            "the award keeps all rules, is worth what is told, and its bound is not disproved";
        self.other(&told.software, &computed, keeps)
    }

    fn payments(&mut self, auction: &Auction, told: &Payments) -> Result<(), Rejection> {
        let found = payments(auction)?;
        if *told == found {
            return Ok(());
        }
        let (micros, told) = (found.total_micros, told.total_micros);
        let computed = if micros == told {
            format!(
                "other payments of {micros} micros in all, or of another exactness, are computed"
            )
        } else {
            format!("{micros} micros in all are computed, {told} are told")
        };
        self.other(auction.software(), &computed, "every payment keeps bids and reserve prices")
    }

    /// Something else is computed than `software` told: refused, unless it is another version and
    /// that is accepted.
    fn other(&mut self, software: &str, computed: &str, keeps: &str) -> Result<(), Rejection> {
        let own = self::software();
        if software == own {
            return refuse("recomputation", computed.into());
        }
        let versions = format!("cleared by {software}, this is {own}");
        if self.accepts_other_version {
            self.accepted.push(format!("{versions}: {computed}; {keeps}"));
            return Ok(());
        }
        let way = format!("ask {software}, or accept it with --other-version");
        refuse("recomputation", format!("{versions}: {computed}; {keeps}; {way}"))
    }
}
