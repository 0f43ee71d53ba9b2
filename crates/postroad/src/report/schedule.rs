//! What must be decided and built by when, quarter by quarter, for each way out.

use super::number::{Quantity, decimal, usd};
use crate::result::{self, Schedule, StudyResult};

/// One way out on the calendar.
pub(crate) struct Plan {
    pub(crate) title: String,
    /// Until when the change can be decided without a gap in delivery.
    pub(crate) decide: String,
    /// Best start, readiness and the cost of the bridge, in sentences.
    pub(crate) sentences: Vec<String>,
    /// What each later decision adds.
    pub(crate) delays: Vec<Delay>,
    pub(crate) quarters: Vec<Quarter>,
    /// Units of bridged parcels and of cost.
    pub(crate) units: [&'static str; 2],
}

/// The price of deciding in one quarter rather than in the best.
pub(crate) struct Delay {
    pub(crate) quarter: String,
    pub(crate) usd: String,
    /// Length of its bar, per cent of the longest.
    pub(crate) length: String,
}

/// One quarter as a row of figures.
pub(crate) struct Quarter {
    pub(crate) name: String,
    pub(crate) building_starts: String,
    pub(crate) buildings_ready: String,
    pub(crate) hires: String,
    /// Share of the change carried out, per cent with one digit: also the length of its bar.
    pub(crate) ready: String,
    pub(crate) bridged: String,
    pub(crate) usd: String,
}

/// One plan for each schedule of the study.
pub(crate) fn schedules(result: &StudyResult) -> Vec<Plan> {
    result.schedules.iter().map(|s| plan(title_of(result, &s.scenario), s)).collect()
}

fn title_of(result: &StudyResult, name: &str) -> String {
    let of = result.scenarios.iter().find(|s| s.name == name);
    of.map_or_else(|| name.to_owned(), |s| s.title.clone())
}

fn plan(title: String, schedule: &Schedule) -> Plan {
    let decide = match &schedule.last_to_decide {
        Some(quarter) => format!("decide by {}", words(quarter)),
        None => "too late for a change without a bridge".to_owned(),
    };
    let largest =
        |of: fn(&result::Quarter) -> f64| schedule.quarters.iter().map(of).fold(0.0, f64::max);
    let bridged = Quantity::Many.style(largest(|q| q.bridged_parcels_per_day));
    let cost = Quantity::Usd.style(largest(|q| q.usd));
    let quarters = schedule.quarters.iter().map(|q| Quarter {
        name: words(&q.name),
        building_starts: decimal(q.building_starts, 0),
        buildings_ready: decimal(q.buildings_ready, 0),
        hires: decimal(q.hires, 0),
        ready: decimal(q.ready_share.clamp(0.0, 1.0) * 100.0, 1),
        bridged: bridged.write(q.bridged_parcels_per_day),
        usd: cost.write(q.usd),
    });
    Plan {
        title,
        decide,
        sentences: sentences(schedule),
        delays: delays(schedule),
        quarters: quarters.collect(),
        units: [bridged.unit, cost.unit],
    }
}

fn sentences(schedule: &Schedule) -> Vec<String> {
    let start = words(&schedule.best_start);
    let mut sentences = vec![match &schedule.all_ready {
        Some(quarter) => {
            format!("It costs least to start in {start}; all is ready from {}.", words(quarter))
        }
        None => {
            format!("It costs least to start in {start}; not all is ready by the last quarter.")
        }
    }];
    sentences.push(if schedule.bridge_usd > 0.0 {
        format!(
            "Of {} over all quarters, {} is for parcels that others carry until the plan is ready.",
            usd(schedule.usd),
            usd(schedule.bridge_usd)
        )
    } else {
        "Everything is ready when the contract ends.".to_owned()
    });
    sentences
}

fn delays(schedule: &Schedule) -> Vec<Delay> {
    let longest = schedule.delay_usd.iter().map(|(_, usd)| *usd).fold(0.0, f64::max);
    let delay = |(quarter, more): &(String, f64)| Delay {
        quarter: words(quarter),
        usd: if *more > 0.0 { format!("+{}", usd(*more)) } else { "±0".to_owned() },
        length: decimal(100.0 * (more / longest.max(1.0)).clamp(0.0, 1.0), 1),
    };
    schedule.delay_usd.iter().map(delay).collect()
}

/// `2026-Q3` as `Q3 2026`; anything else as it is.
fn words(quarter: &str) -> String {
    match quarter.split_once('-') {
        Some((year, part)) if part.starts_with('Q') => format!("{part} {year}"),
        _ => quarter.to_owned(),
    }
}

/// Which door closes first, as a sentence.
pub(crate) fn finding(result: &StudyResult) -> Option<String> {
    let dated = result.schedules.iter().filter_map(|s| Some((s.last_to_decide.as_ref()?, s)));
    let (quarter, schedule) = dated.min_by_key(|(quarter, _)| *quarter)?;
    Some(format!(
        "The first choice to close is {}: after {} it can no longer be had without a bridge.",
        title_of(result, &schedule.scenario),
        words(quarter)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn quarters_read_as_quarters() {
        assert_eq!(words("2026-Q3"), "Q3 2026");
        assert_eq!(words("soon"), "soon");
    }

    #[test]
    fn every_quarter_is_shown() {
        let (result, _) = fixture::study();
        let plans = schedules(&result);
        assert_eq!(plans.len(), result.schedules.len());
        assert_eq!(plans[1].quarters.len(), result.schedules[1].quarters.len());
        assert!(plans[1].delays.last().is_some_and(|d| d.length == "100.0"));
    }

    #[test]
    fn the_first_door_to_close_is_named() {
        let (mut result, _) = fixture::study();
        assert!(finding(&result).is_some_and(|f| f.contains("Leave") && f.contains("Q1 2026")));
        result.schedules.clear();
        assert_eq!(finding(&result), None);
    }
}
