//! What the commands that route can be told about roads.

use std::path::PathBuf;

use postroad_model::Fault;

use crate::routing::osrm::Osrm;
use crate::routing::roads::Roads;

/// Where distances and times along roads come from.
#[derive(clap::Args, Debug)]
pub struct RoadArgs {
    /// Drive along the roads of this OpenStreetMap extract (.osm.pbf)
    #[arg(long, value_name = "FILE")]
    pub roads: Option<PathBuf>,
    /// Ask this OSRM service for distances and times, such as http://localhost:5000
    #[arg(long, value_name = "URL", conflicts_with = "roads")]
    pub osrm: Option<String>,
    /// Profile of the OSRM service
    #[arg(long, value_name = "NAME", requires = "osrm", default_value = "driving")]
    pub osrm_profile: String,
    /// Most places a side that the OSRM service takes: its --max-table-size
    #[arg(long, value_name = "N", requires = "osrm", default_value_t = 100,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub osrm_block: u16,
}

impl RoadArgs {
    /// Whether ways follow roads.
    pub(crate) fn is_asked(&self) -> bool {
        self.roads.is_some() || self.osrm.is_some()
    }

    /// What knows the roads; an extract is read.
    pub(crate) fn open(&self) -> Result<Option<Roads>, Vec<Fault>> {
        if let Some(extract) = &self.roads {
            return Roads::open(extract).map(Some);
        }
        let osrm = |url: &String| Osrm {
            url: url.clone(),
            profile: self.osrm_profile.clone(),
            block: self.osrm_block.into(),
        };
        Ok(self.osrm.as_ref().map(|url| Roads::Osrm(osrm(url))))
    }
}
