//! What must be decided and built by when, quarter by quarter, for each way out.

use super::number::{Quantity, decimal, percent, usd};
use crate::result::{Schedule, StudyResult};

/// One way out on the calendar.
pub(crate) struct Plan {
    pub(crate) title: String,
    /// `decide by 31 March 2026`, or that nothing has to be decided.
    pub(crate) decide: String,
    /// Cost of what is not ready in time, as a sentence.
    pub(crate) transition: String,
    pub(crate) quarters: Vec<Quarter>,
    /// Units of capital and of the cost of bridging.
    pub(crate) units: [&'static str; 3],
}

/// One quarter as a row of figures.
pub(crate) struct Quarter {
    pub(crate) quarter: String,
    pub(crate) openings: String,
    pub(crate) hires: String,
    pub(crate) capital: String,
    /// Share that is ready, in per cent with one digit: also the length of its bar.
    pub(crate) ready: String,
    pub(crate) bridged_parcels: String,
    pub(crate) bridged_usd: String,
}

/// One plan for each schedule of the study.
pub(crate) fn schedules(result: &StudyResult) -> Vec<Plan> {
    let title = |name: &str| {
        let of = result.scenarios.iter().find(|s| s.name == name);
        of.map_or_else(|| name.to_owned(), |s| s.title.clone())
    };
    result.schedules.iter().map(|s| plan(title(&s.scenario), s)).collect()
}

fn plan(title: String, schedule: &Schedule) -> Plan {
    let decide = match &schedule.decide_by {
        Some(date) => format!("decide by {}", long_date(date)),
        None => "nothing to build or hire".to_owned(),
    };
    let transition = if schedule.transition_usd > 0.0 {
        format!("What is not ready in time costs {} in all.", usd(schedule.transition_usd))
    } else {
        "Everything is ready in time.".to_owned()
    };
    let largest = |of: fn(&crate::result::Quarter) -> f64| {
        schedule.quarters.iter().map(of).fold(0.0, f64::max)
    };
    let capital = Quantity::Usd.style(largest(|q| q.capital_usd));
    let parcels = Quantity::Many.style(largest(|q| q.bridged_parcels));
    let bridging = Quantity::Usd.style(largest(|q| q.bridged_usd));
    let quarters = schedule.quarters.iter().map(|q| Quarter {
        quarter: q.quarter.clone(),
        openings: decimal(f64::from(q.openings), 0),
        hires: decimal(q.hires, 0),
        capital: capital.write(q.capital_usd),
        ready: decimal(q.ready_share.clamp(0.0, 1.0) * 100.0, 1),
        bridged_parcels: parcels.write(q.bridged_parcels),
        bridged_usd: bridging.write(q.bridged_usd),
    });
    Plan {
        title,
        decide,
        transition,
        quarters: quarters.collect(),
        units: [capital.unit, parcels.unit, bridging.unit],
    }
}

/// `2026-03-31` as `31 March 2026`; anything else as it is.
fn long_date(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let mut parts = date.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return date.to_owned();
    };
    match (month.parse::<usize>(), day.parse::<u8>()) {
        (Ok(month @ 1..=12), Ok(day)) => format!("{day} {} {year}", MONTHS[month - 1]),
        _ => date.to_owned(),
    }
}

/// The earliest of the last dates to decide, as a sentence.
pub(crate) fn finding(result: &StudyResult) -> Option<String> {
    let first = result
        .schedules
        .iter()
        .filter_map(|s| Some((s.decide_by.as_ref()?, s)))
        .min_by_key(|(d, _)| *d)?;
    let ready = first.1.quarters.first().map(|q| q.ready_share);
    let title = result.scenarios.iter().find(|s| s.name == first.1.scenario).map(|s| &s.title)?;
    let mut sentence =
        format!("The first date that closes a door is {}: {title}.", long_date(first.0));
    if let Some(ready) = ready.filter(|r| *r < 1.0) {
        sentence.push_str(&format!(" In the first quarter {} of it is ready.", percent(ready)));
    }
    Some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn dates_read_as_dates() {
        assert_eq!(long_date("2026-03-31"), "31 March 2026");
        assert_eq!(long_date("soon"), "soon");
        assert_eq!(long_date("2026-13-01"), "2026-13-01");
    }

    #[test]
    fn every_quarter_is_shown() {
        let (result, _) = fixture::study();
        let plans = schedules(&result);
        assert_eq!(plans.len(), result.schedules.len());
        assert_eq!(plans[0].quarters.len(), result.schedules[0].quarters.len());
        assert!(finding(&result).is_some());
    }
}
