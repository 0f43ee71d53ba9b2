//! Reads an OpenStreetMap extract (`.osm.pbf`) in two passes: the ways that a van may drive, then
//! the places of their nodes. What lies outside the drivable ways is never kept in memory.

use std::io::{Read, Seek, SeekFrom};

use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock};
use postroad_model::routing::AMOUNT_MAX;
use postroad_model::{Fault, Place};

use crate::network::{MS_PER_CM_AT_KMH, Point, Road, RoadNetwork, piece_cm};
use crate::rules::{Passage, is_passable, passage};

/// Features of the format that this reader understands.
const FEATURES: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];
/// Most nodes of drivable ways, so that they can be numbered in 32 bits.
const NODES_MAX: usize = u32::MAX as usize / 2;

/// The drivable ways of an extract, by ids of nodes.
#[derive(Default)]
struct Ways {
    nodes: Vec<i64>,
    /// Where each way ends in `nodes`, and how it may be driven.
    ends: Vec<(usize, Passage)>,
}

/// What is known of the nodes of drivable ways.
struct Nodes {
    /// Ascending.
    ids: Vec<i64>,
    points: Vec<Option<Point>>,
    is_closed: Vec<bool>,
    /// How often ways pass; twice for their ends.
    uses: Vec<u8>,
}

/// Reads the roads of an extract; `file` is its name in faults.
pub fn read(file: &str, mut bytes: impl Read + Seek + Send) -> Result<RoadNetwork, Vec<Fault>> {
    let mut ways = Ways::default();
    let mut faults = Vec::new();
    each_block(file, &mut bytes, |block| ways.add(block)).map_err(|fault| vec![fault])?;
    if ways.nodes.len() > NODES_MAX {
        faults.push(fault(
            file,
            "E353",
            format!("the extract has more than {NODES_MAX} nodes of drivable ways"),
            "cut out the region that your stops are in",
        ));
        return Err(faults);
    }
    let mut nodes = Nodes::of(&ways);
    each_block(file, &mut bytes, |block| nodes.add(block)).map_err(|fault| vec![fault])?;
    let network = build(&ways, &nodes);
    if network.roads.is_empty() {
        faults.push(fault(
            file,
            "E352",
            "the extract has no roads that a van may drive from each other and back".to_string(),
            "use an extract with the ways of its highways and their nodes",
        ));
        return Err(faults);
    }
    Ok(network)
}

fn fault(file: &str, code: &'static str, cause: String, action: &str) -> Fault {
    let place = Place { file: file.to_string(), line: None, field: None };
    Fault { code, place, cause, action: action.to_string() }
}

/// Gives each block of elements of the extract, from its start.
fn each_block(
    file: &str,
    bytes: &mut (impl Read + Seek + Send),
    mut give: impl FnMut(&PrimitiveBlock),
) -> Result<(), Fault> {
    let strange = |cause: String| {
        let action = "use an OpenStreetMap extract in PBF format, named .osm.pbf";
        fault(file, "E350", format!("the file is no OpenStreetMap extract: {cause}"), action)
    };
    let damaged = |blob: usize, cause: String| {
        let cause = format!("the extract is cut short or damaged in its block {blob}: {cause}");
        fault(file, "E351", cause, "get the file again, and compare its checksum")
    };
    bytes.seek(SeekFrom::Start(0)).map_err(|error| strange(error.to_string()))?;
    let mut count = 0;
    for blob in BlobReader::new(bytes) {
        let decoded = blob.as_ref().map_err(ToString::to_string);
        let decoded = decoded.and_then(|blob| blob.decode().map_err(|error| error.to_string()));
        match decoded {
            Ok(BlobDecode::OsmHeader(header)) => {
                let unknown = |feature: &&String| !FEATURES.contains(&feature.as_str());
                if let Some(feature) = header.required_features().iter().find(unknown) {
                    return Err(strange(format!("it needs {feature:?}, which is not supported")));
                }
            }
            Ok(_) if count == 0 => return Err(strange("it does not begin with a header".into())),
            Ok(BlobDecode::OsmData(block)) => give(&block),
            Ok(BlobDecode::Unknown(_)) => {}
            Err(cause) if count == 0 => return Err(strange(cause)),
            Err(cause) => return Err(damaged(count, cause)),
        }
        count += 1;
    }
    if count == 0 { Err(strange("it is empty".into())) } else { Ok(()) }
}

impl Ways {
    /// Adds the drivable ways of a block.
    fn add(&mut self, block: &PrimitiveBlock) {
        for way in block.groups().flat_map(|group| group.ways()) {
            let tags: Vec<(&str, &str)> = way.tags().collect();
            if let Some(passage) = passage(&tags) {
                self.nodes.extend(way.refs());
                self.ends.push((self.nodes.len(), passage));
            }
        }
    }

