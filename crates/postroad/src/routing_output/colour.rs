//! Colours of routes: few enough to be told apart, far from each other where they are the same.

/// How many colours there are; the style sheet has them.
pub(super) const COLOURS: usize = 9;

/// A colour for each route, of those whose nearest namesake so far is farthest away. Routes
/// without a place take turns.
pub(super) fn spread(centres: &[Option<[f64; 2]>]) -> Vec<usize> {
    let mut taken: [Vec<[f64; 2]>; COLOURS] = Default::default();
    let mut colours = Vec::with_capacity(centres.len());
    for (i, centre) in centres.iter().enumerate() {
        let Some(centre) = *centre else {
            colours.push(i % COLOURS);
            continue;
        };
        let nearest = |colour: usize| {
            let apart =
                |other: &[f64; 2]| (other[0] - centre[0]).powi(2) + (other[1] - centre[1]).powi(2);
            taken[colour].iter().map(apart).fold(f64::INFINITY, f64::min)
        };
        let far: Vec<f64> = (0..COLOURS).map(nearest).collect();
        // The first of the farthest, so that the choice is the same everywhere.
        let best = (0..COLOURS).rev().max_by(|&a, &b| far[a].total_cmp(&far[b])).unwrap_or(0);
        taken[best].push(centre);
        colours.push(best);
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_differ_and_namesakes_are_far_apart() {
        let line: Vec<_> = (0..40).map(|i| Some([f64::from(i), 0.0])).collect();
        let colours = spread(&line);
        for i in 0..line.len() {
            let near = &colours[i + 1..(i + 4).min(line.len())];
            assert!(!near.contains(&colours[i]), "route {i}: {colours:?}");
        }
    }
}
