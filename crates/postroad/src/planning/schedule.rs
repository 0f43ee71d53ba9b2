//! How a way out comes about in time: quarters, lead times, hiring, the end of the contract.
//!
//! What is not ready when the contract ends goes to third parties at a premium.

use postroad_formats::study::{ScenarioKind, ScheduleSettings, Study};
use serde::{Deserialize, Serialize};

use super::DAYS_PER_YEAR;
use super::metrics::{ScenarioMetrics, ratio};

/// One quarter of a schedule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Quarter {
    /// Its name, such as 2026-Q3.
    pub name: String,
    /// Buildings decided on in this quarter.
    pub building_starts: f64,
    /// New buildings ready at its start, all together.
    pub buildings_ready: f64,
    /// Drivers hired in it beyond those of the status quo.
    pub hires: f64,
    /// Drivers at its start beyond those of the status quo.
    pub drivers: f64,
    /// Share of the change that is carried out, 0 to 1.
    pub ready_share: f64,
    /// Parcels a day that third parties carry meanwhile.
    pub bridged_parcels_per_day: f64,
    /// Cost of the quarter, dollars: the plan's, as far as it is ready, and the bridge.
    pub usd: f64,
}

/// The cheapest schedule of one way out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Schedule {
    /// Name of the scenario.
    pub scenario: String,
    /// Quarter in which to start for the least cost.
    pub best_start: String,
    /// Last quarter to decide in without any parcel left over when the contract ends; `None` if it
    /// is past already.
    pub last_to_decide: Option<String>,
    /// Quarter from which all is ready.
    pub all_ready: Option<String>,
    /// Cost of all quarters, dollars.
    pub usd: f64,
    /// Of it, above what the plan would cost if it were ready in time.
    pub bridge_usd: f64,
    /// Cost above the best start for each quarter of delay, dollars.
    pub delay_usd: Vec<(String, f64)>,
    /// The quarters, at the best start.
    pub quarters: Vec<Quarter>,
}

/// Days of a quarter of plans.
const DAYS_PER_QUARTER: f64 = DAYS_PER_YEAR / 4.0;

/// The cheapest schedule from the status quo to a scenario's plan: every quarter of decision up to
/// the end of the contract is tried, and a year beyond.
pub fn plan(
    study: &Study,
    kind: ScenarioKind,
    status_quo: &ScenarioMetrics,
    target: &ScenarioMetrics,
) -> Schedule {
    let terms = &study.schedule;
    let change = Change::between(study, kind, status_quo, target);
    let last = (terms.contract_end_quarter + 4).min(terms.start_quarter + terms.quarters - 1);
    let starts: Vec<u32> = (terms.start_quarter..=last).collect();
    let tried: Vec<Vec<Quarter>> = starts.iter().map(|&s| change.quarters(terms, s)).collect();
    let costs: Vec<f64> =
        tried.iter().map(|quarters| quarters.iter().map(|q| q.usd).sum()).collect();
    // The latest of equals: a decision that can wait at no cost should.
    let mut best = 0;
    for (i, &usd) in costs.iter().enumerate() {
        if usd <= costs[best] * (1.0 + 1e-12) {
            best = i;
        }
    }
    let in_time = |quarters: &Vec<Quarter>| {
        let end = (terms.contract_end_quarter - terms.start_quarter) as usize;
        quarters.get(end).is_some_and(|q| q.bridged_parcels_per_day <= 0.0 && q.ready_share >= 1.0)
    };
    let last_to_decide = starts.iter().zip(&tried).rev().find(|(_, q)| in_time(q));
    let quarters = tried[best].clone();
    let in_contract = (terms.contract_end_quarter - terms.start_quarter) as usize;
    let beyond = |q: &Quarter| (q.usd - change.target_usd_per_day * DAYS_PER_QUARTER).max(0.0);
    Schedule {
        scenario: target.scenario.clone(),
        best_start: name_of(starts[best]),
        last_to_decide: last_to_decide.map(|(&s, _)| name_of(s)),
        all_ready: quarters.iter().find(|q| q.ready_share >= 1.0).map(|q| q.name.clone()),
        usd: costs[best],
        bridge_usd: quarters.iter().skip(in_contract).map(beyond).sum(),
        delay_usd: starts
            .iter()
            .zip(&costs)
            .map(|(&s, usd)| (name_of(s), usd - costs[best]))
            .collect(),
        quarters,
    }
}

/// 2026-Q3 of a number of quarters since year 0.
fn name_of(quarter: u32) -> String {
    format!("{}-Q{}", quarter / 4, quarter % 4 + 1)
}

