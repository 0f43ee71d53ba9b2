//! Figures as people read them: one unit for a whole row, aligned digits, a true minus sign.

/// What a figure counts; decides unit, digits and how a difference is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Quantity {
    /// Dollars, shown in billions, millions or thousands.
    Usd,
    /// Dollars for one parcel, shown with cents.
    UsdPerParcel,
    /// Parcels or people, shown in billions, millions or thousands.
    Many,
    /// Things that are counted one by one.
    Count,
    /// A share from 0 to 1, shown as a percentage.
    Share,
}

/// How all figures of one row are written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Style {
    divisor: f64,
    decimals: usize,
    /// Unit for the row's head, such as `$ bn`.
    pub(crate) unit: &'static str,
}

impl Quantity {
    /// The style in which the largest of some figures has four digits or more.
    pub(crate) fn style(self, largest: f64) -> Style {
        let step = [1e9, 1e6, 1e3].iter().position(|&d| largest.abs() >= d).unwrap_or(3);
        let divisor = [1e9, 1e6, 1e3, 1.0][step];
        let decimals = match largest.abs() / divisor {
            _ if step == 3 => 0,
            x if x < 100.0 => 2,
            _ => 1,
        };
        match self {
            Quantity::Usd => Style { divisor, decimals, unit: ["$ bn", "$ m", "$ k", "$"][step] },
            Quantity::Many => Style { divisor, decimals, unit: ["bn", "m", "k", ""][step] },
            Quantity::UsdPerParcel => Style { divisor: 1.0, decimals: 2, unit: "$" },
            Quantity::Count => Style { divisor: 1.0, decimals: 0, unit: "" },
            Quantity::Share => Style { divisor: 0.01, decimals: 1, unit: "%" },
        }
    }
}

impl Style {
    /// Three digits that count, as running text has them.
    fn in_text(self, value: f64) -> Self {
        let decimals = match value.abs() / self.divisor {
            _ if self.divisor == 1.0 => 0,
            x if x < 9.995 => 2,
            x if x < 99.95 => 1,
            _ => 0,
        };
        Self { decimals, ..self }
    }

    /// The figure in the row's unit, without it.
    pub(crate) fn write(&self, value: f64) -> String {
        decimal(value / self.divisor, self.decimals)
    }

    /// A difference with its sign; a difference that rounds to nothing is `±0`.
    pub(crate) fn write_difference(&self, difference: f64) -> String {
        signed(&self.write(difference))
    }
}

/// The style of the parts of a sum: one unit for all, without decimals where the sum has billions.
pub(crate) fn style_of_parts(largest_usd: f64) -> Style {
    if largest_usd.abs() >= 1e9 {
        return Style { divisor: 1e6, decimals: 0, unit: "$ m" };
    }
    Quantity::Usd.style(largest_usd)
}

/// A figure with thousands separators and a true minus sign; what rounds to zero has no sign.
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value < 0.0 && digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Puts `+` before a positive figure and `±` before zero.
fn signed(text: &str) -> String {
    if text.starts_with('−') || text == "–" {
        text.to_owned()
    } else if text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        format!("+{text}")
    } else {
        "±0".to_owned()
    }
}

/// Dollars in running text: `$14.32 bn`, `$820 m`, `−$3.1 m`.
pub(crate) fn usd(value: f64) -> String {
    let style = Quantity::Usd.style(value).in_text(value);
    let sign = if value < 0.0 { "−" } else { "" };
    let unit = style.unit.trim_start_matches('$').trim();
    let gap = if unit.is_empty() { "" } else { "\u{a0}" };
    format!("{sign}${}{gap}{unit}", style.write(value.abs()))
}

/// A number of parcels or people in running text: `1.70 bn`.
pub(crate) fn many(value: f64) -> String {
    let style = Quantity::Many.style(value).in_text(value);
    let gap = if style.unit.is_empty() { "" } else { "\u{a0}" };
    format!("{}{gap}{}", style.write(value), style.unit)
}

/// A share in running text: `4.2 %`; small ones with more digits.
pub(crate) fn percent(share: f64) -> String {
    let decimals = if share.abs() < 0.01 { 2 } else { 1 };
    format!("{}\u{a0}%", decimal(share * 100.0, decimals))
}

/// A figure in little room: `1.7 bn`, `26`, `0.35`.
pub(crate) fn compact(value: f64) -> String {
    let steps = [(1e9, "bn"), (1e6, "m"), (1e4, "k")];
    match steps.into_iter().find(|(least, _)| value.abs() >= *least) {
        Some((_, "k")) => format!("{}\u{a0}k", plain(value / 1e3)),
        Some((divisor, unit)) => format!("{}\u{a0}{unit}", plain(value / divisor)),
        None => plain(value),
    }
}

/// A figure of the study as its author wrote it, without needless zeros.
pub(crate) fn plain(value: f64) -> String {
    let places = if value.abs() >= 1000.0 {
        0
    } else if value.abs() >= 1.0 {
        3
    } else {
        6
    };
    let text = decimal(value, places);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_share_a_unit() {
        let style = Quantity::Usd.style(14.3e9);
        assert_eq!((style.unit, style.write(14.32e9)), ("$ bn", "14.32".to_owned()));
        assert_eq!(style.write_difference(-0.46e9), "−0.46");
        assert_eq!(Quantity::Many.style(1.7e9).write(1.7e9), "1.70");
        assert_eq!(Quantity::Share.style(1.0).write(0.982), "98.2");
        assert_eq!(Quantity::Count.style(12_345.0).write(12_345.4), "12,345");
    }

    #[test]
    fn signs_are_honest() {
        let style = Quantity::UsdPerParcel.style(3.0);
        assert_eq!(style.write_difference(0.001), "±0");
        assert_eq!(style.write_difference(-0.001), "±0");
        assert_eq!(style.write_difference(0.25), "+0.25");
        assert_eq!(usd(-3.1e6), "−$3.10\u{a0}m");
        assert_eq!(usd(820.0), "$820");
        assert_eq!(decimal(f64::NAN, 1), "–");
    }

    #[test]
    fn plain_figures_keep_their_digits() {
        assert_eq!(plain(0.123), "0.123");
        assert_eq!(plain(1_700_000_000.0), "1,700,000,000");
        assert_eq!(plain(23.0), "23");
        assert_eq!(compact(1.7e9), "1.7\u{a0}bn");
        assert_eq!(compact(25_000.0), "25\u{a0}k");
    }
}
