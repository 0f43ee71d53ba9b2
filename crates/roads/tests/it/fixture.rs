//! Writes small extracts, so that tests need none of OpenStreetMap: the parts of its PBF format
//! that roads are made of, not compressed.

/// Tags as keys and values.
pub(crate) type Tags = &'static [(&'static str, &'static str)];

/// An extract to be written.
#[derive(Clone, Default)]
pub(crate) struct Extract {
    /// Id, latitude and longitude in ten-millionths of a degree, tags.
    pub(crate) nodes: Vec<(i64, i64, i64, Tags)>,
    /// Ids of nodes, tags.
    pub(crate) ways: Vec<(Vec<i64>, Tags)>,
}

/// A field of a message: its number and its bytes.
fn bytes_field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    varint(bytes.len() as u64, &mut field);
    field.extend_from_slice(bytes);
    field
}

fn number_field(number: u8, value: u64) -> Vec<u8> {
    let mut field = vec![number << 3];
    varint(value, &mut field);
    field
}

fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn packed(number: u8, values: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.into_iter().for_each(|value| varint(value, &mut bytes));
    bytes_field(number, &bytes)
}

/// Differences of neighbours, signs in the lowest bit.
fn deltas(number: u8, values: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut last = 0;
    packed(
        number,
        values.into_iter().map(|value| {
            let delta: i64 = value - last;
            last = value;
            (delta << 1 ^ delta >> 63) as u64
        }),
    )
}

/// A block with its header.
pub(crate) fn blob(kind: &str, content: &[u8]) -> Vec<u8> {
    let blob = [bytes_field(1, content), number_field(2, content.len() as u64)].concat();
    let header = [bytes_field(1, kind.as_bytes()), number_field(3, blob.len() as u64)].concat();
    [(header.len() as u32).to_be_bytes().to_vec(), header, blob].concat()
}

/// The header of an extract that needs some features of its reader.
pub(crate) fn header(features: &[&str]) -> Vec<u8> {
    let features = features.iter().map(|feature| bytes_field(4, feature.as_bytes()));
    blob("OSMHeader", &features.collect::<Vec<_>>().concat())
}

impl Extract {
    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let features = ["OsmSchema-V0.6", "DenseNodes"];
        [header(&features), blob("OSMData", &self.block())].concat()
    }

    fn block(&self) -> Vec<u8> {
        let mut words = vec![""];
        let mut word = |text| match words.iter().position(|w| *w == text) {
            Some(index) => index as u64,
            None => {
                words.push(text);
                words.len() as u64 - 1
            }
        };
        let mut node_tags = Vec::new();
        for (_, _, _, tags) in &self.nodes {
            tags.iter().for_each(|(key, value)| node_tags.extend([word(key), word(value)]));
            node_tags.push(0);
        }
        let dense = [
            deltas(1, self.nodes.iter().map(|node| node.0)),
            deltas(8, self.nodes.iter().map(|node| node.1)),
            deltas(9, self.nodes.iter().map(|node| node.2)),
            packed(10, node_tags),
        ];
        let mut groups = bytes_field(2, &bytes_field(2, &dense.concat()));
        for (id, (nodes, tags)) in self.ways.iter().enumerate() {
            let keys: Vec<u64> = tags.iter().map(|(key, _)| word(key)).collect();
            let values: Vec<u64> = tags.iter().map(|(_, value)| word(value)).collect();
            let way = [
                number_field(1, id as u64 + 1),
                packed(2, keys),
                packed(3, values),
                deltas(8, nodes.iter().copied()),
            ];
            groups.extend(bytes_field(2, &bytes_field(3, &way.concat())));
        }
        let table: Vec<u8> = words.iter().flat_map(|w| bytes_field(1, w.as_bytes())).collect();
        [bytes_field(1, &table), groups].concat()
    }
}
