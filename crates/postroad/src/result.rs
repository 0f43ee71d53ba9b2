//! The result of a study as plain data: what `result.json` holds, what the report shows and what
//! `check` recomputes.
//!
//! Everything is in file order or sorted by name, so that the same study, configuration and seed
//! give the same bytes. Times and thread counts are left out for the same reason. Plans and prices
//! are long: they lie beside as CSV files, named here with their sha256.

use serde::{Deserialize, Serialize};

pub use crate::planning::fidelity::FidelityRow;
pub use crate::planning::schedule::{Quarter, Schedule};

/// Version of the layout of `result.json`; a reader refuses any other.
pub const FORMAT: u32 = 1;

/// All that one run of a study found, and all that is needed to repeat it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StudyResult {
    /// Version of this layout, [`FORMAT`].
    pub format: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// How the run was set up.
    pub run: RunSettings,
    /// What was studied: the whole configuration and the tables it names.
    pub study: StudyInput,
    /// One for each scenario, in the order of the study; the first is the status quo.
    pub scenarios: Vec<ScenarioResult>,
    /// Parcels that stay with the operator along a line of postal prices.
    pub demand_curve: Option<DemandCurve>,
    /// How the differences between the ways out move with each uncertain quantity, widest first.
    pub tornado: Vec<TornadoRow>,
    /// Public figures against what the status quo computes.
    pub fidelity: Vec<FidelityRow>,
    /// What must be decided and built by when, for each way out.
    pub schedules: Vec<Schedule>,
    /// Which quantity of the study rests on which source.
    pub sources: Vec<SourcedQuantity>,
    /// The sources themselves, in order of their keys.
    pub citations: Vec<Citation>,
    /// What a reader must know beside the figures, such as what was left out and why; sentences.
    pub remarks: Vec<String>,
}

/// The settings that, with the study, decide every figure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunSettings {
    /// Seed of every random choice.
    pub seed: u64,
    /// Rounds of improvement for each plan.
    pub rounds: u32,
    /// Relative gap at which a plan is good enough.
    pub gap: f64,
    /// Wall-clock limit of the whole study in seconds; with one, figures may differ between runs.
    pub time_limit_s: Option<f64>,
    /// Whether the run was stopped before its end, so that its figures are the best so far.
    pub stopped: bool,
}

/// The study file and its tables, as they were read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StudyInput {
    /// Title of the study.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Path of the study file as the user named it.
    pub file: InputFile,
    /// The study file, whole.
    pub toml: String,
    /// The tables it names, in the order they were read.
    pub tables: Vec<InputFile>,
}

/// A file and its fingerprint.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InputFile {
    /// Path: of the study as named by the user, of a table as named in the study, of an output
    /// within the output folder.
    pub path: String,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// How the solver ended on a scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// The plan is optimal within the gap asked for.
    Optimal,
    /// There is a plan and a bound.
    Feasible,
    /// Proven: there is no plan.
    Infeasible,
    /// No plan was found, and none is excluded.
    Unknown,
}

impl RunStatus {
    /// The word for tables.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Optimal => "optimal",
            RunStatus::Feasible => "feasible",
            RunStatus::Infeasible => "infeasible",
            RunStatus::Unknown => "unknown",
        }
    }
}

/// One scenario's plan, what it costs and what proves it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScenarioResult {
    /// Name in the study file, such as `extend`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What it means, in a sentence.
    pub description: String,
    /// How the run ended.
    pub status: RunStatus,
    /// Rounds of improvement done.
    pub rounds: u32,
    /// Cost of the plan, dollars per average day; none without a plan.
    pub cost_usd_per_day: Option<f64>,
    /// No plan costs less, dollars per average day; none if no bound was found.
    pub bound_usd_per_day: Option<f64>,
    /// (cost − bound) / cost.
    pub gap: Option<f64>,
    /// The part of the bound that the stored prices prove without trust in the solver, dollars
    /// per average day: at most `bound_usd_per_day`.
    pub certified_bound_usd_per_day: Option<f64>,
    /// What the plan means for shipper, customers and operator; none without a plan.
    pub metrics: Option<ScenarioMetrics>,
    /// What stands in the way when there is no plan: sentences naming requirement and shortfall.
    pub unmet: Vec<String>,
    /// The plan: `plan-<name>.csv`.
    pub plan_file: Option<InputFile>,
    /// Facilities and their levels: `facilities-<name>.csv`.
    pub facilities_file: Option<InputFile>,
    /// The prices that prove the bound: `prices-<name>.csv`.
    pub prices_file: Option<InputFile>,
}

