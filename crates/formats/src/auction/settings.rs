//! The file `market.toml`: side, seed, defaults, the rules of the auctioneer, and scenarios that
//! change them.

use postroad_model::Fault;
use postroad_model::auction::Side;
use toml::de::DeTable;

use super::cells::no_money;
use super::lots::LOT_COLUMNS;
use super::money::micros;
use crate::study::reader::{Reading, Section};

/// Parts of one in a share: shares are kept exactly, as money is.
pub(super) const PARTS: u64 = 1_000_000;
/// Longest term: a hundred years of days.
const DAYS_MAX: u64 = 36_600;
/// Largest whole number of a rule that TOML reads without rounding.
const WHOLE_MAX: u64 = 1 << 53;
/// Largest factor on reserve prices.
const FACTOR_MAX: i64 = 1_000 * PARTS as i64;

/// What a market's file says.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Settings {
    pub(super) file: String,
    pub(super) name: String,
    pub(super) side: Side,
    pub(super) seed: u64,
    pub(super) days: Option<u32>,
    pub(super) reserve_micros: Option<i64>,
    pub(super) opportunity_micros: i64,
    /// Factor on reserve prices, in parts of [`PARTS`].
    reserve_parts: i64,
    pub(super) without_bidders: Vec<String>,
    pub(super) rules: Vec<RuleSpec>,
}

impl Settings {
    /// What is assumed where the settings cannot be read, to read on and find further faults.
    pub(super) fn assumed(file: &str) -> Self {
        Self {
            file: file.into(),
            name: String::new(),
            side: Side::Buying,
            seed: 0,
            days: Some(1),
            reserve_micros: None,
            opportunity_micros: 0,
            reserve_parts: PARTS as i64,
            without_bidders: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// The reserve price of a lot whose own is given or not.
    pub(super) fn reserve(&self, own: Option<i64>) -> Option<i64> {
        let times = |r: i64| i128::from(r) * i128::from(self.reserve_parts) / i128::from(PARTS);
        own.or(self.reserve_micros).map(|r| times(r).min(i128::from(i64::MAX)) as i64)
    }
}

/// A scenario: what it is called, and what it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it is about; may be empty.
    pub note: String,
}

/// A rule as it is written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RuleSpec {
    pub(super) name: String,
    /// Where it stands.
    pub(super) file: String,
    pub(super) line: Option<u64>,
    pub(super) path: String,
    pub(super) lots: Which,
    pub(super) kind: Kind,
}

/// Which lots a rule is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Which {
    All,
    Set(String),
    /// One rule for each value of this column.
    Each(usize),
}

/// Parcels a day, or a share of all that the lots hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Amount {
    Parcels(u64),
    /// In parts of [`PARTS`].
    Share(u64),
}

/// What a rule asks for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind {
    SharedCapacity {
        most: Amount,
    },
    BidderShare {
        most: Amount,
    },
    GroupVolume {
        who: Who,
        least: Option<Amount>,
        most: Option<Amount>,
    },
    /// So much is kept for small bidders: all others get at most the rest.
    SetAside {
        least: Amount,
    },
    Winners {
        least: u32,
        most: Option<u32>,
        least_parcels: u64,
    },
}

/// Whom a rule is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Who {
    Incumbents,
    Named(Vec<String>),
}

/// A settings file or its part of a JSON market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    /// The table that holds the settings; the whole file without.
    pub(super) root: Option<&'static str>,
}

/// Reads the settings, changed by a scenario if one is named. `others` are scenarios in files of
/// their own. All scenarios are read, so that faults of all of them are told.
pub(super) fn read(
    text: Text,
    others: &[(String, Text)],
    scenario: Option<&str>,
) -> Result<Settings, Vec<Fault>> {
    let mut found = None;
    let mut names = Vec::new();
    let mut keep = |one: Change| {
        names.push(one.scenario.name.clone());
        if Some(one.scenario.name.as_str()) == scenario {
            found = Some(one);
        }
    };
    let mut faults = Vec::new();
    let base = parse(text, |section| {
        let settings = base(section);
        changes(section).into_iter().for_each(&mut keep);
        section.finish();
        settings
    });
    let base = base.map_err(|mut own| faults.append(&mut own)).ok();
    for (name, text) in others {
        let read = parse(*text, |section| {
            let one = change(section, name.clone());
            section.finish();
            one
        });
        match read {
            Ok(one) => keep(one),
            Err(mut own) => faults.append(&mut own),
        }
    }
    if let Some(wanted) = scenario.filter(|wanted| !names.iter().any(|name| name == wanted)) {
        let reading = Reading::plain(text.file, "");
        reading.unknown_word(None, "scenario", wanted, &names);
        faults.extend(reading.faults.into_inner().into_iter().map(|f| Fault { code: "E418", ..f }));
    }
    match base {
        Some(base) if faults.is_empty() => Ok(changed(base, found)),
        _ => Err(faults),
    }
}

