//! Exclusive groups: named by the rows of bids, and in a table of their own where more than one
//! bid may win.

use std::collections::{BTreeMap, HashMap};

use postroad_model::auction::ExclusiveGroup;
use postroad_model::{BidId, Fault, Place};

use super::bidders::known_bidder;
use super::cells::{check_name, whole};
use super::files::Source;
use crate::tables::Index;
use crate::tables::reader::Row;

/// Longest list of groups of a bid, in bytes.
const GROUPS_MAX: usize = 10_000;

/// Groups while tables are read.
#[derive(Default)]
pub(super) struct Groups {
    index: HashMap<String, u32>,
    groups: Vec<Group>,
    members: Vec<Member>,
}

struct Group {
    name: String,
    at_most: u32,
    bidder: u32,
}

/// A row that names a group.
struct Member {
    group: u32,
    table: usize,
    row: u32,
}

/// The table of bids and the table of packages, both of which have rows that name groups.
pub(super) const BIDS: usize = 0;
pub(super) const PACKAGES: usize = 1;

impl Groups {
    /// Notes the groups that a row names, apart by semicolons.
    pub(super) fn join(&mut self, row: &mut Row, table: usize, position: u32, bidder: u32) {
        if row.cell("group").is_empty() {
            return;
        }
        let cell = row.text("group");
        if !check_name(row, "group", GROUPS_MAX) {
            return;
        }
        let names: Vec<&str> = cell.split(';').map(str::trim).collect();
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() {
                let cause = format!("a group of `{}` has no name", cell.escape_debug());
                row.fault("E203", "group", cause, "write one semicolon between two names");
                continue;
            }
            if names[..index].contains(name) {
                let cause = format!("the bid is in the group `{name}` twice");
                row.fault("E412", "group", cause, "name the group once");
                continue;
            }
            let group = self.group(name, bidder);
            if self.groups[group as usize].bidder != bidder {
                let cause = format!("the group `{name}` has bids of another bidder");
                row.fault("E413", "group", cause, "give each bidder groups of its own");
            }
            self.members.push(Member { group, table, row: position });
        }
    }

    fn group(&mut self, name: &str, bidder: u32) -> u32 {
        if let Some(&group) = self.index.get(name) {
            return group;
        }
        let group = self.groups.len() as u32;
        self.index.insert(name.to_string(), group);
        self.groups.push(Group { name: name.to_string(), at_most: 1, bidder });
        group
    }

    /// Reads how many bids of a group may win.
    pub(super) fn read(&mut self, source: Source, bidders: &Index) -> Result<(), Vec<Fault>> {
        let columns = [("group", true), ("bidder", false), ("at_most", true)];
        let table = source.open(&columns)?;
        let read = table.read_all("group", |row| {
            let at_most = whole(row, "at_most", 1, u64::from(u32::MAX));
            let Some(&group) = self.index.get(row.cell("group")) else {
                let cause = format!("no bid is in the group `{}`", row.cell("group"));
                row.fault("E414", "group", cause, "name it in the column `group` of its bids");
                return None;
            };
            let group = &mut self.groups[group as usize];
            if !row.cell("bidder").is_empty() && known_bidder(row, bidders)? != group.bidder {
                let cause = format!("the bids of the group `{}` are of another bidder", group.name);
                row.fault("E413", "bidder", cause, "name the bidder of its bids");
            }
            group.at_most = at_most? as u32;
            Some(())
        });
        read.map(|_| ())
    }

    /// The groups of the problem in the order of their first bids, with names. `bid` gives the bid
    /// of a row of a table; none if a scenario leaves it out.
    pub(super) fn build(
        self,
        bid: impl Fn(usize, u32) -> Option<BidId>,
    ) -> (Vec<ExclusiveGroup>, Vec<String>) {
        let mut bids: BTreeMap<u32, Vec<BidId>> = BTreeMap::new();
        for member in &self.members {
            let found = bid(member.table, member.row);
            bids.entry(member.group).or_default().extend(found);
        }
        let mut built: Vec<(ExclusiveGroup, &str)> = Vec::new();
        for (group, mut bids) in bids {
            bids.sort_unstable();
            bids.dedup();
            let Group { name, at_most, .. } = &self.groups[group as usize];
            if !bids.is_empty() {
                built.push((ExclusiveGroup { bids, at_most: *at_most }, name));
            }
        }
        built.sort_by(|a, b| (&a.0.bids, a.1).cmp(&(&b.0.bids, b.1)));
        let names = built.iter().map(|(_, name)| name.to_string()).collect();
        (built.into_iter().map(|(group, _)| group).collect(), names)
    }
}

/// A bid name that stands in both tables.
pub(super) fn both_tables(file: &str, line: u64, name: &str) -> Fault {
    Fault {
        code: "E409",
        place: Place { file: file.into(), line: Some(line), field: Some("bid".into()) },
        cause: format!("`{name}` is a bid for one lot already"),
        action: "give each bid a name of its own".into(),
    }
}
