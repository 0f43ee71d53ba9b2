//! What a study says. Every plain number is in the unit its name carries; unit, source, low and
//! high of each are listed in [`super::Study::quantities`] under its path in the file.

use std::collections::BTreeMap;

use postroad_model::network::{AreaClass, Channel, Sourcing, TierRule};

/// A number of the study with everything the file says about it.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantity {
    /// Dotted path in the file, such as `own_van.tour.wage` or `contracts.current.tiers[2].add`.
    pub path: String,
    /// Unit, as in docs/formats.md.
    pub unit: &'static str,
    /// The value planned with.
    pub value: f64,
    /// Low and high, if it is uncertain.
    pub range: Option<(f64, f64)>,
    /// Keys of `[sources]`.
    pub source: String,
    /// The file's note.
    pub note: Option<String>,
    /// Line in the file.
    pub line: Option<u64>,
}

/// One value for each class of area.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ByClass<T>([T; 4]);

impl<T: Copy> ByClass<T> {
    /// The same value for all classes.
    pub fn all(value: T) -> Self {
        Self([value; 4])
    }

    /// A value for each class.
    pub fn from_fn(value: impl FnMut(AreaClass) -> T) -> Self {
        Self(AreaClass::ALL.map(value))
    }

    /// The value of a class.
    #[inline]
    pub fn of(&self, class: AreaClass) -> T {
        self.0[class as usize]
    }

    /// The values with their classes, from the emptiest to the densest.
    pub fn iter(&self) -> impl Iterator<Item = (AreaClass, T)> {
        AreaClass::ALL.into_iter().zip(self.0)
    }
}

/// Names of the tables, relative to the study file.
#[derive(Clone, PartialEq, Debug)]
pub struct TableNames {
    /// Zones.
    pub zones: String,
    /// Delivery units of the postal operator.
    pub delivery_units: String,
    /// Processing centres of the postal operator.
    pub processing_centres: String,
    /// Stations and rural hubs, existing and candidate.
    pub stations: String,
    /// Upstream nodes of the shipper.
    pub upstream: String,
    /// Outline of the nation for maps.
    pub outline: Option<String>,
}

/// Thresholds of the classes, people per km² of land; replaces the class in the zones' table.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ClassThresholds {
    /// From here on suburban.
    pub suburban_from: f64,
    /// From here on urban.
    pub urban_from: f64,
    /// From here on dense urban.
    pub dense_urban_from: f64,
}

/// What must be delivered.
#[derive(Clone, PartialEq, Debug)]
pub struct DemandSettings {
    /// All parcels of the shipper in a year.
    pub parcels_per_year: f64,
    /// Parcels of a household relative to other classes.
    pub index: ByClass<f64>,
    /// Parcels left at one stop.
    pub parcels_per_stop: ByClass<f64>,
    /// Share of a zone's land within which its people live along streets.
    pub populated_share: ByClass<f64>,
    /// Upper ends of the weight steps, lb.
    pub weight_up_to_lb: Vec<f64>,
    /// Share of parcels in each weight step; adds up to 1.
    pub weight_share: Vec<f64>,
    /// Volume of the sizing day over the average day.
    pub peak_factor: f64,
    /// Share of the volume above average that hired flex capacity carries in the peak.
    pub flex_share: f64,
    /// What flex costs more than a parcel at other times.
    pub flex_premium_usd_per_parcel: f64,
    /// Days of the peak in a year.
    pub peak_days: f64,
}

/// The truck from an upstream node to a station or unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Linehaul {
    /// All-in cost of the truck.
    pub usd_per_km: f64,
    /// Load of a truck.
    pub parcels_per_truck: f64,
    /// Road distance over straight line.
    pub circuity: f64,
    /// Loading and sorting at the node.
    pub handling_usd_per_parcel: f64,
}

