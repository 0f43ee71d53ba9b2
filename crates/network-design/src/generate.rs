//! Random problems from a seed: for tests, benchmarks and the `generate` command.
//!
//! Zones gather around cities on a plain, stations stand among them. A hidden plan is drawn first
//! and every limit is set around it, so a problem with a slack of 1 or more has a plan.

use postroad_model::network::{
    AreaClass, Channel, Contract, Demand, Facility, Level, NetworkProblem, Requirement,
    ServiceOption, Sourcing, Tier, TierRule,
};
use postroad_model::{ContractId, DemandId, FacilityId, IdVec, id::Id};
use postroad_optimization::Random;

/// What a problem has beyond zones, stations and an outside option.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Feature {
    /// Up to three sizes a station.
    Levels,
    /// Stations that exist and cost something to close.
    Existing,
    /// Drone pads that need their station.
    Children,
    /// Postal and third-party contracts with tiers, commitments and maxima.
    Contracts,
    /// Shares of people to be served in time.
    Requirements,
    /// A capital budget.
    Capital,
    /// A limit on openings.
    Openings,
    /// Zones that only facilities can serve.
    Captive,
    /// Stations barely large enough for the hidden plan.
    Tight,
}

impl Feature {
    /// All features.
    pub const ALL: [Feature; 9] = [
        Feature::Levels,
        Feature::Existing,
        Feature::Children,
        Feature::Contracts,
        Feature::Requirements,
        Feature::Capital,
        Feature::Openings,
        Feature::Captive,
        Feature::Tight,
    ];

    /// The word for command lines.
    pub fn name(self) -> &'static str {
        match self {
            Feature::Levels => "levels",
            Feature::Existing => "existing",
            Feature::Children => "children",
            Feature::Contracts => "contracts",
            Feature::Requirements => "requirements",
            Feature::Capital => "capital",
            Feature::Openings => "openings",
            Feature::Captive => "captive",
            Feature::Tight => "tight",
        }
    }
}

/// The kind of problem wanted.
#[derive(Clone, PartialEq, Debug)]
pub struct Shape {
    /// Demands; at least 1.
    pub zones: usize,
    /// Stations, without the drone pads that may come with them; at least 1.
    pub stations: usize,
    /// What else it has.
    pub features: Vec<Feature>,
    /// Single or split sourcing.
    pub sourcing: Sourcing,
    /// Limits over what the hidden plan needs: from 1 on there is a plan for sure, below 1 there
    /// may be none. [typical: 0.5 to 1.3]
    pub slack: f64,
}

/// Side of the plain, km: about the area of the contiguous United States.
const PLAIN_KM: f64 = 2800.0;
/// Zones that gather around one city.
const ZONES_A_CITY: usize = 40;
/// Stations worth considering for one zone.
const STATIONS_A_ZONE: usize = 9;
/// Dollars per parcel of the outside option.
const OUTSIDE_USD: f64 = 3.5;

/// A random problem; the same shape and seed give the same problem.
pub fn problem(shape: &Shape, seed: u64) -> NetworkProblem {
    let mut draft = Draft::new(shape, seed);
    draft.place();
    draft.facilities();
    if draft.has(Feature::Contracts) {
        draft.contracts();
    }
    draft.demands();
    let hidden = draft.hidden_plan();
    draft.fit_capacities(&hidden);
    draft.fit_terms(&hidden);
    draft.fit_budgets(&hidden);
    draft.problem
}

struct Draft<'a> {
    shape: &'a Shape,
    random: Random,
    problem: NetworkProblem,
    zones_km: Vec<[f64; 2]>,
    zones_parcels: Vec<f64>,
    sites_km: Vec<[f64; 2]>,
    /// The drone pad of each station.
    pads: Vec<Option<FacilityId>>,
}

/// For each demand the option it takes, and the facilities that are open for that.
struct Hidden {
    choice: IdVec<DemandId, ServiceOption>,
    load: IdVec<FacilityId, f64>,
    is_open: IdVec<FacilityId, bool>,
}

impl<'a> Draft<'a> {
    fn new(shape: &'a Shape, seed: u64) -> Self {
        Self {
            shape,
            random: Random::new(seed),
            problem: NetworkProblem { sourcing: shape.sourcing, ..NetworkProblem::new() },
            zones_km: Vec::new(),
            zones_parcels: Vec::new(),
            sites_km: Vec::new(),
            pads: Vec::new(),
        }
    }

    fn has(&self, feature: Feature) -> bool {
        self.shape.features.contains(&feature)
    }

    fn chance(&mut self, share: f64) -> bool {
        self.random.unit() < share
    }

