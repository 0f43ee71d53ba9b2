//! Objects of JSON whose keys must differ: whoever writes one twice means something else than
//! whichever of the values a reader would take.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// Keys and values in the order of the file.
pub(crate) struct Pairs<T>(pub(crate) Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Keys(PhantomData))
    }
}

struct Keys<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Keys<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pairs<T>, M::Error> {
        let (mut keys, mut pairs) = (BTreeSet::new(), Vec::new());
        while let Some((key, value)) = map.next_entry::<String, T>()? {
            if !keys.insert(key.clone()) {
                return Err(M::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            pairs.push((key, value));
        }
        Ok(Pairs(pairs))
    }
}