/// A building for a fleet: modules of capacity and what they cost.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteSettings {
    /// What a module sorts on the sizing day.
    pub module_parcels_per_day: f64,
    /// The numbers of modules a building may have, ascending.
    pub modules: Vec<u8>,
    /// Running the building without modules.
    pub building_usd_per_day: f64,
    /// Running one module.
    pub module_usd_per_day: f64,
    /// Sorting and loading.
    pub handling_usd_per_parcel: f64,
    /// Capital of a new building without modules.
    pub building_capital_usd: f64,
    /// Capital of a new module.
    pub module_capital_usd: f64,
    /// Share of the building's cost still owed when an existing one closes.
    pub closing_share: f64,
    /// Quarters from decision to first parcel.
    pub lead_quarters: f64,
    /// An existing building without a number of modules in the table is taken to be sized for the
    /// zones of these classes …
    pub existing_classes: Vec<AreaClass>,
    /// … within this distance that are nearer to it than to another building sized for them.
    pub existing_radius_km: f64,
}

/// Vans of one kind: their day, their cost, their buildings.
#[derive(Clone, PartialEq, Debug)]
pub struct FleetSettings {
    /// Classes of zones served.
    pub classes: Vec<AreaClass>,
    /// k of the local tour, k·√(area/stops) between stops.
    pub tour_constant: ByClass<f64>,
    /// Road over straight line on the stem.
    pub stem_circuity: ByClass<f64>,
    /// Road over straight line between stops.
    pub local_circuity: ByClass<f64>,
    /// Speed on the stem.
    pub stem_km_per_hour: ByClass<f64>,
    /// Speed between stops.
    pub local_km_per_hour: ByClass<f64>,
    /// Time at a stop.
    pub service_minutes_per_stop: ByClass<f64>,
    /// Parcels a van holds.
    pub van_parcels: f64,
    /// Longest day.
    pub shift_hours: f64,
    /// Loading and paperwork in a day.
    pub fixed_hours: f64,
    /// Hours a driver is paid for at least, however short the route.
    pub paid_hours: f64,
    /// Driver's pay.
    pub wage_usd_per_hour: f64,
    /// Taxes and benefits on top of pay, as a factor.
    pub on_cost_factor: f64,
    /// Dispatch, management and margin on top of driver and van, as a factor.
    pub overhead_factor: f64,
    /// The van itself.
    pub van_usd_per_day: f64,
    /// Fuel, tyres, maintenance.
    pub usd_per_km: f64,
    /// Days a driver works in a week.
    pub driver_days_per_week: f64,
    /// Promise to the customer.
    pub promise_days: ByClass<u8>,
    /// Its buildings.
    pub site: SiteSettings,
}

/// Drones from pads at stations.
#[derive(Clone, PartialEq, Debug)]
pub struct DroneSettings {
    /// Classes of zones served.
    pub classes: Vec<AreaClass>,
    /// Reach of a pad.
    pub radius_km: f64,
    /// Heaviest parcel.
    pub max_lb: f64,
    /// Share of the parcels that could fly whose customers may take it.
    pub take_up_share: f64,
    /// Flights of a pad in a day.
    pub flights_per_day: f64,
    /// Running a pad.
    pub pad_usd_per_day: f64,
    /// Capital of a pad.
    pub pad_capital_usd: f64,
    /// A delivery.
    pub usd_per_parcel: f64,
    /// What the customer pays for it.
    pub fee_usd_per_parcel: f64,
    /// Promise to the customer.
    pub promise_days: u8,
}