/// What a plan means: costs, speed, coverage, resources, and the operator's side.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ScenarioMetrics {
    /// Parcels planned, per year.
    pub parcels_per_year: f64,
    /// Cost of the plan, dollars per year: 365 average days.
    pub usd_per_year: f64,
    /// Cost divided by parcels.
    pub usd_per_parcel: f64,
    /// Where the money goes; the parts add up to `usd_per_year`.
    pub costs: Vec<CostPart>,
    /// Volume, cost and speed of each channel that carries parcels, in the order of channels.
    pub channels: Vec<ChannelMetrics>,
    /// The same nation by class of area, from rural to dense urban.
    pub classes: Vec<ClassMetrics>,
    /// Share of people promised delivery within 0, 1, 2, … days, cumulative.
    pub people_share_within_days: Vec<f64>,
    /// Share of ZIPs whose parcels mostly go by the shipper's own channels (van, hub, drone).
    pub own_zip_share: f64,
    /// Share of people in those ZIPs.
    pub own_people_share: f64,
    /// Facilities by kind: station, rural hub, drone pad, delivery unit, processing centre.
    pub facilities: Vec<FacilityCount>,
    /// Vans on an average day.
    pub vans: f64,
    /// Drivers on the payroll or under contract.
    pub drivers: f64,
    /// Capital to be spent, dollars.
    pub capital_usd: f64,
    /// What the postal operator earns and what it could avoid.
    pub operator: OperatorMetrics,
}

/// One part of the cost of a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CostPart {
    /// Stable name, such as `own_van_delivery` or `postal_rate`.
    pub name: String,
    /// Label for people.
    pub label: String,
    /// Dollars per year; negative for a discount.
    pub usd_per_year: f64,
}

/// One channel within a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChannelMetrics {
    /// Name of the channel, such as `own_van`.
    pub channel: String,
    /// Parcels per year.
    pub parcels_per_year: f64,
    /// Average of all that varies with a parcel, dollars.
    pub usd_per_parcel: f64,
}

/// One class of area within a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClassMetrics {
    /// Name of the class, such as `rural`.
    pub class: String,
    /// People who live there.
    pub people: f64,
    /// Parcels per year.
    pub parcels_per_year: f64,
    /// Average cost of a parcel, facilities by their parcels, dollars.
    pub usd_per_parcel: f64,
    /// Parcels per year of each channel, in the order of the scenario's `channels`.
    pub channel_parcels_per_year: Vec<f64>,
    /// Share of its people promised delivery within 0, 1, 2, … days, cumulative.
    pub people_share_within_days: Vec<f64>,
    /// What a customer's parcel costs more than in the status quo, dollars; 0 in the status quo.
    pub price_effect_usd_per_parcel: f64,
}

/// Facilities of one kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FacilityCount {
    /// Kind, such as `station`.
    pub kind: String,
    /// In use.
    pub open: u32,
    /// In use and not there today.
    pub new: u32,
    /// There today and no longer in use.
    pub closed: u32,
}

/// The postal operator's side of a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct OperatorMetrics {
    /// Parcels it delivers per year.
    pub parcels_per_year: f64,
    /// What it is paid, dollars per year.
    pub revenue_usd_per_year: f64,
    /// Revenue by parcel, dollars; 0 without parcels.
    pub usd_per_parcel: f64,
    /// Cost it would not have without these parcels, dollars per year.
    pub avoidable_usd_per_year: f64,
    /// Revenue less avoidable cost, dollars per year.
    pub contribution_usd_per_year: f64,
    /// Share of its total revenue.
    pub revenue_share: f64,
}

/// What stays with the operator along a line of postal prices.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DemandCurve {
    /// Scenario whose terms hold along the line.
    pub scenario: String,
    /// Price at a delivery unit in that scenario, dollars per parcel.
    pub today_usd_per_parcel: f64,
    /// Points in order of price.
    pub points: Vec<DemandPoint>,
}

/// One price and what the best plan found does at it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DemandPoint {
    /// Postal price, dollars per parcel.
    pub price_usd_per_parcel: f64,
    /// Parcels the operator delivers, per year.
    pub operator_parcels_per_year: f64,
    /// Least it can deliver in any cheapest plan at this price, as the bounds prove, per year.
    pub operator_parcels_least_per_year: f64,
    /// Most it can deliver in any cheapest plan at this price, per year.
    pub operator_parcels_most_per_year: f64,
    /// Revenue of the operator, dollars per year.
    pub operator_revenue_usd_per_year: f64,
    /// Cost of the plan, dollars per year.
    pub usd_per_year: f64,
    /// No plan costs less, dollars per year.
    pub bound_usd_per_year: f64,
    /// (cost − bound) / cost.
    pub gap: f64,
}

/// One uncertain quantity, and what its low and high do to the ways out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TornadoRow {
    /// Path in the study file.
    pub path: String,
    /// Label for people.
    pub label: String,
    /// Unit of the values.
    pub unit: String,
    /// Low end.
    pub low: f64,
    /// Value of the study.
    pub value: f64,
    /// High end.
    pub high: f64,
    /// Where the range comes from.
    pub source: String,
    /// Whether the scenarios were planned again at both ends. If not, their plans are costed
    /// there as they are.
    pub planned_again: bool,
    /// One for each scenario but the first: its cost less that of the first.
    pub swings: Vec<TornadoSwing>,
}

