//! Where the numbered tags stand at the right end of the lines.

/// From one tag to the next, logical pixels.
pub const PITCH: f32 = 14.0;

/// Moves positions apart until no two are nearer than `gap`, each as near to
/// where it wants to be as possible, all inside `low` to `high`. `wanted` is
/// sorted, and the order is kept. There must be room for all; see [`room`].
#[must_use]
pub fn apart(wanted: &[f32], gap: f32, low: f32, high: f32) -> Vec<f32> {
    // Groups that touch lie around the mean of what their members want.
    let mut groups: Vec<Group> = Vec::new();
    for &want in wanted {
        groups.push(Group {
            sum: want,
            count: 1,
        });
        while let [.., above, below] = groups.as_slice() {
            let (above, below) = (*above, *below);
            if below.top(gap, low, high) - above.top(gap, low, high) >= gap * above.count as f32 {
                break;
            }
            groups.truncate(groups.len() - 2);
            groups.push(Group {
                sum: above.sum + below.sum,
                count: above.count + below.count,
            });
        }
    }
    groups
        .iter()
        .flat_map(|group| {
            let top = group.top(gap, low, high);
            (0..group.count).map(move |index| top + gap * index as f32)
        })
        .collect()
}

/// How many tags fit into a height.
#[must_use]
pub fn room(height: f32) -> usize {
    (height / PITCH) as usize + 1
}

#[derive(Debug, Clone, Copy)]
struct Group {
    sum: f32,
    count: usize,
}

impl Group {
    /// Where its first member stands.
    fn top(self, gap: f32, low: f32, high: f32) -> f32 {
        let reach = gap * (self.count - 1) as f32;
        let middle = self.sum / self.count as f32;
        (middle - reach / 2.0).min(high - reach).max(low)
    }
}