/// What must change from the status quo to a plan, and what waiting costs.
struct Change {
    status_quo_usd_per_day: f64,
    target_usd_per_day: f64,
    stations: f64,
    hubs: f64,
    station_lead: usize,
    hub_lead: usize,
    drivers: f64,
    /// What the new terms add to the operator's parcels that stay, from the contract's end on.
    terms_usd_per_day: f64,
    /// Parcels that leave the operator, and what bridging one costs more than before.
    moved_parcels_per_day: f64,
    moved_bridge_usd_per_parcel: f64,
    /// Parcels that stay with the operator under new terms, and what bridging one costs more.
    kept_parcels_per_day: f64,
    kept_bridge_usd_per_parcel: f64,
    contract_lead: usize,
}

impl Change {
    fn between(
        study: &Study,
        kind: ScenarioKind,
        status_quo: &ScenarioMetrics,
        target: &ScenarioMetrics,
    ) -> Change {
        let (from, to) = (&status_quo.operator, &target.operator);
        let kept = to.parcels_per_year.min(from.parcels_per_year);
        let bridge = from.third_party_usd_per_parcel + study.schedule.premium_usd_per_parcel;
        let paid = |m: &ScenarioMetrics| {
            let entry = m.cost_usd_per_day.postal_entry * DAYS_PER_YEAR;
            ratio(m.operator.revenue_usd_per_year + entry, m.operator.parcels_per_year)
        };
        let lead = |quarters: f64| quarters.ceil() as usize;
        let new_terms = matches!(kind, ScenarioKind::Extend | ScenarioKind::Auction);
        Change {
            status_quo_usd_per_day: status_quo.cost_usd_per_day.total,
            target_usd_per_day: target.cost_usd_per_day.total,
            stations: f64::from(target.network.stations_new),
            hubs: f64::from(target.network.hubs_new),
            station_lead: lead(study.own_van.site.lead_quarters),
            hub_lead: lead(study.rural_hub.site.lead_quarters),
            drivers: (target.network.drivers - status_quo.network.drivers).max(0.0),
            terms_usd_per_day: kept / DAYS_PER_YEAR * (paid(target) - paid(status_quo)),
            moved_parcels_per_day: (from.parcels_per_year - kept) / DAYS_PER_YEAR,
            moved_bridge_usd_per_parcel: bridge - paid(status_quo),
            kept_parcels_per_day: kept / DAYS_PER_YEAR,
            kept_bridge_usd_per_parcel: bridge - paid(target),
            contract_lead: if new_terms { lead(study.schedule.contract_lead_quarters) } else { 0 },
        }
    }

    /// The quarters of the study if the decision falls in `decided`.
    fn quarters(&self, terms: &ScheduleSettings, decided: u32) -> Vec<Quarter> {
        let wait = (decided - terms.start_quarter) as usize;
        let started = self.started(terms, wait);
        let mut drivers = 0.0_f64;
        let mut quarters: Vec<Quarter> = Vec::new();
        for q in 0..terms.quarters as usize {
            let built = self.built(&started, q);
            let share_built = self.share_built(built, q, wait);
            let before = drivers;
            if q as f64 >= wait as f64 + terms.hiring_lead_quarters {
                drivers = (self.drivers * share_built).min(before + terms.hires_per_quarter);
            }
            let own_share = if self.drivers > 0.0 { drivers / self.drivers } else { share_built };
            let kept_share = if q >= wait + self.contract_lead { 1.0 } else { 0.0 };
            let ended = terms.start_quarter + q as u32 >= terms.contract_end_quarter;
            let (moved, kept, terms_usd_per_day) = match ended {
                true => (
                    self.moved_parcels_per_day * (1.0 - own_share),
                    self.kept_parcels_per_day * (1.0 - kept_share),
                    self.terms_usd_per_day,
                ),
                false => (0.0, 0.0, 0.0),
            };
            let hires = drivers - before;
            let network_usd_per_day =
                self.target_usd_per_day - self.status_quo_usd_per_day - self.terms_usd_per_day;
            let usd_per_day = self.status_quo_usd_per_day
                + own_share * network_usd_per_day
                + terms_usd_per_day
                + moved * self.moved_bridge_usd_per_parcel
                + kept * self.kept_bridge_usd_per_parcel;
            quarters.push(Quarter {
                name: name_of(terms.start_quarter + q as u32),
                building_starts: started[q] - q.checked_sub(1).map_or(0.0, |p| started[p]),
                buildings_ready: built,
                hires,
                drivers,
                ready_share: own_share.min(kept_share),
                bridged_parcels_per_day: moved + kept,
                usd: usd_per_day * DAYS_PER_QUARTER + hires * terms.hiring_usd_per_driver,
            });
        }
        quarters
    }

