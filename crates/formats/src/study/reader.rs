//! Reads a TOML document field by field and collects every fault on the way, each with its line.
//!
//! A field that is missing or wrong is reported and read as NaN, an empty text or an empty list,
//! so that reading goes on and one run finds all faults.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;

use postroad_model::network::AreaClass;
use postroad_model::{Fault, Place};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::{ByClass, Quantity};
use super::units::Is;
use crate::locate::{Lines, nearest};

/// One reading of one file: where faults and quantities are collected.
pub(crate) struct Reading<'a> {
    pub(crate) file: &'a str,
    pub(super) lines: Lines,
    /// Values that replace those of the file, by path.
    pub(super) overrides: &'a BTreeMap<String, f64>,
    pub(super) source_keys: Vec<String>,
    pub(crate) faults: RefCell<Vec<Fault>>,
    pub(super) quantities: RefCell<Vec<Quantity>>,
}

/// No values are replaced.
static NO_OVERRIDES: BTreeMap<String, f64> = BTreeMap::new();

impl<'a> Reading<'a> {
    /// A reading of a file without quantities.
    pub(crate) fn plain(file: &'a str, text: &str) -> Self {
        Self {
            file,
            lines: Lines::of(text),
            overrides: &NO_OVERRIDES,
            source_keys: Vec::new(),
            faults: RefCell::default(),
            quantities: RefCell::default(),
        }
    }

    /// Reports what makes the text no TOML.
    pub(crate) fn syntax(&self, errors: &[toml::de::Error]) {
        for error in errors {
            let line = error.span().map(|s| self.lines.line(s.start));
            let cause = format!("the file is not valid TOML, {}", one_line(error.message()));
            let action = "correct the line; https://toml.io has the rules";
            self.fault("E101", line, "", cause, action);
        }
    }

    pub(crate) fn fault(
        &self,
        code: &'static str,
        line: Option<u64>,
        field: &str,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        let field = (!field.is_empty()).then(|| field.to_string());
        let place = Place { file: self.file.into(), line, field };
        let fault = Fault { code, place, cause: cause.into(), action: action.into() };
        self.faults.borrow_mut().push(fault);
    }

    fn line(&self, span: Range<usize>) -> Option<u64> {
        Some(self.lines.line(span.start))
    }

    /// Reports a word that is not one of the known ones.
    pub(crate) fn unknown_word(
        &self,
        line: Option<u64>,
        field: &str,
        word: &str,
        known: &[impl AsRef<str>],
    ) {
        let action = match nearest(word, known.iter().map(AsRef::as_ref)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "name one that the study defines".into(),
            None => {
                let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
                format!("write one of {}", known.join(", "))
            }
        };
        self.fault("E109", line, field, format!("`{word}` is not known here"), action);
    }
}

