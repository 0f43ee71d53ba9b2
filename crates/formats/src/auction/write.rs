//! Writes a market as the files it can be read from.

use std::io::{self, Write};

use postroad_model::auction::{Offer, Rule, Side};
use postroad_model::id::Id;
use postroad_model::{BidId, LotSetId};
use serde_json::{Map, Value, json};

use super::Market;
use super::files::{SETTINGS, inline};
use super::lots::LOT_COLUMNS;
use super::money::usd;

type Cells = Vec<String>;

/// A table to be written, row by row, so that a million rows are never held in memory.
pub struct WrittenTable<'a> {
    /// Its name, such as `bids`.
    pub name: &'static str,
    columns: Vec<&'static str>,
    rows: Box<dyn Iterator<Item = Cells> + 'a>,
}

impl WrittenTable<'_> {
    /// Writes it as CSV.
    pub fn csv(self, to: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(&self.columns)?;
        for row in self.rows {
            writer.write_record(&row)?;
        }
        writer.flush()
    }

    /// The table as a list of objects, without empty cells.
    fn json(self) -> Value {
        let object = |row: Cells| {
            let cells = self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
            let value = |column: &str, cell: String| match cell.parse::<u64>() {
                Ok(number) if COUNTS.contains(&column) => json!(number),
                _ => json!(cell),
            };
            cells.map(|(column, cell)| (column.to_string(), value(column, cell))).collect()
        };
        self.rows.map(|row| Value::Object(object(row))).collect()
    }
}

/// Columns of whole numbers; money stays text in JSON, so that no reader rounds it.
const COUNTS: [&str; 8] = [
    "parcels_per_day",
    "days",
    "step",
    "least_parcels",
    "parcels",
    "most_parcels",
    "most_bids",
    "at_most",
];

/// The tables of a market, without those that would be empty.
pub fn tables(market: &Market) -> Vec<WrittenTable<'_>> {
    let [bids, packages, items] = offers(market);
    let all = [lots(market), lot_sets(market), bidders(market), bids, packages, items];
    let all = all.into_iter().chain([groups(market)]);
    all.filter_map(|mut table| {
        let mut rows = table.rows.peekable();
        rows.peek()?;
        table.rows = Box::new(rows);
        Some(table)
    })
    .collect()
}

/// The text of `market.toml`: rules are written out for named sets of lots.
pub fn settings(market: &Market) -> String {
    let Value::Object(fields) = settings_json(market) else { return String::new() };
    let is_list = |value: &Value| value.as_array().is_some_and(|a| a.iter().all(Value::is_object));
    let line = |(key, value): (&String, &Value)| format!("{key} = {}\n", inline(value));
    let (lists, plain): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, value)| is_list(value));
    let mut text: String = plain.into_iter().map(line).collect();
    for (key, list) in lists {
        for rule in list.as_array().into_iter().flatten() {
            let fields = rule.as_object().into_iter().flatten();
            text.push_str(&format!("\n[[{key}]]\n{}", fields.map(line).collect::<String>()));
        }
    }
    text
}

/// A market as one JSON text.
pub fn json(market: &Market) -> String {
    let mut parts = Map::new();
    parts.insert(SETTINGS.into(), settings_json(market));
    for table in tables(market) {
        parts.insert(table.name.into(), table.json());
    }
    let mut text =
        serde_json::to_string_pretty(&Value::Object(parts)).expect("a market has string keys only");
    text.push('\n');
    text
}

fn settings_json(market: &Market) -> Value {
    let mut fields = Map::new();
    let mut set = |key: &str, value: Value| {
        fields.insert(key.into(), value);
    };
    set("name", json!(market.names.market));
    let side = match market.problem.side {
        Side::Selling => "selling",
        Side::Buying => "buying",
    };
    set("side", json!(side));
    set("seed", json!(market.names.seed));
    for (rule, name) in market.problem.rules.iter().zip(&market.names.rules) {
        let (key, mut value) = rule_json(market, rule);
        value["name"] = json!(name);
        let list = fields.entry(key).or_insert_with(|| json!([]));
        list.as_array_mut().into_iter().for_each(|list| list.push(value.clone()));
    }
    Value::Object(fields)
}

fn rule_json(market: &Market, rule: &Rule) -> (&'static str, Value) {
    let set = |id: &LotSetId| market.names.lot_sets[*id].as_str();
    match rule {
        Rule::SharedCapacity { lots, most_parcels } => {
            ("shared_capacity", json!({ "lots": set(lots), "most_parcels": most_parcels }))
        }
        Rule::BidderShare { lots, most_parcels } => {
            ("bidder_share", json!({ "lots": set(lots), "most_parcels": most_parcels }))
        }
        Rule::GroupVolume { bidders, lots, least_parcels, most_parcels } => {
            let names: Vec<&str> = bidders.iter().map(|&id| &market.names.bidders[id]).collect();
            let mut value =
                json!({ "lots": set(lots), "bidders": names, "least_parcels": least_parcels });
            if let Some(most) = most_parcels {
                value["most_parcels"] = json!(most);
            }
            ("group_volume", value)
        }
        Rule::Winners { lots, least, most, least_parcels } => {
            let mut value =
                json!({ "lots": set(lots), "least": least, "least_parcels": least_parcels });
            if let Some(most) = most {
                value["most"] = json!(most);
            }
            ("winners", value)
        }
    }
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn flag(is: bool) -> String {
    if is { "true".into() } else { String::new() }
}

fn lots(market: &Market) -> WrittenTable<'_> {
    let columns = ["lot"].into_iter().chain(LOT_COLUMNS).chain([
        "parcels_per_day",
        "days",
        "reserve_usd",
        "opportunity_usd",
        "required",
        "lat",
        "lon",
    ]);
    let rows = market.problem.lots.iter_ids().map(|(id, lot)| {
        let detail = &market.lots[id];
        let mut cells = vec![market.names.lots[id].to_string()];
        cells.extend(detail.words.iter().cloned());
        cells.push(lot.parcels_per_day.to_string());
        cells.push(lot.days.to_string());
        cells.push(optional(lot.reserve_micros.map(usd)));
        cells.push(usd(lot.opportunity_micros));
        cells.push(flag(lot.required));
        cells.push(optional(detail.point.map(|point| point.latitude)));
        cells.push(optional(detail.point.map(|point| point.longitude)));
        cells
    });
    WrittenTable { name: "lots", columns: columns.collect(), rows: Box::new(rows) }
}