    /// Draws places and parcels of zones, and puts stations near zones.
    fn place(&mut self) {
        let random = &mut self.random;
        let side = PLAIN_KM * (self.shape.zones as f64 / 33_000.0).sqrt().clamp(0.02, 1.0);
        let cities: Vec<[f64; 2]> = (0..=self.shape.zones / ZONES_A_CITY)
            .map(|_| [random.between(0.0, side), random.between(0.0, side)])
            .collect();
        for _ in 0..self.shape.zones {
            let city = cities[random.below(cities.len())];
            let radius_km = -40.0 * (1.0 - random.unit()).ln();
            let angle = random.between(0.0, std::f64::consts::TAU);
            self.zones_km
                .push([city[0] + radius_km * angle.cos(), city[1] + radius_km * angle.sin()]);
            // Many small zones and few large ones, smaller far from the city.
            let parcels = 1500.0 * random.unit().powi(3) / (1.0 + radius_km / 60.0);
            self.zones_parcels.push((parcels * 10.0).round() / 10.0 + 5.0);
        }
        for _ in 0..self.shape.stations {
            let zone = self.zones_km[random.below(self.shape.zones)];
            let offset = [random.between(-5.0, 5.0), random.between(-5.0, 5.0)];
            self.sites_km.push([zone[0] + offset[0], zone[1] + offset[1]]);
        }
    }

    fn facilities(&mut self) {
        let mean = self.zones_parcels.iter().sum::<f64>() / self.shape.stations as f64;
        for _ in 0..self.shape.stations {
            let facility = self.station(mean);
            self.problem.facilities.push(facility);
        }
        self.pads = vec![None; self.shape.stations];
        for station in 0..self.shape.stations {
            if self.has(Feature::Children) && self.chance(0.4) {
                let pad = self.pad(mean, FacilityId::from_index(station));
                self.pads[station] = Some(self.problem.facilities.push(pad));
            }
        }
    }

    /// A station for about `mean` parcels a day and its neighbours' when they are closed.
    fn station(&mut self, mean: f64) -> Facility {
        let exists = self.has(Feature::Existing) && self.chance(0.5);
        let sizes = if self.has(Feature::Levels) { 1 + self.random.below(3) } else { 1 };
        let mut parcels_per_day = mean * self.random.between(0.8, 3.0);
        let mut usd_per_day = parcels_per_day * self.random.between(0.15, 0.45);
        let mut levels = Vec::new();
        for size in 0..sizes {
            let is_last_of_many = size == 2 && self.chance(0.3);
            levels.push(Level {
                parcels_per_day: if is_last_of_many {
                    f64::INFINITY
                } else {
                    parcels_per_day.ceil()
                },
                usd_per_day: cents(usd_per_day),
                capital_usd: if exists && size == 0 { 0.0 } else { (900.0 * usd_per_day).round() },
            });
            parcels_per_day *= self.random.between(1.3, 2.0);
            usd_per_day *= self.random.between(1.1, 1.8);
        }
        let closed_usd_per_day =
            if exists { levels[0].usd_per_day * self.random.between(-0.1, 0.6) } else { 0.0 };
        Facility { levels, closed_usd_per_day, parent: None, is_new: !exists }
    }

    fn pad(&mut self, mean: f64, parent: FacilityId) -> Facility {
        let parcels_per_day = mean * self.random.between(0.05, 0.3);
        let usd_per_day = parcels_per_day * self.random.between(0.1, 0.6);
        let level = Level { parcels_per_day, usd_per_day, capital_usd: 400.0 * usd_per_day };
        let closed_usd_per_day = if self.chance(0.2) { 0.2 * usd_per_day } else { 0.0 };
        Facility { levels: vec![level], closed_usd_per_day, parent: Some(parent), is_new: true }
    }

    /// A postal contract and one with a third party; volumes are shares of all parcels.
    fn contracts(&mut self) {
        let total: f64 = self.zones_parcels.iter().sum();
        for (rule, sign) in [(TierRule::AllParcels, -1.0), (TierRule::Marginal, -1.0)] {
            // Mostly the more the cheaper; sometimes dearer, as when capacity is short.
            let sign = if self.chance(0.25) { -sign } else { sign };
            let rule = if self.chance(0.3) { TierRule::Marginal } else { rule };
            let tiers = (0..self.random.below(4))
                .map(|k| Tier {
                    from_parcels_per_day: k as f64 * total * 0.13,
                    usd_per_parcel: sign * 0.25 * k as f64 + 0.0,
                })
                .collect();
            let commits = self.chance(0.5);
            let commitment = if commits { total * self.random.between(0.05, 0.5) } else { 0.0 };
            self.problem.contracts.push(Contract {
                tiers,
                tier_rule: rule,
                commitment_parcels_per_day: commitment,
                shortfall_usd_per_parcel: if commits { self.random.between(0.3, 2.5) } else { 0.0 },
                max_parcels_per_day: f64::INFINITY,
            });
        }
    }

