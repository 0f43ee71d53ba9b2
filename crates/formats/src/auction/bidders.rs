//! The table of bidders.

use postroad_model::Fault;
use postroad_model::auction::Bidder;

use super::BidderDetail;
use super::cells::{flag, name, optional_money, optional_whole};
use super::files::Source;
use crate::tables::reader::{Column, Row};
use crate::tables::{Index, TableResult};

const COLUMNS: [Column; 8] = [
    ("bidder", true),
    ("kind", false),
    ("budget_usd", false),
    ("least_parcels", false),
    ("most_parcels", false),
    ("most_bids", false),
    ("small", false),
    ("incumbent", false),
];

/// A bidder as a row says.
pub(super) struct BidderRow {
    pub(super) name: String,
    pub(super) bidder: Bidder,
    pub(super) detail: BidderDetail,
}

/// Reads the bidders, in the order of the table.
pub(super) fn read_bidders(source: Source) -> TableResult<BidderRow> {
    source.open(&COLUMNS)?.read_all("bidder", |row| {
        let name = name(row, "bidder");
        let bidder = bidder(row);
        let (small, incumbent) = (flag(row, "small"), flag(row, "incumbent"));
        let kind = row.text("kind");
        let detail = BidderDetail { kind, small: small?, incumbent: incumbent? };
        Some(BidderRow { name, bidder: bidder?, detail })
    })
}

fn bidder(row: &mut Row) -> Option<Bidder> {
    let budget = optional_money(row, "budget_usd");
    let least = optional_whole(row, "least_parcels", 0, u64::from(u32::MAX));
    let most = optional_whole(row, "most_parcels", 0, u64::from(u32::MAX));
    let bids = optional_whole(row, "most_bids", 0, u64::from(u32::MAX));
    let (least, most) = (least?.unwrap_or(0), most?);
    if let Some(most) = most.filter(|&most| most < least) {
        let cause = format!("at most {most} parcels is less than at least {least}");
        row.fault("E415", "most_parcels", cause, "raise it to the least or more");
    }
    Some(Bidder {
        budget_micros: budget?,
        least_parcels: least,
        most_parcels: most,
        most_bids: bids?.map(|bids| bids as u32),
    })
}

/// The position of the bidder that a row names.
pub(super) fn known_bidder(row: &mut Row, bidders: &Index) -> Option<u32> {
    match bidders.get(row.cell("bidder")) {
        Some(&position) => Some(position as u32),
        None => {
            let cause = format!("`{}` is not in the bidders", row.cell("bidder"));
            let action = "add it to the bidders or name one that is there";
            row.fault("E206", "bidder", cause, action);
            None
        }
    }
}

/// Faults of a table with one of them, for what is wrong with it as a whole.
pub(super) fn no_table(file: &str, what: &str) -> Vec<Fault> {
    use postroad_model::Place;
    vec![Fault {
        code: "E419",
        place: Place { file: file.into(), line: None, field: None },
        cause: format!("the market has no {what}"),
        action: "add the table; docs/formats.md lists its columns".into(),
    }]
}