fn lot_sets(market: &Market) -> WrittenTable<'_> {
    let rows = market.problem.lot_sets.iter_ids().flat_map(move |(set, lots)| {
        let row =
            move |&lot| vec![market.names.lot_sets[set].clone(), market.names.lots[lot].into()];
        lots.iter().map(row)
    });
    WrittenTable { name: "lot_sets", columns: vec!["set", "lot"], rows: Box::new(rows) }
}

fn bidders(market: &Market) -> WrittenTable<'_> {
    let columns = vec![
        "bidder",
        "kind",
        "budget_usd",
        "least_parcels",
        "most_parcels",
        "most_bids",
        "small",
        "incumbent",
    ];
    let rows = market.problem.bidders.iter_ids().map(|(id, bidder)| {
        let detail = &market.bidders[id];
        vec![
            market.names.bidders[id].to_string(),
            detail.kind.clone(),
            optional(bidder.budget_micros.map(usd)),
            optional(Some(bidder.least_parcels).filter(|&least| least > 0)),
            optional(bidder.most_parcels),
            optional(bidder.most_bids),
            flag(detail.small),
            flag(detail.incumbent),
        ]
    });
    WrittenTable { name: "bidders", columns, rows: Box::new(rows) }
}

/// Bids, packages and what is in them.
fn offers(market: &Market) -> [WrittenTable<'_>; 3] {
    let groups = groups_of(market);
    let in_packages = groups.clone();
    let ids = || market.problem.bids.iter_ids();
    let bids = ids().flat_map(move |(id, bid)| {
        let group = groups[id.index()].join(";");
        let Offer::Schedule { lot, least_parcels, .. } = bid.offer else { return Vec::new() };
        let steps = market.problem.steps(id);
        let row = |(index, step): (usize, &postroad_model::auction::Step)| {
            vec![
                market.names.bids[id].to_string(),
                market.names.bidders[bid.bidder].to_string(),
                market.names.lots[lot].to_string(),
                optional((steps.len() > 1).then_some(index + 1)),
                optional(Some(least_parcels).filter(|&least| least > 0)),
                step.parcels.to_string(),
                usd(step.price_micros),
                group.clone(),
            ]
        };
        steps.iter().enumerate().map(row).collect()
    });
    let packages = ids().filter_map(move |(id, bid)| {
        let Offer::Package { amount_micros, .. } = bid.offer else { return None };
        Some(vec![
            market.names.bids[id].to_string(),
            market.names.bidders[bid.bidder].to_string(),
            usd(amount_micros),
            in_packages[id.index()].join(";"),
        ])
    });
    let items = ids().flat_map(move |(id, _)| {
        market.problem.items(id).iter().map(move |item| {
            let lot = market.names.lots[item.lot].to_string();
            vec![market.names.bids[id].to_string(), lot, item.parcels.to_string()]
        })
    });
    let bid_columns =
        ["bid", "bidder", "lot", "step", "least_parcels", "parcels", "price_usd", "group"];
    [
        WrittenTable { name: "bids", columns: bid_columns.to_vec(), rows: Box::new(bids) },
        WrittenTable {
            name: "packages",
            columns: vec!["bid", "bidder", "amount_usd", "group"],
            rows: Box::new(packages),
        },
        WrittenTable {
            name: "package_items",
            columns: vec!["bid", "lot", "parcels"],
            rows: Box::new(items),
        },
    ]
}

/// The groups of each bid.
fn groups_of(market: &Market) -> Vec<Vec<&str>> {
    let mut groups = vec![Vec::new(); market.problem.bids.len()];
    for (group, name) in market.problem.groups.iter().zip(&market.names.groups) {
        for &bid in &group.bids {
            groups[BidId::index(bid)].push(name.as_str());
        }
    }
    groups
}

/// Groups of which more than one bid may win; for the others their bids say all.
fn groups(market: &Market) -> WrittenTable<'_> {
    let all = market.problem.groups.iter().zip(&market.names.groups);
    let rows = all.filter(|(group, _)| group.at_most > 1).map(|(group, name)| {
        let bidder = group.bids.first().map(|&bid| market.problem.bids[bid].bidder);
        let bidder = bidder.map(|id| market.names.bidders[id].to_string());
        vec![name.clone(), optional(bidder), group.at_most.to_string()]
    });
    let columns = vec!["group", "bidder", "at_most"];
    WrittenTable { name: "groups", columns, rows: Box::new(rows) }
}
