//! What the kernel's parts promise each other, on random problems from seeds.

use crate::core::{Core, NONE};
use crate::generate::{self, Shape};
use crate::neighbours::Neighbours;
use crate::priced::{Priced, TermPrices};
use crate::transport::{CLOSED, Transport};
use postroad_model::network::Sourcing;
use postroad_optimization::Random;
use std::rc::Rc;

/// A transportation problem at random levels, and the same opened and closed step by step.
fn walk(seed: u64) {
    let shape = Shape {
        zones: 40,
        stations: 8,
        features: Vec::new(),
        sourcing: Sourcing::Split,
        slack: 1.3,
    };
    let problem = generate::problem(&shape, seed);
    let core = Core::load(&problem, 1e3);
    let priced = Priced::new(&core, &TermPrices::zero(&core));
    let neighbours = Rc::new(Neighbours::new(&core, &priced));
    let mut random = Random::new(seed);
    let mut transport = Transport::new(&core, &priced, &neighbours);
    transport.place(&core, &priced, &vec![CLOSED; core.facilities()]);
    for step in 0..60 {
        let f = random.below(core.facilities());
        if core.parent[f] != NONE || core.arcs(f).is_empty() {
            continue;
        }
        transport.may_open_on_the_way = false;
        transport.begin();
        let before = transport.cost;
        if transport.is_open(f) {
            assert!(transport.close(&core, &priced, f, f64::INFINITY));
        } else {
            assert!(transport.open(&core, &priced, f, 0, f64::INFINITY));
        }
        if random.unit() < 0.3 {
            transport.undo(&core, &priced);
            assert_eq!(transport.cost, before, "seed {seed}, step {step}: undone");
        } else {
            transport.keep();
        }
        let levels = transport.level[..core.facilities()].to_vec();
        let mut fresh = Transport::new(&core, &priced, &neighbours);
        fresh.place(&core, &priced, &levels);
        let off = (transport.cost - fresh.cost).abs();
        assert!(off < 1e-6 * fresh.cost.abs(), "seed {seed}, step {step}: off by {off}");
    }
}

#[test]
fn transport_stays_optimal_step_by_step() {
    (0..60).for_each(walk);
}