    fn demands(&mut self) {
        for zone in 0..self.shape.zones {
            let near = self.near_sites(self.zones_km[zone]);
            let mut options = Vec::new();
            for &(km, station) in &near {
                self.station_options(km, station, &mut options);
            }
            if !self.has(Feature::Captive) || self.chance(0.6) {
                self.free_options(near[0].0, &mut options);
            }
            let demand = self.demand(zone, near[0].0);
            self.problem.push_demand(demand, &options);
        }
    }

    fn demand(&mut self, zone: usize, nearest_km: f64) -> Demand {
        let parcels_per_day = self.zones_parcels[zone];
        let class = match nearest_km {
            km if km < 8.0 && parcels_per_day > 400.0 => AreaClass::DenseUrban,
            km if km < 15.0 => AreaClass::Urban,
            km if km < 40.0 => AreaClass::Suburban,
            _ => AreaClass::Rural,
        };
        let people = (parcels_per_day * self.random.between(4.0, 9.0)).round();
        Demand { parcels_per_day, people: if self.chance(0.05) { 0.0 } else { people }, class }
    }

    /// The nearest sites with their distances in km, nearest first.
    fn near_sites(&self, zone_km: [f64; 2]) -> Vec<(f64, usize)> {
        let mut sites: Vec<(f64, usize)> = (0..self.sites_km.len())
            .map(|site| {
                let [x, y] = self.sites_km[site];
                ((x - zone_km[0]).hypot(y - zone_km[1]), site)
            })
            .collect();
        let by_distance = |a: &(f64, usize), b: &(f64, usize)| a.partial_cmp(b).expect("finite");
        let most = STATIONS_A_ZONE.min(sites.len());
        if most < sites.len() {
            sites.select_nth_unstable_by(most, by_distance);
            sites.truncate(most);
        }
        sites.sort_by(by_distance);
        sites
    }

    /// Vans on the next day, sometimes dearer on the same day; drones from the pad.
    fn station_options(&mut self, km: f64, station: usize, options: &mut Vec<ServiceOption>) {
        let usd = cents(1.3 + 0.022 * km + self.random.between(0.0, 0.4));
        if usd > OUTSIDE_USD + 0.5 && !options.is_empty() {
            return;
        }
        let van = |usd_per_parcel, days| ServiceOption {
            channel: Channel::OwnVan,
            facility: Some(FacilityId::from_index(station)),
            contract: None,
            usd_per_parcel,
            days,
        };
        options.push(van(usd, 1));
        if self.has(Feature::Requirements) && self.chance(0.3) {
            options.push(van(cents(usd + 0.6), 0));
        }
        if let Some(pad) = self.pads[station].filter(|_| km < 80.0) {
            let usd_per_parcel = cents(usd + self.random.between(-0.5, 0.8));
            let drone = ServiceOption {
                channel: Channel::Drone,
                facility: Some(pad),
                days: 0,
                ..van(usd_per_parcel, 0)
            };
            options.push(drone);
        }
    }

    /// The post and a third party, under contracts if there are any.
    fn free_options(&mut self, nearest_km: f64, options: &mut Vec<ServiceOption>) {
        let contract = |index| self.problem.contracts.ids().nth(index);
        let (postal, third): (Option<ContractId>, Option<ContractId>) = (contract(0), contract(1));
        if postal.is_some() {
            options.push(ServiceOption {
                channel: Channel::PostalUnit,
                facility: None,
                contract: postal,
                usd_per_parcel: cents(self.random.between(2.2, 3.2)),
                days: 1 + u8::from(nearest_km > 60.0),
            });
        }
        let has_third = third.is_some() && self.chance(0.5);
        options.push(ServiceOption {
            channel: Channel::ThirdParty,
            facility: None,
            contract: third.filter(|_| has_third),
            usd_per_parcel: if has_third {
                cents(self.random.between(2.8, 3.6))
            } else {
                OUTSIDE_USD
            },
            days: 2,
        });
    }

    /// Opens some stations and lets each zone take its cheapest open option, or a random one.
    fn hidden_plan(&mut self) -> Hidden {
        let mut is_open: IdVec<FacilityId, bool> =
            self.problem.facilities.ids().map(|_| false).collect();
        for id in self.problem.facilities.ids() {
            let parent = self.problem.facilities[id].parent;
            is_open[id] = parent.is_none_or(|p| is_open[p]) && self.random.unit() < 0.45;
        }
        let mut load: IdVec<FacilityId, f64> = self.problem.facilities.ids().map(|_| 0.0).collect();
        let mut choice = IdVec::new();
        for demand in self.problem.demands.ids() {
            let options: Vec<ServiceOption> =
                self.problem.options_of(demand).map(|o| self.problem.options[o]).collect();
            let open: Vec<&ServiceOption> =
                options.iter().filter(|o| o.facility.is_none_or(|f| is_open[f])).collect();
            let option = match open.len() {
                0 => options[0],
                n if self.random.unit() < 0.15 => *open[self.random.below(n)],
                _ => **open
                    .iter()
                    .min_by(|a, b| a.usd_per_parcel.total_cmp(&b.usd_per_parcel))
                    .expect("not empty"),
            };
            if let Some(facility) = option.facility {
                is_open[facility] = true;
                load[facility] += self.problem.demands[demand].parcels_per_day;
            }
            choice.push(option);
        }
        for id in self.problem.facilities.ids() {
            if let Some(parent) = self.problem.facilities[id].parent.filter(|_| is_open[id]) {
                is_open[parent] = true;
            }
        }
        Hidden { choice, load, is_open }
    }

