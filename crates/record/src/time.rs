//! Points in time, given by the caller, in whole seconds of UTC.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The last second of the year 9999: later ones have no four-digit year.
const SECONDS_MAX: u64 = 253_402_300_799;

/// A second since 1970, written as `2026-11-23T09:00:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Time(u64);

impl Time {
    /// So many seconds after the start of 1970 UTC; none after the year 9999.
    pub fn from_seconds(seconds: u64) -> Option<Self> {
        (seconds <= SECONDS_MAX).then_some(Self(seconds))
    }

    /// Seconds after the start of 1970 UTC.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// So many seconds later; none after the year 9999.
    pub fn later(self, seconds: u64) -> Option<Self> {
        self.0.checked_add(seconds).and_then(Self::from_seconds)
    }

    /// Reads `2026-11-23T09:00:00Z`; nothing else is accepted.
    pub fn parse(text: &str) -> Option<Self> {
        let time = humantime::parse_rfc3339(text).ok()?;
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        Self::from_seconds(seconds).filter(|time| time.to_string() == text)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(self.0);
        write!(f, "{}", humantime::format_rfc3339_seconds(time))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom("not a time such as 2026-11-23T09:00:00Z"))
    }
}