/// A table of the document with its path; remembers which keys were asked for.
pub(crate) struct Section<'a> {
    pub(crate) reading: &'a Reading<'a>,
    pub(crate) path: String,
    pub(crate) line: Option<u64>,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
    open: Cell<bool>,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        reading: &'a Reading<'a>,
        path: String,
        line: Option<u64>,
        table: Option<&'a DeTable<'a>>,
    ) -> Self {
        Self { reading, path, line, table, asked: RefCell::default(), open: Cell::new(false) }
    }

    /// The dotted path of a key in this table.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    pub(crate) fn fault(
        &self,
        code: &'static str,
        key: &str,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        let line = self.line_of(key).or(self.line);
        self.reading.fault(code, line, &self.path_of(key), cause, action);
    }

    /// The line of a key's value, if the key is there.
    pub(crate) fn line_of(&self, key: &str) -> Option<u64> {
        let (_, value) = self.table?.iter().find(|(k, _)| k.get_ref() == key)?;
        self.reading.line(value.span())
    }

    /// Keys may be anything: they are names, not fields.
    pub(crate) fn names(&self) -> Vec<String> {
        self.open.set(true);
        self.table.iter().flat_map(|t| t.keys()).map(|k| k.get_ref().to_string()).collect()
    }

    fn find(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let table = self.table?;
        table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }

    pub(super) fn has(&self, key: &'static str) -> bool {
        self.asked.borrow_mut().push(key);
        self.find(key).is_some()
    }

    fn optional(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        self.find(key)
    }

    fn required(&self, key: &'static str, what: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let found = self.optional(key);
        if found.is_none() && self.table.is_some() {
            let action = format!("add `{key}` to {}", self.name());
            self.fault("E102", key, format!("{what} is missing"), action);
        }
        found
    }

    fn name(&self) -> String {
        if self.path.is_empty() { "the study".into() } else { format!("[{}]", self.path) }
    }

    fn wrong_type(&self, key: &str, found: &Spanned<DeValue<'_>>, expected: &str) {
        let cause = format!("expected {expected}, found {}", type_name(found.get_ref()));
        let line = self.reading.line(found.span());
        let action = format!("write `{key}` as {expected}");
        self.reading.fault("E103", line, &self.path_of(key), cause, action);
    }

    fn typed<T>(
        &self,
        key: &str,
        found: Option<&'a Spanned<DeValue<'a>>>,
        expected: &str,
        read: impl Fn(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = read(found?.get_ref());
        if value.is_none() {
            self.wrong_type(key, found?, expected);
        }
        value
    }

    pub(super) fn text(&self, key: &'static str) -> String {
        let found = self.required(key, "a text");
        self.typed(key, found, "a text", DeValue::as_str).unwrap_or_default().into()
    }

    /// The text under a name that the file chose.
    pub(super) fn text_named(&self, name: &str) -> String {
        self.typed(name, self.find(name), "a text", DeValue::as_str).unwrap_or_default().into()
    }

    pub(crate) fn optional_text(&self, key: &'static str) -> Option<String> {
        let found = self.optional(key);
        self.typed(key, found, "a text", DeValue::as_str).map(Into::into)
    }

    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let found = self.optional(key);
        self.typed(key, found, "true or false", DeValue::as_bool)
    }

    /// A whole number without unit or source: a setting of the method, not a fact.
    pub(crate) fn whole(&self, key: &'static str, min: u64, max: u64) -> Option<u64> {
        let found = self.optional(key);
        let number = self.typed(key, found, "a whole number", number)?;
        if number.fract() == 0.0 && number >= min as f64 && number <= max as f64 {
            return Some(number as u64);
        }
        let cause = format!("{number} is not a whole number from {min} to {max}");
        self.fault("E106", key, cause, "write a whole number in that range");
        None
    }

    /// A number as it is written, for whoever must not round it.
    pub(crate) fn number_text(&self, key: &'static str) -> Option<&'a str> {
        let found = self.optional(key);
        self.typed(key, found, "a number", |value| match value {
            DeValue::Integer(i) if i.radix() == 10 => Some(i.as_str()),
            DeValue::Float(f) => Some(f.as_str()),
            _ => None,
        })
    }

    /// A list of texts; a single text counts as a list of one.
    pub(crate) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        let found = self.optional(key)?;
        if let Some(one) = found.get_ref().as_str() {
            return Some(vec![one.into()]);
        }
        let array = self.typed(key, Some(found), "a list of texts", DeValue::as_array)?;
        let mut texts = Vec::new();
        for item in array {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.into()),
                None => self.wrong_type(key, item, "a list of texts"),
            }
        }
        Some(texts)
    }

    /// One of a few words; reported and `None` if it is another.
    pub(super) fn word<T: Copy>(&self, key: &'static str, known: &[(&str, T)]) -> Option<T> {
        let word = self.text(key);
        self.meaning(key, &word, known)
    }

    /// As [`Self::word`], for a key that may be left out.
    pub(crate) fn optional_word<T: Copy>(
        &self,
        key: &'static str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let word = self.optional_text(key)?;
        self.meaning(key, &word, known)
    }

    pub(super) fn meaning<T: Copy>(&self, key: &str, word: &str, known: &[(&str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == word).map(|&(_, meaning)| meaning);
        if found.is_none() && !word.is_empty() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            self.reading.unknown_word(self.line_of(key), &self.path_of(key), word, &names);
        }
        found
    }

    /// A table; if it is missing, that is reported once and its fields read as absent.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let found = self.required(key, "the table");
        self.subsection(key, found)
    }

    pub(crate) fn optional_section(&self, key: &'static str) -> Option<Section<'a>> {
        let found = self.optional(key)?;
        Some(self.subsection(key, Some(found)))
    }

    /// A table under a name that the file chose.
    pub(crate) fn named_section(&self, name: &str) -> Section<'a> {
        self.subsection(name, self.find(name))
    }

    fn subsection(&self, key: &str, found: Option<&'a Spanned<DeValue<'a>>>) -> Section<'a> {
        let table = self.typed(key, found, "a table", DeValue::as_table);
        let line = found.and_then(|f| self.reading.line(f.span())).or(self.line);
        Section::new(self.reading, self.path_of(key), line, table)
    }

    /// A list of tables, numbered from 1 in paths: `tiers[1]`.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let found = self.optional(key);
        let Some(array) = self.typed(key, found, "a list of tables", DeValue::as_array) else {
            return Vec::new();
        };
        let one = |(i, item): (usize, &'a Spanned<DeValue<'a>>)| {
            let path = self.path_of(&format!("{key}[{}]", i + 1));
            let table = self.typed(key, Some(item), "a list of tables", DeValue::as_table);
            Section::new(self.reading, path, self.reading.line(item.span()), table)
        };
        array.iter().enumerate().map(one).collect()
    }

    /// A number with unit and source; NaN after a fault.
    pub(super) fn quantity(&self, key: &'static str, is: Is) -> f64 {
        self.required(key, "the number").map_or(f64::NAN, |found| self.quantity_in(key, found, is))
    }

    pub(super) fn optional_quantity(&self, key: &'static str, is: Is) -> Option<f64> {
        self.optional(key).map(|found| self.quantity_in(key, found, is))
    }

    /// A number for each class: one quantity for all, or a table with one for each class.
    pub(super) fn by_class(&self, key: &'static str, is: Is) -> ByClass<f64> {
        let Some(found) = self.required(key, "the number") else {
            return ByClass::all(f64::NAN);
        };
        let single = found.get_ref().as_table().is_none_or(|t| t.contains_key("value"));
        if single {
            return ByClass::all(self.quantity_in(key, found, is));
        }
        let table = self.subsection(key, Some(found));
        let values = ByClass::from_fn(|class: AreaClass| table.quantity(class.name(), is));
        table.finish();
        values
    }

    fn quantity_in(&self, key: &str, found: &'a Spanned<DeValue<'a>>, is: Is) -> f64 {
        let expected = format!("{{ value, unit = \"{}\", source }}", is.unit);
        if self.typed(key, Some(found), &expected, DeValue::as_table).is_none() {
            return f64::NAN;
        }
        let table = self.subsection(key, Some(found));
        let mut value = table.number("value", is);
        let source = table.unit_and_source(is);
        let note = table.optional_text("note");
        let (has_low, has_high) = (table.has("low"), table.has("high"));
        if has_low != has_high {
            let cause = "an uncertain number has both a low and a high";
            table.fault("E107", "low", cause, "give both `low` and `high`, or neither");
        }
        let range =
            (has_low && has_high).then(|| (table.number("low", is), table.number("high", is)));
        if range.is_some_and(|(low, high)| low > value || value > high) {
            let (low, high) = range.unwrap_or_default();
            let cause = format!("low ≤ value ≤ high is needed, found {low}, {value}, {high}");
            table.fault("E107", "value", cause, "put them in order");
        }
        table.finish();
        if let Some(other) = self.reading.overrides.get(&table.path) {
            value = *other;
            table.check_range("value", value, is);
        }
        self.reading.quantities.borrow_mut().push(Quantity {
            path: table.path.clone(),
            unit: is.unit,
            value,
            range,
            source: source.join(", "),
            note,
            line: table.line,
        });
        value
    }

    /// A list of numbers that share a unit and a source: `{ values = [...], unit, source }`.
    pub(super) fn series(&self, key: &'static str, is: Is) -> Vec<f64> {
        let table = self.section(key);
        let found = table.required("values", "the list of numbers");
        let array = table.typed("values", found, "a list of numbers", DeValue::as_array);
        let mut values = Vec::new();
        for item in array.into_iter().flatten() {
            match number(item.get_ref()) {
                Some(value) => values.push(table.check_range("values", value, is)),
                None => table.wrong_type("values", item, "a list of numbers"),
            }
        }
        table.unit_and_source(is);
        table.optional_text("note");
        table.finish();
        values
    }

    fn number(&self, key: &'static str, is: Is) -> f64 {
        let found = self.required(key, "the number");
        let value = self.typed(key, found, "a number", number);
        value.map_or(f64::NAN, |value| self.check_range(key, value, is))
    }

    fn check_range(&self, key: &str, value: f64, is: Is) -> f64 {
        if value >= is.min && value <= is.max {
            return value;
        }
        let cause = format!("{value} is not from {} to {} {}", is.min, is.max, is.unit);
        self.fault("E106", key, cause, "write a number in that range");
        f64::NAN
    }

    fn unit_and_source(&self, is: Is) -> Vec<String> {
        let unit = self.text("unit");
        if !unit.is_empty() && unit != is.unit {
            let cause = format!("expected the unit `{}`, found `{unit}`", is.unit);
            let action = format!("convert the number to {}", is.unit);
            self.fault("E105", "unit", cause, action);
        }
        let Some(source) = self.texts("source") else {
            let action = "name a key of [sources], such as one for your own assumption";
            self.fault("E102", "source", "the source is missing", action);
            return Vec::new();
        };
        for key in source.iter().filter(|key| !self.reading.source_keys.contains(key)) {
            let cause = format!("the source `{key}` is not in [sources]");
            let near = nearest(key, self.reading.source_keys.iter().map(String::as_str));
            let action = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `{key} = \"...\"` to [sources]"),
            };
            self.fault("E108", "source", cause, action);
        }
        source
    }

    /// Reports the keys nobody asked for. To be called when all fields are read.
    pub(crate) fn finish(&self) {
        let asked = self.asked.borrow();
        let Some(table) = self.table.filter(|_| !self.open.get()) else { return };
        for key in table.keys().filter(|k| !asked.contains(&k.get_ref().as_ref())) {
            let action = match nearest(key.get_ref(), asked.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "remove it; docs/formats.md lists what may stand here".into(),
            };
            let cause = format!("`{}` is not a field of {}", key.get_ref(), self.name());
            let line = self.reading.line(key.span());
            self.reading.fault("E104", line, &self.path_of(key.get_ref()), cause, action);
        }
    }
}

/// A message of the TOML reader without line breaks.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A TOML number of either kind.
fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok().map(|i| i as f64),
        DeValue::Float(f) => f.as_str().parse().ok(),
        _ => None,
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