/// Getting parcels to the postal operator.
#[derive(Clone, PartialEq, Debug)]
pub struct PostalSettings {
    /// Stop of the milk run at a delivery unit.
    pub stop_usd_per_day: f64,
    /// Cost of the milk run's truck from unit to unit.
    pub detour_usd_per_km: f64,
    /// Road distance over straight line between units.
    pub detour_circuity: f64,
    /// Days in a week on which a unit is called at, over seven.
    pub calls_share: f64,
    /// Sorting to units before hand-over.
    pub unit_sort_usd_per_parcel: f64,
    /// Sorting to centres before hand-over.
    pub centre_sort_usd_per_parcel: f64,
    /// A centre's dock.
    pub centre_dock_usd_per_day: f64,
    /// Promise after hand-over at the unit.
    pub unit_promise_days: ByClass<u8>,
    /// Promise after hand-over at the centre.
    pub centre_promise_days: ByClass<u8>,
}

/// A volume tier of a contract.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TierTerms {
    /// From this volume on.
    pub from_parcels_per_year: f64,
    /// Added to the rate.
    pub add_usd_per_parcel: f64,
}

/// The terms of a contract with the postal operator.
#[derive(Clone, PartialEq, Debug)]
pub struct ContractTerms {
    /// Name for people.
    pub title: String,
    /// Rate at the delivery unit for the mix of weights, first year.
    pub unit_usd_per_parcel: f64,
    /// Rate at the processing centre for the mix of weights, first year.
    pub centre_usd_per_parcel: f64,
    /// Whether the rates come from a card by weight.
    pub by_weight: bool,
    /// Volume tiers.
    pub tiers: Vec<TierTerms>,
    /// How tiers price.
    pub tier_rule: TierRule,
    /// Minimum commitment.
    pub commitment_parcels_per_year: f64,
    /// Paid for each parcel below the commitment.
    pub shortfall_usd_per_parcel: f64,
    /// No more than this.
    pub max_parcels_per_year: Option<f64>,
    /// No more than this at one unit, for each household it serves.
    pub max_per_unit_parcels_per_household_day: Option<f64>,
    /// Length.
    pub term_years: f64,
    /// Yearly change of the rates within the term.
    pub change_per_year: f64,
}

/// A distance band of a third party's card.
#[derive(Clone, PartialEq, Debug)]
pub struct RateBand {
    /// Up to this road distance from the upstream node.
    pub up_to_km: f64,
    /// Rate for the mix of weights, before discount.
    pub usd_per_parcel: f64,
    /// Promise to the customer.
    pub promise_days: u8,
}

/// An area where a third party adds a surcharge.
#[derive(Clone, PartialEq, Debug)]
pub struct SurchargeArea {
    /// Its name.
    pub name: String,
    /// Added to the rate, before the discount on surcharges.
    pub surcharge_usd_per_parcel: f64,
    /// Zones with fewer people per km².
    pub below_people_per_km2: Option<f64>,
    /// Zones of these states.
    pub states: Vec<String>,
    /// Days added to the promise.
    pub extra_days: u8,
}

/// Other carriers at their rates.
#[derive(Clone, PartialEq, Debug)]
pub struct ThirdPartySettings {
    /// Distance bands, ascending; beyond the last it does not deliver.
    pub bands: Vec<RateBand>,
    /// Delivery to a home.
    pub residential_usd_per_parcel: f64,
    /// Area surcharges; the first that fits counts.
    pub areas: Vec<SurchargeArea>,
    /// Discount on the rates.
    pub rate_discount: f64,
    /// Discount on residential and area surcharges.
    pub surcharge_discount: f64,
    /// Fuel, as a factor on rates and surcharges.
    pub fuel_factor: f64,
    /// Hand-over at the upstream node.
    pub handover_usd_per_parcel: f64,
    /// No more than this.
    pub max_parcels_per_year: Option<f64>,
}

