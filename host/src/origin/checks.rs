//! The results of health checks.

use super::settings::HealthSettings;

/// The results of a server's checks.
#[derive(Default)]
pub(super) struct Checks {
    /// Whether any check has ended.
    is_known: bool,
    is_unhealthy: bool,
    /// How many results in a row contradict the state.
    contradictions: u32,
}

impl Checks {
    pub fn is_healthy(&self) -> bool {
        !self.is_unhealthy
    }

    /// Records a result. If the state changes with it, this returns how many results in a row have changed it.
    pub fn add(&mut self, is_success: bool, settings: &HealthSettings) -> Option<u32> {
        let is_first = !std::mem::replace(&mut self.is_known, true);
        if is_success == self.is_healthy() {
            self.contradictions = 0;
            return None;
        }
        self.contradictions = self.contradictions.saturating_add(1);
        let needed = match is_success {
            _ if is_first => 1,
            true => settings.healthy_after,
            false => settings.unhealthy_after,
        };
        if self.contradictions < needed {
            return None;
        }
        self.is_unhealthy = !is_success;
        Some(std::mem::take(&mut self.contradictions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the state after each of these results.
    fn states(results: &[bool]) -> Vec<bool> {
        let settings = HealthSettings {
            unhealthy_after: 3,
            healthy_after: 2,
            ..HealthSettings::default()
        };
        let mut checks = Checks::default();
        assert!(checks.is_healthy());
        let state = |is_success: &bool| {
            let before = checks.is_healthy();
            let changed = checks.add(*is_success, &settings);
            assert_eq!(changed.is_some(), before != checks.is_healthy());
            checks.is_healthy()
        };
        results.iter().map(state).collect()
    }

    #[test]
    fn a_state_changes_after_as_many_results_in_a_row_as_are_set() {
        let [up, down] = [true, false];
        assert_eq!(
            states(&[up, down, down, up, down, down, down, up, down, up, up]),
            [up, up, up, up, up, up, down, down, down, down, up]
        );
    }

    #[test]
    fn the_first_result_decides_alone() {
        assert_eq!(states(&[false, true, true]), [false, false, true]);
    }
}
