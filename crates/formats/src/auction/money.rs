//! Money between text and whole millionths of a dollar, without rounding.

use postroad_model::auction::MICROS_PER_USD;

/// Decimals of a dollar that are kept.
const DECIMALS: usize = 6;
/// Largest amount in a cell: sums over a market must not overflow.
const USD_MAX: i64 = 1_000_000_000;

/// Why a text is no amount of money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoMoney {
    /// It is no number, or has more decimals than are kept.
    Unreadable,
    /// It is below 0.
    Negative,
    /// It is above a billion dollars.
    TooLarge,
}

/// Micros of an amount in dollars such as `2.35`.
pub fn micros(text: &str) -> Result<i64, NoMoney> {
    let (number, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let decimals = decimals.trim_end_matches('0');
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let readable = (!whole.is_empty() || !decimals.is_empty()) && decimals.len() <= DECIMALS;
    if !readable || !is_digits(whole) || !is_digits(decimals) {
        return Err(NoMoney::Unreadable);
    }
    let digits = |part: &str| part.bytes().fold(0i64, |n, byte| n * 10 + i64::from(byte - b'0'));
    let significant = whole.trim_start_matches('0');
    if significant.len() > 10 || digits(significant) > USD_MAX {
        return Err(if negative { NoMoney::Negative } else { NoMoney::TooLarge });
    }
    let scale = 10i64.pow((DECIMALS - decimals.len()) as u32);
    match digits(significant) * MICROS_PER_USD + digits(decimals) * scale {
        amount if negative && amount > 0 => Err(NoMoney::Negative),
        amount => Ok(amount),
    }
}

/// An amount in dollars with at least two decimals and no needless ones; reads back the same.
pub fn usd(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, part) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    if part.is_multiple_of(10_000) {
        return format!("{sign}{whole}.{:02}", part / 10_000);
    }
    format!("{sign}{whole}.{part:06}").trim_end_matches('0').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact() {
        let read = ["0", "2.35", "-0", ".5", "0.000001", "007.10", "1000000000", "1.1000000"];
        let expected = [0, 2_350_000, 0, 500_000, 1, 7_100_000, 1_000_000_000_000_000, 1_100_000];
        assert_eq!(read.map(|text| micros(text).unwrap()), expected);
        for amount in [0, 1, 10_000, 2_350_000, 1_234_567, 5_000_000] {
            assert_eq!(micros(&usd(amount)), Ok(amount));
        }
        assert_eq!([usd(2_350_000), usd(100), usd(-7_000_000)], ["2.35", "0.0001", "-7.00"]);
    }

    #[test]
    fn what_is_no_money() {
        for text in ["", ".", "-", "1e3", "1,5", "0.0000001", "$2", "nan", "+1", " 1", "1.-1"] {
            assert_eq!(micros(text), Err(NoMoney::Unreadable), "{text}");
        }
        for text in ["-1", "-0.01", "-99999999999999999999"] {
            assert_eq!(micros(text), Err(NoMoney::Negative), "{text}");
        }
        for text in ["1000000001", "99999999999999999999999"] {
            assert_eq!(micros(text), Err(NoMoney::TooLarge), "{text}");
        }
    }
}