/// The rule by which access to a delivery unit is priced lot by lot.
#[derive(Clone, PartialEq, Debug)]
pub struct LotSettings {
    /// Asking price of a lot with the reference volume on offer.
    pub price_usd_per_parcel: ByClass<f64>,
    /// Volume at which the asking price holds.
    pub reference_parcels_per_day: f64,
    /// The price falls with this power of the volume on offer.
    pub volume_exponent: f64,
    /// Least price over the operator's avoidable cost, as a share of it.
    pub reserve_margin: f64,
    /// Price at the processing centre over that at the unit.
    pub centre_extra_usd_per_parcel: f64,
    /// Units with fewer households are not for sale.
    pub min_households: f64,
    /// Share of lots that others win.
    pub lost_share: ByClass<f64>,
    /// Seed of the draw of lost lots.
    pub seed: u64,
    /// Capacity on offer at a unit.
    pub max_per_unit_parcels_per_household_day: f64,
}

/// How money over time is counted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FinanceSettings {
    /// Cost of capital a year.
    pub capital_rate: f64,
    /// Years over which a building's capital is paid back.
    pub building_years: f64,
    /// Share of a cost change that reaches customers.
    pub pass_through: f64,
}

/// The postal operator's side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OperatorSettings {
    /// All its revenue.
    pub revenue_usd_per_year: f64,
    /// Its avoidable cost of one more parcel at a delivery unit.
    pub avoidable_usd_per_parcel: ByClass<f64>,
    /// What a parcel handed over at a centre costs it more.
    pub centre_extra_usd_per_parcel: f64,
}

/// How a way out comes about in time.
#[derive(Clone, PartialEq, Debug)]
pub struct ScheduleSettings {
    /// First quarter planned, such as 2026-Q1, counted in quarters since year 0.
    pub start_quarter: u32,
    /// First quarter without the current contract.
    pub contract_end_quarter: u32,
    /// Quarters planned.
    pub quarters: u32,
    /// New buildings that can be finished in a quarter.
    pub openings_per_quarter: f64,
    /// Drivers that can be hired in a quarter, net.
    pub hires_per_quarter: f64,
    /// Third parties' premium on volume that comes at short notice.
    pub premium_usd_per_parcel: f64,
    /// Hiring and training a driver.
    pub hiring_usd_per_driver: f64,
    /// Quarters from decision to the first driver.
    pub hiring_lead_quarters: f64,
    /// Quarters from a first bid or offer to a running postal contract.
    pub contract_lead_quarters: f64,
}

/// What a public figure is compared with.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Measure {
    /// Parcels a year by own vans and rural hubs.
    OwnParcels,
    /// Parcels a year by the postal operator.
    PostalParcels,
    /// What the shipper pays the operator in a year.
    PostalSpend,
    /// The same as a share of the operator's revenue.
    OperatorRevenueShare,
    /// Paid to the operator for a parcel.
    PostalPrice,
    /// Delivery by own van, station to door.
    OwnVanCost,
    /// Stops of a route, mean over parcels.
    StopsPerRoute,
    /// Routes on an average day.
    RoutesPerDay,
    /// Vans on the sizing day.
    Vans,
    /// Drivers on the payroll.
    Drivers,
    /// Zones of a rural hub, mean.
    HubZones,
    /// Land of a rural hub's zones, mean.
    HubLand,
    /// Parcels of a rural hub on a day, mean.
    HubParcels,
    /// Share of own parcels that go to rural zones.
    OwnRuralShare,
    /// Extra cost a quarter of a carrier that takes its light parcels back from the operator.
    CarrierLeaving,
}

/// A published figure that the status quo should reproduce.
#[derive(Clone, PartialEq, Debug)]
pub struct PublicFigure {
    /// Its name for people.
    pub name: String,
    /// What it is compared with.
    pub measure: Measure,
    /// Lowest published.
    pub low: f64,
    /// Highest published.
    pub high: f64,
    /// Unit.
    pub unit: &'static str,
    /// Source keys.
    pub source: String,
    /// The input was set to meet it, so that it proves nothing.
    pub calibrated: bool,
}