impl TornadoRow {
    /// Widest swing of a difference between ways out, dollars per year.
    pub fn width_usd_per_year(&self) -> f64 {
        self.swings.iter().map(TornadoSwing::width_usd_per_year).fold(0.0, f64::max)
    }
}

/// How much a scenario costs more than the first, at both ends of a range.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TornadoSwing {
    /// The scenario.
    pub scenario: String,
    /// Difference at the low end, dollars per year.
    pub at_low_usd_per_year: f64,
    /// Difference at the study's value, dollars per year.
    pub at_value_usd_per_year: f64,
    /// Difference at the high end, dollars per year.
    pub at_high_usd_per_year: f64,
    /// Largest amount by which the proven bounds leave one of these differences open, dollars per
    /// year; none where plans are only costed.
    pub open_usd_per_year: Option<f64>,
}

impl TornadoSwing {
    /// How far the difference moves, dollars per year.
    pub fn width_usd_per_year(&self) -> f64 {
        let ends =
            [self.at_low_usd_per_year, self.at_value_usd_per_year, self.at_high_usd_per_year];
        let most = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
        most - ends.into_iter().fold(f64::INFINITY, f64::min)
    }
}

/// One quantity of the study with its unit and source.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SourcedQuantity {
    /// Path in the study file.
    pub path: String,
    /// Value as written.
    pub value: f64,
    /// Unit.
    pub unit: String,
    /// Low and high, if uncertain.
    pub range: Option<(f64, f64)>,
    /// Keys of the sources it comes from.
    pub source: String,
    /// What the study says about it.
    pub note: Option<String>,
}

/// A source that quantities name by its key.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Citation {
    /// Key, such as `S91`.
    pub key: String,
    /// Who published what, when.
    pub text: String,
}

/// What maps need beside the result: places and who serves them. It is long and follows from the
/// tables and the plans, so it is not part of `result.json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapData {
    /// State outlines, in the frame of their own coordinates.
    pub outline: Outline,
    /// Zones, in the order of the table.
    pub zones: Vec<MapZone>,
    /// Buildings that zones name, the same in all scenarios.
    pub sites: Vec<MapSite>,
    /// One for each scenario that has a plan, in the order of the study.
    pub scenarios: Vec<MapScenario>,
}

/// Outlines projected by Albers' equal-area conic for the US (d3-geo `geoAlbersUsa`, the given
/// scale, translated to the middle of the frame).
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Outline {
    /// Width of the frame.
    pub width: f64,
    /// Height of the frame.
    pub height: f64,
    /// Scale of the projection.
    pub scale: f64,
    /// States in order of their codes.
    pub states: Vec<StateOutline>,
}

/// One state.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StateOutline {
    /// FIPS code.
    pub fips: String,
    /// Name.
    pub name: String,
    /// Rings of points in the frame.
    pub paths: Vec<Vec<(f64, f64)>>,
}

/// A zone on the map.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapZone {
    /// ZIP code.
    pub zip: String,
    /// Two-letter state.
    pub state: String,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Land area.
    pub land_km2: f64,
    /// People.
    pub population: f64,
    /// Class, such as `rural`.
    pub class: String,
    /// Parcels per average day; 0 for a zone without demand.
    pub parcels_per_day: f64,
}

/// A building from which parcels are delivered.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapSite {
    /// Kind, such as `station` or `delivery_unit`.
    pub kind: String,
    /// Id in the table of its kind.
    pub id: String,
    /// Name for people.
    pub name: String,
}

/// Who serves the zones in one scenario, and from where.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapScenario {
    /// Name of the scenario.
    pub name: String,
    /// For each zone, what carries most of its parcels; none without demand.
    pub zones: Vec<Option<ZoneService>>,
    /// Open facilities and closed existing ones, in order of kind and id; delivery units and
    /// processing centres are left out.
    pub stations: Vec<MapStation>,
}

/// Who serves most of a zone's parcels.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ZoneService {
    /// Position of the channel in `Channel::ALL`.
    pub channel: u8,
    /// Where it hands over or starts: position in [`MapData::sites`]; none for a third party.
    pub site: Option<u32>,
    /// Share of the zone's parcels it carries.
    pub share: f64,
    /// Days promised.
    pub days: u8,
    /// Average of all that varies with the zone's parcels, dollars.
    pub usd_per_parcel: f64,
}

/// A building of the shipper on the map.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapStation {
    /// Id in the stations table.
    pub id: String,
    /// `station`, `rural_hub` or `drone_pad`.
    pub kind: String,
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// Whether it is kept, new or closed.
    pub change: StationChange,
    /// Parcels per average day.
    pub load_parcels_per_day: f64,
    /// Parcels per average day it could handle at its level; none if closed or unlimited.
    pub capacity_parcels_per_day: Option<f64>,
}

/// What a plan does with a building.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationChange {
    /// There today, stays open.
    Kept,
    /// Not there today, opens.
    New,
    /// There today, closes.
    Closed,
}
