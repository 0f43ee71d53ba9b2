//! From what planning measures to what a result tells: yearly figures, labels, parts in a fixed
//! order.

use postroad_formats::study::Study;
use postroad_model::network::{AreaClass, Channel, NetworkPlan};

use crate::planning::metrics::{self, CostUsdPerDay, Network, OperatorSide, PriceEffect, Speed};
use crate::planning::{DAYS_PER_YEAR, Planned};
use crate::result::{
    ChannelMetrics, Citation, ClassMetrics, CostPart, FacilityCount, OperatorMetrics,
    ScenarioMetrics, SourcedQuantity,
};

/// The figures of a plan; `effect` is what customers pay more than under the first scenario.
pub(super) fn scenario_metrics(
    planned: &Planned,
    plan: &NetworkPlan,
    measured: &metrics::ScenarioMetrics,
    effect: &PriceEffect,
) -> ScenarioMetrics {
    let channels = channels(planned, plan);
    ScenarioMetrics {
        parcels_per_year: measured.parcels_per_year,
        usd_per_year: measured.usd_per_year,
        usd_per_parcel: measured.usd_per_parcel,
        costs: cost_parts(&measured.cost_usd_per_day),
        classes: classes(measured, effect, &channels),
        channels,
        people_share_within_days: measured.speed.share_within_days.clone(),
        own_zip_share: measured.network.zips_with_own_delivery_share,
        own_people_share: measured.speed.own_delivery_share,
        facilities: facilities(&measured.network),
        vans: measured.network.vans,
        drivers: measured.network.drivers,
        capital_usd: measured.network.capital_usd,
        operator: operator(&measured.operator),
    }
}

fn cost_parts(cost: &CostUsdPerDay) -> Vec<CostPart> {
    let parts = [
        ("own_van_delivery", "Own vans, station to door", cost.own_van_delivery),
        ("rural_hub_delivery", "Rural hubs, hub to door", cost.rural_hub_delivery),
        ("drone_delivery", "Drones, less fees", cost.drone_delivery),
        ("inbound", "Trucks to stations and hubs", cost.inbound),
        ("handling", "Handling at stations and hubs", cost.handling),
        ("stations", "Running stations", cost.stations),
        ("rural_hubs", "Running rural hubs", cost.rural_hubs),
        ("drone_pads", "Running drone pads", cost.drone_pads),
        ("capital", "Capital, as a yearly payment", cost.capital),
        ("closing", "Closed buildings still paid for", cost.closing),
        ("postal_rates", "Postal rates", cost.postal_rates),
        ("postal_tiers", "Postal volume tiers", cost.postal_tiers),
        ("postal_shortfall", "Postal shortfall payments", cost.postal_shortfall),
        ("postal_entry", "Trucks and sorting for the post", cost.postal_entry),
        ("third_party", "Other carriers", cost.third_party),
    ];
    let part = |(name, label, usd_per_day): (&str, &str, f64)| CostPart {
        name: name.into(),
        label: label.into(),
        usd_per_year: usd_per_day * DAYS_PER_YEAR,
    };
    parts.into_iter().map(part).collect()
}

/// Volume and average cost of each channel that carries parcels.
fn channels(planned: &Planned, plan: &NetworkPlan) -> Vec<ChannelMetrics> {
    let problem = &planned.problem;
    let mut parcels = [0.0; Channel::ALL.len()];
    let mut usd = [0.0; Channel::ALL.len()];
    for a in &plan.assignments {
        let option = &problem.options[a.option];
        let volume = problem.demands[a.demand].parcels_per_day * a.share;
        parcels[option.channel as usize] += volume;
        usd[option.channel as usize] += volume * option.usd_per_parcel;
    }
    let used = Channel::ALL.into_iter().filter(|&c| parcels[c as usize] > 0.0);
    used.map(|c| ChannelMetrics {
        channel: c.name().into(),
        parcels_per_year: parcels[c as usize] * DAYS_PER_YEAR,
        usd_per_parcel: usd[c as usize] / parcels[c as usize],
    })
    .collect()
}

fn classes(
    measured: &metrics::ScenarioMetrics,
    effect: &PriceEffect,
    channels: &[ChannelMetrics],
) -> Vec<ClassMetrics> {
    let class = |class: AreaClass| {
        let speed: &Speed = measured.speed_by_class.get(class.name())?;
        let parcels = measured.parcels_by_class.get(class.name());
        let of = |c: &ChannelMetrics| parcels.and_then(|p| p.get(&c.channel)).copied();
        let by_channel: Vec<f64> = channels.iter().map(|c| of(c).unwrap_or(0.0)).collect();
        Some(ClassMetrics {
            class: class.name().into(),
            people: speed.people,
            parcels_per_year: by_channel.iter().sum(),
            usd_per_parcel: speed.usd_per_parcel,
            channel_parcels_per_year: by_channel,
            people_share_within_days: speed.share_within_days.clone(),
            price_effect_usd_per_parcel: effect.by_class.get(class.name()).copied().unwrap_or(0.0),
        })
    };
    AreaClass::ALL.into_iter().filter_map(class).collect()
}

fn facilities(network: &Network) -> Vec<FacilityCount> {
    let counts = [
        ("station", network.stations_open, network.stations_new, network.stations_closed),
        ("rural_hub", network.hubs_open, network.hubs_new, network.hubs_closed),
        ("drone_pad", network.pads_open, network.pads_open, 0),
        ("delivery_unit", network.units_used, 0, 0),
        ("processing_centre", network.centres_used, 0, 0),
    ];
    let count = |(kind, open, new, closed): (&str, u32, u32, u32)| FacilityCount {
        kind: kind.into(),
        open,
        new,
        closed,
    };
    counts.into_iter().map(count).collect()
}

fn operator(side: &OperatorSide) -> OperatorMetrics {
    OperatorMetrics {
        parcels_per_year: side.parcels_per_year,
        revenue_usd_per_year: side.revenue_usd_per_year,
        usd_per_parcel: side.usd_per_parcel,
        avoidable_usd_per_year: side.avoidable_usd_per_year,
        contribution_usd_per_year: side.contribution_usd_per_year,
        revenue_share: side.share_of_revenue,
    }
}

/// Every number of a study with its source.
pub(super) fn sources(study: &Study) -> Vec<SourcedQuantity> {
    let quantity = |q: &postroad_formats::study::Quantity| SourcedQuantity {
        path: q.path.clone(),
        value: q.value,
        unit: q.unit.to_owned(),
        range: q.range,
        source: q.source.clone(),
        note: q.note.clone(),
    };
    study.quantities.iter().map(quantity).collect()
}

/// The sources themselves.
pub(super) fn citations(study: &Study) -> Vec<Citation> {
    let citation =
        |(key, text): (&String, &String)| Citation { key: key.clone(), text: text.clone() };
    study.sources.iter().map(citation).collect()
}