/// A carrier that took its light parcels back from the operator, to test the model against.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CarrierTest {
    /// Parcels it delivers itself anyway.
    pub base_parcels_per_year: f64,
    /// Of these, the share that goes to homes.
    pub residential_share: f64,
    /// Parcels it takes back.
    pub moved_parcels_per_year: f64,
    /// Its drivers' pay.
    pub wage_usd_per_hour: f64,
    /// Taxes and benefits, as a factor.
    pub on_cost_factor: f64,
    /// What it paid the operator.
    pub postal_usd_per_parcel: f64,
    /// What handing over to the operator costs.
    pub entry_usd_per_parcel: f64,
    /// Distance from its buildings to a zone.
    pub stem_km: ByClass<f64>,
}

/// A service requirement.
#[derive(Clone, PartialEq, Debug)]
pub struct RequirementTerms {
    /// For zones of this class, or all.
    pub class: Option<AreaClass>,
    /// Promise.
    pub within_days: u8,
    /// Share of people.
    pub min_share: f64,
    /// Names of the scenarios it binds; empty means all.
    pub scenarios: Vec<String>,
}

/// Which way out a scenario plans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScenarioKind {
    /// The network as it is under the contract as it is.
    StatusQuo,
    /// The contract goes on.
    Extend,
    /// Access is bought lot by lot.
    Auction,
    /// No postal operator.
    Leave,
}

/// One plan to make.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// Short name for files.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// Way out.
    pub kind: ScenarioKind,
    /// Contract with the operator, for status quo and extend.
    pub contract: Option<String>,
    /// Channels allowed.
    pub channels: Vec<Channel>,
    /// Whether new buildings, modules and pads may be built.
    pub may_open: bool,
    /// Whether existing buildings may close.
    pub may_close: bool,
    /// Capital that may be spent.
    pub capital_budget_usd: Option<f64>,
    /// New buildings that may open.
    pub openings_max: Option<u32>,
    /// Line in the file.
    pub line: Option<u64>,
}

/// How the study is planned.
#[derive(Clone, PartialEq, Debug)]
pub struct Method {
    /// Single or split sourcing.
    pub sourcing: Sourcing,
    /// Stations considered for a zone.
    pub nearest_stations: usize,
    /// Rural hubs considered for a zone.
    pub nearest_hubs: usize,
    /// Paths of the uncertain numbers that the tornado moves; all of them if there is no list.
    pub tornado: Option<Vec<String>>,
    /// Solves to plan the widest of these again at both ends; at the rest plans are only costed.
    pub tornado_solves: usize,
}

/// All sections of a study file.
#[derive(Clone, PartialEq, Debug)]
pub struct Sections {
    /// Name of the study.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Citations by key.
    pub sources: BTreeMap<String, String>,
    /// Names of tables.
    pub tables: TableNames,
    /// How to plan.
    pub method: Method,
    /// Thresholds of classes, if not from the table.
    pub classes: Option<ClassThresholds>,
    /// What must be delivered.
    pub demand: DemandSettings,
    /// Trucks to stations and units.
    pub linehaul: Linehaul,
    /// Own vans.
    pub own_van: FleetSettings,
    /// Rural hubs.
    pub rural_hub: FleetSettings,
    /// Drones.
    pub drone: DroneSettings,
    /// Postal hand-over.
    pub postal: PostalSettings,
    /// Contracts by name.
    pub contracts: BTreeMap<String, ContractTerms>,
    /// Third parties.
    pub third_party: ThirdPartySettings,
    /// Prices of lots.
    pub lots: LotSettings,
    /// Money over time.
    pub finance: FinanceSettings,
    /// The operator.
    pub operator: OperatorSettings,
    /// Time.
    pub schedule: ScheduleSettings,
    /// Requirements.
    pub requirements: Vec<RequirementTerms>,
    /// Published figures.
    pub public_figures: Vec<PublicFigure>,
    /// The carrier that left and came back.
    pub carrier_test: CarrierTest,
    /// Plans to make.
    pub scenarios: Vec<Scenario>,
}