/// The scenarios of a settings file, in the order of their names.
pub fn scenarios(file: &str, text: &str) -> Vec<Scenario> {
    scenarios_of(Text { file, text, root: None })
}

pub(super) fn scenarios_of(text: Text) -> Vec<Scenario> {
    let read = parse(text, changes);
    read.unwrap_or_default().into_iter().map(|change| change.scenario).collect()
}

/// Reads a text by its root section.
fn parse<T>(text: Text, read: impl FnOnce(&Section) -> T) -> Result<T, Vec<Fault>> {
    let (document, errors) = DeTable::parse_recoverable(text.text);
    let reading = Reading::plain(text.file, text.text);
    reading.syntax(&errors);
    let top = Section::new(&reading, String::new(), Some(1), Some(document.get_ref()));
    let read = errors.is_empty().then(|| match text.root {
        Some(key) => read(&top.named_section(key)),
        None => read(&top),
    });
    let mut faults = reading.faults.into_inner();
    faults.sort_by_key(|fault| fault.place.line.unwrap_or(0));
    read.filter(|_| faults.is_empty()).ok_or(faults)
}

fn base(section: &Section) -> Settings {
    let sides = [("selling", Side::Selling), ("buying", Side::Buying)];
    let name = section.optional_text("name").unwrap_or_default();
    let side = section.optional_word("side", &sides).unwrap_or_default();
    let seed = section.whole("seed", 0, WHOLE_MAX).unwrap_or(0);
    let days = section.whole("days", 1, DAYS_MAX).map(|days| days as u32);
    Settings {
        file: section.reading.file.into(),
        name,
        side,
        seed,
        days,
        reserve_micros: money(section, "reserve_usd"),
        opportunity_micros: money(section, "opportunity_usd").unwrap_or(0),
        reserve_parts: PARTS as i64,
        without_bidders: Vec::new(),
        rules: rules(section),
    }
}

/// What a scenario changes.
struct Change {
    scenario: Scenario,
    reserve_micros: Option<i64>,
    opportunity_micros: Option<i64>,
    reserve_parts: Option<i64>,
    without_rules: Vec<String>,
    without_bidders: Vec<String>,
    rules: Vec<RuleSpec>,
}

fn changes(section: &Section) -> Vec<Change> {
    let Some(all) = section.optional_section("scenario") else { return Vec::new() };
    let one = |name: String| {
        let section = all.named_section(&name);
        let change = change(&section, name);
        section.finish();
        change
    };
    all.names().into_iter().map(one).collect()
}

fn change(section: &Section, name: String) -> Change {
    let note = section.optional_text("note").unwrap_or_default();
    Change {
        scenario: Scenario { name, note },
        reserve_micros: money(section, "reserve_usd"),
        opportunity_micros: money(section, "opportunity_usd"),
        reserve_parts: decimal(section, "reserve_factor", FACTOR_MAX),
        without_rules: section.texts("without_rules").unwrap_or_default(),
        without_bidders: section.texts("without_bidders").unwrap_or_default(),
        rules: rules(section),
    }
}

fn changed(mut settings: Settings, change: Option<Change>) -> Settings {
    let Some(change) = change else { return settings };
    settings.name = format!("{} ({})", settings.name, change.scenario.name).trim().to_string();
    settings.reserve_micros = change.reserve_micros.or(settings.reserve_micros);
    settings.opportunity_micros = change.opportunity_micros.unwrap_or(settings.opportunity_micros);
    settings.reserve_parts = change.reserve_parts.unwrap_or(settings.reserve_parts);
    settings.rules.retain(|rule| !change.without_rules.contains(&rule.name));
    settings.rules.extend(change.rules);
    settings.without_bidders = change.without_bidders;
    settings
}

