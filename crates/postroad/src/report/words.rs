//! Names from tables and files, in the words of the report.

/// What a channel is called on paper.
pub(crate) fn channel(name: &str) -> String {
    match name {
        "own_van" => "Own vans",
        "rural_hub" => "Rural hubs",
        "drone" => "Drones",
        "postal_unit" => "Post, handed over at delivery unit",
        "postal_centre" => "Post, handed over at processing centre",
        "third_party" => "Other carriers",
        other => other,
    }
    .to_owned()
}

/// A class of area in the middle of a sentence.
pub(crate) fn class(name: &str) -> String {
    name.replace('_', " ")
}
