//! Least squares with a few unknowns.

/// Factors x for which the rows' sums Σ xᵢ·aᵢ are nearest to their values, by the normal equations
/// and Gaussian elimination. An unknown that no row tells of stays at 1.
pub(super) fn least_squares(rows: &[(Vec<f64>, f64)]) -> Vec<f64> {
    let n = rows.first().map_or(0, |row| row.0.len());
    let mut matrix = vec![vec![0.0; n + 1]; n];
    for (a, value) in rows {
        for i in 0..n {
            (0..n).for_each(|j| matrix[i][j] += a[i] * a[j]);
            matrix[i][n] += a[i] * value;
        }
    }
    for (i, row) in matrix.iter_mut().enumerate().filter(|(i, row)| row[*i] == 0.0) {
        (row[i], row[n]) = (1.0, 1.0);
    }
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| matrix[a][i].abs().total_cmp(&matrix[b][i].abs()));
        matrix.swap(i, pivot.unwrap_or(i));
        let row = matrix[i].clone();
        for (j, other) in matrix.iter_mut().enumerate() {
            if j != i {
                let factor = other[i] / row[i];
                other.iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    (0..n).map(|i| matrix[i][n] / matrix[i][i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_factors_that_made_the_values() {
        let rows: Vec<(Vec<f64>, f64)> = (1..9)
            .map(|i| {
                let a = vec![f64::from(i), f64::from(i * i % 5), 0.0];
                let value = 2.5 * a[0] + 0.75 * a[1];
                (a, value)
            })
            .collect();
        let found = least_squares(&rows);
        assert!((found[0] - 2.5).abs() < 1e-9 && (found[1] - 0.75).abs() < 1e-9, "{found:?}");
        assert_eq!(found[2], 1.0);
    }
}
