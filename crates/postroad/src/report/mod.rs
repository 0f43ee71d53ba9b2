//! The report: one self-contained HTML file that a planner shows to a board.
//!
//! Every figure comes from the result; text from outside is escaped by the template; the page
//! loads nothing and gives the same bytes for the same result.

mod answer;
mod change;
mod curve;
mod evidence;
#[cfg(test)]
mod fixture;
pub(crate) mod headline;
mod map;
mod money;
pub(crate) mod number;
pub(crate) mod projection;
mod schedule;
pub(crate) mod svg;
mod tornado;
mod words;

use askama::Template;

use crate::result::{InputFile, MapData, StudyResult};
use answer::{Answer, planned, ways_out};

/// All that the template shows.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    css: &'static str,
    js: &'static str,
    title: &'a str,
    description: &'a str,
    remarks: &'a [String],
    answer: Answer,
    stopped: bool,
    keys: Vec<Key>,
    meta: String,
    first_title: &'a str,
    titles: Vec<&'a str>,
    groups: Vec<headline::Group>,
    has_map: bool,
    map_finding: Vec<String>,
    changes: Vec<change::Change>,
    off_map: usize,
    payload: String,
    curve: Option<curve::Curve>,
    money: money::Money,
    tornado: Option<tornado::Tornado>,
    fidelity: Option<evidence::Fidelity>,
    schedules: Vec<schedule::Plan>,
    schedule_finding: Option<String>,
    sources: Vec<evidence::SourceGroup>,
    source_finding: String,
    files: Vec<&'a InputFile>,
    footer: String,
}

/// A scenario's figures on the cover.
struct Key {
    title: String,
    cost: String,
    detail: String,
    description: String,
    best: bool,
}

/// The report of a study as one HTML file.
///
/// # Errors
/// If the template cannot be filled.
pub fn render(result: &StudyResult, map: &MapData) -> askama::Result<String> {
    let title_of = |name: &str| {
        let of = result.scenarios.iter().find(|s| s.name == name);
        of.map_or_else(|| name.to_owned(), |s| s.title.clone())
    };
    let page = Page {
        css: include_str!("page/report.css"),
        js: include_str!("page/report.js"),
        title: &result.study.title,
        description: &result.study.description,
        remarks: &result.remarks,
        answer: answer::answer(result),
        stopped: result.run.stopped,
        keys: keys(result),
        meta: meta(result),
        first_title: result.scenarios.first().map_or("", |s| s.title.as_str()),
        titles: result.scenarios.iter().map(|s| s.title.as_str()).collect(),
        groups: headline::groups(result),
        has_map: !map.zones.is_empty() && !map.scenarios.is_empty(),
        map_finding: change::findings(map, title_of),
        changes: change::changes(map, title_of),
        off_map: map::zones_off_map(map),
        payload: map::payload(map, title_of),
        curve: curve::curve(result),
        money: money::money(result),
        tornado: tornado::tornado(result),
        fidelity: evidence::fidelity(result),
        schedules: schedule::schedules(result),
        schedule_finding: schedule::finding(result),
        sources: evidence::sources(result),
        source_finding: evidence::source_finding(result),
        files: files(result),
        footer: format!("{}. {}", result.program, meta(result)),
    };
    page.render()
}

/// Cost, cost per parcel and gap of each scenario that has a plan.
fn keys(result: &StudyResult) -> Vec<Key> {
    let best = ways_out(result).first().map(|w| w.scenario.name.clone());
    let several = result.scenarios.len() > 2;
    let key = |p: answer::Planned<'_>| {
        let per_parcel = p.scenario.metrics.as_ref().map(|m| m.usd_per_parcel);
        let mut detail = per_parcel.map_or(String::new(), |v| format!("${v:.2} a parcel"));
        match p.bound_usd_per_year.and(p.scenario.gap) {
            Some(gap) => {
                detail.push_str(&format!(", within {} of the best possible", number::percent(gap)));
            }
            None => detail.push_str(", without a useful bound yet"),
        }
        Key {
            title: p.scenario.title.clone(),
            cost: number::usd(p.usd_per_year),
            detail,
            description: p.scenario.description.clone(),
            best: several && best.as_ref() == Some(&p.scenario.name),
        }
    };
    planned(result).into_iter().map(key).collect()
}

/// What repeats the run: the study's fingerprint and the settings.
fn meta(result: &StudyResult) -> String {
    let run = &result.run;
    let file = &result.study.file;
    let limit = run.time_limit_s.map_or(String::new(), |s| format!(", time limit {s} s"));
    format!(
        "Study {} (SHA-256 {}…), seed {}, at most {} rounds of search a plan, good enough at a gap of {}{limit}.",
        file.path,
        file.sha256.get(..12).unwrap_or(&file.sha256),
        run.seed,
        run.rounds,
        number::percent(run.gap)
    )
}

fn files(result: &StudyResult) -> Vec<&InputFile> {
    let inputs = std::iter::once(&result.study.file).chain(&result.study.tables);
    let outputs = result
        .scenarios
        .iter()
        .flat_map(|s| [&s.plan_file, &s.facilities_file, &s.prices_file].into_iter().flatten());
    inputs.chain(outputs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        let (result, map) = fixture::study();
        render(&result, &map).unwrap()
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let page = page();
        assert!(
            page.contains("Leave &#60;b&#62;entirely") || page.contains("Leave &lt;b&gt;entirely")
        );
        for raw in ["<b>entirely", "<draft>", "<est.>", "<press>"] {
            assert!(!page.contains(raw), "{raw}");
        }
    }

    #[test]
    fn loads_nothing() {
        let page = page();
        for way in ["http://", "https://", "src=", "@import", "url(", "<link rel=\"style", "fetch("]
        {
            assert!(!page.contains(way), "{way}");
        }
    }

    #[test]
    fn same_result_same_bytes() {
        assert_eq!(page(), page());
    }

    #[test]
    fn elements_are_balanced() {
        let page = page();
        let outside_scripts = page.split("<script").next().unwrap();
        let mut open = Vec::new();
        for tag in outside_scripts.split('<').skip(1) {
            let name: String =
                tag.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
            let end = tag.find('>').expect("every tag ends");
            let alone = ["meta", "link", "input", "br", ""].contains(&name.as_str());
            if let Some(closing) = name.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closing), "{tag}");
            } else if !alone && !tag[..end].ends_with('/') {
                open.push(name);
            }
        }
        assert_eq!(open, ["html", "body"]);
    }

    #[test]
    fn a_study_without_extras_still_has_a_report() {
        let (mut result, mut map) = fixture::study();
        result.demand_curve = None;
        result.tornado.clear();
        result.fidelity.clear();
        result.schedules.clear();
        result.scenarios.truncate(1);
        result.scenarios[0].metrics = None;
        map.zones.clear();
        map.scenarios.clear();
        let page = render(&result, &map).unwrap();
        assert!(!page.contains("id=\"map-data\"") && !page.contains("id=\"curve\""));
    }
}
