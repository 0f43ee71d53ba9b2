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

/// A unit of the study as people write it: `usd/parcel` as `$ a parcel`. Pure numbers have none.
pub(crate) fn unit(unit: &str) -> String {
    let mut parts = unit.split('/');
    let whole = match parts.next().unwrap_or("") {
        "usd" => "$",
        "count" | "factor" | "exponent" => "",
        "km2" => "km²",
        "yr" => "years",
        other => other,
    };
    let each = parts.map(|part| match part {
        "yr" => "a year",
        "h" => "an hour",
        "day" => "a day",
        "week" => "a week",
        "quarter" => "a quarter",
        "parcel" => "a parcel",
        "stop" => "a stop",
        "household" => "a household",
        "km" => "a km",
        "km2" => "a km²",
        other => other,
    });
    let words: Vec<&str> = std::iter::once(whole).chain(each).collect();
    words.join(" ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_as_words() {
        assert_eq!(unit("usd/parcel"), "$ a parcel");
        assert_eq!(unit("parcels/household/day"), "parcels a household a day");
        assert_eq!(unit("count"), "");
        assert_eq!(unit("people/km2"), "people a km²");
    }
}