    /// The nodes of each way, and how it may be driven.
    fn each(&self) -> impl Iterator<Item = (&[i64], Passage)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(end, _)| end));
        starts.zip(&self.ends).map(|(start, &(end, passage))| (&self.nodes[start..end], passage))
    }
}

impl Nodes {
    /// The nodes of drivable ways, places unknown.
    fn of(ways: &Ways) -> Self {
        let mut ids = ways.nodes.clone();
        ids.sort_unstable();
        ids.dedup();
        let count = ids.len();
        let mut nodes = Self {
            ids,
            points: vec![None; count],
            is_closed: vec![false; count],
            uses: vec![0; count],
        };
        for (way, _) in ways.each() {
            for id in way.iter().chain(way.first()).chain(way.last()) {
                let index = nodes.index(*id).expect("every node of a way is listed");
                nodes.uses[index] = nodes.uses[index].saturating_add(1);
            }
        }
        nodes
    }

    fn index(&self, id: i64) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }

    /// Places the nodes of a block that drivable ways have.
    fn add(&mut self, block: &PrimitiveBlock) {
        for element in block.elements() {
            match element {
                Element::Node(node) => {
                    let nano = [node.nano_lat(), node.nano_lon()];
                    self.place(node.id(), nano, || is_passable(node.tags()));
                }
                Element::DenseNode(node) => {
                    let nano = [node.nano_lat(), node.nano_lon()];
                    self.place(node.id(), nano, || is_passable(node.tags()));
                }
                Element::Way(_) | Element::Relation(_) => {}
            }
        }
    }

    /// Places a node given in billionths of a degree; a place that is not on earth stays unknown.
    fn place(&mut self, id: i64, nano: [i64; 2], is_passable: impl FnOnce() -> bool) {
        const NANO: i64 = 1_000_000_000;
        let is_on_earth = (-90 * NANO..=90 * NANO).contains(&nano[0])
            && (-180 * NANO..=180 * NANO).contains(&nano[1]);
        if let (true, Some(index)) = (is_on_earth, self.index(id)) {
            self.points[index] = Some(nano.map(|value| (value / 100) as i32));
            self.is_closed[index] = !is_passable();
        }
    }
}

/// Cuts ways at junctions, at barriers and where the extract ends.
fn build(ways: &Ways, nodes: &Nodes) -> RoadNetwork {
    let mut drawn = Drawn {
        nodes,
        junction_of: vec![None; nodes.ids.len()],
        junctions: 0,
        roads: Vec::new(),
        shape: Vec::new(),
    };
    for (way, passage) in ways.each() {
        let index = |id: &i64| nodes.index(*id).expect("every node of a way is listed");
        let way: Vec<usize> = way.iter().map(index).collect();
        for known in way.split(|&node| nodes.points[node].is_none()) {
            let mut start = 0;
            for end in 1..known.len() {
                let node = known[end];
                let is_last = end + 1 == known.len();
                if is_last || nodes.uses[node] > 1 || nodes.is_closed[node] {
                    drawn.road(&known[start..=end], passage);
                    start = end;
                }
            }
        }
    }
    RoadNetwork::new(drawn.roads, drawn.shape, drawn.junctions as usize)
}

/// Roads drawn so far.
struct Drawn<'a> {
    nodes: &'a Nodes,
    junction_of: Vec<Option<u32>>,
    junctions: u32,
    roads: Vec<Road>,
    shape: Vec<Point>,
}

impl Drawn<'_> {
    /// The junction at a node. At a barrier each road ends by itself.
    fn junction(&mut self, node: usize) -> u32 {
        if let (Some(junction), false) = (self.junction_of[node], self.nodes.is_closed[node]) {
            return junction;
        }
        self.junctions += 1;
        self.junction_of[node] = Some(self.junctions - 1);
        self.junctions - 1
    }

    /// Draws a road along nodes whose places are known.
    fn road(&mut self, nodes: &[usize], passage: Passage) {
        let (from, to) = (self.junction(nodes[0]), self.junction(nodes[nodes.len() - 1]));
        let start = self.shape.len();
        self.shape.extend(nodes.iter().filter_map(|&node| self.nodes.points[node]));
        let pieces = self.shape[start..].windows(2).map(|pair| piece_cm(pair[0], pair[1]));
        let (cm, most) = (pieces.sum::<f64>(), f64::from(AMOUNT_MAX));
        let time = |kmh: f64| (cm * MS_PER_CM_AT_KMH / kmh).round().min(most) as u32;
        self.roads.push(Road {
            from,
            to,
            length_cm: cm.round().min(most) as u32,
            forward_ms: passage.forward_kmh.map(time),
            backward_ms: passage.backward_kmh.map(time),
            shape: start..self.shape.len(),
        });
    }
}