    /// Buildings started up to the end of each quarter.
    fn started(&self, terms: &ScheduleSettings, wait: usize) -> Vec<f64> {
        let all = self.stations + self.hubs;
        let up_to = |q: usize| match q.checked_sub(wait) {
            Some(since) => all.min((since + 1) as f64 * terms.openings_per_quarter),
            None => 0.0,
        };
        (0..terms.quarters as usize).map(up_to).collect()
    }

    /// Buildings ready at the start of a quarter: stations and hubs are started in proportion, and
    /// each takes its lead time.
    fn built(&self, started: &[f64], q: usize) -> f64 {
        let all = self.stations + self.hubs;
        let ready = |count: f64, lead: usize| {
            let begun = q.checked_sub(lead.max(1)).map_or(0.0, |then| started[then]);
            ratio(count, all) * begun
        };
        ready(self.stations, self.station_lead) + ready(self.hubs, self.hub_lead)
    }

    fn share_built(&self, built: f64, q: usize, wait: usize) -> f64 {
        let all = self.stations + self.hubs;
        match all > 0.0 {
            true => (built / all).min(1.0),
            false => f64::from(u8::from(q > wait)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 hubs at 10 a quarter, two quarters each; 600 drivers at 200 a quarter; the contract ends
    /// in the seventh quarter; bridging costs 2 dollars for each of 1,000 parcels a day.
    fn change() -> (Change, ScheduleSettings) {
        let change = Change {
            status_quo_usd_per_day: 10_000.0,
            target_usd_per_day: 11_000.0,
            stations: 0.0,
            hubs: 30.0,
            station_lead: 4,
            hub_lead: 2,
            drivers: 600.0,
            terms_usd_per_day: 0.0,
            moved_parcels_per_day: 1_000.0,
            moved_bridge_usd_per_parcel: 2.0,
            kept_parcels_per_day: 0.0,
            kept_bridge_usd_per_parcel: 0.0,
            contract_lead: 0,
        };
        let terms = ScheduleSettings {
            start_quarter: 4 * 2026,
            contract_end_quarter: 4 * 2026 + 6,
            quarters: 10,
            openings_per_quarter: 10.0,
            hires_per_quarter: 200.0,
            premium_usd_per_parcel: 0.0,
            hiring_usd_per_driver: 0.0,
            hiring_lead_quarters: 1.0,
            contract_lead_quarters: 0.0,
        };
        (change, terms)
    }

    #[test]
    fn buildings_come_first_and_drivers_follow() {
        let (change, terms) = change();
        let quarters = change.quarters(&terms, terms.start_quarter);
        let ready: Vec<f64> = quarters.iter().map(|q| q.buildings_ready).collect();
        assert_eq!(ready[..6], [0.0, 0.0, 10.0, 20.0, 30.0, 30.0]);
        let drivers: Vec<f64> = quarters.iter().map(|q| q.drivers).collect();
        assert_eq!(drivers[..6], [0.0, 0.0, 200.0, 400.0, 600.0, 600.0]);
        assert_eq!(quarters[2].hires, 200.0);
        assert_eq!(quarters[0].name, "2026-Q1");
        // Two thirds ready: 10,000 + 1,000 · 2/3 dollars a day.
        assert!((quarters[3].usd / DAYS_PER_QUARTER - 10_666.666_667).abs() < 1e-3);
        assert!(quarters.iter().all(|q| q.bridged_parcels_per_day == 0.0));
    }

    #[test]
    fn what_is_late_is_bridged() {
        let (change, terms) = change();
        // Decided in the fourth quarter, ready from the eighth on: in the seventh two thirds are.
        let quarters = change.quarters(&terms, terms.start_quarter + 3);
        assert_eq!(quarters[5].bridged_parcels_per_day, 0.0);
        assert!((quarters[6].ready_share - 2.0 / 3.0).abs() < 1e-12);
        assert!((quarters[6].bridged_parcels_per_day - 1_000.0 / 3.0).abs() < 1e-9);
        assert_eq!(quarters[7].bridged_parcels_per_day, 0.0);
        assert_eq!(name_of(4 * 2027 + 3), "2027-Q4");
    }

    #[test]
    fn new_terms_count_from_the_end_of_the_contract() {
        let (change, terms) = change();
        let change = Change { terms_usd_per_day: 700.0, hubs: 0.0, drivers: 0.0, ..change };
        let quarters = change.quarters(&terms, terms.start_quarter);
        let usd_per_day = |q: usize| (quarters[q].usd / DAYS_PER_QUARTER).round();
        // The network's 300 dollars from the quarter after the decision, the terms' 700 later.
        assert_eq!([0, 1, 5, 6].map(usd_per_day), [10_000.0, 10_300.0, 10_300.0, 11_000.0]);
    }
}