/// Dollars under a key, as micros.
fn money(section: &Section, key: &'static str) -> Option<i64> {
    let text = section.number_text(key)?;
    micros(text)
        .map_err(|why| {
            let (code, cause, action) = no_money(why, text);
            section.fault(code, key, cause, action);
        })
        .ok()
}

/// A number from 0 with six decimals, in parts of [`PARTS`].
fn decimal(section: &Section, key: &'static str, most: i64) -> Option<i64> {
    let text = section.number_text(key)?;
    let parts = micros(text).ok().filter(|&parts| parts <= most);
    if parts.is_none() {
        let cause = format!("{text} is not from 0 to {}", most / PARTS as i64);
        section.fault(
            "E106",
            key,
            cause,
            "write a number in that range, with six decimals at most",
        );
    }
    parts
}

/// All rules of a section.
fn rules(section: &Section) -> Vec<RuleSpec> {
    let mut specs = Vec::new();
    let mut of = |key: &'static str, read: fn(&Section) -> Option<Kind>| {
        for own in section.sections(key) {
            let name = own.optional_text("name").unwrap_or_else(|| key.to_string());
            let lots = which(&own);
            let kind = read(&own);
            own.finish();
            if let Some(kind) = kind {
                let (file, line, path) = (own.reading.file.into(), own.line, own.path.clone());
                specs.push(RuleSpec { name, file, line, path, lots, kind });
            }
        }
    };
    of("shared_capacity", |own| Some(Kind::SharedCapacity { most: needed(own, MOST)? }));
    of("bidder_share", |own| Some(Kind::BidderShare { most: needed(own, MOST)? }));
    of("set_aside", |own| Some(Kind::SetAside { least: needed(own, LEAST)? }));
    of("incumbents", |own| {
        let (who, least) = (Who::Incumbents, Some(needed(own, LEAST)?));
        Some(Kind::GroupVolume { who, least, most: None })
    });
    of("group_volume", |own| {
        let who = Who::Named(own.texts("bidders").unwrap_or_default());
        let (least, most) = (amount(own, LEAST), amount(own, MOST));
        Some(Kind::GroupVolume { who, least, most })
    });
    of("winners", winners);
    specs
}

fn which(section: &Section) -> Which {
    let lots = section.optional_text("lots");
    let columns: Vec<(&str, usize)> =
        LOT_COLUMNS.into_iter().enumerate().map(|(index, name)| (name, index)).collect();
    let each = section.optional_word("each", &columns);
    match (lots, each) {
        (Some(_), Some(_)) => {
            let cause = "a rule is for some lots or for each value of a column";
            section.fault("E400", "each", cause, "remove `lots` or `each`");
            Which::All
        }
        (None, Some(column)) => Which::Each(column),
        (Some(set), None) if set != "all" => Which::Set(set),
        _ => Which::All,
    }
}

/// Keys of an amount: in parcels a day, or as a share.
type AmountKeys = [&'static str; 2];
const LEAST: AmountKeys = ["least_parcels", "least_share"];
const MOST: AmountKeys = ["most_parcels", "most_share"];

fn amount(section: &Section, [parcels, share]: AmountKeys) -> Option<Amount> {
    let in_parcels = section.whole(parcels, 0, WHOLE_MAX).map(Amount::Parcels);
    let as_share = decimal(section, share, PARTS as i64).map(|parts| Amount::Share(parts as u64));
    if in_parcels.is_some() && as_share.is_some() {
        let cause = format!("both `{parcels}` and `{share}` are given");
        section.fault("E400", share, cause, "remove one of them");
    }
    in_parcels.or(as_share)
}

fn needed(section: &Section, keys: AmountKeys) -> Option<Amount> {
    let found = amount(section, keys);
    if found.is_none() {
        let cause = format!("the rule says neither `{}` nor `{}`", keys[0], keys[1]);
        section.fault("E400", keys[0], cause, "add one of them");
    }
    found
}

fn winners(section: &Section) -> Option<Kind> {
    let count = |key| section.whole(key, 0, u64::from(u32::MAX)).map(|count| count as u32);
    let (least, most) = (count("least").unwrap_or(0), count("most"));
    let least_parcels = section.whole("least_parcels", 0, WHOLE_MAX).unwrap_or(0);
    if let Some(most) = most.filter(|&most| most < least) {
        let cause = format!("at most {most} winners is less than at least {least}");
        section.fault("E416", "most", cause, "raise `most` or lower `least`");
    }
    Some(Kind::Winners { least, most, least_parcels })
}
