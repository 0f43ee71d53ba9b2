//! The answer in plain sentences: which way out is cheapest, by how much, and how surely.

use super::number::{percent, usd};
use crate::result::{ScenarioResult, StudyResult};

/// Days of the year of [`ScenarioResult`]'s daily figures.
pub(crate) const DAYS_PER_YEAR: f64 = 365.0;

/// A bound below this share of the cost says nothing to a reader: the run ended too early.
const USEFUL: f64 = 0.5;

/// The answer and what stands behind it.
pub(crate) struct Answer {
    /// One sentence.
    pub(crate) headline: String,
    /// What the bounds prove, how it compares with today, and what is missing.
    pub(crate) proof: Vec<String>,
}

/// A scenario with a plan and its yearly figures.
#[derive(Clone, Copy)]
pub(crate) struct Planned<'a> {
    pub(crate) scenario: &'a ScenarioResult,
    pub(crate) usd_per_year: f64,
    /// None without a bound, or if it is far below.
    pub(crate) bound_usd_per_year: Option<f64>,
}

/// Scenarios that have a plan, in the order of the study.
pub(crate) fn planned(result: &StudyResult) -> Vec<Planned<'_>> {
    let of = |scenario| planned_of(scenario);
    result.scenarios.iter().filter_map(of).collect()
}

fn planned_of(scenario: &ScenarioResult) -> Option<Planned<'_>> {
    let usd_per_year = scenario.cost_usd_per_day? * DAYS_PER_YEAR;
    let bound = scenario.bound_usd_per_day.map(|b| b * DAYS_PER_YEAR);
    let bound_usd_per_year = bound.filter(|b| *b >= USEFUL * usd_per_year);
    Some(Planned { scenario, usd_per_year, bound_usd_per_year })
}

/// The ways out, cheapest first: every scenario with a plan but the status quo.
pub(crate) fn ways_out(result: &StudyResult) -> Vec<Planned<'_>> {
    let mut ways: Vec<_> = result.scenarios.iter().skip(1).filter_map(planned_of).collect();
    ways.sort_by(|a, b| a.usd_per_year.total_cmp(&b.usd_per_year));
    ways
}

/// The answer of a study.
pub(crate) fn answer(result: &StudyResult) -> Answer {
    let ways = ways_out(result);
    let mut proof = Vec::new();
    let headline = match ways.as_slice() {
        [] => match planned(result).first() {
            Some(today) => {
                format!("“{}” costs {} a year.", today.scenario.title, usd(today.usd_per_year))
            }
            None => "No scenario of this study has a plan.".to_owned(),
        },
        [only] => {
            format!("“{}” costs {} a year.", only.scenario.title, usd(only.usd_per_year))
        }
        [best, second, ..] => {
            let less = second.usd_per_year - best.usd_per_year;
            let (found, sentence) = order(best, &ways[1..]);
            proof.push(sentence);
            format!(
                "“{}” is the cheapest way out{found}: {} a year, {} ({}) less than “{}”.",
                best.scenario.title,
                usd(best.usd_per_year),
                usd(less),
                percent(less / second.usd_per_year),
                second.scenario.title
            )
        }
    };
    if let Some(sentence) = against_today(result, &ways) {
        proof.insert(0, sentence);
    }
    proof.extend(without_plan(result));
    Answer { headline, proof }
}

/// Whether the bounds prove that the cheapest plan is the cheapest way out: a word that says so in
/// the headline if they do not, and a sentence.
fn order(best: &Planned<'_>, others: &[Planned<'_>]) -> (&'static str, String) {
    let floor = |o: &Planned<'_>| o.bound_usd_per_year.unwrap_or(f64::NEG_INFINITY);
    let nearest = others
        .iter()
        .min_by(|a, b| floor(a).total_cmp(&floor(b)))
        .expect("there are at least two ways out");
    let title = &nearest.scenario.title;
    match nearest.bound_usd_per_year {
        Some(bound) if bound >= best.usd_per_year => {
            let text = format!(
                "The order is proven: “{title}” cannot cost less than {} a year, whatever the \
                 plan, so it is dearer by at least {}.",
                usd(bound),
                usd(bound - best.usd_per_year)
            );
            ("", text)
        }
        Some(bound) => {
            let text = format!(
                "The order is not proven yet: the bounds do not exclude a plan for “{title}” at {} \
                 a year, {} below the plan found for “{}”.",
                usd(bound),
                usd(best.usd_per_year - bound),
                best.scenario.title
            );
            (" found", text)
        }
        None => (
            " found",
            format!("The order is not proven: the run ended before “{title}” had a useful bound."),
        ),
    }
}

/// How the cheapest way out compares with the status quo.
fn against_today(result: &StudyResult, ways: &[Planned<'_>]) -> Option<String> {
    let today = planned_of(result.scenarios.first()?)?;
    let best = ways.first()?;
    let more = best.usd_per_year - today.usd_per_year;
    let word = if more < 0.0 { "less" } else { "more" };
    Some(format!(
        "That is {} a year {word} than “{}” ({}).",
        usd(more.abs()),
        today.scenario.title,
        percent(more.abs() / today.usd_per_year)
    ))
}

/// Scenarios without a plan, and why.
fn without_plan(result: &StudyResult) -> impl Iterator<Item = String> {
    result.scenarios.iter().filter(|s| s.cost_usd_per_day.is_none()).map(|s| {
        let why = if s.unmet.is_empty() { "none was found".to_owned() } else { s.unmet.join("; ") };
        format!("“{}” has no plan: {why}.", s.title)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn says_what_the_bounds_prove() {
        let (mut result, _) = fixture::study();
        assert!(answer(&result).proof[1].starts_with("The order is proven"));
        assert!(!answer(&result).headline.contains("found"));
        for scenario in &mut result.scenarios {
            scenario.bound_usd_per_day = scenario.cost_usd_per_day.map(|c| 0.9 * c);
        }
        assert!(answer(&result).proof[1].starts_with("The order is not proven"));
        assert!(answer(&result).headline.contains("cheapest way out found"));
        result.scenarios[3].bound_usd_per_day = Some(-1.0);
        assert!(answer(&result).proof[1].contains("before “Leave <b>entirely</b>” had a useful"));
    }

    #[test]
    fn names_scenarios_without_a_plan() {
        let (mut result, _) = fixture::study();
        result.scenarios[2].cost_usd_per_day = None;
        result.scenarios[2].unmet = vec!["1 % of people are 3 days away".to_owned()];
        let text = answer(&result).proof.join(" ");
        assert!(text.contains("has no plan: 1 % of people are 3 days away."));
    }

    #[test]
    fn one_way_out_has_nothing_to_be_compared_with() {
        let (mut result, _) = fixture::study();
        result.scenarios.truncate(2);
        assert!(!answer(&result).headline.contains("cheapest"));
        result.scenarios.clear();
        assert_eq!(answer(&result).headline, "No scenario of this study has a plan.");
    }
}
