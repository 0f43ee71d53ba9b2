//! The ways of serving that a plan uses, for problems that must have them: a plan is costed in a
//! problem that has moved a little, whatever that problem would leave out by itself.

use postroad_model::FacilityId;
use postroad_model::network::{Channel, NetworkPlan};

use super::{Geography, Planned};

/// A channel and where its parcels are handed over.
type Way = (Channel, Option<FacilityId>);

/// Ways of serving each zone.
pub struct Kept {
    by_zone: Vec<Vec<Way>>,
}

impl Kept {
    /// The ways that a plan uses.
    pub fn of(geography: &Geography, planned: &Planned, plan: &NetworkPlan) -> Self {
        let mut by_zone = vec![Vec::new(); geography.zones.len()];
        for a in &plan.assignments {
            let option = &planned.problem.options[a.option];
            by_zone[planned.demands[a.demand].zone].push((option.channel, option.facility));
        }
        Self { by_zone }
    }

    /// Whether the plan serves some of a zone's parcels this way.
    pub(super) fn has(&self, zone: usize, channel: Channel, facility: Option<FacilityId>) -> bool {
        self.by_zone[zone].contains(&(channel, facility))
    }
}

/// Which options a problem offers.
#[derive(Clone, Copy, Default)]
pub enum Offered<'a> {
    /// Those that can belong to a good plan.
    #[default]
    Promising,
    /// These too.
    With(&'a Kept),
    /// These alone: enough to cost the plan they are of, and much faster to build.
    Only(&'a Kept),
}

impl Offered<'_> {
    /// Whether an option is offered however dear it is.
    pub(super) fn insists(
        self,
        zone: usize,
        channel: Channel,
        facility: Option<FacilityId>,
    ) -> bool {
        match self {
            Offered::Promising => false,
            Offered::With(kept) | Offered::Only(kept) => kept.has(zone, channel, facility),
        }
    }

    /// Whether an option may be offered at all.
    pub(super) fn allows(
        self,
        zone: usize,
        channel: Channel,
        facility: Option<FacilityId>,
    ) -> bool {
        match self {
            Offered::Promising | Offered::With(_) => true,
            Offered::Only(kept) => kept.has(zone, channel, facility),
        }
    }
}