    /// Lets the largest size hold the hidden load; where capacity is tight, hardly more.
    fn fit_capacities(&mut self, hidden: &Hidden) {
        let slack = self.shape.slack;
        let is_tight = self.has(Feature::Tight);
        for (id, facility) in
            self.problem.facilities.ids().zip(self.problem.facilities.as_mut_slice())
        {
            let needed = hidden.load[id] * slack;
            let largest = facility.levels.last().map_or(0.0, |level| level.parcels_per_day);
            let factor = if largest < needed || (is_tight && hidden.is_open[id] && needed > 0.0) {
                needed / largest
            } else {
                1.0
            };
            // An infinite size stays so: infinity divided by anything is not a factor.
            if factor > 0.0 {
                facility.levels.iter_mut().for_each(|level| level.parcels_per_day *= factor);
            }
        }
    }

    /// Sets maxima of contracts and service requirements around the hidden plan.
    fn fit_terms(&mut self, hidden: &Hidden) {
        let slack = self.shape.slack;
        let parcels =
            |demand: DemandId, problem: &NetworkProblem| problem.demands[demand].parcels_per_day;
        for id in self.problem.contracts.ids() {
            let volume: f64 = hidden
                .choice
                .iter_ids()
                .filter(|(_, option)| option.contract == Some(id))
                .map(|(demand, _)| parcels(demand, &self.problem))
                .sum();
            if self.random.unit() < 0.5 {
                self.problem.contracts[id].max_parcels_per_day = volume * slack;
            }
        }
        if !self.has(Feature::Requirements) {
            return;
        }
        for (class, within_days) in
            [(None, 1), (Some(AreaClass::Rural), 2), (Some(AreaClass::Urban), 0)]
        {
            let mut requirement = Requirement { class, within_days, min_share: 0.0 };
            let people = self.problem.people_of(&requirement);
            let served: f64 = hidden
                .choice
                .iter_ids()
                .filter(|(demand, o)| {
                    requirement.concerns(&self.problem.demands[*demand]) && o.days <= within_days
                })
                .map(|(demand, _)| self.problem.demands[demand].people)
                .sum();
            let share = if people > 0.0 { served / people } else { 1.0 };
            // Adding zero turns the −0 of an empty sum into 0.
            requirement.min_share = (share / slack).min(1.0) + 0.0;
            if self.chance(0.7) {
                self.problem.requirements.push(requirement);
            }
        }
    }

    /// Sets the capital budget and the limit on openings around the hidden plan.
    fn fit_budgets(&mut self, hidden: &Hidden) {
        let slack = self.shape.slack;
        let open = || self.problem.facilities.iter_ids().filter(|(id, _)| hidden.is_open[*id]);
        if self.has(Feature::Capital) {
            let capital = |(id, facility): (FacilityId, &Facility)| {
                let holds =
                    |level: &&Level| level.parcels_per_day >= hidden.load[id] * slack.min(1.0);
                let level = facility.levels.iter().find(holds).or(facility.levels.last());
                level.map_or(0.0, |level| level.capital_usd)
            };
            self.problem.capital_budget_usd = Some(open().map(capital).sum::<f64>() * slack);
        }
        if self.has(Feature::Openings) {
            let openings = open().filter(|(_, facility)| facility.is_new).count();
            self.problem.openings_max = Some((openings as f64 * slack) as u32);
        }
    }
}

fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(zones: usize, stations: usize) -> Shape {
        Shape {
            zones,
            stations,
            features: Feature::ALL.to_vec(),
            sourcing: Sourcing::Split,
            slack: 1.1,
        }
    }

    #[test]
    fn problems_have_no_faults() {
        for seed in 0..200 {
            let shape = shape(3 + seed as usize % 30, 2 + seed as usize % 9);
            let faults = problem(&shape, seed).faults();
            assert!(faults.is_empty(), "seed {seed}: {faults:?}");
        }
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(problem(&shape(50, 9), 7), problem(&shape(50, 9), 7));
        assert_ne!(problem(&shape(50, 9), 7), problem(&shape(50, 9), 8));
    }
}
